"""The reference adapter: frozen values in dicts, one lock, real versions, a real log. Gone when the process ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from threading import RLock
from typing import Any, TypeVar, cast

import attrs

from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import KeyReused, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.query import Query, fields_of, predicate
from relcore.kernel.repository import Batch, Capabilities, Entry, Level, Page, Receipt
from relcore.kernel.words import Field, word

E = TypeVar("E")


@attrs.frozen(eq=False)
class _Tenant:
    rows: dict[Id, Versioned] = attrs.field(factory=dict[Id, Versioned])
    log: list[Entry] = attrs.field(factory=list[Entry])
    receipts: dict[str, Receipt] = attrs.field(factory=dict[str, Receipt])


_NOTHING = _Tenant()


@attrs.frozen(eq=False)
class MemoryRepository:
    """A repository in memory, for tests and for trying things out. Thread-safe."""

    _tenants: dict[str, _Tenant] = attrs.field(init=False, factory=dict[str, _Tenant])
    _lock: RLock = attrs.field(init=False, factory=RLock)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.LOGGED)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        with self._lock:
            return [cast("E | None", self._held(ref.tenant).rows.get(ref.id)) for ref in refs]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, after: str | None, limit: int
    ) -> Page[E]:
        found = [row for row in self._matching(tenant, entity, where) if after is None or row.id > after]
        more = len(found) > limit
        return Page(tuple(cast("list[E]", found[:limit])), found[limit - 1].id if more else None)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            kept = self._tenants.setdefault(tenant, _Tenant())
            if (done := kept.receipts.get(batch.key)) is not None:
                if not done.answers(batch):
                    raise KeyReused(batch.key)
                return done
            for id, expected in batch.expects.items():
                actual = kept.rows[id].version if id in kept.rows else 0
                if actual != expected:
                    raise VersionConflict(id, expected, actual)
            lines = list(batch.log())
            kept.rows.update((row.id, row) for row in batch.rows)
            kept.log.extend(lines)
            receipt = kept.receipts[batch.key] = Receipt(batch.key, batch.rows)
            return receipt

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        with self._lock:
            return self._held(tenant).receipts.get(key)

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        rows = self._matching(tenant, entity, where)
        names = [name for field in fields for name, _ in field.columns]
        for start in range(0, len(rows), chunk):
            lines = [
                [value for field in fields for value in field.store(getattr(row, field.name))]
                for row in rows[start : start + chunk]
            ]
            yield dict(zip(names, zip(*lines, strict=True), strict=True))

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        with self._lock:
            return [entry for entry in self._held(ref.tenant).log if entry.id == ref.id]

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[Versioned]:
        for field in fields_of(where.tree):
            word(entity, field)
        asked = predicate(where.tree)
        with self._lock:
            rows = [row for row in self._held(tenant).rows.values() if isinstance(row, entity)]
        return sorted((row for row in rows if asked(row)), key=lambda row: row.id)

    def _held(self, tenant: str) -> _Tenant:
        return self._tenants.get(tenant, _NOTHING)


def in_memory() -> MemoryRepository:
    """A repository that forgets: ``Workspace(in_memory(), tenant="test")``."""
    return MemoryRepository()
