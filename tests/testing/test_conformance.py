"""Every adapter that is shipped keeps every promise it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from relcore.kernel.repository import Level
from relcore.testing import Candidate, Clause, Outcome, check, clauses
from tests.postgres_server import Server, servers
from tests.testing import adapters

CANDIDATES: dict[str, Callable[[Path], Candidate]] = {
    "in_memory": lambda _: adapters.in_memory_candidate(),
    "async in_memory": lambda _: adapters.async_in_memory_candidate(),
    "sqlite": adapters.sqlite_candidate,
    "async sqlite": adapters.async_sqlite_candidate,
}
ON_A_SERVER: dict[str, Callable[[str], Candidate]] = {
    "postgres": adapters.postgres_candidate,
    "async postgres": adapters.async_postgres_candidate,
}

LATER = [("async postgres", server) for server in [*servers()][1:]]
"""The drivers speak one protocol: what one of them finds on an older server the other would find too."""
ON_SERVERS = [
    pytest.param(place, marks=[pytest.mark.verify] if place in LATER else [])
    for place in product(ON_A_SERVER, servers())
]


@pytest.fixture(scope="module", params=[*CANDIDATES, *ON_SERVERS], ids=str)
def shipped(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: Callable[[str], Server],
) -> Iterator[Candidate]:
    if isinstance(request.param, str):
        yield CANDIDATES[request.param](tmp_path_factory.mktemp("kit"))
        return
    adapter, server = request.param
    with postgres_server(server).database() as url:
        yield ON_A_SERVER[adapter](url)


def owed(clause: Clause) -> set[Outcome]:
    """What may come of it: nothing is passed over but what only some adapters promise, and what memory cannot."""
    free = clause.only is not None or clause.level is Level.DURABLE
    return {Outcome.HELD, Outcome.NOT_PROMISED} if free else {Outcome.HELD}


@pytest.mark.parametrize("clause", clauses(), ids=str)
def test_a_shipped_adapter_keeps_its_promises(shipped: Candidate, clause: Clause) -> None:
    assert check(clause, shipped) in owed(clause)


SEALED: dict[str, Callable[[Path], Candidate]] = {
    "sealed sqlite": adapters.sealed_sqlite_candidate,
    "async sealed sqlite": adapters.async_sealed_sqlite_candidate,
}
SEALED_ON_A_SERVER: dict[str, Callable[[Server, str, Path], Candidate]] = {
    "sealed postgres": adapters.sealed_postgres_candidate,
    "async sealed postgres": adapters.async_sealed_postgres_candidate,
}
SEALED_ON_SERVERS = [
    pytest.param(place, marks=[pytest.mark.verify] if place[1] != next(iter(servers())) else [])
    for place in product(SEALED_ON_A_SERVER, servers())
]
TOLD = [clause for clause in clauses() if clause.id[0] in "LSTV"]
"""Those that look at what comes back; the others do not see whether it was sealed, and are tried in the long run."""


@pytest.fixture(scope="module", params=[*SEALED, *SEALED_ON_SERVERS], ids=str)
def sealed(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: Callable[[str], Server],
) -> Iterator[Candidate]:
    folder = tmp_path_factory.mktemp("kit")
    if isinstance(request.param, str):
        yield SEALED[request.param](folder)
        return
    adapter, name = request.param
    server = postgres_server(name)
    with server.database() as url:
        yield SEALED_ON_A_SERVER[adapter](server, url, folder)


@pytest.mark.parametrize("clause", TOLD, ids=str)
def test_a_sealed_adapter_tells_what_one_that_is_not_tells(sealed: Candidate, clause: Clause) -> None:
    assert check(clause, sealed) is Outcome.HELD


@pytest.mark.verify
@pytest.mark.parametrize("clause", clauses(), ids=str)
def test_a_sealed_adapter_keeps_them_over_many_rounds(sealed: Candidate, clause: Clause) -> None:
    assert check(clause, sealed, thorough=True) in owed(clause)


@pytest.mark.verify
@pytest.mark.parametrize("clause", clauses(), ids=str)
def test_a_shipped_adapter_keeps_them_over_many_rounds(shipped: Candidate, clause: Clause) -> None:
    assert check(clause, shipped, thorough=True) in owed(clause)
