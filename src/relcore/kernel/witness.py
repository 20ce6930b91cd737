"""Whether a question can ever be answered with yes, and by what: the check behind guards and rules that are queries.

A query looks at each field only through its tests, so a field has no more than a few values that differ to it: each value
that is named, one beside it on either side, one that is none of them, and nothing. Trying all of those decides the
question exactly, without a solver; what comes back is an example, which says more than a proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from math import prod
from types import NoneType, SimpleNamespace
from typing import Any, TypeAlias, assert_never, get_args
from uuid import UUID

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.currencies import MINOR_UNITS
from relcore.kernel.custom import PREFIX
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money
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
    predicate,
)
from relcore.kernel.words import Amount, Choice, Count, Field, Instant, Link, Who, word

Witness: TypeAlias = Mapping[str, Any]
"""A value for each field that was asked about."""

_MOST = 1 << 18
"""Examples that are tried before the question is called too wide: half a second."""
_TICK = timedelta(microseconds=1)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def witness(entity: type[Any], holds: Query[Any], *but_not: Query[Any]) -> Witness | None:
    """Field values for which ``holds`` is true and none of ``but_not`` is; None when there are no such.

    Raises ``UnknownQuery`` for a field that nobody declared, and ``Invalid`` when the queries speak of so many fields
    and values at once that trying all of them would take minutes.

    >>> from relcore.service import Case, CaseFields
    >>> witness(Case, CaseFields.reopened.at_least(3), CaseFields.reopened.at_least(2)) is None
    True
    >>> witness(Case, CaseFields.reopened.at_least(2), CaseFields.reopened.at_least(3))
    {'reopened': 2}
    """
    trees = [holds.tree, *(query.tree for query in but_not)]
    fields = sorted(frozenset[str]().union(*map(fields_of, trees)))
    choices = [_worth_trying(word(entity, field), trees) for field in fields]
    if (count := prod(map(len, choices))) > _MOST:
        raise Invalid(
            "query",
            f"can be checked for at most {_MOST} cases",
            count,
            "ask about fewer fields and values at once",
        )
    asked, others = predicate(trees[0]), [predicate(tree) for tree in trees[1:]]
    for values in product(*choices):
        told = dict(zip(fields, values, strict=True))
        example = SimpleNamespace(**told, custom={name.removeprefix(PREFIX): told[name] for name in told})
        if asked(example) and not any(other(example) for other in others):
            return told
    return None


def shown(example: Witness) -> str:
    """``kind=issue, reopened=0``."""
    return ", ".join(f"{field}={value}" for field, value in example.items())


def implies(entity: type[Any], one: Query[Any], other: Query[Any]) -> bool:
    """Whether whatever answers ``one`` answers ``other``."""
    return witness(entity, one, other) is None


def _worth_trying(field: Field[Any, Any], trees: Sequence[Tree]) -> list[Any]:
    """A value of each kind that the trees can tell apart."""
    named = list(dict.fromkeys(value for tree in trees for value in _named(tree, field.name)))
    nothing = [None] if _may_be_nothing(field) else []
    return list(dict.fromkeys([*_beside(field, named), *nothing]))


def _beside(field: Field[Any, Any], named: list[Any]) -> Iterable[Any]:
    match field:
        case Choice():
            return [*field.of.__members__.values()]
        case Count():
            return sorted({near for value in named for near in (value - 1, value, value + 1)}) or [0]
        case Instant():
            return sorted({near for value in named for near in _moments(value)}) or [_FIRST]
        case Amount():
            spoken = {value.currency for value in named}
            foreign = next(currency for currency in MINOR_UNITS if currency not in spoken)
            return [*(near for value in named for near in _amounts(value)), Money("0", foreign)]
        case Link():
            return [*map(field.to, named), _other(named, lambda n: field.to.of(UUID(int=n)))]
        case Who():
            return [*named, _other(named, lambda n: Actor("system", f"somebody-{n}"))]
        case _:
            return _texts(named)


def _moments(value: datetime) -> Iterator[datetime]:
    yield value
    if value > _FIRST:
        yield value - _TICK
    if value < _LAST:
        yield value + _TICK


def _amounts(value: Money) -> tuple[Money, ...]:
    return tuple(Money.from_minor(value.minor + step, value.currency) for step in (-1, 0, 1))


def _texts(named: list[str]) -> list[str]:
    """The texts themselves, one that only begins so, and one that has nothing to do with any of them."""

    def beginning(start: str) -> str:
        return str(_other(named, lambda n: f"{start}~{n}"))

    return [*named, *map(beginning, named), beginning("")]


def _other(named: Iterable[Any], make: Callable[[int], Any]) -> Any:
    known, n = set(named), 0
    while make(n) in known:
        n += 1
    return make(n)


def _named(tree: Tree, field: str) -> Iterator[Any]:
    match tree:
        case Compare(name, _, value):
            yield from [value] if name == field else []
        case OneOf(name, values):
            yield from values if name == field else ()
        case StartsWith(name, prefix):
            yield from [prefix] if name == field else []
        case Missing():
            return
        case Not(inner):
            yield from _named(inner, field)
        case All(trees) | AnyOf(trees):
            for each in trees:
                yield from _named(each, field)
        case _:
            assert_never(tree)


def _may_be_nothing(field: Field[Any, Any]) -> bool:
    if field.is_custom:
        return True
    attrs.resolve_types(field.entity)
    return NoneType in get_args(attrs.fields_dict(field.entity)[field.name].type)
