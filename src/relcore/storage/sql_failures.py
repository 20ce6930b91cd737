"""What a database or its driver says, in our words: never with a value, which may be personal."""

from __future__ import annotations

from types import TracebackType
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoneFree

from relcore.kernel.errors import Busy, CommitUnknown, Corrupt, Deadlocked, Disconnected, RelcoreError

WAIT = 10.0
"""Seconds to wait for another writer before saying ``Busy``."""


class Failed(RelcoreError):
    """The database failed in a way that a caller can do nothing about: a table is missing, a disk is full."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(code, message)

    def __str__(self) -> str:
        return f"the database failed ({self.code}): {self.message}"


class Clash(Exception):
    """A unique index said no: to a key, to a version, or to what only one may have."""


_CLASH = {"SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_UNIQUE", "23505"}
"""The last: unique_violation. The codes of PostgreSQL are those of its manual, appendix A."""
_DEADLOCK = {"40001", "40P01"}
"""serialization_failure, deadlock_detected"""
_HELD = {
    "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_TIMEOUT", "SQLITE_LOCKED",
    "55P03",  # lock_not_available
    "57014",  # query_canceled, by a timeout of the host's
    "53300",  # too_many_connections
}  # fmt: skip
_GONE = {"57P01", "57P02", "57P03", "57P05"}
"""admin_shutdown, crash_shutdown, cannot_connect_now, idle_session_timeout; and the class 08, connection exceptions."""
_PASSING = ("starting up", "shutting down", "recovery mode", "too many clients", "connection slots")
"""Why a server turns somebody away who would be let in a little later."""
_DRIVERS = {"psycopg.OperationalError", "psycopg.InterfaceError", "asyncpg.InterfaceError"}
"""What the drivers raise without a code of the server, when there is no server any more."""
_CLOSED = {
    "Cannot operate on a closed database.", "Cannot operate on a closed cursor.",  # sqlite3
    "Connection closed", "no active connection",  # aiosqlite
}  # fmt: skip
"""What is said of a connection that somebody closed while it lay in the pool."""
_NO_TEXT = "Could not decode to UTF-8 column '"
"""How sqlite3 begins when a text is none. The column follows, and then the text."""


class in_our_words:  # noqa: N801  # read as the sentence it begins; a class, for it is entered with every statement
    """Whatever the driver raises, as an error of ours; a connection that is lost ``committing`` a key is told as that."""

    __slots__ = ("adapter", "committing")

    def __init__(self, adapter: str, *, committing: str = "") -> None:
        self.adapter, self.committing = adapter, committing

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, Exception) or isinstance(error, RelcoreError):
            return
        known = told(error, self.adapter)
        if self.committing and isinstance(known, Disconnected):
            raise CommitUnknown(self.committing) from None
        raise known from None


def told(error: Exception, adapter: str) -> Exception:
    """The error to raise instead."""
    if isinstance(error, NoneFree):
        return Busy(None)
    said: Any = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = getattr(said, "driver_exception", None) or (said.__cause__ if _is_adapted(said) else said) or said
    code: str = getattr(said, "sqlstate", None) or getattr(said, "sqlite_errorname", None) or ""
    if code in _CLASH:
        return Clash()
    if code in _DEADLOCK:
        return Deadlocked(adapter)
    if code in _HELD:
        return Busy(WAIT)
    if code in _GONE or code.startswith("08") or _lost(said, code):
        return Disconnected(adapter)
    if code or _turned_away(said):
        return Failed(code or "connection", _primary(said))
    return _unreadable(said) or error


def _is_adapted(error: BaseException) -> bool:
    """Whether SQLAlchemy dressed up an asynchronous driver's error as a synchronous one's."""
    return type(error).__module__.startswith("sqlalchemy.") and error.__cause__ is not None


def _lost(error: BaseException, code: str) -> bool:
    if isinstance(error, OSError) or str(error) in _CLOSED:
        return True
    kind = f"{type(error).__module__.partition('.')[0]}.{type(error).__name__}"
    return not code and kind in _DRIVERS and not _turned_away(error)


def _unreadable(error: BaseException) -> Corrupt | None:
    """The error about bytes in a text. Both those of the driver and those of Python show them."""
    message, why = str(error), "it holds bytes that are no text"
    if message.startswith(_NO_TEXT):
        column, _, _ = message.removeprefix(_NO_TEXT).partition("'")
        return Corrupt(f"column {column}", why)
    return Corrupt("a row", why) if isinstance(error, UnicodeDecodeError) else None


def _turned_away(error: BaseException) -> bool:
    """Whether the server answered and would not: a wrong password, no such database. libpq gives no code for it."""
    message = str(error)
    return "FATAL" in message and not any(reason in message for reason in _PASSING)


def _primary(error: Any) -> str:
    """The message without its DETAIL, in which PostgreSQL shows the row."""
    diagnosis = getattr(error, "diag", None)
    message: str | None = getattr(diagnosis, "message_primary", None) or getattr(error, "message", None)
    return message or str(error)
