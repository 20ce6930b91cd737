"""BdW: sBG where c = 1, sums of Beta functions in many digits elsewhere, and cohorts that sBG cannot follow."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import betaln

from relcore.analytics import BetaDiscreteWeibull, Renewals, ShiftedBetaGeo
from relcore.analytics.lifetime_value import bdw
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import occasions_and_renewals as oracle
from tests.oracles.shoppers import contracts

# The share of customers that is still there, of a thousand: Fader and Hardie (2007); the first years are those to which Fader,
# Hardie, Liu, Davin, Steenburgh (2018) fit both models.
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]
TRUTH = {"alpha": 0.5, "beta": 2.0, "c": 1.4}


def first(years):
    return Renewals.from_survivors(HIGH_END[: years + 1], period="year")


# --- references ---


def hurting(seed, count):
    """Shapes of 0.01 to 8000, c of 0.1 to 5."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        alpha, beta = np.exp(random.uniform(math.log(0.01), math.log(8000), 2)).tolist()
        c = math.exp(random.uniform(math.log(0.1), math.log(5)))
        yield (alpha, beta, c), int(np.exp(random.uniform(0, math.log(400)))), int(random.integers(0, 100))


def test_survival_is_a_ratio_of_beta_functions():
    for (alpha, beta, c), t, since in hurting(seed=1, count=100):
        model = BetaDiscreteWeibull(alpha, beta, c, period="month")
        there, later = (oracle.survival(alpha, beta, k, c) for k in (since, since + t))
        assert model.survival([since + t])[0] == pytest.approx(float(later), rel=1e-11, abs=1e-300)
        assert model.survival([t], since=since)[0] == pytest.approx(
            float(later / there), rel=1e-10, abs=1e-300
        )


def test_the_likelihood_is_that_of_the_renewals():
    for (alpha, beta, c), _, _ in hurting(seed=2, count=30):
        rows = first(12)
        told = list(zip(rows.renewal.tolist(), rows.at_risk.tolist(), rows.renewed.tolist(), strict=True))
        found = BetaDiscreteWeibull(alpha, beta, c, period="year").log_likelihood(rows)
        assert found == pytest.approx(oracle.renewal_likelihood(alpha, beta, told, c), rel=1e-10)


@pytest.mark.parametrize("last", [20, 600])
def test_lifetimes_within_a_horizon_are_summed_term_by_term(last):
    for (alpha, beta, c), _, since in hurting(seed=last, count=3):
        model = BetaDiscreteWeibull(alpha, beta, c, period="month")
        expected = oracle.summed_lifetime(alpha, beta, c, since, math.log1p(0.3) / 12, last)
        found = model.discounted_expected_residual_lifetime([since], horizon=last, discount=0.3)
        assert found[0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("discount", [0.01, 0.1, 1.0])
def test_lifetimes_without_end_are_a_long_sum(discount):
    rate = math.log1p(discount) / 12
    t = np.arange(1.0, 60 / rate)
    for (alpha, beta, c), _, _ in hurting(seed=5, count=6):
        terms = np.exp(betaln(alpha, beta + t**c) - betaln(alpha, beta) - rate * (t - 1))
        model = BetaDiscreteWeibull(alpha, beta, c, period="month")
        found = model.discounted_expected_residual_lifetime([0], discount=discount)[0]
        assert found == pytest.approx(math.fsum(terms.tolist()), rel=1e-9)


@pytest.mark.parametrize("theta", np.random.default_rng(4).normal(0, 0.7, (5, 3)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = Renewals.from_survivors({"a": [1000, 600, 500, 450], "b": [100, 80]}, period="year")
    derivatives_hold(bdw.Likelihood.of(rows).at, np.array(theta))


def test_it_is_sbg_where_chances_do_not_change():
    plain, still = ShiftedBetaGeo(0.7, 3.8, period="year"), BetaDiscreteWeibull(0.7, 3.8, 1.0, period="year")
    assert still.survival(range(30), since=3) == pytest.approx(plain.survival(range(30), since=3), rel=1e-14)
    assert still.retention([1, 9]) == pytest.approx(plain.retention([1, 9]), rel=1e-14)
    assert still.log_likelihood(first(12)) == pytest.approx(plain.log_likelihood(first(12)), rel=1e-13)
    lifetimes = [m.discounted_expected_lifetime(discount=0.1)[0] for m in (plain, still)]
    assert lifetimes[0] == pytest.approx(lifetimes[1], rel=1e-13)


# --- fits ---


def test_the_fit_is_where_a_simplex_finds_the_peak():
    def loss(theta):
        alpha, beta, c = np.exp(theta)
        curve = np.exp(betaln(alpha, beta + np.arange(5.0) ** c) - betaln(alpha, beta))
        return -(-np.diff(HIGH_END[:5]) @ np.log(-np.diff(curve)) + HIGH_END[4] * np.log(curve[-1]))

    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10_000, "maxfev": 10_000}
    peak = minimize(loss, np.zeros(3), method="Nelder-Mead", options=options)

    model = BetaDiscreteWeibull.fit(first(4))

    assert list(model.parameters().values()) == pytest.approx(np.exp(peak.x).tolist(), rel=1e-5)
    assert model.evidence.log_likelihood == pytest.approx(-peak.fun, rel=1e-12)
    assert model.evidence.converged


def test_four_years_project_what_sbg_underestimates():
    # Fader and others (2018): the retention rates of this segment fall before they rise.
    rows = first(4)
    tiring, plain = BetaDiscreteWeibull.fit(rows), ShiftedBetaGeo.fit(rows)
    actual = np.array(HIGH_END[5:]) / 1000
    off = [np.abs(m.survival(range(5, 13)) / actual - 1).max() for m in (tiring, plain)]
    assert off[0] < 0.04 < 0.2 < off[1]
    assert np.diff(tiring.retention([1, 2]))[0] < 0 < np.diff(tiring.retention([2, 12]))[0]


def test_cohorts_of_different_ages_find_the_parameters_that_made_them():
    rows = contracts(
        BetaDiscreteWeibull(**TRUTH, period="month"),
        [4000] * 12,
        range(1, 13),
        random=np.random.default_rng(5),
    )
    model = BetaDiscreteWeibull.fit(rows)
    assert model.evidence.converged
    for row in model.summary(level=0.999).rows:
        assert row.low < TRUTH[row.name] < row.high
    assert BetaDiscreteWeibull.from_json(model.to_json()) == model
    assert repr(model).splitlines()[4].split()[0] == "c"


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        ([100, 100, 100, 100], "nobody leaves: "),
        ([100, 0], "nobody renews: "),
        ([1000, 800, 512, 262], "all leave equally readily: "),
        ([1000, 800, 700], "the data do not tell"),
        ([1, 0], "nobody renews: "),
    ],
)
def test_cohorts_that_tell_too_little_fit_without_a_peak_and_say_so(survivors, says):
    model = BetaDiscreteWeibull.fit(Renewals.from_survivors(survivors, period="year"))
    assert not model.evidence.converged
    assert model.evidence.remark.startswith(says)
    assert np.isfinite(list(model.parameters().values())).all()
    assert np.isfinite(model.survival(range(50))).all()
    assert np.isfinite(model.discounted_expected_lifetime(discount=0.1)).all()


def test_the_answer_to_far_too_late_is_nobody():
    steep = BetaDiscreteWeibull(alpha=3.0, beta=1.0, c=80.0, period="day")
    assert steep.survival([0, 1, 10**9]) == pytest.approx([1, 0.25, 0], rel=1e-14, abs=0)
    assert steep.discounted_expected_lifetime(discount=0.001)[0] == pytest.approx(1.25, rel=1e-5)
    with pytest.raises(Invalid, match=r"c must lie in \(0, inf\)"):
        BetaDiscreteWeibull(1, 1, 0, period="day")
    with pytest.raises(Invalid, match="who came up for a renewal"):
        BetaDiscreteWeibull.fit(Renewals.from_survivors([9], period="year"))
