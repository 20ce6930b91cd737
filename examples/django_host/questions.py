"""A question in relcore's words as a question of Django's. Every leaf is true or false, never NULL: ``~`` stays exact."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import reduce
from operator import and_, or_
from typing import Any, assert_never

from django.db import connections
from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate, Substr
from django.db.models.lookups import Exact

from relcore import Invalid, Money
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, StartsWith, Tree, Value
from relcore.kernel.words import Text, word, words
from relcore.storage.host_table import HostTable

LOOKUPS = {"is": "exact", "below": "lt", "at_most": "lte", "above": "gt", "at_least": "gte"}
BY_CODE_POINT = {"sqlite": "BINARY", "postgresql": "C"}
NONE = Q(pk__in=())
EVERY = ~NONE  # Django drops an empty Q(), also behind ~


def answers(rows: QuerySet[Any], table: HostTable[Any], tree: Tree, order: Order[Any]) -> QuerySet[Any]:
    """The rows that the tree asks for, in order: what carries nothing last, what is equal by its id."""
    asked = {f"word_{name}": _expression(rows, table, name) for name in ("id", *words(table.entity))}
    keys = [OrderBy(F(f"word_{key.field}"), descending=key.descending, nulls_last=True) for key in order]
    return rows.alias(**asked).filter(_condition(table, tree)).order_by(*keys, "pk")


def _expression(rows: QuerySet[Any], table: HostTable[Any], name: str) -> Any:
    """Where the host keeps the field. Text is compared by code points, whatever language the database sorts by."""
    if name == "id":
        return F("pk")
    column = table.columns.get(name)
    held = KeyTextTransform(name, table.rest) if column is None else F(column.name)
    if column is not None and not isinstance(word(table.entity, name), Text):
        return held
    return Collate(held, BY_CODE_POINT[connections[rows.db].vendor])


def _condition(table: HostTable[Any], tree: Tree) -> Q:
    match tree:
        case Compare(field, op, Money() as money):
            amount, currency = table.columns[field].names
            return Q(**{f"{amount}__{LOOKUPS[op]}": money.minor, currency: money.currency})
        case Compare(field, op, value):
            return _any(table, field, LOOKUPS[op], [value])
        case OneOf(field, values):
            return _any(table, field, "exact", values)
        case Missing(field):
            return Q(**{f"word_{field}__isnull": True})
        case StartsWith(field, prefix):  # not LIKE: that of SQLite ignores case
            return _told(field) & Q(Exact(Substr(f"word_{field}", 1, len(prefix)), prefix))
        case Not(inner):
            return ~_condition(table, inner)
        case All(trees):
            return reduce(and_, (_condition(table, inner) for inner in trees), EVERY)
        case AnyOf(trees):
            return reduce(or_, (_condition(table, inner) for inner in trees), NONE)
        case _:
            assert_never(tree)


def _told(field: str) -> Q:
    return Q(**{f"word_{field}__isnull": False})


def _any(table: HostTable[Any], field: str, lookup: str, values: Iterable[Value]) -> Q:
    """It compares so with one of these. An id that is none of the host's compares with nothing."""
    ways = list[Q]()
    for value in values:
        with suppress(Invalid):
            ways.append(Q(**{f"word_{field}__{lookup}": table.asked(field, value)}))
    return _told(field) & reduce(or_, ways, NONE)
