"""Wrong about what it tells of the past: log, outbox, columns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

import attrs

from relcore.kernel.entity import Ref
from relcore.kernel.errors import Invalid
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Delivery, Entry, Receipt
from relcore.kernel.words import Field
from relcore.storage.memory import MemoryRepository

E = TypeVar("E")


# --- log and outbox -------------------------------------------------------------------------------


class LogsOneLinePerCommit(MemoryRepository):
    """Several moves in one commit leave one line."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            known = len(self._held(tenant).log)
            receipt = super().commit(tenant, batch)
            log = self._tenants[tenant].log
            log[known:] = [entry for entry in log[known:] if entry.index == 0]
            return receipt


class LogsWhatIsAndNotWhatChanged(MemoryRepository):
    """The log forgets which fields a version changed, so that nothing can be replayed from it."""

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return [attrs.evolve(entry, fields={}) if entry.version > 1 else entry for entry in super().log(ref)]


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


class NumbersBeforeItCommits(MemoryRepository):
    """A line gets its number when it is written and is seen when it is committed: the cursor has passed it by then."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            numbers = self._numbers(tenant)
            number = numbers.setdefault(batch.key, len(numbers))
        time.sleep(0.0005 * (number % 3 == 0))
        return super().commit(tenant, batch)

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
        return Delivery(tuple(entry for _, entry in behind), f"{number}-{line}")

    def _numbers(self, tenant: str) -> dict[str, int]:
        of_tenants: dict[str, dict[str, int]] = self.__dict__.setdefault("numbers", {})
        return of_tenants.setdefault(tenant, {})


def _place(after: str | None) -> tuple[int, int]:
    if after is None:
        return (0, 0)
    number, dash, line = after.partition("-")
    if not (dash and number.isdecimal() and line.isdecimal()):
        raise Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
    return int(number), int(line)


# --- columns --------------------------------------------------------------------------------------


class ScansWhatIsNow(MemoryRepository):
    """Each chunk is read when it is asked for: a scan mixes what was with what is."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        start = 0
        while True:
            chunks = list(super().scan(tenant, entity, fields, where, chunk=chunk))
            if start >= len(chunks):
                return
            yield chunks[start]
            start += 1


class ScansFullChunksOnly(MemoryRepository):
    """The last chunk, which is not full, is lost."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        for columns in super().scan(tenant, entity, fields, where, chunk=chunk):
            if len(next(iter(columns.values()))) == chunk:
                yield columns


class ScansEverything(MemoryRepository):
    """A scan does not look at the question."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        del where
        return super().scan(tenant, entity, fields, Query(), chunk=chunk)
