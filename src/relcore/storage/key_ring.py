"""Keys, one for each person: what is personal is kept under them, and is unreadable for ever once the key is gone.

Erasing means to find every copy; destroying a key reaches the copies that nobody finds, in logs, exports and backups
(crypto-shredding; NIST SP 800-88r1, 2.5 calls it cryptographic erase). So keys live apart from what they lock: in a file of
their own that is backed up on other terms, or with the key service of the host, which implements ``KeyRing``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import attrs

from relcore.kernel.errors import Corrupt, Invalid, Shredded

KEY_BYTES = 32
_ASKED_AT_ONCE = 500
_NO_KEY_FILE = {"SQLITE_NOTADB", "SQLITE_CORRUPT", "SQLITE_ERROR"}
"""Garbage, or a database without the table of keys."""


@runtime_checkable
class KeyRing(Protocol):
    """Where keys are kept. Thread-safe; what a call returns or does is durable when it returns.

    A ring remembers for ever whose keys were destroyed: without a key, that alone tells what was erased from what was
    opened with the wrong ring.
    """

    def keys(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes | None]:
        """The key of each, and None where it was destroyed; whoever never had one is not in it."""
        ...

    def made(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of all of them, made for those who never had one; ``Shredded`` for one whose key is gone."""
        ...

    def destroy(self, tenant: str, subject: str) -> None:
        """The key is gone, whether there was one or not, and no other will be made."""
        ...


def _place(path: str | PathLike[str]) -> str:
    """A place where a file of keys can be kept."""
    place: Any = fspath(path) if isinstance(path, PathLike) else path
    if not isinstance(place, str) or place in ("", ":memory:") or "\x00" in place:
        raise Invalid("path", "must name a file", path, 'write key_file("crm.keys")')
    if not Path(place).parent.is_dir():
        raise Invalid("path", "must lie in a folder that is there", place, "make the folder first")
    if Path(place).is_dir():
        raise Invalid("path", "must be a file", place, "name a file in this folder")
    return place


@attrs.frozen
class KeyFile:
    """A key ring in an SQLite file of its own.

    Nothing of a key stays in it: what is deleted is overwritten (``secure_delete``), and the journal is emptied after each
    transaction. No key is held in memory between calls, for another process may destroy it at any time.
    """

    path: str = attrs.field(converter=_place)

    def __attrs_post_init__(self) -> None:
        with self._opened() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS relcore_key"
                " (tenant TEXT NOT NULL, subject TEXT NOT NULL, key BLOB, PRIMARY KEY (tenant, subject))"
            )

    def keys(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes | None]:
        with self._opened() as connection:
            return dict(self._held(connection, tenant, subjects))

    def made(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(subjects))
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            known = dict(self._held(connection, tenant, wanted))
            for subject, key in known.items():
                if key is None:
                    raise Shredded(subject)
            new = {subject: os.urandom(KEY_BYTES) for subject in wanted if subject not in known}
            rows = [(tenant, subject, key) for subject, key in new.items()]
            connection.executemany("INSERT INTO relcore_key VALUES (?, ?, ?)", rows)
        return {**{subject: key for subject, key in known.items() if key is not None}, **new}

    def destroy(self, tenant: str, subject: str) -> None:
        with self._opened() as connection:
            connection.execute(
                "INSERT INTO relcore_key VALUES (?, ?, NULL)"
                " ON CONFLICT (tenant, subject) DO UPDATE SET key = NULL",
                (tenant, subject),
            )

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
            try:
                connection.execute("PRAGMA journal_mode = TRUNCATE")
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("PRAGMA synchronous = EXTRA")
                with connection:
                    yield connection
            finally:
                connection.close()
        except sqlite3.Error as wrong:
            raise self._told(wrong) from None

    def _told(self, wrong: sqlite3.Error) -> Exception:
        if getattr(wrong, "sqlite_errorname", "") in _NO_KEY_FILE:
            return self._no_key_file("it is no file of keys")
        from relcore.storage.sql_failures import told  # which needs SQLAlchemy, as all do who seal in SQL

        return told(wrong, type(self).__name__)

    def _no_key_file(self, why: str) -> Corrupt:
        return Corrupt(
            f"the key file {self.path!r}", f"{why}; put back the one that the data was written with"
        )

    def _held(
        self, connection: sqlite3.Connection, tenant: str, subjects: Iterable[str]
    ) -> Iterator[tuple[str, bytes | None]]:
        wanted = sorted(set(subjects))
        for start in range(0, len(wanted), _ASKED_AT_ONCE):
            some = wanted[start : start + _ASKED_AT_ONCE]
            marks = ", ".join("?" * len(some))
            question = f"SELECT subject, key FROM relcore_key WHERE tenant = ? AND subject IN ({marks})"  # noqa: S608  # marks only
            for subject, key in connection.execute(question, (tenant, *some)):
                if key is not None and (type(key) is not bytes or len(key) != KEY_BYTES):
                    raise self._no_key_file(f"what it holds for {subject} is no key")
                yield subject, key


def key_file(path: str | PathLike[str]) -> KeyFile:
    """A key ring in a file, made when it is not there: ``sqlite("crm.db", keys=key_file("crm.keys"))``.

    ``Invalid`` for a place where no file can be, ``Corrupt`` for a file that holds something else.
    """
    return KeyFile(path)
