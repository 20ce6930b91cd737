"""The SQL adapter for a host that awaits: the tables and transactions of the sync one, driven by an event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from os import PathLike
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from relcore.kernel.entity import Ref
from relcore.kernel.errors import Deadlocked
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Delivery, Entry, Level, Receipt
from relcore.kernel.words import Field
from relcore.storage import sql_transactions as transactions
from relcore.storage.async_sql_session import AsyncSession, finished
from relcore.storage.column_chunks import ColumnChunks
from relcore.storage.key_ring import KeyRing
from relcore.storage.row_form import Sealing, ring_of, sealing_under
from relcore.storage.sql import ATTEMPTS, checked_path, checked_url, configured
from relcore.storage.sql_dialect import Dialect, dialect_of
from relcore.storage.sql_engine import engine_for_a_loop
from relcore.storage.sql_failures import WAIT, Clash, in_our_words
from relcore.storage.sql_question import scanning
from relcore.storage.sql_request import Transaction
from relcore.storage.sql_schema import findings, make
from relcore.storage.sql_statements import log_scan

E = TypeVar("E")
T = TypeVar("T")


@attrs.frozen(eq=False)
class AsyncSqlRepository:
    """A repository in a SQL database, over an async engine of the host's (aiosqlite or asyncpg).

    Each call is one transaction. A call that is cancelled while it is under way ends first: it has written all of its
    batch or none of it.
    """

    engine: AsyncEngine
    keys: KeyRing | None = None
    """Where there is a key for each person: what is personal is sealed, and can be shredded."""
    dialect: Dialect = attrs.field(init=False, repr=False)
    sealing: Sealing | None = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "sealing", sealing_under(self.keys))
        object.__setattr__(self, "dialect", dialect_of(engine_for_a_loop(self.engine)))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.DURABLE, shredding=self.keys is not None)

    async def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return await self._run(transactions.fetch(self.dialect, self.sealing, refs))

    async def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return await self._run(
            transactions.find(self.dialect, self.sealing, tenant, entity, where, order, limit)
        )

    async def commit(self, tenant: str, batch: Batch) -> Receipt:
        for _ in range(ATTEMPTS):
            try:
                return await self._run(
                    transactions.commit(self.dialect, self.sealing, tenant, batch), batch.key
                )
            except (transactions.Stale, Clash):
                known = await self._run(transactions.explanation(self.dialect, self.sealing, tenant, batch))
                if known is not None:
                    return known
        raise Deadlocked(type(self).__name__)

    async def receipt(self, tenant: str, key: str) -> Receipt | None:
        return await self._run(transactions.receipt(self.dialect, self.sealing, tenant, key))

    async def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return await self._run(transactions.log(self.dialect, self.sealing, ref.tenant, ref.id))

    async def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        return await self._run(transactions.drain(self.dialect, self.sealing, tenant, after, limit))

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        if self.sealing is not None:
            self.sealing.check_scanned(type(self).__name__, fields)
        names = [name for field in fields for name, _ in field.columns]
        question = scanning(self.dialect, tenant, entity, names, where)
        return self._columns(names, question.text, question.values, chunk)

    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> AsyncIterator[Mapping[str, Sequence[Any]]]:
        values = (tenant, *transactions.ids_of(entity))
        return self._columns(columns, log_scan(self.dialect, tuple(columns)), values, chunk)

    async def shred(self, tenant: str, subject: Id) -> None:
        ring_of(self.sealing, type(self).__name__).destroy(tenant, subject)

    async def create_all(self) -> None:
        """Make the tables that are not there yet. A host that uses Alembic points it at ``metadata`` instead."""
        await finished(self._make())

    async def check(self) -> tuple[str, ...]:
        """What the database lacks for this release, a sentence each; empty if it lacks nothing."""
        with in_our_words(type(self).__name__):
            async with self.engine.connect() as connection:
                return await connection.run_sync(findings)

    async def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        await self.engine.dispose()

    async def _make(self) -> None:
        begin, *locks = self.dialect.making
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with in_our_words(type(self).__name__):
            async with engine.connect() as connection:
                await connection.run_sync(make, begin, locks)

    async def _run(self, transaction: Transaction[T], key: str = "") -> T:
        return await finished(self._ran(transaction, key))

    async def _ran(self, transaction: Transaction[T], key: str) -> T:
        async with AsyncSession(self.engine, type(self).__name__) as session:
            return await session.run(transaction, key)

    async def _columns(
        self, names: Sequence[str], text: str, values: Sequence[Any], chunk: int
    ) -> AsyncGenerator[Mapping[str, Sequence[Any]]]:
        chunks = ColumnChunks(names, chunk)
        async with (
            AsyncSession(self.engine, type(self).__name__) as session,
            aclosing(session.stream(self.dialect.snapshot, text, values, chunks.block)) as blocks,
        ):
            async for rows in blocks:
                for full in chunks.full(rows):
                    yield full
            for rest in chunks.rest():
                yield rest


async def sqlite(path: str | PathLike[str], *, keys: KeyRing | None = None) -> AsyncSqlRepository:
    """A repository in one SQLite file (aiosqlite), made with its tables if it is not there yet.

    The file is the same as that of ``relcore.storage.sqlite``; both may have it open.
    """
    engine = create_async_engine(
        sa.URL.create("sqlite+aiosqlite", database=checked_path(path)),
        connect_args={"timeout": WAIT, "cached_statements": 512},
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
    )
    sa_event.listen(engine.sync_engine, "connect", configured)
    return await _made(AsyncSqlRepository(engine, keys))


async def postgres(url: str | sa.URL, *, keys: KeyRing | None = None) -> AsyncSqlRepository:
    """A repository in one PostgreSQL database (13 or newer, by asyncpg), made with its tables if they are not there yet.

    The tables are those of ``relcore.storage.postgres``; both may be at work on them.
    """
    engine = create_async_engine(
        checked_url(url).set(drivername="postgresql+asyncpg"),
        connect_args={"server_settings": {"lock_timeout": f"{WAIT:g}s", "application_name": "relcore"}},
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
    )
    return await _made(AsyncSqlRepository(engine, keys))


async def _made(repository: AsyncSqlRepository) -> AsyncSqlRepository:
    try:
        await repository.create_all()
    except BaseException:
        await repository.close()  # nobody else can: the host never got it
        raise
    return repository
