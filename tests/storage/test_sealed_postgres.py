"""What is sealed never reaches PostgreSQL in any other form: not its files, not its logs, not a copy of it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

from relcore import Customer, Workspace
from relcore.customers.contact_point import ContactPoint, ContactPointFields
from relcore.ids import CustomerId
from relcore.kernel.errors import VersionConflict
from relcore.storage import aio, key_file, postgres
from relcore.storage.key_ring import KeyFile
from relcore.storage.sealing import personal
from relcore.storage.serde import KINDS
from relcore.testing import FixedClock
from relcore.testing.awaited import Awaited, Loop
from tests.postgres_bytes import Traces
from tests.postgres_server import Server, servers
from tests.storage.test_sealing import values
from tests.strategies import NOON, born
from tests.walks import WALKS

EXAMPLES: list[Any] = [WALKS[kind.entity].example for kind in KINDS]
NEW, LATER, REFUSED = "Grace Hopper", "Grace Murray", "Amazing Grace"
PERSONAL = {
    str(value) for held in EXAMPLES for one in personal(held.__class__) for value in values(held, one.path)
}
SECRETS = {NEW, LATER, REFUSED} | PERSONAL - {"too dear"}
"""All but what a quote says as well, as the reason why it was declined, which is about nobody."""
MANY = 300
"""So many new ones go through COPY."""
Opened = Callable[[str, KeyFile | None], AbstractContextManager[Workspace]]


@pytest.fixture(params=list(servers()))
def server(request: pytest.FixtureRequest, postgres_server: Callable[[str], Server]) -> Server:
    return postgres_server(request.param)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return key_file(tmp_path / "crm.keys")


@contextmanager
def by_psycopg(url: str, keys: KeyFile | None) -> Generator[Workspace]:
    repository = postgres(url, keys=keys)
    yield Workspace(repository, tenant="acme", clock=FixedClock(NOON))
    repository.close()


@contextmanager
def by_asyncpg(url: str, keys: KeyFile | None) -> Generator[Workspace]:
    loop = Loop()
    repository: Any = Awaited(loop.run(aio.postgres(url, keys=keys)), loop)
    yield Workspace(repository, tenant="acme", clock=FixedClock(NOON))
    repository.close()
    loop.stop()


every_driver = pytest.mark.parametrize("opened", [by_psycopg, by_asyncpg])


def lived_in(workspace: Workspace) -> Customer:
    """All that a host does to personal data: one at a time, many at once, changed, asked for and refused."""
    for held in EXAMPLES:
        workspace.commit(born(attrs.evolve(held, version=0)))
    new = [Customer.create(workspace.new(CustomerId), name=NEW, at=NOON) for _ in range(MANY)]
    first = workspace.commit(*new).of(new[0])
    renamed = workspace.commit(first.rename(LATER, at=NOON)).entities[0]
    with pytest.raises(VersionConflict):
        workspace.commit(first.rename(REFUSED, at=NOON))
    address = WALKS[ContactPoint].example.value
    assert len(workspace.find(ContactPoint, ContactPointFields.value.is_(address)).rows) == 1
    assert isinstance(renamed, Customer)
    return renamed


@every_driver
def test_what_is_not_sealed_is_found_wherever_postgres_keeps_it(opened: Opened, server: Server) -> None:
    with server.database() as url:
        traces = Traces.of(server, url)

        with opened(url, None) as workspace:
            lived_in(workspace)

        # What was refused was rolled back, and stands in files until a vacuum; COPY is not told word by word.
        hidden = {"what the tables tell": {REFUSED}, "what the server was told": {NEW}}
        for where, bytes_ in traces.parts().items():
            assert {s for s in SECRETS if s.encode() not in bytes_} == hidden.get(where, set()), where


@every_driver
def test_nothing_personal_of_any_kind_reaches_postgres_unsealed(
    opened: Opened, server: Server, keys: KeyFile
) -> None:
    with server.database() as url:
        traces = Traces.of(server, url)

        with opened(url, keys) as workspace:
            kept = lived_in(workspace)
            assert workspace.get(Customer, kept.id) == kept

        for where, bytes_ in traces.parts().items():
            assert kept.id.encode() in bytes_, where
            assert not {s for s in SECRETS if s.encode() in bytes_}, where


def test_a_copy_that_was_made_before_the_key_was_destroyed_tells_nothing_personal_either(
    server: Server, keys: KeyFile
) -> None:
    with server.database() as url:
        with by_psycopg(url, keys) as workspace:
            kept = lived_in(workspace)
        with server.database(like=url) as copy:
            with by_psycopg(url, keys) as workspace:
                workspace.shred(kept.id)

            with by_psycopg(copy, keys) as restored:
                held = restored.get(Customer, kept.id)
                told = [dict(entry.fields) for entry in restored.log(Customer, kept.id)]

    assert (held.version, held.name) == (kept.version, None)
    assert LATER not in repr(told)


def test_what_was_there_before_the_keys_is_sealed_when_it_is_next_changed_and_its_log_never(
    server: Server, keys: KeyFile
) -> None:
    with server.database() as url:
        with by_psycopg(url, None) as workspace:
            new = Customer.create(workspace.new(CustomerId), name=NEW, at=NOON)
            before = workspace.commit(new).of(new)

        with by_psycopg(url, keys) as workspace:
            assert workspace.get(Customer, before.id) == before
            workspace.commit(before.rename(LATER, at=NOON))
            workspace.shred(before.id)
            held = workspace.get(Customer, before.id)
            told = [dict(entry.fields).get("name") for entry in workspace.log(Customer, before.id)]

    assert held.name is None
    assert told == [NEW, None]
