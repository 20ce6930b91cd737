"""A forecast beside what happened: against counts made by hand, a simulated world, and the numbers of CDNOW."""

import importlib.util
import math
from datetime import date
from pathlib import Path

import attrs
import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, Holdout, Ledger, Purchases, Refunds, Span
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid, InvalidRows

_spec = importlib.util.spec_from_file_location(
    "oracle", Path(__file__).parent.parent / "oracles" / "buy_till_you_die.py"
)
oracle = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(oracle)

PAPER = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
NEWCOMER = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")


@pytest.fixture(scope="module")
def parts():
    return Purchases.split(
        cdnow(),
        customer="customer",
        at="date",
        amount="amount",
        period="week",
        cut="1997-09-30",
        until="1998-06-30",
    )


@pytest.fixture(scope="module")
def validation(parts):
    calibration, holdout = parts
    return BetaGeoNBD.fit(calibration).validate(calibration, holdout)


# --- the split ------------------------------------------------------------------------------------


def test_a_split_log_is_the_calibration_and_what_its_customers_did_next(parts):
    calibration, holdout = parts
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")

    assert calibration == ledger.purchases(period="week", until="1997-09-30")
    assert holdout.ids.tolist() == calibration.ids.tolist()
    assert holdout.length == 39
    assert holdout.purchases.sum() == 1882
    assert repr(holdout) == (
        "Holdout of 2,357 customers, the 39.00 weeks after 1997-09-30: 1,882 purchases, by 684 of them"
    )


def test_who_comes_after_the_cut_is_in_neither_part():
    log = {"who": ["a", "late", "a"], "day": ["2026-01-01", "2026-02-01", "2026-02-02"]}

    calibration, holdout = Purchases.split(
        log, customer="who", at="day", period="week", cut="2026-01-31", until="2026-03-31"
    )

    assert calibration.ids.tolist() == holdout.ids.tolist() == ["a"]
    assert holdout.purchases.tolist() == [1]


def test_a_split_keeps_the_policies_of_the_log():
    log = {"who": ["a", "a"], "day": ["2026-01-01", "2026-01-02"], "paid": [5, -5]}
    arguments = {"customer": "who", "at": "day", "amount": "paid", "period": "week", "cut": "2026-01-31"}

    with pytest.raises(InvalidRows, match="an order is not negative"):
        Purchases.split(log, **arguments, until="2026-03-31")
    calibration, _ = Purchases.split(log, **arguments, until="2026-03-31", refunds=Refunds.DROP)
    assert calibration.frequency.tolist() == [0]
    with pytest.raises(Invalid, match="until must lie after the cut, 2026-01-31"):
        Purchases.split(log, **arguments, until="2026-01-31", refunds=Refunds.DROP)


# --- how likely each number of purchases is ------------------------------------------------------


def test_chances_of_so_many_purchases_are_the_published_ones():
    # Manual of BTYD, bgnbd.pmf, by the tests of lifetimes.
    def exactly(count, horizon):
        least = [
            PAPER.probability_of_purchases(NEWCOMER, at_least=k, horizon=horizon)[0]
            for k in (count, count + 1)
        ]
        return least[0] - least[1]

    assert exactly(10, 2) == pytest.approx(1.07869e-07, rel=1e-5)
    assert exactly(0, 39) == pytest.approx(0.5737864, abs=5e-8)
    printed = [0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638]
    printed += [0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260]
    assert [exactly(k, 30) for k in range(11, 21)] == pytest.approx(printed, abs=5e-11)


@pytest.mark.parametrize(
    ("x", "recency", "age"), [(0, 0, 5), (2, 30.43, 38.86), (26, 30.86, 31), (400, 38, 40)]
)
def test_chances_of_a_history_are_those_of_the_paper_at_the_parameters_it_leaves(x, recency, age):
    row = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="week")
    alive = PAPER.probability_alive(row)[0]
    counts = [1, 2, 3, 10, 40]

    for count in counts:
        expected = alive * oracle.probability_of_purchases(
            PAPER.r + x, PAPER.alpha + age, PAPER.a, PAPER.b + x, 39, count
        )
        least, more = (
            PAPER.probability_of_purchases(row, at_least=k, horizon=39)[0] for k in (count, count + 1)
        )
        assert least - more == pytest.approx(expected, rel=1e-9, abs=1e-15)


def test_chances_add_up_to_the_expectation(parts):
    calibration, _ = parts
    summed = sum(PAPER.probability_of_purchases(calibration, at_least=k, horizon=39) for k in range(1, 600))
    assert summed == pytest.approx(PAPER.expected_purchases(calibration, horizon=39), rel=1e-10)


def test_at_least_none_is_certain_and_within_no_time_nothing_happens():
    assert PAPER.probability_of_purchases(NEWCOMER, at_least=0, horizon=0) == [1]
    assert PAPER.probability_of_purchases(NEWCOMER, at_least=1, horizon=0) == [0]
    assert PAPER.probability_of_purchases(NEWCOMER, at_least=[1], horizon=Span(14, "day")) == pytest.approx(
        PAPER.probability_of_purchases(NEWCOMER, horizon=2), rel=1e-14
    )


@pytest.mark.parametrize("wrong", [-1, 0.5, math.nan, math.inf, [1, 2]])
def test_a_number_of_purchases_is_whole(wrong):
    with pytest.raises(Invalid, match="at_least must be"):
        PAPER.probability_of_purchases(NEWCOMER, at_least=wrong, horizon=1)


# --- the validation ------------------------------------------------------------------------------


def test_the_forecast_of_cdnow_is_an_eighth_low_and_beats_what_costs_nothing(validation):
    assert validation.bias == pytest.approx(-0.1214, abs=5e-4)
    assert [score.name for score in validation.baselines] == ["as before", "all alike", "nobody"]
    assert all(validation.model.squared < score.squared for score in validation.baselines)
    assert all(validation.model.absolute < score.absolute for score in validation.baselines)
    assert all(validation.model.captured > score.captured for score in validation.baselines)
    assert validation.model.captured < validation.attainable


def test_errors_are_those_counted_by_hand():
    calibration = Purchases.from_summary(
        frequency=[2, 0], recency=[5, 0], age=[10, 5], ids=["a", "b"], until="2026-01-31", period="day"
    )
    holdout = Holdout(
        ids=["a", "b"], purchases=[1, 3], after=date(2026, 1, 31), until=date(2026, 2, 10), period="day"
    )

    found = attrs.evolve(PAPER, period="day").validate(calibration, holdout)

    as_before, alike, nobody = found.baselines
    assert (as_before.expected, as_before.absolute, as_before.squared) == (2, 2, math.sqrt(5))
    assert alike.expected == pytest.approx(2 * 2 / 15 * 10)
    assert (nobody.expected, nobody.absolute, nobody.squared) == (0, 2, math.sqrt(5))
    # One place at the top: the one who came before, then one of two alike.
    assert (as_before.captured, alike.captured, nobody.captured, found.attainable) == (0.25, 0.5, 0.5, 0.75)
    assert sum(group.customers for group in found.alive) == 2


def test_in_a_world_that_is_the_model_it_is_found_to_be_right():
    random = np.random.default_rng(1997)
    n, half = 40_000, 40.0
    rate, drop = random.gamma(0.8, 1 / 4, n), random.beta(0.9, 2.5, n)
    last = random.geometric(drop)  # the purchase after the first after which somebody leaves
    counts, recency, later = np.zeros(n), np.zeros(n), np.zeros(n)
    clock = random.exponential(1 / rate)
    for k in range(1, 2000):
        buying = (clock <= 2 * half) & (k <= last)
        if not buying.any():
            break
        early = buying & (clock <= half)
        counts += early
        recency = np.where(early, clock, recency)
        later += buying & ~early
        clock = clock + random.exponential(1 / rate)
    truth = BetaGeoNBD(r=0.8, alpha=4, a=0.9, b=2.5, period="week")
    calibration = Purchases.from_summary(
        frequency=counts, recency=recency, age=np.full(n, half), until="2026-01-31", period="week"
    )
    holdout = Holdout(
        ids=calibration.ids, purchases=later, after=date(2026, 1, 31), until=date(2026, 11, 7), period="week"
    )

    found = truth.validate(calibration, holdout)

    assert holdout.length == half
    assert found.bias == pytest.approx(0, abs=0.02)
    for row in found.coverage:
        assert row.actual == pytest.approx(row.level, abs=0.01)
    assert found.transform == pytest.approx([0.1] * 10, abs=0.006)  # 4 standard errors of 40,000
    for group in found.buyers:
        error = math.sqrt(group.expected * (1 - group.expected) / group.customers)
        assert group.actual == pytest.approx(group.expected, abs=4 * error)
    for group in found.alive:
        assert group.actual == pytest.approx(
            group.expected, abs=4 * math.sqrt(group.expected / group.customers)
        )


def test_buyers_are_told_by_their_chance_to_buy_in_tenths(parts, validation):
    calibration, holdout = parts
    chance = BetaGeoNBD.fit(calibration).probability_of_purchases(calibration, horizon=39)

    assert sum(group.customers for group in validation.buyers) == 2357
    for group in validation.buyers:
        mine = (chance >= group.low) & (chance < group.high)
        assert group.customers == mine.sum()
        assert group.expected == pytest.approx(chance[mine].mean(), rel=1e-12)
        assert group.actual == pytest.approx((holdout.purchases[mine] > 0).mean(), rel=1e-12)


def test_the_transform_is_spread_over_the_steps_of_each_customer():
    # Czado, Gneiting and Held (2009), by hand: half of all chance lies on none, a quarter on one, the rest above.
    calibration = Purchases.from_summary(
        frequency=[0, 0], recency=[0, 0], age=[5, 5], until="2026-01-31", period="day"
    )
    holdout = Holdout(
        ids=[0, 1], purchases=[0, 1], after=date(2026, 1, 31), until=date(2026, 2, 10), period="day"
    )

    class Known:
        period = "day"
        validate = BetaGeoNBD.validate

        def probability_alive(self, purchases):
            return np.ones(len(purchases))

        def expected_purchases(self, purchases, *, horizon):
            return np.ones(len(purchases))

        def probability_of_purchases(self, purchases, *, at_least=1, horizon):
            return np.array([1, 0.5, 0.25])[np.broadcast_to(at_least, len(purchases)).astype(int)]

    found = Known().validate(calibration, holdout).transform

    # One is spread evenly over [0, 0.5], the other over [0.5, 0.75].
    assert found == pytest.approx([0.1] * 5 + [0.2, 0.2, 0.1, 0, 0], abs=1e-12)


def test_the_parts_of_the_transform_are_all_customers_and_what_the_coverage_says(validation):
    assert sum(validation.transform) == pytest.approx(1, abs=1e-12)
    within = {row.level: row.actual for row in validation.coverage}
    assert sum(validation.transform[1:9]) == pytest.approx(within[0.8], abs=1e-12)


def test_where_nobody_bought_the_bias_is_infinite_and_nothing_is_nan():
    holdout = Holdout(ids=[0], purchases=[0], after=date(2026, 1, 31), until=date(2026, 2, 28), period="week")
    calibration = attrs.evolve(NEWCOMER, until=date(2026, 1, 31))

    found = PAPER.validate(calibration, holdout)

    assert found.bias == math.inf
    assert found.model.captured == found.attainable == 0
    assert "nan" not in str(found)


def test_a_validation_shows_itself_as_a_table(validation):
    assert str(validation).splitlines() == [
        "Validation on 2,357 customers, 39.00 weeks ahead: 1,882 purchases made",
        "                expected     bias  abs. error  rms error  top tenth",
        "BetaGeoNBD         1,653   -12.1%       0.785      1.608      47.0%",
        "as before          2,930   +55.7%       1.024      2.212      45.9%",
        "all alike          2,929   +55.6%       1.382      2.104      10.0%",
        "nobody                 0  -100.0%       0.798      2.206      10.0%",
        "had one known      1,882                                      68.4%",
        "P(alive)       customers   expected to buy    bought",
        "0.0 to 0.2            84              9.0%     34.5%",
        "0.2 to 0.4           220             19.6%     32.3%",
        "0.4 to 0.6           185             35.7%     47.0%",
        "0.6 to 0.8           342             52.3%     60.2%",
        "0.8 to 1.0         1,526             21.1%     19.1%",
        "intervals hold  50%: 50.2%, 80%: 79.8%, 90%: 88.9%, 95%: 94.0%",
    ]


def test_parts_of_different_logs_are_refused(parts):
    calibration, holdout = parts
    for wrong in (
        (calibration.where(calibration.frequency > 0), holdout),
        (attrs.evolve(calibration, until=date(1997, 9, 1)), holdout),
        (calibration, attrs.evolve(holdout, period="day")),
        (attrs.evolve(calibration, weight=np.full(len(calibration), 2.0)), holdout),
    ):
        with pytest.raises(Invalid, match=r"take both from one Purchases\.split"):
            PAPER.validate(*wrong)
    nobody = np.zeros(len(calibration), dtype=bool)
    with pytest.raises(Invalid, match="must hold a customer"):
        PAPER.validate(calibration.where(nobody), holdout)


def test_a_holdout_is_checked_when_it_is_made():
    made = {"ids": ["a"], "after": date(2026, 1, 31), "until": date(2026, 2, 28), "period": "week"}
    with pytest.raises(InvalidRows, match="purchases"):
        Holdout(**made, purchases=[0.5])
    with pytest.raises(Invalid, match="must be of one length"):
        Holdout(**made, purchases=[1, 2])
    with pytest.raises(Invalid, match="must lie after 2026-01-31"):
        Holdout(**{**made, "until": date(2026, 1, 31)}, purchases=[1])
    assert Holdout(**made, purchases=[1]) == Holdout(**made, purchases=[1])
