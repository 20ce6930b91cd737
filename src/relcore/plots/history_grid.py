"""What a model makes of a history: how often somebody came, and how lately, against what to expect of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.history_grid import HistoryGrid
from relcore.analytics.period import Period
from relcore.plots.canvas import ORANGE, SHADES, axes_or_own, headed, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def recency_frequency_map(
    quantity: Callable[[Purchases], Floats],
    *,
    age: float,
    period: Period,
    most: int = 20,
    label: str = "probability of being alive",
    customers: Purchases | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Any quantity of any model, over all histories of one age.

    quantity : from purchases to (n,) values, such as ``model.probability_alive`` or
        ``lambda rows: model.expected_purchases(rows, horizon=39)``; ``label`` says what it is.
    age : periods since the first purchase, > 0. most : repeat purchases up to which it is drawn.
    customers : dots for real histories, where they lie, whatever their own age.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    Who never came back has no time of a last repeat purchase, and is not on the map.
    """
    grid = HistoryGrid.of(quantity, age=age, period=period, most=most)
    values = grid.values
    axes: Any = axes_or_own(ax, 8, 5)
    extent = (0.5, most + 0.5, 0.0, age)
    image = axes.imshow(
        values, origin="lower", aspect="auto", cmap=SHADES, extent=extent, vmin=0.0, interpolation="nearest"
    )
    if most > 1 and values.max() > values.min():
        levels = _round_numbers(float(values.min()), float(values.max()))
        inks = [ink_on(level / float(values.max())) for level in levels]
        lines = axes.contour(
            grid.frequency, grid.recency, values, levels=levels, colors=inks, linewidths=0.7, alpha=0.8
        )
        axes.clabel(lines, fontsize="x-small", fmt="%.3g")
    if customers is not None:
        there = (customers.frequency > 0) & (customers.frequency <= most) & (customers.recency <= age)
        axes.plot(
            customers.frequency[there],
            customers.recency[there],
            ".",
            color=ORANGE,
            markersize=3,
            alpha=0.5,
            label="customers",
        )
        axes.legend(frameon=True, loc="lower right", markerscale=3)
    bar = axes.figure.colorbar(image, ax=axes, pad=0.02)
    bar.set_label(label)
    bar.outline.set_visible(False)
    axes.set_xlim(0.5, most + 0.5)
    axes.set_ylim(0, age)
    axes.set_xlabel("repeat purchases")
    axes.set_ylabel(f"last purchase, {period}s after the first")
    axes.xaxis.get_major_locator().set_params(integer=True)
    headed(axes, f"{label[:1].upper()}{label[1:]}, {age:g} {period}s after the first purchase")
    drawn: Axes = axes
    return drawn


def _round_numbers(low: float, high: float) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    return [float(level) for level in MaxNLocator(7).tick_values(low, high) if low < level < high]
