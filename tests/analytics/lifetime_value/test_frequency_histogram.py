"""How many came back how often, and how many should have: the published test of fit, and sums of the slow reference."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import BetaGeoNBD, FrequencyHistogram, Ledger, ParetoNBD, PlainNBD, Purchases
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.context_cases import TRUTH, shop
from tests.oracles import buy_till_you_die as oracle

MODEL = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")


@pytest.fixture(scope="module")
def calibration():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date")
    return ledger.purchases(period="week", until="1997-09-30")


def chi_square(values):
    return float(((values.actual - values.expected) ** 2 / values.expected).sum())


@pytest.mark.parametrize(("kind", "printed"), [(BetaGeoNBD, 4.82), (ParetoNBD, 11.99)])
def test_the_fit_to_cdnow_is_as_good_as_the_paper_says(calibration, kind, printed):
    # Fader, Hardie and Lee (2005), Marketing Science 24(2): chi-square of counts 0 to 6 and 7+.
    found = FrequencyHistogram.of(kind.fit(calibration), calibration)

    assert found.actual.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert chi_square(found) == pytest.approx(printed, abs=0.005)


def test_the_expected_counts_are_those_of_newcomers_watched_as_long():
    rows = Purchases.from_summary(
        frequency=[0, 3, 1, 0],
        recency=[0, 9, 2, 0],
        age=[39, 12, 39, 3],
        weight=[4, 1, 2.5, 1],
        period="week",
    )

    found = FrequencyHistogram.of(MODEL, rows, most=2)

    def slow(count):
        return sum(
            weight
            * float(oracle.probability_of_purchases(MODEL.r, MODEL.alpha, MODEL.a, MODEL.b, age, count))
            for age, weight in ((39, 6.5), (12, 1), (3, 1))
        )

    assert found.actual.tolist() == [5, 2.5, 1]
    assert found.expected[:2] == pytest.approx([slow(0), slow(1)], rel=1e-10)
    assert found.expected.sum() == pytest.approx(8.5, rel=1e-12)


def test_a_model_in_context_is_asked_of_everybody_on_his_first_day():
    context, _ = shop(31, 600)

    found = FrequencyHistogram.of(TRUTH.given(context), context.purchases, most=6)

    assert found.actual.sum() == 600
    assert found.expected.sum() == pytest.approx(600, rel=1e-10)
    assert chi_square(found) < 16.8  # in one of a hundred shops it is more, with six degrees of freedom
    unaware = FrequencyHistogram.of(TRUTH.base, context.purchases, most=6)
    assert found.expected[-1] > unaware.expected[-1] + 10
    plain = attrs.evolve(TRUTH, buying={}, leaving={})
    same = FrequencyHistogram.of(plain.given(context), context.purchases, most=6)
    theirs = FrequencyHistogram.of(plain.base, context.purchases, most=6)
    assert same.expected == pytest.approx(theirs.expected, rel=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 600), st.floats(0.5, 20)), min_size=1, max_size=6),
    st.integers(1, 12),
)
@settings(max_examples=40, deadline=None)
def test_nobody_is_lost_and_nobody_is_counted_twice(histories, most):
    x, days, weight = (np.array(column, dtype=float) for column in zip(*histories, strict=True))
    rows = Purchases.from_summary(
        frequency=x, recency=np.where(x > 0, days / 7, 0), age=days / 7, weight=weight, period="week"
    )

    found = FrequencyHistogram.of(MODEL, rows, most=most)

    assert (found.expected >= 0).all()
    assert found.expected.sum() == pytest.approx(weight.sum(), rel=1e-12)
    assert found.actual.sum() == pytest.approx(weight.sum(), rel=1e-12)
    assert found.actual[-1] == pytest.approx(weight[x >= most].sum(), rel=1e-12)


def test_nobody_gives_nothing_and_one_who_came_today_has_not_come_back():
    nobody = Purchases.from_summary(frequency=[], recency=[], age=[], period="week")
    today = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")

    assert FrequencyHistogram.of(MODEL, nobody, most=1).expected.tolist() == [0, 0]
    assert FrequencyHistogram.of(MODEL, today, most=1).expected.tolist() == [1, 0]


def test_a_histogram_is_a_table_a_frame_and_words(calibration):
    found = FrequencyHistogram.of(PlainNBD.fit(calibration), calibration, most=3)

    frame = found.to_frame(like={})

    assert list(frame) == ["count", "actual", "expected"]
    assert frame["count"].tolist() == [0, 1, 2, 3]
    assert found.labels == ("0", "1", "2", "3 or more")
    assert str(found).splitlines()[0] == "repeat purchases    actual    expected"
    assert str(found).splitlines()[-1].startswith("3 or more              293")
    with pytest.raises(ValueError, match="read-only"):
        found.expected[0] = 0


def test_purchases_in_another_unit_and_no_counts_at_all_are_refused(calibration):
    with pytest.raises(Invalid, match="must be the model's, day"):
        FrequencyHistogram.of(PlainNBD(r=1, alpha=9, period="day"), calibration)
    with pytest.raises(Invalid, match="most must be 1 or more"):
        FrequencyHistogram.of(MODEL, calibration, most=0)


def test_a_model_is_asked_once_for_each_age(calibration):
    asked = []

    class Asking:
        period = "week"

        def probability_of_exactly(self, purchases, count, *, horizon):
            asked.append(horizon)
            return np.zeros(len(purchases))

        def probability_of_purchases(self, purchases, *, at_least=1, horizon):
            return np.ones(len(purchases))

    FrequencyHistogram.of(Asking(), calibration)

    assert sorted(asked) == np.unique(calibration.age).tolist()
