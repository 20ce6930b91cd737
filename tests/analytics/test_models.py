"""What every model promises: values, intervals, JSON, and an honest report of what the data did not tell."""

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    BetaGeoNBD,
    Evidence,
    GammaGamma,
    Ledger,
    Purchases,
    Span,
    Tracking,
    customer_value,
)
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid, NoEvidence

PAPER = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
SPEND = GammaGamma(p=6.25, q=3.74, v=15.44)


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


@pytest.fixture(scope="module")
def calibration(ledger):
    return ledger.purchases(period="week", until="1997-09-30")


@pytest.fixture(scope="module")
def model(calibration):
    return BetaGeoNBD.fit(calibration)


@pytest.fixture(scope="module")
def spend(calibration):
    return GammaGamma.fit(calibration)


def some(period="week", **more):
    return Purchases.from_summary(
        frequency=[0, 2, 26], recency=[0, 30.43, 30.86], age=[38.86, 38.86, 31], period=period, **more
    )


# --- values ---


def test_models_are_values(model, spend):
    for value in (model, spend, PAPER, SPEND):
        copy = type(value).from_json(value.to_json())
        assert copy == value
        assert hash(copy) == hash(value)
        assert pickle.loads(pickle.dumps(value)) == value


def test_json_of_something_else_is_refused(model):
    tree = json.loads(model.to_json())
    for change, says in [
        ({"model": "GammaGamma"}, "model must be BetaGeoNBD, got 'GammaGamma'"),
        ({"schema": 99}, "schema must be 1, got 99"),
        ({"r": "0.2"}, r"invalid value.*@ \$.r"),
        ({"r": -1}, r"must lie in \(0, inf\)"),
        ({"beta": 1}, "beta"),
        ({"period": "fortnight"}, "fortnight"),
        ({"evidence": {"converged": "yes"}}, "converged"),
    ]:
        with pytest.raises(Invalid, match=says):
            BetaGeoNBD.from_json(json.dumps(tree | change))
    for text in ("{", "[1]"):
        with pytest.raises(Invalid, match="json must be"):
            BetaGeoNBD.from_json(text)


@pytest.mark.parametrize("bad", [0, -1, math.inf, math.nan])
def test_a_parameter_outside_its_range_is_refused(bad):
    with pytest.raises(Invalid, match=r"alpha must lie in \(0, inf\)"):
        BetaGeoNBD(r=1, alpha=bad, a=1, b=1, period="week")


def test_the_table_shows_estimates_errors_and_convergence(model):
    lines = repr(model).splitlines()
    assert lines[0] == "BetaGeoNBD(period week)"
    assert lines[1].split() == ["estimate", "std.", "error", "95%", "from", "to"]
    assert lines[2].split() == ["r", "0.242595", "0.0125574", "0.21919", "0.268498"]
    assert lines[-1] == "log-likelihood -9582.429, 2,357 customers, converged"
    assert repr(PAPER) == "BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period='week')"


def test_the_table_tells_how_many_customers_could_not_say_anything(spend):
    assert (
        repr(spend).splitlines()[-1]
        == "log-likelihood of mean amounts -4055.918, 946 customers (1,411 left out), converged"
    )


def test_results_cannot_be_written_to(model, calibration):
    for result in (
        model.probability_alive(calibration),
        model.expected_purchases(calibration, horizon=3),
        model.expected_purchases_of_newcomer([1, 2]),
        model.interval(lambda m: m.probability_alive(calibration), between=(0, 1)).low,
    ):
        assert not result.flags.writeable


# --- units ---


def test_purchases_in_another_unit_are_refused_with_the_remedy():
    for ask in (
        lambda p: PAPER.expected_purchases(p, horizon=3),
        PAPER.probability_alive,
        PAPER.log_likelihood,
    ):
        with pytest.raises(
            Invalid, match=r"period of the purchases must be the model's, week, got 'day': make them"
        ):
            ask(some("day"))
    with pytest.raises(Invalid, match="currency of the purchases must be the model's, None, got 'EUR'"):
        SPEND.expected_spend(some(mean_spend=[0, 1, 2], currency="EUR"))


def test_the_unit_of_time_changes_no_prediction(ledger, model, calibration):
    for period in ("day", "month", "year"):
        rows = ledger.purchases(period=period, until="1997-09-30")
        other = BetaGeoNBD.fit(rows)
        assert (other.r, other.a, other.b) == pytest.approx((model.r, model.a, model.b), rel=1e-6)
        assert other.probability_alive(rows) == pytest.approx(model.probability_alive(calibration), rel=1e-7)
        for horizon in (Span(39, "week"), Span(2, "year")):
            theirs = other.expected_purchases(rows, horizon=horizon)
            assert theirs == pytest.approx(model.expected_purchases(calibration, horizon=horizon), rel=1e-7)
        value = customer_value(other, SPEND, strip(rows), horizon=Span(3, "year"), discount=0.1)
        ours = customer_value(model, SPEND, strip(calibration), horizon=Span(3, "year"), discount=0.1)
        assert value == pytest.approx(ours, rel=1e-7)


def strip(rows):
    return Purchases(
        ids=rows.ids, frequency=rows.frequency, recency=rows.recency, age=rows.age, spend=rows.spend,
        weight=rows.weight, period=rows.period,
    )  # fmt: skip


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_a_horizon_is_finite_and_not_negative(bad):
    with pytest.raises(Invalid, match="horizon must be"):
        PAPER.expected_purchases(some(), horizon=bad)
    with pytest.raises(Invalid, match="horizon must be"):
        PAPER.expected_purchases_of_newcomer([1, bad])
    with pytest.raises(Invalid, match="span must be"):
        Span(bad, "week")


def test_spans_convert():
    assert Span(2, "week").counted_in("day") == 14
    assert Span(1, "year").counted_in("month") == 12
    assert Span(3, "quarter") == Span(3, "quarter")
    with pytest.raises(Invalid, match="period must be one of"):
        Span(1, "fortnight")


# --- predictions ---

positive = st.floats(1e-3, 1e3)


@settings(max_examples=150, deadline=None)
@given(
    r=positive, alpha=positive, a=positive, b=positive,
    x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-3, 1e4), horizon=st.floats(0, 1e5),
)  # fmt: skip
def test_predictions_are_possible_for_every_history(r, alpha, a, b, x, part, age, horizon):
    recency = max(part, 1e-9) * age if x else 0.0
    rows = Purchases.from_summary(frequency=[x], recency=[recency], age=[age], period="day")
    model = BetaGeoNBD(r=r, alpha=alpha, a=a, b=b, period="day")
    alive = model.probability_alive(rows)[0]
    expected = model.expected_purchases(rows, horizon=horizon)[0]
    assert 0 <= alive <= 1
    assert 0 <= expected <= (r + x) / (alpha + age) * horizon * (1 + 1e-9)
    assert expected <= model.expected_purchases(rows, horizon=horizon * 2 + 1)[0] * (1 + 1e-8)
    assert model.discounted_purchases(rows, horizon=1.0, discount=0.3)[0] >= 0


def test_a_horizon_of_nothing_brings_nothing():
    assert PAPER.expected_purchases(some(), horizon=0).tolist() == [0, 0, 0]
    infinite = GammaGamma(p=2, q=0.5, v=3)
    rows = some(mean_spend=[0, 1, 1])
    assert customer_value(PAPER, infinite, rows, horizon=0, discount=0.1).tolist() == [0, 0, 0]
    assert customer_value(PAPER, infinite, rows, horizon=1, discount=0.1)[0] == math.inf


def test_value_is_purchases_times_spend_and_discounting_takes_some_off():
    rows = some(mean_spend=[0, 22.35, 30])
    plain = customer_value(PAPER, SPEND, rows, horizon=52, discount=0)
    assert plain == pytest.approx(PAPER.expected_purchases(rows, horizon=52) * SPEND.expected_spend(rows))
    dear = customer_value(PAPER, SPEND, rows, horizon=52, discount=0.1)
    assert (dear < plain).all()
    assert (dear > plain / 1.1).all()


def test_a_margin_is_what_is_left_of_every_amount_of_all_or_of_each_customer():
    rows = some(mean_spend=[0, 22.35, 30])
    revenue = customer_value(PAPER, SPEND, rows, horizon=52, discount=0.1)

    alike = customer_value(PAPER, SPEND, rows, horizon=52, discount=0.1, margin=0.3)
    each = customer_value(PAPER, SPEND, rows, horizon=52, discount=0.1, margin=[0.1, 0.5, 1])

    assert alike == pytest.approx(0.3 * revenue)
    assert each == pytest.approx([0.1, 0.5, 1] * revenue)


@pytest.mark.parametrize("bad", [0, -0.1, 30, math.nan, [0.3, 0.3, 1.1]])
def test_a_margin_is_a_part_of_the_amount(bad):
    with pytest.raises(Invalid, match=r"margin must lie in \(0, 1\].*0.3 says that 30 %"):
        customer_value(PAPER, SPEND, some(mean_spend=[0, 22, 30]), horizon=9, discount=0, margin=bad)


def test_margins_are_of_all_customers_or_of_one_each():
    with pytest.raises(Invalid, match="margin must be one number, or one per customer"):
        customer_value(PAPER, SPEND, some(mean_spend=[0, 22, 30]), horizon=9, discount=0, margin=[0.3, 0.4])


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
def test_a_discount_is_a_yearly_rate(bad):
    with pytest.raises(Invalid, match="discount must be a yearly rate"):
        PAPER.discounted_purchases(some(), horizon=3, discount=bad)
    with pytest.raises(Invalid, match="discount must be > 0 for an infinite horizon"):
        PAPER.discounted_purchases(some(), horizon=math.inf, discount=0)


# --- how sure ---


def test_intervals_hold_the_estimate_and_keep_to_the_bounds(model, calibration):
    counts = model.interval(lambda m: m.expected_purchases(calibration, horizon=39), level=0.9)
    assert (counts.low > 0).all()
    assert (counts.low <= counts.estimate).all()
    assert (counts.estimate <= counts.high).all()
    alive = model.interval(lambda m: m.probability_alive(calibration), between=(0, 1))
    assert (alive.low <= alive.estimate).all()
    assert (alive.high <= 1).all()
    once = calibration.frequency == 0
    assert (alive.low[once] == 1).all()
    wide = model.interval(lambda m: m.expected_purchases(calibration, horizon=39), level=0.99)
    assert (wide.high > counts.high).all()


def test_the_interval_of_a_parameter_is_its_row_of_the_table(model):
    found = model.interval(lambda m: np.array([m.r, m.alpha]), level=0.95)
    rows = model.summary(level=0.95).rows
    assert found.low == pytest.approx([rows[0].low, rows[1].low], rel=1e-8)
    assert found.high == pytest.approx([rows[0].high, rows[1].high], rel=1e-8)
    free = model.interval(lambda m: np.log([m.r]), between=(-math.inf, math.inf))
    assert np.exp(free.low) == pytest.approx(rows[0].low, rel=1e-8)
    below = model.interval(lambda m: -np.array([m.r]), between=(-math.inf, 0))
    assert below.high == pytest.approx(-rows[0].low, rel=1e-8)


def test_draws_vary_as_the_interval_says(model):
    random = np.random.default_rng(3)
    row = some()
    sample = np.array([m.expected_purchases(row, horizon=39) for m in model.draws(2000, random=random)])
    interval = model.interval(lambda m: m.expected_purchases(row, horizon=39), level=0.9)
    assert np.quantile(sample, 0.05, axis=0) == pytest.approx(interval.low, rel=0.03)
    assert np.quantile(sample, 0.95, axis=0) == pytest.approx(interval.high, rel=0.03)


def test_beside_an_infinite_mean_nothing_is_known_but_the_range():
    evidence = Evidence(((0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.0, 0.0, 0.1)), -1.0, 5, 0, converged=True)
    found = GammaGamma(p=1, q=1, v=3, evidence=evidence).interval(
        lambda m: m.expected_spend(some(mean_spend=[0, 3, 4]))
    )
    assert (found.low[0], found.high[0]) == (0, math.inf)
    assert np.isfinite(found.high[1:]).all()


def test_a_published_model_says_that_it_knows_no_uncertainty(model):
    for ask in (
        lambda: PAPER.interval(lambda m: m.probability_alive(some())),
        lambda: next(PAPER.draws(1, random=np.random.default_rng(1))),
        PAPER.summary,
    ):
        with pytest.raises(NoEvidence, match="built from parameters alone"):
            ask()
    for level in (0, 1, 95):
        with pytest.raises(Invalid, match="level must lie in"):
            model.summary(level=level)
    with pytest.raises(Invalid, match="between must hold the quantity, which reaches 1"):
        model.interval(lambda m: m.probability_alive(some()), between=(0, 0.5))


# --- fits that find no peak ---


def alike(n, x, recency, age, **more):
    return Purchases.from_summary(
        frequency=np.full(n, x), recency=np.full(n, recency), age=np.full(n, age), period="week", **more
    )


def test_nobody_came_back():
    with pytest.raises(Invalid, match="purchases must hold a customer who came back, got 2: observe longer"):
        BetaGeoNBD.fit(alike(2, 0, 0, 9))
    with pytest.raises(Invalid, match="must hold a customer who came back and spent something"):
        GammaGamma.fit(alike(2, 0, 0, 9, mean_spend=[0, 0]))


@pytest.mark.parametrize("n", [1, 50])
@pytest.mark.parametrize(("x", "recency"), [(1, 5), (4, 8.9), (900, 1)])
def test_one_customer_or_all_alike_fit_without_a_peak_and_say_so(n, x, recency):
    rows = alike(n, x, recency, 9, mean_spend=np.full(n, 10))
    for model in (BetaGeoNBD.fit(rows), GammaGamma.fit(rows)):
        assert not model.evidence.converged
        assert any(name in model.evidence.remark for name in model.parameters())
        assert model.evidence.covariance is None
        assert np.isfinite(list(model.parameters().values())).all()
        assert "NOT converged" in repr(model)
        with pytest.raises(Invalid, match="covariance is not known"):
            model.interval(lambda m: np.array([1.0]))
        assert type(model).from_json(model.to_json()) == model
    timing = BetaGeoNBD.fit(rows)
    assert np.isfinite(timing.expected_purchases(rows, horizon=5)).all()


def test_weights_count_customers(calibration, model):
    doubled = Purchases.from_summary(
        frequency=calibration.frequency, recency=calibration.recency, age=calibration.age, period="week",
        weight=np.full(len(calibration), 2.0),
    )  # fmt: skip
    twice = BetaGeoNBD.fit(doubled)
    assert twice.parameters() == pytest.approx(model.parameters(), rel=1e-8)
    assert twice.evidence.log_likelihood == pytest.approx(2 * model.evidence.log_likelihood)
    error, once = twice.summary().rows[0].standard_error, model.summary().rows[0].standard_error
    assert error == pytest.approx(once / math.sqrt(2))


def test_a_fit_finds_the_parameters_that_made_the_data():
    random = np.random.default_rng(20)
    n, end = 20_000, 60.0
    rate, chance = random.gamma(0.8, 1 / 5.0, n), random.beta(1.2, 3.0, n)
    life = random.geometric(chance)  # purchases until dropout; the first of the repeats may be the last
    x, recency, clock = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(1, 400):
        clock = clock + random.exponential(1 / rate)
        bought = (clock <= end) & (k <= life)
        x, recency = np.where(bought, k, x), np.where(bought, clock, recency)
    model = BetaGeoNBD.fit(
        Purchases.from_summary(frequency=x, recency=recency, age=np.full(n, end), period="week")
    )
    truth = {"r": 0.8, "alpha": 5.0, "a": 1.2, "b": 3.0}
    for row in model.summary(level=0.999).rows:
        assert row.low < truth[row.name] < row.high


# --- tracking ---


def test_tracking_counts_the_cohort_of_the_calibration_only():
    log = {"who": ["a", "a", "b", "b", "c", "c"], "day": [0, 7, 3, 20, 15, 16]}
    ledger = Ledger.from_log(customer=log["who"], day=log["day"])
    tracked = Tracking.of(PAPER, ledger, cut="1970-01-08", until="1970-01-28")
    assert tracked.time.tolist() == [1, 2, 3, 4]
    assert tracked.actual.tolist() == [0, 1, 2, 2]
    born = PAPER.expected_purchases_of_newcomer([2, 2 - 3 / 7])
    assert tracked.expected[1] == pytest.approx(born.sum())
    assert (tracked.start.isoformat(), tracked.cut) == ("1970-01-01", 1)
    assert "4 weeks from 1970-01-01" in repr(tracked)
    with pytest.raises(Invalid, match="cut must not lie before the first order"):
        Tracking.of(PAPER, ledger, cut="1969-01-01", until="1970-01-28")
    with pytest.raises(Invalid, match="until must not lie before the cut"):
        Tracking.of(PAPER, ledger, cut="1970-01-08", until="1970-01-01")
    assert "0 weeks" in repr(Tracking.of(PAPER, ledger, cut="1970-01-01", until="1970-01-02"))
