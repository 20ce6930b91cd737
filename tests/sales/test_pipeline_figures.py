"""What a pipeline is worth and how fast it turns, against sums that are done by hand and by enumeration."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import product
from math import isclose, sqrt

import pytest

from relcore import Actor, Invalid, Money, Opportunity
from relcore.analytics import KaplanMeier
from relcore.ids import CustomerId, OpportunityId
from relcore.sales import (
    Forecast,
    Pipeline,
    PipelineFigures,
    PipelineStage,
    closed_in,
    created_in,
    roll_up,
    velocity,
)
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
ME = Actor("person", "u-17")
DAY = timedelta(days=1)
PIPELINE = Pipeline(
    "new business",
    (
        PipelineStage("qualify", 0.1, forecast=Forecast.OMITTED),
        PipelineStage("propose", 0.5, forecast=Forecast.BEST_CASE),
        PipelineStage("negotiate", 0.8, forecast=Forecast.COMMIT),
    ),
)


def opened(
    amount: str, chance: float | None = None, *, at: timedelta = timedelta(0), currency: str = "EUR"
) -> Opportunity:
    new = Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money(amount, currency), at=NOON + at, expected_on=date(2026, 6, 30),
    ).entity  # fmt: skip
    return new if chance is None else new.override(chance, at=NOON + at, by=ME).entity


def won(amount: str, after: timedelta, *, at: timedelta = timedelta(0)) -> Opportunity:
    return opened(amount, at=at).win(at=NOON + at + after).entity


def lost(after: timedelta, *, at: timedelta = timedelta(0)) -> Opportunity:
    return opened("50", at=at).lose("price", lost_to="Difference & Co", at=NOON + at + after).entity


def test_b4_the_weighted_pipeline_comes_with_its_spread_and_its_largest() -> None:
    figures = PipelineFigures.of([opened("100", 0.5), opened("300", 0.2)], currency="EUR")

    assert (figures.count, figures.amount) == (2, Money("400", "EUR"))
    assert figures.weighted == Money("110", "EUR")
    assert isclose(figures.sigma, sqrt(100**2 * 0.25 + 300**2 * 0.16), rel_tol=1e-15)
    assert figures.largest_share == 0.75


def test_b4_expectation_and_spread_are_those_of_all_ways_that_it_may_end() -> None:
    sales = [("120.50", 0.1), ("80", 0.9), ("1000", 0.35), ("7.25", 0.5)]

    figures = PipelineFigures.of([opened(*sale) for sale in sales], currency="EUR")

    mean = square = 0.0
    for ends in product([True, False], repeat=len(sales)):
        weight, value = 1.0, 0.0
        for (amount, chance), is_won in zip(sales, ends, strict=True):
            weight *= chance if is_won else 1 - chance
            value += float(amount) if is_won else 0.0
        mean, square = mean + weight * value, square + weight * value**2
    assert abs(float(figures.weighted.amount) - mean) < 0.006
    assert isclose(figures.sigma, sqrt(square - mean**2), rel_tol=1e-9)


def test_b4_many_small_ones_and_one_whale_have_one_expectation_and_not_one_spread() -> None:
    many = PipelineFigures.of([opened("10", 0.5) for _ in range(100)], currency="EUR")
    whale = PipelineFigures.of([opened("1000", 0.5)], currency="EUR")

    assert many.weighted == whale.weighted
    assert isclose(whale.sigma, 10 * many.sigma)
    assert (many.largest_share, whale.largest_share) == (0.01, 1)


def test_b4_what_is_on_hold_void_or_over_is_in_no_figure() -> None:
    held = opened("70").hold("holidays", review_at=NOON + DAY, at=NOON).entity
    void = opened("70").void("a test", at=NOON).entity
    merged = opened("70").merge(opened("1"), at=NOON).entity

    figures = PipelineFigures.of([held, void, merged, won("70", DAY), lost(DAY)], currency="EUR")

    nothing = Money("0", "EUR")
    assert figures == PipelineFigures(0, nothing, nothing, 0.0, 0.0)


def test_b4_the_sum_is_rounded_once_whatever_the_hosts_decimal_context() -> None:
    cents = [opened("0.05", 0.1) for _ in range(10)]

    with localcontext(prec=2):
        figures = PipelineFigures.of(cents, currency="EUR")

    assert figures.weighted == Money("0.05", "EUR")  # each alone would be rounded to nothing
    assert sum((o.expected_amount.amount for o in cents), Decimal(0)) == 0


def test_b8_figures_of_two_currencies_are_not_added_up() -> None:
    with pytest.raises(Invalid, match="must be EUR on both sides"):
        PipelineFigures.of([opened("1"), opened("1", currency="USD")], currency="EUR")


def test_b4_a_roll_up_counts_each_sale_by_its_stage_and_the_won_ones_as_closed() -> None:
    proposed = opened("20").advance("propose", pipeline=PIPELINE, at=NOON).entity
    agreed = opened("30").advance("negotiate", pipeline=PIPELINE, at=NOON).entity

    rolled = roll_up(
        [opened("10"), proposed, agreed, won("40", DAY), lost(DAY)], pipelines=[PIPELINE], currency="EUR"
    )

    assert {forecast: money.amount for forecast, money in rolled.items()} == {
        "omitted": 10, "pipeline": 0, "best_case": 20, "commit": 30, "closed": 40,
    }  # fmt: skip
    with pytest.raises(Invalid, match="must hold every pipeline that is used"):
        roll_up([proposed], pipelines=[], currency="EUR")


def test_b5_the_rate_of_those_that_closed_is_not_that_of_those_that_were_opened() -> None:
    sales = [
        won("100", 5 * DAY), won("300", 15 * DAY), lost(40 * DAY), opened("9"),
        won("100", 5 * DAY, at=35 * DAY), opened("9", at=35 * DAY), opened("1").void("a test", at=NOON).entity,
    ]  # fmt: skip

    closed = closed_in(sales, since=NOON, until=NOON + 30 * DAY)
    created = created_in(sales, since=NOON, until=NOON + 30 * DAY)

    assert (len(closed.won), len(closed.lost), closed.undecided, closed.win_rate) == (2, 0, (), 1.0)
    assert (len(created.won), len(created.lost), len(created.undecided)) == (2, 1, 1)
    assert created.win_rate == 2 / 3
    assert created_in([], since=NOON, until=NOON).win_rate is None


def test_b5_those_that_have_not_ended_are_told_as_such_and_not_left_out() -> None:
    sales = [won("1", 10 * DAY), won("1", 20 * DAY), *(opened("1") for _ in range(3))]

    durations = created_in(sales, since=NOON, until=NOON + DAY).durations(NOON + 100 * DAY)
    curve = KaplanMeier.fit(
        [age / DAY for age, _ in durations], [ended for _, ended in durations], period="day"
    )

    assert created_in(sales, since=NOON, until=NOON + DAY).average_cycle == 15 * DAY
    assert curve.survival_at([15, 50]).tolist() == pytest.approx([0.8, 0.6])
    assert curve.median == float("inf")  # most have not ended after a hundred days


def test_b5_a_period_holds_its_first_moment_and_not_its_last() -> None:
    sales = [won("1", DAY)]

    assert closed_in(sales, since=NOON + DAY, until=NOON + 2 * DAY).won
    assert not closed_in(sales, since=NOON, until=NOON + DAY).won
    with pytest.raises(Invalid, match="must not lie before since"):
        closed_in(sales, since=NOON, until=NOON - DAY)


def test_b5_velocity_is_what_is_won_per_day() -> None:
    cohort = closed_in(
        [won("100", 5 * DAY), won("300", 15 * DAY), lost(DAY), lost(DAY)], since=NOON, until=NOON + 30 * DAY
    )

    assert cohort.average_cycle == 10 * DAY
    assert velocity(8, cohort, currency="EUR") == 8 * 0.5 * 200 / 10
    assert velocity(8, closed_in([], since=NOON, until=NOON), currency="EUR") is None
