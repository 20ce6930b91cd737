"""What a million customers will buy in 39 weeks, from their histories and the parameters of CDNOW."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CUSTOMERS, WEEKS = 1_000_000, 39
FITTED = {"r": 0.2425945, "alpha": 4.4136022, "a": 0.7929220, "b": 2.4259067}


def told(expected: ArrayLike) -> Outcome:
    import numpy as np

    values = np.asarray(expected, dtype=np.float64)
    return {"sum": float(values.sum()), "in order": float(values @ np.sqrt(1.0 + np.arange(values.size)))}


def relcore() -> Task:
    from benchmarks.data import simulated_summary
    from relcore.analytics import BetaGeoNBD, Purchases

    x, recency, age, _ = simulated_summary(CUSTOMERS)
    model = BetaGeoNBD(**FITTED, period="week")

    def predict(_: None) -> ArrayLike:
        rows = Purchases.from_summary(frequency=x, recency=recency, age=age, period="week")
        return model.expected_purchases(rows, horizon=WEEKS)

    return Task(predict, told)


def lifetimes() -> Task:
    import pandas as pd
    from lifetimes import BetaGeoFitter

    from benchmarks.data import simulated_summary

    x, recency, age, _ = simulated_summary(CUSTOMERS)
    model = BetaGeoFitter()
    model.params_ = pd.Series(FITTED)

    def predict(_: None) -> ArrayLike:
        expected: ArrayLike = model.conditional_expected_number_of_purchases_up_to_time(
            WEEKS, x, recency, age
        )
        return expected

    return Task(predict, told)


QUESTIONS = (
    Question(
        "expected_purchases.million",
        "purchases expected of a million customers by BG/NBD",
        "checking the arrays, the expectations",
        Side("relcore", relcore),
        (Side("lifetimes", lifetimes),),
        promised={"lifetimes": 10},
        tolerance=1e-9,
    ),
)
