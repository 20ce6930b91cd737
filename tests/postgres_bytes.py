"""Every byte that PostgreSQL keeps of one database, read past the database.

A file may hold a value packed (TOAST), and a vacuum may have cleared an old row away before we look. So the server is made
to write down whatever it is told, with every value, and that is looked through as well: what is not in there, no file, no
write-ahead log, no replica and no backup of it can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.postgres_server import Server


@dataclass(frozen=True)
class Traces:
    """What was written of a database since its beginning."""

    server: Server
    url: str
    before: str
    """The last segment of the write-ahead log that has nothing of it."""
    said: int
    """How long the server's own log was."""

    @classmethod
    def of(cls, server: Server, url: str) -> Traces:
        """From here on; a server that is not ours does not let us make it write down what it is told."""
        with psycopg.connect(url, autocommit=True) as connection:
            if server.folder is None:
                return cls(server, url, "", 0)
            name = urlsplit(url).path.removeprefix("/")
            connection.execute(f"ALTER DATABASE {name} SET log_statement = 'all'".encode())
            return cls(server, url, _finished(connection), (server.folder / "log").stat().st_size)

    def parts(self) -> Mapping[str, bytes]:
        """By where it stands; of a server that is not ours there is only what it tells."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            told = {"what the tables tell": _told(connection)}
            if self.server.folder is None:
                return told
            # First the log, of which a checkpoint lets go; then the files, to which it writes what is in memory.
            ahead = self._ahead(self.server.folder / "data" / "pg_wal", _finished(connection))
            connection.execute("CHECKPOINT")
            (oid,) = _row(connection, "SELECT oid FROM pg_database WHERE datname = current_database()")
            return told | {
                "write-ahead log": ahead,
                "files": _files(self.server.folder / "data" / "base" / str(oid)),
                "what the server was told": self._said(self.server.folder / "log"),
            }

    def every_byte(self) -> bytes:
        return b"".join(self.parts().values())

    def _ahead(self, folder: Path, last: str) -> bytes:
        """Our segments alone: those that are to be used next may be old ones of other databases."""
        ours = sorted(path for path in folder.iterdir() if self.before < path.name <= last)
        return b"".join(map(Path.read_bytes, ours))

    def _said(self, log: Path) -> bytes:
        return log.read_bytes()[self.said :].replace(b"''", b"'")


def _finished(connection: psycopg.Connection) -> str:
    """The segment of the write-ahead log that ends here, with all that was written so far."""
    (name,) = _row(connection, "SELECT pg_walfile_name(pg_switch_wal())")
    return str(name)


def _told(connection: psycopg.Connection) -> bytes:
    """Every row as text, the packed ones unpacked: what a dump of the database would hold."""
    tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    told = list[bytes]()
    for (table,) in tables:
        with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as rows:
            told += map(bytes, rows)
    return b"".join(told)


def _files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def _row(connection: psycopg.Connection, question: str) -> tuple[object, ...]:
    found = connection.execute(question.encode()).fetchone()
    assert found is not None
    return tuple(found)
