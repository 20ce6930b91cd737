"""The time from the first order to the second: one spell per customer."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest

from relcore.analytics import KaplanMeier, Ledger, Refunds, until_second_order
from relcore.datasets import cdnow

LOG = Ledger.from_orders(cdnow(), customer="customer", at="date")
END = date(1998, 6, 30)


def by_hand(until):
    days = defaultdict(set)
    for who, day in zip(cdnow().customer, cdnow().date, strict=True):
        if day <= until:
            days[who].add(day)
    found = {}
    for who, theirs in days.items():
        first, *later = sorted(theirs)
        found[who] = ((later[0] if later else until) - first).days, bool(later)
    return found


@pytest.mark.parametrize("until", [END, date(1997, 2, 10)])
def test_it_is_a_count_by_hand_of_2357_real_customers(until):
    spells = until_second_order(LOG, until=until)
    days = spells.duration("day").tolist()
    found = {
        who: (d, seen) for who, d, seen in zip(spells.subject, days, spells.observed.tolist(), strict=True)
    }
    assert found == by_hand(until)


def test_its_curve_tells_how_many_come_back_at_all():
    curve = KaplanMeier.from_spells(until_second_order(LOG, until=END), period="day")
    assert curve.at_risk[0] == 2357
    assert curve.events.sum() == sum(seen for _, seen in by_hand(END).values())


def test_an_order_that_was_wholly_refunded_is_no_second_one():
    log = {"who": ["a", "a", "a"], "day": ["2026-01-01", "2026-01-05", "2026-01-06"], "paid": [10, 20, -20]}
    ledger = Ledger.from_orders(log, customer="who", at="day", amount="paid", refunds=Refunds.NET)
    spells = until_second_order(ledger, until="2026-01-31")
    assert (spells.observed.tolist(), spells.duration("day").tolist()) == ([False], [30])


def test_nobody_has_no_spell():
    assert len(until_second_order(LOG, until="1990-01-01")) == 0
    assert KaplanMeier.from_spells(until_second_order(LOG, until="1990-01-01"), period="day").times.size == 0
