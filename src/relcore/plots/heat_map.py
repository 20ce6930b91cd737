"""Where they go: a matrix of probabilities with what each cell rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from relcore.analytics.transitions.jump_chain import JumpChain
from relcore.analytics.transitions.period_matrix import PeriodMatrix
from relcore.plots.canvas import PALE, QUIET, SHADES, axes_or_own, headed, ink_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def transition_map(
    matrix: JumpChain | PeriodMatrix, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """Rows are from, columns are to: the share in per cent, and below it how often it was seen.

    A hatched cell is one that the lifecycle has no way for; a row that nobody was seen in says so. The number at the
    end of a row is what its shares rest on. With few, look at ``probability_interval`` before believing them.
    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.
    """
    k = len(matrix.states)
    axes: Any = axes_or_own(ax, 1.8 + 0.95 * k, 1.5 + 0.68 * k)
    # What nobody was seen to do is not painted, even where the lifecycle leaves one way only.
    seen = np.where(matrix.n[:, None] > 0, matrix.probabilities, 0.0)
    share = np.where(matrix.allowed, seen, np.nan)
    axes.set_facecolor(PALE)
    axes.imshow(share, cmap=SHADES, vmin=0, vmax=1, aspect="auto")
    for i in range(k):
        for j in range(k):
            _cell(axes, matrix, i, j)
        axes.annotate(
            f"n = {matrix.n[i]:,.0f}", (k - 0.5, i), (6, 0), textcoords="offset points", va="center",
            color=QUIET, fontsize="small", annotation_clip=False,
        )  # fmt: skip
    words = [state.replace("_", " ") for state in matrix.states]
    axes.set_xticks(
        range(k), words, rotation=30 if k > 4 else 0, ha="left" if k > 4 else "center", rotation_mode="anchor"
    )
    axes.set_yticks(range(k), words)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    axes.grid(visible=True, which="minor", color="white", linewidth=2)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    usual = (
        "Next stage, of those who leave"
        if isinstance(matrix, JumpChain)
        else f"From one {matrix.period} to the next"
    )
    headed(axes, usual if title is None else title)
    drawn: Axes = axes
    return drawn


def _cell(axes: Any, matrix: JumpChain | PeriodMatrix, i: int, j: int) -> None:
    from matplotlib.patches import Rectangle

    share, count = float(matrix.probabilities[i, j]), float(matrix.counts[i, j])
    if not matrix.allowed[i, j]:
        box = Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, hatch="///", edgecolor="#D9D9D9", linewidth=0)
        axes.add_patch(box)
        return
    if not matrix.n[i]:
        word = "only way" if share == 1 else "not seen"
        axes.text(j, i, word, ha="center", va="center", color=QUIET, fontsize="x-small")
        return
    percent = f"{100 * share:.1f} %" if 0 < share < 1 else f"{100 * share:.0f} %"
    axes.text(j, i - 0.08, percent, ha="center", va="center", color=ink_on(share), fontsize="small")
    axes.text(
        j,
        i + 0.27,
        f"{count:,.0f}",
        ha="center",
        va="center",
        color=ink_on(share),
        fontsize="x-small",
        alpha=0.75,
    )
