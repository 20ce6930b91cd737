"""The vocabulary of the numeric rooms: read-only arrays, converted once at the door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.kernel.errors import Invalid

Floats: TypeAlias = NDArray[np.float64]
"""A vector of float64."""

Counts: TypeAlias = NDArray[np.int64]
"""A vector of int64: days since 1970-01-01, codes, positions."""

Mask: TypeAlias = NDArray[np.bool_]
"""A vector of truth values: which rows."""

Ids: TypeAlias = NDArray[Any]
"""Who the rows are: text (dtype object) or whole numbers (int64)."""


def floats(values: ArrayLike, name: str = "column") -> Floats:
    """A read-only float64 vector; a writeable array is copied, a read-only one is shared.

    Text that reads like numbers is none, and a date or a length of time is not one until somebody says in which unit.
    """
    given = np.asarray(values)
    if given.dtype.kind in _NO_NUMBERS or (given.dtype.kind == "O" and _holds_text(given)):
        remedy = "convert it: a length of time to a number of periods, text by float()"
        raise Invalid(name, "must hold numbers", given.dtype.name, remedy)
    try:
        numbers = given.astype(np.float64, copy=False)
    except (TypeError, ValueError):
        raise Invalid(name, "must hold numbers", given.dtype.name, "fill in what is missing") from None
    return frozen(numbers)


_NO_NUMBERS = "mMSU"  # lengths of time, dates, bytes, text


def _holds_text(given: NDArray[Any]) -> bool:
    return any(isinstance(value, str | bytes) for value in given.ravel().tolist())


def truths(values: ArrayLike, name: str = "mask") -> Mask:
    """A read-only vector of truth values, from those or from 0 and 1: neither a position nor the text "no" is one."""
    given = np.asarray(values)
    if given.dtype.kind in "biuf" and ((given == 0) | (given == 1)).all():
        return frozen(given.astype(np.bool_, copy=False))
    if given.dtype.kind == "O" and all(isinstance(value, bool) for value in given.ravel().tolist()):
        return frozen(given.astype(np.bool_))
    raise Invalid(name, "must hold True or False, or 1 and 0, in every row", given.dtype.name)


def chosen(mask: ArrayLike, rows: int) -> Mask:
    """Which of so many rows, by a truth value for each."""
    which = np.asarray(mask)
    if which.shape != (rows,):
        raise Invalid("mask", "must have one value per row", which.shape)
    return truths(which)


def frozen(column: NDArray[Any]) -> NDArray[Any]:
    """The column itself when nobody can write to it, else a copy to which nobody can."""
    if column.ndim != 1:
        raise Invalid("column", "must have one dimension", column.shape, "give one value per customer")
    if not column.flags.writeable:
        return column
    kept = column.copy()
    kept.flags.writeable = False
    return kept


def ones(rows: int) -> Floats:
    """(rows,) ones, read-only, that take no more room than one of them."""
    return np.broadcast_to(np.float64(1.0), rows)


def summed(codes: NDArray[Any], weight: Floats | None, size: int) -> Floats:
    """(size,) the weights of each code 0 to size - 1 added up; without weights, how often it occurs."""
    sums: Floats = np.bincount(codes, weight, size).astype(np.float64, copy=False)
    return sums


def rows_of(ids: Ids, known: Ids) -> Counts:
    """(m,) where in ``known`` (n,) each of these is, -1 where it is not."""
    if ids is known or np.array_equal(ids, known):
        return np.arange(ids.size)
    place = {id: row for row, id in enumerate(known.tolist())}
    return np.array([place.get(id, -1) for id in ids.tolist()], dtype=np.int64)


def sealed(fresh: NDArray[Any]) -> NDArray[Any]:
    """An array that nobody else holds yet, closed for writing without a copy."""
    fresh.flags.writeable = False
    return fresh


_BLOCK = 1 << 15


def blocks(rows: int, size: int = _BLOCK) -> Iterator[slice]:
    """All rows in runs of ``size``: a chain of passes over few enough of them stays in the cache. At least one run."""
    for start in range(0, max(rows, 1), size):
        yield slice(start, start + size)
