"""Sums over all periods to come of what is still there, each period counted by what money is worth then.

    sum of exp(-rate k) S(k) over k = 1, 2, ..., m,    m whole or infinite,

for a survival curve S that is known at real k and falls smoothly. The first terms are added up as they stand; after those
hardly anything changes from one term to the next, and the rest is an integral with Gregory's correction at its ends
(Hildebrand 1974, Introduction to Numerical Analysis, chapter 5). All of it is positive but the small corrections.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from relcore.analytics.arrays import Floats

_DIRECT = 512
_GREGORY = (-1 / 2, 1 / 12, -1 / 24, 19 / 720, -3 / 160, 863 / 60480, -275 / 24192)
_NEGLIGIBLE = 40.0  # exp(-40) = 4e-18 of the first term of the rest
_POINTS = 96
_GRID = np.linspace(0.0, 1.0, 65)
_BLOCK = 256  # rows at a time: a megabyte an array


def discounted_sum(log_survival: Callable[[Floats, slice], Floats], rate: float, last: Floats) -> Floats:
    """(n,) the sum above, of n curves.

    log_survival : ln S of some of the curves, at times k (b, j) or (1, j), as (b, j); <= 0 and not increasing in k.
    rate : >= 0 per period, > 0 where a sum is infinite. last : (n,) the m of each: whole, or infinite.
    """
    total = np.zeros(last.size)
    for start in range(0, last.size, _BLOCK):
        rows = slice(start, start + _BLOCK)

        def log_term(k: Floats, rows: slice = rows) -> Floats:
            return log_survival(k, rows) - rate * k

        total[rows] = _first(log_term, last[rows]) + _rest(log_term, rate, last[rows])
    return total


def _first(log_term: Callable[[Floats], Floats], last: Floats) -> Floats:
    k = np.arange(1.0, min(_DIRECT, float(last.max())) + 1)[None, :]
    terms: Floats = np.where(k <= last[:, None], np.exp(log_term(k)), 0.0).sum(axis=1)
    return terms


def _rest(log_term: Callable[[Floats], Floats], rate: float, last: Floats) -> Floats:
    """From the 513th on: the terms up to infinity, less those after the last."""
    if not (last > _DIRECT).any():
        return np.zeros(last.size)
    begin = np.full((last.size, 1), _DIRECT + 1.0)
    end = np.maximum(last[:, None] + 1, begin)
    stop = _vanishing(log_term, begin, np.minimum(end, begin + _NEGLIGIBLE / rate) if rate else end)
    node, weight = _rule()
    length = np.log(stop / begin)
    at = begin * np.exp(length * node)
    integral = (np.exp(log_term(at)) * at * weight).sum(axis=1) * length[:, 0]
    rest: Floats = integral - _correction(log_term, begin)
    finite = np.isfinite(end)
    after = _correction(log_term, np.where(finite, end, begin))
    return rest + np.where(finite[:, 0], after, 0.0)


@cache
def _rule() -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(_POINTS)
    return (node + 1) / 2, weight / 2


def _correction(log_term: Callable[[Floats], Floats], at: Floats) -> Floats:
    """What the integral from there has less than the sum has, by the differences of the terms."""
    term = np.exp(log_term(at + np.arange(float(len(_GREGORY)))))
    gained = np.zeros(at.shape[0])
    for weight in _GREGORY:
        gained += weight * term[:, 0]
        term = np.diff(term, axis=1)
    return gained


def _vanishing(log_term: Callable[[Floats], Floats], begin: Floats, end: Floats) -> Floats:
    """(b, 1) from about where on nothing worth counting is left of the term at the beginning, or the end."""
    k = begin * np.exp(np.log(end / begin) * _GRID)
    gone = log_term(k) < log_term(begin) - _NEGLIGIBLE
    gone[:, -1] = True
    return np.take_along_axis(k, gone.argmax(axis=1)[:, None], axis=1)
