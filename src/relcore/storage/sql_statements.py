"""The statements that do not depend on a question: for each kind, for the log and for the receipts."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import attrs
import sqlalchemy as sa

from relcore.storage.serde import Kind
from relcore.storage.sql_dialect import Dialect, among, first_under_way, limited_to, listed
from relcore.storage.sql_tables import LINE, log_table, receipt_table, table_of


@attrs.frozen
class OfKind:
    """Texts; the order of the parameters stands beside each."""

    table: str
    columns: tuple[str, ...]
    """tenant, id, version, schema, live, the words, body."""
    get: str
    """tenant, id"""
    fetch: str
    """tenant, ids"""
    versions: str
    """tenant, ids"""
    hold: str
    """tenant, ids: as ``versions``, and nobody may change these rows until the transaction ends."""
    insert: str
    """The columns."""
    update: str
    """The columns from ``version`` on; tenant, id, version expected."""
    retract: str
    """tenant, id: where there is nothing of which only one may have it."""
    forget: str
    """tenant, id"""


def _text(dialect: Dialect, core: Any, *names: str, sets: tuple[str, ...] = ()) -> str:
    """The statement, whose parameters stand in this order: first those that it sets."""
    statement = dialect.statement(core, *sets)
    assert statement.names == (*sets, *names), statement
    return statement.text


@cache
def of_kind(dialect: Dialect, kind: Kind) -> OfKind:
    table = table_of(kind)
    columns = tuple(column.name for column in table.columns)
    held = [table.c[name] for name in ("id", "version", "schema", "body", *(n for n, _ in kind.columns))]
    tenant, id = sa.bindparam("of_tenant", type_=sa.Text), sa.bindparam("of_id", type_=sa.Text)
    ids = sa.bindparam("ids", type_=listed(sa.Text()))
    one = sa.and_(table.c.tenant == tenant, table.c.id == id)
    some = sa.and_(table.c.tenant == tenant, among(table.c.id, ids))
    versions = sa.select(table.c.id, table.c.version, table.c.live).where(some).order_by(table.c.id)
    expected = sa.bindparam("expected", type_=sa.Integer)
    unique = {name for fields in kind.entity.uniques.values() for f in fields for name, _ in f.columns}
    text = partial(_text, dialect)

    return OfKind(
        table=table.name,
        columns=columns,
        get=text(sa.select(*held).where(one, table.c.live), "of_tenant", "of_id"),
        fetch=text(sa.select(*held).where(some, table.c.live), "of_tenant", "ids"),
        versions=text(versions, "of_tenant", "ids"),
        hold=text(versions.with_for_update(read=True), "of_tenant", "ids"),
        insert=text(
            dialect.insert(table).on_conflict_do_nothing(index_elements=["tenant", "id"]), sets=columns
        ),
        update=text(
            sa.update(table).where(one, table.c.version == expected, table.c.live),
            "of_tenant", "of_id", "expected", sets=columns[2:],
        ),
        retract=text(
            sa.update(table).where(one).values({name: sa.null() for name in unique}), "of_tenant", "of_id"
        ) if unique else "",
        forget=text(sa.delete(table).where(one), "of_tenant", "of_id"),
    )  # fmt: skip


@attrs.frozen
class OfLog:
    """Texts; the order of the parameters stands beside each."""

    columns: tuple[str, ...]
    insert: str
    """The columns."""
    of_entities: str
    """tenant, ids: the lines of each in their order."""
    behind: str
    """tenant, transaction, seq, limit: ``xact``, ``seq`` and the columns."""


@cache
def of_log(dialect: Dialect) -> OfLog:
    column, text = log_table.c, partial(_text, dialect)
    line = [column[name] for name in LINE]
    tenant = column.tenant == sa.bindparam("of_tenant", type_=sa.Text)
    ids = sa.bindparam("ids", type_=listed(sa.Text()))
    place = sa.tuple_(sa.bindparam("xact_", type_=sa.BigInteger), sa.bindparam("seq_", type_=sa.BigInteger))
    in_order = (column.id, column.version, column.position)
    of_entities = sa.select(*line).where(tenant, among(column.id, ids)).order_by(*in_order)
    behind = (
        sa.select(column.xact, column.seq, *line)
        .where(tenant, sa.tuple_(column.xact, column.seq) > place, column.xact < first_under_way())
        .order_by(column.xact, column.seq)
    )
    return OfLog(
        columns=LINE,
        insert=text(sa.insert(log_table).inline(), sets=LINE),
        of_entities=text(of_entities, "of_tenant", "ids"),
        behind=text(limited_to(behind, "at_most"), "of_tenant", "xact_", "seq_", "at_most"),
    )


@cache
def log_scan(dialect: Dialect, names: tuple[str, ...]) -> str:
    """tenant, the first id, an id behind the last: these columns, the lines of each entity together."""
    column = log_table.c
    tenant = column.tenant == sa.bindparam("of_tenant", type_=sa.Text)
    first, last = sa.bindparam("first", type_=sa.Text), sa.bindparam("last", type_=sa.Text)
    scan = (
        sa.select(*(column[name] for name in names))
        .where(tenant, column.id >= first, column.id < last)
        .order_by(column.id, column.version, column.position)
    )
    return _text(dialect, scan, "of_tenant", "first", "last")


@attrs.frozen
class OfReceipts:
    """Texts; the order of the parameters stands beside each."""

    insert: str
    """tenant, key, recorded_at, versions, removed; writes nothing where the key is known."""
    find: str
    """tenant, key: versions, removed."""


@cache
def of_receipts(dialect: Dialect) -> OfReceipts:
    column = receipt_table.c
    insert = dialect.insert(receipt_table).on_conflict_do_nothing(index_elements=["tenant", "key"])
    find = sa.select(column.versions, column.removed).where(
        column.tenant == sa.bindparam("of_tenant", type_=sa.Text),
        column.key == sa.bindparam("of_key", type_=sa.Text),
    )
    return OfReceipts(
        insert=dialect.statement(insert, *column.keys()).text, find=dialect.statement(find).text
    )
