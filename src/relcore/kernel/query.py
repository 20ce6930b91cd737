"""A query is a closed, two-valued tree: a comparison with nothing is false, and ``~`` is the exact complement.

It is written in the declared words of an entity (``relcore.kernel.words``) and means the same in memory, in SQL and as
JSON. An unknown node, field or value is an error, never ignored: a query may not widen (docs/guarantees.md, P7).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeAlias, TypeVar, assert_never

import attrs
from attrs.validators import deep_iterable

from relcore.kernel.actor import Actor
from relcore.kernel.custom import value_of
from relcore.kernel.entity import encodable
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.money import Money

E = TypeVar("E")
Value: TypeAlias = str | int | datetime | Actor | Money
Op: TypeAlias = Literal["is", "below", "at_most", "above", "at_least"]


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "below": operator.lt,
    "at_most": operator.le,
    "above": operator.gt,
    "at_least": operator.ge,
}


# --- the tree -------------------------------------------------------------------------------------

# What one node can tell is refused when it is made. Whether the field is one of the entity's, and the value one of the
# field's, is known where the question is put.


_REMEDY = "write it in words, CaseFields.state.is_(...)"


def _a_name(node: Any, field: attrs.Attribute[Any], name: object) -> None:
    if not isinstance(name, str):
        raise _refused(node, field, "must be the name of a field", name)


def _an_op(node: Any, field: attrs.Attribute[Any], op: object) -> None:
    if not isinstance(op, str) or op not in _COMPARE:
        name = f"{type(node).__name__}.{field.name}"
        raise UnknownQuery(name, f"must be one of {', '.join(_COMPARE)}", op, _REMEDY)


def _a_value(node: Any, field: attrs.Attribute[Any], value: object) -> None:
    if isinstance(value, str):
        _text(node, field, value)
    elif not isinstance(value, int | datetime | Actor | Money):
        raise _refused(node, field, "must be text, a whole number, a moment, an Actor or Money", value)


def _text(node: Any, field: attrs.Attribute[Any], text: object) -> None:
    if not isinstance(text, str) or "\x00" in text or not encodable(text):
        raise _refused(node, field, "must be text without NUL and lone surrogates", text)


def _a_tuple(node: Any, field: attrs.Attribute[Any], several: object) -> None:
    if not isinstance(several, tuple):
        raise _refused(node, field, "must be a tuple", several)


def _a_tree(node: Any, field: attrs.Attribute[Any], tree: object) -> None:
    if not isinstance(tree, Tree):
        raise _refused(node, field, "must be a tree of questions", tree)


def _refused(node: Any, field: attrs.Attribute[Any], rule: str, value: object) -> UnknownQuery:
    """Told by its type: whether the value is personal, a node does not know."""
    return UnknownQuery(f"{type(node).__name__}.{field.name}", rule, type(value).__name__, _REMEDY)


_values = deep_iterable(_a_value, _a_tuple)
_trees = deep_iterable(_a_tree, _a_tuple)


@attrs.frozen
class Compare:
    field: str = attrs.field(validator=_a_name)
    op: Op = attrs.field(validator=_an_op)
    value: Value = attrs.field(validator=_a_value)


@attrs.frozen
class OneOf:
    field: str = attrs.field(validator=_a_name)
    values: tuple[Value, ...] = attrs.field(validator=_values)


@attrs.frozen
class Missing:
    field: str = attrs.field(validator=_a_name)


@attrs.frozen
class StartsWith:
    field: str = attrs.field(validator=_a_name)
    prefix: str = attrs.field(validator=_text)


@attrs.frozen
class Not:
    tree: Tree = attrs.field(validator=_a_tree)


@attrs.frozen
class All:
    trees: tuple[Tree, ...] = attrs.field(default=(), validator=_trees)


@attrs.frozen
class AnyOf:
    trees: tuple[Tree, ...] = attrs.field(default=(), validator=_trees)


Tree: TypeAlias = Compare | OneOf | Missing | StartsWith | Not | All | AnyOf


@attrs.frozen
class Query(Generic[E]):
    """A question about entities of one kind: adapters read the tree, type checkers read the kind.

    ``Query()`` asks for all of them.
    """

    tree: Tree = attrs.field(default=All(), validator=_a_tree)

    def __and__(self, other: Query[E]) -> Query[E]:
        return Query(All(_joined(All, self.tree) + _joined(All, other.tree)))

    def __or__(self, other: Query[E]) -> Query[E]:
        return Query(AnyOf(_joined(AnyOf, self.tree) + _joined(AnyOf, other.tree)))

    def __invert__(self) -> Query[E]:
        return Query(Not(self.tree))

    def __bool__(self) -> bool:
        raise TypeError("a query has no truth value; join queries with &, | and ~")


def _joined(kind: type[All | AnyOf], tree: Tree) -> tuple[Tree, ...]:
    """A chain of a hundred ``&`` is one row of trees and not a hundred deep: SQL and JSON bound the depth."""
    return tree.trees if isinstance(tree, kind) else (tree,)


# --- what it means --------------------------------------------------------------------------------


Predicate: TypeAlias = Callable[[Any], bool]


def predicate(tree: Tree) -> Predicate:
    """The reference meaning, compiled once: ask it of as many entities as you like."""
    match tree:
        case Compare(field, op, value):
            return _compare(value_of(field), _COMPARE[op], value)
        case OneOf(field, values):
            carried, wanted = value_of(field), frozenset(values)
            return lambda entity: carried(entity) in wanted
        case Missing(field):
            carried = value_of(field)
            return lambda entity: carried(entity) is None
        case StartsWith(field, prefix):
            return _compare(value_of(field), str.startswith, prefix)
        case Not(inner):
            fails = predicate(inner)
            return lambda entity: not fails(entity)
        case All(trees):
            each = [predicate(t) for t in trees]
            return lambda entity: all(p(entity) for p in each)
        case AnyOf(trees):
            some = [predicate(t) for t in trees]
            return lambda entity: any(p(entity) for p in some)
        case _:
            assert_never(tree)


def _compare(carried: Callable[[Any], Any], test: Callable[[Any, Any], bool], value: Value) -> Predicate:
    if isinstance(value, Money):
        return _within_currency(carried, test, value)

    def holds(entity: Any) -> bool:
        found = carried(entity)
        return found is not None and test(found, value)

    return holds


def _within_currency(
    carried: Callable[[Any], Any], test: Callable[[Any, Any], bool], value: Money
) -> Predicate:
    def holds(entity: Any) -> bool:
        found = carried(entity)
        return found is not None and found.currency == value.currency and test(found.amount, value.amount)

    return holds


def fields_of(tree: Tree) -> frozenset[str]:
    """Every field the tree asks about."""
    match tree:
        case Compare(field) | OneOf(field) | Missing(field) | StartsWith(field):
            return frozenset((field,))
        case Not(inner):
            return fields_of(inner)
        case All(trees) | AnyOf(trees):
            return frozenset[str]().union(*(fields_of(t) for t in trees))
        case _:
            assert_never(tree)
