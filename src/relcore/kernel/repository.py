"""The port that an adapter author implements: three verbs, one of which writes. More protocols add to it.

``Repository``  fetch, find, commit: what every adapter offers.
``Idempotent``  a key answers for a lost acknowledgement.
``Logged``      the log of one entity, which replays to its row.
``Drainable``   the log of a tenant by a cursor that misses nothing: the log is the outbox.
``Scannable``   rows and log as plain columns, without building an entity.
``Shredding``   what is personal can be made unreadable for ever.

A repository says in ``capabilities`` which of these it keeps, by level; ``relcore.testing`` checks that it does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol, TypeVar, runtime_checkable

import attrs

from relcore.kernel.change import Change, Moved
from relcore.kernel.clock import aware
from relcore.kernel.custom import value_of
from relcore.kernel.entity import Entity, Ref, Versioned, at_version
from relcore.kernel.errors import Gone, Illformed, Invalid, NotFound, UniqueConflict
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.words import Columns, Field

E = TypeVar("E")

LARGEST_PAGE = 1000
LOG_COLUMNS: Columns = (
    ("id", str),
    ("version", int),
    ("position", int),
    ("machine", str),
    ("move", str),
    ("source", str),
    ("target", str),
    ("at", int),
    ("actor", str),
    ("recorded_at", int),
)
"""What a scan of the log holds: empty ``source`` at birth, empty ``target`` when it was removed; ``actor`` may be None.

``machine`` is the name and version of the table in whose words ``source`` and ``target`` are told.
"""
LOG_MOMENTS = frozenset(("at", "recorded_at"))
"""Which of them are microseconds since 1970-01-01 UTC."""


class Level(IntEnum):
    """How much an adapter promises; each level holds all that is below it."""

    VERSIONED = 1
    """fetch, find, and commits that are atomic and check every version, also of what was only read."""
    LOGGED = 2
    """... that write the log and remember the key in the same transaction; the log can be read as an outbox, and what is
    removed leaves a tombstone."""
    COLUMNAR = 3
    """... and rows and log can be scanned as columns, from one snapshot."""
    DURABLE = 4
    """... and what was acknowledged outlives the process, however it dies."""


@attrs.frozen
class Capabilities:
    """What an adapter declares of itself."""

    level: Level
    shredding: bool = False
    """Personal data is kept under a key for each person, and is unreadable once the key is gone."""


@attrs.frozen
class Entry:
    """One line of the log. Its identity is (id, version, index)."""

    id: Id
    version: int
    """The version of the entity that this event led to."""
    index: int
    """Which event of that version: several moves may be committed as one."""
    event: Moved
    fields: Mapping[str, Any] = attrs.field(repr=lambda fields: f"<{', '.join(fields)}>")
    """What the version changed, as it is after: with the first event of a version, empty with the others."""
    recorded_at: datetime
    key: str


@attrs.frozen
class Batch:
    """One unit of work, written as one: all of it or nothing.

    ``changes`` of entities (each at most once: chain commands with ``Change.then``), ``reads`` of entities that must
    still be as they were though they are not changed, the idempotency ``key``, and when it is recorded.
    """

    changes: tuple[Change[Versioned], ...]
    reads: tuple[Versioned, ...]
    key: str
    recorded_at: datetime
    expects: Mapping[Id, int] = attrs.field(init=False)
    """The version each row must still have; 0: it must never have been."""
    rows: tuple[Versioned, ...] = attrs.field(init=False)
    """Every changed entity that is still there, at its new version."""
    removed: tuple[Versioned, ...] = attrs.field(init=False)
    """Every entity that is to be no more, at the version of its tombstone."""

    def __attrs_post_init__(self) -> None:
        checked_key(self.key)
        object.__setattr__(self, "recorded_at", aware("recorded_at", self.recorded_at))
        changed: dict[Id, int] = {}
        rows: list[Versioned] = []
        removed: list[Versioned] = []
        for change in self.changes:
            changed[change.entity.id] = read_at = _expected(change)
            (removed if change.removes else rows).append(at_version(change.entity, read_at + 1))
        if len(changed) < len(self.changes):
            times = Counter(change.entity.id for change in self.changes)
            twice = sorted(id for id, count in times.items() if count > 1)
            raise Illformed(
                "a batch", [f"it changes {id} twice; chain the commands with Change.then" for id in twice]
            )
        read = _read(self.reads, changed) if self.reads else {}
        object.__setattr__(self, "expects", {**read, **changed})
        object.__setattr__(self, "rows", tuple(rows))
        object.__setattr__(self, "removed", tuple(removed))
        _check_unique(rows)

    @property
    def versions(self) -> Mapping[Id, int]:
        """The version at which each changed entity will be."""
        return {entity.id: entity.version for entity in (*self.rows, *self.removed)}

    def log(self) -> Iterator[Entry]:
        """The lines that this batch adds, in the order of its changes."""
        for change in self.changes:
            id, version = change.entity.id, change.entity.version + 1
            for index, event in enumerate(change.events):
                fields = change.changed if index == 0 else {}
                yield Entry(id, version, index, event, fields, self.recorded_at, self.key)


@attrs.frozen
class Receipt:
    """What a commit did. Sending the batch again under its key returns the same receipt and writes nothing."""

    key: str
    entities: tuple[Versioned, ...]
    """Every changed entity that is still there, as this commit left it."""
    removed: tuple[Id, ...] = ()
    """What is no more since this commit."""

    @property
    def versions(self) -> Mapping[Id, int]:
        """The version at which this commit left each entity that is still there."""
        return {entity.id: entity.version for entity in self.entities}

    def answers(self, batch: Batch) -> bool:
        """Whether the batch is about the entities that this receipt is about.

        A key names a decision and not its bytes: who decides again under it, having read what the first commit left, is
        told what was decided the first time.
        """
        return {*self.versions, *self.removed} == {change.entity.id for change in batch.changes}

    def of(self, change: Change[E]) -> E:
        """The entity as it was kept: the one to decide on next. What was removed comes back as it was."""
        wanted: Any = change.entity
        if wanted.id in self.removed:
            return change.entity
        kept: Any = next((entity for entity in self.entities if entity.id == wanted.id), None)
        if kept is None:
            raise NotFound(wanted.id)
        stored: E = kept
        return stored


class Repository(Protocol):
    """What every adapter offers. Thread-safe; each call is one transaction."""

    @property
    def capabilities(self) -> Capabilities: ...
    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        """The entities in the order of the references; None for what is not there.

        Those of one kind are told as they were at one moment: a decision may rest on several of them.
        """
        ...

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        """The first ``limit`` answers, sorted by the keys of ``order`` (what carries nothing last) and then by id.

        A question may come from outside, and nobody has looked at its tree before: raise ``UnknownQuery`` for a field that
        nothing may be asked about, wherever it stands (``relcore.kernel.words.word`` does), and ``Unsupported`` for an entity
        that is not kept. To leave out what one does not know would widen the answer.

        Paging is no matter of the adapter's: where a page goes on is part of the question (``relcore.kernel.paging``).
        """
        ...

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        """All of the batch or nothing.

        Raises ``VersionConflict`` if a row is not at the version that the batch expects, ``Gone`` if it was removed,
        ``UniqueConflict`` if another one has what only one may have, ``NotFound`` if it points to what is not there and the
        host holds it to foreign keys, ``KeyReused``, ``Transient`` errors when nothing was written for now, and
        ``CommitUnknown`` when the acknowledgement was lost.
        """
        ...


@runtime_checkable
class Idempotent(Protocol):
    """Remembers what was committed under a key."""

    def receipt(self, tenant: str, key: str) -> Receipt | None: ...


@runtime_checkable
class Scannable(Protocol):
    """Reads columns in one snapshot, a chunk at a time. Moments come as microseconds since 1970-01-01 UTC, money as minor
    units beside its currency.
    """

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        """Column name to values, ``chunk`` rows at a time, in the order of ids."""
        ...

    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        """The moves of all entities of one kind, as some of ``LOG_COLUMNS``, in the order of id, version and position."""
        ...


@runtime_checkable
class Logged(Protocol):
    """Tells what happened to one entity."""

    def log(self, ref: Ref[Any]) -> Sequence[Entry]: ...


@attrs.frozen
class Delivery:
    """Lines of the log in the order in which they became visible; ``after`` asks for what comes behind them."""

    entries: tuple[Entry, ...]
    after: str


@runtime_checkable
class Drainable(Protocol):
    """Tells what happened to all entities of a tenant, each line at least once, those of one entity in their order."""

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        """The first ``limit`` lines behind ``after``; ``None`` begins at the beginning.

        A line that is committed later never stands before one that was delivered, or a reader would miss it.
        """
        ...


@runtime_checkable
class Shredding(Protocol):
    """Makes what is personal about one person unreadable for ever: in rows, log and exports, now and in every copy."""

    def shred(self, tenant: str, subject: Id) -> None: ...


class AsyncRepository(Protocol):
    """The same verbs behind ``await``. A cancelled call has either done all of its work or none."""

    @property
    def capabilities(self) -> Capabilities: ...
    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]: ...
    async def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]: ...
    async def commit(self, tenant: str, batch: Batch) -> Receipt: ...


@runtime_checkable
class AsyncIdempotent(Protocol):
    """``Idempotent``, behind ``await``."""

    async def receipt(self, tenant: str, key: str) -> Receipt | None: ...


@runtime_checkable
class AsyncScannable(Protocol):
    """``Scannable``, for ``async for``."""

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]: ...
    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]: ...


@runtime_checkable
class AsyncLogged(Protocol):
    """``Logged``, behind ``await``."""

    async def log(self, ref: Ref[Any]) -> Sequence[Entry]: ...


@runtime_checkable
class AsyncDrainable(Protocol):
    """``Drainable``, behind ``await``."""

    async def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery: ...


@runtime_checkable
class AsyncShredding(Protocol):
    """``Shredding``, behind ``await``."""

    async def shred(self, tenant: str, subject: Id) -> None: ...


def replay(entity: type[E], entries: Iterable[Entry]) -> E:
    """The row that the log of one entity tells: what each version changed, laid over what was before.

    Raises ``Illformed`` when a version is missing, ``Gone`` when the entity was removed in the end.
    """
    told = dict[str, Any]()
    for entry in entries:
        if entry.event.to == "":
            raise Gone(entry.id, entry.version)
        if entry.version not in (told.get("version", 0), told.get("version", 0) + 1):
            raise Illformed(
                f"the log of {entry.id}", [f"version {entry.version} follows {told.get('version', 0)}"]
            )
        told |= {"id": entry.id, "version": entry.version, **entry.fields}
    if not told:
        raise Illformed(f"the log of a {entity.__name__}", ["it is empty"])
    return entity(**told)


def unique_values(row: Versioned) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """The fields that only one may have, with what this row has of them; not those of which it lacks one."""
    entity: Any = type(row)
    for names in entity.uniques:
        carried = tuple(value_of(name)(row) for name in names)
        if None not in carried:
            yield names, carried


def _check_unique(rows: Iterable[Versioned]) -> None:
    taken = set[tuple[type[Any], tuple[str, ...], tuple[Any, ...]]]()
    for row in rows:
        for names, values in unique_values(row):
            if (type(row), names, values) in taken:
                raise UniqueConflict(row.id, names)
            taken.add((type(row), names, values))


def checked_limit(limit: int) -> int:
    if type(limit) is not int or not 1 <= limit <= LARGEST_PAGE:
        raise Invalid(
            "limit",
            f"must be a whole number between 1 and {LARGEST_PAGE}",
            limit,
            "walk on with after=page.after",
        )
    return limit


def checked_tenant(tenant: str) -> str:
    return _checked_text("tenant", tenant, 200)


def checked_key(key: str) -> str:
    return _checked_text("key", key, 200)


def _checked_text(field: str, text: str, longest: int) -> str:
    if not isinstance(text, str) or not 0 < len(text) <= longest or not text.isprintable():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(field, f"must be printable text of 1 to {longest} characters", text)
    return text


def _read(reads: Iterable[Versioned], changed: Mapping[Id, int]) -> dict[Id, int]:
    """The version at which each was read."""
    for entity in reads:
        if not isinstance(entity, Entity):
            raise Invalid(
                "reads", "must be entities", type(entity).__name__, "write reads=[case], what a get returned"
            )
    read = {entity.id: entity.version for entity in reads}
    if at_two := sorted({entity.id for entity in reads if entity.version != read[entity.id]}):
        raise Illformed("a batch", [f"it reads {id} at two versions" for id in at_two])
    if both := sorted(read.keys() & changed.keys()):
        raise Illformed("a batch", [f"it both reads and changes {id}; the change is enough" for id in both])
    return read


def _expected(change: Change[Versioned]) -> int:
    """Commands never touch the version: the entity still carries the one it was read at."""
    if not isinstance(change, Change):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(
            "changes",
            "must each be a Change",
            type(change).__name__,
            "commit what a command returned, each by itself: commit(case.accept(...), customer.rename(...))",
        )
    if not change.events:
        raise Illformed(
            f"a change of {change.entity.id}", ["nothing happened in it; only what a command did is kept"]
        )
    if change.before is None and change.removes:
        raise Illformed(f"a change of {change.entity.id}", ["it is removed before it was ever kept"])
    read_at = 0 if change.before is None else change.before.version
    if change.entity.version != read_at:
        raise Illformed(
            f"a change of {change.entity.id}",
            [f"a command took version {read_at} to {change.entity.version}; only a commit counts versions"],
        )
    if change.before is not None and read_at == 0:
        raise Illformed(
            f"a change of {change.entity.id}",
            [
                "it was decided on an entity that is not kept; commit the first change, or chain with Change.then"
            ],
        )
    return read_at
