"""The SQL adapter: everything of a batch in one transaction. SQLite as the embedded default."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.exc import IntegrityError, OperationalError

from relcore.kernel.entity import Ref
from relcore.kernel.errors import Busy, Invalid
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import LOG_COLUMNS, Batch, Capabilities, Delivery, Entry, Level, Receipt
from relcore.kernel.words import Field
from relcore.storage import sql_transactions as transactions
from relcore.storage.sql_tables import metadata

E = TypeVar("E")

WAIT = 10.0
"""Seconds to wait for another writer before saying ``Busy``."""
WRITING = {"relcore_begin": "BEGIN IMMEDIATE"}
"""A transaction that holds the right to write from its first statement on."""


@attrs.frozen(eq=False)
class SqlRepository:
    """A repository in a SQL database, over an engine of the host's. Thread-safe; each call is one transaction."""

    engine: sa.Engine

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.DURABLE)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        with self.engine.connect() as connection:
            return transactions.fetch(connection, refs)

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        with self.engine.connect() as connection:
            return transactions.find(connection, tenant, entity, where, order, limit)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            with self._writing() as connection:
                return transactions.commit(connection, tenant, batch)
        except transactions.Stale:
            # All of it was rolled back; what stood in the way is read afterwards, without what we had written ourselves.
            with self.engine.connect() as connection:
                transactions.check(connection, tenant, batch.expects)
            raise
        except IntegrityError:
            with self.engine.connect() as connection:
                transactions.check_unique(connection, tenant, batch.rows)
            raise

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        with self.engine.connect() as connection:
            return transactions.receipt(connection, tenant, key)

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        names = transactions.columns_of(entity, fields)
        question = transactions.columns_question(tenant, entity, names, where, chunk)
        with self.engine.connect() as connection:
            for rows in connection.execute(question).partitions():
                yield transactions.turned(names, rows)

    def scan_log(
        self, tenant: str, entity: type[Any], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        question = transactions.log_question(tenant, entity, chunk)
        with self.engine.connect() as connection:
            for rows in connection.execute(question).partitions():
                yield transactions.turned([name for name, _ in LOG_COLUMNS], rows)

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        with self.engine.connect() as connection:
            return transactions.drain(connection, tenant, after, limit)

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        with self.engine.connect() as connection:
            return transactions.entries(connection, ref.tenant, ref.id)

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self.engine.dispose()

    @contextmanager
    def _writing(self) -> Generator[sa.Connection]:
        with (
            busy_when_locked(),
            self.engine.connect().execution_options(**WRITING) as connection,
            connection.begin(),
        ):
            yield connection


@contextmanager
def busy_when_locked() -> Generator[None]:
    """What the driver says of a held database, in our words."""
    try:
        yield
    except OperationalError as failure:
        if "locked" in str(failure.orig):
            raise Busy(WAIT) from failure
        raise


def sqlite(path: str | PathLike[str]) -> SqlRepository:
    """A repository in one SQLite file, made with its tables if it is not there yet.

    Write-ahead log, so readers never wait; ``synchronous=FULL``, so what was acknowledged survives a power cut.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=checked_path(path)),
        connect_args={"timeout": WAIT, "check_same_thread": False},
        hide_parameters=True,  # they hold personal data, and errors travel far
    )
    configure(engine)
    with busy_when_locked(), engine.connect().execution_options(**WRITING) as connection, connection.begin():
        metadata.create_all(connection)
    return SqlRepository(engine)


def checked_path(path: str | PathLike[str]) -> str:
    """A place where SQLite can keep a file."""
    place = fspath(path)
    if place in ("", ":memory:"):
        raise Invalid(
            "path", "must be a file", place, "for a repository in memory use relcore.storage.in_memory()"
        )
    if not Path(place).parent.is_dir():
        raise Invalid("path", "must lie in a folder that is there", place, "make the folder first")
    return place


def configure(engine: sa.Engine) -> None:
    """What every connection to SQLite needs before it is used."""
    sa_event.listen(engine, "connect", _connected)
    sa_event.listen(engine, "begin", _begun)


def _connected(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late (before the first write) and not before reads: ours is sent by _begun.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begun(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("relcore_begin", "BEGIN"))
