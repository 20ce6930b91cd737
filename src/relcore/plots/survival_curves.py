"""How many are still there after a time: curves with their bands, and how many each still rests on."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from relcore.analytics.churn.kaplan_meier import KaplanMeier
from relcore.kernel.errors import Invalid
from relcore.plots.canvas import BLUE, GREEN, ORANGE, PURPLE, QUIET, SKY, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES = ((BLUE, "-"), (ORANGE, (0, (5, 2))), (GREEN, (0, (1, 1))), (PURPLE, (0, (5, 1, 1, 1))), (SKY, "-."))


def survival(
    curves: KaplanMeier | Mapping[str, KaplanMeier],
    *,
    level: float = 0.95,
    title: str = "Still there",
    ax: Axes | None = None,
) -> Axes:
    """Steps, each with its pointwise band; below them, how many were still watched and there.

    curves : one, or several by name; all in one period. level : of the bands.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    >>> curve = KaplanMeier.fit([3, 5, 5, 8], [True, True, False, True], period="month")
    >>> survival(curve).get_xlabel()
    'months'
    """
    named = curves if isinstance(curves, Mapping) else {"": curves}
    periods = {curve.period for curve in named.values()}
    if len(periods) != 1:
        raise Invalid("curves", "must be at least one, all in one period", sorted(periods))
    axes = axes_or_own(ax)
    longest = max((float(curve.times[-1]) for curve in named.values() if curve.times.size), default=1.0)
    for (name, curve), (colour, dashes) in zip(named.items(), cycle(_LINES), strict=False):
        _drawn(axes, name, curve, level, colour, dashes)
    axes.set_xlim(0, longest * 1.02 or 1.0)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(_percent)
    axes.set_xlabel(f"{periods.pop()}s")
    headed(axes, title)
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    if len(named) > 1:
        axes.legend(frameon=False, loc="best")
    _at_risk(axes, named)
    drawn: Axes = axes
    return drawn


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.0f} %"


def _drawn(axes: Any, name: str, curve: KaplanMeier, level: float, colour: str, dashes: Any) -> None:
    band = curve.interval(level=level)
    times = np.append(0.0, curve.times)
    axes.fill_between(
        times,
        np.append(1.0, band.low),
        np.append(1.0, band.high),
        step="post",
        color=colour,
        alpha=0.15,
        linewidth=0,
    )
    axes.step(
        times,
        np.append(1.0, curve.survival),
        where="post",
        color=colour,
        linestyle=dashes,
        linewidth=2,
        label=name,
    )
    # A mark where somebody stopped being watched, as long as there are few enough to see.
    some = curve.times[curve.censored > 0]
    if some.size <= 60:
        axes.plot(some, curve.survival_at(some), "|", color=colour, markersize=7, markeredgewidth=1)


def _at_risk(axes: Any, named: Mapping[str, KaplanMeier]) -> None:
    left, right = axes.get_xlim()
    ticks = [float(tick) for tick in axes.get_xticks() if left <= tick <= right]
    axes.set_xticks(ticks)
    place = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "annotation_clip": False}
    small = {"color": QUIET, "fontsize": "small"}
    axes.annotate("watched", (0, 0), (-30, -46), ha="right", va="center", **place, **small)
    for line, (name, curve) in enumerate(named.items()):
        below = -46 - 13 * (line + (len(named) > 1))
        if name:
            axes.annotate(name, (0, 0), (-30, below), ha="right", va="center", **place, **small)
        for tick in ticks:
            at = np.searchsorted(curve.times, tick, side="left")
            count = float(np.append(curve.at_risk, 0.0)[at])
            axes.annotate(f"{count:,.0f}", (tick, 0), (0, below), ha="center", va="center", **place, **small)
