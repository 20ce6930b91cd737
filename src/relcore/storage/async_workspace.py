"""The same handle for a host that awaits: the same names, the same domain code, no thread of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
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
    AsyncDrainable,
    AsyncIdempotent,
    AsyncLogged,
    AsyncRepository,
    AsyncScannable,
    AsyncShredding,
    Batch,
    Delivery,
    Entry,
    Level,
    Receipt,
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
from relcore.storage.scan import LOG_SCHEMA, AsyncScan, Schema

I = TypeVar("I", bound=Id)
E = TypeVar("E")
V = TypeVar("V", bound=Versioned)


@attrs.frozen
class AsyncWorkspace:
    """One tenant's entities in an async repository. What each verb does is said at ``Workspace``.

    ``AsyncWorkspace(await sqlite("crm.db"), tenant="acme")`` with ``sqlite`` from ``relcore.storage.aio``.
    """

    repository: AsyncRepository
    tenant: str = attrs.field(kw_only=True, converter=checked_tenant)
    clock: Clock = attrs.field(kw_only=True, factory=SystemClock)
    ids: IdSource = attrs.field(kw_only=True, factory=TimeOrderedIds)

    def new(self, kind: type[I]) -> I:
        """A new id; nothing to wait for."""
        return self.ids.new(kind)

    async def get(self, entity: Kept[I, E], id: I) -> E:
        """The entity, or ``NotFound``."""
        (row,) = await self.repository.fetch([referred(entity, id, self.tenant)])
        if row is None:
            raise NotFound(id)
        return row

    async def find(
        self,
        entity: type[E],
        where: Query[E] = Query[Any](),
        *,
        order: Key[E] | Sequence[Key[E]] = (),
        after: str | None = None,
        limit: int = 100,
    ) -> Page[E]:
        """Up to ``limit`` answers, sorted by ``order``."""
        keys, limit = checked_order(checked_kind(entity), order), checked_limit(limit)
        rest = resumed(self.tenant, entity, checked_query(entity, where), keys, after)
        rows = await self.repository.find(self.tenant, entity, rest, order=keys, limit=limit + 1)
        return paged(self.tenant, entity, where, keys, limit, rows)

    async def each(self, entity: type[E], where: Query[E] = Query[Any]()) -> AsyncIterator[E]:
        """All answers, a page at a time."""
        after: str | None = None
        while True:
            page = await self.find(entity, where, after=after, limit=LARGEST_PAGE)
            for row in page.rows:
                yield row
            if (after := page.after) is None:
                return

    async def commit(
        self, *changes: Change[Versioned], reads: Iterable[Versioned] = (), key: str | None = None
    ) -> Receipt:
        """Keep all of the changes, or none."""
        return await self.repository.commit(self.tenant, self._batch(changes, reads, key))

    async def apply(
        self,
        entity: Kept[I, V],
        id: I,
        decide: Callable[[V], Change[V]],
        *,
        key: str | None = None,
        attempts: int = 5,
    ) -> V:
        """Read, decide, commit; when somebody was faster, read and decide again. ``decide`` is pure: no ``await``."""
        checked_attempts(attempts)
        if key is not None and (done := await self.receipt(key)) is not None:
            return kept(done, id, entity)
        while True:
            attempts -= 1
            held = await self.get(entity, id)
            change = about(held, decide(held))
            try:
                return (await self._sent(self._batch([change], (), key), attempts)).of(change)
            except VersionConflict:
                if attempts <= 0:
                    raise

    async def receipt(self, key: str) -> Receipt | None:
        """What was committed under this key; None if nothing was."""
        check_offered(self.repository, "receipts")
        return await cast("AsyncIdempotent", self.repository).receipt(self.tenant, checked_key(key))

    def scan(
        self,
        entity: type[E],
        *fields: Field[E, Any],
        where: Query[E] = Query[Any](),
        chunk: int = 8_192,
    ) -> AsyncScan:
        """Named fields as plain columns, for ``async for``."""
        check_offered(self.repository, "scan")
        checked_scan(entity, fields, chunk)
        ask, asked = cast("AsyncScannable", self.repository).scan, checked_query(entity, where)
        return AsyncScan(Schema.of(fields), lambda: ask(self.tenant, entity, fields, asked, chunk=chunk))

    def scan_log(self, entity: type[Any], *columns: str, chunk: int = 8_192) -> AsyncScan:
        """The moves of all entities of one kind: the columns of ``relcore.kernel.repository.LOG_COLUMNS`` that are named.

        ``scan_log(Case, "id", "source", "target", "at")``; none named, all of them. Fewer are read sooner.
        """
        check_offered(self.repository, "scans of the log")
        checked_kind(entity)
        checked_chunk(chunk)
        schema = LOG_SCHEMA.only(columns) if columns else LOG_SCHEMA
        ask = cast("AsyncScannable", self.repository).scan_log
        return AsyncScan(schema, lambda: ask(self.tenant, entity, tuple(schema), chunk=chunk))

    async def log(self, entity: Kept[I, Any], id: I) -> Sequence[Entry]:
        """All that happened to one entity, in order."""
        check_offered(self.repository, "a log")
        ref: Ref[Any] = referred(entity, id, self.tenant)
        return await cast("AsyncLogged", self.repository).log(ref)

    async def drain(self, *, after: str | None = None, limit: int = 500) -> Delivery:
        """The log of all entities as an outbox: what became visible behind ``after``, each line at least once.

        Keep ``delivery.after`` where the messages go, and ask from there next time.
        """
        check_offered(self.repository, "an outbox")
        return await cast("AsyncDrainable", self.repository).drain(
            self.tenant, after=after, limit=checked_limit(limit)
        )

    async def shred(self, subject: Id) -> None:
        """Make what is personal about this person unreadable for ever, in rows, log and exports."""
        check_shreds(self.repository, subject)
        await cast("AsyncShredding", self.repository).shred(self.tenant, subject)

    def _batch(
        self, changes: Sequence[Change[Versioned]], reads: Iterable[Versioned], key: str | None
    ) -> Batch:
        new = str(self.new(BatchKey)) if key is None else key
        batch = Batch(tuple(changes), checked_reads(reads), new, self.clock.now())
        check_batch(self.repository, batch, key)
        return batch

    async def _sent(self, batch: Batch, attempts: int) -> Receipt:
        while True:
            try:
                return await self.repository.commit(self.tenant, batch)
            except CommitUnknown:
                # Without a memory of keys, sending it again could do it twice.
                if attempts <= 0 or self.repository.capabilities.level < Level.LOGGED:
                    raise
                attempts -= 1
