"""Pareto/NBD in context: what another package answers, integrals in thirty digits, and what changes nothing.

CLVTools = R package CLVTools 0.12.1, model pnbd with time-varying covariates, on its data apparelTrans and apparelDynCov: customers whose
first purchase was on 2005-01-02, in weeks until 2006-12-31; a high season of 13 weeks a year, and two covariates that do not change.
"""

import math
import pickle

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    CovariatePaths,
    Ledger,
    ParetoNBD,
    ParetoNBDInContext,
    Purchases,
    PurchasesInContext,
    Span,
    Tracking,
)
from relcore.analytics._numerics.pieces import Pieces
from relcore.analytics.lifetime_value import standardised_context
from relcore.analytics.lifetime_value.context_likelihood import Likelihood
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.context_cases import ROWS, TRUTH, drawn, histories, hurting, shop
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import context as oracle
from tests.oracles.shop_in_context import shop_in_context

# --- another package ---

# The days of purchases after the first; gender and channel; log-likelihood at r = 1, alpha = 50, s = 1, beta = 60 and effects
# (.1, .25, -.15) on buying, (.2, -.3, .4) on leaving; P(alive) and purchases expected in 1450 days at its estimates.
CLVTOOLS = [
    ("", 0, 0, -0.635061506058788, 0.223932499379286, 0.271027615611222),
    ("", 1, 0, -0.811494493486906, 0.314128068142081, 0.491545535528813),
    ("", 0, 1, -0.495891789218283, 0.0791923846969421, 0.105564138393979),
    ("2005-09-06 2006-01-18 2006-04-05 2006-07-02 2006-10-04 2006-10-17", 0, 0, -25.6305669774282, 0.96582113645111, 4.71523823326992),
    ("2005-06-26 2006-11-30", 1, 0, -11.3191099126284, 0.981308693365614, 3.08837298480247),
    ("2005-01-05 2005-11-20 2006-12-22", 0, 1, -15.7731656863259, 0.985071730426446, 3.30494108983886),
    ("2005-01-10 2005-01-27", 1, 1, -8.6676998397644, 0.0230904541955017, 0.0774834026518134),
    ("2005-11-30 2006-02-05 2006-10-13", 1, 1, -15.2982397619396, 0.965834466941871, 4.0557829255553),
    ("2005-10-14 2005-10-19 2005-11-24", 0, 1, -14.4710246050084, 0.214642002613211, 0.720129460759779),
    ("2005-02-03 2005-03-23 2006-01-31", 0, 0, -14.852583286104, 0.492782866300476, 1.50111822110042),
]  # fmt: skip
SEASONS = [
    ("05-29", 2005),
    ("05-28", 2006),
    ("05-27", 2007),
    ("06-01", 2008),
    ("05-31", 2009),
    ("05-30", 2010),
]
AUTUMNS = [
    ("10-02", 2005),
    ("10-01", 2006),
    ("09-30", 2007),
    ("10-05", 2008),
    ("10-04", 2009),
    ("10-03", 2010),
]
ESTIMATES = ParetoNBDInContext(
    r=1.9777409894092832, alpha=115.17791455063571, s=2.0127328567023923, beta=158.18179477183841,
    buying={"season": 0.71827126117276596, "gender": 0.26490193764331033, "channel": 0.61373951022984541},
    leaving={"season": -2.4826722306761129, "gender": -0.51247217778185417, "channel": 0.50573162034806274},
    period="week",
)  # fmt: skip


@pytest.fixture(scope="module")
def apparel():
    weeks = np.datetime64("2005-01-02") + 7 * np.arange(313)
    high = np.zeros(313, dtype=bool)
    for begins, length in ((SEASONS, 3), (AUTUMNS, 10)):
        for day, year in begins:
            first = np.datetime64(f"{year}-{day}")
            high |= (weeks >= first) & (weeks < first + 7 * length)
    who = np.repeat(np.arange(len(CLVTOOLS)), 313)
    paths = CovariatePaths.from_frame(
        {
            "who": who,
            "week": np.tile(weeks, len(CLVTOOLS)),
            "season": np.tile(high.astype(int), len(CLVTOOLS)),
            "gender": np.array([row[1] for row in CLVTOOLS])[who],
            "channel": np.array([row[2] for row in CLVTOOLS])[who],
        },
        customer="who", at="week", every="week", of=["season", "gender", "channel"],
    )  # fmt: skip
    days = [(n, day) for n, row in enumerate(CLVTOOLS) for day in ("2005-01-02", *row[0].split())]
    orders = {"who": [n for n, _ in days], "day": [day for _, day in days]}
    ledger = Ledger.from_orders(orders, customer="who", at="day")
    return paths.along(ledger, period="week", until="2006-12-31")


def test_log_likelihoods_are_those_of_clvtools(apparel):
    model = ParetoNBDInContext(
        r=1, alpha=50, s=1, beta=60, period="week",
        buying={"season": 0.1, "gender": 0.25, "channel": -0.15},
        leaving={"season": 0.2, "gender": -0.3, "channel": 0.4},
    )  # fmt: skip

    each = [model.log_likelihood(apparel.where(apparel.ids == n)) for n in range(len(CLVTOOLS))]

    assert each == pytest.approx([row[3] for row in CLVTOOLS], rel=1e-13)
    assert model.log_likelihood(apparel) == pytest.approx(sum(each), rel=1e-13)


def test_predictions_are_those_of_clvtools(apparel):
    alive = ESTIMATES.probability_alive(apparel)
    expected = ESTIMATES.expected_purchases(apparel, horizon=Span(1450, "day"))

    assert alive == pytest.approx([row[4] for row in CLVTOOLS], rel=1e-13)
    assert expected == pytest.approx([row[5] for row in CLVTOOLS], rel=1e-12)


def test_discounted_purchases_are_those_of_clvtools(apparel):
    # DECT at its default, a continuous rate of ln 1.1 per week.
    discount = math.expm1(0.095310179804324935 * 365.25 / 7)

    found = ESTIMATES.discounted_purchases(apparel, horizon=Span(1450, "day"), discount=discount)

    assert found[[1, 3, 4, 6]] == pytest.approx(
        [0.0293756259356873, 0.316739417439668, 0.184566602672605, 0.00519662358713607], rel=1e-12
    )


# --- what changes nothing ---


@pytest.mark.parametrize("seed", range(4))
def test_without_effects_it_is_pareto_nbd(seed):
    random = np.random.default_rng(seed)
    r, alpha, s, beta = np.exp(random.normal(0, 1.5, 4)).tolist()
    plain = ParetoNBD(r, alpha, s, beta, period="week")
    model = ParetoNBDInContext(r, alpha, s, beta, buying={"a": 0, "b": 0}, leaving={"b": 0}, period="week")
    context = histories(list(drawn(random, ROWS)), ROWS, weight=[3, 1, 2, 5, 1, 0.5, 2])

    for ask in (
        lambda m, known: m.log_likelihood(known),
        lambda m, known: m.probability_alive(known),
        lambda m, known: m.probability_alive(known, ahead=20),
        lambda m, known: m.expected_purchases(known, horizon=39),
        lambda m, known: m.probability_of_none(known, horizon=39),
        lambda m, known: m.probability_of_exactly(known, 3, horizon=39),
        lambda m, known: m.probability_of_exactly(known, 60, horizon=39),
        lambda m, known: m.probability_of_purchases(known, at_least=2, horizon=39),
        lambda m, known: m.discounted_purchases(known, horizon=52, discount=0.1),
        lambda m, known: m.discounted_purchases(known, horizon=52, discount=0),
    ):
        assert ask(model, context) == pytest.approx(ask(plain, context.purchases), rel=1e-10)
    for discount in (0.001, 0.1, 1.0):
        ever = model.discounted_purchases(context.held(), horizon=math.inf, discount=discount)
        theirs = plain.discounted_purchases(context.purchases, horizon=math.inf, discount=discount)
        assert ever == pytest.approx(theirs, rel=1e-8)  # the other one's rule


def test_covariates_that_never_change_make_clocks_of_one_speed():
    # alpha / a and beta / b instead of rates a and b: the same customers, told by another clock.
    model = ParetoNBDInContext(
        0.7, 8, 0.9, 12, buying={"a": 0.8, "b": -0.5}, leaving={"b": 1.1}, period="week"
    )
    fast, gone = math.exp(0.8 * 2 - 0.5 * 3), math.exp(1.1 * 3)
    plain = ParetoNBD(0.7, 8 / fast, 0.9, 12 / gone, period="week")
    context = histories([[(0, 2, [2, 3]), (2, 2000, [2, 3])]] * len(ROWS), ROWS)

    # A purchase had the values (1, 0) in these histories, and (2, 3) on the path.
    told = model.log_likelihood(context) - 0.8 * float(context.purchases.frequency.sum())
    assert told == pytest.approx(
        plain.log_likelihood(context.purchases) - math.log(fast) * sum(r[0] for r in ROWS), rel=1e-12
    )
    assert model.probability_alive(context) == pytest.approx(
        plain.probability_alive(context.purchases), rel=1e-12
    )
    theirs = plain.expected_purchases(context.purchases, horizon=50)
    assert model.expected_purchases(context, horizon=50) == pytest.approx(theirs, rel=1e-12)


def test_a_piece_cut_in_two_is_the_same_piece():
    random = np.random.default_rng(5)
    model = ParetoNBDInContext(0.7, 8, 0.9, 12, buying={"a": 0.8}, leaving={"b": 1.1}, period="week")
    paths = list(drawn(random, ROWS))
    cut = [
        [half for b, e, v in path for half in ((b, (b + e) / 2, v), ((b + e) / 2, e, v))] for path in paths
    ]

    whole, halves = histories(paths, ROWS), histories(cut, ROWS)

    assert model.log_likelihood(halves) == pytest.approx(model.log_likelihood(whole), rel=1e-12)
    for context in (whole, halves):
        assert model.probability_of_none(context, horizon=30) == pytest.approx(
            model.probability_of_none(whole, horizon=30), rel=1e-12
        )


# --- references ---


def answers_are_those_of_the_paper(values, effects, row, path, ahead):
    x, recency, age = row
    buying, leaving = effects[:2], effects[1:2]
    model = ParetoNBDInContext(
        *values, buying=dict(zip("ab", buying, strict=True)), leaving={"b": leaving[0]}, period="week"
    )
    slow = oracle.Model(*values, buying, leaving)
    told = [(b, e, v, v[1:]) for b, e, v in path]
    context = histories([path], [row])

    log = slow.log_likelihood(told, [[1, 0]] * x, x, recency, age)
    assert model.log_likelihood(context) == pytest.approx(log, rel=1e-11, abs=1e-11)
    for later in (0, ahead):
        alive = slow.probability_alive(told, x, recency, age, later)
        assert model.probability_alive(context, ahead=later)[0] == pytest.approx(alive, rel=1e-10, abs=1e-300)
    expected = slow.discounted_purchases(told, x, recency, age, ahead)
    assert model.expected_purchases(context, horizon=ahead)[0] == pytest.approx(
        expected, rel=1e-10, abs=1e-300
    )
    worth = slow.discounted_purchases(told, x, recency, age, ahead, 0.02)
    discount = math.expm1(0.02 * 365.25 / 7)
    found = model.discounted_purchases(context, horizon=ahead, discount=discount)[0]
    assert found == pytest.approx(worth, rel=1e-10, abs=1e-300)
    none = slow.probability_of_none(told, x, recency, age, ahead)
    assert model.probability_of_none(context, horizon=ahead)[0] == pytest.approx(none, rel=1e-10)
    many = slow.probability_of_exactly(told, x, recency, age, 7, ahead)
    assert model.probability_of_exactly(context, 7, horizon=ahead)[0] == pytest.approx(
        many, rel=1e-9, abs=1e-300
    )


def test_answers_are_the_integrals_of_the_paper():
    for case in hurting(seed=51, count=2):
        answers_are_those_of_the_paper(*case)


@pytest.mark.verify
def test_answers_are_the_integrals_of_the_paper_everywhere():
    for case in hurting(seed=52, count=120):
        answers_are_those_of_the_paper(*case)


@pytest.mark.parametrize("theta", np.random.default_rng(53).normal(0, 1, (4, 8)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    random = np.random.default_rng(54)
    context = histories(list(drawn(random, ROWS, k=3)), ROWS, names="abc", weight=[3, 1, 2, 5, 1, 0.5, 2])
    likelihood = Likelihood.of(context, buying=np.array([0, 2]), leaving=np.array([1, 0]))

    derivatives_hold(likelihood.at, np.array(theta))


def test_counts_add_up_to_what_is_expected():
    random = np.random.default_rng(55)
    model = ParetoNBDInContext(
        2.0, 30.0, 1.1, 12.0, buying={"a": 0.8, "b": -0.5}, leaving={"b": 1.1}, period="week"
    )
    context = histories(list(drawn(random, ROWS)), ROWS)

    more = [model.probability_of_purchases(context, at_least=k, horizon=3) for k in range(130)]
    each = [model.probability_of_exactly(context, k, horizon=3) for k in range(130)]

    assert sum(more[1:]) == pytest.approx(model.expected_purchases(context, horizon=3), rel=1e-10)
    assert np.diff(more, axis=0) == pytest.approx(-np.array(each[:-1]), abs=1e-13)
    assert each[0] == pytest.approx(model.probability_of_none(context, horizon=3), rel=1e-12)
    at_once = model.probability_of_exactly(context, np.arange(len(ROWS)), horizon=3)
    assert at_once == pytest.approx([each[n][n] for n in range(len(ROWS))], rel=1e-15)
    assert model.probability_of_exactly(context, 0, horizon=0) == pytest.approx(1.0, rel=1e-15)
    assert model.probability_of_purchases(context, horizon=0).tolist() == [0] * len(ROWS)


# --- simulated ---


def test_a_fit_finds_the_effects_that_made_the_data():
    context, later = shop(seed=61, n=1500)

    model = ParetoNBDInContext.fit(context)

    assert model.evidence.converged
    truth = TRUTH.parameters()
    for row in model.summary(level=0.9973).rows:
        assert row.low < truth[row.name] < row.high, row.name
    # Who is still there buys on: the total ahead, with its season, comes out.
    expected = model.expected_purchases(context, horizon=39)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.08)
    none = model.probability_of_none(context, horizon=39)
    assert none.mean() == pytest.approx((later == 0).mean(), abs=0.02)
    assert model.evidence.log_likelihood == pytest.approx(model.log_likelihood(context), rel=1e-12)


def test_the_unit_of_a_covariate_changes_its_effect_and_nothing_else():
    context, _ = shop(seed=62, n=400)
    pieces, made = context.pieces, context.at_purchases
    other = PurchasesInContext(
        purchases=context.purchases, names=context.names,
        pieces=Pieces(pieces.owner, pieces.begin, pieces.end, pieces.value * [1, 1000] + [0, 5000]),
        at_purchases=made * [1, 1000] + context.purchases.frequency[:, None] * [0, 5000],
    )  # fmt: skip

    model, moved = (ParetoNBDInContext.fit(c, leaving=[]) for c in (context, other))

    assert moved.buying["price"] * 1000 == pytest.approx(model.buying["price"], rel=1e-7)
    assert moved.buying["season"] == pytest.approx(model.buying["season"], rel=1e-6)
    assert moved.evidence.log_likelihood == pytest.approx(model.evidence.log_likelihood, abs=1e-7)
    assert moved.alpha == pytest.approx(model.alpha * math.exp(5 * model.buying["price"]), rel=1e-6)
    ask = lambda m, c: m.interval(lambda some: some.expected_purchases(c, horizon=13)).high  # noqa: E731
    assert ask(moved, other) == pytest.approx(ask(model, context), rel=1e-4)


def test_many_customers_are_climbed_from_where_a_part_of_them_is(fitted, monkeypatch):
    model, context = fitted
    monkeypatch.setattr(standardised_context, "_ENOUGH", 100)

    again = ParetoNBDInContext.fit(context, leaving=["price"])

    assert again.evidence.log_likelihood == pytest.approx(model.evidence.log_likelihood, abs=1e-8)
    assert again.parameters() == pytest.approx(model.parameters(), rel=1e-4)


def test_a_weight_of_two_is_a_customer_twice(fitted):
    model, context = fitted
    twice = attrs.evolve(
        context, purchases=attrs.evolve(context.purchases, weight=np.full(len(context), 2.0))
    )

    again = ParetoNBDInContext.fit(twice, leaving=["price"])

    assert again.log_likelihood(twice) == pytest.approx(2 * again.log_likelihood(context), rel=1e-13)
    assert again.parameters() == pytest.approx(model.parameters(), rel=1e-4)
    ours, theirs = (np.array([row.standard_error for row in m.summary().rows]) for m in (again, model))
    assert ours * math.sqrt(2) == pytest.approx(theirs, rel=1e-4)
    assert again.evidence.customers == 600


@pytest.mark.verify
def test_intervals_hold_the_truth_as_often_as_they_say():
    held = []
    truth = TRUTH.parameters()
    for seed in range(250):
        context, _ = shop(seed=seed, n=1500)
        found = ParetoNBDInContext.fit(context).summary(level=0.95).rows
        held.append([row.low < truth[row.name] < row.high for row in found])
    coverage = np.mean(held, axis=0)
    assert ((coverage > 0.92) & (coverage < 0.98)).all(), coverage


# --- tracked ---


def log_of(context, start):
    """A log of days that has the first and the last purchase of each customer, all born on one day."""
    first = np.full(len(context), start)
    again = context.purchases.frequency > 0
    last = start + np.rint(context.purchases.recency[again] * 7).astype(int)
    return Ledger.from_log(
        customer=np.append(np.arange(len(context)), np.flatnonzero(again)), day=np.append(first, last)
    )


def test_tracking_without_effects_is_that_of_pareto_nbd():
    context, _ = shop(seed=65, n=60)
    ledger = log_of(context, 20000)
    day = (20000 + np.arange(400)).astype("datetime64[D]")
    calendar = CovariatePaths.from_frame(
        {"day": day, "z": np.arange(400) % 3}, at="day", every="day", of=["z"]
    )
    own = CovariatePaths.from_frame(
        {"who": np.repeat(np.arange(60), 400), "day": np.tile(day, 60), "z": np.random.default_rng(1).random(24000)},
        customer="who", at="day", every="day", of=["z"],
    )  # fmt: skip
    plain = ParetoNBD(0.9, 6.0, 0.8, 25.0, period="week")
    model = ParetoNBDInContext(0.9, 6.0, 0.8, 25.0, buying={"z": 0}, leaving={"z": 0}, period="week")
    ends = {"cut": str(day[200]), "until": str(day[399])}

    theirs = Tracking.of(plain, ledger, **ends)

    for paths in (calendar, own):
        ours = Tracking.in_context(model, paths, ledger, **ends)
        assert ours.expected == pytest.approx(theirs.expected, rel=1e-11)
        assert ours.actual.tolist() == theirs.actual.tolist()
        assert (ours.start, ours.cut, ours.period) == (theirs.start, theirs.cut, theirs.period)


def test_tracking_in_context_knows_the_season():
    day = (20000 + np.arange(364)).astype("datetime64[D]")
    season = np.arange(364) // 91 == 2
    calendar = CovariatePaths.from_frame({"day": day, "season": season}, at="day", every="day", of=["season"])
    ledger = Ledger.from_log(customer=[1, 2, 3], day=[20000, 20000, 20091])
    model = ParetoNBDInContext(0.9, 6.0, 0.8, 1e9, buying={"season": math.log(3)}, leaving={}, period="week")

    tracked = Tracking.in_context(model, calendar, ledger, cut=str(day[200]), until=str(day[363]))

    # Nobody leaves: three times as steep for 13 weeks, and a third customer from the 14th on.
    steps = np.diff(tracked.expected, prepend=0.0) / (0.9 / 6)
    assert steps == pytest.approx(np.repeat([2, 3, 9, 3], 13), rel=1e-6)


# --- values, and what cannot be ---


@pytest.fixture(scope="module")
def fitted():
    context, _ = shop(seed=63, n=300)
    return ParetoNBDInContext.fit(context, leaving=["price"]), context


def test_models_are_values(fitted):
    for model in (fitted[0], TRUTH):
        copy = ParetoNBDInContext.from_json(model.to_json())
        assert (copy, hash(copy)) == (model, hash(model))
        assert pickle.loads(pickle.dumps(model)) == model
    assert eval(repr(TRUTH)) == TRUTH
    with pytest.raises(Invalid, match="price must have a finite effect, got inf"):
        ParetoNBDInContext(1, 1, 1, 1, buying={"price": math.inf}, leaving={}, period="week")


def test_the_table_shows_effects_beside_parameters(fitted):
    lines = repr(fitted[0]).splitlines()

    assert lines[0] == "ParetoNBDInContext(period week)"
    names = [line.split()[0] for line in lines[2:-1]]
    assert names == ["r", "alpha", "s", "beta", "buying.season", "buying.price", "leaving.price"]
    assert lines[-1].endswith("300 customers, converged")
    with pytest.raises(NoEvidence):
        TRUTH.summary()


def test_effects_are_drawn_as_they_are(fitted):
    model, context = fitted

    drawn_ = [m.buying["season"] for m in model.draws(400, random=np.random.default_rng(1))]

    row = next(row for row in model.summary().rows if row.name == "buying.season")
    assert np.mean(drawn_) == pytest.approx(row.estimate, abs=4 * row.standard_error / 20)
    assert np.std(drawn_) == pytest.approx(row.standard_error, rel=0.15)
    alive = model.interval(lambda m: m.probability_alive(context), between=(0, 1))
    assert ((alive.low <= alive.estimate) & (alive.estimate <= alive.high)).all()


def test_futures_come_out_as_often_as_they_are_probable(fitted):
    model, context = fitted
    sure = attrs.evolve(
        model,
        evidence=attrs.evolve(model.evidence, covariance=tuple(map(tuple, (np.eye(7) * 1e-18).tolist()))),
    )

    made = sure.futures(context, horizon=26, draws=40, random=np.random.default_rng(2)).outcomes

    expected = sure.expected_purchases(context, horizon=26)
    assert made.sum(axis=1).mean() == pytest.approx(expected.sum(), rel=0.05)
    for k in range(4):
        chance = sure.probability_of_exactly(context, k, horizon=26).mean()
        assert (made == k).mean() == pytest.approx(chance, abs=0.015)
    again = sure.futures(context, horizon=26, draws=40, random=np.random.default_rng(2)).outcomes
    assert (made == again).all()
    with pytest.raises(Invalid, match="draws must be at least 1"):
        model.futures(context, horizon=26, draws=0, random=np.random.default_rng(2))


def test_what_is_not_known_ahead_is_refused(fitted):
    model, context = fitted

    for ask in (
        lambda: model.expected_purchases(context, horizon=50),
        lambda: model.probability_alive(context, ahead=50),
        lambda: model.probability_of_none(context, horizon=50),
        lambda: model.discounted_purchases(context, horizon=math.inf, discount=0.1),
    ):
        with pytest.raises(
            Invalid, match=r"horizon must lie in what is known of the covariates, 40 weeks.*held"
        ):
            ask()
    assert (
        model.expected_purchases(context.held(), horizon=50) > model.expected_purchases(context, horizon=40)
    ).all()


def test_a_covariate_that_the_others_tell_is_refused():
    twice = histories(
        [[(0, 12, [1, 3]), (12, 99, [2, 5])]] * 3,
        [(1, 9, 20), (2, 5, 25), (0, 0, 20)],
        names=("one", "other"),
    )

    with pytest.raises(Invalid, match="other must tell something of buying that one do not"):
        ParetoNBDInContext.fit(twice)


def test_covariates_that_are_not_there_or_never_change_are_refused(fitted):
    model, context = fitted
    still = histories(
        [[(0, 30, [1, 5]), (30, 99, [1, 7])]] * 3,
        [(1, 9, 20), (2, 5, 25), (0, 0, 20)],
        names=("sale", "price"),
    )

    with pytest.raises(Invalid, match="covariates must be among season, price, got 'sale'"):
        ParetoNBDInContext.fit(context, buying=["sale"])
    with pytest.raises(Invalid, match="covariates must be among sale, price, got 'season'"):
        model.probability_alive(still)
    with pytest.raises(Invalid, match="price must change while customers are observed, got 5"):
        ParetoNBDInContext.fit(still, buying=["price"], leaving=[])
    with pytest.raises(Invalid, match="must hold a customer who came back"):
        ParetoNBDInContext.fit(histories([[(0, 9, [1, 5]), (9, 99, [1, 7])]], [(0, 0, 20)]))
    days = Purchases.from_summary(frequency=[0], recency=[0], age=[1], period="day")
    with pytest.raises(Invalid, match="period of the purchases must be the model's, week"):
        model.probability_alive(PurchasesInContext(
            purchases=days, names=("season", "price"), at_purchases=np.zeros((1, 2)),
            pieces=Pieces(np.array([0]), np.array([0.0]), np.array([9.0]), np.ones((1, 2))),
        ))  # fmt: skip


def test_data_without_a_peak_say_what_ran_away():
    random = np.random.default_rng(64)
    never = ParetoNBDInContext(
        0.9, 3.0, 0.8, 25.0, buying={"closed": -90}, leaving={"closed": 0}, period="week"
    )
    closed = (np.arange(60) % 20 >= 15).astype(float)[None, :, None].repeat(300, axis=0)
    context, _ = shop_in_context(never, closed, ages=np.full(300, 50.0), ahead=9, random=random)
    assert not context.at_purchases.any()

    model = ParetoNBDInContext.fit(context, leaving=[])

    assert not model.evidence.converged
    assert "the factor of closed on buying falls to 0" in model.evidence.remark
    assert np.isfinite(model.expected_purchases(context, horizon=9)).all()
    assert ParetoNBDInContext.from_json(model.to_json()) == model
    assert math.isinf(model.summary().rows[-1].standard_error)


def test_nobody():
    nobody = PurchasesInContext(
        purchases=Purchases.from_summary(frequency=[], recency=[], age=[], period="week"), names=("season", "price"),
        pieces=Pieces(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros((0, 2))), at_purchases=np.zeros((0, 2)),
    )  # fmt: skip

    assert TRUTH.log_likelihood(nobody) == 0
    for answer in (
        TRUTH.probability_alive(nobody),
        TRUTH.expected_purchases(nobody, horizon=3),
        TRUTH.probability_of_none(nobody, horizon=3),
        TRUTH.probability_of_exactly(nobody, 1, horizon=3),
        TRUTH.discounted_purchases(nobody.held(), horizon=math.inf, discount=0.1),
    ):
        assert answer.shape == (0,)


def at_least(model):
    return lambda context, count, horizon: model.probability_of_purchases(
        context, at_least=count, horizon=horizon
    )


small = st.floats(-3, 3)


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(1e-3, 1e3), alpha=st.floats(1e-3, 1e3), s=st.floats(1e-3, 1e3), beta=st.floats(1e-3, 1e3),
    effects=st.tuples(small, small), x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-2, 1e4),
    values=st.lists(st.tuples(small, small), min_size=1, max_size=6), ahead=st.floats(0, 1e4),
)  # fmt: skip
def test_answers_are_possible_for_every_history(r, alpha, s, beta, effects, x, part, age, values, ahead):
    edges = np.linspace(0, age * 1.5, len(values) + 1).tolist()
    path = [(b, e, v) for b, e, v in zip(edges[:-1], edges[1:], map(list, values), strict=True)]
    context = histories([path], [(x, max(part, 1e-6) * age if x else 0.0, age)]).held()
    model = ParetoNBDInContext(
        r, alpha, s, beta, buying={"a": effects[0]}, leaving={"b": effects[1]}, period="week"
    )

    now, later = model.probability_alive(context)[0], model.probability_alive(context, ahead=ahead)[0]
    expected = model.expected_purchases(context, horizon=ahead)[0]

    assert np.isfinite(model.log_likelihood(context))
    assert 0 <= later <= now <= 1
    assert 0 <= expected < math.inf
    assert 1 - now - 1e-12 <= model.probability_of_none(context, horizon=ahead)[0] <= 1
    two, more = (ask(context, 2, horizon=ahead)[0] for ask in (model.probability_of_exactly, at_least(model)))
    assert 0 <= two <= more * (1 + 1e-9) + 1e-300
    assert more <= now * (1 + 1e-12)
    worth = model.discounted_purchases(context, horizon=ahead, discount=0.1)[0]
    assert 0 <= worth <= expected * (1 + 1e-9) + 1e-300
