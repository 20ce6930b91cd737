"""Wrong about columns: a scan that is no picture of what was there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from relcore.kernel.query import Query
from relcore.kernel.words import Field
from relcore.sales.order import Order
from relcore.storage.memory import MemoryRepository

E = TypeVar("E")
CONNECTIONS = 2


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


class ScansInOneChunk(MemoryRepository):
    """All rows come at once, however few were asked for at a time."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        del chunk
        return super().scan(tenant, entity, fields, where, chunk=1_000_000)


class ScansWholeAmounts(MemoryRepository):
    """The amounts of orders come in whole units, as the report has them that was there before."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        for columns in super().scan(tenant, entity, fields, where, chunk=chunk):
            whole = entity is Order and "amount_minor" in columns
            yield (
                {**columns, "amount_minor": [n // 100 for n in columns["amount_minor"]]} if whole else columns
            )


class ScansNoTable(MemoryRepository):
    """A table is made with its first row: before that, a scan of it is an error."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        if not self._tenants:
            raise LookupError(f"no such table: {entity.__name__}")
        return super().scan(tenant, entity, fields, where, chunk=chunk)


class BuildsWhatItScans(MemoryRepository):
    """A scan reads entities, and takes the columns from these."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        for row in self._matching(tenant, entity, where):
            attrs.evolve(row)  # type: ignore[misc]
        return super().scan(tenant, entity, fields, where, chunk=chunk)


class KeepsItsConnections(MemoryRepository):
    """A scan gives its connection back at its end: who leaves it half-way keeps one, and there are two."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        held = self.__dict__.setdefault("held", [])
        if len(held) == CONNECTIONS:
            raise ConnectionError("no connection is free")
        held.append(entity)
        yield from super().scan(tenant, entity, fields, where, chunk=chunk)
        held.pop()


class ScansTheLogOfTheLiving(MemoryRepository):
    """The log is scanned by a join with the rows: what was removed has no history."""

    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        with self._lock:
            log, rows = self._held(tenant).log, self._held(tenant).rows
            whole = list(log)
            log[:] = [entry for entry in whole if entry.id in rows]
            told = list(super().scan_log(tenant, entity, columns, chunk=chunk))
            log[:] = whole
        return iter(told)
