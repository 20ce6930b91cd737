"""The SQL adapter for a host that awaits: the tables and transactions of the sync one, driven by an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from os import PathLike
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from relcore.kernel.entity import Ref
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import LOG_COLUMNS, Batch, Capabilities, Delivery, Entry, Level, Receipt
from relcore.kernel.words import Field
from relcore.storage import sql_transactions as transactions
from relcore.storage.sql import WAIT, WRITING, busy_when_locked, checked_path, configure
from relcore.storage.sql_tables import metadata

E = TypeVar("E")
T = TypeVar("T")


@attrs.frozen(eq=False)
class AsyncSqlRepository:
    """A repository in a SQL database, over an async engine of the host's. Each call is one transaction.

    A call that is cancelled while it is under way ends first: it has written all of its batch or none of it.
    """

    engine: AsyncEngine

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.DURABLE)

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return await self._read(lambda c: transactions.fetch(c, refs))

    async def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return await self._read(lambda c: transactions.find(c, tenant, entity, where, order, limit))

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            return await finished(writing(self.engine, lambda c: transactions.commit(c, tenant, batch)))
        except transactions.Stale:
            await self._read(lambda c: transactions.check(c, tenant, batch.expects))
            raise
        except IntegrityError:
            await self._read(lambda c: transactions.check_unique(c, tenant, batch.rows))
            raise

    async def receipt(self, tenant: str, key: str) -> Receipt | None:
        return await self._read(lambda c: transactions.receipt(c, tenant, key))

    async def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        names = transactions.columns_of(entity, fields)
        question = transactions.columns_question(tenant, entity, names, where, chunk)
        async with self.engine.connect() as connection:
            async for rows in (await connection.stream(question)).partitions():
                yield transactions.turned(names, rows)

    async def scan_log(
        self, tenant: str, entity: type[Any], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        question = transactions.log_question(tenant, entity, chunk)
        async with self.engine.connect() as connection:
            async for rows in (await connection.stream(question)).partitions():
                yield transactions.turned([name for name, _ in LOG_COLUMNS], rows)

    async def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        return await self._read(lambda c: transactions.drain(c, tenant, after, limit))

    async def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return await self._read(lambda c: transactions.entries(c, ref.tenant, ref.id))

    async def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        await self.engine.dispose()

    async def _read(self, ask: Callable[[sa.Connection], T]) -> T:
        return await finished(reading(self.engine, ask))


async def reading(engine: AsyncEngine, ask: Callable[[sa.Connection], T]) -> T:
    """One transaction that only reads."""
    async with engine.connect() as connection:
        return await connection.run_sync(ask)


async def writing(engine: AsyncEngine, work: Callable[[sa.Connection], T]) -> T:
    """One transaction that holds the right to write from its first statement on."""
    with busy_when_locked():
        async with engine.connect() as connection:
            await connection.execution_options(**WRITING)
            async with connection.begin():
                return await connection.run_sync(work)


async def finished(work: Coroutine[Any, Any, T]) -> T:
    """The work, which a cancellation does not cut off but waits for.

    A connection that is dropped amid a transaction would hold its lock until the garbage collector finds its cursors.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


async def sqlite(path: str | PathLike[str]) -> AsyncSqlRepository:
    """A repository in one SQLite file (aiosqlite), made with its tables if it is not there yet.

    The file is the same as that of ``relcore.storage.sqlite``; both may have it open.
    """
    engine = create_async_engine(
        sa.URL.create("sqlite+aiosqlite", database=checked_path(path)),
        connect_args={"timeout": WAIT},
        hide_parameters=True,
    )
    configure(engine.sync_engine)
    repository = AsyncSqlRepository(engine)
    try:
        await finished(writing(engine, metadata.create_all))
    except BaseException:
        await repository.close()  # nobody else can: the host never got it
        raise
    return repository
