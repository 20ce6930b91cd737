"""New orders, each with a line of log: 2,000 of them at once, one by one, and 100,000 at once.

The peers are SQLAlchemy's ORM as an application would write it (a mapped order, a mapped event, a session; same journal,
same durability), SQLAlchemy's Core, and the driver alone with the very statements that relcore sends.
"""

from __future__ import annotations

import atexit
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    from relcore.storage import SqlRepository

T = TypeVar("T")
ORDERS = 2_000
START = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNTS = tuple(Decimal(100 + n) / 100 for n in range(ORDERS))
MOMENTS = tuple(START + timedelta(minutes=n) for n in range(ORDERS))


def fresh_files(opened: Callable[[Path], T]) -> Callable[[], tuple[Path, T]]:
    """Before each call a new database, opened and with its tables made."""
    folder, numbers = TemporaryDirectory(), count()

    def fresh() -> tuple[Path, T]:
        path = Path(folder.name) / f"{next(numbers)}.db"
        return path, opened(path)

    return fresh


def outcome(path: Path, orders: str, log: str) -> Outcome:
    """What is in the file, read past both libraries."""
    with closing(sqlite3.connect(path)) as connection:
        n, total = connection.execute(f"SELECT count(*), sum(amount_minor) FROM {orders}").fetchone()
        (lines,) = connection.execute(f"SELECT count(*) FROM {log}").fetchone()
    return {"orders": n, "total": total, "lines of log": lines}


def relcore() -> Task:
    from relcore import Actor, Money, Order, Workspace
    from relcore.ids import CustomerId, OrderId
    from relcore.storage import sqlite

    customer, agent = CustomerId.imported("benchmark", "ada"), Actor("system", "shop")
    ids = [OrderId.imported("benchmark", str(n)) for n in range(ORDERS)]

    def commit(given: tuple[Path, Workspace]) -> Path:
        path, workspace = given
        placed = (
            Order.place(id, customer=customer, amount=Money(amount, "USD"), at=at, by=agent)
            for id, amount, at in zip(ids, AMOUNTS, MOMENTS, strict=True)
        )
        workspace.commit(*placed)
        return path

    fresh = fresh_files(lambda path: Workspace(sqlite(path), tenant="acme"))
    return Task(commit, lambda path: outcome(path, "relcore_order", "relcore_log"), fresh, ORDERS)


def sqlalchemy_orm() -> Task:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from benchmarks.shop import Event, Order, opened

    ids = [f"order_{n:032x}" for n in range(ORDERS)]
    customer = "customer_" + "0" * 32

    def commit(given: tuple[Path, Engine]) -> Path:
        path, engine = given
        with Session(engine) as session, session.begin():
            for id, amount, at in zip(ids, AMOUNTS, MOMENTS, strict=True):
                minor = int(amount * 100)
                order = Order(
                    tenant="acme", id=id, customer=customer, amount_minor=minor, amount_currency="USD",
                    placed_at=at, state="placed",
                )  # fmt: skip
                event = Event(
                    tenant="acme", id=id, move="place", source="", target="placed", at=at, actor="system:shop",
                    recorded_at=datetime.now(UTC),
                )  # fmt: skip
                session.add_all([order, event])
        return path

    return Task(commit, lambda path: outcome(path, "orders", "events"), fresh_files(opened), ORDERS)


# --- single commits -------------------------------------------------------------------------------

SINGLE, BULK = 100, 100_000


def placed(number: int) -> list[Any]:
    """So many orders, each a decision not yet kept."""
    from relcore import Actor, Money, Order
    from relcore.ids import CustomerId, OrderId

    customer, agent = CustomerId.imported("benchmark", "ada"), Actor("system", "shop")
    return [
        Order.place(
            OrderId.imported("benchmark", str(n)), customer=customer, amount=Money(AMOUNTS[n % ORDERS], "USD"),
            at=MOMENTS[n % ORDERS], by=agent,
        )
        for n in range(number)
    ]  # fmt: skip


def databases(database: str) -> Callable[[], SqlRepository]:
    """Before each call a new database."""
    if database == "SQLite":
        from relcore.storage import sqlite

        new = fresh_files(sqlite)
        _FOLDERS.append(new)
        return lambda: new()[1]
    server, until_the_end = running_server(), ExitStack()
    atexit.register(until_the_end.close)

    def fresh() -> SqlRepository:
        from relcore.storage import postgres

        return postgres(until_the_end.enter_context(server.database()))

    return fresh


_FOLDERS: list[Any] = []
"""They would be cleared away if nobody held them."""


@cache
def running_server() -> Any:
    """For as long as the process lives: it stops when the process ends, in whatever way."""
    from tests.postgres_server import servers

    until_the_end = ExitStack()
    atexit.register(until_the_end.close)
    return until_the_end.enter_context(next(iter(servers().values()))())


def kept(repository: SqlRepository) -> Outcome:
    """What is in the database, read past whoever wrote it."""
    with repository.engine.connect() as connection:
        n, total = connection.exec_driver_sql("SELECT count(*), sum(amount_minor) FROM relcore_order").one()
        lines = connection.exec_driver_sql("SELECT count(*) FROM relcore_log").scalar_one()
        receipts = connection.exec_driver_sql("SELECT count(*) FROM relcore_receipt").scalar_one()
    repository.close()
    return {"orders": n, "total": int(total), "lines": lines, "receipts": receipts}


def by_relcore(database: str, commits: int, orders: int) -> Task:
    """``commits`` of ``orders`` each."""
    from relcore import Workspace

    changes = placed(commits * orders)

    def commit(repository: SqlRepository) -> SqlRepository:
        workspace = Workspace(repository, tenant="acme")
        for n in range(commits):
            workspace.commit(*changes[n * orders : (n + 1) * orders], key=str(n))
        return repository

    return Task(commit, kept, databases(database), commits * orders)


def rounds(repository: SqlRepository, commits: int, orders: int) -> list[list[tuple[str, list[Any]]]]:
    """What relcore sends to the driver: of each commit the texts and their lines, made beforehand."""
    from relcore.kernel.repository import Batch
    from relcore.storage import sql_transactions as transactions

    changes = placed(commits * orders)
    batches = [
        Batch(tuple(changes[n * orders : (n + 1) * orders]), (), str(n), START) for n in range(commits)
    ]
    sent = (transactions.commit(repository.dialect, None, "acme", batch).send(None) for batch in batches)  # type: ignore[arg-type]
    return [[(r.text, list(getattr(r, "lines", [()]))) for r in requests] for requests in sent]  # type: ignore[attr-defined]


def by_driver(database: str, commits: int, orders: int) -> Task:
    """The same statements by the driver alone: the rows are there, and nothing is checked."""
    fresh = databases(database)
    model = fresh()
    work = rounds(model, commits, orders)
    model.close()

    def commit(repository: SqlRepository) -> SqlRepository:
        lent = repository.engine.raw_connection()
        cursor: Any = lent.driver_connection.cursor()  # type: ignore[union-attr]
        for statements in work:
            for text, lines in statements:
                if len(lines) == 1:
                    cursor.execute(text, lines[0])
                else:
                    cursor.executemany(text, lines)
            cursor.execute("COMMIT")
        lent.close()
        return repository

    return Task(commit, kept, fresh, commits * orders)


def by_hand(database: str, commits: int, orders: int) -> Task:
    """The same statements by the driver, from the same orders: rows as one would write them down by hand, unchecked."""
    import json

    from relcore.kernel.clock import microseconds

    fresh = databases(database)
    model = fresh()
    as_relcore, texts = rounds(model, 1, 1)[0][1:], [text for text, _ in rounds(model, 1, orders)[0]]
    model.close()
    recorded, changes = microseconds(START), placed(commits * orders)

    def rows(key: str, batch: list[Any]) -> list[list[tuple[Any, ...]]]:
        placed_orders = [change.entity for change in batch]
        versions = {order.id: 1 for order in placed_orders}
        receipt = ("acme", key, recorded, json.dumps(versions, separators=(",", ":")), "[]")
        kept = [
            ("acme", str(order.id), 1, 1, True, str(order.customer), int(order.amount.amount * 100), order.amount.currency,
             microseconds(order.placed_at), str(order.state), None, json.dumps({"cancel_reason": None}, separators=(",", ":")))
            for order in sorted(placed_orders, key=lambda order: order.id)
        ]  # fmt: skip
        lines = []
        for change in batch:
            order, event = change.entity, change.events[0]
            fields = {
                "amount": {"amount": str(order.amount.amount), "currency": order.amount.currency},
                "cancel_reason": None, "customer": order.customer, "paid_at": None,
                "placed_at": order.placed_at.isoformat(), "state": order.state,
            }  # fmt: skip
            lines.append(
                ("acme", str(order.id), 1, 0, event.machine, event.move, "", str(event.to), microseconds(event.at),
                 f"{event.by.kind}:{event.by.ref}", "[]", 1, json.dumps(fields, separators=(",", ":")), recorded, key)
            )  # fmt: skip
        return [[receipt], kept, lines]

    assert rows("0", placed(1)) == [lines for _, lines in as_relcore]

    def commit(repository: SqlRepository) -> SqlRepository:
        lent = repository.engine.raw_connection()
        cursor: Any = lent.driver_connection.cursor()  # type: ignore[union-attr]
        for n in range(commits):
            cursor.execute(texts[0])
            made = rows(str(n), changes[n * orders : (n + 1) * orders])
            for text, lines in zip(texts[1:], made, strict=True):
                cursor.executemany(text, lines)
            cursor.execute("COMMIT")
        lent.close()
        return repository

    return Task(commit, kept, fresh, commits * orders)


def by_core(database: str, commits: int, orders: int) -> Task:
    """As one would write it with SQLAlchemy's Core: three INSERTs in ``engine.begin()``, rows as dicts, made here too."""
    import json

    import sqlalchemy as sa

    from relcore import Order
    from relcore.kernel.clock import microseconds
    from relcore.kernel.repository import Batch
    from relcore.storage.serde import kind_of, text
    from relcore.storage.sql_tables import log_table, receipt_table, table_of

    changes, kind = placed(commits * orders), kind_of(Order)
    table, names = table_of(kind), [name for name, _ in kind.columns]

    def commit(repository: SqlRepository) -> SqlRepository:
        engine = repository.engine.execution_options(
            isolation_level="READ COMMITTED" if database == "PostgreSQL" else "SERIALIZABLE"
        )
        for n in range(commits):
            batch = Batch(tuple(changes[n * orders : (n + 1) * orders]), (), str(n), START)
            recorded = microseconds(batch.recorded_at)
            versions = json.dumps({row.id: row.version for row in batch.rows})
            receipt = {
                "tenant": "acme",
                "key": batch.key,
                "recorded_at": recorded,
                "versions": versions,
                "removed": "[]",
            }
            rows = [
                {"tenant": "acme", "id": row.id, "version": row.version, "schema": kind.schema, "live": True,
                 "body": kind.body(row), **dict(zip(names, kind.stored(row), strict=True))}
                for row in batch.rows
            ]  # fmt: skip
            lines = [
                {"tenant": "acme", "id": entry.id, "version": entry.version, "position": entry.index,
                 "schema": kind.schema, "machine": entry.event.machine, "move": entry.event.move,
                 "source": entry.event.source, "target": entry.event.to, "at": microseconds(entry.event.at),
                 "actor": str(entry.event.by), "effects": "[]", "fields": text(entry.fields),
                 "recorded_at": recorded, "key": batch.key}
                for entry in batch.log()
            ]  # fmt: skip
            with engine.begin() as connection:
                connection.execute(sa.insert(receipt_table), receipt)
                connection.execute(sa.insert(table), rows)
                connection.execute(sa.insert(log_table), lines)
        return repository

    return Task(commit, kept, databases(database), commits * orders)


def single(database: str, driver: str) -> Question:
    return Question(
        f"storage_commit.single_{database.lower()}",
        f"one order committed, in {database}",
        "from the decision to the end of the transaction: receipt, order and line of log; the driver alone sends the same "
        "statements with rows that were made beforehand, Core makes its rows as relcore does",
        Side("relcore", partial(by_relcore, database, SINGLE, 1)),
        (
            Side(driver, partial(by_driver, database, SINGLE, 1)),
            Side("SQLAlchemy Core", partial(by_core, database, SINGLE, 1)),
        ),
        promised={driver: 1 / 3, "SQLAlchemy Core": 2},
    )


def bulk(database: str, driver: str) -> Question:
    by_hand_of_driver = f"{driver} executemany, rows by hand"
    return Question(
        f"storage_commit.bulk_{database.lower()}",
        f"an order of 100,000 in one commit, in {database}",
        "from the decisions to the end of the transaction; by hand the same rows are made without a check, and sent with "
        "executemany; where they lie ready, they were made beforehand",
        Side("relcore", partial(by_relcore, database, 1, BULK)),
        (
            Side(by_hand_of_driver, partial(by_hand, database, 1, BULK)),
            Side(f"{driver} executemany, rows that lie ready", partial(by_driver, database, 1, BULK)),
        ),
        promised={by_hand_of_driver: 1 / 2} if database == "SQLite" else {},
        rounds=2,
    )


QUESTIONS = (
    Question(
        "storage_commit.orders",
        "a new order with its log line, of 2,000 in one SQLite transaction",
        "making the orders and the log lines, writing both, until they are durable",
        Side("relcore", relcore),
        (Side("SQLAlchemy ORM", sqlalchemy_orm),),
    ),
    single("SQLite", "sqlite3"),
    single("PostgreSQL", "psycopg"),
    bulk("SQLite", "sqlite3"),
    bulk("PostgreSQL", "psycopg"),
)
