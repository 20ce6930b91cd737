"""The SQL adapter: everything of a batch in one transaction. SQLite as the embedded default, PostgreSQL beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeVar

import attrs
import sqlalchemy as sa
from sqlalchemy import event as sa_event
from sqlalchemy.exc import ArgumentError

from relcore.kernel.entity import Ref
from relcore.kernel.errors import Deadlocked, Invalid
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Capabilities, Delivery, Entry, Level, Receipt
from relcore.kernel.words import Field
from relcore.storage import sql_transactions as transactions
from relcore.storage.column_chunks import ColumnChunks
from relcore.storage.key_ring import KeyRing
from relcore.storage.row_form import Sealing, ring_of, sealing_under
from relcore.storage.sql_dialect import Dialect, dialect_of
from relcore.storage.sql_engine import engine_for_threads
from relcore.storage.sql_failures import WAIT, Clash, in_our_words
from relcore.storage.sql_question import scanning
from relcore.storage.sql_request import Transaction
from relcore.storage.sql_schema import findings, make
from relcore.storage.sql_session import Session
from relcore.storage.sql_statements import log_scan
from relcore.storage.sql_tables import all_tables

E = TypeVar("E")
T = TypeVar("T")

ATTEMPTS = 3
"""How often a batch is sent that could not be written and could be a moment later."""

metadata: sa.MetaData
"""Every table as SQLAlchemy knows it, a host's custom fields among their columns: for Alembic."""
__all__ = ["SqlRepository", "metadata", "postgres", "sqlite"]


def __getattr__(name: str) -> sa.MetaData:
    # Not before it is asked for: a host that imports ``sqlite`` has not declared its custom fields yet.
    if name != "metadata":
        raise AttributeError(f"module {__name__!r} has no name {name!r}")
    return all_tables()


@attrs.frozen(eq=False)
class SqlRepository:
    """A repository in a SQL database, over an engine of the host's (SQLite, or PostgreSQL by psycopg).

    Thread-safe; each call is one transaction, on a connection of the engine's pool.
    """

    engine: sa.Engine
    keys: KeyRing | None = None
    """Where there is a key for each person: what is personal is sealed, and can be shredded."""
    dialect: Dialect = attrs.field(init=False, repr=False)
    sealing: Sealing | None = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "sealing", sealing_under(self.keys))
        object.__setattr__(self, "dialect", dialect_of(engine_for_threads(self.engine)))

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.DURABLE, shredding=self.keys is not None)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return self._run(transactions.fetch(self.dialect, self.sealing, refs))

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return self._run(transactions.find(self.dialect, self.sealing, tenant, entity, where, order, limit))

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        for _ in range(ATTEMPTS):
            try:
                return self._run(transactions.commit(self.dialect, self.sealing, tenant, batch), batch.key)
            except (transactions.Stale, Clash):
                # All of it was rolled back; what stood in the way is read without what we had written ourselves. If
                # nothing does any more, whoever did has gone back on it.
                known = self._run(transactions.explanation(self.dialect, self.sealing, tenant, batch))
                if known is not None:
                    return known
        raise Deadlocked(type(self).__name__)

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        return self._run(transactions.receipt(self.dialect, self.sealing, tenant, key))

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        return self._run(transactions.log(self.dialect, self.sealing, ref.tenant, ref.id))

    def drain(self, tenant: str, *, after: str | None, limit: int) -> Delivery:
        return self._run(transactions.drain(self.dialect, self.sealing, tenant, after, limit))

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        if self.sealing is not None:
            self.sealing.check_scanned(type(self).__name__, fields)
        names = [name for field in fields for name, _ in field.columns]
        question = scanning(self.dialect, tenant, entity, names, where)
        return self._columns(names, question.text, question.values, chunk)

    def scan_log(
        self, tenant: str, entity: type[Any], columns: Sequence[str], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        values = (tenant, *transactions.ids_of(entity))
        return self._columns(columns, log_scan(self.dialect, tuple(columns)), values, chunk)

    def shred(self, tenant: str, subject: Id) -> None:
        ring_of(self.sealing, type(self).__name__).destroy(tenant, subject)

    def create_all(self) -> None:
        """Make the tables that are not there yet. A host that uses Alembic points it at ``metadata`` instead."""
        begin, *locks = self.dialect.making
        engine = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        with in_our_words(type(self).__name__), engine.connect() as connection:
            make(connection, begin, locks)

    def check(self) -> tuple[str, ...]:
        """What the database lacks for this release, a sentence each; empty if it lacks nothing."""
        with in_our_words(type(self).__name__), self.engine.connect() as connection:
            return findings(connection)

    def close(self) -> None:
        """Let go of the connections; the next call opens new ones."""
        self.engine.dispose()

    def _run(self, transaction: Transaction[T], key: str = "") -> T:
        with Session(self.engine, type(self).__name__) as session:
            return session.run(transaction, key)

    def _columns(
        self, names: Sequence[str], text: str, values: Sequence[Any], chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        chunks = ColumnChunks(names, chunk)
        with (
            Session(self.engine, type(self).__name__) as session,
            # A cursor that is half read would hold on to a connection that is somebody else's by then.
            closing(session.stream(self.dialect.snapshot, text, values, chunks.block)) as blocks,
        ):
            for rows in blocks:
                yield from chunks.full(rows)
            yield from chunks.rest()


def sqlite(path: str | PathLike[str], *, keys: KeyRing | None = None) -> SqlRepository:
    """A repository in one SQLite file, made with its tables if it is not there yet.

    Write-ahead log, so readers never wait; ``synchronous=FULL``, so what was acknowledged survives a power cut. Each
    connection keeps up to 8 MiB of pages.
    """
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=checked_path(path)),
        connect_args={"timeout": WAIT, "check_same_thread": False, "cached_statements": 512},
        hide_parameters=True,  # they hold personal data, and errors travel far
        pool_reset_on_return=None,  # a session leaves nothing open
        pool_use_lifo=True,  # the one that was used last knows most statements
        isolation_level="AUTOCOMMIT",  # a transaction begins when it is said so
    )
    sa_event.listen(engine, "connect", configured)
    return made(SqlRepository(engine, keys))


def postgres(url: str | sa.URL, *, keys: KeyRing | None = None) -> SqlRepository:
    """A repository in one PostgreSQL database (13 or newer, by psycopg), made with its tables if they are not there yet.

    ``postgres("postgresql://user@host/name")``; what else libpq understands may follow, such as ``?sslmode=require``.
    """
    engine = sa.create_engine(
        checked_url(url).set(drivername="postgresql+psycopg"),
        connect_args={"options": f"-c lock_timeout={WAIT:g}s", "application_name": "relcore"},
        hide_parameters=True,
        pool_reset_on_return=None,
        pool_use_lifo=True,
        isolation_level="AUTOCOMMIT",
    )
    return made(SqlRepository(engine, keys))


def made(repository: SqlRepository) -> SqlRepository:
    """The repository with its tables."""
    try:
        repository.create_all()
    except BaseException:
        repository.close()  # nobody else can: the host never got it
        raise
    return repository


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


def checked_url(url: str | sa.URL) -> sa.URL:
    """The address of a PostgreSQL database; errors do not repeat it, for it may hold a password."""
    remedy = "write postgresql://user:password@host/name"
    try:
        place = sa.make_url(url)
    except ArgumentError:
        raise Invalid("url", "must be the address of a database", remedy=remedy) from None
    if place.get_backend_name() not in ("postgresql", "postgres"):
        raise Invalid("url", "must begin with postgresql", place.drivername, remedy)
    return place


def configured(connection: Any, _: object) -> None:
    """What every connection to SQLite needs before it is used."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    # In KiB. Of the 2,000 that there are otherwise, a large commit spills over.
    cursor.execute("PRAGMA cache_size=-8192")
    cursor.close()
