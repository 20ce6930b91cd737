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


def silences(w: Floats, alpha: Floats, s: Floats | float, beta: Floats, gap: Floats) -> Iterator[Silences]:
    """All rows, in groups. w, alpha, beta : (n,) > 0. s : > 0, one for all or (n,). gap : (n,) >= 0, finite."""
    early, late = np.log1p(gap / alpha), np.log1p(gap / beta)
    length, decay = np.maximum(early, late), w * early + (s + 1) * late
    common = w * early + s * late - np.log(beta) + np.log(s)
    s = np.broadcast_to(s, w.shape)
    long = np.flatnonzero(decay > _NEGLIGIBLE)
    if long.size:
        scales = w[long], alpha[long], s[long] + 1, beta[long]
        length[long] = _length(*scales, length[long])
        decay[long] = _decay(*scales, length[long])[0]
    left = np.arange(w.size)
    for points, mildest, shortest in _RULES:
        easy = (decay[left] <= mildest) & (length[left] <= shortest)
        rows, left = left[easy], left[~easy]
        block = _BLOCK // points
        for start in range(0, rows.size, block):
            yield _at(rows[start : start + block], w, alpha, s, beta, length, common, *_rule(points))


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
    s: Floats,
    beta: Floats,
    length: Floats,
    common: Floats,
    node: Floats,
    weight: Floats,
) -> Silences:
    w, alpha, s, beta, length = w[rows], alpha[rows], s[rows], beta[rows], length[rows]
    m = np.minimum(alpha, beta)
    # (k, m) in memory: rows are many and points are few, so that loops over rows are the ones to be long.
    near = length * node[:, None]
    at = np.expm1(near)
    at *= m
    far = np.log1p(at / np.maximum(alpha, beta))
    early, late = np.where(alpha <= beta, near, far), np.where(alpha <= beta, far, near)
    with np.errstate(divide="ignore"):
        log_odds = near + (common[rows] + np.log(length * m))
    log_odds += np.log(weight)[:, None]
    log_odds -= w * early
    log_odds -= (s + 1) * late
    return Silences(rows, at.T, early.T, late.T, log_odds.T)


def _decay(w: Floats, alpha: Floats, s: Floats, beta: Floats, length: Floats) -> tuple[Floats, Floats]:
    """How many times e the density has fallen at the end, and the slope of that: convex and increasing in the length."""
    m, power = np.minimum(alpha, beta), np.exp(length)
    v = m * np.expm1(length)
    fallen = w * np.log1p(v / alpha) + s * np.log1p(v / beta)
    slope: Floats = m * power * (w / (alpha + v) + s / (beta + v))
    return fallen, slope


def _length(w: Floats, alpha: Floats, s: Floats, beta: Floats, whole: Floats) -> Floats:
    """As much of the whole silence as counts: Newton's method from above, which stays above."""
    m = np.minimum(alpha, beta)
    with np.errstate(over="ignore"):
        farthest = np.log1p(
            np.minimum(
                np.expm1(np.minimum(_NEGLIGIBLE / w, _FARTHEST)) * (alpha / m),
                np.expm1(np.minimum(_NEGLIGIBLE / s, _FARTHEST)) * (beta / m),
            )
        )
    length: Floats = np.minimum(whole, farthest)
    for _ in range(4):
        fallen, slope = _decay(w, alpha, s, beta, length)
        length = np.minimum(length, length - (fallen - _NEGLIGIBLE) / np.maximum(slope, 1e-300))
    return length
