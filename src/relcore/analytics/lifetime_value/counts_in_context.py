"""How many purchases come while rates change: counts until he leaves, averaged over the moment at which he does.

Of somebody who is alive now, with purchases at a rate lambda ~ Gamma(w, X) and leaving at mu ~ Gamma(s, Y), the number of purchases
until the moment u is negative binomial on the clock of buying, as it is without covariates on a calendar
(`_numerics.mixed_poisson`), and he leaves around u with the chance

    s (Y / Y(u))^s dY(u) / Y(u).

So the chance of any number within a time ahead is that of the number until its end, times (Y / Y(end))^s for staying, and the
integral over the moments before. The integrand is smooth within a piece; panels are so short that it falls by no more than a
rule of Gauss and Legendre can follow. All terms are positive.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from relcore.analytics._numerics.pieces import Clock, Pieces, blocks
from relcore.analytics.arrays import Counts, Floats, summed
from relcore.analytics.lifetime_value.context_likelihood import log_ratio

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(20)
_SHARE, _PART = (_NODE + 1) / 2, _WEIGHT / 2
_STEEPEST = 8.0  # how many times e the integrand may fall in a panel
_LONGEST = 1.5  # of a panel, in the logarithm of either clock
_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20
_BLOCK = 1 << 12  # pieces at a time: they have several panels of 20 moments each


def over_stays(
    chance: Callable[[Counts, Floats], Floats],
    pieces: Pieces,
    *,
    shape: Floats,
    buys: Floats,
    s: float,
    leaves: Floats,
    buying: Clock,
    leaving: Clock,
) -> Floats:
    """(n,) the mean of a chance over how long each of n customers stays, within pieces that begin now.

    chance : (j, q) of the customers (j,) and of how far (j, q) the clock of buying has gone since now, in parts of what it shows now.
    shape, buys, leaves : (n,) w, X and Y now. buying : a clock that starts at 0. leaving : one that starts at Y.
    """
    everybody = np.arange(shape.size)
    total = np.exp(-s * log_ratio(leaving.end[0], leaves))
    total *= chance(everybody, (buying.end[0] / buys)[:, None])[:, 0]
    # On the clock of leaving, until nobody is left.
    before = s * log_ratio(leaving.start[0], leaves[pieces.owner])
    gap = leaving.rate * (pieces.end - pieces.begin)
    gap = np.minimum(gap, leaving.start[0] * np.expm1(np.minimum(_NEGLIGIBLE / s, 700.0)))
    speed = buying.rate / leaving.rate
    unit = np.minimum(leaving.start[0], (buys[pieces.owner] + buying.start[0]) / speed)
    whole = np.log1p(gap / unit)
    steep = np.maximum((shape[pieces.owner] + s + 1) / _STEEPEST, 1 / _LONGEST)
    panels = np.where(before < _NEGLIGIBLE, np.ceil(whole * steep), 0.0).astype(np.int64)
    for first, last in blocks(pieces, shape.size, _BLOCK):
        begin, end = np.searchsorted(pieces.owner, [first, last])
        here = np.arange(int(begin), int(end))
        i, nth = np.repeat(here, panels[here]), _counted(panels[here])
        width = whole[i] / panels[i]
        y = (nth * width)[:, None] + width[:, None] * _SHARE
        since = unit[i, None] * np.expm1(y)
        shown = leaving.start[0, i, None]
        leave = s * width[:, None] * _PART * (unit[i, None] + since) / (shown + since)
        leave *= np.exp(-(before[i, None] + s * np.log1p(since / shown)))
        whose = pieces.owner[i]
        gone = (buying.start[0, i, None] + speed[i, None] * since) / buys[whose, None]
        total[first:last] += summed(whose - first, (leave * chance(whose, gone)).sum(axis=1), last - first)
    return total


def _counted(sizes: Counts) -> Counts:
    """0 to size - 1 for each of the sizes, one after the other."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
