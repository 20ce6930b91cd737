"""Distinct rows of a few columns: the sufficient statistics of whole histories."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from math import prod
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Counts, Floats, blocks, summed

V = TypeVar("V", np.float64, np.int64)


class Distinct(ABC):
    """Which of n rows are alike. ``first`` (m,) are the first rows that show each of the m distinct ones, in their order."""

    first: Counts

    @staticmethod
    def none_alike(rows: int) -> Distinct:
        """Of so many rows, each for itself."""
        each = np.arange(rows)
        return _InTable(each, each, each)

    @abstractmethod
    def each(self, values: NDArray[V]) -> NDArray[V]:
        """(n,) for each row what is known of the distinct one that it shows, (m,)."""

    @abstractmethod
    def sums(self, weight: Floats) -> Floats:
        """(m,) of the weights (n,) of all rows that are alike."""

    @cached_property
    def index(self) -> Counts:
        """(n,) which of the m each of the n rows is."""
        return self.each(np.arange(self.first.size))


@attrs.frozen(eq=False, slots=False)
class _InTable(Distinct):
    first: Counts
    key: Counts  # (n,) a number for each row
    place: NDArray[Any]  # by that number, which of the m it is

    def each(self, values: NDArray[V]) -> NDArray[V]:
        spread: NDArray[V] = np.empty(self.key.size, dtype=values.dtype)
        for rows in blocks(self.key.size):
            place: Counts = self.place.take(self.key[rows], mode="clip")
            np.take(values, place, out=spread[rows], mode="clip")
        return spread

    def sums(self, weight: Floats) -> Floats:
        total: Floats = summed(self.key, weight, self.place.size)[self.key[self.first]]
        return total


@attrs.frozen(eq=False, slots=False)
class _InOrder(Distinct):
    first: Counts
    order: Counts  # (n,) the rows, those that are alike together
    starts: Counts  # (m,) where in this order each of the m begins

    def each(self, values: NDArray[V]) -> NDArray[V]:
        spread: NDArray[V] = np.empty(self.order.size, dtype=values.dtype)
        spread[self.order] = np.repeat(values, np.diff(self.starts, append=self.order.size))
        return spread

    def sums(self, weight: Floats) -> Floats:
        total: Floats = np.add.reduceat(weight[self.order], self.starts)
        return total


def distinct(columns: Sequence[tuple[Floats, float]]) -> Distinct:
    """The distinct rows in lexicographic order.

    columns : pairs of a column (n,) and the number of steps per unit in which it is likely to be whole, such as 7
        for weeks that were counted in days. Whole columns are packed into one integer, which is looked up in a table or
        sorted as such, several times as fast; the others are only slower, never rounded.
    """
    found = distinct_if_few(columns)
    if found is not None:
        return found
    return _sorted(_key([_Digit.exact(column, steps) for column, steps in columns]))


def distinct_if_few(columns: Sequence[tuple[Floats, float]]) -> Distinct | None:
    """The same where a table of all the rows that there could be is small, else None: sorting would take ten times as long."""
    rows = columns[0][0].size
    if not rows:
        return Distinct.none_alike(0)
    digits = [_Digit.of(column, steps) for column, steps in columns]
    size = prod(digit.reach for digit in digits)
    if size > min(32 * rows, max(4 * rows, _TABLE)):
        return None
    key = _packed(digits)
    if key is None:
        return None
    return _tabulated(key, size) if size <= 4 * rows else _sorted(key)


_TABLE = 1 << 22  # of so many possible rows many are likely to be alike, unless rows are few


def _tabulated(key: Counts, size: int) -> Distinct:
    """By a table of all numbers that there could be."""
    place = np.zeros(size, dtype=np.int32 if key.size < 2**31 else np.int64)
    for block in reversed(list(blocks(key.size))):
        some = key[block]
        # The last that is written is the first of the rows, counted from 1.
        place[some[::-1]] = np.arange(block.start + some.size, block.start, -1, dtype=place.dtype)
    there = np.flatnonzero(place != 0)  # of truth values in half the time
    first = place[there].astype(np.int64) - 1
    place[there] = np.arange(there.size)
    return _InTable(first, key, place)


def _sorted(key: Counts) -> Distinct:
    """By sorting, for which the numbers are used up."""
    bits = key.size.bit_length()
    if int(key.max()) >= 1 << (63 - bits):
        order = np.argsort(key, kind="stable")
        starts = _changes(key[order], 0)
        return _InOrder(order[starts], order, starts)
    # The row goes in from below: one sort of numbers does what would else have to carry the rows along.
    key <<= bits
    for rows in blocks(key.size):
        key[rows] |= np.arange(rows.start, min(rows.stop, key.size))
    key.sort()
    starts = _changes(key, (1 << bits) - 1)
    key &= (1 << bits) - 1
    return _InOrder(key[starts], key, starts)


def _changes(ordered: Counts, below: int) -> Counts:
    """Where a number differs from the one before in what is above these bits."""
    fresh = np.ones(ordered.size, dtype=np.bool_)
    for rows in blocks(ordered.size - 1):
        fresh[1:][rows] = (ordered[1:][rows] ^ ordered[:-1][rows]) > below
    return np.flatnonzero(fresh)


# --- rows as numbers --------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Digit:
    """A column as one digit of a number: its steps above the lowest value, of which there are ``reach``."""

    column: Floats
    steps: float
    lowest: float
    reach: int

    @classmethod
    def of(cls, column: Floats, steps: float) -> _Digit:
        """Of a column that is likely to be whole steps."""
        low, high = (float(np.rint(end * steps)) for end in (column.min(), column.max()))
        return cls(column, steps, low, int(high - low) + 1 if high - low < _LONGEST else _ENDLESS)

    @classmethod
    def exact(cls, column: Floats, steps: float) -> _Digit:
        """Of any column."""
        digit = cls.of(column, steps)
        if digit.reach < _ENDLESS and all(digit.at(rows) is not None for rows in blocks(column.size)):
            return digit
        return cls.by_rank(column)

    @classmethod
    def by_rank(cls, values: Floats | Counts) -> _Digit:
        """Of values that are not whole, or too far apart: there are no more of them than rows."""
        rank = np.unique(values, return_inverse=True)[1].astype(np.float64)
        return cls(rank, 1.0, 0.0, int(rank.max()) + 1)

    def at(self, rows: slice) -> Floats | None:
        """Integers in the order of the values, equal exactly where the values are; None if some are no whole steps."""
        values = self.column[rows]
        whole = np.rint(values * self.steps)
        if not (whole / self.steps == values).all():
            return None
        whole -= self.lowest
        return whole


_LONGEST = 2.0**31  # two such digits are one integer
_ENDLESS = 2**62


def _packed(digits: Sequence[_Digit]) -> Counts | None:
    """(n,) one number for each row, in the order of the rows; None if a column is not whole."""
    first, *others = digits
    key = np.empty(first.column.size, dtype=np.int64)
    # Both hold these numbers exactly, and floats are multiplied faster.
    kind = np.float64 if prod(digit.reach for digit in digits) <= 2**53 else np.int64
    for rows in blocks(key.size):
        number = first.at(rows)
        if number is None:
            return None
        number = number.astype(kind, copy=False)
        for digit in others:
            steps = digit.at(rows)
            if steps is None:
                return None
            number *= digit.reach
            number += steps.astype(kind, copy=False)
        key[rows] = number
    return key


def _key(digits: Sequence[_Digit]) -> Counts:
    """The same of exact digits, however many numbers there could be."""
    if prod(digit.reach for digit in digits) >= _ENDLESS:
        # Too many for one integer: rank what there is but for the last, which needs no more than n values.
        *most, last = digits
        digits = [_Digit.by_rank(_key(most)), last]
    key = _packed(digits)
    assert key is not None
    return key
