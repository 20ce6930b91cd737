"""The reference adapter without what higher levels ask for: what is wrong with it only the clauses below can say."""

from __future__ import annotations

from relcore.kernel.repository import Capabilities, Level
from relcore.storage.memory import MemoryRepository


class Lowest(MemoryRepository):
    """fetch, find and commit, over tables that a host may have already."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.VERSIONED)


class WithoutColumns(MemoryRepository):
    """It keeps a log, and cannot be scanned."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.LOGGED)
