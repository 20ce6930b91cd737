"""Wrong about what happens at once: right as long as one comes after the other."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TypeVar, cast

import attrs

from relcore.kernel.entity import Ref
from relcore.kernel.errors import VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Receipt, unique_values
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered

E = TypeVar("E")
A_WHILE = 0.0005
"""Seconds in which the others come in."""


class _LooksFirst(MemoryRepository):
    """Looks whether a batch may be written, and writes it a while later."""

    def is_late(self, batch: Batch) -> bool:
        """Whether it lets go of the lock for this one."""
        raise NotImplementedError

    def taken_on_trust(self, tenant: str, batch: Batch) -> Batch:
        """The batch as it is written, when it has been looked at."""
        rows = self._held(tenant).rows
        now = {id: rows[id].version if id in rows else 0 for id in batch.expects}
        return altered(batch, expects=now)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if not self.is_late(batch) or self.receipt(tenant, batch.key) is not None:
            return super().commit(tenant, batch)
        with self._lock:
            held = self._held(tenant)
            for id, expected in batch.expects.items():
                held.check(id, expected)
            held.claimed(batch)
        time.sleep(A_WHILE)
        with self._lock:
            return super().commit(tenant, self.taken_on_trust(tenant, batch))


class ComparesOutsideTheWrite(_LooksFirst):
    """It reads the version, looks at it, and then writes: two writers both find it as they expect."""

    def is_late(self, batch: Batch) -> bool:
        del batch
        return True


class LetsGoOfTheLock(_LooksFirst):
    """Each hundredth version it tidies up, and lets go of the lock meanwhile: who tries it a few times sees nothing."""

    def is_late(self, batch: Batch) -> bool:
        return any(expected and expected % 100 == 0 for expected in batch.expects.values())


class CreatesWithoutALock(_LooksFirst):
    """Whether something is there is asked before it is written: of two who create it at once, both are told that they did."""

    def is_late(self, batch: Batch) -> bool:
        return 0 in batch.expects.values()


class AsksWhetherItIsFree(_LooksFirst):
    """What only one may have is looked for first and taken then: two who look at once both take it."""

    def is_late(self, batch: Batch) -> bool:
        return any(type(row).uniques for row in batch.rows)  # type: ignore[attr-defined]

    def taken_on_trust(self, tenant: str, batch: Batch) -> Batch:
        claims, own = self._held(tenant).claims, batch.versions
        for row in batch.rows:
            for names, values in unique_values(row):
                if claims.get((type(row), names, values), row.id) not in own:
                    del claims[type(row), names, values]
        return batch


class TellsTheVersionItHadRead(MemoryRepository):
    """Overtaken at the last moment, it tells the version that it had read, and not the one that is there."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            rows = self._held(tenant).rows
            read = {id: rows[id].version for id in batch.expects if id in rows}
        time.sleep(A_WHILE)
        try:
            return super().commit(tenant, batch)
        except VersionConflict as conflict:
            told = read.get(cast("Id", conflict.id), conflict.actual)
            raise VersionConflict(conflict.id, conflict.expected, told) from None


class LooksForTheKeyTooEarly(MemoryRepository):
    """A key is looked up before the transaction begins: of those who send it at once, all but one hear a conflict."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        known = self.receipt(tenant, batch.key)
        if known is None:
            time.sleep(A_WHILE)
        with self._lock:
            if known is None and self.receipt(tenant, batch.key) is not None:
                for id, expected in batch.expects.items():
                    self._held(tenant).check(id, expected)
            return super().commit(tenant, batch)


@attrs.frozen(eq=False)
class GivesWayToEverybody(MemoryRepository):
    """Who rests on what somebody else is about to change gives way: of two who rest on each other, neither is heard."""

    announced: list[Id] = attrs.field(init=False, factory=list[Id])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        changed = [change.entity.id for change in batch.changes]
        self.announced.extend(changed)
        try:
            time.sleep(A_WHILE)
            for read in batch.reads:
                if read.id in self.announced:
                    raise VersionConflict(read.id, read.version, read.version + 1)
            return super().commit(tenant, batch)
        finally:
            time.sleep(A_WHILE)
            for id in changed:
                self.announced.remove(id)


class FetchesTheFirstForItself(MemoryRepository):
    """Of several rows the first is read for itself, and somebody commits before the others are: no such state ever was."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        if len(refs) < 3:
            return super().fetch(refs)
        first = super().fetch(refs[:1])
        time.sleep(10 * A_WHILE)
        return [*first, *super().fetch(refs[1:])]
