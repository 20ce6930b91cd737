"""RFM: equal customers score alike, whatever the order of rows, and cuts that were kept measure next month alike."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import Ledger, Purchases, Refunds, RFMCuts, RFMValues, Segment, SegmentPolicy
from relcore.datasets import cdnow

TODAY = date(2026, 3, 31)
LOG = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
ROW = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(0, 5), st.integers(1, 3))
ROWS = st.lists(ROW, min_size=1, max_size=30)


def values(rows, weights=True):
    silence, orders, amount, weight = map(list, zip(*rows, strict=True))
    heavy = weight if weights else [1] * len(rows)
    return RFMValues(np.arange(len(rows)), silence, orders, amount, heavy, TODAY)


# --- scores ------------------------------------------------------------------------------------------


@given(ROWS, st.integers(2, 6))
def test_equal_customers_score_alike_and_better_ones_never_worse(rows, bins):
    scores = values(rows).score(bins=bins)
    columns = [(scores.recency, 0, -1), (scores.frequency, 1, 1), (scores.monetary, 2, 1)]
    for found, place, sign in columns:
        assert set(found.tolist()) <= set(range(1, bins + 1))
        pairs = [(sign * row[place], score) for row, score in zip(rows, found.tolist(), strict=True)]
        for one, score in pairs:
            for other, least in pairs:
                assert one != other or score == least
                assert one <= other or score >= least


@given(ROWS, st.integers(2, 6), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_rows(rows, bins, random):
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    straight, mixed = values(rows).score(bins=bins), values([rows[n] for n in shuffled]).score(bins=bins)
    assert straight.cuts == mixed.cuts
    assert straight.recency[shuffled].tolist() == mixed.recency.tolist()


@given(ROWS, st.integers(2, 6))
def test_a_cut_is_the_smallest_value_up_to_which_its_share_of_the_customers_is(rows, bins):
    cuts = values(rows).score(bins=bins).cuts
    everybody = sum(row[3] for row in rows)
    for place, found in ((0, cuts.silence), (1, cuts.orders), (2, cuts.amount)):
        for part, cut in enumerate(found, start=1):
            up_to = [row[place] for row in rows]
            share = {v: sum(row[3] for row in rows if row[place] <= v) for v in up_to}
            assert cut == min(v for v in up_to if share[v] * bins >= part * everybody)


@given(ROWS, st.integers(2, 6))
def test_a_weight_is_as_many_rows(rows, bins):
    apart = [row for row in rows for _ in range(row[3])]
    assert values(rows).score(bins=bins).cuts == values(apart, weights=False).score(bins=bins).cuts


def test_where_nothing_is_tied_the_parts_are_equal():
    n = np.arange(100)
    scores = RFMValues(n, n, n + 1, None, np.ones(100), TODAY).score()
    assert np.bincount(scores.recency)[1:].tolist() == np.bincount(scores.frequency)[1:].tolist() == [20] * 5
    assert (scores.recency[0], scores.recency[-1], scores.frequency[0]) == (5, 1, 1)
    assert scores.monetary is None


def test_a_value_on_a_cut_falls_on_its_low_side_in_all_three():
    cuts = RFMCuts(silence=[30, 90], orders=[1, 3], amount=[50, 100])
    scores = RFMValues(list("abc"), [30, 90, 91], [1, 3, 4], [50, 100, 101], [1, 1, 1], TODAY).score(cuts)
    assert scores.recency.tolist() == [3, 2, 1]
    assert scores.frequency.tolist() == scores.monetary.tolist() == [1, 2, 3]


def test_cuts_that_were_kept_score_the_next_month():
    first = RFMValues.from_ledger(LOG, as_of="1997-09-30").score()
    later = RFMValues.from_ledger(LOG, as_of="1997-10-31")
    again = later.score(first.cuts)
    assert again.cuts == first.cuts
    assert np.array_equal(again.frequency, 1 + np.searchsorted(first.cuts.orders, later.orders))


def test_a_score_that_nobody_gets_is_said():
    assert "nobody scores 2" in repr(RFMValues.from_ledger(LOG, as_of="1997-09-30").score())


# --- values ------------------------------------------------------------------------------------------


def test_they_are_a_count_by_hand_of_2357_real_customers():
    as_of, days, spent = date(1997, 9, 30), defaultdict(set), defaultdict(int)
    for who, day, amount in zip(cdnow().customer, cdnow().date, cdnow().amount, strict=True):
        if day <= as_of:
            days[who].add(day)
            spent[who] += amount
    found = RFMValues.from_ledger(LOG, as_of=as_of)
    assert found.ids.tolist() == sorted(days)
    assert found.silence.tolist() == [(as_of - max(days[who])).days for who in sorted(days)]
    assert found.orders.tolist() == [len(days[who]) for who in sorted(days)]
    assert found.amount == pytest.approx([float(spent[who]) for who in sorted(days)], abs=1e-9)


@pytest.mark.parametrize("period", ["day", "week", "month", "year"])
def test_purchases_say_the_same_in_every_period(period):
    ledger = RFMValues.from_ledger(LOG, as_of="1997-09-30")
    summary = RFMValues.from_purchases(LOG.purchases(period=period, until="1997-09-30"))
    assert np.array_equal(summary.silence, ledger.silence)
    assert np.array_equal(summary.orders, ledger.orders)
    assert summary.as_of == ledger.as_of


def test_refunds_are_taken_off():
    log = {"who": ["a", "a", "b"], "day": ["2026-01-01", "2026-01-05", "2026-01-02"], "paid": [10, -4, 7]}
    ledger = Ledger.from_orders(log, customer="who", at="day", amount="paid", refunds=Refunds.NET)
    assert RFMValues.from_ledger(ledger, as_of="2026-01-31").amount.tolist() == [6, 7]


def test_nobody_has_no_values_and_fresh_cuts_need_somebody():
    nobody = RFMValues.from_ledger(LOG, as_of="1990-01-01")
    assert len(nobody) == 0
    assert repr(nobody) == "RFMValues of 0 customers as of 1990-01-01"
    with pytest.raises(Invalid, match="at least one customer to cut by"):
        nobody.score()
    kept = RFMValues.from_ledger(LOG, as_of="1997-09-30").score().cuts
    segments = nobody.score(kept).segments()
    assert len(segments) == 0
    assert sum(row.customers for row in segments.rows()) == 0
    assert repr(segments)


PLAIN = Purchases.from_summary(frequency=[0], recency=[0], age=[2], period="week")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: RFMValues.from_purchases(PLAIN), "as_of must be said"),
        (lambda: RFMValues.from_purchases(LOG.purchases(period="day", until="1997-09-30"), as_of=TODAY), "must be the end of observation, 1997-09-30"),
        (lambda: RFMValues(["a"], [-1], [1], None, [1], TODAY), "column 'silence', row 0: must be finite and >= 0"),
        (lambda: RFMValues(["a"], [1], [0], None, [1], TODAY), "column 'orders', row 0: must be finite and >= 1"),
        (lambda: RFMValues(["a"], [1], [1], [np.nan], [1], TODAY), "column 'amount', row 0: must be finite"),
        (lambda: RFMValues(["a"], [1], [1], None, [0], TODAY), "column 'weight', row 0"),
        (lambda: RFMValues(["a", "b"], [1], [1], None, [1], TODAY), "one length"),
        (lambda: RFMCuts([2, 1], [1, 1]), "silence cuts must be finite and not decrease"),
        (lambda: RFMCuts([1, 2], [1]), "orders must have 1 to 99 cuts, as many as silence"),
        (lambda: RFMCuts([1, 2], [1, np.nan]), "orders cuts must be finite"),
        (lambda: RFMValues(["a"], [1], [1], None, [1], TODAY).score(bins=1), "bins must be 2 to 100"),
        (lambda: RFMValues(["a"], [1], [1], None, [1], TODAY).score(RFMCuts([1], [1], [1])), "cuts must have amounts exactly where"),
        (lambda: RFMValues(["a"], [1], [1], None, [1], TODAY).score(bins=4).segments(), r"as many scores as there are, got \(5, 4\)"),
        (lambda: RFMValues(["a"], [1], [1], None, [1], TODAY).score(bins=2).segments(BY_MONEY), "must not ask for amounts"),
        (lambda: values([(1, 1, 1, 1)]).score().segments().of("gold"), "segment must be one of champions"),
    ],
)  # fmt: skip
def test_it_is_refused_with_the_value(ask, says):
    with pytest.raises(Invalid, match=says):
        ask()


# --- segments ----------------------------------------------------------------------------------------

ANY = (1, 2)
BY_MONEY = SegmentPolicy(
    [
        Segment("small", recency=ANY, frequency=ANY, monetary=(1, 1)),
        Segment("big", recency=ANY, frequency=ANY, monetary=(2, 2)),
    ],
    bins=2,
)


@given(ROWS)
def test_each_customer_is_called_what_the_policy_calls_their_scores(rows):
    scores, policy = values(rows).score(), SegmentPolicy.standard()
    segments = scores.segments()
    pairs = zip(scores.recency.tolist(), scores.frequency.tolist(), strict=True)
    assert segments.names.tolist() == [policy.name_of(*pair) for pair in pairs]
    assert sum(row.customers for row in segments.rows()) == sum(row[3] for row in rows)
    assert sum(row.share for row in segments.rows()) == pytest.approx(1)
    assert scores.counts().sum() == sum(row[3] for row in rows)


def test_a_segment_has_the_means_of_its_customers():
    scores = values([(0, 4, 9, 1), (0, 4, 3, 2), (6, 1, 1, 1)]).score(bins=2)
    rows = {row.name: row for row in scores.segments(BY_MONEY).rows()}
    assert (rows["big"].customers, rows["big"].amount) == (1, 9)
    assert (rows["small"].customers, rows["small"].silence) == (3, 2)
    assert scores.segments(BY_MONEY).of("big").tolist() == [True, False, False]
