"""Survival curves against published numbers (R's survival) and a slow count in fractions.

waltons.csv is ``lifelines/datasets/waltons_dataset.csv`` of lifelines 0.30.3 (MIT): days that 163 fruit flies lived.
"""

from __future__ import annotations

import math
from csv import DictReader
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import KaplanMeier, Span, Spells
from relcore.kernel.errors import InvalidRows
from tests.oracles import survival as oracle

Z = 1.959963984540054
FLIES = list(DictReader((Path(__file__).parent / "waltons.csv").read_text(encoding="utf-8").splitlines()))


def flies(*groups):
    rows = [fly for fly in FLIES if fly["group"] in groups]
    return KaplanMeier.fit([float(f["T"]) for f in rows], [int(f["E"]) for f in rows], period="day")


BOTH = flies("control", "miR-137")

# Few distinct times, so that there are ties of every kind.
TIME = st.integers(1, 9)
ROW = st.tuples(TIME, st.booleans(), st.integers(0, 8), st.integers(1, 4)).map(
    lambda row: (row[0], row[1], row[2] % row[0], row[3])
)
ROWS = st.lists(ROW, min_size=1, max_size=25)


def fitted(rows, scale=1.0, **more):
    length, seen, entry, weight = map(list, zip(*rows, strict=True))
    return KaplanMeier.fit(
        np.array(length) * scale, seen, entry=np.array(entry) * scale, weight=weight, period="day", **more
    )


# --- published ---------------------------------------------------------------------------------------


def test_the_flies_of_walton_as_in_r():
    assert BOTH.survival_at([33, 56]) == pytest.approx([0.8025306748, 0.4299026500], abs=1e-9)
    band = BOTH.interval(lambda curve: curve.survival_at([33, 56]))
    assert band.low == pytest.approx([0.7324961, 0.3526890], abs=1e-7)
    assert band.high == pytest.approx([0.8560235, 0.5046796], abs=1e-7)
    assert BOTH.median == 56
    assert BOTH.events.sum() + BOTH.censored.sum() == 163


def test_greenwoods_error_as_in_r():
    early = BOTH.times <= 33
    n, left = BOTH.at_risk[early], BOTH.events[early]
    error = BOTH.survival_at(33)[0] * math.sqrt((left / (n * (n - left))).sum())
    assert error == pytest.approx(0.0312731540, abs=1e-10)


def test_restricted_means_as_in_r():
    assert flies("control").restricted_mean(50) == pytest.approx(47.9778731, abs=1e-7)
    assert flies("miR-137").restricted_mean(50) == pytest.approx(25.0, abs=1e-9)


# --- against the slow count --------------------------------------------------------------------------


@given(ROWS, st.sampled_from([1.0, 0.37]))
def test_it_is_the_slow_count_with_ties_late_entries_and_weights(rows, scale):
    """Whole times are counted, the others are sorted: both ways give the same."""
    curve, slow = fitted(rows, scale), oracle.curve(rows)
    columns = list(zip(*slow, strict=True))
    assert curve.times == pytest.approx([float(t) * scale for t in columns[0]])
    assert curve.survival == pytest.approx([float(s) for s in columns[1]], abs=1e-14)
    for found, expected in zip((curve.at_risk, curve.events, curve.censored), columns[2:5], strict=True):
        assert found.tolist() == [float(value) for value in expected]


@given(ROWS)
def test_the_band_is_that_of_the_formula_wherever_it_has_a_width(rows):
    curve = fitted(rows)
    band = curve.interval()
    gone = False
    for i, (_, share, _, _, _, greenwood) in enumerate(oracle.curve(rows)):
        gone = gone or share == 0
        if 0 < share < 1 and not gone:
            assert (band.low[i], band.high[i]) == pytest.approx(oracle.bounds(share, greenwood, Z), abs=1e-12)
        assert 0 <= band.low[i] <= band.estimate[i] <= band.high[i] <= 1


@given(ROWS, st.integers(1, 12))
def test_the_restricted_mean_is_the_area_of_the_slow_count(rows, horizon):
    assert fitted(rows).restricted_mean(horizon) == pytest.approx(
        float(oracle.area(rows, horizon)), abs=1e-12
    )


@given(ROWS)
def test_a_weight_is_as_many_rows(rows):
    apart = [(d, seen, entry, 1) for d, seen, entry, weight in rows for _ in range(weight)]
    length, seen, entry, _ = map(list, zip(*apart, strict=True))
    alike = KaplanMeier.fit(length, seen, entry=entry, period="day")
    assert fitted(rows) == alike


@given(ROWS)
def test_the_order_of_rows_is_of_no_matter(rows):
    assert fitted(rows) == fitted(rows[::-1])
    continuous = [fitted(some, 0.1).survival for some in (rows, rows[::-1])]
    assert continuous[0] == pytest.approx(continuous[1], abs=1e-15)


@given(ROWS, st.floats(0.05, 0.95))
def test_a_quantile_is_the_earliest_time_at_which_so_few_are_there(rows, share):
    curve = fitted(rows)
    found = float(curve.quantile(share)[0])
    reached = [float(t) for t, s, *_ in oracle.curve(rows) if s <= 1 - share]
    assert found == (reached[0] if reached else math.inf)


def test_entries_at_zero_are_no_late_entries():
    rows = ([0, 1, 4, 4], [True, True, False, True])
    assert KaplanMeier.fit(*rows, entry=[0, 0, 0, 0], period="day") == KaplanMeier.fit(*rows, period="day")


def test_the_interval_of_the_median_is_read_off_the_band():
    curve, band = BOTH, BOTH.interval()
    half = curve.interval(lambda c: c.quantile(0.5))
    assert half.low[0] == curve.times[np.argmax(band.low <= 0.5)]
    assert half.high[0] == curve.times[np.argmax(band.high <= 0.5)]
    assert half.low[0] <= half.estimate[0] <= half.high[0]


def test_greenwoods_error_of_the_mean_is_what_the_jackknife_says():
    """The infinitesimal jackknife: how the mean moves with the weight of each, all moves squared and added up."""
    rows = [(d, bool(int(e)), 0, 1) for d, e in ((float(f["T"]), f["E"]) for f in FLIES)]
    step, moves = 1e-5, []
    for i in range(len(rows)):
        weight = [1.0 + step * (n == i) for n in range(len(rows))]
        moved = KaplanMeier.fit([r[0] for r in rows], [r[1] for r in rows], weight=weight, period="day")
        moves.append((moved.restricted_mean(50) - BOTH.restricted_mean(50)) / step)
    jackknife = math.sqrt(sum(move**2 for move in moves))
    assert BOTH.restricted_mean_error(50) == pytest.approx(jackknife, rel=0.01)


# --- edges -------------------------------------------------------------------------------------------


def test_nobody_gives_the_curve_that_knows_nothing():
    curve = KaplanMeier.fit([], [], period="week")
    assert curve.survival_at([0, 5]).tolist() == [1, 1]
    assert curve.median == math.inf
    assert curve.restricted_mean(4) == 4
    assert curve.restricted_mean_error(4) == 0
    assert curve.interval().low.size == 0
    band = curve.interval(lambda c: c.survival_at(3))
    assert (band.low[0], band.high[0]) == (0, 1)
    assert repr(curve) == "KaplanMeier of 0, 0 of whom left"


def test_where_all_are_censored_nothing_is_lost_and_the_band_knows_how_few_they_were():
    curve = KaplanMeier.fit([3, 5], [False, False], period="day")
    assert curve.survival.tolist() == [1, 1]
    assert curve.median == math.inf
    band = curve.interval()
    assert band.low == pytest.approx([0.025**0.5, 0.025])
    assert band.high.tolist() == [1, 1]


def test_where_all_leave_at_once_the_curve_is_zero_and_the_band_is_that_of_a_count():
    curve = KaplanMeier.fit([4, 4, 4], period="day")
    assert curve.survival.tolist() == [0]
    assert curve.interval().high == pytest.approx([1 - 0.025 ** (1 / 3)])
    assert curve.restricted_mean(10) == 4


def test_those_who_leave_at_once_are_at_risk_at_the_start():
    curve = KaplanMeier.fit([0, 0, 2], [True, False, True], period="day")
    assert (curve.times.tolist(), curve.at_risk.tolist()) == ([0, 2], [3, 1])
    assert curve.survival_at([0, 1]) == pytest.approx([2 / 3, 2 / 3])


def test_beyond_the_longest_time_the_estimate_is_carried_on_and_the_band_is_open_below():
    curve = KaplanMeier.fit([1, 2, 3], [True, False, False], period="month")
    beyond = curve.interval(lambda c: c.survival_at([3, 4]))
    assert beyond.estimate.tolist() == pytest.approx([2 / 3, 2 / 3])
    assert beyond.low[0] > 0
    assert beyond.low[1] == 0


def test_minus_zero_is_zero():
    curve = KaplanMeier.fit([-0.0, 0.0, 1.5], period="day")
    assert curve.times.tolist() == [0, 1.5]
    assert curve.events.tolist() == [2, 1]


def test_half_is_reached_though_fractions_round():
    lengths = [0.1 * n for n in range(1, 11)]
    assert KaplanMeier.fit(lengths, period="day").median == lengths[4]


def test_a_horizon_may_be_a_span():
    curve = KaplanMeier.fit([7, 21], period="day")
    assert curve.restricted_mean(Span(2, "week")) == curve.restricted_mean(14) == 10.5


def test_arrays_are_read_only():
    for name in ("times", "survival", "at_risk", "events", "censored"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(BOTH, name)[0] = 7


def test_it_shows_its_median_with_bounds():
    says = "KaplanMeier of 163, 156 of whom left within 75 days\n  median    56 days (95 % from 54 to 58)"
    assert repr(BOTH).startswith(says.rsplit("(", 1)[0])
    assert "were there" in repr(BOTH)


# --- from spells -------------------------------------------------------------------------------------


def test_spells_bring_their_entries_weights_and_censoring():
    spells = Spells.from_arrays(
        subject=[1, 2, 3],
        state=["in"] * 3,
        start=["2026-01-01", "2026-01-01", "2026-01-01"],
        stop=["2026-01-15", None, "2026-01-08"],
        entry=["2026-01-01", "2026-01-08", "2026-01-01"],
        weight=[2, 1, 3],
        until="2026-01-28",
    )
    direct = KaplanMeier.fit([2, 4, 1], [True, False, True], entry=[0, 1, 0], weight=[2, 1, 3], period="week")
    assert KaplanMeier.from_spells(spells, period="week") == direct


# --- refused -----------------------------------------------------------------------------------------

REFUSED = {
    "a negative time": (([1, -2],), {}, r"column 'durations', row 1: must be finite and >= 0, got -2"),
    "no number": (([1, math.nan],), {}, "column 'durations', row 1"),
    "an infinite time": (([math.inf],), {}, "must be finite"),
    "a table": (([[1, 2]],), {}, "one dimension"),
    "half an observation": (([1.0], [0.5]), {}, "observed must be true or false"),
    "other lengths": (([1, 2], [True]), {}, "one length"),
    "an entry after the end": (([2, 2],), {"entry": [0, 2]}, r"column 'entry', row 1: must be 0 or lie in"),
    "a negative entry": (([2],), {"entry": [-1]}, "column 'entry'"),
    "an unknown entry": (([2],), {"entry": [math.nan]}, "column 'entry'"),
    "no weight": (([2],), {"weight": [0]}, "column 'weight', row 0: must be finite and > 0, got 0"),
    "an unknown weight": (([2],), {"weight": [math.nan]}, "column 'weight'"),
}


@pytest.mark.parametrize(("given", "more", "says"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_the_row_and_the_value(given, more, says):
    with pytest.raises(Invalid, match=says):
        KaplanMeier.fit(*given, **more, period="day")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda c: c.survival_at([-1]), "times must be >= 0"),
        (lambda c: c.survival_at([math.nan]), "times must be >= 0"),
        (lambda c: c.quantile(1), "share must lie in"),
        (lambda c: c.interval(level=1), "level must lie in"),
        (lambda c: c.restricted_mean(-1), "horizon"),
    ],
)
def test_a_question_without_an_answer_is_refused(ask, says):
    with pytest.raises(Invalid, match=says):
        ask(BOTH)


def test_faults_are_told_as_data():
    with pytest.raises(InvalidRows) as refused:
        KaplanMeier.fit([1, -2, -3], period="day")
    (fault,) = refused.value.faults
    assert (fault.column, fault.row, fault.count, fault.value) == ("durations", 1, 2, -2)
