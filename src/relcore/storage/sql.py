"""The SQL adapter: one table per kind, the log and the receipts beside them, everything of a batch in one transaction.

The tables are plain SQLAlchemy ``metadata``: a host that manages its schema with Alembic points it there. Versions are
checked in the WHERE of the write itself, for a check before the write proves nothing once two writers meet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from os import PathLike, fspath
from typing import Any, TypeVar, assert_never, cast

import attrs

try:
    import sqlalchemy as sa
except ImportError as missing:  # pragma: no cover  # the environment of the tests has it
    raise ImportError("storage in SQL needs SQLAlchemy: pip install 'relcore[sql]'") from missing

from sqlalchemy import event as sa_event
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import OperationalError

from relcore.kernel.actor import Actor
from relcore.kernel.change import Moved
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import Busy, Invalid, KeyReused, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.repository import Batch, Capabilities, Entry, Level, Page, Receipt, replay
from relcore.kernel.words import Field, word
from relcore.storage.serde import KINDS, Kind, kind_of, kind_of_id, text

E = TypeVar("E")

WAIT = 10.0
"""Seconds to wait for another writer before saying ``Busy``."""
_IN_ONE_QUESTION = 500
"""Ids asked for at once: every database bounds the number of parameters."""


# --- tables ---------------------------------------------------------------------------------------


metadata = sa.MetaData()

log_table = sa.Table(
    "relcore_log",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("tenant", sa.Text, nullable=False),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("machine", sa.Text, nullable=False),
    sa.Column("move", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("effects", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.UniqueConstraint("tenant", "id", "version", "position"),
)

receipt_table = sa.Table(
    "relcore_receipt",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
)


def _table(kind: Kind) -> sa.Table:
    columns = [sa.Column(name, sa.Text if of is str else sa.BigInteger) for name, of in kind.columns]
    table = sa.Table(
        f"relcore_{kind.name}",
        metadata,
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        *columns,
        sa.Column("body", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    for field in kind.fields:
        if field.index:
            names = [name for name, _ in field.columns]
            sa.Index(
                f"ix_{table.name}_{field.name}", table.c.tenant, *(table.c[n] for n in names), table.c.id
            )
    return table


TABLES: Mapping[Kind, sa.Table] = {kind: _table(kind) for kind in KINDS}


# --- queries --------------------------------------------------------------------------------------


def condition(tree: Tree, entity: type[Any]) -> sa.ColumnElement[bool]:
    """The tree in SQL. Every leaf is true or false and never NULL, so that NOT is the complement that it is in memory."""
    table = TABLES[kind_of(entity)]

    def columns(field: str) -> list[sa.ColumnElement[Any]]:
        return [table.c[name] for name, _ in word(entity, field).columns]

    match tree:
        case Compare(field, op, Money() as money):
            amount, currency = columns(field)
            same = sa.and_(currency.is_not(None), currency == money.currency)
            return sa.and_(same, _compared(amount, op, money.minor))
        case Compare(field, op, value):
            (column,) = columns(field)
            (stored,) = word(entity, field).store(value)
            return sa.and_(column.is_not(None), _compared(column, op, stored))
        case OneOf(field, values):
            (column,) = columns(field)
            stored_values = [word(entity, field).store(value)[0] for value in values]
            return sa.and_(column.is_not(None), column.in_(stored_values)) if values else sa.false()
        case Missing(field):
            return columns(field)[0].is_(None)
        case StartsWith(field, prefix):
            (column,) = columns(field)
            # Not LIKE: SQLite's ignores case, and every database has wildcards of its own.
            return sa.and_(column.is_not(None), sa.func.substr(column, 1, len(prefix)) == prefix)
        case Not(inner):
            return sa.not_(condition(inner, entity))
        case All(trees):
            return sa.and_(sa.true(), *(condition(t, entity) for t in trees))
        case AnyOf(trees):
            return sa.or_(sa.false(), *(condition(t, entity) for t in trees))
        case _:
            assert_never(tree)


def _compared(column: sa.ColumnElement[Any], op: str, value: Any) -> sa.ColumnElement[bool]:
    comparisons: Mapping[str, sa.ColumnElement[bool]] = {
        "is": column == value,
        "below": column < value,
        "at_most": column <= value,
        "above": column > value,
        "at_least": column >= value,
    }
    return comparisons[op]


# --- statements, compiled once --------------------------------------------------------------------


@attrs.frozen
class _Statements:
    """Any: how SQLAlchemy types a select differs from 2.0 to 2.1."""

    select: Any
    fetch: Any
    versions: Any
    insert: Any
    update: Any


@cache
def _statements(kind: Kind) -> _Statements:
    table = TABLES[kind]
    held = (
        table.c.id,
        table.c.version,
        table.c.schema,
        table.c.body,
        *(table.c[name] for name, _ in kind.columns),
    )
    tenant = sa.bindparam("tenant_", type_=sa.Text)
    ids = sa.bindparam("ids_", type_=sa.Text, expanding=True)
    named = sa.and_(table.c.tenant == tenant, table.c.id.in_(ids))
    select = sa.select(*held).where(table.c.tenant == tenant)
    return _Statements(
        select=select,
        fetch=sa.select(*held).where(named),
        versions=sa.select(table.c.id, table.c.version).where(named),
        insert=sqlite_insert(table).on_conflict_do_nothing(),
        update=sa.update(table).where(
            table.c.tenant == tenant,
            table.c.id == sa.bindparam("id_"),
            table.c.version == sa.bindparam("expected_"),
        ),
    )


_RECEIPT: Any = sa.select(receipt_table.c.versions).where(
    receipt_table.c.tenant == sa.bindparam("tenant_"), receipt_table.c.key == sa.bindparam("key_")
)
_LOG: Any = (
    sa.select(log_table)
    .where(log_table.c.tenant == sa.bindparam("tenant_"), log_table.c.id == sa.bindparam("id_"))
    .order_by(log_table.c.seq)
)


# --- the adapter ----------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class SqlRepository:
    """A repository in a SQL database, over an engine of the host's. Thread-safe; each call is one transaction."""

    engine: sa.Engine

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(Level.LOGGED)

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        by_tenant: dict[str, list[Id]] = defaultdict(list)
        for ref in refs:
            by_tenant[ref.tenant].append(ref.id)
        found = dict[tuple[str, str], Any]()
        with self._reading() as connection:
            for tenant, ids in by_tenant.items():
                found.update(((tenant, row.id), row) for row in _fetched(connection, tenant, ids))
        return [cast("E | None", found.get((ref.tenant, ref.id))) for ref in refs]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, after: str | None, limit: int
    ) -> Page[E]:
        kind = kind_of(entity)
        table = TABLES[kind]
        question = (
            _statements(kind)
            .select.where(condition(where.tree, entity))
            .order_by(table.c.id)
            .limit(limit + 1)
        )
        if after is not None:
            question = question.where(table.c.id > after)
        with self._reading() as connection:
            rows = [_entity(kind, row) for row in connection.execute(question, {"tenant_": tenant})]
        more = len(rows) > limit
        return Page(tuple(cast("list[E]", rows[:limit])), rows[limit - 1].id if more else None)

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        try:
            with self._writing() as connection:
                return _committed(connection, tenant, batch)
        except _Stale:
            # All of it was rolled back; what stood in the way is read afterwards, without what we had written ourselves.
            with self._reading() as connection:
                _check(connection, tenant, batch.expects)
            raise

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        with self._reading() as connection:
            known = connection.execute(_RECEIPT, {"tenant_": tenant, "key_": key}).scalar()
            return None if known is None else _recalled(connection, tenant, key, known)

    def scan(
        self, tenant: str, entity: type[E], fields: Sequence[Field[E, Any]], where: Query[E], *, chunk: int
    ) -> Iterator[Mapping[str, Sequence[Any]]]:
        table = TABLES[kind_of(entity)]
        names = [name for field in fields for name, _ in word(entity, field.name).columns]
        question = (
            sa.select(*(table.c[name] for name in names))
            .where(table.c.tenant == tenant, condition(where.tree, entity))
            .order_by(table.c.id)
            .execution_options(yield_per=chunk)
        )
        with self._reading() as connection:
            for rows in connection.execute(question).partitions():
                yield dict(zip(names, zip(*rows, strict=True), strict=True))

    def log(self, ref: Ref[Any]) -> Sequence[Entry]:
        with self._reading() as connection:
            return _entries(connection, ref.tenant, ref.id)

    @contextmanager
    def _reading(self) -> Generator[sa.Connection]:
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Generator[sa.Connection]:
        """One transaction that holds the right to write from its first statement on."""
        try:
            with (
                self.engine.connect().execution_options(relcore_begin="BEGIN IMMEDIATE") as connection,
                connection.begin(),
            ):
                yield connection
        except OperationalError as failure:
            if "locked" in str(failure.orig):
                raise Busy(WAIT) from failure
            raise


def sqlite(path: str | PathLike[str]) -> SqlRepository:
    """A repository in one SQLite file, made with its tables if it is not there yet.

    Write-ahead log, so readers never wait; ``synchronous=FULL``, so what was acknowledged survives a power cut.
    """
    place = fspath(path)
    if place in ("", ":memory:"):
        raise Invalid(
            "path", "must be a file", place, "for a repository in memory use relcore.storage.in_memory()"
        )
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=place), connect_args={"timeout": WAIT, "check_same_thread": False}
    )
    sa_event.listen(engine, "connect", _configured)
    sa_event.listen(engine, "begin", _begun)
    with (
        engine.connect().execution_options(relcore_begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        metadata.create_all(connection)
    return SqlRepository(engine)


def _configured(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes too late (before the first write) and not before reads: ours is sent by _begun.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begun(connection: sa.Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("relcore_begin", "BEGIN"))


# --- commits --------------------------------------------------------------------------------------


class _Stale(Exception):
    """Fewer rows were written than the batch holds: one of them was not at its version."""


def _committed(connection: sa.Connection, tenant: str, batch: Batch) -> Receipt:
    known = connection.execute(_RECEIPT, {"tenant_": tenant, "key_": batch.key}).scalar()
    if known is not None:
        receipt = _recalled(connection, tenant, batch.key, known)
        if not receipt.answers(batch):
            raise KeyReused(batch.key)
        return receipt
    _check(connection, tenant, {entity.id: entity.version for entity in batch.reads})
    for kind, rows in _by_kind(batch.rows).items():
        if _written(connection, tenant, kind, rows) < len(rows):
            raise _Stale
    if lines := [_line(tenant, entry) for entry in batch.log()]:
        connection.execute(sa.insert(log_table), lines)
    line = {
        "tenant": tenant,
        "key": batch.key,
        "recorded_at": microseconds(batch.recorded_at),
        "versions": json.dumps({row.id: row.version for row in batch.rows}),
    }
    connection.execute(sa.insert(receipt_table), line)
    return Receipt(batch.key, batch.rows)


def _written(connection: sa.Connection, tenant: str, kind: Kind, rows: Sequence[Versioned]) -> int:
    """How many of the rows were at the version that the batch expects, and are now written."""
    statements, names = _statements(kind), [name for name, _ in kind.columns]

    def values(row: Versioned) -> dict[str, Any]:
        words = dict(zip(names, kind.stored(row), strict=True))
        return {"version": row.version, "schema": kind.schema, "body": kind.body(row), **words}

    count = 0
    if new := [{"tenant": tenant, "id": row.id, **values(row)} for row in rows if row.version == 1]:
        count += connection.execute(statements.insert, new).rowcount
    known = [row for row in rows if row.version > 1]
    if known:
        at = [{"tenant_": tenant, "id_": row.id, "expected_": row.version - 1} for row in known]
        changed = [{**where, **values(row)} for where, row in zip(at, known, strict=True)]
        count += connection.execute(statements.update, changed).rowcount
    return count


def _check(connection: sa.Connection, tenant: str, expected: Mapping[Id, int]) -> None:
    actual = _versions(connection, tenant, expected)
    for id, version in expected.items():
        if actual.get(id, 0) != version:
            raise VersionConflict(id, version, actual.get(id, 0))


# --- rows -----------------------------------------------------------------------------------------


def _entity(kind: Kind, row: Sequence[Any]) -> Any:
    id, version, schema, body, *stored = row
    return kind.row(id, version, schema, stored, body)


def _fetched(connection: sa.Connection, tenant: str, ids: Iterable[Id]) -> Iterator[Any]:
    for kind, some in _chunks(ids):
        asked = {"tenant_": tenant, "ids_": some}
        for row in connection.execute(_statements(kind).fetch, asked):
            yield _entity(kind, row)


def _versions(connection: sa.Connection, tenant: str, ids: Iterable[Id]) -> Mapping[str, int]:
    found = dict[str, int]()
    for kind, some in _chunks(ids):
        asked = {"tenant_": tenant, "ids_": some}
        found.update((row.id, row.version) for row in connection.execute(_statements(kind).versions, asked))
    return found


# --- log and receipts -----------------------------------------------------------------------------


def _line(tenant: str, entry: Entry) -> dict[str, Any]:
    event = entry.event
    return {
        "tenant": tenant,
        "id": entry.id,
        "version": entry.version,
        "position": entry.index,
        "machine": event.machine,
        "move": event.move,
        "source": event.source,
        "target": event.to,
        "at": microseconds(event.at),
        "actor": None if event.by is None else str(event.by),
        "effects": json.dumps(event.effects),
        "fields": text(entry.fields),
        "recorded_at": microseconds(entry.recorded_at),
        "key": entry.key,
    }


def _entries(connection: sa.Connection, tenant: str, id: str) -> list[Entry]:
    kind = kind_of_id(id)
    typed: Id = kind.entity.id_type(id)
    return [_entry(kind, typed, row) for row in connection.execute(_LOG, {"tenant_": tenant, "id_": id})]


def _entry(kind: Kind, id: Id, row: Any) -> Entry:
    event = Moved(
        id,
        row.machine,
        row.move,
        row.source,
        row.target,
        from_microseconds(row.at),
        None if row.actor is None else Actor.parse(row.actor),
        tuple(json.loads(row.effects)),
    )
    fields, recorded_at = kind.changes(row.fields), from_microseconds(row.recorded_at)
    return Entry(id, row.version, row.position, event, fields, recorded_at, row.key)


def _recalled(connection: sa.Connection, tenant: str, key: str, versions: str) -> Receipt:
    """The entities as that commit left them: the rows that are still so, the others replayed from their log."""
    kept: dict[str, int] = json.loads(versions)
    ids = [kind_of_id(id).entity.id_type(id) for id in kept]
    now = {row.id: row for row in _fetched(connection, tenant, ids)}

    def as_left(id: Id) -> Versioned:
        if id in now and now[id].version == kept[id]:
            return cast("Versioned", now[id])
        entries = [entry for entry in _entries(connection, tenant, id) if entry.version <= kept[id]]
        return cast("Versioned", replay(kind_of_id(id).entity, entries))

    return Receipt(key, tuple(as_left(id) for id in ids))


# --- groups ---------------------------------------------------------------------------------------


def _by_kind(rows: Iterable[Versioned]) -> Mapping[Kind, list[Versioned]]:
    grouped: dict[Kind, list[Versioned]] = defaultdict(list)
    for row in rows:
        grouped[kind_of(type(row))].append(row)
    return grouped


def _chunks(ids: Iterable[Id]) -> Iterator[tuple[Kind, list[Id]]]:
    grouped: dict[Kind, list[Id]] = defaultdict(list)
    for id in ids:
        grouped[kind_of_id(id)].append(id)
    for kind, all_of_it in grouped.items():
        for start in range(0, len(all_of_it), _IN_ONE_QUESTION):
            yield kind, all_of_it[start : start + _IN_ONE_QUESTION]
