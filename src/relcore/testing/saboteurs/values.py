"""Wrong about values: what comes back is less than what was kept, or was never kept at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from copy import deepcopy
from typing import Any, TypeVar

import attrs

from relcore.kernel.entity import Ref
from relcore.kernel.errors import RelcoreError
from relcore.kernel.money import Money
from relcore.kernel.repository import Batch, Capabilities, Level, Receipt, Repository
from relcore.storage.async_memory import AsyncMemoryRepository
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered

E = TypeVar("E")


class _Bends(MemoryRepository):
    """Keeps values as something less than they are."""

    def bent(self, value: Any) -> Any:
        raise NotImplementedError

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = tuple(self._bent(row) for row in batch.rows)
        return super().commit(tenant, altered(batch, rows=rows))

    def _bent(self, row: Any) -> Any:
        held = {f.name: getattr(row, f.name) for f in attrs.fields(row.__class__)}
        bent = {
            name: self.bent(value) for name, value in held.items() if name not in ("id", "version", "state")
        }
        return attrs.evolve(row, **{name: value for name, value in bent.items() if value is not held[name]})


class CutsText(_Bends):
    """Text of more than 255 characters is cut off, as by a VARCHAR."""

    def bent(self, value: Any) -> Any:
        return value[:255] if type(value) is str and len(value) > 255 else value


class KeepsMilliseconds(_Bends):
    """Moments lose their microseconds."""

    def bent(self, value: Any) -> Any:
        micro = getattr(value, "microsecond", 0)
        return value.replace(microsecond=micro // 1000 * 1000) if micro % 1000 else value


class KeepsMoneyAsFloat(_Bends):
    """An amount goes through binary floating point."""

    def bent(self, value: Any) -> Any:
        if not isinstance(value, Money):
            return value
        minor = int(float(value.minor))
        return value if minor == value.minor else Money.from_minor(min(minor, 2**63 - 1), value.currency)


class TakesNothingForEmpty(_Bends):
    """Empty text and no text are the same, as in Oracle."""

    def bent(self, value: Any) -> Any:
        return None if value == "" else value


# --- what is declared, and what is kept ----------------------------------------------------------


@attrs.define(slots=False)
class Overdeclares:
    """Says that it keeps a log and remembers keys, and has no verb for either."""

    inner: MemoryRepository = attrs.field(factory=MemoryRepository)
    capabilities: Capabilities = attrs.field(factory=lambda: Capabilities(Level.LOGGED))

    def __attrs_post_init__(self) -> None:
        self.fetch, self.find, self.commit = self.inner.fetch, self.inner.find, self.inner.commit


@attrs.define(slots=False)
class AcknowledgesBeforeItWrites:
    """Says that it is done, and writes when there is time: what is open when it stops was never written."""

    inner: Repository
    waiting: list[tuple[str, Batch, Receipt]] = attrs.field(init=False, factory=list[Any])

    def __getattr__(self, name: str) -> Any:
        self._written()
        return getattr(self.inner, name)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        if self.waiting:
            self._written()
        receipt = Receipt(batch.key, batch.rows, tuple(row.id for row in batch.removed))
        if batch.changes and all(change.before is None for change in batch.changes):
            self.waiting.append((tenant, batch, receipt))
            return receipt
        return self.inner.commit(tenant, batch)

    def _written(self) -> None:
        while self.waiting:
            tenant, batch, _ = self.waiting.pop(0)
            self.inner.commit(tenant, batch)


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
