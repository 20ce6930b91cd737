"""Pages by key and not by number: what is inserted or removed on the way neither repeats nor hides what was there.

The place where a page ended is a query of its own, *what comes after it*: an adapter sorts and compiles queries, and knows
nothing of pages. A cursor is the text of a place, bound to the tenant, the question and the order it was given for.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import Any, Generic, TypeAlias, TypeVar

import attrs

from relcore.kernel.custom import value_of
from relcore.kernel.errors import Invalid
from relcore.kernel.query import All, AnyOf, Compare, Missing, Query, Tree, Value
from relcore.kernel.query_json import to_json
from relcore.kernel.words import Key, plain_value, sort_key, word

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)
Order: TypeAlias = tuple[Key[E], ...]
"""What to sort by; behind it always the id, ascending."""


@attrs.frozen
class Page(Generic[E_co]):
    """Some of the answers, in the order asked for; ``after`` asks for the next ones, None when there are no more."""

    rows: tuple[E_co, ...]
    after: str | None = None

    def __iter__(self) -> Iterator[E_co]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def checked_order(entity: type[E], order: Key[E] | Sequence[Key[E]]) -> Order[E]:
    """One key or several, each a field that has an order; a field named twice is a mistake."""
    keys = (order,) if isinstance(order, Key) else order
    if not isinstance(keys, list | tuple) or not all(isinstance(key, Key) for key in keys):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("order", "must be keys", keys, "write order=CaseFields.opened_at.descending()")
    for key in keys:
        sort_key(entity, key)
    if len({key.field for key in keys}) < len(keys):
        raise Invalid("order", "must name each field once", tuple(key.field for key in keys))
    return tuple(keys)


def paged(
    tenant: str, entity: type[E], where: Query[E], order: Order[E], limit: int, rows: Sequence[E]
) -> Page[E]:
    """The page of ``limit`` rows, of which one more was asked for to know whether there is another."""
    if len(rows) <= limit:
        return Page(tuple(rows))
    last: Any = rows[limit - 1]
    carried = [(word(entity, key.field), value_of(key.field)(last)) for key in order]
    place = [
        _bound_to(tenant, entity, where, order),
        [None if v is None else f.dump(v) for f, v in carried],
        last.id,
    ]
    return Page(tuple(rows[:limit]), urlsafe_b64encode(json.dumps(place).encode()).decode())


def resumed(tenant: str, entity: type[E], where: Query[E], order: Order[E], after: str | None) -> Query[E]:
    """The question, from that place on. ``Invalid`` for a cursor of another question, or of nobody's."""
    if after is None:
        return where
    values, id = _place(tenant, entity, where, order, after)
    return where & Query(_beyond(order, values, id))


def _place(
    tenant: str, entity: type[E], where: Query[E], order: Order[E], after: str
) -> tuple[list[Value | None], str]:
    bound, plain, id = _decoded(after)
    if bound != _bound_to(tenant, entity, where, order) or len(plain) != len(order):
        remedy = "ask with the same tenant, question and order, or begin anew without it"
        raise Invalid("after", "must be the cursor of this very question", after, remedy)
    told = zip(order, plain, strict=True)
    values = [None if v is None else plain_value(word(entity, key.field).parse(v)) for key, v in told]
    return values, word(entity, "id").parse(id)


def _decoded(after: str) -> tuple[str, list[Any], str]:
    try:
        match json.loads(urlsafe_b64decode(after.encode())):
            case [str(bound), [*plain], str(id)]:
                return bound, plain, id
            case _:
                pass
    except (ValueError, TypeError, AttributeError, RecursionError):
        pass  # said below
    raise Invalid("after", "must be the cursor of an earlier page", after, "pass on page.after")


def _bound_to(tenant: str, entity: type[E], where: Query[E], order: Order[E]) -> str:
    keys = [[key.field, key.descending] for key in order]
    asked = json.dumps([tenant, entity.__name__, to_json(where, entity), keys], sort_keys=True)
    return blake2b(asked.encode(), digest_size=9).hexdigest()


def _beyond(order: Order[Any], values: Sequence[Value | None], id: str) -> Tree:
    """What comes after a place: later by the first key, or equal by it and later by the next, and so on to the id."""
    ways, equal = list[Tree](), list[Tree]()
    for key, value in zip(order, values, strict=True):
        if value is None:  # such rows come last, so none of them is later by this key
            equal.append(Missing(key.field))
            continue
        later = Compare(key.field, "below" if key.descending else "above", value)
        ways.append(All((*equal, AnyOf((later, Missing(key.field))))))
        equal.append(Compare(key.field, "is", value))
    return AnyOf((*ways, All((*equal, Compare("id", "above", id)))))
