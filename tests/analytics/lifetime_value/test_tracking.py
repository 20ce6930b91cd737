"""Tracking by cohort: cohorts add up to the whole, and each is what its customers did."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, Ledger, Tracking
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid

MODEL = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
CUT, END = "1997-09-30", "1998-06-30"


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date")


def test_cohorts_add_up_to_all_who_had_come_by_the_cut(ledger):
    months = [("1997-01-01", "1997-01-31"), ("1997-02-01", "1997-02-28"), ("1997-03-01", "1997-03-25")]

    whole = Tracking.of(MODEL, ledger, cut=CUT, until=END)
    parts = [Tracking.of(MODEL, ledger, cut=CUT, until=END, cohort=month) for month in months]

    # Each is told in weeks from its own first day: at the end, all of them are as far.
    days = [(dt.date(1998, 6, 30) - part.start).days + 1 for part in parts]
    assert [part.time.size for part in parts] == [count // 7 for count in days]
    assert sum(part.actual[-1] for part in parts) == pytest.approx(whole.actual[-1], rel=0.01)
    assert sum(part.expected[-1] for part in parts) == pytest.approx(whole.expected[-1], rel=0.01)
    assert [part.start for part in parts] == [dt.date(1997, 1, 1), dt.date(1997, 2, 1), dt.date(1997, 3, 1)]


def test_a_cohort_of_one_day_is_counted_by_hand(ledger):
    customers, days = np.asarray(cdnow().customer), np.asarray(cdnow().date, dtype="datetime64[D]")
    first = {who: days[customers == who].min() for who in set(customers.tolist())}
    mine = {who for who, day in first.items() if day == np.datetime64("1997-01-15")}
    later = {
        (who, day)
        for who, day in zip(customers.tolist(), days, strict=True)
        if who in mine and day != first[who]
    }

    found = Tracking.of(MODEL, ledger, cut=CUT, until=END, cohort=("1997-01-15", "1997-01-15"))

    after = [sum(day < np.datetime64("1997-01-15") + 7 * week for _, day in later) for week in (1, 10, 75)]
    assert found.actual[[0, 9, 74]].tolist() == after
    each = MODEL.expected_purchases_of_newcomer([10.0])[0]
    assert found.expected[9] == pytest.approx(len(mine) * each, rel=1e-12)


def test_a_cohort_that_nobody_is_in_or_that_begins_after_the_cut_is_refused(ledger):
    with pytest.raises(Invalid, match="cohort must hold the day of somebody's first order"):
        Tracking.of(MODEL, ledger, cut=CUT, until=END, cohort=("1997-06-01", "1997-06-30"))
    with pytest.raises(Invalid, match="cohort must not end after the cut, 1997-09-30, got '1997-10-01'"):
        Tracking.of(MODEL, ledger, cut=CUT, until=END, cohort=("1997-06-01", "1997-10-01"))
