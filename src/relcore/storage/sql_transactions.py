"""What is done on one connection: the same for the sync and the async adapter, and for every database.

Versions are checked in the WHERE of the write itself, for a check before the write proves nothing once two writers meet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from relcore.kernel.actor import Actor
from relcore.kernel.change import Moved
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.kernel.entity import Ref, Versioned
from relcore.kernel.errors import Gone, Invalid, KeyReused, UniqueConflict, VersionConflict
from relcore.kernel.ids import Id
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import LOG_COLUMNS, Batch, Delivery, Entry, Receipt, replay, unique_values
from relcore.kernel.words import Field, word
from relcore.storage.serde import Kind, kind_of, kind_of_id, reading, text
from relcore.storage.sql_tables import TABLES, condition, log_table, receipt_table

E = TypeVar("E")

_IN_ONE_QUESTION = 500
"""Ids asked for at once: every database bounds the number of parameters."""


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
    select = sa.select(*held).where(table.c.tenant == tenant, table.c.live)
    return _Statements(
        select=select,
        fetch=sa.select(*held).where(named, table.c.live),
        versions=sa.select(table.c.id, table.c.version, table.c.live).where(named),
        insert=sqlite_insert(table).on_conflict_do_nothing(index_elements=["tenant", "id"]),
        update=sa.update(table).where(
            table.c.tenant == tenant,
            table.c.id == sa.bindparam("id_"),
            table.c.version == sa.bindparam("expected_"),
            table.c.live,
        ),
    )


_RECEIPT: Any = sa.select(receipt_table.c.versions, receipt_table.c.removed).where(
    receipt_table.c.tenant == sa.bindparam("tenant_"), receipt_table.c.key == sa.bindparam("key_")
)
_LOG: Any = (
    sa.select(log_table)
    .where(log_table.c.tenant == sa.bindparam("tenant_"), log_table.c.id == sa.bindparam("id_"))
    .order_by(log_table.c.seq)
)


# --- reading --------------------------------------------------------------------------------------


def fetch(connection: sa.Connection, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
    """The entities in the order of the references."""
    by_tenant: dict[str, list[Id]] = defaultdict(list)
    for ref in refs:
        by_tenant[ref.tenant].append(ref.id)
    found = dict[tuple[str, str], Any]()
    for tenant, ids in by_tenant.items():
        found.update(((tenant, row.id), row) for row in _fetched(connection, tenant, ids))
    return [cast("E | None", found.get((ref.tenant, ref.id))) for ref in refs]


def find(
    connection: sa.Connection, tenant: str, entity: type[E], where: Query[E], order: Order[E], limit: int
) -> Sequence[E]:
    """The first answers."""
    kind = kind_of(entity)
    keys = [part for key in order for part in _sorted_by(TABLES[kind].c[key.field], key.descending)]
    asked = _statements(kind).select.where(condition(where.tree, entity))
    question = asked.order_by(*keys, TABLES[kind].c.id).limit(limit)
    return [_entity(kind, row) for row in connection.execute(question, {"tenant_": tenant})]


def _sorted_by(column: sa.ColumnElement[Any], descending: bool) -> tuple[sa.ColumnElement[Any], ...]:  # noqa: FBT001
    """What carries nothing comes last: databases differ in where they put it."""
    return column.is_(None), column.desc() if descending else column.asc()


def receipt(connection: sa.Connection, tenant: str, key: str) -> Receipt | None:
    """What was committed under the key."""
    known = connection.execute(_RECEIPT, {"tenant_": tenant, "key_": key}).first()
    return None if known is None else _recalled(connection, tenant, key, known.versions, known.removed)


def columns_of(entity: type[E], fields: Sequence[Field[E, Any]]) -> list[str]:
    """The names of the columns that hold these fields."""
    return [name for field in fields for name, _ in word(entity, field.name).columns]


def columns_question(tenant: str, entity: type[E], names: Sequence[str], where: Query[E], chunk: int) -> Any:
    """The question that ``scan`` asks: some columns, in the order of ids, a chunk at a time."""
    table = TABLES[kind_of(entity)]
    return (
        sa.select(*(table.c[name] for name in names))
        .where(table.c.tenant == tenant, table.c.live, condition(where.tree, entity))
        .order_by(table.c.id)
        .execution_options(yield_per=chunk)
    )


def log_question(tenant: str, entity: type[Any], chunk: int) -> Any:
    """The question that ``scan_log`` asks: ids of one kind stand together, for they begin alike."""
    column = log_table.c
    first = f"{entity.id_type.kind}_"
    return (
        sa.select(*(column[name] for name, _ in LOG_COLUMNS))
        .where(column.tenant == tenant, column.id >= first, column.id < f"{first[:-1]}`")  # ` follows _
        .order_by(column.id, column.version, column.position)
        .execution_options(yield_per=chunk)
    )


def drain(connection: sa.Connection, tenant: str, after: str | None, limit: int) -> Delivery:
    """Lines of the log behind a place."""
    if after is not None and not after.isdecimal():
        raise Invalid("after", "must be the cursor of an earlier delivery", after, "pass on delivery.after")
    start = int(after or 0)
    question = (
        sa.select(log_table)
        .where(log_table.c.tenant == tenant, log_table.c.seq > start)
        .order_by(log_table.c.seq)
        .limit(limit)
    )
    rows = connection.execute(question).all()
    kinds = [(kind_of_id(row.id), row) for row in rows]
    entries = tuple(_entry(kind, kind.entity.id_type(row.id), row) for kind, row in kinds)
    return Delivery(entries, str(rows[-1].seq if rows else start))


def turned(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Mapping[str, Sequence[Any]]:
    """Rows as columns."""
    return dict(zip(names, zip(*rows, strict=True), strict=True))


# --- commits --------------------------------------------------------------------------------------


class Stale(Exception):
    """Fewer rows were written than the batch holds: one of them was not at its version."""


def commit(connection: sa.Connection, tenant: str, batch: Batch) -> Receipt:
    """All of the batch, or ``Stale``; the transaction is the caller's."""
    known = receipt(connection, tenant, batch.key)
    if known is not None:
        if not known.answers(batch):
            raise KeyReused(batch.key)
        return known
    check(connection, tenant, {entity.id: entity.version for entity in batch.reads})
    for kind, removed in _by_kind(batch.removed).items():
        if _buried(connection, tenant, kind, removed) < len(removed):
            raise Stale
    for kind, rows in _by_kind(batch.rows).items():
        if _written(connection, tenant, kind, rows) < len(rows):
            raise Stale
    if lines := [_line(tenant, entry) for entry in batch.log()]:
        connection.execute(sa.insert(log_table), lines)
    line = {
        "tenant": tenant,
        "key": batch.key,
        "recorded_at": microseconds(batch.recorded_at),
        "versions": json.dumps({row.id: row.version for row in batch.rows}),
        "removed": json.dumps([row.id for row in batch.removed]),
    }
    connection.execute(sa.insert(receipt_table), line)
    return Receipt(batch.key, batch.rows, tuple(row.id for row in batch.removed))


def _written(connection: sa.Connection, tenant: str, kind: Kind, rows: Sequence[Versioned]) -> int:
    """How many of the rows were at the version that the batch expects, and are now written."""
    statements, names = _statements(kind), [name for name, _ in kind.columns]

    def values(row: Versioned) -> dict[str, Any]:
        words = dict(zip(names, kind.stored(row), strict=True))
        plain = {"version": row.version, "schema": kind.schema, "live": True, "body": kind.body(row)}
        return plain | words

    count = 0
    if new := [{"tenant": tenant, "id": row.id, **values(row)} for row in rows if row.version == 1]:
        count += connection.execute(statements.insert, new).rowcount
    known = [row for row in rows if row.version > 1]
    if known:
        at = [{"tenant_": tenant, "id_": row.id, "expected_": row.version - 1} for row in known]
        changed = [{**where, **values(row)} for where, row in zip(at, known, strict=True)]
        count += connection.execute(statements.update, changed).rowcount
    return count


def _buried(connection: sa.Connection, tenant: str, kind: Kind, rows: Sequence[Versioned]) -> int:
    """How many of the rows were at the version that the batch expects, and are tombstones now."""
    nothing: dict[str, Any] = {name: None for name, _ in kind.columns}
    plain = {"live": False, "schema": kind.schema, "body": "", **nothing}
    at = [{"tenant_": tenant, "id_": r.id, "expected_": r.version - 1, "version": r.version} for r in rows]
    return connection.execute(_statements(kind).update, [{**where, **plain} for where in at]).rowcount


def check(connection: sa.Connection, tenant: str, expected: Mapping[Id, int]) -> None:
    """``VersionConflict`` for the first row that is not at its version, ``Gone`` if it was removed."""
    actual = _versions(connection, tenant, expected)
    for id, version in expected.items():
        there, live = actual.get(id, (0, True))
        if not live:
            raise Gone(id, there)
        if there != version:
            raise VersionConflict(id, version, there)


def check_unique(connection: sa.Connection, tenant: str, rows: Iterable[Versioned]) -> None:
    """``UniqueConflict`` for the first row that has what another one has and only one may."""
    for row in rows:
        table = TABLES[kind_of(type(row))]
        for names, values in unique_values(row):
            words_ = [word(type(row), name) for name in names]
            held = [
                c
                for w, v in zip(words_, values, strict=True)
                for c in zip(w.columns, w.store(v), strict=True)
            ]
            same = [table.c[name] == value for (name, _), value in held]
            other = sa.select(table.c.id).where(
                table.c.tenant == tenant, table.c.live, table.c.id != row.id, *same
            )
            if connection.execute(other).first() is not None:
                raise UniqueConflict(row.id, names)


# --- rows -----------------------------------------------------------------------------------------


def _entity(kind: Kind, row: Sequence[Any]) -> Any:
    id, version, schema, body, *stored = row
    return kind.row(id, version, schema, stored, body)


def _fetched(connection: sa.Connection, tenant: str, ids: Iterable[Id]) -> Iterator[Any]:
    for kind, some in _chunks(ids):
        asked = {"tenant_": tenant, "ids_": some}
        for row in connection.execute(_statements(kind).fetch, asked):
            yield _entity(kind, row)


def _versions(connection: sa.Connection, tenant: str, ids: Iterable[Id]) -> Mapping[str, tuple[int, bool]]:
    found = dict[str, tuple[int, bool]]()
    for kind, some in _chunks(ids):
        rows = connection.execute(_statements(kind).versions, {"tenant_": tenant, "ids_": some})
        found.update((row.id, (row.version, row.live)) for row in rows)
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


def entries(connection: sa.Connection, tenant: str, id: str) -> list[Entry]:
    """The log of one entity."""
    kind = kind_of_id(id)
    typed: Id = kind.entity.id_type(id)
    return [_entry(kind, typed, row) for row in connection.execute(_LOG, {"tenant_": tenant, "id_": id})]


def _entry(kind: Kind, id: Id, row: Any) -> Entry:
    with reading(f"the log of {id}"):
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


def _recalled(connection: sa.Connection, tenant: str, key: str, versions: str, removed: str) -> Receipt:
    """The entities as that commit left them: the rows that are still so, the others replayed from their log."""
    kept: dict[str, int] = json.loads(versions)
    ids = [kind_of_id(id).entity.id_type(id) for id in kept]
    now = {row.id: row for row in _fetched(connection, tenant, ids)}

    def as_left(id: Id) -> Versioned:
        if id in now and now[id].version == kept[id]:
            return cast("Versioned", now[id])
        until_then = [entry for entry in entries(connection, tenant, id) if entry.version <= kept[id]]
        return cast("Versioned", replay(kind_of_id(id).entity, until_then))

    gone = tuple(kind_of_id(id).entity.id_type(id) for id in json.loads(removed))
    return Receipt(key, tuple(as_left(id) for id in ids), gone)


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
