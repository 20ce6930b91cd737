"""How often each pair of codes occurs, in one pass of whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Counts, Floats, sealed
from relcore.analytics.columns.codes import Codes

_BLOCK = 1 << 16
"""Rows at a time: bincount widens its input to eight bytes, which stays in the cache for so few."""


def pair_counts(source: Codes, target: Codes, size: int) -> Counts:
    """(size, size) the number of rows with each pair of codes, all of them in 0 to size - 1.

    >>> pair_counts(np.array([0, 0, 1]), np.array([1, 1, 0]), 2)
    array([[0, 2],
           [1, 0]])
    """
    counts = np.zeros(size * size, dtype=np.int64)
    wide = np.int16 if size <= 181 else np.int64
    for start in range(0, source.size, _BLOCK):
        pair: NDArray[np.signedinteger[Any]] = source[start : start + _BLOCK].astype(wide)
        pair *= size
        pair += target[start : start + _BLOCK]
        counts += np.bincount(pair, minlength=size * size)
    return sealed(counts).reshape(size, size)


def pair_sums(source: Codes, target: Codes, weight: Floats, size: int) -> Floats:
    """(size, size) the same with weights added up."""
    pair = source.astype(np.int64) * size + target
    sums: Floats = np.bincount(pair, weight, size * size).astype(np.float64)
    return sealed(sums).reshape(size, size)
