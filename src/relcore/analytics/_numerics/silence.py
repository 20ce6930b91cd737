"""A silence of a customer who may leave at any moment: he is still there, or he left during it.

With purchases at the rate lambda ~ Gamma(w, alpha) and leaving at the rate mu ~ Gamma(s, beta), a silence of length g has two
parts, up to what is common to both:

    still there:  (1 + g / alpha)^-w (1 + g / beta)^-s
    left at v:    (s / beta) (1 + v / alpha)^-w (1 + v / beta)^-(s + 1) dv,   0 < v < g.

Schmittlein, Morrison and Colombo (1987) write the integral as a difference of two hypergeometric functions, which cancel
or overflow for large counts and need another form for alpha > beta than for alpha < beta. Here it is a Gauss-Legendre rule on
ln(1 + v / min(alpha, beta)): all terms are positive, no case is special, and the weights of its points are the distribution of
the moment at which the customer left.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import attrs
import numpy as np

from relcore.analytics._numerics.special import log_sum_exp
from relcore.analytics.arrays import Counts, Floats

_NEGLIGIBLE = 38.0  # exp(-38) = 3e-17 of the density at the beginning of the silence
_FARTHEST = 700.0  # exp of more overflows
# Points, and the decay and the length in ln(1 + v / min(alpha, beta)) up to which they give 1e-12.
_RULES = ((4, 0.5, 0.3), (6, 2.0, 0.8), (8, 4.0, 1.5), (16, 20.0, 4.0), (32, np.inf, np.inf))
_BLOCK = 1 << 14  # points at a time: what stays in the cache


@attrs.frozen(eq=False)
class Silences:
    """Some rows of the (n,) silences asked for, which share a rule of k points.

    rows : (m,) which they are. at : (m, k) the moments v. early, late : (m, k) ln(1 + v / alpha) and ln(1 + v / beta).
    log_odds : (m, k) of having left around each of them rather than still being there.
    """

    rows: Counts
    at: Floats
    early: Floats
    late: Floats
    log_odds: Floats


def silences(w: Floats, alpha: Floats, s: float, beta: Floats, gap: Floats) -> Iterator[Silences]:
    """All rows, in groups. w, alpha, beta : (n,) > 0. s : > 0. gap : (n,) >= 0, finite."""
    m = np.minimum(alpha, beta)
    length = _length(w, m / alpha, s + 1, m / beta, np.log1p(gap / m))
    decay = _decay(w, m / alpha, s + 1, m / beta, length)[0]
    left = np.arange(w.size)
    for points, mildest, shortest in _RULES:
        easy = (decay[left] <= mildest) & (length[left] <= shortest)
        rows, left = left[easy], left[~easy]
        block = _BLOCK // points
        for start in range(0, rows.size, block):
            yield _at(rows[start : start + block], w, alpha, s, beta, gap, length, *_rule(points))


def log_odds_of_leaving(w: Floats, alpha: Floats, s: float, beta: Floats, gap: Floats) -> Floats:
    """(n,) the log of the part of those who left over that of those still there; minus infinity where gap is 0."""
    odds = np.empty(w.size)
    for some in silences(w, alpha, s, beta, gap):
        odds[some.rows] = log_sum_exp(some.log_odds)
    return odds


@cache
def _rule(points: int) -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(points)
    return (node + 1) / 2, weight / 2


def _at(
    rows: Counts,
    w: Floats,
    alpha: Floats,
    s: float,
    beta: Floats,
    gap: Floats,
    length: Floats,
    node: Floats,
    weight: Floats,
) -> Silences:
    w, alpha, beta, gap, length = w[rows], alpha[rows], beta[rows], gap[rows], length[rows]
    m = np.minimum(alpha, beta)
    log_odds = length[:, None] * node
    at = np.expm1(log_odds)
    at *= m[:, None]
    early, late = np.log1p(at / alpha[:, None]), np.log1p(at / beta[:, None])
    still_there = -w * np.log1p(gap / alpha) - s * np.log1p(gap / beta)
    with np.errstate(divide="ignore"):
        common = np.log(s) + np.log(length * m / beta) - still_there
    log_odds += common[:, None] + np.log(weight)
    log_odds -= w[:, None] * early
    log_odds -= (s + 1) * late
    return Silences(rows, at, early, late, log_odds)


def _decay(w: Floats, a: Floats, s: float, b: Floats, length: Floats) -> tuple[Floats, Floats]:
    """How many times e the density has fallen at the end, and the slope of that: convex and increasing in the length."""
    grown, power = np.expm1(length), np.exp(length)
    fallen = w * np.log1p(a * grown) + s * np.log1p(b * grown)
    slope: Floats = power * (w * a / (1 + a * grown) + s * b / (1 + b * grown))
    return fallen, slope


def _length(w: Floats, a: Floats, s: float, b: Floats, whole: Floats) -> Floats:
    """The whole silence, or as much of it as counts: Newton's method from above, which stays above."""
    farthest = np.log1p(
        np.minimum(
            np.expm1(np.minimum(_NEGLIGIBLE / w, _FARTHEST)) / a,
            np.expm1(min(_NEGLIGIBLE / s, _FARTHEST)) / b,
        )
    )
    length: Floats = np.minimum(whole, farthest)
    for _ in range(4):
        fallen, slope = _decay(w, a, s, b, length)
        length = np.minimum(length, length - (fallen - _NEGLIGIBLE) / np.maximum(slope, 1e-300))
    return length
