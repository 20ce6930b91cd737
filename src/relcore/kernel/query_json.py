"""A query as JSON and back: what an API receives, what a segment is saved as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeVar, assert_never

from relcore.kernel.errors import UnknownQuery
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.words import Field, plain_value, word

E = TypeVar("E")
Json: TypeAlias = Mapping[str, Any]

DEEPEST = 50
"""Deeper than any question of a person, shallower than what Python's stack takes."""
LONGEST = 500
"""So many tests in one question: a chain of them is as deep for SQLite as it is long, and it takes a thousand."""
LARGEST = 20_000
"""So many values, words and brackets in one question, and so many characters in a hundred of them; databases take 32,766
parameters.
"""


def to_json(query: Query[E], entity: type[E]) -> Json:
    """The tree in plain lists and dicts: ``{"all": [{"field": "state", "is": "open"}, ...]}``."""

    def plain(tree: Tree) -> Json:
        match tree:
            case Compare(field, op, value):
                return {"field": field, op: word(entity, field).dump(value)}
            case OneOf(field, values):
                return {"field": field, "one_of": [word(entity, field).dump(v) for v in values]}
            case Missing(field):
                return {"field": field, "missing": True}
            case StartsWith(field, prefix):
                return {"field": field, "starts_with": prefix}
            case Not(inner):
                return {"not": plain(inner)}
            case All(trees):
                return {"all": [plain(t) for t in trees]}
            case AnyOf(trees):
                return {"any": [plain(t) for t in trees]}
            case _:
                assert_never(tree)

    return plain(query.tree)


def from_json(json: Json, entity: type[E]) -> Query[E]:
    """The query that ``to_json`` wrote, or that a person did.

    Anything that is not understood is ``UnknownQuery``, and so is a question that is nested more than 50 deep, or has more
    than 500 tests or 20,000 values.
    """
    _checked_size(json)

    def tree(json: Any, depth: int) -> Tree:
        if depth > DEEPEST:
            raise UnknownQuery("query", f"must be nested at most {DEEPEST} deep", depth)
        match json:
            case {"field": str(field), **test} if len(test) == 1:
                [(name, value)] = test.items()
                return _leaf(word(entity, field), str(name), value)
            case {"not": inner, **rest} if not rest:
                return Not(tree(inner, depth + 1))
            case {"all": [*inner], **rest} if not rest:
                return All(tuple(tree(i, depth + 1) for i in inner))
            case {"any": [*inner], **rest} if not rest:
                return AnyOf(tuple(tree(i, depth + 1) for i in inner))
            case _:
                raise UnknownQuery("query", "must be a field and one test, or not, all, any", json)

    return Query(tree(json, 0))


def _checked_size(json: Any) -> None:
    """Before anything else, so that whatever is refused later can be shown."""
    size, characters, tests, rest = 0, 0, 0, [(json, 0)]
    while rest:
        value, depth = rest.pop()
        size += 1
        if depth > 2 * DEEPEST + 2:
            raise UnknownQuery("query", f"must be nested at most {DEEPEST} deep", depth)
        match value:
            case {**inside}:
                tests += "field" in inside
                rest += [(one, depth + 1) for pair in inside.items() for one in pair]
            case [*inside]:
                rest += [(one, depth + 1) for one in inside]
            case str(text):
                characters += len(text)
            case int(number) if number.bit_length() > 64:
                raise UnknownQuery("query", "must hold whole numbers below 2**64")
            case _:
                pass
        if tests > LONGEST:
            raise UnknownQuery("query", f"must have at most {LONGEST} tests", tests)
        if size + len(rest) > LARGEST:
            raise UnknownQuery("query", f"must have at most {LARGEST:,} values", size + len(rest))
        if characters > 100 * LARGEST:
            raise UnknownQuery("query", f"must have at most {100 * LARGEST:,} characters", characters)


def _leaf(field: Field[Any, Any], test: str, value: Any) -> Tree:
    if test not in field.tests:
        raise UnknownQuery(repr(field), f"can be asked {', '.join(sorted(field.tests))}", test)
    match test, value:
        case "is" | "below" | "at_most" | "above" | "at_least", _:
            return Compare(field.name, test, plain_value(field.parse(value)))
        case "one_of", [*values]:
            return OneOf(field.name, tuple(plain_value(field.parse(v)) for v in values))
        case "missing", True:
            return Missing(field.name)
        case "starts_with", _:
            return StartsWith(field.name, field.parse(value))
        case _:
            raise UnknownQuery(repr(field), f"cannot be asked {test} of this", value)
