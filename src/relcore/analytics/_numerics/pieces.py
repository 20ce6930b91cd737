"""Paths that are constant from step to step, one per customer, laid end to end; and clocks that run along them.

A clock runs at the rate exp(effect . value) of the piece it is in. What it shows, and what its derivatives in the effects are, is
a sum over pieces: rate times length, times 1, the values, and the products of two of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Counts, Floats, summed

_STEEPEST = 200.0  # exp of more is no rate, and of twice as much no number


@attrs.frozen(eq=False)
class Pieces:
    """The pieces of n paths, those of one path together and in the order of time.

    owner : (m,) whose they are, 0 to n - 1, increasing. begin, end : (m,) of time, begin < end; ``end`` may be infinite.
    value : (m, k) what holds in between.
    """

    owner: Counts
    begin: Floats
    end: Floats
    value: Floats

    def sizes(self, paths: int) -> Counts:
        """(n,) how many pieces each of n paths has."""
        return np.bincount(self.owner, minlength=paths)

    def between(self, low: Floats, high: Floats) -> Pieces:
        """What lies between two times (n,) of each path."""
        begin, end = np.maximum(self.begin, low[self.owner]), np.minimum(self.end, high[self.owner])
        there = begin < end
        return Pieces(self.owner[there], begin[there], end[there], self.value[there])

    def of(self, first: int, last: int) -> Pieces:
        """The paths ``first`` to ``last`` - 1 alone."""
        here = slice(*np.searchsorted(self.owner, [first, last]).tolist())
        return Pieces(self.owner[here] - first, self.begin[here], self.end[here], self.value[here])

    def where(self, mask: NDArray[np.bool_]) -> Pieces:
        """The paths for which the (n,) mask holds."""
        there, place = mask[self.owner], np.cumsum(mask) - 1
        return Pieces(place[self.owner[there]], self.begin[there], self.end[there], self.value[there])

    def rows(self, rows: Counts) -> Pieces:
        """The paths in these rows (m,), one after the other; any of them as often as it is named."""
        first, last = (np.searchsorted(self.owner, rows, side=side) for side in ("left", "right"))
        sizes = last - first
        owner = np.repeat(np.arange(rows.size), sizes)
        here = np.arange(owner.size) + np.repeat(first - (np.cumsum(sizes) - sizes), sizes)
        return Pieces(owner, self.begin[here], self.end[here], self.value[here])

    def joined(self) -> Pieces:
        """The same paths, in which neighbours that hold the same are one piece."""
        fresh = np.ones(self.owner.size, dtype=np.bool_)
        fresh[1:] = (self.owner[1:] != self.owner[:-1]) | (self.value[1:] != self.value[:-1]).any(axis=1)
        last = np.append(fresh[1:], [True])[: fresh.size]
        return Pieces(self.owner[fresh], self.begin[fresh], self.end[last], self.value[fresh])

    def columns(self, chosen: Counts) -> Pieces:
        """The same with these of the k values alone."""
        return attrs.evolve(self, value=np.ascontiguousarray(self.value[:, chosen]))

    def rate(self, effect: Floats) -> Floats:
        """(m,) exp(effect . value)."""
        rate: Floats = np.exp(np.clip(self.value @ effect, -_STEEPEST, _STEEPEST))
        return rate


@attrs.frozen(eq=False)
class Clock:
    """A clock at the beginning of each piece and at the end of each path, with its derivatives.

    rate : (m,). start : (q, m). end : (q, n). Of the q rows the first is what it shows, the next k are its derivatives in the
    effects, the others the k * k second derivatives; or there is only the first.
    """

    rate: Floats
    start: Floats
    end: Floats

    @classmethod
    def along(cls, pieces: Pieces, effect: Floats, origin: Floats) -> Self:
        """A clock that starts at ``origin`` (q, n)."""
        rate = pieces.rate(effect)
        grown = rate * (pieces.end - pieces.begin)
        steps = grown * factors(pieces, derivatives=len(origin) > 1)
        run, total = running(steps, pieces.owner, origin.shape[1])
        return cls(rate, origin[:, pieces.owner] + run, origin + total)


def factors(pieces: Pieces, *, derivatives: bool) -> Floats:
    """(q, m) by what rate times length is multiplied in each of the sums."""
    ones = np.ones((1, len(pieces.owner)))
    if not derivatives:
        return ones
    value = np.ascontiguousarray(pieces.value.T)
    pairs = (value[:, None] * value).reshape(len(value) ** 2, value.shape[1])
    return np.concatenate([ones, value, pairs])


def total(values: Floats, owner: Counts, paths: int) -> Floats:
    """(q, n) the sums over each path of (q, m) values."""
    return np.stack([summed(owner, row, paths) for row in values])


def running(steps: Floats, owner: Counts, paths: int) -> tuple[Floats, Floats]:
    """(q, m) the sum of what came before in the same path, and (q, n) of all of it.

    Sums of pairs, fours and eights within each path: a difference of sums over all paths would lose a slow clock beside a fast one.
    """
    first, last = (np.searchsorted(owner, np.arange(paths), side=side) for side in ("left", "right"))
    place = np.arange(owner.size) - first[owner]
    upto, shift = steps.copy(), 1
    while place.size and shift <= place.max():
        upto[:, shift:] += np.where(place[shift:] >= shift, upto[:, :-shift], 0.0)
        shift *= 2
    before = np.zeros_like(upto)
    before[:, 1:] = np.where(place[1:] > 0, upto[:, :-1], 0.0)
    whole = np.zeros((len(steps), paths))
    some = last > first
    whole[:, some] = upto[:, last[some] - 1]
    return before, whole


def blocks(sizes: Counts, most: int) -> Iterator[tuple[int, int]]:
    """Runs of paths of these sizes (n,), from the first to before the last, that have about ``most`` pieces together."""
    upto, first = np.cumsum(sizes), 0
    while first < sizes.size:
        done = int(upto[first - 1]) if first else 0
        last = max(int(np.searchsorted(upto, done + most, side="right")), first + 1)
        yield first, min(last, sizes.size)
        first = last
