"""The tables of ``storage_commit``'s peer, as an application would map them with SQLAlchemy's ORM."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from pathlib import Path


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    customer: Mapped[str] = mapped_column(index=True)
    amount_minor: Mapped[int]
    amount_currency: Mapped[str]
    placed_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[str]
    paid_at: Mapped[datetime | None]
    cancel_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Event(Base):
    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    id: Mapped[str] = mapped_column(index=True)
    move: Mapped[str]
    source: Mapped[str]
    target: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    recorded_at: Mapped[datetime]


def opened(path: Path) -> sa.Engine:
    """A file with the tables, kept as durably as relcore keeps its own."""
    engine = sa.create_engine(f"sqlite:///{path}")
    sa.event.listen(engine, "connect", _configured)
    Base.metadata.create_all(engine)
    return engine


def _configured(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
