"""Models with covariates: what others printed, what must be so, worlds in which they are true, and what data do not tell.

apparel.csv holds ``apparelTrans`` and ``apparelStaticCov`` of the R package CLVTools, the first 104 weeks of 600 customers of one
day; recency is in days. The estimates are printed in Meierer, Bachmann, Naef, Schilter and Algesheimer (2026), Estimating
Individual Customer Lifetime Values with R: The CLVTools Package, arXiv:2602.09845, section 6.4.1. What CLVTools 0.12.1 says of
single customers at these estimates is from the same run.
"""

import json
import math
import pickle
from csv import DictReader
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from relcore.analytics import (
    BetaGeoCNBD,
    BetaGeoNBD,
    Covariates,
    GammaGamma,
    GammaGompertzNBD,
    LikelihoodRatio,
    ModifiedBetaGeoCNBD,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    PlainNBD,
    Prior,
    Purchases,
    WithCovariates,
)
from relcore.kernel.errors import Invalid, NoEvidence
from tests.oracles.own_scales import world

APPAREL = list(DictReader((Path(__file__).parent / "apparel.csv").read_text(encoding="utf-8").splitlines()))
EFFECTS = {"web": 0.5, "tenure": -0.02}, {"web": -0.6, "tenure": 0.03}
WORLDS = [
    WithCovariates(PlainNBD(r=0.9, alpha=6, period="week"), buying=EFFECTS[0]),
    WithCovariates(BetaGeoNBD(r=0.9, alpha=6, a=0.8, b=6, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
    WithCovariates(ModifiedBetaGeoNBD(r=0.9, alpha=6, a=0.8, b=8, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
    WithCovariates(BetaGeoCNBD(k=2, r=0.9, alpha=3, a=0.8, b=6, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
    WithCovariates(ModifiedBetaGeoCNBD(k=3, r=0.9, alpha=2, a=0.8, b=8, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
    WithCovariates(ParetoNBD(r=0.9, alpha=6, s=0.8, beta=60, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
    WithCovariates(GammaGompertzNBD(r=0.9, alpha=6, b=0.05, s=0.5, beta=2, period="week"), buying=EFFECTS[0], leaving=EFFECTS[1]),
]  # fmt: skip
QUICK = [true for true in WORLDS if not isinstance(true.base, GammaGompertzNBD)]


def named(fitted):
    return type(fitted.base).__name__


def fitted_like(true, rows, known, **options):
    if hasattr(true.base, "k"):
        options["k"] = true.base.k
    if true.leaving:
        options["leaving"] = known
    return type(true.base).fit_with(rows, buying=known, **options)


@pytest.fixture(scope="module")
def apparel():
    column = {name: [int(row[name]) for row in APPAREL] for name in APPAREL[0]}
    rows = Purchases.from_summary(
        frequency=column["frequency"], recency=np.array(column["recency"]) / 7, age=[104.0] * 600,
        ids=column["customer"], period="week",
    )  # fmt: skip
    values = np.column_stack([column["gender"], column["channel"]])
    return rows, Covariates(column["customer"], ["Gender", "Channel"], values)


# --- published ---


def test_the_estimates_are_the_published_ones(apparel):
    rows, known = apparel

    fitted = ParetoNBD.fit_with(rows, buying=known, leaving=known)

    # Their climb stopped 2.4e-5 below the peak.
    assert -5821.0627 <= fitted.evidence.log_likelihood < -5821.0626
    assert fitted.base.parameters() == pytest.approx(
        {"r": 1.8378, "alpha": 92.9123, "s": 0.5920, "beta": 49.6227}, rel=2.5e-3
    )
    assert fitted.buying == pytest.approx({"Gender": 0.2859, "Channel": 0.6241}, abs=4e-4)
    assert fitted.leaving == pytest.approx({"Gender": -0.6430, "Channel": 0.7907}, abs=1.5e-3)


def test_standard_errors_and_z_are_the_published_ones(apparel):
    rows, known = apparel

    summary = ParetoNBD.fit_with(rows, buying=known, leaving=known).summary()

    errors = [row.standard_error for row in summary.rows]
    assert errors == pytest.approx([0.3455, 16.9670, 0.2609, 36.2509], rel=4e-3)
    effects = {(row.process, row.covariate): row for row in summary.effects}
    published = {
        ("buying", "Gender"): (0.1041, 2.745),
        ("buying", "Channel"): (0.1050, 5.946),
        ("leaving", "Gender"): (0.2955, -2.176),
        ("leaving", "Channel"): (0.3059, 2.585),
    }
    for which, (error, z) in published.items():
        assert effects[which].standard_error == pytest.approx(error, abs=2e-4)
        assert effects[which].z == pytest.approx(z, abs=6e-3)


def test_customers_are_worth_what_others_say_at_the_published_estimates(apparel):
    rows, known = apparel
    published = WithCovariates(
        ParetoNBD(r=1.8378, alpha=92.9123, s=0.5920, beta=49.6227, period="week"),
        buying={"Gender": 0.2859, "Channel": 0.6241},
        leaving={"Gender": -0.6430, "Channel": 0.7907},
    )

    theirs = published.given(known)

    # Customers 1, 10, 100 and 103. The year of their discount has 52 weeks, ours 365.25 days.
    some = rows.where(np.isin(rows.ids, [1, 10, 100, 103]))
    discount = 1.075 ** (365.25 / 364) - 1
    worth = theirs.discounted_purchases(some, horizon=math.inf, discount=discount)
    expected = [-25.4325952149119, -10.7664359577022, -1.20673840601712, -15.1988966584043]
    assert theirs.told_of(some).terms(some).value == pytest.approx(expected, rel=1e-12)
    expected = [0.94786413345444, 0.986052889819999, 0.402752640694384, 0.993847252863626]
    assert theirs.probability_alive(some) == pytest.approx(expected, rel=1e-11)
    expected = [1.79436810587341, 1.05480777726136, 0.206313391502705, 1.46227215112219]
    assert theirs.expected_purchases(some, horizon=52) == pytest.approx(expected, rel=1e-11)
    expected = [12.7155698900573, 8.00279709077715, 1.56529392833355, 9.83032213808103]
    assert worth == pytest.approx(expected, rel=1e-6)
    assert theirs.log_likelihood(rows) == pytest.approx(-5821.0627, abs=5e-5)


def test_customers_who_do_not_age_are_told_as_such(apparel):
    rows, known = apparel

    fitted = GammaGompertzNBD.fit_with(rows, buying=known, leaving=known)

    # CLVTools stops on the way, with a beta of 1.5e-4.
    assert not fitted.evidence.converged
    assert fitted.evidence.remark.startswith(
        "b falls to 0: these customers do not age; ParetoNBD, with beta / b = 49.5"
    )
    assert fitted.evidence.log_likelihood == pytest.approx(-5821.0627, abs=1e-4)


def test_dropout_that_can_move_explains_more_than_dropout_that_cannot(apparel):
    # CLVTools gives both parameters of Beta(a, b) the same factor, so that a / (a + b) is the same for all: it ends at a = 4603,
    # b = 33985 for one group and at 0.48 and 3.54 for another, with as many parameters and a log-likelihood of -5839.862.
    rows, known = apparel

    fitted = BetaGeoNBD.fit_with(rows, buying=known, leaving=known)

    assert fitted.evidence.converged
    assert fitted.evidence.log_likelihood > -5839.862 + 1.2


# --- what must be so ---


@pytest.mark.parametrize("true", WORLDS, ids=named)
def test_without_an_effect_it_is_the_model_without_covariates(true):
    rows, known = world(true, 60, random=np.random.default_rng(4))
    none = WithCovariates(true.base, buying={"web": 0.0, "tenure": 0.0})

    theirs = none.given(known)

    assert theirs.log_likelihood(rows) == pytest.approx(true.base.log_likelihood(rows), rel=1e-12)
    assert theirs.expected_purchases(rows, horizon=9) == pytest.approx(
        true.base.expected_purchases(rows, horizon=9), rel=1e-12
    )


@pytest.mark.parametrize("true", QUICK, ids=named)
def test_an_irrelevant_covariate_finds_next_to_nothing(true):
    rows, _ = world(WithCovariates(true.base, buying={"web": 0.0}), 1000, random=np.random.default_rng(5))
    noise = Covariates(np.arange(1000), ["noise"], np.random.default_rng(6).normal(size=(1000, 1)))

    fitted = fitted_like(true, rows, noise)

    options = {"k": true.base.k} if hasattr(true.base, "k") else {}
    test = fitted.likelihood_ratio(type(true.base).fit(rows, **options))
    assert test.degrees == len(fitted.summary().effects)
    assert test.p_value > 0.01
    assert all(abs(row.z) < 3 for row in fitted.summary().effects)


@pytest.mark.parametrize("true", [WORLDS[0], WORLDS[5]], ids=named)
def test_an_indicator_gives_each_group_a_scale_of_its_own(true):
    rows, known = world(true, 300, random=np.random.default_rng(7))
    web = known.only("web")
    groups = [rows.where(web.values[:, 0] == level) for level in (0, 1)]
    shapes = [name for name in true.base.parameters() if name not in {"alpha", true.base.leaving_scale}]
    scales = [name for name in ("alpha", true.base.leaving_scale) if name]
    model = type(true.base)

    def apart(logs):
        shared = dict(zip(shapes, np.exp(logs[: len(shapes)]), strict=True))
        own = np.exp(logs[len(shapes) :]).reshape(2, len(scales))
        return [model(**shared, **dict(zip(scales, each, strict=True)), period="week") for each in own]

    def lost(logs):
        return -sum(one.log_likelihood(group) for one, group in zip(apart(logs), groups, strict=True))

    start = model.fit(rows).parameters()
    logs = np.log([start[name] for name in [*shapes, *scales, *scales]])
    best = minimize(lost, logs, method="BFGS", options={"gtol": 1e-4})

    fitted = fitted_like(true, rows, web)

    assert fitted.evidence.log_likelihood == pytest.approx(-best.fun, abs=1e-6)
    for level, alone in enumerate(apart(best.x)):
        found = fitted.model_for({"web": level}).parameters()
        assert found == pytest.approx(alone.parameters(), rel=2e-3)


@pytest.mark.parametrize("true", [WORLDS[1], WORLDS[5]], ids=named)
def test_units_of_covariates_are_of_no_matter(true):
    rows, known = world(true, 800, random=np.random.default_rng(8))
    cents = Covariates(known.ids, known.names, known.values * [1, 1e5] + [0, 3e6])

    plain, other = fitted_like(true, rows, known), fitted_like(true, rows, cents)

    assert other.evidence.log_likelihood == pytest.approx(plain.evidence.log_likelihood, abs=1e-8)
    assert other.buying["tenure"] * 1e5 == pytest.approx(plain.buying["tenure"], rel=1e-6)
    assert other.leaving["web"] == pytest.approx(plain.leaving["web"], rel=1e-6)
    at_zero = other.model_for({"web": 0, "tenure": 3e6})
    assert at_zero.parameters() == pytest.approx(plain.base.parameters(), rel=1e-6)
    mean = other.interval(lambda m: m.given(cents).expected_purchases(rows, horizon=9))
    same = plain.interval(lambda m: m.given(known).expected_purchases(rows, horizon=9))
    assert mean.low == pytest.approx(same.low, rel=1e-5)


def test_the_order_of_customers_is_of_no_matter():
    rows, known = world(WORLDS[5], 500, random=np.random.default_rng(9))
    turned = known.of(known.ids[::-1])

    assert ParetoNBD.fit_with(rows, buying=turned) == ParetoNBD.fit_with(rows, buying=known)


def test_customers_alike_in_all_may_stand_in_one_row():
    rows, known = world(WORLDS[1], 900, random=np.random.default_rng(10))
    web = known.only("web")
    coarse = Purchases.from_summary(
        frequency=rows.frequency, recency=np.where(rows.frequency > 0, np.ceil(rows.recency / 8) * 8, 0.0),
        age=np.ceil(rows.age / 8) * 8, period="week",
    )  # fmt: skip
    cells = [coarse.where(web.values[:, 0] == level).collapse().rows for level in (0, 1)]
    together = cells[0] + cells[1]
    levels = Covariates(together.ids, ["web"], np.isin(together.ids, cells[1].ids)[:, None].astype(float))

    few = BetaGeoNBD.fit_with(together, buying=levels, leaving=levels)

    each = BetaGeoNBD.fit_with(coarse, buying=web, leaving=web)
    assert few.evidence.customers == 900
    assert few.evidence.log_likelihood == pytest.approx(each.evidence.log_likelihood, abs=1e-8)
    assert few.buying["web"] == pytest.approx(each.buying["web"], rel=1e-6)


# --- worlds in which it is true ---


@pytest.mark.parametrize("true", WORLDS, ids=named)
def test_effects_are_found_again(true):
    count = 1000 if isinstance(true.base, GammaGompertzNBD) else 2000
    rows, known = world(true, count, random=np.random.default_rng(12))

    fitted = fitted_like(true, rows, known)

    assert fitted.evidence.converged, fitted.evidence.remark
    for row in fitted.summary().effects:
        effects = true.buying if row.process == "buying" else true.leaving
        assert abs(row.estimate - effects[row.covariate]) < 3 * row.standard_error, row
    for row in fitted.summary(level=0.999).rows:
        assert row.low < true.base.parameters()[row.name] < row.high, row


@pytest.mark.verify
@pytest.mark.parametrize("true", QUICK, ids=named)
def test_intervals_hold_the_truth_as_often_as_they_say(true):
    held = []
    for seed in range(200):
        rows, known = world(true, 1500, random=np.random.default_rng(seed))
        summary = fitted_like(true, rows, known).summary(level=0.95)
        found = [row.low < true.base.parameters()[row.name] < row.high for row in summary.rows]
        for row in summary.effects:
            effects = true.buying if row.process == "buying" else true.leaving
            found.append(row.low < effects[row.covariate] < row.high)
        held.append(found)
    coverage = np.mean(held, axis=0)
    assert ((coverage > 0.90) & (coverage < 0.985)).all(), coverage


# --- whether it is worth it ---


def test_the_likelihood_ratio_counts_what_is_added(apparel):
    rows, known = apparel
    full = ParetoNBD.fit_with(rows, buying=known, leaving=known)
    part = ParetoNBD.fit_with(rows, buying=known.only("Channel"))
    plain = ParetoNBD.fit(rows)

    against_none, against_part = full.likelihood_ratio(plain), full.likelihood_ratio(part)

    assert (against_none.degrees, against_part.degrees) == (4, 3)
    # From the published log-likelihoods, that of the model without covariates being -5848.0980.
    assert against_none.statistic == pytest.approx(2 * (5848.0980 - 5821.0627), abs=5e-3)
    assert against_none.p_value == pytest.approx(5.1e-11, rel=0.02)
    assert against_part.statistic < against_none.statistic
    assert LikelihoodRatio.of(-10.0, -10.0, degrees=1).p_value == 1.0


def test_what_is_no_part_of_it_is_not_compared(apparel):
    rows, known = apparel
    model = ParetoNBD.fit_with(rows, buying=known.only("Channel"))
    other = rows.where(rows.ids != 7)

    with pytest.raises(Invalid, match="must be the same model with a part of the effects"):
        model.likelihood_ratio(BetaGeoNBD.fit(rows))
    with pytest.raises(Invalid, match="must be the same model with a part of the effects"):
        model.likelihood_ratio(ParetoNBD.fit_with(rows, leaving=known.only("Channel")))
    with pytest.raises(Invalid, match="must be fitted to the same 600 customers"):
        model.likelihood_ratio(ParetoNBD.fit(other))
    with pytest.raises(Invalid, match="must have fewer effects"):
        model.likelihood_ratio(model)
    with pytest.raises(NoEvidence):
        model.likelihood_ratio(ParetoNBD(r=1, alpha=1, s=1, beta=1, period="week"))


# --- what is known beside the data ---


def beliefs(true, factor):
    """That the world is about as it is, each quantity give or take a factor."""
    return Prior.around(true, factor=factor)


@pytest.mark.parametrize("true", [WORLDS[0], WORLDS[1], WORLDS[4], WORLDS[5]], ids=named)
def test_with_a_prior_the_fit_is_the_peak_of_both(true):
    rows, known = world(true, 150, random=np.random.default_rng(31))
    prior = beliefs(true, 1.5)

    fitted = fitted_like(true, rows, known, prior=prior)

    def height(model):
        logs = [math.log(value) for value in model.base.parameters().values()]
        told = [*model.buying.values(), *model.leaving.values()]
        centre = [math.log(value) for value in true.base.parameters().values()]
        centre += [*true.buying.values(), *true.leaving.values()]
        density = norm.logpdf(np.array([*logs, *told]), centre, math.log(1.5)).sum()
        return model.given(known).log_likelihood(rows), density

    evidence = fitted.evidence
    assert evidence.converged
    assert evidence.prior == prior
    assert height(fitted) == pytest.approx((evidence.log_likelihood, evidence.log_prior), rel=1e-9)
    for step in 1e-3 * np.eye(len(fitted.parameters())):
        assert max(sum(height(fitted.stepped(sign * step))) for sign in (1, -1)) < sum(height(fitted))
    assert f"log density of the prior {evidence.log_prior:.3f}, converged" in repr(fitted)
    assert WithCovariates.from_json(fitted.to_json()) == fitted


def test_a_belief_in_an_effect_is_the_same_in_any_unit():
    rows, known = world(WORLDS[1], 200, random=np.random.default_rng(32))
    months = Covariates(known.ids, known.names, known.values * [1, 12])
    guess = WithCovariates(WORLDS[1].base, buying={"tenure": math.log(1.2)})
    same = WithCovariates(WORLDS[1].base, buying={"tenure": math.log(1.2) / 12})

    years = BetaGeoNBD.fit_with(
        rows, buying=known.only("tenure"), prior=Prior.around(guess, factor={"buying.tenure": 1.01})
    )
    told_in_months = BetaGeoNBD.fit_with(
        rows,
        buying=months.only("tenure"),
        prior=Prior.around(same, factor={"buying.tenure": 1.01 ** (1 / 12)}),
    )

    assert years.buying["tenure"] > 0.1  # the prior has its way
    assert told_in_months.buying["tenure"] * 12 == pytest.approx(years.buying["tenure"], rel=1e-6)


def test_an_effect_that_runs_away_is_held():
    rows, _ = world(WORLDS[5], 300, random=np.random.default_rng(33))
    silent = rows.where(rows.frequency == 0).ids
    never = Covariates(rows.ids, ["never"], np.isin(rows.ids, silent[:20])[:, None].astype(float))
    guess = WithCovariates(WORLDS[5].base, buying={"never": 0.0})

    alone = ParetoNBD.fit_with(rows, buying=never)
    held = ParetoNBD.fit_with(rows, buying=never, prior=Prior.around(guess, factor={"buying.never": 3}))

    assert not alone.evidence.converged
    assert "no bound on the effect of never on buying" in alone.evidence.remark
    assert held.evidence.converged
    assert -3 * math.log(3) < held.buying["never"] < 0


def test_beliefs_in_effects_that_are_not_there_are_refused():
    rows, known = world(WORLDS[1], 100, random=np.random.default_rng(34))
    prior = beliefs(WORLDS[1], 2)

    with pytest.raises(Invalid, match=r"must name parameters, or quotients of two, got 'buying.web'"):
        BetaGeoNBD.fit(rows, prior=prior)
    with pytest.raises(Invalid, match=r"must name parameters, or quotients of two, got 'leaving.web'"):
        BetaGeoNBD.fit_with(rows, buying=known, prior=prior)
    with pytest.raises(Invalid, match="prior must be of ParetoNBD, got 'BetaGeoNBD'"):
        ParetoNBD.fit_with(rows, buying=known, leaving=known, prior=prior)


def test_priors_are_not_compared_as_likelihoods():
    rows, known = world(WORLDS[1], 300, random=np.random.default_rng(35))
    fitted = BetaGeoNBD.fit_with(rows, buying=known, leaving=known, prior=beliefs(WORLDS[1], 2))

    with pytest.raises(Invalid, match="must be compared without priors"):
        fitted.likelihood_ratio(BetaGeoNBD.fit(rows))


# --- what the data do not tell ---


@pytest.mark.parametrize("true", QUICK, ids=named)
def test_a_group_that_never_came_back_has_an_effect_without_bound(true):
    rows, _ = world(true, 600, random=np.random.default_rng(13))
    never = (rows.frequency == 0) & (np.arange(600) % 3 == 0)
    known = Covariates(rows.ids, ["never"], never[:, None].astype(float))

    fitted = fitted_like(true, rows, known)

    assert not fitted.evidence.converged
    assert "the effect of never on buying" in fitted.evidence.remark
    assert "NOT converged" in repr(fitted)
    assert all(math.isinf(row.standard_error) for row in fitted.summary().effects)
    with pytest.raises(Invalid, match="is not known"):
        fitted.interval(lambda m: m.given(known).probability_alive(rows), between=(0, 1))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (lambda z: np.full((50, 1), 3.0), "a must differ between customers to have an effect on buying, got '3 of all 50'"),
        (lambda z: np.column_stack([z[:, 0], 1 - z[:, 0]]), "b must tell something of buying that a do not"),
        (lambda z: np.column_stack([z, 2 * z[:, 0] - 3 * z[:, 1] + 4]), "c must tell something of buying that a and b do not"),
    ],
)  # fmt: skip
def test_columns_that_tell_nothing_of_their_own_are_refused_by_name(values, says):
    rows, known = world(WORLDS[0], 50, random=np.random.default_rng(14))
    columns = values(known.values)
    known = Covariates(rows.ids, list("abc")[: columns.shape[1]], columns)

    with pytest.raises(Invalid, match=says):
        PlainNBD.fit_with(rows, buying=known)


def test_covariates_must_be_of_these_customers_and_of_nobody_else():
    rows, known = world(WORLDS[5], 50, random=np.random.default_rng(15))
    strangers = Covariates(known.ids + 1, known.names, known.values)

    with pytest.raises(Invalid, match="of 1 in 50 they do not"):
        ParetoNBD.fit_with(rows, buying=strangers)
    with pytest.raises(Invalid, match="buying must be of the 40 customers of the purchases"):
        ParetoNBD.fit_with(rows.where(rows.ids < 40), buying=known)
    with pytest.raises(Invalid, match="covariates must be given"):
        ParetoNBD.fit_with(rows)


def test_one_column_cannot_be_coded_twice():
    rows, _ = world(WORLDS[5], 60, random=np.random.default_rng(16))
    table = {"who": rows.ids, "channel": ["web", "store", "app"] * 20}
    one = Covariates.from_frame(table, customer="who", of={"channel": ("web", "store", "app")})
    other = Covariates.from_frame(table, customer="who", of={"channel": ("app", "store", "web")})

    with pytest.raises(Invalid, match="channel must be coded alike for buying and for leaving"):
        ParetoNBD.fit_with(rows, buying=one, leaving=other)


def test_effects_that_cannot_be_are_refused():
    with pytest.raises(Invalid, match="effects must be of at least one covariate"):
        WithCovariates(WORLDS[5].base, buying={})
    with pytest.raises(Invalid, match="web must have a finite effect, got nan"):
        WithCovariates(WORLDS[5].base, buying={"web": math.nan})
    with pytest.raises(Invalid, match="nobody leaves in PlainNBD"):
        WithCovariates(WORLDS[0].base, buying={}, leaving={"web": 1.0})


# --- kept and shown ---


@pytest.mark.parametrize("true", QUICK, ids=named)
def test_json_there_and_back_is_the_same_to_the_last_bit(true):
    rows, known = world(true, 300, random=np.random.default_rng(17))
    fitted = fitted_like(true, rows, known)

    for model in (true, fitted):
        again = WithCovariates.from_json(model.to_json())
        assert again == model
        assert type(again.base) is type(true.base)


def test_it_is_a_value_that_can_be_sent_to_another_process():
    rows, known = world(WORLDS[1], 100, random=np.random.default_rng(27))
    fitted = BetaGeoNBD.fit_with(rows, leaving=known)

    theirs = pickle.loads(pickle.dumps(fitted.given(known)))

    assert theirs.model == fitted
    assert hash(theirs.model) == hash(fitted)
    assert theirs.covariates == known
    with pytest.raises(TypeError):
        fitted.leaving["web"] = 1.0


def test_json_of_something_else_is_refused():
    text = WORLDS[5].to_json()

    with pytest.raises(Invalid, match="model must be WithCovariates"):
        WithCovariates.from_json(WORLDS[5].base.to_json())
    with pytest.raises(Invalid, match="base must be a model that takes covariates"):
        WithCovariates.from_json(text.replace("ParetoNBD", "GammaGamma"))
    with pytest.raises(Invalid):
        WithCovariates.from_json(json.dumps(json.loads(text) | {"more": 1}))
    with pytest.raises(Invalid):
        WithCovariates.from_json(json.dumps(json.loads(text) | {"buying": {"web": "much"}}))


def test_the_coding_is_kept_for_customers_to_come():
    rows, _ = world(WORLDS[1], 400, random=np.random.default_rng(18))
    channel = np.array(["store", "web", "web", "app"], dtype=object)[np.arange(400) % 4]
    table = {"who": rows.ids, "channel": channel, "age": np.arange(400) % 31}
    known = Covariates.from_frame(table, customer="who", of=["channel", "age"], ids=rows.ids)
    kept = BetaGeoNBD.fit_with(rows, buying=known, leaving=known.only("channel")).to_json()

    later = {"who": [900, 901], "channel": ["app", "web"], "age": [3, 4]}
    covariates = WithCovariates.from_json(kept).covariates(later, customer="who")

    assert covariates.names == ("channel=app", "channel=store", "age")
    assert covariates.values.tolist() == [[1, 0, 3], [0, 0, 4]]


def test_it_shows_itself_as_a_table(apparel):
    rows, known = apparel

    told = repr(ParetoNBD.fit_with(rows, buying=known, leaving=known.only("Channel"))).splitlines()

    assert told[0] == "ParetoNBD(period week) with covariates"
    assert [line.split()[0] for line in told[2:6]] == ["r", "alpha", "s", "beta"]
    assert told[6].split() == ["buying", "effect", "std.", "error", "95%", "from", "to", "z", "factor"]
    assert [line.split()[0] for line in told[7:]] == [
        "Gender",
        "Channel",
        "leaving",
        "Channel",
        "log-likelihood",
    ]
    assert repr(WORLDS[0]).startswith("WithCovariates(PlainNBD(r=0.9, alpha=6.0, period='week'), buying=")


def test_spend_is_of_no_matter():
    rows, known = world(WORLDS[0], 100, random=np.random.default_rng(19))
    paid = Purchases.from_summary(
        frequency=rows.frequency, recency=rows.recency, age=rows.age, period="week",
        mean_spend=np.linspace(1, 9, 100),
    )  # fmt: skip

    assert PlainNBD.fit_with(paid, buying=known) == PlainNBD.fit_with(rows, buying=known)
    assert GammaGamma.fit(paid)
