"""Wrong about what belongs together: a batch is written in part, and what was refused leaves something behind."""

from __future__ import annotations

from typing import Any

import attrs

from relcore.kernel.errors import KeyReused, RelcoreError
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Receipt
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered
from relcore.testing.saboteurs.levels import Lowest


class _WritesInParts(MemoryRepository):
    """Writes so many changes in each transaction."""

    size: int

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if (done := self.receipt(tenant, batch.key)) is not None:
            if not done.answers(batch):
                raise KeyReused(batch.key)
            return done
        entities, removed = list[Any](), list[Id]()
        for start in range(0, len(batch.changes), self.size):
            part = batch.changes[start : start + self.size]
            key = f"{batch.key}/{start}"
            some = super().commit(tenant, Batch(part, (), key, batch.recorded_at))
            entities.extend(some.entities)
            removed.extend(some.removed)
        receipt = super().commit(tenant, Batch((), batch.reads, batch.key, batch.recorded_at))
        whole = attrs.evolve(receipt, entities=tuple(entities), removed=tuple(removed))
        self._tenants[tenant].receipts[batch.key] = whole
        return whole


class WritesOneByOne(_WritesInParts):
    """Every change is a transaction of its own: a conflict in the middle leaves the first half written."""

    size = 1


class WritesByTheHundred(_WritesInParts):
    """A large batch is written in transactions of a hundred rows, as an import is."""

    size = 100

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        small = len(batch.changes) <= self.size
        return MemoryRepository.commit(self, tenant, batch) if small else super().commit(tenant, batch)


class CannotWriteNothing(Lowest):
    """An empty batch becomes an INSERT of no rows, which is an error."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if not batch.expects:
            raise IndexError("list index out of range")
        return super().commit(tenant, batch)


class LogsWhatWasRefused(MemoryRepository):
    """The log is written first and stays when the rows are refused."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except RelcoreError:
            if tenant in self._tenants:
                self._tenants[tenant].log.extend(batch.log())
            raise


class LogsWhatWasToBeNew(MemoryRepository):
    """The log of what is new is begun while the batch is made, and stays when it is refused: it tells of nobody."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except RelcoreError:
            if (kept := self._tenants.get(tenant)) is not None:
                kept.log.extend(
                    line for line in batch.log() if line.version == 1 and line.id not in kept.rows
                )
            raise


class TellsWhatIsNew(MemoryRepository):
    """The receipt of a batch that creates some rows and changes others tells those that came back from the INSERT."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        new = tuple(row for row in receipt.entities if row.version == 1)
        return attrs.evolve(receipt, entities=new) if new else receipt


class NamesTheReceiptItself(Lowest):
    """A receipt tells a key that the adapter made up, and not that of the batch."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        return attrs.evolve(super().commit(tenant, batch), key="receipt 1")


class SortsTheReceipt(MemoryRepository):
    """A receipt tells the entities in the order of their ids, and not in that of the batch."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = tuple(sorted(batch.rows, key=lambda row: row.id))
        return super().commit(tenant, altered(batch, rows=rows))
