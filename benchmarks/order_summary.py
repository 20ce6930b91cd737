"""From ten million orders to one row per customer: the same pandas frame in, frequency, recency, age and spend out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    import pandas as pd
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


QUESTIONS = (
    Question(
        "order_summary.ten_million",
        "summary of 10,000,000 orders per customer",
        "reading the pandas frame, checking it, merging by day, counting",
        Side("relcore", relcore),
        (Side("lifetimes", lifetimes),),
        promised={"lifetimes": 10},
        tolerance=1e-9,
        rounds=1,  # a call of the peer takes long enough to be its own average
    ),
)
