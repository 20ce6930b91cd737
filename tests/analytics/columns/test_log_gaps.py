"""How regularly somebody buys: the sum of the logs of the times between purchases, from a log to the fit."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.analytics import Ledger, Purchases
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid, InvalidRows

LOG = {
    "who": ["b", "a", "a", "a", "c", "a", "b", "a"],
    "day": [
        "2026-01-03", "2026-01-15", "2026-01-01", "2026-02-26", "2026-01-05", "2026-01-15", "2026-01-04", "2026-06-01",
    ],
}  # fmt: skip


def of_log(until="2026-03-31", period="week"):
    return Purchases.from_orders(LOG, customer="who", at="day", period=period, until=until)


def test_a_log_tells_the_times_between_its_purchases():
    # a after 2 and 6 weeks (two orders on one day are one purchase, the order in June is unknown yet), b after a day.
    assert of_log().log_gaps == pytest.approx([math.log(2) + math.log(6), -math.log(7), 0])
    assert of_log(period="day").log_gaps == pytest.approx([math.log(14) + math.log(42), 0, 0])
    assert Purchases.from_log(customer=[], day=[], period="week", until="2026-01-01").log_gaps.shape == (0,)


def test_cdnow_one_gap_at_a_time():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")
    known = ledger.order_days(until="1997-09-30")
    days = {}
    for customer, day in zip(known.customer.tolist(), known.day.tolist(), strict=True):
        days.setdefault(customer, []).append(day)
    expected = [sum(math.log((b - a) / 7) for a, b in itertools.pairwise(d)) for d in days.values()]
    assert ledger.purchases(period="week", until="1997-09-30").log_gaps == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 300)), max_size=40))
def test_blocks_of_customers_are_as_one(orders):
    from relcore.analytics.columns import ledger as module

    log = Ledger.from_log(customer=[who for who, _ in orders], day=[day for _, day in orders])
    whole = log.purchases(period="day", until="1970-12-31").log_gaps
    size = module._BLOCK
    try:
        module._BLOCK = 1
        assert log.purchases(period="day", until="1970-12-31").log_gaps.tolist() == whole.tolist()
    finally:
        module._BLOCK = size


def test_collapsing_keeps_their_sum_and_does_not_tell_histories_apart():
    rows = Purchases.from_summary(
        frequency=[2, 2, 0],
        recency=[5, 5, 0],
        age=[9, 9, 9],
        log_gaps=[0.5, 1.5, 0],
        weight=[1, 3, 2],
        period="week",
    )
    collapsed = rows.collapse().rows
    assert len(collapsed) == 2
    assert collapsed.weight @ collapsed.log_gaps == pytest.approx(0.5 + 3 * 1.5)
    assert collapsed.weight.tolist() == [2, 4]
    assert rows.histories().log_gaps is None
    assert len(rows.histories().collapse().rows) == 2


def test_shards_add_up_if_both_know_them():
    one, other = of_log().where([True, False, False]), of_log().where([False, True, True])
    assert one + other == of_log()
    assert "log_gaps" not in (one + other).to_frame(like={})
    with pytest.raises(Invalid, match="log_gaps must be the same on both sides"):
        one + other.histories()


@pytest.mark.parametrize(
    ("log_gaps", "says"),
    [
        ([math.nan, 0], "must be finite"),
        ([-math.inf, 0], "must be finite"),
        ([0.1, 0.1], "must be 0 where frequency is 0"),
        ([2 * math.log(2.5) + 0.01, 0], "must not exceed"),
    ],
)
def test_impossible_sums_are_refused(log_gaps, says):
    with pytest.raises(InvalidRows, match=says):
        Purchases.from_summary(frequency=[2, 0], recency=[5, 0], age=[9, 9], log_gaps=log_gaps, period="week")
    fine = Purchases.from_summary(
        frequency=[2, 0], recency=[5, 0], age=[9, 9], log_gaps=[2 * math.log(2.5), 0], period="week"
    )
    assert np.isfinite(fine.log_gaps).all()
