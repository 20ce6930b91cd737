"""Wrong about questions: what they mean, in which order the answers come, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import attrs

from relcore.kernel.custom import value_of
from relcore.kernel.entity import Ref
from relcore.kernel.errors import UniqueConflict
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.repository import Batch, Receipt
from relcore.storage.memory import MemoryRepository

E = TypeVar("E")


# --- queries --------------------------------------------------------------------------------------


class _Asks(MemoryRepository):
    """Understands questions in a way of its own."""

    def understood(self, tree: Tree) -> Tree:
        raise NotImplementedError

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        return super()._matching(tenant, entity, Query(_rewritten(where.tree, self.understood)))


def _rewritten(tree: Tree, leaf: Callable[[Tree], Tree]) -> Tree:
    match tree:
        case All(trees):
            return All(tuple(_rewritten(one, leaf) for one in trees))
        case AnyOf(trees):
            return AnyOf(tuple(_rewritten(one, leaf) for one in trees))
        case Not(inner):
            return leaf(Not(_rewritten(inner, leaf)))
        case _:
            return leaf(tree)


class HasThreeTruths(_Asks):
    """A comparison with nothing is unknown, as in SQL, and so is its opposite: NOT loses the rows that lack the field."""

    def understood(self, tree: Tree) -> Tree:
        match tree:
            case Not(Compare(field) | OneOf(field) | StartsWith(field)):
                return All((tree, Not(Missing(field))))
            case _:
                return tree


class DropsWhatItDoesNotKnow(_Asks):
    """A field that is not there is left out of the question, which then answers with more."""

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        known = {*cast("Any", entity).words, "id"}

        def without(tree: Tree) -> Tree:
            match tree:
                case Compare(field) | OneOf(field) | StartsWith(field) | Missing(field) if field not in known:
                    return All()
                case _:
                    return tree

        return MemoryRepository._matching(self, tenant, entity, Query(_rewritten(where.tree, without)))  # noqa: SLF001


class DropsLongLists(_Asks):
    """A list of more values than the database takes is cut off."""

    def understood(self, tree: Tree) -> Tree:
        return OneOf(tree.field, tree.values[:999]) if isinstance(tree, OneOf) else tree


class _ReadsPrefixes(MemoryRepository):
    """Has an understanding of its own of how a text begins."""

    def begins(self, held: str, prefix: str) -> bool:
        raise NotImplementedError

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        rows: list[Any] = super()._matching(tenant, entity, Query())

        def as_ids(tree: Tree) -> Tree:
            match tree:
                case StartsWith(field, prefix):
                    begin = [row.id for row in rows if self.begins(value_of(field)(row) or "", prefix)]
                    return OneOf("id", tuple(begin))
                case _:
                    return tree

        return super()._matching(tenant, entity, Query(_rewritten(where.tree, as_ids)))


class FoldsCase(_ReadsPrefixes):
    """A prefix is compared as LIKE does it in SQLite: upper and lower case are the same."""

    def begins(self, held: str, prefix: str) -> bool:
        return held.lower().startswith(prefix.lower())


class HasWildcards(_ReadsPrefixes):
    """A prefix is handed to LIKE as it is: ``100%`` finds 1000."""

    def begins(self, held: str, prefix: str) -> bool:
        return held.startswith(prefix.rstrip("%_"))


# --- order and pages ------------------------------------------------------------------------------


class PutsNothingFirst(MemoryRepository):
    """Rows that lack the field come first, as PostgreSQL has them when the order descends."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        found = list(super().find(tenant, entity, where, order=order, limit=1_000_000))
        for key in reversed(order):
            found.sort(key=lambda row, field=key.field: value_of(field)(row) is not None)  # type: ignore[misc]
        return found[:limit]


class HasNoTieBreaker(MemoryRepository):
    """What is equal comes in whatever order the database likes."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        found = self._matching(tenant, entity, where)[:: -1 if order else 1]
        for key in reversed(order):
            held = value_of(key.field)
            told = sorted((row for row in found if held(row) is not None), key=held, reverse=key.descending)
            found = told + [row for row in found if held(row) is None]
        return found[:limit]


class ForgetsTheDirection(MemoryRepository):
    """Descending is ascending."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        ascending = tuple(attrs.evolve(key, descending=False) for key in order)
        return super().find(tenant, entity, where, order=ascending, limit=limit)


class CutsBeforeItSorts(MemoryRepository):
    """The limit is applied first, and the order to what is left."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        some = super().find(tenant, entity, where, order=(), limit=limit)
        ids = tuple(cast("Any", row).id for row in some)
        return super().find(tenant, entity, Query(OneOf("id", ids)), order=order, limit=limit)


class FetchesInItsOwnOrder(MemoryRepository):
    """Rows come as they are found, and not as they were asked for."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        found = super().fetch(refs)
        return sorted(found, key=lambda row: "" if row is None else cast("Any", row).id)


# --- tenants --------------------------------------------------------------------------------------


class ShowsTheNeighbours(MemoryRepository):
    """A query forgets for whom it is asked."""

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        found = super()._matching(tenant, entity, where)
        for other in self._tenants:
            if other != tenant:
                found += super()._matching(other, entity, where)
        return found


class SharesKeys(MemoryRepository):
    """A key belongs to whoever says it first, whichever tenant that is."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        for other, kept in self._tenants.items():
            if other != tenant and batch.key in kept.receipts:
                return kept.receipts[batch.key]
        return super().commit(tenant, batch)


class SharesWhatIsUnique(MemoryRepository):
    """What only one may have, only one of all tenants may have."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            for other, kept in self._tenants.items():
                if other != tenant:
                    for claim, id in kept.claims.items():
                        mine = [row for row in batch.rows if isinstance(row, claim[0])]
                        for row in mine:
                            if tuple(value_of(name)(row) for name in claim[1]) == claim[2]:
                                raise UniqueConflict(id, claim[1])
            return super().commit(tenant, batch)
