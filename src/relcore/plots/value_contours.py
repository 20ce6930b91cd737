"""Who is worth the same though they came differently: contours of value over recency and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from relcore.analytics.lifetime_value.history_grid import HistoryGrid
from relcore.kernel.errors import Invalid
from relcore.plots.canvas import INK, SHADES, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def iso_value(
    grid: HistoryGrid,
    *,
    label: str = "customer value",
    levels: Sequence[float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Contours of a quantity, as Fader, Hardie and Lee (2005), "RFM and CLV", draw them: recency to the right.

    grid : of any quantity, such as customer value. label : what it is, with its unit.
    levels : where the contours lie, increasing; round numbers unless given.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    Raises `Invalid` for levels that do not increase, and for a grid of one frequency, over which nothing can be drawn.
    """
    if grid.frequency.size < 2:
        raise Invalid(
            "grid", "must reach to 2 repeat purchases at least", grid.frequency.size, "make it with most="
        )
    if levels is not None and not (len(levels) and all(low < high for low, high in pairwise(levels))):
        raise Invalid("levels", "must be one at least, and increase", list(levels))
    axes: Any = axes_or_own(ax, 8, 5)
    wanted = 10 if levels is None else list(levels)
    where = (grid.recency, grid.frequency, grid.values.T)
    if grid.values.max() > grid.values.min():
        if levels is None or len(levels) > 1:
            axes.contourf(*where, levels=wanted, cmap=SHADES, alpha=0.5, extend="both")
        lines = axes.contour(*where, levels=wanted, colors=INK, linewidths=1)
        axes.clabel(lines, fontsize="small", fmt=_told)
    axes.set_xlim(0, grid.age)
    axes.set_ylim(grid.frequency[0], grid.frequency[-1])
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(f"last purchase, {grid.period}s after the first")
    axes.set_ylabel("repeat purchases")
    axes.spines[["top", "right"]].set_visible(False)
    headed(axes, f"{label[:1].upper()}{label[1:]}, {grid.age:.4g} {grid.period}s after the first purchase")
    drawn: Axes = axes
    return drawn


def _told(level: float) -> str:
    return f"{level:,.4g}"
