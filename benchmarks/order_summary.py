"""From ten million orders to one row per customer: the same log in, frequency, recency, age and spend out.

relcore and lifetimes are given a pandas frame; Polars and DuckDB their own columns, and the query that one would write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import polars as pl
    from numpy.typing import ArrayLike

    from relcore.analytics import Purchases

ORDERS = 10_000_000
UNTIL = "2025-12-31"


def fingerprint(**columns: ArrayLike) -> Outcome:
    """A sum of each column in which every row counts differently: rows in another order give another sum."""
    import numpy as np

    values = {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}
    return {name: float(column @ np.sqrt(1.0 + np.arange(column.size))) for name, column in values.items()}


def relcore() -> Task:
    from benchmarks.data import simulated_orders
    from relcore.analytics import Purchases

    orders = simulated_orders(ORDERS)

    def summarise(_: None) -> Purchases:
        return Purchases.from_orders(
            orders, customer="customer", at="date", amount="amount", period="day", until=UNTIL
        )

    def outcome(rows: Purchases) -> Outcome:
        assert rows.spend is not None
        return fingerprint(
            ids=rows.ids, frequency=rows.frequency, recency=rows.recency, age=rows.age, spend=rows.spend
        )

    return Task(summarise, outcome)


def lifetimes() -> Task:
    from lifetimes.utils import summary_data_from_transaction_data

    from benchmarks.data import simulated_orders

    orders = simulated_orders(ORDERS)

    def summarise(_: None) -> pd.DataFrame:
        return summary_data_from_transaction_data(
            orders, "customer", "date", monetary_value_col="amount", observation_period_end=UNTIL, freq="D"
        )

    def outcome(rows: pd.DataFrame) -> Outcome:
        spend = rows["monetary_value"] * rows["frequency"]
        return fingerprint(
            ids=rows.index, frequency=rows["frequency"], recency=rows["recency"], age=rows["T"], spend=spend
        )

    return Task(summarise, outcome)


def polars() -> Task:
    import polars as pl

    from benchmarks.data import simulated_orders

    orders, until = pl.from_pandas(simulated_orders(ORDERS)), pl.lit(UNTIL).str.to_date()

    def summarise(_: None) -> pl.DataFrame:
        days = orders.lazy().with_columns(pl.col("date").dt.date()).filter(pl.col("date") <= until)
        days = days.group_by("customer", "date").agg(pl.col("amount").sum())
        first, last = pl.col("date").min(), pl.col("date").max()
        of_each = days.group_by("customer").agg(
            frequency=pl.len() - 1,
            recency=(last - first).dt.total_days(),
            age=(until - first).dt.total_days(),
            spend=pl.col("amount").filter(pl.col("date") > first).sum(),
        )
        return of_each.sort("customer").collect()

    def outcome(rows: pl.DataFrame) -> Outcome:
        columns = {name: rows[name].to_numpy() for name in ("frequency", "recency", "age", "spend")}
        return fingerprint(ids=rows["customer"].to_numpy(), **columns)

    return Task(summarise, outcome)


def duckdb() -> Task:
    import duckdb

    from benchmarks.data import simulated_orders

    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("frame", simulated_orders(ORDERS))
    connection.execute("CREATE TABLE orders AS SELECT customer, date::DATE AS date, amount FROM frame")
    connection.unregister("frame")
    query = f"""
        WITH days AS (
            SELECT customer, date, sum(amount) AS amount FROM orders WHERE date <= DATE '{UNTIL}' GROUP BY customer, date
        ),
        firsts AS (SELECT *, min(date) OVER (PARTITION BY customer) AS first FROM days)
        SELECT customer, count(*) - 1 AS frequency, max(date) - min(first) AS recency, DATE '{UNTIL}' - min(first) AS age,
            coalesce(sum(amount) FILTER (date > first), 0) AS spend
        FROM firsts GROUP BY customer ORDER BY customer
    """

    def summarise(_: None) -> Mapping[str, ArrayLike]:
        columns: Mapping[str, ArrayLike] = connection.execute(query).fetchnumpy()
        return columns

    def outcome(rows: Mapping[str, ArrayLike]) -> Outcome:
        columns = {name: rows[name] for name in ("frequency", "recency", "age", "spend")}
        return fingerprint(ids=rows["customer"], **columns)

    return Task(summarise, outcome)


QUESTIONS = (
    Question(
        "order_summary.ten_million",
        "summary of 10,000,000 orders per customer",
        "merging by day, counting, in the order of customers; ours and lifetimes' with reading the pandas frame and checking it",
        Side("relcore", relcore),
        (Side("lifetimes", lifetimes), Side("Polars", polars), Side("DuckDB", duckdb)),
        promised={"lifetimes": 10, "Polars": 3, "DuckDB": 3},
        tolerance=1e-9,
        rounds=1,  # a call of the peer takes long enough to be its own average
    ),
)
