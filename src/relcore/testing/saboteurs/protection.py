"""Wrong about protection: what was to be unreadable can be read."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from relcore.storage.key_ring import KeyFile
from relcore.storage.kind import Kind
from relcore.storage.sealing import Sealer
from relcore.storage.sql import SqlRepository, sqlite
from relcore.testing.candidate import Candidate


class KeepsTheKey(KeyFile):
    """Shredding is acknowledged, and the key stays where it was."""

    def destroy(self, tenant: str, subject: str) -> None:
        del tenant, subject

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(_opened, folder, cls), dump=partial(every_byte, folder))


class SealsRowsOnly:
    """The rows are sealed, and the log tells all of it in plain text."""

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(_opened_with_an_open_log, folder), dump=partial(every_byte, folder))


class _OpenLog(Sealer):
    def changes(self, kind: Kind, id: str, fields: str, /) -> str:
        del kind, id
        return fields


def _opened(folder: Path, ring: Any) -> SqlRepository:
    return sqlite(folder / "crm.db", keys=ring(str(folder / "crm.keys")))


def _opened_with_an_open_log(folder: Path) -> SqlRepository:
    repository = _opened(folder, KeyFile)
    sealing: Any = repository.sealing
    closed = sealing.sealer

    class Half:
        """The sealing of the adapter, but for the log."""

        def __getattr__(self, name: str) -> Any:
            return getattr(sealing, name)

        def sealer(self, tenant: str, rows: Any) -> Sealer:
            made = closed(tenant, rows)
            return _OpenLog(made.tenant, made.subjects, made.keys)

    object.__setattr__(repository, "sealing", Half())
    return repository


def every_byte(folder: Path) -> bytes:
    """The database, its write-ahead log, and whatever else lies there."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
