"""Wrong about versions: who read something outdated is not told, or not what is so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import attrs

from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Receipt
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.service.case_state import CaseState
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered
from relcore.testing.saboteurs.handle import Handle
from relcore.testing.saboteurs.levels import Lowest

E = TypeVar("E")
CLOSED = (CaseState.RESOLVED, CaseState.CLOSED, CaseState.CANCELLED, CaseState.SPAM)


class _Checks(MemoryRepository):
    """Has a view of its own of which versions a batch rests on."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        """The ids that it compares."""
        raise NotImplementedError

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            rows = self._held(tenant).rows
            compared = {*self.checked(rows, batch)}
            expects = {
                id: expected if id in compared or id in self._held(tenant).tombstones else _now(rows, id)
                for id, expected in batch.expects.items()
            }
            return super().commit(tenant, altered(batch, expects=expects))


def _now(rows: Mapping[Id, Versioned], id: Id) -> int:
    return rows[id].version if id in rows else 0


def _changed(batch: Batch) -> set[Id]:
    return {change.entity.id for change in batch.changes}


# --- not compared ---------------------------------------------------------------------------------


class ForgetsVersions(_Checks):
    """The last writer wins, and nobody is told that they overwrote something."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        return ()


class ForgetsVersionsOfOneKind(_Checks):
    """One table was made without the comparison: whoever changes an opportunity overwrites what somebody else decided."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        loose = {change.entity.id for change in batch.changes if isinstance(change.entity, Opportunity)}
        return [id for id, expected in batch.expects.items() if expected == 0 or id not in loose]


class InsertsOrReplacesOneKind(_Checks):
    """One table is written with INSERT OR REPLACE: a new opportunity takes the place of one that is there."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        loose = {change.entity.id for change in batch.changes if isinstance(change.entity, Opportunity)}
        return [id for id, expected in batch.expects.items() if expected or id not in loose]


class ReplacesWhatComesAlone(_Checks):
    """A case that comes alone is imported, and an import replaces what is there."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        alone = len(batch.changes) == 1 and isinstance(batch.changes[0].entity, Case)
        return [id for id, expected in batch.expects.items() if expected or not alone]


class RefusesOnlyWhatIsBehind(_Checks):
    """A version is compared by whether it is smaller: one that is ahead of what is kept is let through."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        return [id for id, expected in batch.expects.items() if expected <= _now(rows, id) or id not in rows]


class PutsBackWhatIsMissing(Lowest):
    """An update of what is not there inserts it, if it was changed before: it must have been lost."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = self._held(tenant).rows
        lost = {id for id, expected in batch.expects.items() if expected > 1 and id not in rows}
        expects = {id: 0 if id in lost else expected for id, expected in batch.expects.items()}
        return super().commit(tenant, altered(batch, expects=expects))


# --- what was only read ---------------------------------------------------------------------------


class ForgetsReads(_Checks):
    """What a decision rests on may have changed: only what it changes is checked."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        return _changed(batch)


class ForgetsReadsOfOneKind(_Checks):
    """What a decision rests on is checked table by table, and one table was forgotten."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        loose = {read.id for read in batch.reads if isinstance(read, Opportunity)}
        return [id for id in batch.expects if id not in loose]


class CountsWhatWasOnlyRead(_Checks):
    """Of a batch that only reads it is asked whether all of it is there, and not at which version."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        return batch.expects if batch.changes else [id for id in batch.expects if id not in rows]


class TrustsWhatIsClosed(_Checks):
    """What a decision rests on is looked for among what is open: a case that was closed meanwhile is no hindrance."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        changed = _changed(batch)
        closed = [id for id, row in rows.items() if isinstance(row, Case) and row.state in CLOSED]
        return [id for id in batch.expects if id in changed or id not in closed]


class OverlooksWhatIsMissing(_Checks):
    """What a decision rests on is joined to the write: a row that is not there does not match, and is in nobody's way."""

    def checked(self, rows: Mapping[Id, Versioned], batch: Batch) -> Iterable[Id]:
        changed = _changed(batch)
        return [id for id in batch.expects if id in rows or id in changed or not changed]


class TouchesWhatItRestsOn(MemoryRepository):
    """Who is new touches what they rest on, as a child its parent, and the touch is counted as a version."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        if batch.changes and all(change.before is None for change in batch.changes):
            rows: dict[Id, Any] = self._tenants[tenant].rows
            for read in batch.reads:
                rows[read.id] = attrs.evolve(rows[read.id], version=read.version + 1)
        return receipt


# --- counted and told -----------------------------------------------------------------------------


class CountsTwice(MemoryRepository):
    """Each commit takes the version two further."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = tuple(attrs.evolve(cast("Any", row), version=row.version + 1) for row in batch.rows)
        return super().commit(tenant, altered(batch, rows=rows))


class CountsMoves(Lowest):
    """Each move counts as a version, also when several are committed as one."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        moves = {change.entity.id: len(change.events) for change in batch.changes}
        rows = tuple(
            attrs.evolve(cast("Any", row), version=row.version + moves[row.id] - 1) for row in batch.rows
        )
        return super().commit(tenant, altered(batch, rows=rows))


class TellsTheExpectedVersion(MemoryRepository):
    """A conflict that says the row is as it was expected."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except VersionConflict as conflict:
            raise VersionConflict(conflict.id, conflict.expected, conflict.expected) from None


class TellsTheLastConflict(MemoryRepository):
    """Of several rows that are in the way the last one is named."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        backwards = dict(reversed([*batch.expects.items()]))
        return super().commit(tenant, altered(batch, expects=backwards))


# --- read again -----------------------------------------------------------------------------------


class FetchesInItsOwnOrder(MemoryRepository):
    """Rows come as they are found, and not as they were asked for."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        found = super().fetch(refs)
        return sorted(found, key=lambda row: "" if row is None else cast("Any", row).id)


class FetchesEachOnce(MemoryRepository):
    """A row that is asked for twice is answered once."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return super().fetch(list(dict.fromkeys(refs)))


@attrs.frozen(eq=False)
class KeepsWhatItWrote(Handle):
    """A handle reads the cases that it wrote from its own memory, and does not see what others make of them."""

    written: dict[tuple[str, Id], Any] = attrs.field(init=False, factory=dict[Any, Any])

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        rows = self._held(tenant).rows
        fresh = [row for row in receipt.entities if isinstance(row, Case) and rows.get(row.id) is row]
        self.written.update(((tenant, row.id), row) for row in fresh)
        for id in receipt.removed:
            self.written.pop((tenant, id), None)
        return receipt

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        found = super().fetch(refs)
        return [self.written.get((ref.tenant, ref.id), row) for ref, row in zip(refs, found, strict=True)]
