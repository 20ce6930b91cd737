"""Is a model as sure as it should be? Of ten customers with a chance of 30 % three should buy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from relcore.analytics.lifetime_value.validation import Validation
from relcore.plots.canvas import BLUE, INK, ORANGE, QUIET, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SPAN = "95 % of such groups, if the model were right"
_TWO_SIDED = 1.959964  # 95 % of a normal distribution lie within


def buyer_calibration(values: Validation, *, ax: Axes | None = None) -> Axes:
    """The share that bought in the hold-out, by the chance that the model gave them: on the diagonal if it was right.

    Each mark is a tenth of the scale and as large as it has customers. Its bar is where 95 % of such groups would lie if the
    model were right (Wilson's interval for a share, so that it stays within 0 and 1).
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    axes: Any = axes_or_own(ax, 5.6, 5.4)
    axes.plot([0, 1], [0, 1], color=QUIET, linewidth=1, linestyle=":", label="share as large as the chance")
    most = max(group.customers for group in values.buyers)
    chances = [group.expected for group in values.buyers]
    shares = [group.actual for group in values.buyers]
    spans = [_by_chance(group.expected, group.customers) for group in values.buyers]
    sizes = [30 + 170 * group.customers / most for group in values.buyers]
    axes.vlines(chances, *zip(*spans, strict=True), color=ORANGE, linewidth=7, alpha=0.3, label=_SPAN)
    axes.scatter(
        chances,
        shares,
        sizes,
        color=BLUE,
        edgecolor="white",
        label="share that bought, and of how many",
        zorder=3,
    )
    for group, (_, high) in zip(values.buyers, spans, strict=True):
        axes.annotate(
            f"{group.customers:,}", (group.expected, max(group.actual, high)), (0, 7), textcoords="offset points",
            ha="center", va="bottom", color=INK, fontsize="x-small", annotation_clip=False,
        )  # fmt: skip
    axes.legend(frameon=False, loc="lower right", fontsize="small")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_percent)
    axes.set_xlabel(f"chance to buy within {_ahead(values)}")
    axes.set_ylabel("share that bought")
    axes.grid(visible=True, color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    headed(axes, f"{values.model.name}: who would buy, and who did")
    drawn: Axes = axes
    return drawn


def alive_calibration(values: Validation, *, ax: Axes | None = None) -> Axes:
    """The share expected to buy in the hold-out and the share that did, for customers grouped by P(alive).

    Being alive cannot be seen, buying can. The bars are where 95 % of such groups would lie if the model were right.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    axes: Any = axes_or_own(ax)
    places = range(len(values.alive))
    spans = [_by_chance(group.expected, group.customers) for group in values.alive]
    axes.vlines(places, *zip(*spans, strict=True), color=ORANGE, linewidth=7, alpha=0.3, label=_SPAN)
    axes.plot(places, [group.expected for group in values.alive], "s", color=ORANGE, label="expected")
    axes.plot(places, [group.actual for group in values.alive], "o", color=BLUE, label="actual")
    names = [f"{100 * g.low:.0f} to {100 * g.high:.0f} %\nn = {g.customers:,}" for g in values.alive]
    axes.set_xticks(places, names)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(values.alive) - 0.5)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(_percent)
    axes.set_xlabel("probability of being alive at the end of the calibration")
    axes.set_ylabel(f"share that buys within {_ahead(values)}")
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    headed(axes, f"{values.model.name}: how P(alive) turned out")
    drawn: Axes = axes
    return drawn


def interval_calibration(values: Validation, *, ax: Axes | None = None) -> Axes:
    """Where the purchases of the hold-out fell in what the model held possible: a level row if it was as sure as it should be.

    High ends are intervals that are too narrow, a high middle ones that are too wide, a slope a forecast that is too high
    or too low. The band is where 95 % of the bars would lie if the model were right.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    axes: Any = axes_or_own(ax)
    tenths = len(values.transform)
    level = 1.0 / tenths
    low, high = _by_chance(level, values.customers)
    places = [(n + 0.5) * level for n in range(tenths)]
    axes.bar(places, values.transform, 0.92 * level, color=BLUE)
    axes.axhspan(
        low, high, color=ORANGE, alpha=0.3, linewidth=0, label="95 % of bars, if the model were right"
    )
    axes.axhline(level, color=ORANGE, linewidth=1.5)
    axes.set_xlim(0, 1)
    axes.set_xticks([n * level for n in range(tenths + 1)])
    axes.set_ylim(0, 1.35 * max(high, *values.transform))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(_percent)
    held = ", ".join(f"{100 * row.level:.0f} %: {100 * row.actual:.1f} %" for row in values.coverage)
    axes.annotate(
        f"share within intervals of {held}", (0, 1), (8, -24), xycoords="axes fraction", textcoords="offset points",
        va="top", color=QUIET, fontsize="small",
    )  # fmt: skip
    axes.set_xlabel("in which part of the predictive distribution the purchases fell, from few to many")
    axes.set_ylabel("share of customers")
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left")
    headed(axes, f"{values.model.name}: was it as sure as it should be?")
    drawn: Axes = axes
    return drawn


def _ahead(values: Validation) -> str:
    return f"{values.horizon:.4g} {values.period}s"


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.3g} %"


def _by_chance(share: float, customers: int) -> tuple[float, float]:
    """Where the share that is counted lies 95 times of 100, if this one is true (Wilson 1927)."""
    square = _TWO_SIDED**2 / customers
    middle = (share + square / 2) / (1 + square)
    width = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return middle - width, middle + width
