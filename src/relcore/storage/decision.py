"""What the sync and the async workspace check alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from relcore.kernel.change import Change
from relcore.kernel.entity import Kept, Versioned
from relcore.kernel.errors import Illformed, Invalid, KeyReused, UnknownQuery, Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.query import Query
from relcore.kernel.repository import AsyncRepository, Batch, Level, Receipt, Repository
from relcore.kernel.words import Field, word

I = TypeVar("I", bound=Id)
E = TypeVar("E")
V = TypeVar("V", bound=Versioned)

OFFERED = {
    "keys": (Level.LOGGED, "it has no memory of them; commit without one"),
    "receipts": (Level.LOGGED, "it has no memory of keys"),
    "a log": (Level.LOGGED, "it keeps rows only"),
    "an outbox": (Level.LOGGED, "it keeps rows only"),
    "removal": (Level.LOGGED, "it keeps no tombstones; remove it in the host"),
    "scan": (Level.COLUMNAR, "read entities with each()"),
    "scans of the log": (Level.COLUMNAR, "read the log of each entity"),
}
"""What takes more than the lowest level: which, and what to do without it."""


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
    checked_chunk(chunk)
    for field in fields:
        word(entity, field.name)


def checked_chunk(chunk: int) -> int:
    if chunk < 1:
        raise Invalid("chunk", "must be >= 1", chunk)
    return chunk


def check_offered(repository: Repository | AsyncRepository, what: str) -> None:
    """``Unsupported``, unless the level that the adapter declares holds this."""
    level, instead = OFFERED[what]
    if repository.capabilities.level < level:
        raise Unsupported(type(repository).__name__, what, instead)


def check_batch(repository: Repository | AsyncRepository, batch: Batch, key: str | None) -> None:
    """What cannot be kept as it is meant is refused before anything is sent; ``key`` is the caller's own, if there is one."""
    if key is not None:
        check_offered(repository, "keys")
    if batch.removed:
        check_offered(repository, "removal")


def check_shreds(repository: Repository | AsyncRepository) -> None:
    """``Unsupported``, unless personal data is kept under keys."""
    if not repository.capabilities.shredding:
        raise Unsupported(type(repository).__name__, "shredding", "it keeps personal data without keys")
