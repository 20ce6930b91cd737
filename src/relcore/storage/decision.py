"""What the sync and the async workspace check alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from relcore.kernel.change import Change
from relcore.kernel.entity import Kept, Ref, Versioned
from relcore.kernel.errors import Illformed, Invalid, KeyReused, UnknownQuery, Unsupported
from relcore.kernel.ids import Id
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.query_json import DEEPEST
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
LARGEST_CHUNK = 2**31 - 1
"""More rows at once no driver can be asked for."""


def about(held: V, change: Change[V]) -> Change[V]:
    """The decision, if it is about the entity it was handed."""
    if not isinstance(change, Change):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(
            "a decision",
            "must return a Change, without waiting for it",
            type(change).__name__,
            "return what a command returned: lambda case: case.accept(...)",
        )
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


def referred(entity: Kept[I, E], id: I, tenant: str) -> Ref[E]:
    """Where the entity is kept; ``Invalid`` for what is no kind of entity."""
    try:
        ref = entity.ref
    except AttributeError:
        raise _no_kind(entity) from None
    return ref(id, tenant=tenant)


def checked_kind(entity: type[E]) -> type[E]:
    """The class, if it is one of an entity."""
    if not isinstance(entity, type) or not hasattr(entity, "id_type"):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _no_kind(entity)
    return entity


def _no_kind(entity: object) -> Invalid:
    shown = entity.__name__ if isinstance(entity, type) else type(entity).__name__
    return Invalid("entity", "must be a class of entities", shown, "write Case, and not its fields or its id")


def checked_reads(reads: Iterable[Versioned]) -> tuple[Versioned, ...]:
    """What a decision rests on, in whatever it was handed over; ``Batch`` looks at each."""
    try:
        return tuple(reads)
    except TypeError:
        raise Invalid(
            "reads", "must be a list of entities", type(reads).__name__, "write reads=[case]"
        ) from None


def checked_attempts(attempts: int) -> int:
    if type(attempts) is not int or attempts < 1:
        raise Invalid("attempts", "must be a whole number >= 1", attempts)
    return attempts


def checked_query(entity: type[Any], where: Query[E]) -> Query[E]:
    """The question, if it is one that this entity can be asked: a mistake such as ``Fields.state == x`` must not be taken
    for "all of them".
    """
    if not isinstance(where, Query):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise UnknownQuery(
            "where", "must be a query", type(where).__name__, "write CaseFields.state.is_(...)"
        )
    _check_asked(entity, where.tree, 0)
    return where


def _check_asked(entity: type[Any], tree: Tree, depth: int) -> None:
    """Every leaf asks a word of this entity, something that the word can be asked, with a value that it may have."""
    if depth > DEEPEST:
        raise UnknownQuery("where", f"must be nested at most {DEEPEST} deep", depth)
    match tree:
        case Compare(name, op, value):
            _checked_word(entity, name, op).check(value)
        case OneOf(name, values):
            field = _checked_word(entity, name, "one_of")
            for value in values:
                field.check(value)
        case StartsWith(name, prefix):
            _checked_word(entity, name, "starts_with").check(prefix)
        case Missing(name):
            word(entity, name)
        case Not(inner):
            _check_asked(entity, inner, depth + 1)
        case All(trees) | AnyOf(trees):
            for inner in trees:
                _check_asked(entity, inner, depth + 1)


def _checked_word(entity: type[Any], name: str, test: str) -> Field[Any, Any]:
    field = word(entity, name)
    # Where a page goes on is asked in comparisons that no word has: whoever asks for it by hand is answered as well.
    ordered = name == "id" or hasattr(field, "ascending")
    if test not in field.tests and not (ordered and test in ("above", "below")):
        raise UnknownQuery(repr(field), f"can be asked: {', '.join(sorted(field.tests))}", test)
    return field


def checked_scan(entity: type[Any], fields: Sequence[Field[Any, Any]], chunk: int) -> None:
    """At least one field, all of them words of this entity, and chunks that hold something."""
    checked_kind(entity)
    if not fields:
        raise Invalid(
            "fields", "must be at least one", fields, f"name the columns of {entity.__name__} to read"
        )
    checked_chunk(chunk)
    for field in fields:
        if not isinstance(field, Field) or field.entity is not entity:  # pyright: ignore[reportUnnecessaryIsInstance]
            shown = repr(field) if isinstance(field, Field) else type(field).__name__  # pyright: ignore[reportUnnecessaryIsInstance]
            remedy = f"name a field as in {entity.__name__}Fields.state"
            raise UnknownQuery("fields", f"must be fields of a {entity.__name__}", shown, remedy)
        word(entity, field.name)


def checked_chunk(chunk: int) -> int:
    if type(chunk) is not int or not 1 <= chunk <= LARGEST_CHUNK:
        raise Invalid("chunk", f"must be a whole number from 1 to {LARGEST_CHUNK:,}", chunk)
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


def check_shreds(repository: Repository | AsyncRepository, subject: Id) -> None:
    """``Unsupported``, unless personal data is kept under keys; ``Invalid`` for what is no id."""
    if not isinstance(subject, Id):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("subject", "must be the id of whom it is about", type(subject).__name__)
    if not repository.capabilities.shredding:
        raise Unsupported(type(repository).__name__, "shredding", "it keeps personal data without keys")
