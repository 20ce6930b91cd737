"""How evenly somebody spends: the sum of the logs of the amounts, from a log to the fit."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.analytics import Ledger, Purchases, Refunds
from relcore.kernel.errors import Invalid, InvalidRows

LOG = {
    "who": ["b", "a", "a", "a", "c", "a", "b", "a"],
    "day": [
        "2026-01-03", "2026-01-15", "2026-01-01", "2026-02-26", "2026-01-05", "2026-01-15", "2026-01-04", "2026-06-01",
    ],
    "paid": [10, 20.5, 99, 7, 5, 1.5, 0, 1000],
}  # fmt: skip


def of_log(**more):
    log = {**LOG, **more}
    return Purchases.from_orders(
        log, customer="who", at="day", amount="paid", period="week", until="2026-03-31"
    )


def test_a_log_tells_the_amounts_of_its_purchases_but_the_first():
    # a: 22 on one day and 7 later; b: nothing on his second day; c: only once; the order in June is unknown yet.
    rows = of_log()
    assert rows.log_amounts[0] == pytest.approx(math.log(22) + math.log(7), rel=1e-14)
    assert rows.log_amounts[1:].tolist() == [-math.inf, 0]
    assert rows.spend.tolist() == [29, 0, 0]


def test_without_amounts_there_are_no_logs_of_them():
    rows = Purchases.from_orders(LOG, customer="who", at="day", period="week", until="2026-03-31")
    assert rows.log_amounts is None
    nobody = Purchases.from_log(customer=[], day=[], amount=[], period="week", until="2026-01-01")
    assert nobody.log_amounts.shape == (0,)


def test_refunds_come_off_before_the_log_is_taken():
    log = {"who": ["a", "a", "a"], "day": ["2026-01-01", "2026-01-02", "2026-01-03"], "paid": [5, 50, -20]}
    rows = Purchases.from_orders(
        log, customer="who", at="day", amount="paid", period="week", until="2026-03-31", refunds=Refunds.NET
    )
    assert rows.log_amounts.tolist() == pytest.approx([math.log(30)])


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.sampled_from([0, 1, 2.5, 99.99])),
        max_size=40,
    )
)
def test_any_log_one_amount_at_a_time(orders):
    from relcore.analytics.columns import ledger as module

    log = Ledger.from_log(
        customer=[who for who, _, _ in orders], day=[d for _, d, _ in orders], amount=[z for *_, z in orders]
    )
    days = {}
    for who, day, amount in orders:
        days.setdefault(who, {}).setdefault(day, []).append(amount)
    later = [[sum(of_day[d]) for d in sorted(of_day)[1:]] for _, of_day in sorted(days.items())]
    size = module._BLOCK
    try:
        for module._BLOCK in (1, size):
            rows = log.purchases(period="day", until="1970-12-31")
            assert rows.spend.tolist() == pytest.approx([sum(each) for each in later])
            assert rows.log_amounts.tolist() == pytest.approx(
                [sum(math.log(z) if z else -math.inf for z in each) for each in later]
            )
    finally:
        module._BLOCK = size


def test_collapsing_keeps_their_sum_and_tells_only_free_purchases_apart():
    rows = Purchases.from_summary(
        frequency=[2, 2, 2, 0],
        recency=[5, 5, 5, 0],
        age=[9, 9, 9, 9],
        mean_spend=[10, 10, 10, 0],
        log_amounts=[4.0, 4.5, -math.inf, 0],
        weight=[1, 3, 5, 2],
        period="week",
    )
    collapsed = rows.collapse().rows
    assert len(collapsed) == 3
    paid = np.isfinite(collapsed.log_amounts)
    assert collapsed.weight[paid] @ collapsed.log_amounts[paid] == pytest.approx(4.0 + 3 * 4.5)
    assert collapsed.weight[~paid].tolist() == [5]
    for less in (rows.histories(), rows.without_spend()):
        assert less.log_amounts is None


def test_shards_add_up_if_both_know_them():
    one, other = of_log().where([True, False, False]), of_log().where([False, True, True])
    assert one + other == of_log()
    assert "log_amounts" not in (one + other).to_frame(like={})
    with pytest.raises(Invalid, match="log_amounts must be the same on both sides"):
        one + Purchases.from_summary(
            ids=["z"], frequency=[0], recency=[0], age=[1], mean_spend=[0], log_gaps=[0], period="week",
            until="2026-03-31",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("log_amounts", "says"),
    [
        ([math.nan, 0], "must be a number below infinity"),
        ([math.inf, 0], "must be a number below infinity"),
        ([0.1, 0.1], "must be 0 where frequency is 0"),
        ([2 * math.log(10) + 0.01, 0], r"must not exceed frequency \* ln\(spend / frequency\)"),
    ],
)
def test_impossible_sums_are_refused(log_amounts, says):
    def rows(logs, **spent):
        return Purchases.from_summary(
            frequency=[2, 0], recency=[5, 0], age=[9, 9], log_amounts=logs, period="week", **spent
        )

    with pytest.raises(InvalidRows, match=says):
        rows(log_amounts, mean_spend=[10, 0])
    assert rows([2 * math.log(10), 0], mean_spend=[10, 0]).log_amounts[1] == 0
    with pytest.raises(Invalid, match="log_amounts must come with the amounts themselves"):
        rows([0, 0])


def test_who_has_spent_nothing_has_no_finite_log():
    with pytest.raises(InvalidRows, match="must not exceed"):
        Purchases.from_summary(
            frequency=[1], recency=[5], age=[9], mean_spend=[0], log_amounts=[0], period="week"
        )
