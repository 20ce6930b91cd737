"""The host's handle for one tenant: get, find, commit, apply. Nothing can be asked without saying for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast

import attrs

from relcore.kernel.change import Change
from relcore.kernel.clock import Clock, SystemClock
from relcore.kernel.entity import Kept, Ref, Versioned
from relcore.kernel.errors import CommitUnknown, NotFound, VersionConflict
from relcore.kernel.ids import BatchKey, Id, IdSource, TimeOrderedIds
from relcore.kernel.paging import Page, checked_order, paged, resumed
from relcore.kernel.query import Query
from relcore.kernel.repository import (
    LARGEST_PAGE,
    Batch,
    Delivery,
    Drainable,
    Entry,
    Idempotent,
    Level,
    Logged,
    Receipt,
    Repository,
    Scannable,
    Shredding,
    checked_key,
    checked_limit,
    checked_tenant,
)
from relcore.kernel.words import Field, Key
from relcore.storage.decision import (
    about,
    check_batch,
    check_offered,
    check_shreds,
    checked_attempts,
    checked_chunk,
    checked_kind,
    checked_query,
    checked_reads,
    checked_scan,
    kept,
    referred,
)
from relcore.storage.scan import LOG_SCHEMA, Scan, Schema

I = TypeVar("I", bound=Id)
E = TypeVar("E")
V = TypeVar("V", bound=Versioned)


@attrs.frozen
class Workspace:
    """One tenant's entities in a repository.

    >>> from relcore.storage import in_memory
    >>> workspace = Workspace(in_memory(), tenant="acme")

    ``clock`` says when something is recorded, ``ids`` where new ids come from; both have defaults for production and
    stand-ins for tests in ``relcore.testing``. Cheap: make one per request if the tenant comes with the request.
    """

    repository: Repository
    tenant: str = attrs.field(kw_only=True, converter=checked_tenant)
    clock: Clock = attrs.field(kw_only=True, factory=SystemClock)
    ids: IdSource = attrs.field(kw_only=True, factory=TimeOrderedIds)

    def new(self, kind: type[I]) -> I:
        """A new id: ``workspace.new(CaseId)``."""
        return self.ids.new(kind)

    def get(self, entity: Kept[I, E], id: I) -> E:
        """The entity, or ``NotFound``."""
        (row,) = self.repository.fetch([referred(entity, id, self.tenant)])
        if row is None:
            raise NotFound(id)
        return row

    def find(
        self,
        entity: type[E],
        where: Query[E] = Query[Any](),
        *,
        order: Key[E] | Sequence[Key[E]] = (),
        after: str | None = None,
        limit: int = 100,
    ) -> Page[E]:
        """Up to ``limit`` answers in the order of their ids; the rest with ``after=page.after``.

        ``order=CaseFields.opened_at.descending()`` sorts by a field, a list of keys by several: what carries nothing comes
        last, what is equal is in the order of its ids. A cursor answers the question that it came from and no other.
        """
        keys, limit = checked_order(checked_kind(entity), order), checked_limit(limit)
        rest = resumed(self.tenant, entity, checked_query(entity, where), keys, after)
        rows = self.repository.find(self.tenant, entity, rest, order=keys, limit=limit + 1)
        return paged(self.tenant, entity, where, keys, limit, rows)

    def each(self, entity: type[E], where: Query[E] = Query[Any]()) -> Iterator[E]:
        """All answers, a page at a time. What is committed meanwhile may be among them or not."""
        after: str | None = None
        while True:
            page = self.find(entity, where, after=after, limit=LARGEST_PAGE)
            yield from page.rows
            if (after := page.after) is None:
                return

    def commit(
        self, *changes: Change[Versioned], reads: Iterable[Versioned] = (), key: str | None = None
    ) -> Receipt:
        """Keep all of the changes, or none.

        ``reads`` are entities that the decision rests on: if one of them is no longer as it was, nothing is written.
        ``key`` makes it safe to say again: the same key returns the same receipt and writes nothing.

        Raises ``VersionConflict`` (read again, decide again), ``KeyReused``, ``Busy``, ``CommitUnknown``.
        """
        return self.repository.commit(self.tenant, self._batch(changes, reads, key))

    def apply(
        self,
        entity: Kept[I, V],
        id: I,
        decide: Callable[[V], Change[V]],
        *,
        key: str | None = None,
        attempts: int = 5,
    ) -> V:
        """Read, decide, commit; when somebody was faster, read and decide again, up to ``attempts`` times.

        With a ``key``, a decision that was already taken under it is not taken again: the entity comes back as that
        commit left it.
        """
        checked_attempts(attempts)
        if key is not None and (done := self.receipt(key)) is not None:
            return kept(done, id, entity)
        while True:
            attempts -= 1
            held = self.get(entity, id)
            change = about(held, decide(held))
            try:
                return self._sent(self._batch([change], (), key), attempts).of(change)
            except VersionConflict:
                if attempts <= 0:
                    raise

    def receipt(self, key: str) -> Receipt | None:
        """What was committed under this key; None if nothing was."""
        check_offered(self.repository, "receipts")
        return cast("Idempotent", self.repository).receipt(self.tenant, checked_key(key))

    def scan(
        self,
        entity: type[E],
        *fields: Field[E, Any],
        where: Query[E] = Query[Any](),
        chunk: int = 8_192,
    ) -> Scan:
        """Named fields as plain columns, ``chunk`` rows at a time from one snapshot; no entity is built.

        Moments are microseconds since 1970-01-01 UTC, money is ``<field>_minor`` and ``<field>_currency``. What comes
        back is read in a loop, or handed to a dataframe library as it is: ``polars.DataFrame(workspace.scan(...))``.
        """
        check_offered(self.repository, "scan")
        checked_scan(entity, fields, chunk)
        ask, asked = cast("Scannable", self.repository).scan, checked_query(entity, where)
        return Scan(Schema.of(fields), lambda: ask(self.tenant, entity, fields, asked, chunk=chunk))

    def scan_log(self, entity: type[Any], *columns: str, chunk: int = 8_192) -> Scan:
        """The moves of all entities of one kind: the columns of ``relcore.kernel.repository.LOG_COLUMNS`` that are named.

        ``scan_log(Case, "id", "source", "target", "at")``; none named, all of them. Fewer are read sooner.
        """
        check_offered(self.repository, "scans of the log")
        checked_kind(entity)
        checked_chunk(chunk)
        schema = LOG_SCHEMA.only(columns) if columns else LOG_SCHEMA
        ask = cast("Scannable", self.repository).scan_log
        return Scan(schema, lambda: ask(self.tenant, entity, tuple(schema), chunk=chunk))

    def log(self, entity: Kept[I, Any], id: I) -> Sequence[Entry]:
        """All that happened to one entity, in order."""
        check_offered(self.repository, "a log")
        ref: Ref[Any] = referred(entity, id, self.tenant)
        return cast("Logged", self.repository).log(ref)

    def drain(self, *, after: str | None = None, limit: int = 500) -> Delivery:
        """The log of all entities as an outbox: what became visible behind ``after``, each line at least once.

        Keep ``delivery.after`` where the messages go, and ask from there next time.
        """
        check_offered(self.repository, "an outbox")
        return cast("Drainable", self.repository).drain(self.tenant, after=after, limit=checked_limit(limit))

    def shred(self, subject: Id) -> None:
        """Make what is personal about this person unreadable for ever, in rows, log and exports."""
        check_shreds(self.repository, subject)
        cast("Shredding", self.repository).shred(self.tenant, subject)

    def _batch(
        self, changes: Sequence[Change[Versioned]], reads: Iterable[Versioned], key: str | None
    ) -> Batch:
        new = str(self.new(BatchKey)) if key is None else key
        batch = Batch(tuple(changes), checked_reads(reads), new, self.clock.now())
        check_batch(self.repository, batch, key)
        return batch

    def _sent(self, batch: Batch, attempts: int) -> Receipt:
        """Under one key until the outcome is known: the key tells whether an earlier attempt was written."""
        while True:
            try:
                return self.repository.commit(self.tenant, batch)
            except CommitUnknown:
                # Without a memory of keys, sending it again could do it twice.
                if attempts <= 0 or self.repository.capabilities.level < Level.LOGGED:
                    raise
                attempts -= 1
