"""How many came back how often: what was counted, beside what a model expects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relcore.analytics.lifetime_value.frequency_histogram import FrequencyHistogram
from relcore.plots.canvas import BLUE, ORANGE, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 0.4


def frequency_histogram(values: FrequencyHistogram, *, ax: Axes | None = None) -> Axes:
    """Two bars per number of repeat purchases, actual and expected; the last number stands for all above as well.

    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    >>> axes = frequency_histogram(FrequencyHistogram([0, 1, 2], [60, 30, 10], [58, 31, 11]))
    >>> [tick.get_text() for tick in axes.get_xticklabels()]
    ['0', '1', '2 or more']
    """
    axes: Any = axes_or_own(ax)
    place = np.arange(values.count.size, dtype=np.float64)
    for side, shown, colour, name in (
        (-1, values.actual, BLUE, "actual"),
        (1, values.expected, ORANGE, "expected"),
    ):
        # Hatched as well, for those who print in grey.
        bars = axes.bar(
            place + side * _WIDTH / 2, shown, _WIDTH, color=colour, label=name, edgecolor="white", linewidth=0.5,
            hatch="" if side < 0 else "///",
        )  # fmt: skip
        axes.bar_label(bars, fmt="{:,.0f}", fontsize="x-small", padding=2, color=colour)
    axes.set_xticks(place, values.labels)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("repeat purchases")
    axes.set_ylabel("customers")
    axes.margins(y=0.08)
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper right")
    headed(axes, "How many customers came back how often")
    drawn: Axes = axes
    return drawn
