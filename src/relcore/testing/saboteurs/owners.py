"""Wrong about ends and owners: what was removed is still there, and what only one may have has another owner or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from relcore.kernel.entity import Ref
from relcore.kernel.errors import Gone, UniqueConflict, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.repository import Batch, Receipt, unique_values
from relcore.service.case import Case
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered

E = TypeVar("E")


# --- removal --------------------------------------------------------------------------------------


class RaisesTheDead(MemoryRepository):
    """What was removed may be created again, under the same id and from version 1."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            for id, expected in batch.expects.items():
                if expected == 0:
                    self._held(tenant).tombstones.pop(id, None)
            return super().commit(tenant, batch)


class FindsTheDead(MemoryRepository):
    """A removal is a mark that queries do not look at."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        self._tenants[tenant].rows.update((row.id, row) for row in batch.removed)
        return receipt


class FetchesTheDead(MemoryRepository):
    """Who knows the id of a case that was removed is told all of it."""

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        dead: dict[Any, Any] = self.__dict__.get("dead", {})
        found = super().fetch(refs)
        return [dead.get(ref.id) if row is None else row for ref, row in zip(refs, found, strict=True)]

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        receipt = super().commit(tenant, batch)
        dead: dict[Any, Any] = self.__dict__.setdefault("dead", {})
        dead.update((row.id, row) for row in batch.removed if isinstance(row, Case))
        return receipt


class TakesTheDeadForAbsent(MemoryRepository):
    """Who writes to what was removed hears of a version and not that it is gone."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except Gone as gone:
            raise VersionConflict(gone.id, batch.expects[cast("Id", gone.id)], 0) from None


class RemovesWhateverItIs(MemoryRepository):
    """A removal is a DELETE by id: it does not look at what somebody decided meanwhile."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            rows = self._held(tenant).rows
            now = {row.id: rows[row.id].version for row in batch.removed if row.id in rows}
            return super().commit(tenant, altered(batch, expects={**batch.expects, **now}))


# --- uniqueness -----------------------------------------------------------------------------------


class LetsTheDeadKeepTheirs(MemoryRepository):
    """A removed entity still has what only one may have."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            before = dict(self._held(tenant).claims)
            receipt = super().commit(tenant, batch)
            claims = self._tenants[tenant].claims
            held = {row.id for row in batch.removed}
            claims.update((claim, id) for claim, id in before.items() if id in held)
            return receipt


class GivesToEverybody(MemoryRepository):
    """What only one may have is given to whoever asks."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            self._held(tenant).claims.clear()
            return super().commit(tenant, batch)


class TellsWhoHasIt(MemoryRepository):
    """Who asks for what somebody else has is told the id of that one, and not which of their own is refused."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return super().commit(tenant, batch)
        except UniqueConflict as conflict:
            claims = self._held(tenant).claims
            wanted = [row for row in batch.rows if row.id == conflict.id]
            taken = {values for row in wanted for _, values in unique_values(row)}
            owner = next(id for (_, _, values), id in claims.items() if values in taken)
            raise UniqueConflict(owner, conflict.fields) from None


class FoldsWhatIsUnique(MemoryRepository):
    """What only one may have is compared as the database collates: upper and lower case are the same."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            taken = {
                (names, _folded(values)): id for (_, names, values), id in self._held(tenant).claims.items()
            }
            for row in batch.rows:
                for names, values in unique_values(row):
                    if taken.get((names, _folded(values)), row.id) not in batch.versions:
                        raise UniqueConflict(row.id, names)
            return super().commit(tenant, batch)


def _folded(values: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(str(value).lower() for value in values)


class StandsInItsOwnWay(MemoryRepository):
    """Whether somebody has it is asked without leaving out who asks: whoever changes may not keep what they have."""

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            claims = self._held(tenant).claims
            for row in batch.rows:
                for names, values in unique_values(row):
                    if claims.get((type(row), names, values)) == row.id and row.version > 1:
                        raise UniqueConflict(row.id, names)
            return super().commit(tenant, batch)
