"""The reference adapter without what higher levels ask for: only the clauses of the lowest can say what is wrong."""

from __future__ import annotations

from relcore.kernel.repository import Capabilities, Level
from relcore.storage.memory import MemoryRepository


class Lowest(MemoryRepository):
    """fetch, find and commit, over tables that a host may have already."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.VERSIONED)
