"""Wrong about the outbox: a line is told twice, out of its order, or never."""

from __future__ import annotations

import time
from operator import itemgetter
from typing import Any

import attrs

from relcore.kernel.errors import Invalid
from relcore.kernel.repository import Batch, Delivery, Entry, Receipt
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.handle import Handle


class DeliversByEntity(MemoryRepository):
    """The outbox is in the order of ids, so a line that comes later may stand before the cursor."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        start = int(after or 0)
        with self._lock:
            lines = sorted(self._held(tenant).log, key=lambda entry: (entry.id, entry.version, entry.index))
        some = lines[start : start + limit]
        return Delivery(tuple(some), str(start + len(some)))


class LosesALineAtThePageBreak(MemoryRepository):
    """The cursor points one line too far."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        step = 1 if len(told.entries) == limit else 0
        return Delivery(told.entries, str(int(told.after) + step))


class TellsNothingOneByOne(MemoryRepository):
    """A delivery of one line is taken for the question whether there is one, and holds none."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        return Delivery((), told.after) if limit == 1 else told


class DeliversWithoutFields(MemoryRepository):
    """The outbox tells that something happened, and not what it changed."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        return Delivery(tuple(attrs.evolve(entry, fields={}) for entry in told.entries), told.after)


class DeliversNoRemovals(MemoryRepository):
    """The outbox is joined to the rows: that something was removed is told to nobody."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        return Delivery(tuple(entry for entry in told.entries if entry.event.to), told.after)


@attrs.frozen(eq=False)
class DeliversOnce(MemoryRepository):
    """What was just delivered is taken for received: who asks again, having lost it, is told nothing."""

    last: dict[str, Any] = attrs.field(init=False, factory=dict[str, Any])

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        if told.entries and self.last.get(tenant) == (after, limit):
            return Delivery((), told.after)
        if told.entries:
            self.last[tenant] = after, limit
        return told


@attrs.frozen(eq=False)
class KnowsItsOwnPlaces(Handle):
    """A place in the outbox is known to the handle that told it: any other begins anew."""

    told: set[str] = attrs.field(init=False, factory=set[str])

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        known = after if after in self.told or not (after or "").isdecimal() else None
        told = super().drain(tenant, after=known, limit=limit)
        self.told.add(told.after)
        return told


class CountsFromOne(MemoryRepository):
    """The first line has number 1, and an empty outbox ends there: what is committed first stands before that place."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        return Delivery((), "1") if after is None and not told.entries else told


class BeginsAnew(MemoryRepository):
    """A place that it cannot read is the beginning: everything is told again."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        place = after if after is not None and after.isdecimal() else None
        return super().drain(tenant, after=place, limit=limit)


@attrs.frozen(eq=False)
class NumbersBeforeItCommits(MemoryRepository):
    """A line gets its number when it is written and is seen when it is committed: the cursor has passed it by then."""

    _given: dict[str, dict[str, int]] = attrs.field(init=False, factory=dict[str, Any])
    _passed: dict[str, int] = attrs.field(init=False, factory=dict[str, int])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            numbers = self._numbers(tenant)
            number = numbers.setdefault(batch.key, len(numbers))
        if number % 3 == 0:
            self._is_passed(tenant, number)
        return super().commit(tenant, batch)

    def _is_passed(self, tenant: str, number: int) -> None:
        """Long enough for a reader to come by who has seen a later one."""
        for _ in range(10):
            if self._passed.get(tenant, 0) > number:
                return
            time.sleep(0.001)

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        place = _place(after)
        with self._lock:
            numbers, log = self._numbers(tenant), list(self._held(tenant).log)
        told = dict[str, int]()
        lines = list[tuple[tuple[int, int], Entry]]()
        for entry in log:
            told[entry.key] = told.get(entry.key, 0) + 1
            lines.append(((numbers[entry.key], told[entry.key]), entry))
        behind = sorted((line for line in lines if line[0] > place), key=itemgetter(0))[:limit]
        number, line = behind[-1][0] if behind else place
        self._passed[tenant] = number
        return Delivery(tuple(entry for _, entry in behind), f"{number}-{line}")

    def _numbers(self, tenant: str) -> dict[str, int]:
        return self._given.setdefault(tenant, {})


def _place(after: str | None) -> tuple[int, int]:
    if after is None:
        return (0, 0)
    number, dash, line = after.partition("-")
    if not (dash and number.isdecimal() and line.isdecimal()):
        raise Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
    return int(number), int(line)
