"""How many purchases come of a customer who ages, and when the first: sums over the moment of a purchase, or of leaving.

A customer there now buys at the rate lambda ~ Gamma(w, alpha) and is there at u with the chance S(u) = exp(-s grown(u)) (see
`aging`). The m-th purchase comes at u with a beta prime density f_m, if he is there to make it:

    P(m purchases or more in t)  = integral over u in (0, t) of f_m(u) S(u) du,
    P(just k purchases in t)     = P_k(t) S(t) + integral over u in (0, t) of P_k(u) (-S'(u)) du,

with the negative binomial chances P_k. All terms are positive. The panels are those of `aging`, shortened where u^k rises
steeply; they begin where something that counts begins, which a coarse look at the integrand tells from below.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics._numerics import mixed_poisson
from relcore.analytics._numerics.aging import Aging, aged, grown
from relcore.analytics._numerics.special import incomplete_beta, log_beta
from relcore.analytics._numerics.time_of_first import time_of_first
from relcore.analytics.arrays import Counts, Floats

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(16)
_SHARE, _HALF = (_NODE + 1) / 2, _WEIGHT / 2
_NEGLIGIBLE = 1e-18
_FEW = 16.0  # a power that sixteen points do not mind
_PART = 0.5  # of the panels of a silence: the integrand rises before it falls
_LOOK = np.linspace(0.0, 1.0, 64)
_AT_MOST = 2000  # panels; thousands of purchases take some hundred


def at_least(of: Aging, count: Floats, ahead: float) -> Floats:
    """(n,) chance of m >= 1 purchases or more in the time ahead > 0, which may be infinite."""

    def flow(some: Aging, m: Floats, u: Floats) -> Floats:
        log = -(m - 1) * np.log1p(some.alpha / u) - (some.w + 1) * np.log1p(u / some.alpha)
        log -= np.log(some.alpha) + log_beta(m, some.w) + some.s * grown(some.b, some.beta, u)
        density: Floats = np.exp(log)
        return density

    def beyond(some: Aging, m: Floats, v: Floats) -> Floats:
        return _there(some, v) * incomplete_beta(some.w, m, some.alpha / (some.alpha + v))

    def begin(some: Aging, m: Floats, u: Floats) -> Floats:
        by_then = incomplete_beta(m, some.w, u / (some.alpha + u))
        least = (by_then * _there(some, u)).max(axis=1)
        return _last(u, by_then <= _NEGLIGIBLE * least[:, None])

    return np.minimum(_summed(of, count, ahead, flow, beyond, begin), 1.0)


def exactly(of: Aging, count: Floats, ahead: float) -> Floats:
    """(n,) chance of just k >= 0 purchases in the time ahead > 0, finite."""

    def just(some: Aging, k: Floats, u: Floats) -> Floats:
        chance: Floats = np.exp(mixed_poisson.log_exactly(some.w, u / some.alpha, k))
        return chance

    def flow(some: Aging, k: Floats, u: Floats) -> Floats:
        leaves = some.s * some.b / aged(some.b, some.beta, u)
        return just(some, k, u) * leaves * _there(some, u)

    def beyond(some: Aging, k: Floats, v: Floats) -> Floats:
        return just(some, k, np.maximum(v, k * some.alpha / some.w)) * _there(some, v)

    def begin(some: Aging, k: Floats, u: Floats) -> Floats:
        chance, left = just(some, k, u), some.s * grown(some.b, some.beta, u)
        meanwhile = np.minimum(chance[:, 1:], chance[:, :-1]) * np.exp(-left[:, :-1])
        meanwhile *= -np.expm1(left[:, :-1] - left[:, 1:])
        least = np.maximum(meanwhile.max(axis=1), chance[:, -1] * np.exp(-left[:, -1]))
        return _last(u, (chance <= _NEGLIGIBLE * least[:, None]) & (u <= k * some.alpha / some.w))

    end = np.full(count.size, ahead)
    stays = just(of, count, end) * _there(of, end)
    return np.minimum(stays + _summed(of, count, ahead, flow, beyond, begin), 1.0)


def first_before_leaving(of: Aging, chance: Floats) -> Floats:
    """(n,) the time until which there was a purchase with this chance in (0, 1); infinite where there never is."""
    one = np.ones(chance.size)

    def after(h: Floats, rows: Counts) -> tuple[Floats, Floats]:
        # Who is there and silent at h is a customer who begins.
        some = of.where(rows)
        later = attrs.evolve(some, alpha=some.alpha + h, beta=aged(of.b, some.beta, h))
        ever = at_least(later, one[rows], np.inf)
        with np.errstate(divide="ignore"):
            return np.log(ever) - some.decay(h), some.w / later.alpha / ever

    return time_of_first(after, np.minimum(of.alpha, of.beta / of.b), chance)


_Part = Callable[[Aging, Floats, Floats], Floats]


def _summed(of: Aging, count: Floats, ahead: float, flow: _Part, beyond: _Part, begin: _Part) -> Floats:
    """(n,) the integral of a flow over (0, ahead): up to where what is beyond is negligible."""
    total, v = np.zeros(count.size), np.zeros(count.size)
    many = np.flatnonzero(count > _FEW)
    if many.size:
        v[many] = begin(*_wide(of, count, many), _looked_at(of.where(many), count[many], ahead))
    rows = np.flatnonzero(v < ahead)
    for _ in range(_AT_MOST):
        if not rows.size:
            break
        some, k = of.where(rows), count[rows]
        left = ahead - v[rows]
        length = np.minimum(_PART * attrs.evolve(some, w=some.w + k).stride(v[rows], left / _PART), left)
        with np.errstate(over="ignore"):
            length = np.where(
                k > _FEW, np.minimum(length, v[rows] * np.expm1(_FEW / np.maximum(k, 1.0))), length
            )
        at = v[rows, None] + length[:, None] * _SHARE
        total[rows] += length * (flow(*_wide(of, count, rows), at) @ _HALF)
        v[rows] += length
        rows = rows[(v[rows] < ahead * (1 - 1e-15)) & (beyond(some, k, v[rows]) > _NEGLIGIBLE * total[rows])]
    return total


def _there(of: Aging, u: Floats) -> Floats:
    chance: Floats = np.exp(-of.s * grown(of.b, of.beta, u))
    return chance


def _wide(of: Aging, count: Floats, rows: Counts) -> tuple[Aging, Floats]:
    """These customers, as columns (m, 1)."""
    some = of.where(rows)
    wide = attrs.evolve(some, w=some.w[:, None], alpha=some.alpha[:, None], beta=some.beta[:, None])
    return wide, count[rows, None]


def _looked_at(of: Aging, count: Floats, ahead: float) -> Floats:
    """(m, 64) moments up to the time ahead, from far before so many purchases can have come or most have left."""
    life = np.log1p(of.beta * np.expm1(min(1 / of.s, 700.0))) / of.b
    early = np.minimum(np.minimum(count * of.alpha / of.w, life), ahead)
    moments: Floats = ahead * np.exp(np.log(1e-4 * early / ahead)[:, None] * (1 - _LOOK))
    return moments


def _last(u: Floats, nothing: NDArray[np.bool_]) -> Floats:
    """(m,) of the moments (m, 64) the last up to which there was nothing, or the first."""
    known = np.logical_and.accumulate(nothing, axis=1).sum(axis=1)
    last: Floats = np.take_along_axis(u, np.maximum(known - 1, 0)[:, None], axis=1)[:, 0]
    return last
