"""Wrong about tenants: what one of them does or has is something to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from relcore.kernel.custom import value_of
from relcore.kernel.entity import Ref
from relcore.kernel.errors import Busy, Gone, KeyReused, UniqueConflict, VersionConflict
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Delivery, Entry, Receipt
from relcore.kernel.words import Field
from relcore.privacy.suppression import Suppression
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.levels import Lowest

E = TypeVar("E")
MOST = 10
"""How often somebody may write to what is not there."""


class _LooksAround(MemoryRepository):
    """Sees what the others have."""

    def others(self, tenant: str) -> Iterator[str]:
        return (other for other in [*self._tenants] if other != tenant)


# --- what they read -------------------------------------------------------------------------------


class ShowsTheNeighbours(_LooksAround):
    """A query forgets for whom it is asked."""

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        found = super()._matching(tenant, entity, where)
        for other in self.others(tenant):
            found += super()._matching(other, entity, where)
        return found


class SharesOneTable(_LooksAround):
    """One table came without a column for the tenant: whoever has an id is told the row."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return [self._found(ref) for ref in refs]

    def _found(self, ref: Ref[E]) -> E | None:
        (row,) = super().fetch([ref])
        if row is None and ref.entity is Suppression:
            elsewhere = [Ref(other, ref.id, ref.entity) for other in self.others(ref.tenant)]
            return next((found for found in super().fetch(elsewhere) if found is not None), None)
        return row


class LooksElsewhereForTheLog(_LooksAround):
    """Where a tenant has no log of an entity, that of whoever has one is told."""

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        found = super().log(ref)
        if found:
            return found
        return [
            entry
            for other in self.others(ref.tenant)
            for entry in super(_LooksAround, self).log(Ref(other, ref.id, ref.entity))
        ]


class ScansTheIndexOfAll(_LooksAround):
    """A scan of one column is answered from its index, in which all tenants stand."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        yield from super().scan(tenant, entity, fields, where, chunk=chunk)
        if len(fields) == 1:
            for other in self.others(tenant):
                yield from super().scan(other, entity, fields, where, chunk=chunk)


class DeliversByTheIdAlone(_LooksAround):
    """The outbox joins log and rows by id: of an id that two tenants use, each is told the lines of both."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        told = super().drain(tenant, after=after, limit=limit)
        ids = {entry.id for entry in told.entries}
        more = [entry for other in self.others(tenant) for entry in self._held(other).log if entry.id in ids]
        return Delivery((*told.entries, *more), told.after)


class JoinsByTheIdAlone(_LooksAround):
    """A scan joins two tables by id: a row whose id another tenant uses as well comes twice."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        own = {row.id for row in self._held(tenant).rows.values()}
        twice = any(own & self._held(other).rows.keys() for other in self.others(tenant))
        for columns in super().scan(tenant, entity, fields, where, chunk=chunk):
            yield columns
            if twice:
                yield columns


# --- what they write ------------------------------------------------------------------------------


class TouchesTheNeighbours(_LooksAround):
    """What a decision rests on is locked by its id alone: the touch counts as a version, whosever row it is."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        for read in batch.reads:
            for other in self.others(tenant):
                rows: dict[Any, Any] = self._tenants[other].rows
                if read.id in rows:
                    rows[read.id] = attrs.evolve(rows[read.id], version=rows[read.id].version + 1)
        return super().commit(tenant, batch)


class TellsWhoseItIs(_LooksAround):
    """Who writes to what another tenant has is told that it is not theirs."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except VersionConflict as conflict:
            there = any(conflict.id in self._held(other).rows for other in self.others(tenant))
            if there and conflict.actual == 0:
                raise _NotYours(conflict.id, conflict.expected, conflict.actual) from None
            raise


class _NotYours(VersionConflict):
    def __str__(self) -> str:
        return f"{self.id} belongs to another tenant."


class OverwritesTheSameId(Lowest):
    """The id alone is the primary key: who brings one that another tenant has puts their own row in its place."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        for other, kept in self._tenants.items():
            if other != tenant:
                for row in batch.rows:
                    kept.rows.pop(row.id, None)
        return receipt


class LocksEverybodyOut(Lowest):
    """Whoever writes too often to what is not there is taken for an intruder, and all tenants are made to wait."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.__dict__.get("guesses", 0) > MOST:
            raise Busy(0)
        try:
            return super().commit(tenant, batch)
        except VersionConflict as conflict:
            self.__dict__["guesses"] = self.__dict__.get("guesses", 0) + (conflict.actual == 0)
            raise


class BuriesForAll(MemoryRepository):
    """A tombstone holds an id and no tenant: what one of them removed is gone for all."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.receipt(tenant, batch.key) is None:
            for id in batch.expects:
                for kept in [*self._tenants.values()]:
                    if id in kept.tombstones:
                        raise Gone(id, kept.tombstones[id])
        return super().commit(tenant, batch)


class SharesKeys(_LooksAround):
    """A key belongs to whoever says it first, whichever tenant that is."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        for other in self.others(tenant):
            if (known := self.receipt(other, batch.key)) is not None:
                return known
        return super().commit(tenant, batch)


class AsksWhoSaidItFirst(_LooksAround):
    """Whether a key is used for something else is asked of the tenant who said it first; the others hear that it was done."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except KeyReused:
            done = self.receipt(tenant, batch.key)
            if done is not None and any(self.receipt(other, batch.key) for other in self.others(tenant)):
                return done
            raise


class SharesWhatIsUnique(_LooksAround):
    """What only one may have, only one of all tenants may have."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            for other in self.others(tenant):
                for claim, id in self._tenants[other].claims.items():
                    mine = [row for row in batch.rows if isinstance(row, claim[0])]
                    for row in mine:
                        if tuple(value_of(name)(row) for name in claim[1]) == claim[2]:
                            raise UniqueConflict(id, claim[1])
            return super().commit(tenant, batch)
