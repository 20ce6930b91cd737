"""Questions for Hypothesis: every field, every test it has, joined in every way; and orders to ask for.

A question is drawn with numbers in the place of its values, and filled with what rows hold: so the same strategy serves a
whole history, whatever it has come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, assert_never

from hypothesis import strategies as st

from relcore.kernel.custom import value_of
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.words import Field, Key, plain_value, sort_key, word, words

COMPARISONS = ("is", "below", "at_most", "above", "at_least")
_numbers = st.integers(0, 20)


@cache
def patterns(entity: type[Any]) -> st.SearchStrategy[Tree]:
    """Trees with numbers for values."""
    leaves: st.SearchStrategy[Tree] = st.one_of([_leaves(field) for field in words(entity).values()])
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(All, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=5,
    )


@cache
def orders(entity: type[Any]) -> st.SearchStrategy[list[Key[Any]]]:
    """Up to two keys."""
    able = [name for name in words(entity) if _has_an_order(entity, Key(name))]
    keys = st.builds(Key[Any], st.sampled_from(able), st.booleans())
    return st.lists(keys, max_size=2, unique_by=lambda key: key.field)


def filled(pattern: Tree, entity: type[Any], rows: Sequence[Any]) -> Query[Any]:
    """The question that a pattern becomes about these rows; of a field that none of them has: who has nothing there?"""

    def values(field: str, numbers: Iterable[Any]) -> tuple[Any, ...]:
        held = list(dict.fromkeys(value for row in rows if (value := value_of(field)(row)) is not None))
        return tuple(
            plain_value(word(entity, field).check(held[number % len(held)])) for number in numbers if held
        )

    def tree(pattern: Tree) -> Tree:
        match pattern:
            case Compare(field, op, number):
                found = values(field, [number])
                return Compare(field, op, found[0]) if found else Missing(field)
            case OneOf(field, numbers):
                return OneOf(field, values(field, numbers))
            case StartsWith(field, number):
                return StartsWith(field, "".join(values(field, [int(number)]))[: int(number) % 5])
            case Missing():
                return pattern
            case Not(inner):
                return Not(tree(inner))
            case All(trees):
                return All(tuple(map(tree, trees)))
            case AnyOf(trees):
                return AnyOf(tuple(map(tree, trees)))
            case _:
                assert_never(pattern)

    return Query(tree(pattern))


def _has_an_order(entity: type[Any], key: Key[Any]) -> bool:
    try:
        sort_key(entity, key)
    except UnknownQuery:
        return False
    return True


def _leaves(field: Field[Any, Any]) -> st.SearchStrategy[Any]:
    name, asked = st.just(field.name), [op for op in COMPARISONS if op in field.tests]
    kinds: list[st.SearchStrategy[Any]] = [st.just(Missing(field.name))]
    if asked:
        kinds.append(st.builds(Compare, name, st.sampled_from(asked), _numbers))
    if "one_of" in field.tests:
        kinds.append(st.builds(OneOf, name, st.lists(_numbers, max_size=3).map(tuple)))
    if "starts_with" in field.tests:
        kinds.append(st.builds(StartsWith, name, _numbers.map(str)))
    return st.one_of(kinds)
