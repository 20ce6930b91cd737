"""Wrong about awaiting: somebody is cancelled, or somebody else comes, while it waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import attrs

from relcore.kernel.entity import Ref
from relcore.kernel.errors import RelcoreError
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt
from relcore.storage.async_memory import AsyncMemoryRepository
from relcore.storage.memory import MemoryRepository
from relcore.testing.candidate import Candidate

E = TypeVar("E")
CONNECTIONS, PATIENCE = 5, 200


class IsTornByCancellation:
    """Async, and writes one change before the others: who is cancelled in between has written half."""

    capabilities = Capabilities(Level.COLUMNAR)

    def __init__(self) -> None:
        self.kept = MemoryRepository()
        self.inner = AsyncMemoryRepository(self.kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return await self.inner.fetch(refs)

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        if len(batch.changes) > 1 and self.kept.receipt(tenant, batch.key) is None:
            before = deepcopy(self.kept._tenants.get(tenant))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            first = Batch(batch.changes[:1], (), f"{batch.key}/first", batch.recorded_at)
            try:
                self.kept.commit(tenant, first)
            except RelcoreError:
                return await self.inner.commit(tenant, batch)
            await asyncio.sleep(0)
            self.kept._tenants[tenant] = before or type(self.kept._tenants[tenant])()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return await self.inner.commit(tenant, batch)


@attrs.frozen(eq=False)
class RemembersBeforeItWaits(AsyncMemoryRepository):
    """Async, and keeps the key before it waits for the rows: who is cancelled in between hears later that it was done."""

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.inner.receipt(tenant, batch.key) is None:
            self.inner.commit(tenant, Batch((), (), batch.key, batch.recorded_at))
            receipts = self.inner._tenants[tenant].receipts  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            receipts[batch.key] = Receipt(batch.key, batch.rows, tuple(row.id for row in batch.removed))
            await asyncio.sleep(0)
            receipts.pop(batch.key, None)
        return self.inner.commit(tenant, batch)


@attrs.frozen(eq=False)
class KeepsItsConnection(AsyncMemoryRepository):
    """Async, and gives a connection back behind what it was taken for: a reader who is cancelled never does."""

    taken: list[str] = attrs.field(init=False, factory=list[str])

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        for _ in range(PATIENCE):
            if len(self.taken) < CONNECTIONS:
                break
            await asyncio.sleep(0)
        else:
            raise ConnectionError("no connection is free")
        self.taken.append("one")
        await asyncio.sleep(0)
        found = await super().fetch(refs)
        self.taken.pop()
        return found


@attrs.define(eq=False)
class KeepsItsBatch:
    """Async, and a handle keeps the batch in itself while it waits: of two tasks one writes the batch of the other."""

    inner: AsyncMemoryRepository
    batch: Batch | None = None

    @classmethod
    def candidate(cls, _: Path) -> Candidate:
        store = AsyncMemoryRepository()
        return Candidate(lambda: cls(store))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return await self.inner.fetch(refs)

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        self.batch = batch
        await asyncio.sleep(0)
        return await self.inner.commit(tenant, self.batch)
