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
from typing import Protocol

import attrs

from relcore.kernel.errors import Shredded

KEY_BYTES = 32
_ASKED_AT_ONCE = 500


class KeyRing(Protocol):
    """Where keys are kept. Thread-safe; what a call returns or does is durable when it returns."""

    def keys(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of those who have one."""
        ...

    def made(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of all of them, made for those who never had one; ``Shredded`` for one whose key is gone."""
        ...

    def destroy(self, tenant: str, subject: str) -> None:
        """The key is gone, whether there was one or not, and no other will be made."""
        ...


@attrs.frozen
class KeyFile:
    """A key ring in an SQLite file of its own.

    Nothing of a key stays in it: what is deleted is overwritten (``secure_delete``), and the journal is emptied after each
    transaction. No key is held in memory between calls, for another process may destroy it at any time.
    """

    path: str

    def __attrs_post_init__(self) -> None:
        with self._opened() as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS relcore_key"
                " (tenant TEXT NOT NULL, subject TEXT NOT NULL, key BLOB, PRIMARY KEY (tenant, subject))"
            )

    def keys(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        with self._opened() as connection:
            return {subject: key for subject, key in _held(connection, tenant, subjects) if key is not None}

    def made(self, tenant: str, subjects: Iterable[str]) -> Mapping[str, bytes]:
        wanted = sorted(set(subjects))
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            known = dict(_held(connection, tenant, wanted))
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
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = TRUNCATE")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA synchronous = EXTRA")
            with connection:
                yield connection
        finally:
            connection.close()


def _held(
    connection: sqlite3.Connection, tenant: str, subjects: Iterable[str]
) -> Iterator[tuple[str, bytes | None]]:
    wanted = sorted(set(subjects))
    for start in range(0, len(wanted), _ASKED_AT_ONCE):
        some = wanted[start : start + _ASKED_AT_ONCE]
        marks = ", ".join("?" * len(some))
        question = f"SELECT subject, key FROM relcore_key WHERE tenant = ? AND subject IN ({marks})"  # noqa: S608  # marks only
        yield from connection.execute(question, (tenant, *some))


def key_file(path: str | PathLike[str]) -> KeyFile:
    """A key ring in a file, made when it is not there: ``sqlite("crm.db", keys=key_file("crm.keys"))``."""
    return KeyFile(fspath(path))
