"""Distinct rows of a few columns: the sufficient statistics of whole histories."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np

from relcore.analytics.arrays import Counts, Floats


@attrs.frozen(eq=False)
class Distinct:
    """``first`` (m,) a row that shows each distinct value, ``index`` (n,) which of the m each of the n rows is."""

    first: Counts
    index: Counts


def distinct(columns: Sequence[tuple[Floats, float]]) -> Distinct:
    """The distinct rows in lexicographic order.

    columns : pairs of a column (n,) and the number of steps per unit in which it is likely to be whole, such as 7
        for weeks that were counted in days. Whole columns are packed into one integer and sorted as such, which is
        several times as fast; the others are only slower, never rounded.
    """
    codes = [_codes(column, steps) for column, steps in columns]
    key = np.zeros(codes[0].size, dtype=np.int64)
    size = 1
    for code in codes:
        reach = int(code.max()) + 1 if code.size else 1
        if size * reach >= 2**62:
            # Too many for one integer: rank what there is so far, which needs no more than n values.
            key = np.unique(key, return_inverse=True)[1].astype(np.int64)
            size = int(key.max()) + 1
        key = key * reach + code
        size *= reach
    if size <= min(32 * key.size, max(4 * key.size, _TABLE)):
        return _tabulated(key, size)
    order = np.argsort(key)
    ordered = key[order]
    fresh = np.ones(key.size, dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(fresh)
    index = np.empty(key.size, dtype=np.int64)
    index[order] = np.cumsum(fresh) - 1
    first = np.minimum.reduceat(order, starts) if starts.size else starts
    return Distinct(first.astype(np.int64), index)


_TABLE = 1 << 22  # so many possible values are sooner looked up in a table than sorted, unless rows are few


def _tabulated(key: Counts, size: int) -> Distinct:
    """The same, by a table of all values that there could be."""
    there = np.full(size, -1, dtype=np.int64)
    # The last that is written is the first of the rows.
    there[key[::-1]] = np.arange(key.size - 1, -1, -1)
    values = np.flatnonzero(there >= 0)
    first = there[values]
    there[values] = np.arange(values.size)
    return Distinct(first, there[key])


def _codes(column: Floats, steps: float) -> Counts:
    """Integers in the order of the values, equal exactly where the values are."""
    whole = np.rint(column * steps)
    if column.size and np.abs(whole).max() < 2**40 and np.array_equal(whole / steps, column):
        codes: Counts = whole.astype(np.int64)
        return codes - np.int64(codes.min())
    return np.unique(column, return_inverse=True)[1].astype(np.int64)
