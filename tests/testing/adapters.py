"""The shipped adapters as candidates of the kit, each on data of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from relcore.storage import aio, in_memory, postgres, sqlite
from relcore.storage.key_ring import key_file
from relcore.testing import Candidate
from relcore.testing.saboteurs.protection import every_byte
from tests.postgres_bytes import Traces
from tests.postgres_server import Server


def in_memory_candidate() -> Candidate:
    held = in_memory()
    return Candidate(lambda: held)


def async_in_memory_candidate() -> Candidate:
    held = aio.in_memory()
    return Candidate(lambda: held)


def sqlite_candidate(folder: Path) -> Candidate:
    return Candidate(partial(sqlite, folder / "crm.db"))


def async_sqlite_candidate(folder: Path) -> Candidate:
    return Candidate(partial(aio.sqlite, folder / "crm.db"))


def postgres_candidate(url: str) -> Candidate:
    return Candidate(partial(postgres, url))


def async_postgres_candidate(url: str) -> Candidate:
    return Candidate(partial(aio.postgres, url))


def sealed_sqlite_candidate(folder: Path) -> Candidate:
    opened = partial(sqlite, folder / "crm.db", keys=key_file(folder / "crm.keys"))
    return Candidate(opened, dump=partial(every_byte, folder))


def async_sealed_sqlite_candidate(folder: Path) -> Candidate:
    opened = partial(aio.sqlite, folder / "crm.db", keys=key_file(folder / "crm.keys"))
    return Candidate(opened, dump=partial(every_byte, folder))


def sealed_postgres_candidate(server: Server, url: str, folder: Path) -> Candidate:
    opened = partial(postgres, url, keys=key_file(folder / "crm.keys"))
    return Candidate(opened, dump=Traces.of(server, url).every_byte)


def async_sealed_postgres_candidate(server: Server, url: str, folder: Path) -> Candidate:
    opened = partial(aio.postgres, url, keys=key_file(folder / "crm.keys"))
    return Candidate(opened, dump=Traces.of(server, url).every_byte)
