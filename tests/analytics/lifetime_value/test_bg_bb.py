"""BG/BB: what the paper and others printed, slow references in forty digits, and what the data do not tell.

FHS = Fader, Hardie, Shang (2010), Marketing Science 29(6), 1086-1108. BTYD = R package BTYD 2.4.3 and its walkthrough, whose
donation data are those of FHS. Note 010 = Fader and Hardie, note 010 at brucehardie.com, which fits the model in Excel.
"""

import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    BetaGeoBetaBernoulli,
    BetaGeoNBD,
    FrequencyHistogram,
    HoldoutMeans,
    OccasionHoldout,
    Occasions,
    Purchases,
    Span,
)
from relcore.analytics.lifetime_value import bg_bb
from relcore.kernel.errors import Invalid, NoEvidence
from tests.analytics.lifetime_value.derivatives import derivatives_hold
from tests.oracles import occasions_and_renewals as oracle
from tests.oracles.shoppers import donors

# 11,104 people who first gave to a charity in 1995, and on which of the six years after it they gave: x, t_x, people.
DONATIONS = [
    (0, 0, 3464), (1, 1, 1091), (1, 2, 277), (1, 3, 129), (1, 4, 78), (1, 5, 119), (1, 6, 129), (2, 2, 613),
    (2, 3, 255), (2, 4, 155), (2, 5, 173), (2, 6, 234), (3, 3, 322), (3, 4, 181), (3, 5, 225), (3, 6, 357),
    (4, 4, 240), (4, 5, 284), (4, 6, 512), (5, 5, 335), (5, 6, 728), (6, 6, 1203),
]  # fmt: skip
TRUTH = {"alpha": 1.2, "beta": 0.8, "gamma": 0.7, "delta": 2.8}


def histories(*rows, **more):
    x, recency, age = zip(*rows, strict=True)
    return Occasions.from_summary(**{"frequency": x, "recency": recency, "age": age, "period": "year"} | more)


@pytest.fixture(scope="module")
def donations():
    rows = [(x, recency, 6) for x, recency, _ in DONATIONS]
    return histories(*rows, weight=[people for *_, people in DONATIONS])


@pytest.fixture(scope="module")
def model(donations):
    return BetaGeoBetaBernoulli.fit(donations)


# --- published ---


def test_the_estimates_are_the_published_ones(model):
    # BTYD: 1.20 0.75 0.66 2.78, -33225.58; more digits recomputed with a simplex to 1e-12.
    expected = {"alpha": 1.203522, "beta": 0.749716, "gamma": 0.656718, "delta": 2.783442}
    assert model.parameters() == pytest.approx(expected, abs=6e-7)
    assert model.evidence.log_likelihood == pytest.approx(-33225.581274, abs=1e-6)
    assert model.evidence.converged
    assert model.evidence.customers == 11_104


def test_who_will_be_alive_in_2002(model):
    # FHS table 6.
    rows = histories((0, 0, 6), (2, 4, 6), (6, 6, 6))
    assert model.probability_alive(rows, ahead=1) == pytest.approx([0.11, 0.59, 0.93], abs=5e-3)


def test_expected_donations(model, donations):
    # BTYD walkthrough: 3.179805 of a newcomer in ten years; 0.1302169 and 3.627858 of two donors in the next ten.
    assert model.expected_purchases_of_newcomer(10)[0] == pytest.approx(3.179805, abs=3e-5)
    found = model.expected_purchases(histories((0, 0, 6), (4, 5, 6)), horizon=10)
    assert found == pytest.approx([0.1302169, 3.627858], rel=4e-5)
    # Note 010: 12884.2 donations of all of them in the next five years.
    total = donations.weight @ model.expected_purchases(donations, horizon=5)
    assert total == pytest.approx(12884.2, abs=0.05)


def test_how_many_should_have_given_never_and_always(model):
    # Note 010, of 11,104 in six years.
    newcomer = histories((0, 0, 0))
    people = [11_104 * model.probability_of_exactly(newcomer, k, horizon=6)[0] for k in range(7)]
    assert people[0] == pytest.approx(3454.9, abs=0.05)
    assert people[6] == pytest.approx(1253.1, abs=0.05)
    assert sum(people) == pytest.approx(11_104, rel=1e-13)


# --- references ---


def hurting(seed, count, longest=100):
    """Shapes of 0.01 to 8000, gamma at and near 1, up to ``longest`` occasions."""
    random = np.random.default_rng(seed)
    for n in range(count):
        values = np.exp(random.uniform(math.log(0.01), math.log(8000), 4)).tolist()
        if n % 4 == 0:
            values[2] = 1 + float(random.choice([0, 1e-12, -1e-8, 1e-5]))
        age = int(np.exp(random.uniform(0, math.log(longest))))
        x = 0 if n % 3 == 0 else int(random.integers(1, age + 1))
        recency = int(random.integers(x, age + 1)) if x else 0
        yield values, (x, recency, age), int(np.exp(random.uniform(0, math.log(longest))))


def hold_to_the_paper(values, history, ahead, count, discount):
    model, row = BetaGeoBetaBernoulli(*values, period="year"), histories(history)
    told = oracle.likelihood(values, *history)
    assert model.log_likelihood(row) == pytest.approx(told, rel=1e-11, abs=1e-11)
    for later in (0, 1, ahead):
        alive = oracle.probability_alive(values, *history, later)
        assert model.probability_alive(row, ahead=later)[0] == pytest.approx(alive, rel=1e-11, abs=1e-300)
    expected = oracle.expected_purchases(values, *history, ahead)
    assert model.expected_purchases(row, horizon=ahead)[0] == pytest.approx(expected, rel=1e-11, abs=1e-300)
    # The whole distribution, also where it is tiny.
    chance = oracle.probability_of_exactly(values, *history, count, ahead)
    assert model.probability_of_exactly(row, count, horizon=ahead)[0] == pytest.approx(
        chance, rel=1e-11, abs=1e-300
    )
    for_ever = oracle.discounted_purchases(values, *history, math.log1p(discount))
    said = model.discounted_purchases(row, horizon=math.inf, discount=discount)[0]
    assert said == pytest.approx(for_ever, rel=1e-11, abs=1e-300)


def test_every_answer_is_that_of_the_paper():
    random = np.random.default_rng(2)
    for values, history, ahead in hurting(seed=1, count=25):
        count = int(random.integers(0, ahead + 1))
        hold_to_the_paper(values, history, ahead, count, discount=float(random.choice([0.02, 0.1, 1.0])))


@pytest.mark.verify
def test_every_answer_is_that_of_the_paper_on_long_rows_of_occasions():
    random = np.random.default_rng(3)
    for values, history, ahead in hurting(seed=4, count=100, longest=2000):
        count = int(random.integers(0, ahead + 1))
        hold_to_the_paper(values, history, ahead, count, discount=float(np.exp(random.uniform(-7, 0))))


@pytest.mark.parametrize("discount", [0.001, 0.1, 1.0])
def test_a_week_is_discounted_by_its_part_of_a_year(discount):
    values, history = (1.2, 0.75, 0.66, 2.78), (4, 5, 6)
    weekly = BetaGeoBetaBernoulli(*values, period="week")
    expected = oracle.discounted_purchases(values, *history, math.log1p(discount) * 7 / 365.25)
    row = histories(history, period="week")
    said = weekly.discounted_purchases(row, horizon=math.inf, discount=discount)[0]
    assert said == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("theta", np.random.default_rng(13).normal(0, 1.5, (5, 4)).tolist())
def test_gradient_and_hessian_are_those_of_the_likelihood(theta):
    rows = histories(
        (0, 0, 0), (0, 0, 5), (3, 7, 9), (2, 2, 9), (5, 9, 9), (1, 1, 1), (0, 0, 40), (20, 30, 33),
        weight=[1, 2, 3, 1, 0.5, 2, 1, 1],
    )  # fmt: skip
    derivatives_hold(bg_bb.Likelihood.of(rows).at, np.array(theta))


# --- what must be so ---

positive = st.floats(1e-3, 1e3)
history = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60)).map(
    lambda row: (min(row), sorted(row)[1] if min(row) else 0, max(row))
)


@settings(max_examples=30)
@given(alpha=positive, beta=positive, gamma=positive, delta=positive, row=history, ahead=st.integers(0, 8))
def test_the_answers_belong_together(alpha, beta, gamma, delta, row, ahead):
    model, rows = (
        BetaGeoBetaBernoulli(alpha, beta, gamma, delta, period="month"),
        histories(row, period="month"),
    )
    exactly = [model.probability_of_exactly(rows, k, horizon=ahead)[0] for k in range(ahead + 2)]
    at_least = [model.probability_of_purchases(rows, at_least=k, horizon=ahead)[0] for k in range(ahead + 2)]
    expected = model.expected_purchases(rows, horizon=ahead)[0]

    assert sum(exactly) == pytest.approx(1, rel=1e-12)
    assert exactly[-1] == at_least[-1] == 0
    assert at_least == pytest.approx(np.cumsum(exactly[::-1])[::-1], rel=1e-10, abs=1e-290)
    assert sum(at_least[1:]) == pytest.approx(expected, rel=1e-11, abs=1e-290)
    assert model.probability_of_none(rows, horizon=ahead)[0] == exactly[0]
    assert 0 <= model.probability_alive(rows, ahead=ahead)[0] <= model.probability_alive(rows)[0] <= 1
    later = model.discounted_purchases(rows, horizon=ahead, discount=0.3)[0]
    assert 0 <= later <= expected
    assert later <= model.discounted_purchases(rows, horizon=math.inf, discount=0.3)[0] * (1 + 1e-12)


def test_whoever_took_the_last_occasion_is_there():
    model = BetaGeoBetaBernoulli(**TRUTH, period="year")
    assert model.probability_alive(histories((1, 6, 6), (0, 0, 0))).tolist() == [1, 1]
    assert model.log_likelihood(histories((1, 6, 6)).where([False])) == 0


def test_a_newcomer_is_a_history_without_occasions(model):
    newcomer = histories((0, 0, 0))
    ahead = [0, 1, 3, 10, 700]
    each = [model.expected_purchases(newcomer, horizon=k)[0] for k in ahead]
    assert model.expected_purchases_of_newcomer(ahead) == pytest.approx(each, rel=1e-13)
    assert model.expected_purchases_of_newcomer([]).size == 0


def test_customers_with_few_and_many_occasions_are_told_one_by_one(model):
    rows = [(0, 0, 2), (3, 5, 6), (0, 0, 600), (2, 2, 40), (3, 5, 6)]
    together, count = histories(*rows), [0, 2, 1, 3, 1]
    for ask in (
        lambda r, _: model.probability_alive(r, ahead=2),
        lambda r, _: model.expected_purchases(r, horizon=9),
        lambda r, k: model.probability_of_exactly(r, k, horizon=9),
        lambda r, k: model.probability_of_purchases(r, at_least=k, horizon=9),
        lambda r, _: model.discounted_purchases(r, horizon=math.inf, discount=0.1),
    ):
        alone = [ask(histories(row), k)[0] for row, k in zip(rows, count, strict=True)]
        assert ask(together, count) == pytest.approx(alone, rel=1e-13)


@settings(max_examples=30)
@given(
    alpha=positive, beta=positive, gamma=positive, delta=positive, row=history, chance=st.floats(1e-3, 0.999)
)
def test_by_that_occasion_the_next_purchase_has_come_with_that_chance_and_no_sooner(
    alpha, beta, gamma, delta, row, chance
):
    model, rows = (
        BetaGeoBetaBernoulli(alpha, beta, gamma, delta, period="month"),
        histories(row, period="month"),
    )
    within = model.next_purchase_within(rows, chance)[0]

    def bought(horizon):
        return model.probability_of_purchases(rows, horizon=horizon)[0]

    if within <= 400:
        assert bought(within) >= chance * (1 - 1e-9)
        assert within == 1 or bought(within - 1) <= chance * (1 + 1e-9)
    else:
        assert bought(400) < chance


def test_a_next_purchase_that_is_thousands_of_occasions_away_is_found_as_well():
    # With p ~ Beta(1, b) and nobody leaving, some of k is k / (b + k).
    model = BetaGeoBetaBernoulli(alpha=1.0, beta=12_345.0, gamma=1e-9, delta=1.0, period="day")
    assert model.next_purchase_within(histories((0, 0, 0), period="day"), 0.4999).tolist() == [12_341]
    late, never = (BetaGeoBetaBernoulli(0.5, b, 1e-12, 1.0, period="day") for b in (1e9, 1e18))
    newcomer = histories((0, 0, 0), period="day")
    # B(1/2, b + k) / B(1/2, b) is about sqrt(b / (b + k)).
    assert late.next_purchase_within(newcomer, 0.5)[0] == pytest.approx(3e9, rel=1e-4)
    assert never.next_purchase_within(newcomer, 0.5).tolist() == [math.inf]


def test_one_chance_for_all_or_one_for_each(model):
    rows = histories((0, 0, 6), (2, 4, 6), (6, 6, 6), (2, 4, 6))
    each = model.next_purchase_within(rows, [0.05, 0.3, 0.9, 0.5])
    alone = [model.next_purchase_within(rows, chance)[n] for n, chance in enumerate([0.05, 0.3, 0.9, 0.5])]
    assert each.tolist() == alone
    assert (each % 1 == 0)[np.isfinite(each)].all()
    for wrong in (0, 1, math.nan):
        with pytest.raises(Invalid, match=r"probability must lie in \(0, 1\)"):
            model.next_purchase_within(rows, wrong)


def test_nobody_gets_no_answers(model, donations):
    nobody = donations.where(np.zeros(22, dtype=bool))
    for ask in (
        model.probability_alive,
        lambda r: model.expected_purchases(r, horizon=3),
        lambda r: model.probability_of_none(r, horizon=3),
        lambda r: model.probability_of_purchases(r, horizon=3),
        lambda r: model.next_purchase_within(r, 0.5),
        lambda r: model.log_likelihood_of_each(r),
        lambda r: model.discounted_purchases(r, horizon=math.inf, discount=0.1),
    ):
        assert ask(nobody).size == 0


# --- how sure ---


def test_intervals_and_the_table(model, donations):
    ahead = model.interval(lambda m: m.expected_purchases(donations, horizon=5), level=0.9)
    assert (ahead.low < ahead.estimate).all()
    assert (ahead.estimate < ahead.high).all()
    alive = model.interval(lambda m: m.probability_alive(donations), between=(0, 1))
    assert alive.low[-1] == 1  # gave in 2001: no estimate
    lines = repr(model).splitlines()
    assert lines[0] == "BetaGeoBetaBernoulli(period year)"
    assert lines[2].split()[:2] == ["alpha", "1.20352"]
    assert lines[-1] == "log-likelihood -33225.581, 11,104 customers, converged"


def test_the_model_is_a_value(model):
    copy = BetaGeoBetaBernoulli.from_json(model.to_json())
    assert copy == model
    assert hash(copy) == hash(model)
    assert pickle.loads(pickle.dumps(model)) == model
    published = BetaGeoBetaBernoulli(1.2, 0.75, 0.66, 2.78, period="year")
    assert repr(published) == (
        "BetaGeoBetaBernoulli(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78, period='year')"
    )
    with pytest.raises(NoEvidence):
        published.summary()
    with pytest.raises(Invalid, match="gamma must lie in"):
        BetaGeoBetaBernoulli.from_json(json.dumps(json.loads(published.to_json()) | {"gamma": -1}))


def test_a_fit_finds_the_parameters_that_made_the_data():
    random = np.random.default_rng(22)
    age = random.integers(0, 13, 20_000)  # customers of all ages in one fit
    rows, there = donors(BetaGeoBetaBernoulli(**TRUTH, period="month"), age, random=random)

    model = BetaGeoBetaBernoulli.fit(rows)

    assert model.evidence.converged
    for row in model.summary(level=0.999).rows:
        assert row.low < TRUTH[row.name] < row.high
    assert there.mean() == pytest.approx(model.probability_alive(rows).mean(), abs=0.015)


# --- what the data do not tell, and what is refused ---


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(2, 4, 6)] * 3, "all buy equally readily and nobody leaves: the data do not tell"),
        ([(6, 6, 6)] * 3, "whoever is there buys and nobody leaves: the data do not tell"),
        ([(1, 1, 1)], "whoever is there buys and nobody leaves: "),
        ([(1, 1, 6)] * 9, "whoever is there buys and all leave equally readily: "),
        ([(3, 6, 6), (5, 6, 6), (1, 6, 6)], "nobody leaves: the data do not tell gamma and delta"),
    ],
)
def test_customers_who_are_alike_fit_without_a_peak_and_say_so(rows, says):
    model = BetaGeoBetaBernoulli.fit(histories(*rows))
    assert not model.evidence.converged
    assert model.evidence.covariance is None
    assert model.evidence.remark.startswith(says)
    assert np.isfinite(list(model.parameters().values())).all()
    assert np.isfinite(model.expected_purchases(histories(*rows), horizon=5)).all()
    assert "NOT converged" in repr(model)
    assert BetaGeoBetaBernoulli.from_json(model.to_json()) == model


def test_nobody_who_came_back_is_refused():
    for rows in (histories((0, 0, 6), (0, 0, 3)), histories((0, 0, 0)), histories((0, 0, 1)).where([False])):
        with pytest.raises(Invalid, match="occasions must hold a customer who came back"):
            BetaGeoBetaBernoulli.fit(rows)


def test_questions_that_cannot_be_are_refused(model, donations):
    for ask, says in [
        (
            lambda: model.probability_alive(histories((0, 0, 3), period="month")),
            "period of the occasions must be",
        ),
        (
            lambda: model.log_likelihood(histories((0, 0, 3), period="month")),
            "period of the occasions must be",
        ),
        (
            lambda: model.expected_purchases(donations, horizon=2.5),
            "horizon must be a whole number of occasions",
        ),
        (lambda: model.expected_purchases(donations, horizon=-1), "horizon must be a finite number"),
        (lambda: model.expected_purchases(donations, horizon=math.inf), "discount must be > 0"),
        (lambda: model.probability_alive(donations, ahead=math.inf), "horizon must be a finite number"),
        (
            lambda: model.discounted_purchases(donations, horizon=3, discount=-0.1),
            "discount must be a yearly rate",
        ),
        (lambda: model.expected_purchases_of_newcomer([1, 0.5]), "horizon must be whole numbers"),
        (
            lambda: model.probability_of_exactly(donations, 1.5, horizon=3),
            "count must be whole and >= 0, got 1.5",
        ),
        (
            lambda: model.probability_of_exactly(donations, [1, 2], horizon=3),
            "one number, or one per customer",
        ),
        (lambda: model.probability_of_purchases(donations, at_least=-1, horizon=3), "at_least must be whole"),
        (lambda: BetaGeoBetaBernoulli(1, 1, 1, math.inf, period="year"), "delta must lie in"),
    ]:
        with pytest.raises(Invalid, match=says):
            ask()


def test_histories_in_continuous_time_are_refused(model):
    weeks = Purchases.from_summary(frequency=[2], recency=[30.43], age=[38.86], period="year")
    with pytest.raises(Invalid, match="occasions must be Occasions, got 'Purchases': make them with"):
        model.expected_purchases(weeks, horizon=3)
    with pytest.raises(Invalid, match="must be Occasions"):
        BetaGeoBetaBernoulli.fit(weeks)


def test_a_span_holds_as_many_occasions_as_end_in_it():
    monthly = BetaGeoBetaBernoulli(**TRUTH, period="month")
    rows = histories((2, 4, 6), period="month")
    for span, occasions in [
        (Span(3, "year"), 36),
        (Span(1, "quarter"), 3),
        (Span(40, "day"), 1),
        (Span(9, "day"), 0),
    ]:
        assert monthly.expected_purchases(rows, horizon=span) == monthly.expected_purchases(
            rows, horizon=occasions
        )


def test_results_cannot_be_written_to(model, donations):
    for result in (
        model.probability_alive(donations),
        model.expected_purchases(donations, horizon=3),
        model.expected_purchases_of_newcomer([1, 2]),
        model.probability_of_none(donations, horizon=3),
        model.probability_of_purchases(donations, horizon=3),
    ):
        assert not result.flags.writeable


def test_weights_count_customers(donations, model):
    each = np.repeat(np.arange(22), [people for *_, people in DONATIONS])
    one_by_one = histories(*[(DONATIONS[k][0], DONATIONS[k][1], 6) for k in each.tolist()])
    found = BetaGeoBetaBernoulli.fit(one_by_one)
    assert found.parameters() == pytest.approx(model.parameters(), rel=1e-9)
    assert found.evidence.log_likelihood == pytest.approx(model.evidence.log_likelihood, rel=1e-13)


# --- held against what happened ---


def seen_and_next(truth, n, seen, ahead, random):
    """What n customers did on so many occasions, and how often they bought on those after them: one by one."""
    buys, leaves = random.beta(truth.alpha, truth.beta, n), random.beta(truth.gamma, truth.delta, n)
    alive, x, recency, later = np.ones(n, dtype=bool), np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(1, seen + ahead + 1):
        alive &= random.uniform(size=n) > leaves
        bought = alive & (random.uniform(size=n) < buys)
        x, recency = x + (bought & (k <= seen)), np.where(bought & (k <= seen), k, recency)
        later += bought & (k > seen)
    rows = Occasions.from_summary(frequency=x, recency=recency, age=np.full(n, seen), period="year")
    return rows, OccasionHoldout(ids=rows.ids, purchases=later, length=ahead, period="year")


def test_a_model_that_is_true_is_found_to_be_right_and_as_sure_as_it_should_be():
    truth = BetaGeoBetaBernoulli(**TRUTH, period="year")
    known, after = seen_and_next(truth, 20_000, 6, 5, np.random.default_rng(8))

    told = truth.validate(known, after)

    assert abs(told.bias) < 0.02
    assert told.made == after.purchases.sum()
    assert all(abs(part.actual - part.level) < 0.015 for part in told.coverage)
    assert len(told.alive) == 5
    for group in (*told.alive, *told.buyers):
        assert abs(group.actual - group.expected) < 4 * math.sqrt(0.25 / group.customers)
    assert told.model.squared < 0.9 * min(naive.squared for naive in told.baselines)
    assert told.model.name == "BetaGeoBetaBernoulli"


def test_forecasts_that_cost_nothing_count_in_occasions():
    model = BetaGeoBetaBernoulli(**TRUTH, period="year")
    known = histories((0, 0, 4), (1, 2, 2), (2, 4, 4))
    after = OccasionHoldout(ids=known.ids, purchases=[0, 3, 1], length=3, period="year")

    before, alike, nobody = model.validate(known, after).baselines

    assert before.expected == pytest.approx(3 * (0 / 4 + 1 / 2 + 2 / 4))
    assert alike.expected == pytest.approx(3 * 3 * (3 / 10))
    assert nobody.absolute == pytest.approx(4 / 3)


def test_a_hold_out_of_others_is_refused():
    model = BetaGeoBetaBernoulli(**TRUTH, period="year")
    known = histories((0, 0, 4), (1, 2, 2))

    for ids, period in (([5, 6], "year"), ([0, 1], "month")):
        after = OccasionHoldout(ids=ids, purchases=[0, 1], length=3, period=period)
        with pytest.raises(Invalid, match=r"holdout must be what the customers of the calibration did next"):
            model.validate(known, after)
    with pytest.raises(Invalid, match="calibration must hold a customer"):
        model.validate(known.where([False, False]), after)


def test_means_of_the_hold_out_are_those_of_customers_who_had_come_as_often():
    model = BetaGeoBetaBernoulli(**TRUTH, period="year")
    rows = [(0, 0, 4), (2, 2, 2), (2, 4, 4), (3, 3, 4)]
    known = histories(*rows)
    after = OccasionHoldout(ids=known.ids, purchases=[1, 3, 0, 2], length=3, period="year")

    means = HoldoutMeans.of(model, known, after, most=2)

    ahead = [float(oracle.expected_purchases(TRUTH.values(), *row, 3)) for row in rows]
    assert means.labels == ("0", "2 or more")
    assert means.actual.tolist() == [1, 5 / 3]
    assert means.expected == pytest.approx([ahead[0], np.mean(ahead[1:])])


def test_donors_who_gave_so_often_are_about_as_many_as_the_model_says(donations):
    model = BetaGeoBetaBernoulli.fit(donations)

    found = FrequencyHistogram.of(model, donations, most=6)

    values = model.parameters().values()
    chances = [float(oracle.probability_of_exactly(values, 0, 0, 0, k, 6)) for k in range(7)]
    assert found.actual.tolist() == [3464, 1823, 1430, 1085, 1036, 1063, 1203]
    assert found.expected == pytest.approx(11_104 * np.array(chances), rel=1e-9)


def test_a_histogram_of_different_ages_adds_up_what_is_expected_at_each():
    model = BetaGeoBetaBernoulli(**TRUTH, period="year")

    found = FrequencyHistogram.of(model, histories((0, 0, 1), (2, 5, 6), weight=[10, 4]), most=2)

    one, six = (
        [float(oracle.probability_of_exactly(TRUTH.values(), 0, 0, 0, k, n)) for k in range(2)]
        for n in (1, 6)
    )
    assert found.actual.tolist() == [10, 0, 4]
    assert found.expected[:2] == pytest.approx(10 * np.array(one) + 4 * np.array(six))
    assert found.expected.sum() == pytest.approx(14)


def test_occasions_and_purchases_are_not_taken_for_one_another():
    often = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="year")
    rows = Purchases.from_summary(frequency=[0], recency=[0], age=[4], period="year")

    with pytest.raises(Invalid, match="purchases must be Purchases, got 'Occasions'"):
        FrequencyHistogram.of(often, histories((0, 0, 4)))
    with pytest.raises(Invalid, match="occasions must be Occasions, got 'Purchases'"):
        FrequencyHistogram.of(BetaGeoBetaBernoulli(**TRUTH, period="year"), rows)
