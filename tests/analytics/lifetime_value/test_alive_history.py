"""One customer day by day: each day is what the model says of that day's purchases."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    AliveHistory,
    BetaGeoNBD,
    CovariatePaths,
    Ledger,
    ParetoNBD,
    ParetoNBDInContext,
    Refunds,
)
from relcore.analytics.period import calendar_day
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid

PARETO = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, period="week")
EASY = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date")


@pytest.mark.parametrize("model", [PARETO, EASY], ids=["Pareto/NBD", "BG/NBD"])
def test_each_day_is_told_by_what_was_known_at_its_end(ledger, model):
    history = AliveHistory.of(model, ledger, "00004", until="1998-06-30")

    assert history.first == dt.date(1997, 1, 1)
    assert history.alive.size == 546
    for day in (0, 16, 17, 18, 211, 212, 345, 346, 545):
        known = ledger.purchases(period="week", until=history.first + dt.timedelta(days=day))
        row = known.ids.tolist().index("00004")
        assert history.alive[day] == model.probability_alive(known)[row]


def test_a_model_in_context_knows_what_went_on_around_the_customer(ledger):
    day = np.arange("1997-01-01", "1998-07-01", dtype="datetime64[D]")
    xmas = (day >= np.datetime64("1997-11-17")) & (day <= np.datetime64("1997-12-24"))
    season = CovariatePaths.from_frame({"day": day, "xmas": xmas}, at="day", every="day", of=["xmas"])
    model = ParetoNBDInContext(0.55, 10.6, 0.6, 11.7, buying={"xmas": 2.0}, leaving={}, period="week")
    context = season.along(ledger, period="week", until="1997-09-30")

    history = AliveHistory.of(model.given(context), ledger, "00004", until="1998-06-30")

    plain = AliveHistory.of(model.base, ledger, "00004", until="1998-06-30")
    for after in (0, 17, 211, 212, 320, 340, 345, 346, 400, 545):
        until = history.first + dt.timedelta(days=after)
        then = season.along(ledger, period="week", until=until)
        asked = model.probability_alive(then.where(then.ids == "00004"))
        assert history.alive[after] == pytest.approx(asked[0], rel=1e-12)
    assert history.alive[320] == plain.alive[320]  # before Christmas
    assert history.alive[340] < plain.alive[340] - 0.01  # silence in the weeks in which others buy
    with pytest.raises(Invalid, match="customers in the context, got '1 of 1"):
        AliveHistory.of(
            model.given(context.where(context.ids != "00004")), ledger, "00004", until="1998-06-30"
        )


def test_a_purchase_on_a_day_is_known_at_its_end(ledger):
    bought = {day for day, who in zip(cdnow().date, cdnow().customer, strict=True) if who == "00004"}

    history = AliveHistory.of(PARETO, ledger, "00004", until="1997-12-31")

    assert {dt.date(1997, 1, 1) + dt.timedelta(days=day) for day in history.bought.tolist()} == bought
    assert (history.alive[history.bought] == 1).all()  # Pareto/NBD: who has bought today is there today
    assert history.days[-1] == np.datetime64("1997-12-31")
    frame = history.to_frame(like={})
    assert frame["date"][frame["bought"] == 1].tolist() == sorted(bought)
    assert str(history).startswith("AliveHistory of 365 days from 1997-01-01 with 4 purchases: ")


def test_between_purchases_it_falls(ledger):
    history = AliveHistory.of(PARETO, ledger, "00004", until="1998-06-30")

    quiet = np.setdiff1d(np.arange(1, history.alive.size), history.bought)

    assert (history.alive[quiet] < history.alive[quiet - 1]).all()


@given(st.lists(st.integers(0, 25), min_size=1, max_size=8), st.integers(0, 10))
@settings(max_examples=30, deadline=None)
def test_whatever_the_days_of_purchase_each_day_is_told_as_the_ledger_tells_it(days, more):
    end = max(days) + more
    log = Ledger.from_log(customer=["other", *["one"] * len(days)], day=[0, *days])

    history = AliveHistory.of(EASY, log, "one", until=calendar_day(end))

    assert history.alive.size == end - min(days) + 1
    for day in (min(days), *days, end):
        known = log.purchases(period="week", until=calendar_day(day))
        row = known.ids.tolist().index("one")
        assert history.alive[day - min(days)] == EASY.probability_alive(known)[row]


def test_a_refund_counts_from_its_day_as_in_the_ledger():
    log = Ledger.from_log(
        customer=[7, 7, 8, 7], day=[0, 10, 3, 20], amount=[5, 5, 9, -5], refunds=Refunds.NET
    )

    history = AliveHistory.of(PARETO, log, 7, until="1970-01-31")

    known = log.purchases(period="week", until="1970-01-31")
    assert history.alive[-1] == PARETO.probability_alive(known)[0]


@pytest.mark.parametrize(
    ("customer", "until"), [("nobody", "1998-06-30"), (4, "1998-06-30"), ("00004", "1996-12-31")]
)
def test_who_had_not_ordered_is_refused_without_a_word_about_whom(ledger, customer, until):
    with pytest.raises(Invalid, match="customer must have ordered by") as refused:
        AliveHistory.of(PARETO, ledger, customer, until=until)

    assert str(customer) not in str(refused.value)
