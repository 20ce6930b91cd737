"""Plots draw on the caller's axes, give them back, and leave nothing behind."""

import datetime as dt
import io

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from relcore import plots
from relcore.analytics import Tracking

VALUES = Tracking([1, 2, 3, 4], [5, 9, 12, 14], [4, 10, 12, 15], 2.5, dt.date(2026, 1, 1), "week")


@pytest.mark.parametrize("plot", [plots.tracking, plots.tracking_steps])
def test_it_draws_on_the_given_axes_and_returns_them(plot):
    ax = Figure().add_subplot()
    assert plot(VALUES, ax=ax) is ax
    labels = [line.get_label() for line in ax.get_lines()[1:]]
    assert labels == ["actual", "expected"]
    assert ax.get_xlabel() == "weeks since 2026-01-01"
    assert any(text.get_text() == "calibration ends" for text in ax.texts)


def test_it_makes_a_figure_of_its_own_that_nobody_has_to_close():
    before = plt.get_fignums()
    ax = plots.tracking(VALUES)
    assert plt.get_fignums() == before
    picture = io.BytesIO()
    ax.figure.savefig(picture, format="png")
    assert picture.getbuffer().nbytes > 5000


def test_cumulative_and_per_period_are_the_same_numbers():
    total = plots.tracking(VALUES).get_lines()
    steps = plots.tracking_steps(VALUES).get_lines()
    for whole, part in zip(total[1:], steps[1:], strict=True):
        assert np.cumsum(part.get_ydata()).tolist() == list(whole.get_ydata())
