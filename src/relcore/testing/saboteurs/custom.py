"""Wrong about a host's own fields: they are kept, but not as a part of the entity."""

from __future__ import annotations

import attrs

from relcore.kernel.custom import NONE, Custom
from relcore.kernel.repository import Batch, Receipt
from relcore.storage.memory import MemoryRepository


class _Customs(MemoryRepository):
    """Keeps them in its own way when an entity is changed."""

    def kept(self, before: Custom, now: Custom) -> Custom:
        raise NotImplementedError

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        with self._lock:
            before = {id: row.custom for id, row in self._held(tenant).rows.items()}  # type: ignore[attr-defined]
            receipt = super().commit(tenant, batch)
            rows = self._tenants[tenant].rows
            for row in receipt.entities:
                if row.id in before and rows.get(row.id) is row:
                    own: Custom = row.custom  # type: ignore[attr-defined]
                    rows[row.id] = attrs.evolve(row, custom=self.kept(before[row.id], own))  # type: ignore[misc]
            return receipt


class KeepsWhatTheFormSent(_Customs):
    """They are written anew with what was changed: those that were not on the form are gone."""

    def kept(self, before: Custom, now: Custom) -> Custom:
        return Custom((name, value) for name, value in now.items() if before.get(name) != value) or NONE


class KeepsWhatWasCleared(_Customs):
    """What is there is laid over what was there: nothing is ever cleared."""

    def kept(self, before: Custom, now: Custom) -> Custom:
        return Custom({**before, **now})
