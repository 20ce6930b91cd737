"""The tracking plots: what a model expects of a cohort beside what the cohort did.

Blue and orange are Okabe and Ito's (2008), told apart with every kind of colour vision; line styles differ as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relcore.analytics import Tracking

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from relcore.analytics.arrays import Floats

_ACTUAL, _EXPECTED, _QUIET = "#0072B2", "#D55E00", "#666666"


def tracking(values: Tracking, *, ax: Axes | None = None) -> Axes:
    """Cumulative repeat purchases, expected and actual, with the end of calibration marked.

    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    >>> from datetime import date
    >>> values = Tracking([1, 2, 3], [5, 9, 12], [4, 10, 12], 2.0, date(2026, 1, 1), "week")
    >>> tracking(values).get_xlabel()
    'weeks since 2026-01-01'
    """
    axes = _drawn(values, values.expected, values.actual, ax)
    axes.set_ylabel("repeat purchases so far")
    axes.set_title("Expected and actual repeat purchases", loc="left", fontweight="bold")
    drawn: Axes = axes
    return drawn


def tracking_steps(values: Tracking, *, ax: Axes | None = None) -> Axes:
    """The same per period: noisier, and so the plot in which a season or a campaign is seen."""
    axes = _drawn(values, np.diff(values.expected, prepend=0.0), np.diff(values.actual, prepend=0.0), ax)
    axes.set_ylabel(f"repeat purchases per {values.period}")
    axes.set_title(f"Expected and actual repeat purchases per {values.period}", loc="left", fontweight="bold")
    drawn: Axes = axes
    return drawn


def _drawn(values: Tracking, expected: Floats, actual: Floats, ax: Axes | None) -> Any:
    axes: Any = _new_axes() if ax is None else ax
    axes.axvspan(0, values.cut, color="#000000", alpha=0.04, linewidth=0)
    axes.axvline(values.cut, color=_QUIET, linewidth=1, linestyle=":")
    axes.annotate(
        "calibration ends", (values.cut, 1), xycoords=("data", "axes fraction"), xytext=(5, -12),
        textcoords="offset points", color=_QUIET, fontsize="small",
    )  # fmt: skip
    axes.plot(values.time, actual, color=_ACTUAL, linewidth=2, label="actual")
    axes.plot(values.time, expected, color=_EXPECTED, linewidth=2, linestyle=(0, (5, 2)), label="expected")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(f"{values.period}s since {values.start}")
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower right")
    return axes


def _new_axes() -> Axes:
    # A figure of its own and not pyplot's: nothing is registered globally, nothing has to be closed.
    from matplotlib.figure import Figure

    return Figure(figsize=(8, 4.5), layout="constrained").add_subplot()
