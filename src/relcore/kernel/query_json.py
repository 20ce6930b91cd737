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
    """The query that ``to_json`` wrote, or that a person did. Anything not understood is ``UnknownQuery``."""

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
