"""Orders read into entities, and a log read as columns, from SQLite and from PostgreSQL.

The peers of reading: the rows alone into an attrs class without a check, and SQLAlchemy's ORM with classes mapped to the same
table, both with the types of an order's fields and with columns as they come. The peer of the columns is what one would do without
them: load the entities.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.harness import Question, Side, Task
from benchmarks.storage_commit import databases, placed

if TYPE_CHECKING:
    from collections.abc import Callable

    from relcore.storage import SqlRepository

READ, PAGE, EXPORTED, CHUNK = 20_000, 1_000, 1_000_000, 10_000
_NUMBERS = "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {count})"
_ID = {"sqlite": "printf('order_%032x', i)", "postgresql": "'order_' || lpad(to_hex(i), 32, '0')"}


def filled(database: str, count: int) -> SqlRepository:
    """Copies of one order and of its line of log, each with an id of its own."""
    from relcore import Workspace

    repository = databases(database)()
    Workspace(repository, tenant="model").commit(*placed(1), key="model")
    for table in ("relcore_order", "relcore_log"):
        copy_of(repository, table, count)
    return repository


def copy_of(repository: SqlRepository, table: str, count: int) -> None:
    from relcore.storage.sql import metadata

    names = [f'"{c.name}"' for c in metadata.tables[table].columns if c.name not in ("seq", "xact")]
    made = {'"tenant"': "'acme'", '"id"': _ID[repository.engine.dialect.name]}
    columns = ", ".join(made.get(name, name) for name in names)
    with repository.engine.connect() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO {table} ({', '.join(names)}) {_NUMBERS.format(count=count)} "
            f"SELECT {columns} FROM {table}, numbers WHERE tenant = 'model'".replace("%", "%%")
            if connection.dialect.name == "postgresql"
            else f"INSERT INTO {table} ({', '.join(names)}) {_NUMBERS.format(count=count)} "
            f"SELECT {columns} FROM {table}, numbers WHERE tenant = 'model'"
        )


def task(read: Callable[[], tuple[int, int]], repository: SqlRepository, count: int) -> Task:
    def told(result: tuple[int, int]) -> dict[str, float | str]:
        return {"rows": result[0], "total": result[1]}

    return Task(lambda _: read(), told, operations=count)


def by_relcore(database: str) -> Task:
    from relcore import Order, Workspace

    repository = filled(database, READ)
    workspace = Workspace(repository, tenant="acme")

    def read() -> tuple[int, int]:
        total, rows = 0, 0
        for order in workspace.each(Order):
            total += order.version
            rows += 1
        return rows, total

    return task(read, repository, READ)


def by_driver(database: str) -> Task:
    """Rows as they come, into a frozen attrs class with as many fields; nothing is read in them."""
    import attrs

    from relcore import Order
    from relcore.storage.serde import kind_of

    names = ["id", "version", "schema", "body", *(name for name, _ in kind_of(Order).columns)]
    plain: Any = attrs.make_class("Plain", names, frozen=True, slots=True)
    return of_rows(database, lambda row: plain(*row))


def by_hand(database: str) -> Task:
    """As one would write it without a library: a frozen attrs class of dates, a decimal, an enumeration, and the JSON read."""
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal
    from enum import StrEnum

    import attrs

    State = StrEnum("State", ["PLACED", "PAID", "CANCELLED"])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    @attrs.frozen
    class Placed:
        id: str
        customer: str
        amount: Decimal
        currency: str
        placed_at: datetime
        state: Any
        paid_at: datetime | None
        cancel_reason: str | None
        version: int

    def order(row: Any) -> Placed:
        id, version, _, body, customer, minor, currency, placed_at, state, paid_at = row
        paid = None if paid_at is None else epoch + timedelta(microseconds=paid_at)
        placed, amount = epoch + timedelta(microseconds=placed_at), Decimal(minor).scaleb(-2)
        reason = json.loads(body)["cancel_reason"]
        return Placed(id, customer, amount, currency, placed, State(state), paid, reason, version)

    return of_rows(database, order)


def of_rows(database: str, made: Callable[[Any], Any]) -> Task:
    from relcore import Order
    from relcore.kernel.query import Query
    from relcore.storage.sql_question import finding

    repository = filled(database, READ)
    text = finding(repository.dialect, "acme", Order, Query(), (), PAGE).text
    text = text.replace("ORDER BY", "AND relcore_order.id > {} ORDER BY").format(
        "?" if database == "SQLite" else "%s"
    )

    def read() -> tuple[int, int]:
        total, rows, after = 0, 0, ""
        lent = repository.engine.raw_connection()
        cursor: Any = lent.driver_connection.cursor()  # type: ignore[union-attr]
        while True:
            page = [made(row) for row in cursor.execute(text, ("acme", after, PAGE)).fetchall()]
            for order in page:
                total += order.version
                rows += 1
            if len(page) < PAGE:
                break
            after = page[-1].id
        lent.close()
        return rows, total

    return task(read, repository, READ)


def by_orm(database: str) -> Task:
    """Columns as they are: times are integers, the state is text, and the JSON of the body is unread."""
    from relcore import Order
    from relcore.storage.serde import kind_of
    from relcore.storage.sql_tables import table_of

    return of_mapped(database, lambda base: type("Mapped", (base,), {"__table__": table_of(kind_of(Order))}))


def by_typed_orm(database: str) -> Task:
    """The same table mapped as one would map it to work with: its columns have the types of the entity's fields."""
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal
    from enum import StrEnum

    import sqlalchemy as sa

    State = StrEnum("State", ["PLACED", "PAID", "CANCELLED"])
    epoch = datetime(1970, 1, 1, tzinfo=UTC)

    class Moment(sa.TypeDecorator[datetime]):
        impl, cache_ok = sa.BigInteger, True

        def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
            del dialect
            return None if value is None else epoch + timedelta(microseconds=value)

    class Cents(sa.TypeDecorator[Decimal]):
        impl, cache_ok = sa.BigInteger, True

        def process_result_value(self, value: Any, dialect: Any) -> Decimal:
            del dialect
            return Decimal(value).scaleb(-2)

    class Chosen(sa.TypeDecorator[Any]):
        impl, cache_ok = sa.String, True

        def process_result_value(self, value: Any, dialect: Any) -> Any:
            del dialect
            return State(value)

    class Body(sa.TypeDecorator[Any]):
        impl, cache_ok = sa.Text, True

        def process_result_value(self, value: Any, dialect: Any) -> Any:
            del dialect
            return json.loads(value)

    def mapped(base: Any) -> Any:
        table = sa.Table(
            "relcore_order",
            base.metadata,
            sa.Column("tenant", sa.String, primary_key=True),
            sa.Column("id", sa.String, primary_key=True),
            sa.Column("version", sa.BigInteger),
            sa.Column("schema", sa.Integer),
            sa.Column("body", Body),
            sa.Column("live", sa.Boolean),
            sa.Column("customer", sa.String),
            sa.Column("amount_minor", Cents),
            sa.Column("amount_currency", sa.String),
            sa.Column("placed_at", Moment),
            sa.Column("state", Chosen),
            sa.Column("paid_at", Moment),
        )
        return type("Typed", (base,), {"__table__": table})

    return of_mapped(database, mapped)


def of_mapped(database: str, mapped: Callable[[Any], Any]) -> Task:
    import sqlalchemy as sa
    from sqlalchemy.orm import DeclarativeBase, Session

    class Base(DeclarativeBase):
        pass

    repository, Mapped = filled(database, READ), mapped(Base)
    column = Mapped.__table__.c

    def read() -> tuple[int, int]:
        total, rows, after = 0, 0, ""
        with Session(repository.engine) as session:
            while True:
                asked = sa.select(Mapped).where(column.tenant == "acme", column.live, column.id > after)
                page = session.scalars(asked.order_by(column.id).limit(PAGE)).all()
                for order in page:
                    total += order.version
                    rows += 1
                if len(page) < PAGE:
                    break
                after = page[-1].id
                session.expunge_all()
        return rows, total

    return task(read, repository, READ)


def by_columns(database: str) -> Task:
    from relcore import Order, Workspace

    repository = filled(database, EXPORTED)
    workspace = Workspace(repository, tenant="acme")

    def read() -> tuple[int, int]:
        lines = 0
        for chunk in workspace.scan_log(Order, "id", "source", "target", "at", chunk=CHUNK):
            lines += len(chunk["id"])
        return lines, lines  # each order has one line, and so is at version 1

    return task(read, repository, EXPORTED)


def by_entities(database: str) -> Task:
    from relcore import Order, Workspace

    repository = filled(database, EXPORTED)
    workspace = Workspace(repository, tenant="acme")

    def read() -> tuple[int, int]:
        rows, versions = 0, 0
        for order in workspace.each(Order):
            rows += 1
            versions += order.version
        return rows, versions

    return task(read, repository, EXPORTED)


def reading(database: str, driver: str) -> Question:
    return Question(
        f"storage_read.entities_{database.lower()}",
        f"an order of 20,000 read into its entity, from {database}",
        "pages of 1,000 until there are no more; relcore reads and checks each value; by hand the same dates, amount and state "
        "are made without a check, and the ORM has types that make them; as they come, nothing is read in them",
        Side("relcore", partial(by_relcore, database)),
        (
            Side(f"{driver} into attrs by hand", partial(by_hand, database)),
            Side(f"{driver} into attrs, as they come", partial(by_driver, database)),
            Side("SQLAlchemy ORM", partial(by_typed_orm, database)),
            Side("SQLAlchemy ORM, as they come", partial(by_orm, database)),
        ),
        promised={f"{driver} into attrs by hand": 1 / 1.6, "SQLAlchemy ORM": 2},
    )


def exporting(database: str) -> Question:
    return Question(
        f"storage_read.log_{database.lower()}",
        f"a transition of 1,000,000 read as columns, from {database}",
        "who, from where, to where and when, in chunks of 10,000, on at most 32 MiB more than before; the peer loads the million entities that they tell of, and nothing of their log; the work of a server is not counted",
        Side("relcore", partial(by_columns, database)),
        (Side("loading entities", partial(by_entities, database)),),
        promised={"loading entities": 5.0},
        memory=32.0,
        rounds=2,
        cold=True,
    )


QUESTIONS = (
    reading("SQLite", "sqlite3"),
    reading("PostgreSQL", "psycopg"),
    exporting("SQLite"),
    exporting("PostgreSQL"),
)
