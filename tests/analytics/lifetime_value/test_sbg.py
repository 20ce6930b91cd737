"""sBG: the published numbers, the paper's likelihood in forty digits, and cohorts that tell little.

FH = Fader, Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90: the share of customers
of two segments that was still there after so many years, taken as that of a thousand. PyMC = pymc-marketing 1.3.0, tests.
"""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import Renewals, ShiftedBetaGeo, Span
from relcore.analytics.lifetime_value import sbg
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import occasions_and_renewals as oracle
from tests.oracles.shoppers import contracts

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173]


def first(years, survivors):
    return Renewals.from_survivors(survivors[: years + 1], period="year")


@pytest.fixture(scope="module")
def high_end():
    return ShiftedBetaGeo.fit(first(7, HIGH_END))


# --- published ---


def test_the_estimates_are_the_published_ones(high_end):
    # FH: 0.668 3.806 and 0.704 1.182; log-likelihoods -1611.2 and -1680.3. More digits recomputed.
    regular = ShiftedBetaGeo.fit(first(7, REGULAR))
    assert high_end.parameters() == pytest.approx({"alpha": 0.668088, "beta": 3.806095}, abs=6e-7)
    assert regular.parameters() == pytest.approx({"alpha": 0.704077, "beta": 1.182043}, abs=6e-7)
    assert high_end.evidence.log_likelihood == pytest.approx(-1611.158147, abs=1e-6)
    assert regular.evidence.log_likelihood == pytest.approx(-1680.265188, abs=1e-6)
    assert high_end.evidence.converged
    assert high_end.evidence.customers == 1000


def test_the_projection_of_years_8_to_12(high_end):
    # PyMC test_shifted_beta_geo.py, after FH's figure.
    printed = [0.46044, 0.43578, 0.41417, 0.39506, 0.37800]
    assert high_end.survival(range(8, 13)) == pytest.approx(printed, abs=6e-6)


def test_the_residual_lifetime_rises_with_every_renewal():
    # Fader, Hardie (2010), Marketing Science 29(1), table 3: a customer in contract period 1 to 5, at 10 %.
    model = ShiftedBetaGeo(alpha=3.80, beta=15.20, period="year")
    found = model.discounted_expected_residual_lifetime(range(5), discount=0.1)
    assert found == pytest.approx([3.31, 3.45, 3.59, 3.72, 3.84], abs=5.1e-3)


# --- references ---


def hurting(seed, count):
    """Shapes of 0.01 to 8000, alpha at and near 1."""
    random = np.random.default_rng(seed)
    for n in range(count):
        alpha, beta = np.exp(random.uniform(math.log(0.01), math.log(8000), 2)).tolist()
        if n % 4 == 0:
            alpha = 1 + float(random.choice([0, 1e-12, -1e-8, 1e-5]))
        yield alpha, beta, int(np.exp(random.uniform(0, math.log(400)))), int(random.integers(0, 100))


def test_survival_and_retention_are_ratios_of_beta_functions():
    for alpha, beta, t, since in hurting(seed=1, count=100):
        model = ShiftedBetaGeo(alpha, beta, period="month")
        there, later = (oracle.survival(alpha, beta, k) for k in (since, since + t))
        assert model.survival([since + t])[0] == pytest.approx(float(later), rel=1e-11, abs=1e-300)
        assert model.survival([t], since=since)[0] == pytest.approx(
            float(later / there), rel=1e-11, abs=1e-300
        )
        assert model.retention([t])[0] == pytest.approx((beta + t - 1) / (alpha + beta + t - 1), rel=1e-12)


@pytest.mark.parametrize("discount", [0.001, 0.1, 1.0])
def test_discounted_lifetimes_are_the_closed_form(discount):
    rate = math.log1p(discount) / 12
    for alpha, beta, _, since in hurting(seed=2, count=12):
        model = ShiftedBetaGeo(alpha, beta, period="month")
        residual = oracle.discounted_residual_lifetime(alpha, beta, since, rate)
        whole = 1 + math.exp(-rate) * oracle.discounted_residual_lifetime(alpha, beta, 0, rate)
        found = model.discounted_expected_residual_lifetime([since], discount=discount)
        assert found[0] == pytest.approx(residual, rel=1e-11)
        assert model.discounted_expected_lifetime(discount=discount)[0] == pytest.approx(whole, rel=1e-11)


def test_the_likelihood_is_that_of_the_paper_and_of_the_renewals():
    for alpha, beta, _, _ in hurting(seed=3, count=20):
        model, rows = ShiftedBetaGeo(alpha, beta, period="year"), first(7, HIGH_END)
        told = zip(rows.renewal.tolist(), rows.at_risk.tolist(), rows.renewed.tolist(), strict=True)
        assert model.log_likelihood(rows) == pytest.approx(
            oracle.renewal_likelihood(alpha, beta, list(told)), rel=1e-12
        )
        assert model.log_likelihood(rows) == pytest.approx(
            oracle.cohort_likelihood(alpha, beta, HIGH_END[:8]), rel=1e-12
        )


@pytest.mark.parametrize("theta", np.random.default_rng(4).normal(0, 1.5, (4, 2)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = Renewals.from_survivors({"a": [1000, 600, 500, 450], "b": [100, 80]}, period="year")
    derivatives_hold(sbg.Likelihood.of(rows).at, np.array(theta))


# --- what must be so ---

positive = st.floats(1e-3, 1e3)


@settings(max_examples=50)
@given(alpha=positive, beta=positive, since=st.integers(0, 50), discount=st.floats(0.001, 2))
def test_the_answers_belong_together(alpha, beta, since, discount):
    model, t = ShiftedBetaGeo(alpha, beta, period="quarter"), np.arange(12)
    curve = model.survival(t)
    assert curve[0] == 1
    assert (np.diff(curve) <= 0).all()
    assert np.cumprod(model.retention(t[1:])) == pytest.approx(curve[1:], rel=1e-12)
    assert (np.diff(model.retention(t[1:])) >= -1e-15).all()
    v = (1 + discount) ** -0.25
    within = model.discounted_expected_lifetime(horizon=12, discount=discount)[0]
    assert within == pytest.approx((v**t * curve).sum(), rel=1e-12)
    # Each renewal to come is the next one, and if it is made the same question again.
    now, then = model.discounted_expected_residual_lifetime([since, since + 1], discount=discount)
    assert now == pytest.approx(model.retention([since + 1])[0] * (1 + v * then), rel=1e-11)


def test_horizons(high_end):
    assert high_end.discounted_expected_lifetime(horizon=0, discount=0.1).tolist() == [0]
    assert high_end.discounted_expected_lifetime(horizon=Span(1, "year"), discount=0.1).tolist() == [1]
    assert high_end.discounted_expected_residual_lifetime([3], horizon=0, discount=0.1).tolist() == [0]
    plain = high_end.discounted_expected_residual_lifetime([3], horizon=2, discount=0)
    assert plain == pytest.approx(high_end.survival([1, 2], since=3).sum())
    assert high_end.discounted_expected_residual_lifetime([], discount=0.1).size == 0


def test_what_the_customers_of_all_cohorts_are_still_worth():
    rows = Renewals.from_survivors({"2024": [1000, 869, 743], "2025": [800, 690]}, period="year")
    model, latest = ShiftedBetaGeo(alpha=0.7, beta=3.8, period="year"), rows.latest()
    each = model.discounted_expected_residual_lifetime(latest.renewal, discount=0.1)
    assert latest.renewed @ each == pytest.approx(743 * each[0] + 690 * each[1])


# --- how sure ---


def test_the_model_is_a_value_and_shows_itself(high_end):
    assert ShiftedBetaGeo.from_json(high_end.to_json()) == high_end
    assert hash(ShiftedBetaGeo.from_json(high_end.to_json())) == hash(high_end)
    lines = repr(high_end).splitlines()
    assert lines[2].split()[:3] == ["alpha", "0.668088", "0.103735"]
    assert lines[-1] == "log-likelihood -1611.158, 1,000 customers, converged"
    published = ShiftedBetaGeo(0.668, 3.806, period="year")
    assert repr(published) == "ShiftedBetaGeo(alpha=0.668, beta=3.806, period='year')"
    with pytest.raises(NoEvidence):
        published.interval(lambda m: m.survival([1]))
    with pytest.raises(Invalid, match="model must be ShiftedBetaGeo"):
        ShiftedBetaGeo.from_json(json.dumps(json.loads(published.to_json()) | {"model": "BetaGeoNBD"}))


def test_cohorts_of_different_ages_find_the_parameters_that_made_them():
    truth = {"alpha": 0.7, "beta": 3.0}
    rows = contracts(
        ShiftedBetaGeo(**truth, period="month"), [4000] * 12, range(1, 13), random=np.random.default_rng(5)
    )

    model = ShiftedBetaGeo.fit(rows)

    assert model.evidence.converged
    assert model.evidence.customers == 48_000
    for row in model.summary(level=0.999).rows:
        assert row.low < truth[row.name] < row.high


def test_cohorts_that_were_met_late_tell_the_same():
    truth, random = {"alpha": 0.7, "beta": 3.0}, np.random.default_rng(6)
    young = contracts(ShiftedBetaGeo(**truth, period="month"), [20_000], [3], random=random)
    old = contracts(ShiftedBetaGeo(**truth, period="month"), [20_000], [12], random=random)
    model = ShiftedBetaGeo.fit(young + attrs_renamed(old.where(old.renewal > 4), 9))
    for row in model.summary(level=0.999).rows:
        assert row.low < truth[row.name] < row.high


def attrs_renamed(renewals, cohort):
    return Renewals(
        cohort=np.full(len(renewals), cohort), renewal=renewals.renewal, at_risk=renewals.at_risk,
        renewed=renewals.renewed, period=renewals.period,
    )  # fmt: skip


# --- what the data do not tell, and what is refused ---


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        ([100, 100, 100], "nobody leaves: "),
        ([100, 0], "nobody renews: "),
        ([1000, 800, 640, 512], "all leave equally readily: "),
        ([100, 90, 70, 40], "all leave equally readily: "),
        ([1000, 800], "the data do not tell alpha and beta apart"),
        ([1, 0], "nobody renews: "),
        ([1, 1], "nobody leaves: "),
    ],
)
def test_cohorts_that_tell_too_little_fit_without_a_peak_and_say_so(survivors, says):
    rows = Renewals.from_survivors(survivors, period="year")
    model = ShiftedBetaGeo.fit(rows)
    assert not model.evidence.converged
    assert model.evidence.remark.startswith(says)
    assert np.isfinite(list(model.parameters().values())).all()
    ahead = len(survivors)
    assert model.survival(range(ahead)) == pytest.approx(np.array(survivors) / survivors[0], abs=0.15)
    assert "NOT converged" in repr(model)


def test_questions_that_cannot_be_are_refused(high_end):
    monthly = Renewals.from_survivors([9, 8], period="month")
    for ask, says in [
        (
            lambda: ShiftedBetaGeo.fit(monthly.where([False])),
            "must hold a customer who came up for a renewal",
        ),
        (
            lambda: ShiftedBetaGeo.fit(Renewals.from_survivors([0, 0], period="year")),
            "who came up for a renewal",
        ),
        (lambda: high_end.log_likelihood(monthly), "period of the renewals must be the model's, year"),
        (lambda: high_end.survival([1.5]), "renewals must be whole numbers >= 0, got 1.5"),
        (lambda: high_end.survival([-1]), "renewals must be whole numbers >= 0"),
        (lambda: high_end.survival([1, 2], since=[1, 2, 3]), "since must be one number, or one per value"),
        (lambda: high_end.survival([[1]]), "renewals must have one dimension"),
        (lambda: high_end.retention([0]), "renewal must be whole numbers >= 1, got 0.0"),
        (
            lambda: high_end.discounted_expected_lifetime(discount=0),
            "discount must be > 0 for an infinite horizon",
        ),
        (lambda: high_end.discounted_expected_lifetime(discount=math.nan), "discount must be a yearly rate"),
        (
            lambda: high_end.discounted_expected_lifetime(horizon=1.5, discount=0.1),
            "whole number of occasions",
        ),
    ]:
        with pytest.raises(Invalid, match=says):
            ask()
    assert high_end.log_likelihood(first(7, HIGH_END).where([False] * 7)) == 0
