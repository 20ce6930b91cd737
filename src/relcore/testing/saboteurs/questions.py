"""Wrong about questions: what they mean."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeVar, cast

from relcore.kernel.custom import value_of
from relcore.kernel.money import Money
from relcore.kernel.paging import Order
from relcore.kernel.query import (
    All,
    AnyOf,
    Compare,
    Missing,
    Not,
    OneOf,
    Query,
    StartsWith,
    Tree,
    fields_of,
)
from relcore.kernel.words import word
from relcore.marketing.enrolment import Enrolment
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.asking import Asks, rewritten

E = TypeVar("E")
LONGEST = 200
"""Parts of a question that still fit."""


class TakesAShortcut(MemoryRepository):
    """A question of one word is answered from its index, in which what carries nothing comes first: *below* finds it too."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        match where.tree:
            case Compare(field, "below" | "at_most"):
                where = Query(AnyOf((where.tree, Missing(field))))
            case _:
                pass
        return super().find(tenant, entity, where, order=order, limit=limit)


class HasThreeTruths(Asks):
    """A comparison with nothing is unknown, as in SQL, and so is its opposite: NOT loses the rows that lack the field."""

    def understood(self, tree: Tree) -> Tree:
        match tree:
            case Not(Compare(field) | OneOf(field) | StartsWith(field)):
                return All((tree, Not(Missing(field))))
            case _:
                return tree


class NegatesOnce(Asks):
    """Not is a mark that is set: what is negated twice is negated."""

    def understood(self, tree: Tree) -> Tree:
        match tree:
            case Not(Not(inner)):
                return Not(inner)
            case _:
                return tree


class LeavesOutEmptyParts(Asks):
    """Any of nothing is left out of the question, which then finds everything."""

    def understood(self, tree: Tree) -> Tree:
        return All() if tree == AnyOf() else tree


class DropsWhatItDoesNotKnow(Asks):
    """A field that is not there is left out of the question, which then answers with more."""

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        known = {*cast("Any", entity).words, "id"}

        def without(tree: Tree) -> Tree:
            match tree:
                case Compare(field) | OneOf(field) | StartsWith(field) | Missing(field) if field not in known:
                    return All()
                case _:
                    return tree

        return MemoryRepository._matching(self, tenant, entity, Query(rewritten(where.tree, without)))  # noqa: SLF001


class DropsLongLists(Asks):
    """A list of more values than the database takes is cut off."""

    def understood(self, tree: Tree) -> Tree:
        return OneOf(tree.field, tree.values[:999]) if isinstance(tree, OneOf) else tree


class DropsLongChains(Asks):
    """Of more questions in one than the database takes, the last are left out."""

    def understood(self, tree: Tree) -> Tree:
        match tree:
            case All(trees):
                return All(trees[:LONGEST])
            case AnyOf(trees):
                return AnyOf(trees[:LONGEST])
            case _:
                return tree


class ForgetsTheCurrencyOfNothing(Asks):
    """An amount of zero is zero in whatever currency, and so is what is compared with it."""

    def understood(self, tree: Tree) -> Tree:
        match tree:
            case Compare(field, op, Money(minor=0)):
                in_each = [Compare(field, op, Money.from_minor(0, one)) for one in ("EUR", "JPY", "USD")]
                return AnyOf(tuple(in_each))
            case _:
                return tree


class ForgetsTheColumnsOfOneKind(MemoryRepository):
    """One kind was never given columns of its own: whoever asks about it finds nothing."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        asked = entity is Enrolment and fields_of(where.tree)
        return () if asked else super().find(tenant, entity, where, order=order, limit=limit)


class FindsOneMore(MemoryRepository):
    """It looks for one more than was asked for, to know whether there is another, and hands it out as well."""

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return super().find(tenant, entity, where, order=order, limit=limit + 1)


# --- prefixes -------------------------------------------------------------------------------------


class _ReadsPrefixes(MemoryRepository):
    """Has an understanding of its own of how a text begins."""

    def begins(self, held: str, prefix: str) -> bool:
        raise NotImplementedError

    def _matching(self, tenant: str, entity: type[E], where: Query[E]) -> list[E]:
        for field in fields_of(where.tree):
            word(entity, field)
        rows: list[Any] = super()._matching(tenant, entity, Query())

        def as_ids(tree: Tree) -> Tree:
            match tree:
                case StartsWith(field, prefix):
                    held = [(row.id, value_of(field)(row)) for row in rows]
                    begin = [id for id, text in held if text is not None and self.begins(text, prefix)]
                    return OneOf("id", tuple(begin))
                case _:
                    return tree

        return super()._matching(tenant, entity, Query(rewritten(where.tree, as_ids)))


class FoldsCase(_ReadsPrefixes):
    """A prefix is compared as LIKE does it in SQLite: upper and lower case are the same."""

    def begins(self, held: str, prefix: str) -> bool:
        return held.lower().startswith(prefix.lower())


class HasWildcards(_ReadsPrefixes):
    """A prefix is handed to LIKE as it is: ``100%`` finds 1000."""

    def begins(self, held: str, prefix: str) -> bool:
        return held.startswith(prefix.rstrip("%_"))


class HasGlobs(_ReadsPrefixes):
    """A prefix is handed to GLOB, which knows case and has wildcards of its own: ``*``, ``?`` and ``[a]``."""

    def begins(self, held: str, prefix: str) -> bool:
        return fnmatchcase(held, f"{prefix}*")
