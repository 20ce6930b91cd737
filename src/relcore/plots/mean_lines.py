"""What was expected of customers beside what they did, by how often they had come before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relcore.analytics.lifetime_value.holdout_means import HoldoutMeans
from relcore.plots.canvas import BLUE, ORANGE, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def holdout_means(values: HoldoutMeans, *, ax: Axes | None = None) -> Axes:
    """Mean purchases in the hold-out, by purchases in the calibration; below, how many customers each mean rests on.

    Papers call it the plot of *conditional expectations*.

    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    axes: Any = axes_or_own(ax)
    place = np.arange(values.count.size, dtype=np.float64)
    axes.plot(place, values.actual, "o-", color=BLUE, linewidth=2, markersize=5, label="actual")
    axes.plot(
        place, values.expected, "s", linestyle=(0, (5, 2)), color=ORANGE, linewidth=2, markersize=5, label="expected"
    )  # fmt: skip
    names = [f"{label}\nn = {n:,.0f}" for label, n in zip(values.labels, values.customers, strict=True)]
    axes.set_xticks(place, names)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, values.count.size - 0.5)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("repeat purchases in the calibration, and n customers who made so many")
    axes.set_ylabel(f"mean purchases in the {values.horizon:.4g} {values.period}s after")
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    headed(axes, "Expected and actual purchases, by purchases before")
    drawn: Axes = axes
    return drawn
