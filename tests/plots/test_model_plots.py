"""The other plots: they draw on the caller's axes, give them back, say what they show, and leave nothing behind."""

from __future__ import annotations

import datetime as dt
import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from relcore import Invalid, plots
from relcore.analytics import (
    BetaGeoNBD,
    JumpChain,
    KaplanMeier,
    PeriodMatrix,
    Purchases,
    RFMValues,
    Segment,
    SegmentPolicy,
)

CURVE = KaplanMeier.fit([3, 5, 5, 8], [True, True, False, True], period="month")
NOBODY = KaplanMeier.fit([], [], period="month")
MODEL = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
ROWS = Purchases.from_summary(frequency=[0, 2, 30], recency=[0, 9, 30], age=[39, 39, 39], period="week")
JUMPS = JumpChain.from_counts(["home", "cart", "paid"], [[0, 30, 0], [18, 0, 12], [0, 0, 0]])
MONTHS = PeriodMatrix.from_counts(
    ["in", "out"], [[3, 1], [0, 0]], period="month", allowed=[[True, True], [False, True]]
)
VALUES = RFMValues(range(4), [0, 30, 60, 90], [9, 1, 4, 1], [5, 1, 1, 9], [1, 1, 1, 1], dt.date(2026, 3, 31))
MONEY = SegmentPolicy(
    [
        Segment(name, recency=(1, 5), frequency=(1, 5), monetary=m)
        for name, m in (("small", (1, 3)), ("big", (4, 5)))
    ]
)

PLOTS = {
    "survival": lambda ax: plots.survival(CURVE, ax=ax),
    "survival of several": lambda ax: plots.survival({"ours": CURVE, "theirs": NOBODY}, ax=ax),
    "survival of nobody": lambda ax: plots.survival(NOBODY, ax=ax),
    "history": lambda ax: plots.recency_frequency_map(MODEL.probability_alive, age=39, period="week", ax=ax),
    "history with customers": lambda ax: plots.recency_frequency_map(
        MODEL.probability_alive, age=39, period="week", customers=ROWS, ax=ax
    ),
    "history without a slope": lambda ax: plots.recency_frequency_map(
        lambda rows: np.ones(len(rows)), age=39, period="week", most=1, ax=ax
    ),
    "jumps": lambda ax: plots.transition_map(JUMPS, ax=ax),
    "months": lambda ax: plots.transition_map(MONTHS, ax=ax),
    "segments": lambda ax: plots.segment_map(VALUES.score().segments(), ax=ax),
    "segments by money": lambda ax: plots.segment_map(VALUES.score().segments(MONEY), ax=ax),
}


def words(ax):
    return " ".join(text.get_text() for text in ax.texts)


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_it_draws_on_the_given_axes_and_returns_them(plot):
    ax = Figure(layout="constrained").add_subplot()
    assert plot(ax) is ax
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_it_makes_a_figure_of_its_own_that_nobody_has_to_close(plot):
    before, picture = plt.get_fignums(), io.BytesIO()
    plot(None).figure.savefig(picture, format="png")
    assert plt.get_fignums() == before
    assert picture.getbuffer().nbytes > 5000


def test_a_survival_curve_has_its_band_and_who_is_still_watched():
    ax = plots.survival(CURVE, title="No second order yet")
    (line, _) = ax.get_lines()
    assert line.get_xdata().tolist() == [0, *CURVE.times.tolist()]
    assert line.get_ydata().tolist() == [1, *CURVE.survival.tolist()]
    assert len(ax.collections) == 1
    ticks = ax.get_xticks()
    watched = [text.get_text() for text in ax.texts if text.get_text() != "watched"]
    assert watched == [str(sum(d >= tick for d in (3, 5, 5, 8))) for tick in ticks]
    assert ax.get_xlabel() == "months"


def test_curves_in_different_periods_are_refused():
    with pytest.raises(Invalid, match="all in one period"):
        plots.survival({"a": CURVE, "b": KaplanMeier.fit([1], period="week")})


def test_a_heat_map_says_what_each_share_rests_on():
    assert words(plots.transition_map(JUMPS)).split("n = ")[1:] == [
        "30 60.0 % 18 40.0 % 12 ",
        "30 not seen not seen ",
        "0",
    ]
    assert "only way" in words(plots.transition_map(MONTHS))


def test_a_map_of_histories_asks_the_model_for_each_of_them():
    asked = []
    plots.recency_frequency_map(
        lambda rows: asked.append(rows) or rows.frequency, age=10, period="day", most=4
    )
    (rows,) = asked
    assert set(rows.frequency.tolist()) == {1, 2, 3, 4}
    assert 0 < rows.recency.min() < rows.recency.max() < 10


@pytest.mark.parametrize(("age", "most"), [(0, 5), (np.inf, 5), (np.nan, 5), (5, 0)])
def test_a_map_without_room_is_refused(age, most):
    with pytest.raises(Invalid, match="age must be > 0"):
        plots.recency_frequency_map(MODEL.probability_alive, age=age, period="week", most=most)


def test_a_segment_map_names_every_segment_with_its_share():
    segments = VALUES.score().segments()
    text = words(plots.segment_map(segments)).replace("\n", " ")
    for row in segments.rows():
        assert f"{row.name} {100 * row.share:.1f} %" in text
