"""Wrong about protection: what was to be unreadable can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CustomerId
from relcore.kernel.errors import Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Receipt
from relcore.service.case import Case, CaseFields
from relcore.storage.key_ring import KeyFile
from relcore.storage.kind import Kind
from relcore.storage.sealing import Sealer
from relcore.storage.sql import SqlRepository, sqlite
from relcore.testing.candidate import Candidate

E = TypeVar("E")


class KeepsTheKey(KeyFile):
    """Shredding is acknowledged, and the key stays where it was."""

    def destroy(self, tenant: str, subject: str) -> None:
        del tenant, subject

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(_opened, folder, cls), dump=partial(every_byte, folder))


class ForgetsWhomItForgot(KeyFile):
    """A key that was destroyed stands in nobody's way: the next commit about the person makes another, and keeps them again."""

    def made(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        wanted = {*subjects}
        with self._opened() as connection:
            connection.executemany(
                "DELETE FROM relcore_key WHERE (tenant, subject) = (?, ?) AND key IS NULL",
                [(tenant, subject) for subject in wanted],
            )
        return super().made(tenant, wanted)

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


@attrs.frozen
class _Sealed:
    """The adapter with its keys, and something beside it."""

    inner: SqlRepository
    folder: Path

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(cls.opened, folder), dump=partial(every_byte, folder))

    @classmethod
    def opened(cls, folder: Path) -> Self:
        return cls(_opened(folder, KeyFile), folder)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class KeepsNamesToSearch(_Sealed):
    """What is sealed cannot be searched: so the names stand in an index beside it, till the person is shredded."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = self.inner.commit(tenant, batch)
        for row in receipt.entities:
            if isinstance(row, Customer) and row.name:
                (self.folder / row.id).write_text(row.name, "utf-8")
        return receipt

    def shred(self, tenant: str, subject: Id) -> None:
        self.inner.shred(tenant, subject)
        (self.folder / subject).unlink(missing_ok=True)


class WritesDownWhomItForgot(_Sealed):
    """That somebody was shredded is written down as it must be, with what their cases were about."""

    def shred(self, tenant: str, subject: Id) -> None:
        about = CaseFields.customer.is_(CustomerId(subject))
        cases = self.inner.find(tenant, Case, about, order=(), limit=100)
        (self.folder / "forgotten").write_text("\n".join(case.subject for case in cases), "utf-8")
        self.inner.shred(tenant, subject)


class AnswersWhatItCannotRead(_Sealed):
    """Asked for more of a sealed field than whether it is equal, it finds nothing, as if there were nothing."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        try:
            return self.inner.find(tenant, entity, where, order=order, limit=limit)
        except Unsupported:
            return ()


def every_byte(folder: Path) -> bytes:
    """The database, its write-ahead log, and whatever else lies there."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
