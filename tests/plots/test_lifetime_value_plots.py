"""The pictures of lifetime value show the numbers of the values that they are given, each with its unit."""

from __future__ import annotations

import datetime as dt
import io
import math

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from relcore import Invalid, plots
from relcore.analytics import (
    AliveHistory,
    FrequencyHistogram,
    HistoryGrid,
    Holdout,
    HoldoutMeans,
    ParetoNBD,
    Purchases,
)

MODEL = ParetoNBD(r=0.55, alpha=10.58, s=0.61, beta=11.67, period="week")
KNOWN = Purchases.from_summary(
    frequency=[0, 1, 1, 4, 9], recency=[0, 20, 3, 30, 38], age=[39] * 5, period="week", until="2026-03-31"
)
NEXT = Holdout(
    ids=KNOWN.ids,
    purchases=[0, 1, 0, 2, 7],
    after=dt.date(2026, 3, 31),
    until=dt.date(2026, 12, 29),
    period="week",
)
COUNTED = FrequencyHistogram([0, 1, 2], [60, 30, 10], [58.4, 30.6, 11])
MEANS = HoldoutMeans.of(MODEL, KNOWN, NEXT, most=3)
JUDGED = MODEL.validate(KNOWN, NEXT)
ALIVE = AliveHistory(dt.date(2026, 1, 1), [1.0, 0.9, 1.0, 0.8], [0, 2])
GRID = HistoryGrid.of(
    lambda rows: MODEL.discounted_purchases(rows, horizon=math.inf, discount=0.15),
    age=39,
    period="week",
    most=8,
)

PLOTS = {
    "frequency histogram": lambda ax: plots.frequency_histogram(COUNTED, ax=ax),
    "hold-out means": lambda ax: plots.holdout_means(MEANS, ax=ax),
    "alive history": lambda ax: plots.alive_history(ALIVE, ax=ax),
    "buyer calibration": lambda ax: plots.buyer_calibration(JUDGED, ax=ax),
    "alive calibration": lambda ax: plots.alive_calibration(JUDGED, ax=ax),
    "interval calibration": lambda ax: plots.interval_calibration(JUDGED, ax=ax),
    "iso value": lambda ax: plots.iso_value(GRID, ax=ax),
    "iso value with one contour": lambda ax: plots.iso_value(GRID, levels=[2], ax=ax),
    "alive history of a day": lambda ax: plots.alive_history(
        AliveHistory(dt.date(2026, 1, 1), [1.0], [0]), ax=ax
    ),
    "iso value without a slope": lambda ax: plots.iso_value(
        HistoryGrid.of(lambda rows: np.ones(len(rows)), age=9, period="day", most=2), ax=ax
    ),
}


def shown(ax, label):
    (line,) = [line for line in ax.get_lines() if line.get_label() == label]
    return line.get_ydata().tolist()


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_it_draws_on_the_given_axes_and_returns_them(plot):
    ax = Figure(layout="constrained").add_subplot()

    assert plot(ax) is ax
    assert ax.get_title(loc="left")
    assert ax.get_ylabel()


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_it_makes_a_figure_of_its_own_that_nobody_has_to_close(plot):
    before, picture = plt.get_fignums(), io.BytesIO()

    plot(None).figure.savefig(picture, format="png")

    assert plt.get_fignums() == before
    assert picture.getbuffer().nbytes > 5000


def test_a_histogram_has_a_bar_for_each_count_with_its_number():
    ax = plots.frequency_histogram(COUNTED)

    actual, expected = (bars.datavalues.tolist() for bars in ax.containers)
    assert (actual, expected) == (COUNTED.actual.tolist(), COUNTED.expected.tolist())
    assert [text.get_text() for text in ax.texts] == ["60", "30", "10", "58", "31", "11"]
    assert ax.get_xlabel() == "repeat purchases"


def test_means_of_the_hold_out_say_what_they_rest_on():
    ax = plots.holdout_means(MEANS)

    assert shown(ax, "actual") == MEANS.actual.tolist() == [0, 0.5, 4.5]
    assert shown(ax, "expected") == MEANS.expected.tolist()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["0\nn = 1", "1\nn = 2", "3 or more\nn = 2"]
    assert ax.get_ylabel() == "mean purchases in the 39 weeks after"


def test_an_alive_history_has_its_days_and_marks_its_purchases():
    ax = plots.alive_history(ALIVE)

    line, marks = ax.get_lines()
    assert line.get_ydata().tolist() == ALIVE.alive.tolist()
    assert date2num(line.get_xdata()).tolist() == [date2num(dt.date(2026, 1, day)) for day in (1, 2, 3, 4)]
    assert marks.get_xdata().tolist() == [dt.date(2026, 1, 1), dt.date(2026, 1, 3)]
    assert marks.get_ydata().tolist() == [1, 1]


def test_calibration_marks_lie_at_the_shares_that_were_counted():
    buyers, alive = plots.buyer_calibration(JUDGED), plots.alive_calibration(JUDGED)

    marks = [group for group in buyers.collections if group.get_label().startswith("share that bought")]
    assert marks[0].get_offsets().tolist() == [[group.expected, group.actual] for group in JUDGED.buyers]
    assert [text.get_text() for text in buyers.texts] == [str(group.customers) for group in JUDGED.buyers]
    assert shown(alive, "expected") == [group.expected for group in JUDGED.alive]
    assert shown(alive, "actual") == [group.actual for group in JUDGED.alive]


def test_the_bars_of_a_calibration_are_where_such_groups_would_lie():
    # Wilson's interval of 5 of 10, in every textbook: 0.237 to 0.763.
    ten = Purchases.from_summary(
        frequency=[0] * 10, recency=[0] * 10, age=[39] * 10, period="week", until="2026-03-31"
    )
    after = Holdout(ids=ten.ids, purchases=[1] * 10, after=NEXT.after, until=NEXT.until, period="week")

    class Even:
        period = "week"

        def probability_alive(self, purchases):
            return np.ones(len(purchases))

        def expected_purchases(self, purchases, *, horizon):
            return np.full(len(purchases), 0.5)

        def probability_of_purchases(self, purchases, *, at_least=1, horizon):
            return np.where(np.broadcast_to(at_least, len(purchases)) == 1, 0.5, 0.0)

        validate = ParetoNBD.validate

    ax = plots.alive_calibration(Even().validate(ten, after))

    (spans,) = ax.collections
    ((bottom, top),) = [segment[:, 1].tolist() for segment in spans.get_segments()]
    assert (bottom, top) == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_interval_calibration_has_a_bar_for_each_tenth():
    ax = plots.interval_calibration(JUDGED)

    (bars,) = ax.containers
    assert bars.datavalues.tolist() == list(JUDGED.transform)
    assert "95 %" in ax.texts[0].get_text()


def test_contours_of_value_lie_where_they_are_asked_for():
    ax = plots.iso_value(GRID, label="purchases to come", levels=[1, 2, 4])

    lines = ax.collections[-1]
    assert lines.levels.tolist() == [1, 2, 4]
    # Along a contour that comes by a whole number of purchases, the value of the grid is that of the contour.
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        on_row = [(x, y) for x, y in path.vertices if y == round(y) and 1 <= y <= 8]
        assert on_row
        for x, y in on_row:
            told = np.interp(x, GRID.recency, GRID.values[:, int(y) - 1])
            assert told == pytest.approx(level, rel=1e-9)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("last purchase, weeks after the first", "repeat purchases")


def test_contours_that_cannot_be_drawn_are_refused():
    narrow = HistoryGrid.of(MODEL.probability_alive, age=39, period="week", most=1)

    with pytest.raises(Invalid, match="must reach to 2 repeat purchases"):
        plots.iso_value(narrow)
    for wrong in ([], [2, 1], [1, 1]):
        with pytest.raises(Invalid, match="levels must be one at least, and increase"):
            plots.iso_value(GRID, levels=wrong)


def test_a_map_of_one_frequency_has_no_contours():
    ax = plots.recency_frequency_map(MODEL.probability_alive, age=39, period="week", most=1)

    assert not ax.collections
