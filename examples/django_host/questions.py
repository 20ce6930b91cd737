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

from django_host.tables import Table, key
from relcore import Invalid, Money
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, StartsWith, Tree, Value
from relcore.kernel.words import Text, word, words

LOOKUPS = {"is": "exact", "below": "lt", "at_most": "lte", "above": "gt", "at_least": "gte"}
BY_CODE_POINT = {"sqlite": "BINARY", "postgresql": "C"}
NONE = Q(pk__in=())
EVERY = ~NONE  # Django drops an empty Q(), also behind ~


def answers(rows: QuerySet[Any], table: Table, tree: Tree, order: Order[Any]) -> QuerySet[Any]:
    """The rows that the tree asks for, in order: what carries nothing last, what is equal by its id."""
    asked = {f"word_{name}": _expression(rows, table, name) for name in ("id", *words(table.entity))}
    keys = [OrderBy(F(f"word_{key.field}"), descending=key.descending, nulls_last=True) for key in order]
    return rows.alias(**asked).filter(_condition(table, tree)).order_by(*keys, "pk")


def _expression(rows: QuerySet[Any], table: Table, name: str) -> Any:
    """Where the host keeps the field. Text is compared by code points, whatever language the database sorts by."""
    if name == "id":
        return F("pk")
    column = table.columns.get(name)
    if column is not None and not isinstance(word(table.entity, name), Text):
        return F(column.name)
    held = KeyTextTransform(name, "relcore") if column is None else F(column.name)
    return Collate(held, BY_CODE_POINT[connections[rows.db].vendor])


def _condition(table: Table, tree: Tree) -> Q:
    match tree:
        case Compare(field, op, Money() as money):
            amount = table.columns[field].name
            return Q(**{f"{amount}__{LOOKUPS[op]}": money.minor, "currency": money.currency})
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


def _any(table: Table, field: str, lookup: str, values: Iterable[Value]) -> Q:
    """It compares so with one of these. An id that is none of the host's compares with nothing."""
    written = word(table.entity, field).dump
    column = key("pk", table.entity.id_type) if field == "id" else table.columns.get(field)
    ways = list[Q]()
    for value in values:
        with suppress(Invalid):
            held = written(value) if column is None else column.to_host(written(value))
            ways.append(Q(**{f"word_{field}__{lookup}": held}))
    return _told(field) & reduce(or_, ways, NONE)
