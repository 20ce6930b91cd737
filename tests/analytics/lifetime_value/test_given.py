"""A model given what is known of its customers: each is answered as by the model that he alone would have."""

import math

import attrs
import numpy as np
import pytest

from relcore.analytics import (
    AliveHistory,
    Covariates,
    Evidence,
    FrequencyHistogram,
    GammaGamma,
    GammaGompertzNBD,
    Given,
    HistoryGrid,
    ParetoNBD,
    PlainNBD,
    Prior,
    Purchases,
    Tracking,
    WithCovariates,
    customer_value,
    joint_bootstrap,
    value_futures,
)
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.lifetime_value.bootstrap import samples
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.test_with_covariates import QUICK, WORLDS, named
from tests.oracles.own_scales import world

QUESTIONS = {
    "probability_alive": lambda m, rows: m.probability_alive(rows),
    "alive later": lambda m, rows: m.probability_alive(rows, ahead=9),
    "expected_purchases": lambda m, rows: m.expected_purchases(rows, horizon=9),
    "probability_of_none": lambda m, rows: m.probability_of_none(rows, horizon=9),
    "probability_of_purchases": lambda m, rows: m.probability_of_purchases(rows, at_least=2, horizon=9),
    "probability_of_exactly": lambda m, rows: m.probability_of_exactly(rows, 1, horizon=9),
    "next_purchase_within": lambda m, rows: m.next_purchase_within(rows, 0.3),
    "one that few reach": lambda m, rows: m.next_purchase_within(rows, 0.9),
    "discounted_purchases": lambda m, rows: m.discounted_purchases(rows, horizon=30, discount=0.1),
    "for ever": lambda m, rows: m.discounted_purchases(rows, horizon=math.inf, discount=0.1),
}


@pytest.fixture(scope="module")
def fit():
    rows, known = world(WORLDS[5], 800, random=np.random.default_rng(21))
    return ParetoNBD.fit_with(rows, buying=known, leaving=known), rows, known


def alone(fitted, known, row):
    return fitted.model_for(dict(zip(known.names, known.values[row].tolist(), strict=True)))


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("true", WORLDS, ids=named)
def test_each_is_answered_as_by_the_model_of_him_alone(true, question):
    ask = QUESTIONS[question]
    rows, known = world(true, 5, random=np.random.default_rng(20))

    answers = ask(true.given(known), rows)

    for n in range(len(rows)):
        one = ask(alone(true, known, n), rows.where(np.arange(5) == n))
        assert answers[n] == pytest.approx(one[0], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("true", QUICK, ids=named)
def test_the_likelihood_is_that_of_each_alone(true):
    rows, known = world(true, 10, random=np.random.default_rng(22))

    total = true.given(known).log_likelihood(rows)

    each = [alone(true, known, n).log_likelihood(rows.where(np.arange(10) == n)) for n in range(10)]
    assert total == pytest.approx(sum(each), rel=1e-10)
    assert true.given(known).log_likelihood(rows.where(np.zeros(10, dtype=bool))) == 0.0


def test_customers_are_found_by_their_ids_in_any_order(fit):
    fitted, rows, known = fit
    theirs = fitted.given(known)
    some = Purchases.from_summary(
        frequency=rows.frequency[[7, 3]], recency=rows.recency[[7, 3]], age=rows.age[[7, 3]],
        ids=rows.ids[[7, 3]], period="week",
    )  # fmt: skip

    answers = theirs.expected_purchases(some, horizon=9)

    np.testing.assert_allclose(answers, theirs.expected_purchases(rows, horizon=9)[[7, 3]], rtol=1e-14)
    assert theirs.expected_purchases(rows.where(rows.ids < 0), horizon=9).shape == (0,)


def test_a_question_for_each_customer_is_asked_of_him(fit):
    fitted, rows, known = fit
    theirs, count = fitted.given(known), np.arange(len(rows)) % 4

    answers = theirs.probability_of_purchases(rows, at_least=count, horizon=9)

    for m in range(4):
        same = theirs.probability_of_purchases(rows, at_least=m, horizon=9)
        assert answers[count == m].tolist() == same[count == m].tolist()
    with pytest.raises(Invalid, match="probability must be one number, or one per customer"):
        theirs.next_purchase_within(rows, [0.5, 0.6])


def test_customers_who_are_not_known_and_other_units_are_refused(fit):
    fitted, _, known = fit
    theirs = fitted.given(known)
    stranger = Purchases.from_summary(frequency=[1], recency=[2], age=[3], ids=[9999], period="week")
    daily = Purchases.from_summary(frequency=[1], recency=[2], age=[3], ids=[7], period="day")

    with pytest.raises(Invalid, match="of 1 in 1 they do not"):
        theirs.probability_alive(stranger)
    with pytest.raises(Invalid, match="period of the purchases must be the model's, week"):
        theirs.probability_alive(daily)
    with pytest.raises(Invalid, match="names must be among web, got 'tenure'"):
        fitted.given(known.only("web"))


def test_a_column_in_another_unit_is_noticed(fit):
    fitted, _, known = fit
    days = Covariates(known.ids, known.names, known.values * [1, 365.25 * 7])

    with pytest.raises(Invalid, match="tenure must not make anybody wait for ages, as it does") as told:
        fitted.given(days)
    assert "personal" in str(told.value)


def test_a_column_far_from_0_is_no_matter():
    rows, known = world(WORLDS[5], 600, random=np.random.default_rng(28))
    born = Covariates(known.ids, known.names, known.values * [1, -1] + [0, 4000])
    near, far = (ParetoNBD.fit_with(rows, buying=some, leaving=some) for some in (known, born))

    # Of somebody born in the year 0, if there had been customers.
    assert abs(math.log(far.base.beta)) > 120

    assert far.given(born).expected_purchases(rows, horizon=9) == pytest.approx(
        near.given(known).expected_purchases(rows, horizon=9), rel=1e-6
    )
    with pytest.raises(Invalid, match="tenure must not be so far from 0"):
        ParetoNBD.fit_with(rows, leaving=Covariates(born.ids, born.names, np.add(born.values, [0, 1e6])))


def test_the_model_of_one_must_be_told_all_there_is(fit):
    fitted, _, _ = fit

    with pytest.raises(Invalid, match="covariates must be web, tenure"):
        fitted.model_for({"web": 1})
    assert fitted.model_for({"web": 0, "tenure": 0}) == fitted.base


def test_a_newcomer_is_like_one_of_the_customers(fit):
    fitted, _, known = fit
    known = known.of(known.ids[:50])
    theirs = fitted.given(known)

    mean = theirs.expected_purchases_of_newcomer([13, 4, 13])

    each = [alone(fitted, known, n).expected_purchases_of_newcomer(13)[0] for n in range(len(known))]
    assert mean[[0, 2]] == pytest.approx(np.mean(each), rel=1e-12)
    assert mean[1] < mean[0]
    with pytest.raises(Invalid, match="covariates must be of at least one customer"):
        fitted.given(known.of(known.ids[:0])).expected_purchases_of_newcomer(13)


# --- how sure ---


def test_intervals_of_parameters_are_those_of_the_summary(fit):
    fitted, _, _ = fit
    summary = fitted.summary(level=0.9)

    alpha = fitted.interval(lambda m: np.array([m.base.alpha]), level=0.9)
    effect = fitted.interval(lambda m: np.array([m.leaving["web"]]), level=0.9, between=(-math.inf, math.inf))

    row = next(row for row in summary.rows if row.name == "alpha")
    assert [alpha.low[0], alpha.high[0]] == pytest.approx([row.low, row.high], rel=1e-5)
    row = next(row for row in summary.effects if (row.process, row.covariate) == ("leaving", "web"))
    assert [effect.low[0], effect.high[0]] == pytest.approx([row.low, row.high], rel=1e-5)


def test_draws_spread_as_the_evidence_says(fit):
    fitted, _, known = fit

    drawn = list(fitted.draws(4000, random=np.random.default_rng(1)))

    spread = np.cov(
        [[math.log(m.base.alpha), m.buying["tenure"], m.leaving["web"]] for m in drawn], rowvar=False
    )
    places = [1, 5, 6]  # of (r, alpha, s, beta, web and tenure on buying, web and tenure on leaving)
    expected = np.array(fitted.evidence.covariance)[np.ix_(places, places)]
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    assert spread / scale == pytest.approx(expected / scale, abs=0.08)
    again = next(iter(fitted.given(known).draws(4000, random=np.random.default_rng(1))))
    assert again.model == drawn[0]
    assert drawn[0].evidence is None


def test_intervals_of_answers_hold_what_draws_give(fit):
    fitted, rows, known = fit
    theirs = fitted.given(known)

    sure = theirs.interval(lambda m: m.expected_purchases(rows, horizon=9), level=0.8)

    seen = [
        m.expected_purchases(rows, horizon=9).mean()
        for m in theirs.draws(120, random=np.random.default_rng(2))
    ]
    total = theirs.interval(lambda m: np.array([m.expected_purchases(rows, horizon=9).mean()]), level=0.8)
    assert (sure.low < sure.estimate).all()
    assert (sure.estimate < sure.high).all()
    assert np.quantile(seen, [0.1, 0.9]) == pytest.approx([total.low[0], total.high[0]], rel=0.1)


def test_without_evidence_nothing_is_sure():
    theirs = WORLDS[5].given(Covariates([1], ["web", "tenure"], [[1, 40]]))

    with pytest.raises(NoEvidence):
        theirs.interval(lambda m: m.expected_purchases_of_newcomer(9))


# --- other samples of customers ---


@pytest.mark.parametrize("true", QUICK, ids=named)
def test_slopes_are_those_of_each_likelihood(true):
    rows, known = world(true, 20, random=np.random.default_rng(28))
    theirs = true.given(known)

    slopes = theirs.scores(rows)

    for n, step in enumerate(1e-6 * np.eye(slopes.shape[1])):
        up, down = (theirs.stepped(sign * step).log_likelihood_of_each(rows) for sign in (1, -1))
        assert slopes[:, n] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-5)


def test_the_bootstrap_spreads_as_the_sandwich_says(fit):
    fitted, rows, known = fit
    theirs = fitted.given(known)

    drawn = theirs.bootstrap(rows, draws=3000, random=np.random.default_rng(5))

    slopes, covariance = theirs.scores(rows), np.array(fitted.evidence.covariance)
    sandwich = covariance @ slopes.T @ slopes @ covariance
    effects = [m.model.leaving["web"] for m in drawn.models]
    logs = [math.log(m.model.base.alpha) for m in drawn.models]
    assert np.std(effects) == pytest.approx(math.sqrt(sandwich[6, 6]), rel=0.05)
    assert np.std(logs) == pytest.approx(math.sqrt(sandwich[1, 1]), rel=0.05)
    seen = drawn.interval(lambda m: np.array([m.model.leaving["web"]]))
    assert seen.estimate[0] == fitted.leaving["web"]
    assert seen.low[0] < seen.estimate[0] < seen.high[0]


@pytest.mark.parametrize("prior", [False, True], ids=["alone", "with a prior"])
def test_refits_are_the_fits_to_other_weights(prior):
    true = WORLDS[4]  # one with a k, which stays
    rows, known = world(true, 400, random=np.random.default_rng(29))
    options = {"k": true.base.k, "prior": Prior.around(true, factor=2) if prior else None}
    fitted = type(true.base).fit_with(rows, buying=known, leaving=known, **options)

    again = fitted.given(known).refits(rows, draws=3, random=np.random.default_rng(4))

    weights = next(samples(rows, 3, np.random.default_rng(4)))
    assert again.model.model == fitted
    for given_, weight in zip(again.models, weights, strict=True):
        heavy = attrs.evolve(rows, weight=weight)
        slow = type(true.base).fit_with(heavy, buying=known, leaving=known, **options)
        assert given_.model.parameters() == pytest.approx(slow.parameters(), rel=1e-5)
        assert given_.model.evidence.log_likelihood == pytest.approx(slow.evidence.log_likelihood, rel=1e-9)


def test_refits_spread_about_as_the_bootstrap_does(fit):
    fitted, rows, known = fit
    theirs = fitted.given(known)

    exact = theirs.refits(rows, draws=40, random=np.random.default_rng(5))

    first = theirs.bootstrap(rows, draws=40, random=np.random.default_rng(5))
    both = [[m.model.buying["web"] for m in drawn.models] for drawn in (exact, first)]
    spread = np.std(both, axis=1)
    assert np.corrcoef(both)[0, 1] > 0.97
    assert spread[0] == pytest.approx(spread[1], rel=0.1)


def test_the_bootstrap_knows_of_the_prior():
    true = WORLDS[5]
    rows, known = world(true, 300, random=np.random.default_rng(30))
    prior = Prior.around(true, factor=1.3)
    theirs = type(true.base).fit_with(rows, buying=known, leaving=known, prior=prior).given(known)

    drawn = theirs.bootstrap(rows, draws=50, random=np.random.default_rng(5))

    assert len(drawn.models) == 50
    assert theirs.scores(rows).sum(axis=0) + theirs.slope_of_prior(rows) == pytest.approx(0, abs=1e-4)
    assert np.abs(theirs.slope_of_prior(rows)).max() > 0.1


def test_the_bootstrap_of_others_is_refused(fit):
    fitted, rows, known = fit
    some = np.arange(len(rows)) < 500

    with pytest.raises(Invalid, match="histories must be those of which the model is the best of its kind"):
        fitted.given(known).bootstrap(rows.where(some), random=np.random.default_rng(6))


def test_how_often_and_how_much_are_resampled_together(fit):
    fitted, rows, known = fit
    theirs, paid = fitted.given(known), paid_by(rows)
    spend = GammaGamma.fit(paid)

    both = joint_bootstrap(theirs, spend, paid, draws=12, random=np.random.default_rng(7))

    worth = both.interval(
        lambda often, much: customer_value(often, much, paid, horizon=9, discount=0.1).mean(keepdims=True)
    )
    alone = theirs.bootstrap(rows, draws=12, random=np.random.default_rng(7))
    assert worth.low[0] < worth.estimate[0] < worth.high[0]
    assert [often.model for often, _ in both.pairs] == [m.model for m in alone.models]


# --- whatever takes a model ---


def test_futures_come_in_the_order_of_the_purchases(fit):
    fitted, rows, known = fit
    theirs, turned = fitted.given(known), fitted.given(known.of(known.ids[::-1]))

    seen = theirs.futures(rows, horizon=9, draws=100, random=np.random.default_rng(3))

    again = turned.futures(rows, horizon=9, draws=100, random=np.random.default_rng(3))
    expected = theirs.expected_purchases(rows, horizon=9)
    assert np.array_equal(seen.outcomes, again.outcomes)
    assert seen.outcomes.sum(axis=1).mean() == pytest.approx(expected.sum(), rel=0.04)
    likely = np.argsort(expected)[-80:]
    assert seen.outcomes[:, likely].mean() == pytest.approx(expected[likely].mean(), rel=0.07)


@pytest.mark.parametrize("true", WORLDS, ids=named)
def test_futures_are_on_average_what_is_expected(true):
    rows, known = world(true, 100, random=np.random.default_rng(23))
    theirs = all_but_known(true).given(known)

    seen = theirs.futures(rows, horizon=20, draws=300, random=np.random.default_rng(1)).outcomes

    expected = theirs.expected_purchases(rows, horizon=20)
    for customers in (np.arange(100), np.argsort(expected)[-20:]):
        totals = seen[:, customers].sum(axis=1)
        error = totals.std(ddof=1) / math.sqrt(totals.size)
        assert totals.mean() == pytest.approx(expected[customers].sum(), abs=4 * error)


def all_but_known(true):
    """The model with evidence of errors that make no difference."""
    size = len(true.base.parameters()) + len(true.buying) + len(true.leaving)
    covariance = tuple(map(tuple, 1e-16 * np.eye(size)))
    return attrs.evolve(true, evidence=Evidence(covariance, 0.0, 100.0, 0.0, converged=True))


def test_customers_are_worth_what_they_buy(fit):
    fitted, rows, known = fit
    theirs, spend = fitted.given(known), GammaGamma(p=6.25, q=3.74, v=15.44)
    paid = Purchases.from_summary(
        frequency=rows.frequency, recency=rows.recency, age=rows.age, period="week",
        mean_spend=np.full(len(rows), 20.0),
    )  # fmt: skip

    value = customer_value(theirs, spend, paid, horizon=52, discount=0.1)

    worth = theirs.discounted_purchases(paid, horizon=52, discount=0.1) * spend.expected_spend(paid)
    assert value == pytest.approx(worth, rel=1e-12)
    sure = GammaGamma.fit(paid_by(rows))
    drawn = value_futures(
        theirs, sure, paid, horizon=9, discount=0.1, draws=20, random=np.random.default_rng(4)
    )
    assert drawn.outcomes.shape == (20, len(rows))


def paid_by(rows):
    spend = np.random.default_rng(24).gamma(6.0, 3.0, len(rows)) + 1.0
    return Purchases.from_summary(
        frequency=rows.frequency, recency=rows.recency, age=rows.age, mean_spend=spend, period="week"
    )


def test_it_is_validated_and_tracked_as_its_base_is():
    random = np.random.default_rng(25)
    days = np.sort(random.integers(0, 400, 1500)) + 1000
    ledger = Ledger.from_log(customer=random.integers(0, 300, 1500), day=days)
    known = Covariates(np.arange(300), ["even"], (np.arange(300) % 2 == 0)[:, None].astype(float))
    calibration, holdout = ledger.split(period="week", cut="1973-05-01", until="1973-10-30")
    fitted = PlainNBD.fit_with(calibration, buying=known.of(calibration.ids))

    theirs = fitted.given(known)

    validation = theirs.validate(calibration, holdout)
    assert validation.model.name == "PlainNBD"
    assert validation.model.expected == pytest.approx(
        theirs.expected_purchases(calibration, horizon=holdout.length).sum()
    )
    tracked = Tracking.of(theirs, ledger, cut="1973-05-01", until="1973-10-30")
    assert (np.diff(tracked.expected) > 0).all()
    assert repr(theirs) == "PlainNBD given the covariates of 300 customers"


def test_those_who_age_can_be_asked_what_their_base_can():
    assert isinstance(WORLDS[6].base, GammaGompertzNBD)
    rows, known = world(WORLDS[6], 200, random=np.random.default_rng(26))
    theirs = WORLDS[6].given(known)

    assert isinstance(theirs, Given)
    assert isinstance(theirs.model, WithCovariates)
    later = theirs.probability_alive(rows, ahead=30)
    assert (later < theirs.probability_alive(rows)).all()


# --- pictures ---


def test_newcomers_of_a_histogram_are_the_customers_when_they_were_new(fit):
    fitted, rows, known = fit
    some = rows.where(np.arange(len(rows)) < 12)

    seen = FrequencyHistogram.of(fitted.given(known), some, most=3)

    each = [
        FrequencyHistogram.of(alone(fitted, known, n), some.where(np.arange(12) == n), most=3)
        for n in range(12)
    ]
    assert seen.expected == pytest.approx(sum(one.expected for one in each), rel=1e-10)
    assert seen.expected.sum() == pytest.approx(12)


def test_a_history_day_by_day_is_that_of_this_customer(fit):
    fitted, _, known = fit
    ledger = Ledger.from_log(customer=[700, 700, 7], day=[0, 9, 3])

    seen = AliveHistory.of(fitted.given(known), ledger, 700, until="1970-02-01")

    own = AliveHistory.of(alone(fitted, known, 700), ledger, 700, until="1970-02-01")
    assert seen.alive.tolist() == own.alive.tolist()


def test_a_map_of_histories_is_of_nobody_and_can_be_drawn_of_one(fit):
    fitted, _, known = fit
    theirs = fitted.given(known)

    with pytest.raises(Invalid, match="must tell of every customer of the purchases"):
        HistoryGrid.of(theirs.probability_alive, age=4, period="week", most=1)
    grid = HistoryGrid.of(theirs.model_of(7).probability_alive, age=4, period="week", most=1)
    own = HistoryGrid.of(alone(fitted, known, 7).probability_alive, age=4, period="week", most=1)
    assert grid.values.tolist() == own.values.tolist()
