"""From counts to probabilities, row by row, and how sure each of them is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from relcore.analytics._numerics.margins import deviate
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.interval import Interval


def shares(counts: Floats, allowed: NDArray[np.bool_]) -> Floats:
    """(k, k) each count as a share of its row: the maximum-likelihood estimate.

    A row that has one way only takes it, seen or not; any other row without counts stays zero.
    """
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return sealed(np.where(_only(allowed), allowed, share).astype(np.float64))


def _only(allowed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    only: NDArray[np.bool_] = np.count_nonzero(allowed, axis=1, keepdims=True) == 1
    return only


def wilson(counts: Floats, allowed: NDArray[np.bool_], level: float) -> Interval:
    """(k, k) the score interval of each share, Wilson (1927), JASA 22(158), 209-212, equation for the roots.

    It keeps to [0, 1] and has a width also where the count is 0 or all; Brown, Cai and DasGupta (2001), Statistical
    Science 16(2), recommend it. Cells outside of the mask are 0 for certain, cells of a row without counts may be
    anything, and a share that has no alternative is 1 for certain.
    """
    z2, n = deviate(level) ** 2, counts.sum(axis=1, keepdims=True)
    share = shares(counts, allowed)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (counts + z2 / 2) / (n + z2)
        reach = np.sqrt(z2 * (share * (1 - share) * n + z2 / 4)) / (n + z2)
    # At the ends the roots are 0 and 1 exactly; their difference would leave a rounding error there.
    low = np.where(counts == 0, 0.0, centre - reach)
    high = np.where((counts == n) & (n > 0), 1.0, centre + reach)
    low, high = np.where(n > 0, low, 0.0), np.where(n > 0, high, 1.0)
    low, high = np.where(_only(allowed), 1.0, low), np.where(_only(allowed), 1.0, high)
    return Interval(share, sealed(np.where(allowed, low, 0.0)), sealed(np.where(allowed, high, 0.0)), level)


def table(states: tuple[str, ...], counts: Floats, allowed: NDArray[np.bool_]) -> str:
    """The probabilities in per cent as a small table: a dot where the table has no way, n at the end of each row."""
    share, total = shares(counts, allowed), counts.sum(axis=1)
    wide = max(5, *map(len, states)) if states else 5
    columns = [max(8, len(state) + 1) for state in states]
    lines = [" " * wide + "".join(f"{s:>{w}}" for s, w in zip(states, columns, strict=True)) + f"{'n':>9}"]
    for i, state in enumerate(states):
        cells = [
            f"{'.' if not allowed[i, j] else '?' if not share[i].any() else f'{100 * share[i, j]:.1f} %':>{w}}"
            for j, w in enumerate(columns)
        ]
        lines.append(f"{state:<{wide}}" + "".join(cells) + f"{total[i]:>9,.0f}")
    return "\n".join(lines)
