"""The tables, and questions to them: one table per kind, the log and the receipts beside them.

Plain SQLAlchemy ``metadata``: a host that manages its schema with Alembic points it here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

try:
    import sqlalchemy as sa
except ImportError as missing:  # pragma: no cover  # the environment of the tests has it
    raise ImportError("storage in SQL needs SQLAlchemy: pip install 'relcore[sql]'") from missing

from relcore.kernel.money import Money
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, StartsWith, Tree
from relcore.kernel.words import Field, word
from relcore.storage.serde import KINDS, Kind, kind_of

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
    sqlite_autoincrement=True,  # a cursor never meets a number again
)

receipt_table = sa.Table(
    "relcore_receipt",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("versions", sa.Text, nullable=False),
    sa.Column("removed", sa.Text, nullable=False),
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
        sa.Column("live", sa.Boolean, nullable=False),
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
    uniques: Mapping[tuple[str, ...], Sequence[Field[Any, Any]]] = kind.entity.uniques
    for unique in uniques.values():
        names = [name for field in unique for name, _ in field.columns]
        sa.Index(
            f"ux_{table.name}_{'_'.join(names)}",
            table.c.tenant,
            *(table.c[n] for n in names),
            unique=True,
            sqlite_where=table.c.live,
            postgresql_where=table.c.live,
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
