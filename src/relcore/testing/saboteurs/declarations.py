"""Wrong about what is declared: more than there is, not always the same, or what was never written."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import attrs

from relcore.customers.customer import Customer
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt, Repository
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.storage.memory import MemoryRepository
from relcore.storage.sql import sqlite
from relcore.testing.candidate import Candidate
from relcore.testing.saboteurs.altered import altered
from relcore.testing.saboteurs.handle import Handle

E = TypeVar("E")
FEW = (Customer, Case, Opportunity)


@attrs.define(slots=False)
class Overdeclares:
    """Says that it keeps a log and remembers keys, and has no verb for either."""

    inner: MemoryRepository = attrs.field(factory=MemoryRepository)
    capabilities: Capabilities = attrs.field(factory=lambda: Capabilities(Level.LOGGED))

    def __attrs_post_init__(self) -> None:
        self.fetch, self.find, self.commit = self.inner.fetch, self.inner.find, self.inner.commit


@attrs.frozen(eq=False)
class DeclaresLessTheSecondTime(Handle):
    """The second handle is that of a replica, and declares less than the first."""

    level: Level = Level.COLUMNAR

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.level)

    @classmethod
    def candidate(cls, _: Path) -> Candidate:
        store, opened = MemoryRepository(), count()

        def handle() -> DeclaresLessTheSecondTime:
            made = cls.on(store)
            if next(opened):
                object.__setattr__(made, "level", Level.LOGGED)
            return made

        return Candidate(handle)


class SwallowsOtherKinds(MemoryRepository):
    """It keeps three kinds of entities, says thanks for the others, and finds none of them."""

    @classmethod
    def candidate(cls, _: Path) -> Candidate:
        held = cls()
        return Candidate(lambda: held, kinds=FEW)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        kept = tuple(row for row in batch.rows if isinstance(row, FEW))
        return super().commit(tenant, altered(batch, rows=kept))

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return super().find(tenant, entity, where, order=order, limit=limit) if entity in FEW else ()


@attrs.define(slots=False)
class AcknowledgesBeforeItWrites:
    """Says that it is done, and writes when there is time: what is open when it stops was never written."""

    inner: Repository
    waiting: list[tuple[str, Batch, Receipt]] = attrs.field(init=False, factory=list[Any])

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(_opened, folder / "crm.db"))

    def __getattr__(self, name: str) -> Any:
        self._written()
        return getattr(self.inner, name)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.waiting:
            self._written()
        receipt = Receipt(batch.key, batch.rows, tuple(row.id for row in batch.removed))
        if batch.changes and all(change.before is None for change in batch.changes):
            self.waiting.append((tenant, batch, receipt))
            return receipt
        return self.inner.commit(tenant, batch)

    def _written(self) -> None:
        while self.waiting:
            tenant, batch, _ = self.waiting.pop(0)
            self.inner.commit(tenant, batch)


def _opened(path: Path) -> AcknowledgesBeforeItWrites:
    return AcknowledgesBeforeItWrites(sqlite(path))


class ForgetsWhenItEnds(MemoryRepository):
    """It declares that what is acknowledged outlives the process, and keeps all of it in the memory of the process."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.DURABLE)

    @classmethod
    def candidate(cls, folder: Path) -> Candidate:
        return Candidate(partial(_shared, str(folder)))


@cache
def _shared(name: str) -> ForgetsWhenItEnds:
    return ForgetsWhenItEnds()
