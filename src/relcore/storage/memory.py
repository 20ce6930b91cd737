"""The reference adapter: frozen values in dicts, one lock, real versions, a real log. Gone when the process ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from threading import RLock
from typing import Any, TypeAlias, TypeVar, cast

import attrs

from relcore.kernel.clock import microseconds
from relcore.kernel.custom import value_of
from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import Gone, Invalid, KeyReused, UniqueConflict, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query, fields_of, predicate
from relcore.kernel.repository import (
    LOG_COLUMNS,
    Batch,
    Capabilities,
    Delivery,
    Entry,
    Level,
    Receipt,
    unique_values,
)
from relcore.kernel.words import Field, word

E = TypeVar("E")
_Claim: TypeAlias = tuple[type[Any], tuple[str, ...], tuple[Any, ...]]
"""An entity class, fields of which only one may have the values, and those values."""


@attrs.frozen(eq=False)
class _Tenant:
    rows: dict[Id, Versioned] = attrs.field(factory=dict[Id, Versioned])
    tombstones: dict[Id, int] = attrs.field(factory=dict[Id, int])
    claims: dict[_Claim, Id] = attrs.field(factory=dict[_Claim, Id])
    log: list[Entry] = attrs.field(factory=list[Entry])
    receipts: dict[str, Receipt] = attrs.field(factory=dict[str, Receipt])

    def check(self, id: Id, expected: int) -> None:
        """The row is at this version, and was not removed."""
        if id in self.tombstones:
            raise Gone(id, self.tombstones[id])
        actual = self.rows[id].version if id in self.rows else 0
        if actual != expected:
            raise VersionConflict(id, expected, actual)

    def claimed(self, batch: Batch) -> tuple[set[_Claim], dict[_Claim, Id]]:
        """What the batch gives up and what it takes of that which only one may have."""
        changed = [self.rows[row.id] for row in (*batch.rows, *batch.removed) if row.id in self.rows]
        given_up, taken = {claim for row in changed for claim in _claims(row)}, dict[_Claim, Id]()
        for row in batch.rows:
            for claim in _claims(row):
                if claim in self.claims and claim not in given_up:
                    raise UniqueConflict(row.id, claim[1])
                taken[claim] = row.id
        return given_up, taken


def _claims(row: Versioned) -> Iterator[_Claim]:
    return ((type(row), names, values) for names, values in unique_values(row))


_NOTHING = _Tenant()


@attrs.frozen(eq=False)
class MemoryRepository:
    """A repository in memory, for tests and for trying things out. Thread-safe."""

    _tenants: dict[str, _Tenant] = attrs.field(init=False, factory=dict[str, _Tenant])
    _lock: RLock = attrs.field(init=False, factory=RLock)

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.COLUMNAR)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        with self._lock:
            return [cast("E | None", self._held(ref.tenant).rows.get(ref.id)) for ref in refs]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        found = self._matching(tenant, entity, where)
        for key in reversed(order):  # sorting is stable: the last key first
            carried = value_of(key.field)
            told = [row for row in found if carried(row) is not None]
            told.sort(key=carried, reverse=key.descending)
            found = told + [row for row in found if carried(row) is None]
        return found[:limit]

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            kept = self._tenants.get(tenant) or _Tenant()
            if (done := kept.receipts.get(batch.key)) is not None:
                if not done.answers(batch):
                    raise KeyReused(batch.key)
                return done
            for id, expected in batch.expects.items():
                kept.check(id, expected)
            given_up, taken = kept.claimed(batch)
            lines, receipt = (
                list(batch.log()),
                Receipt(batch.key, batch.rows, tuple(r.id for r in batch.removed)),
            )
            # Nothing fails from here on.
            self._tenants[tenant] = kept
            for claim in given_up:
                del kept.claims[claim]
            kept.claims.update(taken)
            kept.rows.update((row.id, row) for row in batch.rows)
            for row in batch.removed:
                del kept.rows[row.id]
                kept.tombstones[row.id] = row.version
            kept.log.extend(lines)
            kept.receipts[batch.key] = receipt
            return receipt

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        with self._lock:
            return self._held(tenant).receipts.get(key)

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        with self._lock:
            return [entry for entry in self._held(ref.tenant).log if entry.id == ref.id]

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        start = _position(after)
        with self._lock:
            entries = self._held(tenant).log[start : start + limit]
        return Delivery(tuple(entries), str(start + len(entries)))

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        rows = self._matching(tenant, entity, where)
        names = [name for field in fields for name, _ in field.columns]
        for start in range(0, len(rows), chunk):
            lines = [
                [value for field in fields for value in field.store(field.held_by(row))]
                for row in rows[start : start + chunk]
            ]
            yield dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))

    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        with self._lock:
            entries = [entry for entry in self._held(tenant).log if isinstance(entry.id, entity.id_type)]
        entries.sort(key=lambda entry: (entry.id, entry.version, entry.index))
        for start in range(0, len(entries), chunk):
            lines = map(list, zip(*map(_line, entries[start : start + chunk]), strict=True))
            told = dict(zip((name for name, _ in LOG_COLUMNS), lines, strict=True))
            yield {name: told[name] for name in columns}

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        for field in fields_of(where.tree):
            word(entity, field)
        asked = predicate(where.tree)
        with self._lock:
            rows = [row for row in self._held(tenant).rows.values() if isinstance(row, entity)]
        return sorted((row for row in rows if asked(row)), key=attrgetter("id"))

    def _held(self, tenant: str) -> _Tenant:
        return self._tenants.get(tenant, _NOTHING)


def _position(after: str | None) -> int:
    if after is None:
        return 0
    if not isinstance(after, str) or not after.isdecimal() or len(after) > 20:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
    return int(after)


def _line(entry: Entry) -> tuple[Any, ...]:
    event = entry.event
    actor = None if event.by is None else str(event.by)
    moments = microseconds(event.at), actor, microseconds(entry.recorded_at)
    states = str(event.source), str(event.to)
    return str(entry.id), entry.version, entry.index, event.machine, event.move, *states, *moments


def in_memory() -> MemoryRepository:
    """A repository that forgets: ``Workspace(in_memory(), tenant="test")``."""
    return MemoryRepository()
