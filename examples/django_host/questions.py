"""A question in relcore's words as a question of Django's. Every leaf is true or false, never NULL: ``~`` stays exact."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, assert_never

from django.db import connections
from django.db.models import BigIntegerField, F, OrderBy, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Collate, Substr
from django.db.models.lookups import Exact

from relcore import Invalid, Money
from relcore.kernel.paging import Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, StartsWith, Tree, Value, fields_of
from relcore.kernel.words import Count, Field, Text, word
from relcore.storage.host_table import HostTable

LOOKUPS = {"is": "exact", "below": "lt", "at_most": "lte", "above": "gt", "at_least": "gte"}
BY_CODE_POINT = {"sqlite": "BINARY", "postgresql": "C"}
NONE = Q(pk__in=())
EVERY = ~NONE  # Django drops an empty Q(), also behind ~


def answers(rows: QuerySet[Any], table: HostTable[Any], tree: Tree, order: Order[Any]) -> QuerySet[Any]:
    """The rows that the tree asks for, in order: what carries nothing last, what is equal by its id."""
    named = {key.field for key in order} | fields_of(tree)
    asked = {_alias(name): _expression(rows, table, word(table.entity, name)) for name in named}
    keys = [OrderBy(F(_alias(key.field)), descending=key.descending, nulls_last=True) for key in order]
    return rows.alias(**asked).filter(_condition(table, tree)).order_by(*keys, "pk")


def _expression(rows: QuerySet[Any], table: HostTable[Any], field: Field[Any, Any]) -> Any:
    """Where the host keeps it. Text is compared by code points, whatever language the database sorts by."""
    if field.name == "id":
        return F("pk")
    column = table.columns.get(field.name)
    held = KeyTextTransform(field.name, table.rest) if column is None else F(column.name)
    if column is not None and not isinstance(field, Text):
        return held
    if isinstance(field, Count):
        return Cast(held, BigIntegerField())
    return Collate(held, BY_CODE_POINT[connections[rows.db].vendor])


def _condition(table: HostTable[Any], tree: Tree) -> Q:
    match tree:
        case Not(inner):
            return ~_condition(table, inner)
        case All(trees):
            every = EVERY
            for inner in trees:
                every &= _condition(table, inner)
            return every
        case AnyOf(trees):
            some = NONE
            for inner in trees:
                some |= _condition(table, inner)
            return some
        case _:
            return _leaf(table, tree)


def _leaf(table: HostTable[Any], tree: Compare | OneOf | Missing | StartsWith) -> Q:
    match tree:
        case Compare(field, op, Money() as money):
            amount, currency = table.columns[field].names
            return Q(**{f"{amount}__{LOOKUPS[op]}": money.minor, currency: money.currency})
        case Compare(field, op, value):
            held = _held(table, field, [value])
            return _told(field) & Q(**{f"{_alias(field)}__{LOOKUPS[op]}": held[0]}) if held else NONE
        case OneOf(field, values):
            return _told(field) & Q(**{f"{_alias(field)}__in": _held(table, field, values)})
        case Missing(field):
            return ~_told(field)
        case StartsWith(field, prefix):  # not LIKE: that of SQLite ignores case
            return _told(field) & Q(Exact(Substr(_alias(field), 1, len(prefix)), prefix))
        case _:
            assert_never(tree)


def _told(field: str) -> Q:
    return Q(**{f"{_alias(field)}__isnull": False})


def _alias(field: str) -> str:
    return "word_" + field.replace(".", "_")


def _held(table: HostTable[Any], field: str, values: Iterable[Value]) -> list[Any]:
    """What the host holds for these values. An id that is none of the host's is nowhere."""
    held = list[Any]()
    for value in values:
        with suppress(Invalid):
            held.append(table.asked(field, value))
    return held
