"""Wrong about pages: the order of the answers, and where the next ones begin."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

import attrs

from relcore.customers.customer import Customer
from relcore.kernel.custom import value_of
from relcore.kernel.entity import Ref
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, OneOf, Query, Tree
from relcore.kernel.repository import LARGEST_PAGE, Batch, Receipt
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.asking import place, rewritten
from relcore.testing.saboteurs.handle import Handle
from relcore.testing.saboteurs.levels import Lowest

E = TypeVar("E")
ENDLESS = 1_000_000


# --- order ----------------------------------------------------------------------------------------


class _Sorts(MemoryRepository):
    """Has an order of its own for what a field holds."""

    def sorted_as(self, entity: type[Any], value: Any) -> Any:
        raise NotImplementedError

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        found = list(super().find(tenant, entity, where, order=(), limit=ENDLESS))
        for key in reversed(order):
            held = value_of(key.field)
            told = [row for row in found if held(row) is not None]
            told.sort(key=lambda row: self.sorted_as(entity, held(row)), reverse=key.descending)
            found = told + [row for row in found if held(row) is None]
        return found[:limit]


class SortsAsUtf16(_Sorts):
    """Text is sorted by its UTF-16 units, as Java does it: an emoji comes before a fullwidth letter."""

    def sorted_as(self, entity: type[Any], value: Any) -> Any:
        return value.encode("utf-16-be") if isinstance(value, str) else value


class SortsOneKindBySeconds(_Sorts):
    """One table has its moments in whole seconds beside the exact ones, and customers are sorted by these."""

    def sorted_as(self, entity: type[Any], value: Any) -> Any:
        return value.replace(microsecond=0) if entity is Customer and isinstance(value, datetime) else value


class PutsNothingFirst(MemoryRepository):
    """Rows that lack the field come first, as PostgreSQL has them when the order descends."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        found = list(super().find(tenant, entity, where, order=order, limit=ENDLESS))
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


# --- where the next page begins -------------------------------------------------------------------


class CapsTheAnswer(MemoryRepository):
    """No question is answered with more rows than the largest page has: that there is another row is never seen."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return super().find(tenant, entity, where, order=order, limit=min(limit, LARGEST_PAGE))


class EndsWhereNothingBegins(MemoryRepository):
    """Behind a moment, the latest first, come the earlier ones: that those without one are still to come is forgotten."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        def without(tree: Tree) -> Tree:
            match tree:
                case AnyOf((Compare(_, "below", datetime()) as later, Missing())):
                    return later
                case _:
                    return tree

        rest = Query[E](rewritten(where.tree, without))
        return super().find(tenant, entity, rest, order=order, limit=limit)


@attrs.frozen(eq=False)
class GoesOnByCounting(Lowest):
    """The next page begins behind as many rows as were told: what is written before it shifts all of them."""

    told: dict[Any, int] = attrs.field(init=False, factory=dict[Any, int])

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        walk, start = (tenant, entity, order), 0
        match where.tree:
            case All((*before, _)) if place(where.tree) is not None:
                where, start = Query[E](All(tuple(before))), self.told.get(walk, 0)
            case _:
                pass
        self.told[walk] = start + limit - 1  # one more is asked for than is told
        return super().find(tenant, entity, where, order=order, limit=start + limit)[start:]


class GoesOnFromTheRow(MemoryRepository):
    """Where a walk goes on is read from the row at its place: if that was removed, the walk ends."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        last = place(where.tree)
        if last is not None and last not in self._held(tenant).rows:
            return ()
        return super().find(tenant, entity, where, order=order, limit=limit)


@attrs.frozen(eq=False)
class KnowsItsOwnPages(Handle):
    """A walk is open in the handle that began it: through another one it has no more pages."""

    seen: set[Id] = attrs.field(init=False, factory=set[Id])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        self.seen.update(batch.expects)
        return super().commit(tenant, batch)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        self.seen.update(ref.id for ref in refs)
        return super().fetch(refs)

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        if (last := place(where.tree)) is not None and last not in self.seen:
            return ()
        found = super().find(tenant, entity, where, order=order, limit=limit)
        self.seen.update(cast("Any", row).id for row in found)
        return found
