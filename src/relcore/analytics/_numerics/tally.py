"""Distinct values with what weighs on each: by counting where values are whole, by sorting where they are not."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Counts, Floats


@attrs.frozen(eq=False)
class Tally:
    """``value`` (k,) distinct and increasing; ``marked`` and ``plain`` (k,) the weights of the rows of either kind."""

    value: Floats
    marked: Floats
    plain: Floats


def tally(values: NDArray[np.float64 | np.int64], mark: NDArray[np.bool_], weight: Floats | None) -> Tally:
    """Add up the rows at each distinct value, those that are marked apart from those that are not.

    values : (n,) finite, >= 0. weight : (n,), or None when each row counts as one.
    """
    if not values.size:
        none = np.empty(0)
        return Tally(none, none, none)
    # A dense range of whole numbers is its own code, and a count of it needs no sort.
    if float(values.max()) <= 4 * values.size + 1024:
        whole = values.astype(np.int64, copy=False)
        if whole is values or np.array_equal(whole, values):
            return _counted(whole, mark, weight)
    return _sorted(values.astype(np.float64, copy=False), mark, weight)


def _counted(values: NDArray[np.int64], mark: NDArray[np.bool_], weight: Floats | None) -> Tally:
    pair = values + values
    pair += mark
    # Rounded up to whole rows of two.
    size = (int(pair.max()) // 2 + 1) * 2
    sums = np.bincount(pair, weight, size).astype(np.float64).reshape(-1, 2)
    there = np.flatnonzero(sums.any(axis=1))
    return Tally(there.astype(np.float64), sums[there, 1], sums[there, 0])


def _sorted(values: Floats, mark: NDArray[np.bool_], weight: Floats | None) -> Tally:
    if weight is None:
        # Numbers >= 0 are in the order of their bits, the highest of which is free: the mark goes in from below, and
        # one sort of values does what would else have to carry the rows along.
        bits: NDArray[np.uint64] = (values + 0.0).view(np.uint64)  # -0.0 becomes 0.0
        key = bits << np.uint64(1)
        key |= mark
        key.sort()
        ones = key & np.uint64(1)
        key >>= np.uint64(1)
        ordered = key.view(np.float64)
        starts = _starts(ordered)
        marked = np.add.reduceat(ones, starts).astype(np.float64)
        return Tally(ordered[starts], marked, np.diff(starts, append=ordered.size) - marked)
    order = np.argsort(values)
    ordered, heavy = values[order], np.where(mark, weight, 0.0)[order]
    starts = _starts(ordered)
    light = np.where(mark, 0.0, weight)[order]
    return Tally(ordered[starts], np.add.reduceat(heavy, starts), np.add.reduceat(light, starts))


def _starts(ordered: Floats) -> Counts:
    fresh = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return np.flatnonzero(fresh)
