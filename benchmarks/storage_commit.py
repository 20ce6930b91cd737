"""Two thousand new orders into a fresh SQLite file, in one transaction, each with a line of log.

The peer is SQLAlchemy's ORM as an application would write it: a mapped order, a mapped event, a session; same journal,
same durability. relcore checks the lifecycle, and also keeps the receipt by which a commit can be said twice.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks.harness import Outcome, Question, Side, Task

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


QUESTIONS = (
    Question(
        "storage_commit.orders",
        "a new order with its log line, of 2,000 in one SQLite transaction",
        "making the orders and the log lines, writing both, until they are durable",
        Side("relcore", relcore),
        (Side("SQLAlchemy ORM", sqlalchemy_orm),),
    ),
)
