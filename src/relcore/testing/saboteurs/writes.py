"""Wrong about writing: versions, atomicity, keys, what was removed, what only one may have."""

from __future__ import annotations

import time
from typing import Any, TypeVar, cast

import attrs

from relcore.kernel.errors import Gone, KeyReused, RelcoreError, UniqueConflict, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Receipt
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered

E = TypeVar("E")


# --- versions -------------------------------------------------------------------------------------


class ForgetsVersions(MemoryRepository):
    """The last writer wins, and nobody is told that they overwrote something."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            rows = self._held(tenant).rows
            now = {id: rows[id].version if id in rows else 0 for id in batch.expects}
            return super().commit(tenant, altered(batch, expects=now))


class ComparesOutsideTheWrite(MemoryRepository):
    """It reads the version, looks at it, and then writes: two writers both find it as they expect."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.receipt(tenant, batch.key) is None:
            for id, expected in batch.expects.items():
                self._held(tenant).check(id, expected)
            time.sleep(0)  # here the other writer comes in
        with self._lock:
            rows = self._held(tenant).rows
            now = {id: rows[id].version if id in rows else 0 for id in batch.expects}
            return super().commit(tenant, altered(batch, expects=now))


class TellsTheExpectedVersion(MemoryRepository):
    """A conflict that says the row is as it was expected."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except VersionConflict as conflict:
            raise VersionConflict(conflict.id, conflict.expected, conflict.expected) from None


class CountsTwice(MemoryRepository):
    """Each commit takes the version two further."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = tuple(attrs.evolve(cast("Any", row), version=row.version + 1) for row in batch.rows)
        return super().commit(tenant, altered(batch, rows=rows))


class ForgetsReads(MemoryRepository):
    """What a decision rests on may have changed: only what it changes is checked."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        changed = {change.entity.id for change in batch.changes}
        checked = {id: version for id, version in batch.expects.items() if id in changed}
        return super().commit(tenant, altered(batch, expects=checked))


# --- atomicity ------------------------------------------------------------------------------------


class WritesOneByOne(MemoryRepository):
    """Every change is a transaction of its own: a conflict in the middle leaves the first half written."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if (done := self.receipt(tenant, batch.key)) is not None:
            if not done.answers(batch):
                raise KeyReused(batch.key)
            return done
        entities, removed = list[Any](), list[Id]()
        for n, change in enumerate(batch.changes):
            one = super().commit(tenant, Batch((change,), (), f"{batch.key}/{n}", batch.recorded_at))
            entities.extend(one.entities)
            removed.extend(one.removed)
        receipt = super().commit(tenant, Batch((), batch.reads, batch.key, batch.recorded_at))
        whole = attrs.evolve(receipt, entities=tuple(entities), removed=tuple(removed))
        self._tenants[tenant].receipts[batch.key] = whole
        return whole


class LogsWhatWasRefused(MemoryRepository):
    """The log is written first and stays when the rows are refused."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except RelcoreError:
            if tenant in self._tenants:
                self._tenants[tenant].log.extend(batch.log())
            raise


class RemembersTheKeyFirst(MemoryRepository):
    """The key is kept before the rows are: said again after a conflict, it answers for what was never written."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except (VersionConflict, UniqueConflict):
            if tenant in self._tenants:
                self._tenants[tenant].receipts[batch.key] = Receipt(batch.key, batch.rows)
            raise


# --- keys -----------------------------------------------------------------------------------------


class ForgetsKeys(MemoryRepository):
    """A batch that is said again is done again, or is a conflict."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            if tenant in self._tenants:
                self._tenants[tenant].receipts.pop(batch.key, None)
            return super().commit(tenant, batch)


class AnswersAnyBatch(MemoryRepository):
    """One key, two decisions: the second is told that it was done."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        done = self.receipt(tenant, batch.key)
        return super().commit(tenant, batch) if done is None else done


class RecallsTheRowOfToday(MemoryRepository):
    """A receipt tells how the entities are now, and not how its commit left them."""

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        done = super().receipt(tenant, key)
        rows = self._held(tenant).rows
        if done is None:
            return None
        return attrs.evolve(done, entities=tuple(rows.get(row.id, row) for row in done.entities))


# --- removal and uniqueness -----------------------------------------------------------------------


class RaisesTheDead(MemoryRepository):
    """What was removed may be created again, under the same id and from version 1."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            for id, expected in batch.expects.items():
                if expected == 0:
                    self._held(tenant).tombstones.pop(id, None)
            return super().commit(tenant, batch)


class FindsTheDead(MemoryRepository):
    """A removal is a mark that queries do not look at."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        self._tenants[tenant].rows.update((row.id, row) for row in batch.removed)
        return receipt


class TakesTheDeadForAbsent(MemoryRepository):
    """Who writes to what was removed hears of a version and not that it is gone."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except Gone as gone:
            raise VersionConflict(gone.id, batch.expects[cast("Id", gone.id)], 0) from None


class LetsTheDeadKeepTheirs(MemoryRepository):
    """A removed entity still has what only one may have."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            before = dict(self._held(tenant).claims)
            receipt = super().commit(tenant, batch)
            claims = self._tenants[tenant].claims
            held = {row.id for row in batch.removed}
            claims.update((claim, id) for claim, id in before.items() if id in held)
            return receipt


class GivesToEverybody(MemoryRepository):
    """What only one may have is given to whoever asks."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            self._held(tenant).claims.clear()
            return super().commit(tenant, batch)
