"""Wrong about keys: what was said before is done again, or something else is taken for it."""

from __future__ import annotations

from typing import Any

import attrs

from relcore.kernel.errors import KeyReused, UniqueConflict, VersionConflict
from relcore.kernel.ids import BatchKey, Id
from relcore.kernel.repository import Batch, Receipt
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.handle import Handle

# --- what is kept under a key ---------------------------------------------------------------------


class ForgetsKeys(MemoryRepository):
    """A batch that is said again is done again, or is a conflict."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            if tenant in self._tenants:
                self._tenants[tenant].receipts.pop(batch.key, None)
            return super().commit(tenant, batch)


class ForgetsEmptyBatches(MemoryRepository):
    """A key is kept with the rows that it wrote: where there were none, it is not kept."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        if not batch.changes:
            del self._tenants[tenant].receipts[batch.key]
        return receipt


class ForgetsKeysThatNobodyChose(MemoryRepository):
    """A key that the host did not choose is not kept: a commit whose acknowledgement was lost is done twice."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        if batch.key.startswith(f"{BatchKey.kind}_"):
            del self._tenants[tenant].receipts[batch.key]
        return receipt


class CutsKeys(MemoryRepository):
    """A key is kept in a column of 100 characters."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        if len(batch.key) > 100:
            kept = self._tenants[tenant].receipts
            kept[batch.key[:100]] = kept.pop(batch.key)
        return receipt


class FoldsKeys(MemoryRepository):
    """A key is looked up as the database collates: upper and lower case are the same."""

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        kept = {known.lower(): receipt for known, receipt in self._held(tenant).receipts.items()}
        return kept.get(key.lower())


class RemembersTheKeyFirst(MemoryRepository):
    """The key is kept before the rows are: said again after a conflict, it answers for what was never written."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except (VersionConflict, UniqueConflict):
            if tenant in self._tenants:
                self._tenants[tenant].receipts[batch.key] = Receipt(batch.key, batch.rows)
            raise


@attrs.frozen(eq=False)
class BindsTheKeyThatFailed(MemoryRepository):
    """A key is bound to what was first tried under it, also when that was refused: another decision may not have it."""

    tried: dict[tuple[str, str], list[str]] = attrs.field(init=False, factory=dict[Any, Any])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        moves = [event.move for change in batch.changes for event in change.events]
        if self.tried.get((tenant, batch.key), moves) != moves:
            raise KeyReused(batch.key)
        try:
            return super().commit(tenant, batch)
        except VersionConflict:
            self.tried[tenant, batch.key] = moves
            raise


# --- what is answered -----------------------------------------------------------------------------


class AnswersAnyBatch(MemoryRepository):
    """One key, two decisions: the second is told that it was done."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        done = self.receipt(tenant, batch.key)
        return super().commit(tenant, batch) if done is None else done


class ComparesTheFirstEntity(MemoryRepository):
    """A batch is taken for the one that was said before when its first entity is the same."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        done = self.receipt(tenant, batch.key)
        if done is not None and [*done.versions][:1] == [change.entity.id for change in batch.changes][:1]:
            return done
        return super().commit(tenant, batch)


@attrs.frozen(eq=False)
class AsksWhoUsedTheKey(Handle):
    """Whether a key is used for something else is known to the handle that used it; the others answer whatever comes."""

    used: set[str] = attrs.field(init=False, factory=set[str])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        done = self.receipt(tenant, batch.key)
        if done is not None and batch.key not in self.used:
            return done
        self.used.add(batch.key)
        return super().commit(tenant, batch)


class AnswersWhileNothingCame(MemoryRepository):
    """Said again, a batch is answered while its row is as it left it: when something came after, its key is taken."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            done, rows = self.receipt(tenant, batch.key), self._held(tenant).rows
            if done is not None and done.answers(batch) and len(done.entities) == 1:
                (left,) = done.entities
                if left.id in rows and rows[left.id].version > left.version:
                    raise KeyReused(batch.key)
            return super().commit(tenant, batch)


class LooksBackAFewKeys(MemoryRepository):
    """Whether a batch was said before is looked up among the last four: later, it is done again."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            old = [*self._held(tenant).receipts][:-4]
            receipts = self._held(tenant).receipts
            forgotten = receipts.pop(batch.key) if batch.key in old else None
            try:
                return super().commit(tenant, batch)
            finally:
                if forgotten is not None:
                    receipts[batch.key] = forgotten


class AnswersFromItsTables(MemoryRepository):
    """Said again while nothing came, a batch is answered table by table: the same rows, in another order than before."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        again, rows = self.receipt(tenant, batch.key) is not None, self._held(tenant).rows
        receipt = super().commit(tenant, batch)
        if not again or any(rows.get(row.id) is not row for row in receipt.entities):
            return receipt
        by_table = sorted(receipt.entities, key=lambda row: type(row).__name__, reverse=True)
        return attrs.evolve(receipt, entities=tuple(by_table))


class LogsWhatIsSaidAgain(MemoryRepository):
    """A batch that is said again is answered, and logged once more."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        again = self.receipt(tenant, batch.key) is not None
        receipt = super().commit(tenant, batch)
        if again:
            self._tenants[tenant].log.extend(batch.log())
        return receipt


# --- what a receipt recalls -----------------------------------------------------------------------


class RecallsTheRowOfToday(MemoryRepository):
    """A receipt tells how the entities are now, and not how its commit left them."""

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        done = super().receipt(tenant, key)
        rows = self._held(tenant).rows
        if done is None:
            return None
        return attrs.evolve(done, entities=tuple(rows.get(row.id, row) for row in done.entities))


class KeepsThreeVersions(MemoryRepository):
    """A receipt is put together from the last three versions of each row: what was before them it does not tell."""

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        done, kept = super().receipt(tenant, key), self._held(tenant)
        if done is None:
            return None
        now: dict[Id, int] = {row.id: row.version for row in kept.rows.values()} | kept.tombstones
        there = tuple(row for row in done.entities if row.version > now[row.id] - 3)
        return attrs.evolve(done, entities=there)
