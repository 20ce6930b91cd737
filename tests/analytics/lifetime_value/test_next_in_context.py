"""When the next purchase comes while rates change: its density in thirty digits, Pareto/NBD, and what is known ahead."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import ParetoNBD, ParetoNBDInContext
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.context_cases import ROWS, TRUTH, drawn, histories, hurting, shop
from tests.oracles import context as oracle

MODEL = ParetoNBDInContext(0.7, 8, 0.9, 12, buying={"a": 0.8, "b": -0.5}, leaving={"b": 1.1}, period="week")


def dates_are_those_of_the_density(values, effects, row, path, share):
    """``share`` of the chance that it comes at all, within what is known."""
    x, recency, age = row
    buying, leaving = effects[:2], effects[1:2]
    model = ParetoNBDInContext(
        *values, buying=dict(zip("ab", buying, strict=True)), leaving={"b": leaving[0]}, period="week"
    )
    slow = oracle.Model(*values, buying, leaving)
    told = [(b, e, v, v[1:]) for b, e, v in path]
    known = path[-1][1] - age
    ever = slow.probability_of_next(told, x, recency, age, known)
    if ever < 1e-9:  # who has left long ago
        return False

    found = model.next_purchase_within(histories([path], [row]), share * ever)[0]

    assert 0 < found <= known
    assert slow.probability_of_next(told, x, recency, age, found) == pytest.approx(share * ever, rel=1e-9)
    return True


def test_until_the_date_the_density_has_come_to_the_chance():
    cases, shares = hurting(seed=71, count=4), (0.02, 0.4, 0.9, 0.99)

    told = [
        dates_are_those_of_the_density(*case[:4], share) for case, share in zip(cases, shares, strict=True)
    ]

    assert sum(told) >= 2


@pytest.mark.verify
def test_until_the_date_the_density_has_come_to_the_chance_everywhere():
    cases, shares = hurting(seed=72, count=120), np.random.default_rng(73).uniform(0.001, 0.999, 120).tolist()

    told = [
        dates_are_those_of_the_density(*case[:4], share) for case, share in zip(cases, shares, strict=True)
    ]

    assert sum(told) >= 60


@pytest.mark.parametrize("seed", range(4))
def test_without_effects_dates_are_those_of_pareto_nbd(seed):
    random = np.random.default_rng(seed)
    r, alpha, s, beta = np.exp(random.normal(0, 1.5, 4)).tolist()
    plain = ParetoNBD(r, alpha, s, beta, period="week")
    model = ParetoNBDInContext(r, alpha, s, beta, buying={"a": 0, "b": 0}, leaving={"b": 0}, period="week")
    context = histories(list(drawn(random, ROWS)), ROWS).held()

    for chance in (1e-6, 0.1, 0.5, 0.9, np.linspace(0.05, 0.95, len(ROWS))):
        ours = model.next_purchase_within(context, chance)
        assert ours == pytest.approx(plain.next_purchase_within(context.purchases, chance), rel=1e-10)


def test_a_season_brings_the_next_purchase_forward():
    # Nobody leaves, and customers are all alike: ln 2 of a rate that is 0.1 for four weeks, and then ten times that.
    alike = ParetoNBDInContext(
        1e9, 1e10, 1e-9, 1e9, buying={"season": math.log(10)}, leaving={}, period="week"
    )
    path = [(0, 14, [0]), (14, 50, [1])]
    context = histories([path], [(3, 9, 10)], names=("season",))

    within = alike.next_purchase_within(context, 0.5)[0]

    assert within == pytest.approx(4 + (math.log(2) - 0.4) / 1.0, rel=1e-7)


def test_what_is_cut_in_two_or_known_farther_ahead_is_the_same():
    paths = list(drawn(np.random.default_rng(5), ROWS))
    cut = [
        [half for b, e, v in path for half in ((b, (b + e) / 2, v), ((b + e) / 2, e, v))] for path in paths
    ]
    whole, halves = histories(paths, ROWS), histories(cut, ROWS)

    for chance in (0.01, 0.2, 0.6):
        dates = MODEL.next_purchase_within(whole, chance)
        ever = MODEL.next_purchase_within(whole.held(), chance)
        known = whole.known - whole.purchases.age
        assert MODEL.next_purchase_within(halves, chance) == pytest.approx(dates, rel=1e-11)
        assert dates == pytest.approx(np.where(ever <= known, ever, np.inf), rel=1e-11)


def test_of_whom_nothing_is_known_ahead_no_date_is_told():
    context = histories([[(0, 20, [1, 0])], [(0, 90, [1, 0])]], [(4, 19, 20), (4, 19, 20)])

    early = MODEL.next_purchase_within(context, 0.3)

    assert early[0] == math.inf
    assert 0 < early[1] < 70


def test_all_customers_at_once_are_each_of_them_alone():
    context, _ = shop(seed=74, n=40)
    chance = np.linspace(0.02, 0.9, 40)

    together = TRUTH.next_purchase_within(context, chance)

    alone = [TRUTH.next_purchase_within(context.where(np.arange(40) == n), chance[n])[0] for n in range(40)]
    assert together.tolist() == pytest.approx(alone, rel=1e-12)
    assert 0 < np.isfinite(together).sum() < 40
    told = TRUTH.given(context).next_purchase_within(context.purchases, chance)
    assert (told == together).all()


def test_chances_that_are_none_are_refused():
    context, _ = shop(seed=76, n=3)

    for chance, says in (
        (0, "probability must lie in"),
        (1, "probability must lie in"),
        (math.nan, "lie in"),
    ):
        with pytest.raises(Invalid, match=says):
            TRUTH.next_purchase_within(context, chance)
    with pytest.raises(Invalid, match="probability must be one number, or one per customer"):
        TRUTH.next_purchase_within(context, [0.5, 0.5])
    nobody = context.where([False] * 3)
    assert TRUTH.next_purchase_within(nobody, 0.5).shape == (0,)


small = st.floats(-3, 3)


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(1e-3, 1e3), alpha=st.floats(1e-3, 1e3), s=st.floats(1e-3, 1e3), beta=st.floats(1e-3, 1e3),
    effects=st.tuples(small, small), x=st.integers(0, 3000), part=st.floats(0, 1), age=st.floats(1e-2, 1e4),
    values=st.lists(st.tuples(small, small), min_size=1, max_size=6), chance=st.floats(1e-6, 1 - 1e-6),
)  # fmt: skip
def test_dates_are_horizons_without_a_purchase(r, alpha, s, beta, effects, x, part, age, values, chance):
    edges = np.linspace(0, age * 3, len(values) + 1).tolist()
    path = [(b, e, v) for b, e, v in zip(edges[:-1], edges[1:], map(list, values), strict=True)]
    context = histories([path], [(x, max(part, 1e-6) * age if x else 0.0, age)])
    model = ParetoNBDInContext(
        r, alpha, s, beta, buying={"a": effects[0]}, leaving={"b": effects[1]}, period="week"
    )

    within = model.next_purchase_within(context, chance)[0]

    horizon = min(within, age * 2 * (1 - 1e-12))
    comes = model.probability_of_purchases(context, horizon=horizon)[0]
    assert within > 0
    if math.isinf(within):
        assert comes <= chance * (1 + 1e-9)
    else:
        assert comes == pytest.approx(chance, rel=1e-8)
