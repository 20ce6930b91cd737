"""What the sync and the async workspace check alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from relcore.kernel.change import Change
from relcore.kernel.entity import Kept, Versioned
from relcore.kernel.errors import Illformed, Invalid, KeyReused, UnknownQuery, Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.query import Query
from relcore.kernel.repository import Receipt
from relcore.kernel.words import Field, word

I = TypeVar("I", bound=Id)
E = TypeVar("E")
V = TypeVar("V", bound=Versioned)

_INSTEAD = {
    "receipts": "it has no memory of keys",
    "scan": "read entities with each()",
    "a log": "it keeps rows only",
}


def about(held: V, change: Change[V]) -> Change[V]:
    """The decision, if it is about the entity it was handed."""
    if change.before is not held:
        raise Illformed("a decision", [f"it must be about the {type(held).__name__} it was handed"])
    return change


def kept(receipt: Receipt, id: Id, entity: Kept[I, V]) -> V:
    """The entity as the commit under this key left it; a key that was used for another entity is ``KeyReused``."""
    for row in receipt.entities:
        if row.id == id:
            found: Any = row
            decided: V = found
            return decided
    raise KeyReused(receipt.key)


def checked_query(where: Query[E]) -> Query[E]:
    """The question, if it is one: a mistake such as ``Fields.state == x`` must not be taken for "all of them"."""
    if not isinstance(where, Query):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UnknownQuery(
            "where", "must be a query", type(where).__name__, "write CaseFields.state.is_(...)"
        )
    return where


def checked_scan(entity: type[Any], fields: Sequence[Field[Any, Any]], chunk: int) -> None:
    """At least one field, all of them words of this entity, and chunks that hold something."""
    if not fields:
        raise Invalid(
            "fields", "must be at least one", fields, f"name the columns of {entity.__name__} to read"
        )
    if chunk < 1:
        raise Invalid("chunk", "must be >= 1", chunk)
    for field in fields:
        word(entity, field.name)


def unsupported(repository: object, what: str) -> Unsupported:
    """This adapter does not offer that, and what to do instead."""
    return Unsupported(type(repository).__name__, what, _INSTEAD[what])
