"""When the first purchase comes of somebody who may leave before it: by when it has come with a given chance, if ever."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from relcore.analytics.arrays import Counts, Floats

_FARTHEST = 690.0  # exp of a little more overflows
_STEPS = 60


def time_of_first(
    after: Callable[[Floats, Counts], tuple[Floats, Floats]], unit: Floats, chance: Floats
) -> Floats:
    """(n,) the time h until which there was a purchase with this chance in (0, 1); infinite where there never is.

    after : of some rows (m,), at times h (m,): the log of the chance that the first purchase is yet to come after h, and does
        come, and its hazard, the density at h over that chance.
    unit : (n,) > 0. The chance must be log-concave in ln(1 + h / unit): Newton's method overshoots once, and never again.
    """
    every = np.arange(unit.size)
    edge = _FARTHEST - np.log(unit)
    ever = after(np.zeros(unit.size), every)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = ever + np.log1p(-np.minimum(chance / np.exp(ever), 1.0))
    finite = np.isfinite(level)
    y, before = np.zeros(unit.size), np.full(unit.size, np.inf)
    moving = every[finite]
    for _ in range(_STEPS):
        if not moving.size:
            break
        h = unit[moving] * np.expm1(y[moving])
        log, hazard = after(h, moving)
        steep = hazard * (unit[moving] + h)
        fresh = np.clip(y[moving] + (log - level[moving]) / steep, 0.0, edge[moving])
        moved = np.abs(fresh - y[moving])
        # There, or so near that rounding is what moves it.
        done = (moved <= 1e-14 * fresh) | ((moved <= 1e-6 * fresh) & (moved >= before[moving] / 2))
        y[moving], before[moving] = fresh, moved
        moving = moving[~done]
    with np.errstate(over="ignore"):
        return np.where(finite & (y < edge), unit * np.expm1(y), np.inf)
