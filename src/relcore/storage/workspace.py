"""The host's handle for one tenant: get, find, commit, apply. Nothing can be asked without saying for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from relcore.kernel.change import Change
from relcore.kernel.clock import Clock, SystemClock
from relcore.kernel.entity import Kept, Ref, Versioned
from relcore.kernel.errors import CommitUnknown, Conflict, NotFound
from relcore.kernel.ids import BatchKey, Id, IdSource, TimeOrderedIds
from relcore.kernel.query import Query
from relcore.kernel.repository import (
    LARGEST_PAGE,
    Batch,
    Entry,
    Idempotent,
    Logged,
    Page,
    Receipt,
    Repository,
    Scannable,
    checked_limit,
    checked_tenant,
)
from relcore.kernel.words import Field
from relcore.storage.decision import about, checked_query, checked_scan, kept, unsupported

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
        ref = entity.ref(id, tenant=self.tenant)
        (row,) = self.repository.fetch([ref])
        if row is None:
            raise NotFound(id)
        return row

    def find(
        self, entity: type[E], where: Query[E] = Query[Any](), *, after: str | None = None, limit: int = 100
    ) -> Page[E]:
        """Up to ``limit`` answers in the order of their ids; the rest with ``after=page.after``."""
        return self.repository.find(
            self.tenant, entity, checked_query(where), after=after, limit=checked_limit(limit)
        )

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
        if key is not None and (done := self.receipt(key)) is not None:
            return kept(done, id, entity)
        while True:
            attempts -= 1
            held = self.get(entity, id)
            change = about(held, decide(held))
            try:
                return self._sent(self._batch([change], (), key), attempts).of(change)
            except Conflict:
                if attempts <= 0:
                    raise

    def receipt(self, key: str) -> Receipt | None:
        """What was committed under this key; None if nothing was."""
        if not isinstance(self.repository, Idempotent):
            raise unsupported(self.repository, "receipts")
        return self.repository.receipt(self.tenant, key)

    def scan(
        self,
        entity: type[E],
        *fields: Field[E, Any],
        where: Query[E] = Query[Any](),
        chunk: int = 65_536,
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        """Named fields as plain columns, ``chunk`` rows at a time from one snapshot; no entity is built.

        Moments are microseconds since 1970-01-01 UTC, money is ``<field>_minor`` and ``<field>_currency``.
        """
        if not isinstance(self.repository, Scannable):
            raise unsupported(self.repository, "scan")
        checked_scan(entity, fields, chunk)
        return self.repository.scan(self.tenant, entity, fields, checked_query(where), chunk=chunk)

    def log(self, entity: Kept[I, Any], id: I) -> Sequence[Entry]:
        """All that happened to one entity, in order."""
        if not isinstance(self.repository, Logged):
            raise unsupported(self.repository, "a log")
        ref: Ref[Any] = entity.ref(id, tenant=self.tenant)
        return self.repository.log(ref)

    def _batch(
        self, changes: Sequence[Change[Versioned]], reads: Iterable[Versioned], key: str | None
    ) -> Batch:
        new = str(self.new(BatchKey)) if key is None else key
        return Batch(tuple(changes), tuple(reads), new, self.clock.now())

    def _sent(self, batch: Batch, attempts: int) -> Receipt:
        """Under one key until the outcome is known: the key tells whether an earlier attempt was written."""
        while True:
            try:
                return self.repository.commit(self.tenant, batch)
            except CommitUnknown:
                if attempts <= 0:
                    raise
                attempts -= 1
