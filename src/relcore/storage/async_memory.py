"""The reference adapter for a host that awaits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from relcore.kernel.entity import Ref
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Delivery, Entry, Receipt
from relcore.kernel.words import Field
from relcore.storage.memory import MemoryRepository

E = TypeVar("E")


@attrs.frozen(eq=False)
class AsyncMemoryRepository:
    """The repository in memory behind ``await``. Nothing in it waits."""

    inner: MemoryRepository = attrs.field(factory=MemoryRepository)

    @property
    def capabilities(self) -> Capabilities:
        return self.inner.capabilities

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return self.inner.fetch(refs)

    async def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return self.inner.find(tenant, entity, where, order=order, limit=limit)

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        return self.inner.commit(tenant, batch)

    async def receipt(self, tenant: str, key: str) -> Receipt | None:
        return self.inner.receipt(tenant, key)

    async def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        for columns in self.inner.scan(tenant, entity, fields, where, chunk=chunk):
            yield columns

    async def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        for told in self.inner.scan_log(tenant, entity, columns, chunk=chunk):
            yield told

    async def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return self.inner.log(ref)

    async def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        return self.inner.drain(tenant, after=after, limit=limit)


def in_memory() -> AsyncMemoryRepository:
    """A repository that forgets: ``AsyncWorkspace(in_memory(), tenant="test")``."""
    return AsyncMemoryRepository()
