"""The shipped adapters as candidates of the kit, each on data of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from relcore.storage import aio, in_memory, sqlite
from relcore.testing import Candidate


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
