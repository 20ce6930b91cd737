"""Other samples of customers in context: by one step of the climb, and by the whole climb, which it is measured by."""

import attrs
import numpy as np
import pytest

from relcore.analytics import GammaGamma, ParetoNBDInContext, Prior, customer_value, joint_bootstrap
from relcore.analytics.lifetime_value import bootstrap_in_context
from relcore.analytics.lifetime_value.context_likelihood import Likelihood
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.context_cases import ROWS, TRUTH, drawn, histories, hurting, shop
from tests.oracles import context as oracle


@pytest.fixture(scope="module")
def fitted():
    context, _ = shop(seed=91, n=600)
    return ParetoNBDInContext.fit(context, leaving=["price"]), context


def test_each_history_is_as_likely_as_the_integral_says():
    for values, effects, row, path, _ in hurting(seed=92, count=4):
        buying, leaving = effects[:2], effects[1:2]
        model = ParetoNBDInContext(
            *values, buying=dict(zip("ab", buying, strict=True)), leaving={"b": leaving[0]}, period="week"
        )
        slow = oracle.Model(*values, buying, leaving)

        (each,) = model.log_likelihood_of_each(histories([path], [row]))

        told = [(b, e, v, v[1:]) for b, e, v in path]
        log = slow.log_likelihood(told, [[1, 0]] * row[0], *row)
        assert each == pytest.approx(log, rel=1e-11, abs=1e-11)


def test_the_likelihoods_of_all_customers_add_up_to_that_of_the_fit(fitted):
    model, context = fitted
    heavy = histories(
        list(drawn(np.random.default_rng(93), ROWS)), ROWS, names=("season", "price"), weight=range(1, 8)
    )

    assert model.log_likelihood_of_each(context).sum() == pytest.approx(
        model.evidence.log_likelihood, rel=1e-12
    )
    theta = model.coordinates()
    likelihood = Likelihood.of(heavy, buying=np.array([0, 1]), leaving=np.array([1]))
    assert model.log_likelihood(heavy) == pytest.approx(likelihood.at(theta).value, rel=1e-12)
    assert model.log_likelihood(heavy) == pytest.approx(
        float(np.arange(1, 8) @ model.log_likelihood_of_each(heavy)), rel=1e-14
    )


def slopes_of(model, context):
    """(n, k) by the exact gradient of one customer's likelihood after the other."""
    everybody, theta = np.arange(len(context)), model.coordinates()
    return np.array([
        Likelihood.of(context.where(everybody == n), buying=np.array([0, 1]), leaving=np.array([1])).at(theta).gradient
        for n in everybody
    ])  # fmt: skip


def test_scores_are_the_exact_slopes_of_each_customer(fitted):
    model, context = fitted
    some = context.where(np.arange(600) < 40)

    scores = bootstrap_in_context.scores(model, some)

    errors = np.sqrt(np.diag(model.evidence.covariance))
    assert scores * errors == pytest.approx(slopes_of(model, some) * errors, abs=1e-7)


def test_the_spread_of_the_bootstrap_is_that_of_the_sandwich(fitted):
    model, context = fitted
    covariance, slopes = np.array(model.evidence.covariance), slopes_of(model, context)

    models = model.bootstrap(context, draws=4000, random=np.random.default_rng(1)).models

    spread = np.cov(np.array([m.coordinates() for m in models]).T)
    sandwich = covariance @ slopes.T @ slopes @ covariance
    size = np.sqrt(np.outer(np.diag(sandwich), np.diag(sandwich)))
    assert spread / size == pytest.approx(sandwich / size, abs=0.08)


def test_one_step_goes_where_the_climb_goes(fitted):
    model, context = fitted

    step = model.bootstrap(context, draws=12, random=np.random.default_rng(1))
    climb = model.refits(context, draws=12, random=np.random.default_rng(1))

    here, error = model.coordinates(), np.sqrt(np.diag(model.evidence.covariance))
    near, far = (np.array([m.coordinates() for m in some.models]) for some in (step, climb))
    # In standard errors: what the first step misses is of second order.
    assert np.sqrt(np.mean(((far - here) / error) ** 2)) == pytest.approx(1.0, abs=0.35)
    assert np.sqrt(np.mean(((near - far) / error) ** 2)) < 0.4
    assert all(m.evidence.converged for m in climb.models)
    season = [model.coordinates().tolist().index(model.buying["season"])]
    assert np.corrcoef(near[:, season].T, far[:, season].T)[0, 1] > 0.98


def test_where_the_model_is_true_the_bootstrap_is_as_sure_as_the_likelihood(fitted):
    model, context = fitted
    some = context.where(np.arange(600) < 20)

    def asked(m):
        return m.expected_purchases(some, horizon=20)

    sure = model.interval(asked, level=0.8)
    resampled = model.bootstrap(context, draws=400, random=np.random.default_rng(2)).interval(
        asked, level=0.8
    )

    assert resampled.estimate == pytest.approx(sure.estimate, rel=1e-14)
    assert ((resampled.low < sure.estimate) & (sure.estimate < resampled.high)).all()
    ratio = (resampled.high - resampled.low) / (sure.high - sure.low)
    assert np.median(ratio) == pytest.approx(1.0, abs=0.25)


def test_a_prior_is_believed_by_every_sample(fitted):
    _, context = fitted
    few = context.where(np.arange(600) < 120)
    prior = Prior.around(TRUTH, factor={"r": 3, "s": 1.05, "leaving.price": 1.1})
    held = ParetoNBDInContext.fit(few, leaving=["price"], prior=prior)

    step = held.bootstrap(few, draws=8, random=np.random.default_rng(3))
    climb = held.refits(few, draws=8, random=np.random.default_rng(3))

    assert all(m.evidence.prior == prior for m in climb.models)
    for resampled in (step, climb):
        assert [m.s for m in resampled.models] == pytest.approx([TRUTH.s] * 8, rel=0.15)
    slopes = slopes_of(held, few).sum(axis=0)
    assert held.slope_of_prior(few.purchases) == pytest.approx(-slopes, abs=1e-3)


def test_whoever_was_given_a_context_is_resampled_as_the_model_is(fitted):
    model, context = fitted
    told, paid = (
        model.given(context),
        attrs.evolve(context.purchases, spend=context.purchases.frequency * 20.0),
    )

    def asked(m):
        return m.expected_purchases(paid, horizon=13)

    ours = told.bootstrap(paid, draws=50, random=np.random.default_rng(4)).interval(asked)
    theirs = model.bootstrap(context, draws=50, random=np.random.default_rng(4)).interval(
        lambda m: m.expected_purchases(context, horizon=13)
    )
    again = told.refits(paid, draws=2, random=np.random.default_rng(4)).models
    climbed = model.refits(context, draws=2, random=np.random.default_rng(4)).models

    assert ours.low.tolist() == theirs.low.tolist()
    assert [m.model for m in again] == list(climbed)
    assert told.interval(asked).high.tolist() == model.interval(
        lambda m: m.expected_purchases(context, horizon=13)
    ).high.tolist()  # fmt: skip
    assert len(list(told.draws(3, random=np.random.default_rng(1)))) == 3
    assert told.log_likelihood(paid) == model.log_likelihood(context)


def test_what_customers_are_worth_is_resampled_in_context(fitted):
    model, context = fitted
    random = np.random.default_rng(5)
    spend = random.gamma(6, 1 / random.gamma(4, 1 / 15, 600)) * context.purchases.frequency
    paid = attrs.evolve(context.purchases, spend=spend)
    amounts = GammaGamma.fit(paid)

    both = joint_bootstrap(model.given(context), amounts, paid, draws=30, random=np.random.default_rng(6))
    found = both.interval(lambda often, much: customer_value(often, much, paid, horizon=13, discount=0.1))

    assert ((found.low <= found.estimate) & (found.estimate <= found.high)).mean() > 0.95


def test_resampling_needs_the_context_of_the_fit_and_a_peak(fitted):
    model, context = fitted
    random, part = np.random.default_rng(1), context.where(np.arange(600) < 300)
    days = attrs.evolve(context, purchases=attrs.evolve(context.purchases, period="day"))

    with pytest.raises(Invalid, match="must be those of which the model is the best of its kind"):
        model.bootstrap(part, random=random)
    with pytest.raises(NoEvidence):
        TRUTH.bootstrap(context, random=random)
    for ask in (model.bootstrap, model.refits):
        with pytest.raises(Invalid, match="draws must be at least 1"):
            ask(context, draws=0, random=random)
        with pytest.raises(Invalid, match="period of the purchases must be the model's"):
            ask(days, random=random)
    with pytest.raises(Invalid, match="purchases must be those in the context"):
        model.given(context).bootstrap(part.purchases, random=random)
    silent = attrs.evolve(
        context.purchases, recency=context.purchases.age * (context.purchases.frequency > 0)
    )
    with pytest.raises(Invalid, match="purchases must be those in the context"):
        model.given(context).log_likelihood(silent)
    with pytest.raises(Invalid, match=r"random must be a numpy Generator, got 'int'.*default_rng"):
        model.bootstrap(context, random=1)
    assert repr(model.bootstrap(context, draws=2, random=random)) == "Resampled ParetoNBDInContext, 2 times"
