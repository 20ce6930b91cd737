"""Who is how lately and how often: the grid of scores with the segments on it."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from relcore.analytics.segmentation.rfm import Segments
from relcore.plots.canvas import INK, SHADES, axes_or_own, headed, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def segment_map(segments: Segments, *, ax: Axes | None = None) -> Axes:
    """Recency score to the right, frequency score upwards; the darker a cell, the more customers.

    Lines part the segments, each with its name and share of all customers. Where a policy looks at amounts too, a
    cell belongs to the segment of most of its customers.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    counts, whose = segments.scores.counts().T, _owners(segments).T
    bins = segments.scores.cuts.bins
    axes: Any = axes_or_own(ax, 8.5, 6)
    most = max(float(counts.max()), 1e-300)
    # The square root, so that a crowd in one corner does not bleach the rest.
    shade = np.sqrt(counts / most) * 0.85
    axes.imshow(
        shade,
        origin="lower",
        cmap=SHADES,
        vmin=0,
        vmax=1,
        aspect="auto",
        extent=(0.5, bins + 0.5, 0.5, bins + 0.5),
    )
    for f in range(bins):
        for r in range(bins):
            axes.text(
                r + 1, f + 0.62, f"{counts[f, r]:,.0f}", ha="center", va="bottom", fontsize="x-small",
                color=ink_on(float(shade[f, r])), alpha=0.8,
            )  # fmt: skip
    _borders(axes, whose)
    for code, row in enumerate(segments.rows()):
        _named(axes, whose == code, row.name, row.share)
    axes.set_xticks(range(1, bins + 1))
    axes.set_yticks(range(1, bins + 1))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("recency score: later is further right")
    axes.set_ylabel("frequency score: more often is higher up")
    headed(
        axes,
        f"Segments of {segments.scores.values.weight.sum():,.0f} customers as of {segments.scores.values.as_of}",
    )
    drawn: Axes = axes
    return drawn


def _owners(segments: Segments) -> NDArray[np.int64]:
    """(bins, bins) the segment of most of each cell's customers, or of the most of its scores where nobody is."""
    scores, bins, k = segments.scores, segments.scores.cuts.bins, len(segments.policy.names)
    table = segments.policy.table()
    votes = np.zeros((bins, bins, k))
    for money in range(bins):
        for code in range(k):
            votes[..., code] += 1e-9 * (table[:, :, money] == code)
    np.add.at(votes, (scores.recency - 1, scores.frequency - 1, segments.code), scores.values.weight)
    owners: NDArray[np.int64] = votes.argmax(axis=2)
    return owners


def _borders(axes: Any, whose: NDArray[np.int64]) -> None:
    upright = np.argwhere(whose[:, 1:] != whose[:, :-1]).tolist()
    lying = np.argwhere(whose[1:] != whose[:-1]).tolist()
    lines = [[(c + 1.5, r + 0.5), (c + 1.5, r + 1.5)] for r, c in upright]
    lines += [[(c + 0.5, r + 1.5), (c + 1.5, r + 1.5)] for r, c in lying]
    for (x0, y0), (x1, y1) in lines:
        axes.plot([x0, x1], [y0, y1], color=INK, linewidth=1.6, solid_capstyle="projecting")


def _named(axes: Any, mine: NDArray[np.bool_], name: str, share: float) -> None:
    """In the top row of the segment, on a ground of its own: what lies below may be light or dark."""
    if not mine.any():
        return
    top = int(np.nonzero(mine.any(axis=1))[0].max())
    columns = np.flatnonzero(mine[top])
    text = f"{fill(name, 13 * columns.size)}\n{100 * share:.1f} %"
    ground = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    axes.text(
        float(columns.mean()) + 1, top + 1.13, text, ha="center", va="center", fontsize="small", fontweight="bold",
        color=INK, linespacing=1.15, bbox=ground,
    )  # fmt: skip
