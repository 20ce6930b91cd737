"""``python -m benchmarks.agreement``: to how many digits relcore and lifetimes compute the same, on CDNOW and the donations.

Not a question of time. Predictions are compared at lifetimes' parameters, so that formulas are, and not where a climb ended;
estimates are compared as each finds them. Ends with exit code 1 when something differs by more than the page says.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

CUT, DAYS = "1997-09-30", 273
PREDICTIONS, ESTIMATES, PARETO = 1e-12, 1e-6, 5e-4


def off(theirs: Any, ours: Any) -> float:
    """The largest relative difference."""
    a, b = np.asarray(theirs, dtype=float), np.asarray(ours, dtype=float)
    return float(np.max(np.abs(a - b) / np.maximum(np.abs(b), np.finfo(float).tiny)))


def found() -> Iterator[tuple[str, float, float]]:
    """What was compared, the difference, and the largest that is allowed."""
    import pandas as pd
    from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
    from lifetimes.utils import (
        calculate_alive_path,
        calibration_and_holdout_data,
        expected_cumulative_transactions,
        summary_data_from_transaction_data,
    )

    from relcore.analytics import AliveHistory, BetaGeoNBD, Ledger, ModifiedBetaGeoNBD, ParetoNBD, Tracking
    from relcore.datasets import cdnow

    log = pd.DataFrame({name: list(cdnow()[name]) for name in ("customer", "date")})
    log["date"], log["amount"] = pd.to_datetime(log["date"]), [float(amount) for amount in cdnow().amount]
    table = summary_data_from_transaction_data(
        log, "customer", "date", "amount", observation_period_end=CUT
    ).sort_index()
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
    rows = ledger.purchases(period="day", until=CUT)
    x, recency, age = table["frequency"], table["recency"], table["T"]
    assert table.index.tolist() == rows.ids.tolist()
    yield "frequency, recency, T", off([x, recency, age], [rows.frequency, rows.recency, rows.age]), 0.0

    both = calibration_and_holdout_data(log, "customer", "date", CUT, "1998-06-30").sort_index()
    _, after = ledger.split(period="day", cut=CUT, until="1998-06-30")
    yield "purchases of the hold-out", off(both["frequency_holdout"], after.purchases), 0.0

    for fitter, kind, allowed in (
        (BetaGeoFitter, BetaGeoNBD, ESTIMATES),
        (ModifiedBetaGeoFitter, ModifiedBetaGeoNBD, ESTIMATES),
        (ParetoNBDFitter, ParetoNBD, PARETO),
    ):
        np.random.seed(1)  # noqa: NPY002 - lifetimes begins Pareto/NBD at random
        theirs = fitter().fit(x, recency, age)
        names = [str(name) for name in theirs.params_.index]
        fitted, name = kind.fit(rows), kind.__name__
        yield f"{name}: estimates", off(theirs.params_, [fitted.parameters()[n] for n in names]), allowed
        ours = kind(**{n: float(theirs.params_[n]) for n in names}, period="day")
        alive = theirs.conditional_probability_alive(x, recency, age)
        yield f"{name}: P(alive)", off(alive, ours.probability_alive(rows)), PREDICTIONS
        ahead = theirs.conditional_expected_number_of_purchases_up_to_time(DAYS, x, recency, age)
        yield (
            f"{name}: expected purchases",
            off(ahead, ours.expected_purchases(rows, horizon=DAYS)),
            PREDICTIONS,
        )
        days = np.arange(1, 546)
        curve = theirs.expected_number_of_purchases_up_to_time(days)
        yield (
            f"{name}: of a newcomer",
            off(curve, ours.expected_purchases_of_newcomer(days)),
            PREDICTIONS,
        )
        yield f"{name}: chances of counts", counts(theirs, ours, rows), PREDICTIONS
        if kind is BetaGeoNBD:
            told = expected_cumulative_transactions(theirs, log, "date", "customer", 540)
            tracked = Tracking.of(ours, ledger, cut=CUT, until="1998-06-30")
            yield "tracking of 540 days", off(told["predicted"], tracked.expected[: len(told)]), PREDICTIONS
            mine = log[log["customer"] == "00111"]
            path = np.concatenate(list(calculate_alive_path(theirs, mine, "date", 545)))
            history = AliveHistory.of(ours, ledger, "00111", until="1998-06-30")
            yield "the history of one customer", off(path, history.alive), PREDICTIONS
    yield from of_spend(table, rows)
    yield from of_donations()


def counts(theirs: Any, ours: Any, rows: Any) -> float:
    from relcore.analytics import Purchases

    if hasattr(theirs, "conditional_probability_of_n_purchases_up_to_time"):
        asked = (rows.frequency, rows.recency, rows.age)
        told = theirs.conditional_probability_of_n_purchases_up_to_time(2, DAYS, *asked)
        return off(told, ours.probability_of_exactly(rows, 2, horizon=DAYS))
    nothing = np.zeros(8)
    newcomers = Purchases.from_summary(frequency=nothing, recency=nothing, age=nothing, period="day")
    told = [theirs.probability_of_n_purchases_up_to_time(DAYS, n) for n in range(8)]
    return off(told, ours.probability_of_exactly(newcomers, np.arange(8), horizon=DAYS))


def of_spend(table: Any, rows: Any) -> Iterator[tuple[str, float, float]]:
    from lifetimes import GammaGammaFitter

    from relcore.analytics import GammaGamma

    back = table[table["frequency"] > 0]
    theirs = GammaGammaFitter().fit(back["frequency"], back["monetary_value"])
    fitted = GammaGamma.fit(rows)
    yield "GammaGamma: estimates", off(theirs.params_, list(fitted.parameters().values())), ESTIMATES
    ours = GammaGamma(**{str(n): float(v) for n, v in theirs.params_.items()})
    told = theirs.conditional_expected_average_profit(table["frequency"], table["monetary_value"])
    yield "GammaGamma: expected spend", off(told, ours.expected_spend(rows)), PREDICTIONS


def of_donations() -> Iterator[tuple[str, float, float]]:
    from lifetimes import BetaGeoBetaBinomFitter
    from lifetimes.datasets import load_donations

    from relcore.analytics import BetaGeoBetaBernoulli, Occasions

    table = load_donations()
    history = (table["frequency"], table["recency"], table["periods"])
    theirs = BetaGeoBetaBinomFitter().fit(*history, table["weights"])
    x, recency, age = (column.to_numpy(dtype=float) for column in history)
    rows = Occasions.from_summary(
        frequency=x, recency=recency, age=age, weight=table["weights"].to_numpy(dtype=float), period="year"
    )
    names = [str(name) for name in theirs.params_.index]
    fitted = BetaGeoBetaBernoulli.fit(rows).parameters()
    yield "BetaGeoBetaBernoulli: estimates", off(theirs.params_, [fitted[n] for n in names]), ESTIMATES
    ours = BetaGeoBetaBernoulli(**{n: float(theirs.params_[n]) for n in names}, period="year")
    ahead = theirs.conditional_expected_number_of_purchases_up_to_time(5, *history)
    yield (
        "BetaGeoBetaBernoulli: expected purchases",
        off(ahead, ours.expected_purchases(rows, horizon=5)),
        PREDICTIONS,
    )
    alive = theirs.conditional_probability_alive(1, *history)
    yield "BetaGeoBetaBernoulli: P(alive)", off(alive, ours.probability_alive(rows, ahead=1)), PREDICTIONS


def main() -> int:
    import warnings

    warnings.simplefilter("ignore")  # of lifetimes, about numpy and pandas
    broken = 0
    for what, difference, allowed in found():
        broken += not difference <= allowed
        verdict = "" if difference <= allowed else f"   more than {allowed:.0e}"
        print(f"{what:<42}{difference:>10.1e}{verdict}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
