"""The tables: one per kind, the log and the receipts beside them. The same in every database.

Those of the kinds are made when they are first asked for, so that a host's custom fields are among their columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

try:
    import sqlalchemy as sa
except ImportError as missing:  # pragma: no cover  # the environment of the tests has it
    raise ImportError("storage in SQL needs SQLAlchemy: pip install 'relcore[sql]'") from missing

from relcore.kernel.words import Field
from relcore.storage.serde import KINDS, Kind
from relcore.storage.sql_dialect import transaction_number

_metadata = sa.MetaData()

# By code points, as Python compares: left alone, PostgreSQL sorts by the customs of the country it was set up in.
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

log_table = sa.Table(
    "relcore_log",
    _metadata,
    sa.Column(
        "seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
    # A number of the sequence is drawn when a row is written and seen when it is committed, which may be after that of
    # a later one. Which transaction wrote it tells when it is safe to read past it.
    sa.Column("xact", sa.BigInteger, nullable=False, server_default=transaction_number()),
    sa.Column("tenant", _TEXT, nullable=False),
    sa.Column("id", _TEXT, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("machine", _TEXT, nullable=False),
    sa.Column("move", _TEXT, nullable=False),
    sa.Column("source", _TEXT, nullable=False),
    sa.Column("target", _TEXT, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("actor", _TEXT),
    sa.Column("effects", _TEXT, nullable=False),
    sa.Column("schema", sa.Integer, nullable=False),
    sa.Column("fields", _TEXT, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("key", _TEXT, nullable=False),
    sa.UniqueConstraint("tenant", "id", "version", "position", name="ux_relcore_log_line"),
    sa.Index("ix_relcore_log_order", "tenant", "xact", "seq"),
    sqlite_autoincrement=True,  # a cursor never meets a number again
)

LINE = tuple(column.name for column in log_table.columns if column.name not in ("seq", "xact"))
"""What is written of a line of the log; the database adds which transaction wrote it, and a number."""

receipt_table = sa.Table(
    "relcore_receipt",
    _metadata,
    sa.Column("tenant", _TEXT, primary_key=True),
    sa.Column("key", _TEXT, primary_key=True),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("versions", _TEXT, nullable=False),
    sa.Column("removed", _TEXT, nullable=False),
    sqlite_with_rowid=False,
)


def all_tables() -> sa.MetaData:
    """The metadata with every table: a host that manages its schema with Alembic points it here."""
    for kind in KINDS:
        table_of(kind)
    return _metadata


@cache
def table_of(kind: Kind) -> sa.Table:
    """The table of one kind."""
    columns = [sa.Column(name, _TEXT if of is str else sa.BigInteger) for name, of in kind.columns]
    table = sa.Table(
        f"relcore_{kind.name}",
        _metadata,
        sa.Column("tenant", _TEXT, primary_key=True),
        sa.Column("id", _TEXT, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("live", sa.Boolean, nullable=False),
        *columns,
        sa.Column("body", _TEXT, nullable=False),
        sqlite_with_rowid=False,
    )
    for field in kind.fields:
        if field.index:
            sa.Index(f"ix_{table.name}_{field.column}", table.c.tenant, *_columns(table, [field]), table.c.id)
    uniques: Mapping[tuple[str, ...], Sequence[Field[Any, Any]]] = kind.entity.uniques
    for names, fields in uniques.items():
        sa.Index(
            f"ux_{table.name}_{'_'.join(names).replace('.', '_')}",
            table.c.tenant,
            *_columns(table, fields),
            unique=True,
            # What is removed frees what only one may have.
            sqlite_where=table.c.live,
            postgresql_where=table.c.live,
        )
    return table


def _columns(table: sa.Table, fields: Sequence[Field[Any, Any]]) -> list[sa.Column[Any]]:
    return [table.c[name] for field in fields for name, _ in field.columns]
