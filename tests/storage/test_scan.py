"""What a scan returns: chunks in a loop, or an Arrow stream that dataframe libraries take as it is."""

from __future__ import annotations

import gc
import sqlite3
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from relcore import AsyncWorkspace, Case, Invalid, Money, Order, Workspace
from relcore.ids import CustomerId, OrderId
from relcore.kernel.clock import from_microseconds
from relcore.kernel.repository import LOG_COLUMNS
from relcore.sales import OrderFields
from relcore.storage import Scan, aio, sqlite
from relcore.testing import CountingIds
from tests.strategies import NOON

MOMENT = pa.timestamp("us", tz="UTC")
ALL = (OrderFields.customer, OrderFields.amount, OrderFields.placed_at, OrderFields.paid_at)
SCHEMA = {
    "customer": str,
    "amount_minor": int,
    "amount_currency": str,
    "placed_at": int,
    "paid_at": int,
}
# Orders of many days, among them the first and the last moment that there is.
DAYS = [datetime(1, 1, 1, tzinfo=UTC), *(NOON + timedelta(days=n) for n in range(5))]
DAYS += [datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    return with_orders(workspace)


@pytest.fixture
def in_a_file(tmp_path: Path) -> Iterator[Workspace]:
    """What dataframe libraries make of columns has nothing to do with where these come from: one adapter is enough."""
    repository = sqlite(tmp_path / "crm.db")
    yield with_orders(Workspace(repository, tenant="acme", ids=CountingIds()))
    repository.close()


def with_orders(workspace: Workspace) -> Workspace:
    placed = [
        Order.place(workspace.new(OrderId), customer=workspace.new(CustomerId), amount=Money(n, "EUR"), at=at)
        for n, at in enumerate(DAYS)
    ]
    workspace.commit(*placed)
    workspace.apply(Order, placed[3].entity.id, lambda order: order.pay(at=NOON + timedelta(days=9)))
    return workspace


def orders(workspace: Workspace) -> Scan:
    return workspace.scan(Order, *ALL, chunk=3)


def rows(scan: Scan) -> list[tuple[Any, ...]]:
    """As Python tells them, moments as moments."""
    return [
        tuple(
            from_microseconds(value) if name in scan.schema.moments and value is not None else value
            for name, value in zip(chunk, row, strict=True)
        )
        for chunk in scan
        for row in zip(*chunk.values(), strict=True)
    ]


# --- the schema -----------------------------------------------------------------------------------


def test_a_schema_is_known_before_a_row_is_read_and_without_any(workspace: Workspace) -> None:
    scan = orders(workspace)

    assert scan.schema == SCHEMA
    assert scan.schema.moments == {"placed_at", "paid_at"}
    assert list(scan) == []
    assert (
        repr(scan)
        == "Scan of customer str, amount_minor int, amount_currency str, placed_at moment, paid_at moment"
    )


def test_the_log_has_a_schema_too(filled: Workspace) -> None:
    scan = filled.scan_log(Order, chunk=3)

    assert scan.schema == dict(LOG_COLUMNS)
    assert all(list(chunk) == list(scan.schema) for chunk in scan)
    assert [type(values[0]) for values in next(iter(scan)).values()] == [
        type(None) if name == "actor" else kind for name, kind in scan.schema.items()
    ]


def test_a_scan_for_those_who_await_has_the_same_schema() -> None:
    scan = AsyncWorkspace(aio.in_memory(), tenant="acme").scan(Order, *ALL)

    assert scan.schema == SCHEMA
    assert repr(scan).startswith("AsyncScan of customer str")
    assert not hasattr(scan, "__arrow_c_stream__")


# --- reading --------------------------------------------------------------------------------------


def test_each_reading_asks_anew(filled: Workspace) -> None:
    scan = orders(filled)
    before = [len(chunk["customer"]) for chunk in scan]

    filled.commit(
        Order.place(
            filled.new(OrderId), customer=filled.new(CustomerId), amount=Money("1.00", "EUR"), at=NOON
        )
    )

    assert before == [3, 3, 1]
    assert [len(chunk["customer"]) for chunk in scan] == [3, 3, 2]


# --- Arrow ----------------------------------------------------------------------------------------


def test_an_arrow_stream_comes_in_the_chunks_and_types_of_the_scan(filled: Workspace) -> None:
    scan = orders(filled)

    batches = list(pa.RecordBatchReader.from_stream(scan))

    assert [batch.num_rows for batch in batches] == [3, 3, 1]
    types = [pa.string(), pa.int64(), pa.string(), MOMENT, MOMENT]
    assert batches[0].schema == pa.schema(list(zip(SCHEMA, types, strict=True)))
    assert all(field.nullable for field in batches[0].schema)
    assert [tuple(row.values()) for row in pa.Table.from_batches(batches).to_pylist()] == rows(scan)


def in_duckdb(scan: Scan) -> list[tuple[Any, ...]]:
    """In UTC: DuckDB tells moments in the zone of the machine, where the first day of year 1 may be none of Python's."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return connection.sql("FROM scan").fetchall()


FRAMES: list[Callable[[Scan], list[tuple[Any, ...]]]] = [
    lambda scan: pl.DataFrame(scan).rows(),
    lambda scan: pa.table(scan).to_pylist(),
    in_duckdb,
    lambda scan: pd.DataFrame.from_arrow(scan).to_dict("records"),  # type: ignore[attr-defined]
]


@pytest.mark.parametrize("frame", FRAMES, ids=["polars", "pyarrow", "duckdb", "pandas"])
def test_dataframe_libraries_take_the_scan_itself(
    in_a_file: Workspace, frame: Callable[[Scan], list[Any]]
) -> None:
    scan = in_a_file.scan(Order, *ALL, where=OrderFields.placed_at.before(DAYS[-1]), chunk=3)

    told = [tuple(row.values()) if isinstance(row, dict) else row for row in frame(scan)]

    assert [tuple(None if pd.isna(v) else v for v in row) for row in told] == rows(scan)


def test_of_the_log_only_what_is_named_is_read(filled: Workspace) -> None:
    whole = [line for chunk in filled.scan_log(Order, chunk=3) for line in zip(*chunk.values(), strict=True)]
    places = [[name for name, _ in LOG_COLUMNS].index(name) for name in ("at", "id", "target")]

    scan = filled.scan_log(Order, "at", "id", "target", chunk=3)

    assert list(scan.schema) == ["at", "id", "target"]
    assert scan.schema.moments == {"at"}
    lines = [line for chunk in scan for line in zip(*chunk.values(), strict=True)]
    assert lines == [tuple(line[place] for place in places) for line in whole]


@pytest.mark.parametrize("names", [("nope",), ("id", "id"), ("fields",), ("id; DROP TABLE relcore_log",)])
def test_a_column_that_the_log_has_not_is_refused(filled: Workspace, names: tuple[str, ...]) -> None:
    with pytest.raises(Invalid, match="columns must each be one of id, version"):
        filled.scan_log(Order, *names)


@pytest.mark.parametrize("kind", [Order, Case])
def test_an_arrow_stream_of_nothing_has_its_schema(workspace: Workspace, kind: type[Any]) -> None:
    table = pa.table(workspace.scan_log(kind))

    assert table.num_rows == 0
    assert table.schema.names == [name for name, _ in LOG_COLUMNS]
    assert (table.schema.field("at").type, table.schema.field("version").type) == (MOMENT, pa.int64())
    assert pa.schema(workspace.scan_log(kind)) == table.schema


def test_who_wants_moments_as_numbers_says_so_in_the_schema(in_a_file: Workspace) -> None:
    scan = in_a_file.scan(Order, OrderFields.placed_at)

    table = pa.RecordBatchReader.from_stream(scan, schema=pa.schema([("placed_at", pa.int64())])).read_all()

    assert table["placed_at"].to_pylist() == [at for chunk in scan for at in chunk["placed_at"]]


def test_a_stream_that_is_left_half_way_holds_nothing_back(in_a_file: Workspace) -> None:
    repository: Any = in_a_file.repository
    pool = repository.engine.pool

    stream = pa.RecordBatchReader.from_stream(in_a_file.scan(Order, OrderFields.customer, chunk=2))
    stream.read_next_batch()
    held = pool.checkedout()
    del stream
    gc.collect()

    assert (held, pool.checkedout()) == (1, 0)


def test_without_pyarrow_the_remedy_is_told_and_chunks_still_come(
    in_a_file: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    scan = orders(in_a_file)

    for ask in (scan.__arrow_c_stream__, scan.__arrow_c_schema__):
        with pytest.raises(ImportError, match=r"pip install 'relcore\[arrow\]'"):
            ask()
    assert len(list(scan)) == 3


# --- memory ---------------------------------------------------------------------------------------

COPIES = 150


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """150,000 orders, placed and paid: twice as many lines of log. Most are copies, made by the database."""
    path = tmp_path_factory.mktemp("large") / "crm.db"
    repository = sqlite(path)
    workspace = Workspace(repository, tenant="acme", ids=CountingIds())
    placed = (
        Order.place(
            workspace.new(OrderId), customer=workspace.new(CustomerId), amount=Money(9, "EUR"), at=NOON
        )
        for _ in range(1_000)
    )
    workspace.commit(*(order.then(lambda o: o.pay(at=NOON)) for order in placed))
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in ("relcore_order", "relcore_log"):
            columns = [
                name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name != "seq"
            ]
            copied = [
                "'order_' || printf('%08x', n) || substr(id, 15)" if c == "id" else f'"{c}"' for c in columns
            ]
            connection.execute(
                f"WITH RECURSIVE copy(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copy WHERE n + 1 < {COPIES}) "
                f"INSERT INTO {table} ({', '.join(map(repr, columns))}) SELECT {', '.join(copied)} FROM copy, {table}"
            )
    yield workspace
    repository.close()


SCANS: list[tuple[int, Callable[[Workspace], Scan]]] = [
    (150_000, lambda workspace: workspace.scan(Order, *ALL)),
    (300_000, lambda workspace: workspace.scan_log(Order)),
]


@pytest.mark.verify
@pytest.mark.parametrize(("rows", "ask"), SCANS, ids=["entities", "log"])
def test_a_reading_holds_a_chunk_and_never_all_rows(
    large: Workspace, rows: int, ask: Callable[[Workspace], Scan]
) -> None:
    tracemalloc.start()

    read = sum(len(next(iter(chunk.values()))) for chunk in ask(large))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    # What a row takes as a tuple of Python objects is some hundreds of bytes; a chunk is held twice while it is turned.
    assert read == rows
    assert peak < 15 * 2**20 < rows * 300


@pytest.mark.verify
@pytest.mark.parametrize(("rows", "ask"), SCANS, ids=["entities", "log"])
def test_an_arrow_stream_holds_a_chunk_and_never_all_rows(
    large: Workspace, rows: int, ask: Callable[[Workspace], Scan]
) -> None:
    before, read, peak, size = pa.total_allocated_bytes(), 0, 0, 0
    tracemalloc.start()

    for batch in pa.RecordBatchReader.from_stream(ask(large)):
        read, size = read + batch.num_rows, size + batch.nbytes
        peak = max(peak, pa.total_allocated_bytes() - before)
    _, traced = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert read == rows
    assert peak < size / 5
    assert traced < 15 * 2**20
