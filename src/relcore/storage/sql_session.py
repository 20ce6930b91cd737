"""One connection of a pool, which drives a transaction: SQLite's driver, and psycopg."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import nullcontext
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias, TypeVar, cast

import attrs
import sqlalchemy as sa

from relcore.kernel.errors import CommitUnknown, Disconnected, Invalid
from relcore.storage.sql_failures import in_our_words
from relcore.storage.sql_request import Answers, Begin, Line, Load, Read, Request, Round, Transaction, Write

T = TypeVar("T")
Manners: TypeAlias = tuple[str, Any]
"""An attribute of the driver's connection, and what the host had it at."""

_KEPT = 6
"""Cursors, enough for a commit of one change: its beginning, key, row and line of the log."""
_DRIVER = "relcore.driver"
_WITHIN = (2, 3)
"""libpq's ``PQTRANS_INTRANS`` and ``PQTRANS_INERROR``: a transaction is under way."""


class Driver(Protocol):
    """What the drivers of the databases have in common as soon as a statement is a text."""

    @property
    def connection(self) -> Any: ...
    def begin(self, text: str) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def ask(self, round: Round) -> Answers: ...
    def stream(self, text: str, values: Line, chunk: int) -> Generator[Sequence[Line]]: ...


@attrs.frozen(eq=False)
class SqliteDriver:
    """The standard library's. Each answer is read to its end before the next statement, so one cursor is enough."""

    connection: Any
    _cursor: Any = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_cursor", self.connection.cursor())

    def begin(self, text: str) -> None:
        self._cursor.execute(text)

    def commit(self) -> None:
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        # There is none if it could not begin, or if SQLite ended it. An empty statement still lets go of an answer that
        # could not be read to its end, which would hold back every writer for as long as the pool keeps the connection.
        self._cursor.execute("ROLLBACK" if self.connection.in_transaction else "")

    def ask(self, round: Round) -> Answers:
        return [self._answer(request) for request in round]

    def _answer(self, request: Request) -> Any:
        match request:
            case Begin():
                return self.begin(request.text)
            case Read():
                return self._cursor.execute(request.text, request.values).fetchall()
            case Write() if len(request.lines) == 1:
                return self._cursor.execute(request.text, request.lines[0]).rowcount
            case Write() | Load():
                return self._cursor.executemany(request.text, request.lines).rowcount

    def stream(self, text: str, values: Line, chunk: int) -> Generator[Sequence[Line]]:
        cursor = self.connection.execute(text, values)
        try:
            while rows := cursor.fetchmany(chunk):
                yield rows
        finally:
            cursor.close()


@attrs.frozen(eq=False)
class PsycopgDriver:
    """psycopg 3: what may travel together does, and many new rows go through COPY.

    A cursor learns how each type is written down for the server, which takes as long as the rest of a short statement. So
    the first few are kept, for statements without rows: a cursor holds on to its last answer.
    """

    connection: Any
    _kept: list[Any] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_kept", [self.connection.cursor() for _ in range(_KEPT)])

    def begin(self, text: str) -> None:
        self._kept[0].execute(text)

    def commit(self) -> None:
        self._kept[0].execute("COMMIT")

    def rollback(self) -> None:
        # Not as a statement: only so does psycopg forget what it was about to prepare when a pipeline failed.
        self.connection.rollback()

    def ask(self, round: Round) -> Answers:
        apart = len(round) == 1 or any(isinstance(request, Load) for request in round)
        with nullcontext() if apart else self.connection.pipeline():
            cursors = [self._sent(request, place) for place, request in enumerate(round)]
        return [_result(request, cursor) for request, cursor in zip(round, cursors, strict=True)]

    def _sent(self, request: Request, place: int) -> Any:
        match request:
            case Begin():
                return self._for_writing(place).execute(request.text)
            case Write() if len(request.lines) == 1:
                return self._for_writing(place).execute(request.text, request.lines[0])
            case Write():
                cursor = self.connection.cursor()
                cursor.executemany(request.text, request.lines)
                return cursor
            case Read():
                return self.connection.cursor().execute(request.text, request.values)
            case Load():
                cursor, names = self.connection.cursor(), ", ".join(f'"{name}"' for name in request.columns)
                with cursor.copy(f'COPY "{request.table}" ({names}) FROM STDIN') as copy:
                    for line in request.lines:
                        copy.write_row(line)
                return cursor

    def _for_writing(self, place: int) -> Any:
        """The cursor for the statement in this place of a round."""
        return self._kept[place] if place < _KEPT else self.connection.cursor()

    def stream(self, text: str, values: Line, chunk: int) -> Generator[Sequence[Line]]:
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
        try:
            with in_our_words(self.adapter):
                self._lent = self.engine.raw_connection()
                self._driver = driver_of(self._lent)
                self._manners = statement_by_statement(self._driver.connection)
        except Invalid:
            self._lent.close()  # as it is: what was begun on it is the host's
            raise
        except BaseException:
            if self._lent is not None:
                self._lent.invalidate()  # nobody knows how far it got
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        lost = isinstance(error, Disconnected | CommitUnknown)
        if (self._open or error is not None) and not lost:
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

    def stream(self, begin: str, text: str, values: Line, chunk: int) -> Generator[Sequence[Line]]:
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
            self._driver.commit()
        self._open = False


def driver_of(lent: sa.PoolProxiedConnection) -> Driver:
    """The driver that this connection belongs to. It stays with the connection, also while that waits in the pool."""
    connection, known = lent.driver_connection, lent.info.get(_DRIVER)
    if known is None or known.connection is not connection:
        lent.info[_DRIVER] = known = (
            PsycopgDriver(connection) if _is_psycopg(connection) else SqliteDriver(connection)
        )
    return cast("Driver", known)


def statement_by_statement(connection: Any) -> Manners | None:
    """From now on a transaction begins when it is said so; what is to be set again when the host gets it back."""
    wanted: Any
    if _is_psycopg(connection):
        name, wanted, within = "autocommit", True, connection.pgconn.transaction_status in _WITHIN
    else:
        name, wanted, within = "isolation_level", None, connection.in_transaction
    if within:
        raise left_open()
    found = getattr(connection, name)
    if found == wanted:
        return None
    setattr(connection, name, wanted)
    return name, found


def left_open() -> Invalid:
    """The error about a connection with a transaction of the host's, which ours would take along."""
    rule, remedy = (
        "must lend connections without a transaction",
        "commit or roll back before it is given back",
    )
    return Invalid("engine", rule, "one that is open", remedy)


def _is_psycopg(connection: Any) -> bool:
    return type(connection).__module__.startswith("psycopg")
