"""The tables as they should be and as they are in a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from relcore.kernel.errors import Illformed
from relcore.storage.sql_tables import all_tables, log_table

_OLDEST = {"sqlite": (3, 38), "postgresql": (13,)}
"""SQLite: JSON is always there, and NULLS LAST; PostgreSQL: numbers of transactions that are not used again."""


def make(connection: sa.Connection, begin: str, locks: Sequence[str]) -> None:
    """All tables that are not there yet, and the columns of custom fields that were declared since; in one transaction."""
    connection.exec_driver_sql(begin)
    try:
        for lock in locks:
            connection.exec_driver_sql(lock)
        metadata = all_tables()
        missing = metadata.tables.keys() - set(sa.inspect(connection).get_table_names())
        tables = [table for table in metadata.sorted_tables if table.name in missing]
        metadata.create_all(connection, tables, checkfirst=False)
        for table in metadata.sorted_tables:
            if table.name not in missing:
                _add_custom_columns(connection, table)
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def _add_custom_columns(connection: sa.Connection, table: sa.Table) -> None:
    customs = {name for name in table.columns.keys() if name.startswith("custom_")}  # noqa: SIM118
    if not customs:
        return
    there = sa.inspect(connection)
    types: dict[str, Any] = {column["name"]: column["type"] for column in there.get_columns(table.name)}
    if others := [*_of_another_type(table, types)]:
        raise Illformed(f"table {table.name}", others)
    for name in sorted(customs - types.keys()):
        column = sa.schema.CreateColumn(table.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column}")
    known = {index["name"] for index in there.get_indexes(table.name)}
    for index in table.indexes:
        if index.name in known or not customs & set(index.columns.keys()):
            continue
        try:
            index.create(connection)
        except IntegrityError:
            only = ", ".join(index.columns.keys()[1:])
            why = f"rows share {only}, which only one may have: make them differ, or declare no Unique of it"
            raise Illformed(f"table {table.name}", [why]) from None


def _of_another_type(table: sa.Table, types: Mapping[str, Any]) -> Iterator[str]:
    """Columns that hold what a custom field was before: what is written now could not be read back."""
    for name, column in table.columns.items():
        if name in types and isinstance(column.type, sa.Text) is not isinstance(types[name], sa.String):
            yield (
                f"column {table.name}.{name} is {types[name]} and must be {column.type.compile()}: "
                "the type of a field does not change; give the new field a name of its own"
            )


def findings(connection: sa.Connection) -> tuple[str, ...]:
    """What the database lacks, a sentence each."""
    return tuple(_findings(connection))


def _findings(connection: sa.Connection) -> Iterator[str]:
    name, version = connection.dialect.name, tuple(map(int, connection.dialect.server_version_info or ()))
    oldest = _OLDEST[name]
    if version < oldest:
        yield f"{name} is {_dotted(version)} and must be at least {_dotted(oldest)}"
    there = sa.inspect(connection)
    tables = set(there.get_table_names())
    for table in all_tables().sorted_tables:
        if table.name not in tables:
            yield f"table {table.name} is missing: call create_all(), or migrate to relcore.storage.sql.metadata"
            continue
        yield from _of_table(there, table)
    if name == "sqlite" and (mode := connection.exec_driver_sql("PRAGMA journal_mode").scalar()) != "wal":
        yield (
            f"journal_mode is {mode}, in which a scan that is half read blocks every commit: "
            "PRAGMA journal_mode=WAL, once for the file"
        )
    if name == "postgresql" and log_table.name in tables:
        yield from _of_log(connection)


def _of_table(there: sa.Inspector, table: sa.Table) -> Iterator[str]:
    types: dict[str, Any] = {column["name"]: column["type"] for column in there.get_columns(table.name)}
    for name in table.columns.keys():  # noqa: SIM118  # these are columns, and their keys the names
        if name not in types:
            yield f"column {table.name}.{name} is missing: add it"
        elif there.dialect.name == "postgresql" and getattr(types[name], "collation", "C") != "C":
            yield f'column {table.name}.{name} must be COLLATE "C", or it sorts by the customs of a country'
    yield from _of_another_type(table, types)
    indexes: set[str | None] = {index["name"] for index in there.get_indexes(table.name)}
    indexes |= {unique["name"] for unique in there.get_unique_constraints(table.name)}
    wanted = {str(index.name) for index in table.indexes}
    wanted |= {str(held.name) for held in table.constraints if isinstance(held, sa.UniqueConstraint)}
    for name in sorted(wanted - indexes):
        yield f"index {name} of {table.name} is missing: add it"


def _of_log(connection: sa.Connection) -> Iterator[str]:
    newest = sa.select(sa.func.max(log_table.c.xact)).scalar_subquery()
    next_one = sa.text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
    latest = connection.execute(sa.select(newest)).scalar()
    if latest is not None and latest >= connection.execute(next_one).scalar_one():
        yield (
            "relcore_log comes from another cluster, whose transactions had counted further than those here: "
            "UPDATE relcore_log SET xact = 0, and begin to drain anew"
        )


def _dotted(version: Sequence[int]) -> str:
    return ".".join(map(str, version))
