"""One connection of a pool, which drives a transaction: SQLite's driver, and psycopg."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, TypeVar

import attrs
import sqlalchemy as sa

from relcore.kernel.errors import CommitUnknown, Disconnected
from relcore.storage.sql_failures import in_our_words
from relcore.storage.sql_request import Answers, Begin, Line, Load, Read, Request, Round, Transaction, Write

T = TypeVar("T")
Manners: TypeAlias = tuple[str, Any]
"""An attribute of the driver's connection, and what the host had it at."""


class Driver(Protocol):
    """What the drivers of the databases have in common as soon as a statement is a text."""

    def begin(self, text: str) -> None: ...
    def rollback(self) -> None: ...
    def ask(self, round: Round) -> Answers: ...
    def stream(self, text: str, values: Line, chunk: int) -> Iterator[Sequence[Line]]: ...


@attrs.frozen(eq=False)
class SqliteDriver:
    """The standard library's."""

    connection: Any

    def begin(self, text: str) -> None:
        self.connection.execute(text)

    def rollback(self) -> None:
        self.connection.execute("ROLLBACK")

    def ask(self, round: Round) -> Answers:
        return [self._answer(request) for request in round]

    def _answer(self, request: Request) -> Any:
        match request:
            case Begin():
                return self.begin(request.text)
            case Read():
                return self.connection.execute(request.text, request.values).fetchall()
            case Write() if len(request.lines) == 1:
                return self.connection.execute(request.text, request.lines[0]).rowcount
            case Write() | Load():
                return self.connection.executemany(request.text, request.lines).rowcount

    def stream(self, text: str, values: Line, chunk: int) -> Iterator[Sequence[Line]]:
        cursor = self.connection.execute(text, values)
        try:
            while rows := cursor.fetchmany(chunk):
                yield rows
        finally:
            cursor.close()


@attrs.frozen(eq=False)
class PsycopgDriver:
    """psycopg 3: what may travel together does, and many new rows go through COPY."""

    connection: Any

    def begin(self, text: str) -> None:
        self.connection.execute(text)

    def rollback(self) -> None:
        # Not as a statement: only so does psycopg forget what it was about to prepare when a pipeline failed.
        self.connection.rollback()

    def ask(self, round: Round) -> Answers:
        if len(round) == 1:
            return [_result(request, self._sent(request)) for request in round]
        with ExitStack() as together:
            if not any(isinstance(request, Load) for request in round):
                together.enter_context(self.connection.pipeline())
            cursors = [self._sent(request) for request in round]
        return [_result(request, cursor) for request, cursor in zip(round, cursors, strict=True)]

    def _sent(self, request: Request) -> Any:
        cursor = self.connection.cursor()
        match request:
            case Begin():
                cursor.execute(request.text)
            case Read():
                cursor.execute(request.text, request.values)
            case Load():
                names = ", ".join(f'"{name}"' for name in request.columns)
                with cursor.copy(f'COPY "{request.table}" ({names}) FROM STDIN') as copy:
                    for line in request.lines:
                        copy.write_row(line)
            case Write() if len(request.lines) == 1:
                cursor.execute(request.text, request.lines[0])
            case Write():
                cursor.executemany(request.text, request.lines)
        return cursor

    def stream(self, text: str, values: Line, chunk: int) -> Iterator[Sequence[Line]]:
        with self.connection.cursor(name="relcore_scan") as cursor:
            cursor.execute(text, values)
            while rows := cursor.fetchmany(chunk):
                yield rows


def _result(request: Request, cursor: Any) -> Any:
    return cursor.fetchall() if isinstance(request, Read) else cursor.rowcount


@attrs.define(eq=False)
class Session:
    """A connection for as long as a verb takes. What is left open when it ends is rolled back."""

    engine: sa.Engine
    adapter: str
    _lent: Any = attrs.field(init=False, default=None)
    _driver: Driver = attrs.field(init=False)
    _manners: Manners | None = attrs.field(init=False, default=None)
    _open: bool = attrs.field(init=False, default=False)

    def __enter__(self) -> Self:
        with in_our_words(self.adapter):
            self._lent = self.engine.raw_connection()
            self._manners = statement_by_statement(self._lent.driver_connection)
            self._driver = driver_of(self._lent.driver_connection)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lost = isinstance(error, Disconnected | CommitUnknown)
        if self._open and not lost:
            try:
                self._driver.rollback()
            except Exception:  # noqa: BLE001  # whatever it is, this connection is of no use to anybody
                lost = True
        if lost:
            self._lent.invalidate()
            self.engine.dispose()  # the others that wait in the pool were lost with it
            return
        if self._manners is not None:
            setattr(self._lent.driver_connection, *self._manners)
        self._lent.close()

    def run(self, transaction: Transaction[T], key: str = "") -> T:
        """What the transaction returns. ``CommitUnknown(key)`` if the connection is lost while it is committed."""
        answers: Any = None
        while True:
            try:
                round = transaction.send(answers)
            except StopIteration as ended:
                result: T = ended.value
                break
            answers = self._asked(round)
        if self._open:
            self._committed(key)
        return result

    def stream(self, begin: str, text: str, values: Line, chunk: int) -> Iterator[Sequence[Line]]:
        """The rows of a question, ``chunk`` at a time, all from one moment."""
        self._open = True
        with in_our_words(self.adapter):
            self._driver.begin(begin)
            yield from self._driver.stream(text, values, chunk)

    def _asked(self, round: Round) -> Answers:
        self._open = self._open or (bool(round) and isinstance(round[0], Begin))
        with in_our_words(self.adapter):
            return self._driver.ask(round)

    def _committed(self, key: str) -> None:
        with in_our_words(self.adapter, committing=key):
            self._driver.begin("COMMIT")
        self._open = False


def driver_of(connection: Any) -> Driver:
    """The driver that this connection belongs to."""
    return PsycopgDriver(connection) if _is_psycopg(connection) else SqliteDriver(connection)


def statement_by_statement(connection: Any) -> Manners | None:
    """From now on a transaction begins when it is said so; what is to be set again when the host gets it back."""
    name, wanted = ("autocommit", True) if _is_psycopg(connection) else ("isolation_level", None)
    found = getattr(connection, name)
    if found == wanted:
        return None
    setattr(connection, name, wanted)
    return name, found


def _is_psycopg(connection: Any) -> bool:
    return type(connection).__module__.startswith("psycopg")
