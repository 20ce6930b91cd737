"""One connection of a pool, which drives a transaction on an event loop: aiosqlite, and asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

import attrs
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from relcore.kernel.errors import CommitUnknown, Disconnected, Invalid
from relcore.storage.sql_failures import in_our_words
from relcore.storage.sql_request import Answers, Begin, Line, Load, Read, Request, Round, Transaction, Write
from relcore.storage.sql_session import Manners, left_open

T = TypeVar("T")

_LEVEL = "isolation_level"


class AsyncDriver(Protocol):
    """What the drivers of the databases have in common as soon as a statement is a text."""

    async def begin(self, text: str) -> None: ...
    async def rollback(self) -> None: ...
    async def ask(self, request: Request) -> Any: ...
    def stream(self, text: str, values: Line, chunk: int) -> AsyncGenerator[Sequence[Line]]: ...


@attrs.frozen(eq=False)
class AiosqliteDriver:
    """The standard library's, in a thread of its own."""

    connection: Any

    async def begin(self, text: str) -> None:
        await self.connection.execute(text)

    async def rollback(self) -> None:
        # In the thread, behind all that it was told before, and nothing if by then there is no transaction.
        await self.connection.rollback()

    async def ask(self, request: Request) -> Any:
        match request:
            case Begin():
                return await self.begin(request.text)
            case Read():
                return await self.connection.execute_fetchall(request.text, request.values)
            case Write() if len(request.lines) == 1:
                return (await self.connection.execute(request.text, request.lines[0])).rowcount
            case Write() | Load():
                return (await self.connection.executemany(request.text, request.lines)).rowcount

    async def stream(self, text: str, values: Line, chunk: int) -> AsyncGenerator[Sequence[Line]]:
        async with self.connection.execute(text, values) as cursor:
            while rows := await cursor.fetchmany(chunk):
                yield rows


@attrs.frozen(eq=False)
class AsyncpgDriver:
    """asyncpg: it counts by what a statement returns, and many new rows go through COPY."""

    connection: Any

    async def begin(self, text: str) -> None:
        await self.connection.execute(text)

    async def rollback(self) -> None:
        await self.connection.execute("ROLLBACK")

    async def ask(self, request: Request) -> Any:
        match request:
            case Begin():
                return await self.begin(request.text)
            case Read():
                return await self.connection.fetch(request.text, *request.values)
            case Load():
                copied = await self.connection.copy_records_to_table(
                    request.table, records=request.lines, columns=request.columns
                )
                return int(copied.rpartition(" ")[2])
            case Write() if len(request.lines) == 1:
                return len(await self.connection.fetch(request.text, *request.lines[0]))
            case Write():
                return len(await self.connection.fetchmany(request.text, request.lines))

    async def stream(self, text: str, values: Line, chunk: int) -> AsyncGenerator[Sequence[Line]]:
        cursor = await self.connection.cursor(text, *values)
        while rows := await cursor.fetch(chunk):
            yield rows


@attrs.define(eq=False)
class AsyncSession:
    """A connection for as long as a verb takes. What is left open when it ends is rolled back."""

    engine: AsyncEngine
    adapter: str
    _lent: Any = attrs.field(init=False, default=None)
    _driver: AsyncDriver = attrs.field(init=False)
    _manners: Manners | None = attrs.field(init=False, default=None)
    _open: bool = attrs.field(init=False, default=False)

    async def __aenter__(self) -> Self:
        try:
            await finished(self._lend())
        except BaseException as error:
            if self._lent is not None:
                await finished(self._let_go(lost=not isinstance(error, Invalid | asyncio.CancelledError)))
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await finished(self._let_go(lost=isinstance(error, Disconnected | CommitUnknown)))

    async def _lend(self) -> None:
        with in_our_words(self.adapter):
            await greenlet_spawn(self._borrow)

    def _borrow(self) -> None:
        self._lent = lent = self.engine.sync_engine.raw_connection()
        connection: Any = lent.driver_connection
        self._driver = driver_of(connection)
        if _is_asyncpg(connection):  # which itself begins nothing that it was not told to
            if connection.is_in_transaction():
                raise left_open()
            return
        if connection.in_transaction:
            raise left_open()
        if (found := connection.isolation_level) is not None:
            setattr(lent.dbapi_connection, _LEVEL, None)
            self._manners = _LEVEL, found

    async def _let_go(self, *, lost: bool) -> None:
        if self._open and not lost:
            try:
                await self._driver.rollback()
            except Exception:  # noqa: BLE001  # whatever it is, this connection is of no use to anybody
                lost = True
        if lost:
            await greenlet_spawn(self._lent.invalidate)
            await self.engine.dispose()  # the others that wait in the pool were lost with it
            return
        await greenlet_spawn(_given_back, self._lent, self._manners)

    async def run(self, transaction: Transaction[T], key: str = "") -> T:
        """What the transaction returns. ``CommitUnknown(key)`` if the connection is lost while it is committed."""
        answers: Any = None
        while True:
            try:
                round = transaction.send(answers)
            except StopIteration as ended:
                result: T = ended.value
                break
            answers = await self._asked(round)
        if self._open:
            await self._committed(key)
        return result

    async def stream(self, begin: str, text: str, values: Line, chunk: int) -> AsyncGenerator[Sequence[Line]]:
        """The rows of a question, ``chunk`` at a time, all from one moment."""
        self._open = True
        with in_our_words(self.adapter):
            await self._driver.begin(begin)
            async with aclosing(self._driver.stream(text, values, chunk)) as blocks:
                async for rows in blocks:
                    yield rows

    async def _asked(self, round: Round) -> Answers:
        self._open = self._open or (bool(round) and isinstance(round[0], Begin))
        with in_our_words(self.adapter):
            return [await self._driver.ask(request) for request in round]

    async def _committed(self, key: str) -> None:
        with in_our_words(self.adapter, committing=key):
            await self._driver.begin("COMMIT")
        self._open = False


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


def _given_back(lent: Any, manners: Manners | None) -> None:
    if manners is not None:
        setattr(lent.dbapi_connection, *manners)
    lent.close()


def driver_of(connection: Any) -> AsyncDriver:
    """The driver that this connection belongs to."""
    return AsyncpgDriver(connection) if _is_asyncpg(connection) else AiosqliteDriver(connection)


def _is_asyncpg(connection: Any) -> bool:
    return type(connection).__module__.startswith("asyncpg")
