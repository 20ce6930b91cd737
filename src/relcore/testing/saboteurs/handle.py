"""A handle that keeps something in itself, on a store that it shares: what one of them knows no other one does."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from relcore.storage.memory import MemoryRepository
from relcore.testing.candidate import Candidate


class Handle(MemoryRepository):
    """Each time it is opened another one, on the same data."""

    @classmethod
    def candidate(cls, _: Path) -> Candidate:
        store = MemoryRepository()
        return Candidate(lambda: cls.on(store))

    @classmethod
    def on(cls, store: MemoryRepository) -> Self:
        handle = cls()
        for name in ("_tenants", "_lock"):
            object.__setattr__(handle, name, getattr(store, name))
        return handle
