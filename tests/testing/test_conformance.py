"""Every adapter that is shipped keeps every promise it makes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from relcore.testing import Candidate, Clause, Outcome, check, clauses
from tests.testing import adapters

CANDIDATES: dict[str, Callable[[Path], Candidate]] = {
    "in_memory": lambda _: adapters.in_memory_candidate(),
    "async in_memory": lambda _: adapters.async_in_memory_candidate(),
    "sqlite": adapters.sqlite_candidate,
    "async sqlite": adapters.async_sqlite_candidate,
}


@pytest.fixture(scope="module", params=CANDIDATES)
def shipped(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Candidate:
    return CANDIDATES[request.param](tmp_path_factory.mktemp("kit"))


@pytest.mark.parametrize("clause", clauses(), ids=str)
def test_a_shipped_adapter_keeps_its_promises(shipped: Candidate, clause: Clause) -> None:
    assert check(clause, shipped) in (Outcome.HELD, Outcome.NOT_PROMISED)
