"""How SQLite and PostgreSQL differ, and how each driver wants to be spoken to. Nothing else knows it.

SQLAlchemy compiles a statement once; from then on its text goes to the driver itself, with the values in their order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg, psycopg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from relcore.kernel.errors import Invalid

# --- what each says in its own words --------------------------------------------------------------


class among(FunctionElement[Any]):  # noqa: N801  # a function of SQL, written as those are
    """``among(column, values)``: one parameter, however many values there are."""

    inherit_cache = True


@compiles(among, "sqlite")
def _among_in_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608  # texts of parameters and of columns


@compiles(among, "postgresql")
def _among_in_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(part, **kw) for part in element.clauses)
    return f"{column} = ANY ({values})"


class transaction_number(FunctionElement[int]):  # noqa: N801
    """The transaction that writes; with one writer at a time their order is that of the rows, and all are 0."""

    inherit_cache = True
    type = sa.BigInteger()


class first_under_way(FunctionElement[int]):  # noqa: N801
    """The lowest number of a transaction that may still commit: all below it are visible or never will be.

    PostgreSQL, *System Information Functions*, ``pg_snapshot_xmin``.
    """

    inherit_cache = True
    type = sa.BigInteger()


@compiles(transaction_number, "sqlite")
def _number_in_sqlite(*_: Any, **__: Any) -> str:
    return "0"


@compiles(first_under_way, "sqlite")
def _first_in_sqlite(*_: Any, **__: Any) -> str:
    return "1"


@compiles(transaction_number, "postgresql")
def _number_in_postgresql(*_: Any, **__: Any) -> str:
    return "(pg_current_xact_id()::text::bigint)"


@compiles(first_under_way, "postgresql")
def _first_in_postgresql(*_: Any, **__: Any) -> str:
    return "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint)"


def listed(type_: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Several values in one parameter: an array, or where there are none a list in JSON."""
    return sa.Text().with_variant(postgresql.ARRAY(type_), "postgresql")


def limited_to(core: Any, name: str) -> Any:
    """At most so many rows. SQLAlchemy writes an offset for SQLite; written out it is no parameter of ours."""
    return core.limit(sa.bindparam(name, type_=sa.Integer)).offset(sa.literal_column("0"))


# --- statements -----------------------------------------------------------------------------------


@attrs.frozen
class Statement:
    """The text of a statement, and the names of its parameters in their order."""

    text: str
    names: tuple[str, ...]

    def values(self, given: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple([given[name] for name in self.names])


@attrs.frozen(eq=False)
class Dialect:
    """One database behind one driver."""

    name: str
    compiler: sa.Dialect
    insert: Callable[[sa.Table], Any]
    """An INSERT that knows ``on_conflict_do_nothing``."""
    several: Callable[[Sequence[Any]], Any]
    """Values as the one parameter of ``among``."""
    snapshot: str
    """Begins a transaction that reads, all from one moment."""
    writing: str
    """Begins a transaction that writes."""
    making: tuple[str, ...]
    """Begins the transaction that makes tables: two processes that make them at once wait for each other."""
    counts: bool = True
    """Whether the driver says how many rows many statements have written; if not, they return what they wrote."""

    def statement(self, core: Any, *columns: str) -> Statement:
        """The statement compiled; ``columns`` are those that an INSERT or UPDATE sets."""
        if not self.counts and (core.is_insert or core.is_update or core.is_delete):
            core = core.returning(core.table.primary_key.columns[0])
        compiled: Any = core.compile(dialect=self.compiler, column_keys=list(columns) or None)
        return Statement(str(compiled), tuple(compiled.positiontup or ()))


_dialects: Any = (sqlite.dialect, psycopg.dialect, asyncpg.dialect)  # SQLAlchemy leaves them untyped
_SQLITE_TEXT, _PSYCOPG_TEXT, _ASYNCPG_TEXT = (
    made(paramstyle=style)
    for made, style in zip(_dialects, ("qmark", "format", "numeric_dollar"), strict=True)
)

SQLITE = Dialect(
    name="sqlite",
    compiler=_SQLITE_TEXT,
    insert=sqlite.insert,
    several=lambda values: json.dumps(values, ensure_ascii=False),
    snapshot="BEGIN",
    # The right to write is taken at once: a transaction that has read first may be refused it later.
    writing="BEGIN IMMEDIATE",
    making=("BEGIN IMMEDIATE",),
)
_POSTGRESQL: dict[str, Any] = {
    "insert": postgresql.insert,
    "several": list,
    "snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "writing": "BEGIN ISOLATION LEVEL READ COMMITTED",
    "making": ("BEGIN", "SELECT pg_advisory_xact_lock(hashtext('relcore'))"),
}
PSYCOPG = Dialect(name="psycopg", compiler=_PSYCOPG_TEXT, **_POSTGRESQL)
ASYNCPG = Dialect(name="asyncpg", compiler=_ASYNCPG_TEXT, counts=False, **_POSTGRESQL)

_WAITING = {"pysqlite": SQLITE, "psycopg": PSYCOPG}
_AWAITING = {"aiosqlite": SQLITE, "asyncpg": ASYNCPG}


def dialect_of(engine: sa.Engine) -> Dialect:
    """How to speak to the database of this engine; ``Invalid`` for one that is not spoken to."""
    driver, known = engine.dialect.driver, _AWAITING if engine.dialect.is_async else _WAITING
    if driver not in known:
        raise Invalid("engine", f"must use one of {', '.join(known)}", driver)
    return known[driver]
