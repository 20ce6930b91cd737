"""One customer over time: when he bought, and how sure a model was that he was still there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relcore.analytics.lifetime_value.alive_history import AliveHistory
from relcore.plots.canvas import BLUE, ORANGE, axes_or_own, headed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def alive_history(values: AliveHistory, *, ax: Axes | None = None) -> Axes:
    """P(alive) at the end of each day, with a mark for each day of a purchase.

    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    >>> from datetime import date
    >>> axes = alive_history(AliveHistory(date(2026, 1, 1), [1.0, 0.9, 1.0], [0, 2]))
    >>> axes.get_ylabel()
    'probability of being alive'
    """
    axes: Any = axes_or_own(ax, 8, 4)
    days = values.days
    axes.fill_between(days, 0, values.alive, color=BLUE, alpha=0.1, linewidth=0)
    axes.plot(days, values.alive, color=BLUE, linewidth=2)
    many = values.bought.size > 40
    axes.plot(
        days[values.bought], values.alive[values.bought], "o", color=ORANGE, markersize=4 if many else 7,
        markeredgecolor="white", markeredgewidth=0.5, label="purchase", clip_on=False, zorder=3,
    )  # fmt: skip
    axes.set_ylim(0, 1.04)
    axes.margins(x=0.01)
    axes.yaxis.set_major_formatter(_percent)
    axes.set_ylabel("probability of being alive")
    _dated(axes)
    axes.grid(visible=True, axis="y", color="#000000", alpha=0.08)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="lower left")
    times = values.bought.size
    headed(axes, f"Still there? {times:,} purchase{'' if times == 1 else 's'} since {values.first}")
    drawn: Axes = axes
    return drawn


def _percent(share: float, _: object = None) -> str:
    return f"{100 * share:.0f} %"


def _dated(axes: Any) -> None:
    from matplotlib import dates

    concise: Any = dates.ConciseDateFormatter  # has no types
    axes.xaxis.set_major_formatter(concise(axes.xaxis.get_major_locator()))
