"""Engines of a host: which a repository can work with, and how what it borrows is given back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import AssertionPool, AsyncAdaptedQueuePool, QueuePool, SingletonThreadPool, StaticPool

from relcore import AsyncWorkspace, Customer, Invalid, Workspace
from relcore.customers import CustomerFields
from relcore.ids import CustomerId
from relcore.kernel.errors import Busy, Corrupt, Disconnected
from relcore.storage import SqlRepository, aio, sqlite
from relcore.storage.aio import AsyncSqlRepository
from relcore.storage.sql_failures import told
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "host.db"


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    """A host's own, that waits for nobody and has one connection."""
    engine = sa.create_engine(
        f"sqlite:///{path}", connect_args={"timeout": 0}, pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    yield engine
    engine.dispose()


@pytest.fixture
def workspace(engine: sa.Engine) -> Workspace:
    repository = SqlRepository(engine)
    repository.create_all()
    return Workspace(repository, tenant="acme", clock=FixedClock(NOON), ids=CountingIds())


def customers(workspace: Workspace | AsyncWorkspace, count: int) -> list[Any]:
    return [Customer.create(workspace.new(CustomerId), name=f"Ada Byron {n}", at=NOON) for n in range(count)]


# --- which are refused ----------------------------------------------------------------------------

IN_MEMORY = ["", "/:memory:", "/file::memory:?uri=true", "/file:x?mode=memory&cache=shared&uri=true"]


@pytest.mark.parametrize("place", IN_MEMORY)
def test_an_engine_whose_database_is_gone_with_its_connection_is_refused(place: str) -> None:
    with pytest.raises(Invalid, match=r"must keep its database in a file.*for tests there is in_memory\(\)"):
        SqlRepository(sa.create_engine(f"sqlite://{place}", poolclass=QueuePool))
    with pytest.raises(Invalid, match=r"must keep its database in a file.*for tests there is in_memory\(\)"):
        AsyncSqlRepository(
            create_async_engine(f"sqlite+aiosqlite://{place}", poolclass=AsyncAdaptedQueuePool)
        )


@pytest.mark.parametrize("pool", [StaticPool, SingletonThreadPool, AssertionPool])
def test_an_engine_that_lends_one_connection_to_all_is_refused(path: Path, pool: Any) -> None:
    with pytest.raises(Invalid, match=f"must have a connection for each who asks, got '{pool.__name__}'"):
        SqlRepository(sa.create_engine(f"sqlite:///{path}", poolclass=pool))


def test_an_awaited_engine_that_lends_one_connection_to_all_is_refused(path: Path) -> None:
    with pytest.raises(Invalid, match="must have a connection for each who asks, got 'StaticPool'"):
        AsyncSqlRepository(create_async_engine(f"sqlite+aiosqlite:///{path}", poolclass=StaticPool))


def test_an_engine_that_is_to_be_awaited_is_sent_to_the_repository_that_awaits(path: Path) -> None:
    given: Any = create_async_engine(f"sqlite+aiosqlite:///{path}")

    with pytest.raises(
        Invalid, match=r"got 'AsyncEngine': give it to AsyncSqlRepository, of relcore\.storage\.aio"
    ):
        SqlRepository(given)
    with pytest.raises(Invalid, match="driver that is not awaited, got 'aiosqlite': write sqlite:///"):
        SqlRepository(given.sync_engine)


def test_an_engine_that_waits_is_sent_to_the_repository_that_waits(path: Path) -> None:
    given: Any = sa.create_engine(f"sqlite:///{path}")

    with pytest.raises(
        Invalid, match=r"got 'Engine': make one, as in create_async_engine.*or take SqlRepository"
    ):
        AsyncSqlRepository(given)


@pytest.mark.parametrize(
    "given", ["sqlite:///crm.db", None, sa.create_mock_engine("sqlite://", lambda *_: None)]
)
def test_what_is_no_engine_is_refused_and_not_repeated(given: Any) -> None:
    for repository in (SqlRepository, AsyncSqlRepository):
        with pytest.raises(Invalid, match=f"got '{type(given).__name__}': make one, as in"):
            repository(given)


def test_an_engine_of_another_driver_is_refused(path: Path) -> None:
    with pytest.raises(Invalid, match="must use one of pysqlite, psycopg, got 'pysqlcipher'"):
        SqlRepository(sa.create_engine(f"sqlite+pysqlcipher:///{path}", module=sqlite3, poolclass=QueuePool))
    with pytest.raises(Invalid, match="must use one of aiosqlite, asyncpg, got 'psycopg'"):
        AsyncSqlRepository(create_async_engine("postgresql+psycopg://localhost/crm"))


# --- what is borrowed is given back ---------------------------------------------------------------


def test_a_scan_that_is_left_has_let_go_of_its_rows_before_the_connection_is_given_back(
    engine: sa.Engine, workspace: Workspace
) -> None:
    workspace.commit(*customers(workspace, 10))
    reading: Any = iter(workspace.scan(Customer, CustomerFields.state, chunk=2))
    next(reading)

    # SQLite drops no table of which rows are still being read.
    sa.event.listen(engine, "checkin", lambda lent, _: lent.execute("DROP TABLE relcore_customer"), once=True)
    reading.close()

    assert "relcore_customer" not in sa.inspect(engine).get_table_names()


def test_an_awaited_scan_that_is_left_has_let_go_of_its_rows_too(path: Path) -> None:
    async def scanned() -> Any:
        repository = await aio.sqlite(path)
        workspace = AsyncWorkspace(repository, tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
        await workspace.commit(*customers(workspace, 10))
        reading: Any = aiter(workspace.scan(Customer, CustomerFields.state, chunk=2))
        await anext(reading)
        sa.event.listen(repository.engine.sync_engine, "checkin", dropped, once=True)
        await reading.aclose()
        await repository.close()

    def dropped(lent: Any, _: object) -> None:
        lent.cursor().execute("DROP TABLE relcore_customer")

    asyncio.run(scanned())

    with sqlite3.connect(path) as connection:
        left = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'relcore_customer'").fetchall()
    connection.close()
    assert not left


def test_a_transaction_that_the_host_left_open_is_told_and_neither_kept_nor_lost(path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=1, max_overflow=0, pool_reset_on_return=None)
    workspace = Workspace(SqlRepository(engine), tenant="acme")
    SqlRepository(engine).create_all()
    host: Any = engine.raw_connection()
    host.execute("CREATE TABLE host (x)")
    host.execute("INSERT INTO host VALUES (1)")
    host.close()

    for _ in range(2):
        with pytest.raises(Invalid, match="must lend connections without a transaction"):
            workspace.commit(key="k")

    host = engine.raw_connection()
    assert host.in_transaction
    host.rollback()
    assert host.execute("SELECT count(*) FROM host").fetchone() == (0,)
    host.close()
    assert workspace.commit(key="k").key == "k"
    engine.dispose()


def test_an_awaited_transaction_that_the_host_left_open_is_told_too(path: Path) -> None:
    async def committed() -> None:
        engine = create_async_engine(
            f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0, pool_reset_on_return=None
        )
        repository = AsyncSqlRepository(engine)
        await repository.create_all()
        host: Any = await engine.raw_connection()
        await host.driver_connection.execute("BEGIN")
        host.close()

        with pytest.raises(Invalid, match="must lend connections without a transaction"):
            await AsyncWorkspace(repository, tenant="acme").commit(key="k")

        host = await engine.raw_connection()
        assert host.driver_connection.in_transaction
        await host.driver_connection.rollback()
        host.close()
        assert (await AsyncWorkspace(repository, tenant="acme").commit(key="k")).key == "k"
        await engine.dispose()

    asyncio.run(committed())


def test_a_transaction_that_could_not_begin_costs_no_connection(
    path: Path, engine: sa.Engine, workspace: Workspace
) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    opened: list[Any] = []
    sa.event.listen(engine, "connect", lambda made, _: opened.append(made))

    with pytest.raises(Busy, match="another writer held the database"):
        workspace.commit(key="k")
    holder.close()

    assert workspace.commit(key="k").key == "k"
    assert not opened


def test_an_awaited_transaction_that_could_not_begin_costs_no_connection_either(path: Path) -> None:
    async def committed() -> list[Any]:
        engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": 0})
        repository, opened = AsyncSqlRepository(engine), list[Any]()
        await repository.create_all()
        sa.event.listen(engine.sync_engine, "connect", lambda made, _: opened.append(made))
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(Busy, match="another writer held the database"):
            await AsyncWorkspace(repository, tenant="acme").commit(key="k")
        holder.close()

        await AsyncWorkspace(repository, tenant="acme").commit(key="k")
        await repository.close()
        return opened

    assert asyncio.run(committed()) == []


def test_a_pool_without_a_free_connection_is_told_as_that(engine: sa.Engine, workspace: Workspace) -> None:
    with engine.connect(), pytest.raises(Busy, match="no connection of the pool came free in time") as busy:
        workspace.commit(key="k")

    assert (busy.value.retry, busy.value.waited) == ("same_key", None)
    assert workspace.commit(key="k").key == "k"


@pytest.mark.parametrize("of", ["connection", "_cursor"])
def test_a_connection_that_somebody_closed_is_replaced(
    engine: sa.Engine, workspace: Workspace, of: str
) -> None:
    workspace.commit(key="before")
    lent: Any = engine.raw_connection()
    kept = getattr(lent.info["relcore.driver"], of)
    lent.close()
    kept.close()

    with pytest.raises(Disconnected):
        workspace.receipt("before")

    assert workspace.receipt("before") is not None


def test_an_awaited_connection_that_somebody_closed_is_replaced(path: Path) -> None:
    async def healed() -> None:
        repository = await aio.sqlite(path)
        workspace = AsyncWorkspace(repository, tenant="acme")
        await workspace.commit(key="before")
        lent = await repository.engine.raw_connection()
        kept: Any = lent.driver_connection
        lent.close()
        await kept.close()

        with pytest.raises(Disconnected):
            await workspace.receipt("before")

        assert await workspace.receipt("before") is not None
        await repository.close()

    asyncio.run(healed())


# --- bytes that are no text -----------------------------------------------------------------------

GARBLED = "UPDATE {0} SET {1} = CAST(REPLACE({1}, ?, x'ff') AS text)"
COLUMNS = [
    ("relcore_customer", "body", "Byron"),
    ("relcore_customer", "state", "active"),
    ("relcore_log", "fields", "Byron"),
    ("relcore_log", "move", "create"),
    ("relcore_receipt", "versions", "customer"),
]


def garble(path: Path, table: str, column: str, part: str) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute(GARBLED.format(table, column), (part,)).rowcount
    connection.close()


def readings(workspace: Any, id: CustomerId, column: str) -> list[Any]:
    """What reads a column, as calls; those of an ``AsyncWorkspace`` are awaited."""
    return {
        "body": [
            lambda: workspace.get(Customer, id),
            lambda: workspace.find(Customer),
            lambda: workspace.each(Customer),
        ],
        "state": [lambda: workspace.scan(Customer, CustomerFields.state)],
        "fields": [lambda: workspace.log(Customer, id), lambda: workspace.drain()],
        "move": [lambda: workspace.scan_log(Customer)],
        "versions": [lambda: workspace.receipt("k")],
    }[column]


@pytest.mark.parametrize(("table", "column", "part"), COLUMNS)
def test_bytes_that_are_no_text_are_told_by_their_column_and_not_shown(
    path: Path, workspace: Workspace, table: str, column: str, part: str
) -> None:
    (ada,) = workspace.commit(*customers(workspace, 1), key="k").entities
    garble(path, table, column, part)

    for read in readings(workspace, ada.id, column):
        with pytest.raises(Corrupt, match=f"column {column} cannot be read") as corrupt:
            list(read())
        assert "Ada" not in str(corrupt.value)
        assert corrupt.value.__suppress_context__

    # The journal of this file lets nobody write while something is half read.
    garble(path, table, column, "")


@pytest.mark.parametrize(("table", "column", "part"), COLUMNS)
def test_bytes_that_are_no_text_are_told_to_who_awaits_as_well(
    path: Path, table: str, column: str, part: str
) -> None:
    async def everything(answer: Any) -> None:
        _ = [part async for part in answer] if hasattr(answer, "__aiter__") else await answer

    async def told_of() -> list[Corrupt]:
        repository = await aio.sqlite(path)
        workspace = AsyncWorkspace(repository, tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
        (ada,) = (await workspace.commit(*customers(workspace, 1), key="k")).entities
        garble(path, table, column, part)
        told = []
        for read in readings(workspace, ada.id, column):
            with pytest.raises(Corrupt) as corrupt:
                await everything(read())
            told.append(corrupt.value)
        await repository.close()
        return told

    for corrupt in asyncio.run(told_of()):
        assert corrupt.where == f"column {column}"
        assert "Ada" not in str(corrupt)
        assert corrupt.__suppress_context__


def test_bytes_that_python_cannot_read_are_not_shown() -> None:
    with pytest.raises(UnicodeDecodeError) as raised:
        b"Ada Byron \xff".decode()

    known = told(raised.value, "SqlRepository")

    assert isinstance(known, Corrupt)
    assert str(known) == "a row cannot be read: it holds bytes that are no text"


# --- what a file lacks ----------------------------------------------------------------------------


def test_check_names_a_journal_in_which_a_reading_blocks_every_commit(
    engine: sa.Engine, workspace: Workspace
) -> None:
    repository: Any = workspace.repository
    (lacking,) = repository.check()

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    assert lacking.startswith("journal_mode is delete,")
    assert "PRAGMA journal_mode=WAL" in lacking
    assert repository.check() == ()


def test_a_file_of_ours_lacks_nothing(path: Path) -> None:
    async def lacking() -> tuple[str, ...]:
        repository = await aio.sqlite(path)
        found = await repository.check()
        await repository.close()
        return found

    repository = sqlite(path)
    assert repository.check() == asyncio.run(lacking()) == ()
    repository.close()
