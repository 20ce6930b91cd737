"""When the next purchases come of somebody who may leave before: integrals of three powers over time.

    J = integral over u in (0, g) of (u / (alpha + u))^k (1 + u / alpha)^-p (1 + u / beta)^-q du

is, but for constants, the chance to leave at u with k purchases made until then, summed over u, and the chance that the
k-th purchase comes at u and finds the customer there. Its terms are positive. In y = ln(1 + u / min(alpha, beta)) the
integrand is log-concave: the root of a quadratic equation is its peak, and a Gauss-Legendre rule on panels around that
is all there is to it. Logs throughout, so that neither thousands of purchases nor an endless time are special.
"""

from __future__ import annotations

from functools import cache

import attrs
import numpy as np

from relcore.analytics._numerics.special import log_sum_exp
from relcore.analytics._numerics.time_of_first import time_of_first
from relcore.analytics.arrays import Counts, Floats

_NEGLIGIBLE = 40.0  # exp(-40) = 4e-18 of the peak
_LONGEST = 4.0  # of a panel in y
_POINTS = 40
_STRAIGHT = 37.0  # so long after the last bend nothing but an exponential is left
_BLOCK = 1 << 10  # rows at a time: what stays in the cache


def log_power_integral(
    k: Floats, p: Floats, alpha: Floats, q: Floats | float, beta: Floats, gap: Floats | float
) -> Floats:
    """(n,) ln J; minus infinity where gap is 0.

    k : (n,) >= 0. p, q : > 0 with p + q > 1, or p + q > 0 with a finite gap. alpha, beta : (n,) > 0. gap : >= 0, or infinite.
    """
    k, p, alpha, q, beta, gap = np.broadcast_arrays(k, p, alpha, q, beta, gap)
    log = np.full(k.size, -np.inf)
    there = np.flatnonzero(gap > 0)
    for start in range(0, there.size, _BLOCK):
        rows = there[start : start + _BLOCK]
        some = _Integrand.of(k[rows], p[rows], alpha[rows], q[rows], beta[rows])
        log[rows] = _summed(some, gap[rows])
    return log


@attrs.frozen(eq=False)
class _Integrand:
    """All (m,), times in parts of the smaller of alpha and beta."""

    k: Floats
    p: Floats
    q: Floats
    alpha: Floats
    beta: Floats
    log_unit: Floats

    @classmethod
    def of(cls, k: Floats, p: Floats, alpha: Floats, q: Floats, beta: Floats) -> _Integrand:
        unit = np.minimum(alpha, beta)
        return cls(k, p, q, alpha / unit, beta / unit, np.log(unit))

    def at(self, y: Floats) -> Floats:
        """(m, j) logs of the integrand, times dy, at y (m, j)."""
        # ln(1 + u / alpha) and the other, where u itself would overflow.
        early = _grown(self.alpha[:, None], y)
        log = (
            y
            + self.log_unit[:, None]
            - self.p[:, None] * early
            - self.q[:, None] * _grown(self.beta[:, None], y)
        )
        if self.k.any():
            with np.errstate(divide="ignore", over="ignore"):
                missing = np.log1p(self.alpha[:, None] / np.expm1(y))  # ln(1 + alpha / u)
            log -= np.where(self.k[:, None] > 0, self.k[:, None] * np.minimum(missing, 1e300), 0.0)
        return log

    def slope(self, y: Floats) -> Floats:
        """(m,) its derivative at y (m,) > 0."""
        early, late = (1 / (1 + (scale - 1) * np.exp(-y)) for scale in (self.alpha, self.beta))
        left = np.exp(-_grown(self.alpha, y))
        return 1 - self.p * early - self.q * late + self.k * left / -np.expm1(-y)

    def peak(self) -> Floats:
        """(m,) where the slope is 0: a quadratic equation in u."""
        excess = self.p + self.q - 1
        middle = (
            self.k * self.alpha - self.p * self.beta - self.q * self.alpha + np.maximum(self.alpha, self.beta)
        )
        root = np.sqrt(middle**2 + 4 * excess * self.k * self.alpha * self.beta)
        product = 2 * self.k * self.alpha * self.beta
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.where(middle > 0, (middle + root) / (2 * excess), product / (root - middle))
        return np.log1p(np.where(root > middle, u, np.where(middle > 0, u, 0.0)))

    def beyond(self, start: Floats, end: Floats) -> Floats:
        """(m,) log of the integral from where the logarithm of the integrand is a straight line."""
        excess = self.p + self.q - 1
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            part = np.log(-np.expm1(-excess * (end - start))) - np.log(excess)
        return np.where(end > start, self.at(start[:, None])[:, 0] + part, -np.inf)

    def farthest(self, peak: Floats) -> Floats:
        """(m,) beyond which nothing counts: the integrand is below its asymptote, which is a straight line."""
        offset = self.p * np.log(self.alpha) + self.q * np.log(self.beta) + self.log_unit
        return (offset - peak + _NEGLIGIBLE) / (self.p + self.q - 1)


def _grown(scale: Floats, y: Floats) -> Floats:
    """ln(1 + (exp(y) - 1) / scale), for scale >= 1."""
    grown: Floats = np.where(y < 1, np.log1p(np.expm1(np.minimum(y, 1.0)) / scale), 0.0)
    far = y >= 1
    if far.any():
        grown = np.where(far, y - np.log(scale) + np.log1p((scale - 1) * np.exp(-np.maximum(y, 1.0))), grown)
    return grown


def _summed(some: _Integrand, gap: Floats) -> Floats:
    end = np.minimum(np.log1p(gap / np.exp(some.log_unit)), 1e300)
    peak = np.minimum(some.peak(), end)
    top = some.at(peak[:, None])[:, 0]
    straight = np.log(np.maximum(some.alpha, some.beta)) + _STRAIGHT
    low, high = _from(some, peak, top), np.minimum(_until(some, peak, top, end), straight)
    panels = np.ceil((high - low) / _LONGEST).astype(np.int64)
    node, weight = _rule()
    logs = some.beyond(high, np.where(high < straight, high, end))[:, None]
    for n in range(int(panels.max())):
        rows = np.flatnonzero(panels > n)
        part = attrs.evolve(some, **{name: column[rows] for name, column in attrs.asdict(some).items()})
        width = (high[rows] - low[rows]) / panels[rows]
        y = (low[rows] + n * width)[:, None] + width[:, None] * node
        fresh = np.full((gap.size, 1), -np.inf)
        fresh[rows, 0] = log_sum_exp(part.at(y) + np.log(weight) + np.log(width)[:, None])
        logs = np.concatenate([logs, fresh], axis=1)
    return log_sum_exp(logs)


def _from(some: _Integrand, peak: Floats, top: Floats) -> Floats:
    """(m,) before which nothing counts: the bisection keeps to the outer side."""
    low, high = np.zeros(peak.size), peak
    for _ in range(10):
        middle = (low + high) / 2
        nothing = some.at(middle[:, None])[:, 0] < top - _NEGLIGIBLE
        low, high = np.where(nothing, middle, low), np.where(nothing, high, middle)
    return low


def _until(some: _Integrand, peak: Floats, top: Floats, end: Floats) -> Floats:
    """(m,) after which nothing counts: Newton's method from outside, where it stays."""
    with np.errstate(divide="ignore"):
        far = np.where(some.p + some.q > 1, some.farthest(top), np.inf)
    high = np.minimum(end, far)
    for _ in range(8):
        over = top - _NEGLIGIBLE - some.at(high[:, None])[:, 0]
        step = np.where(over > 0, over / np.minimum(some.slope(high), -1e-300), 0.0)
        high = np.maximum(high + step, peak)
    return high


@cache
def _rule() -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1]."""
    node, weight = np.polynomial.legendre.leggauss(_POINTS)
    return (node + 1) / 2, weight / 2


def first_before_leaving(w: Floats, alpha: Floats, s: float, beta: Floats, chance: Floats) -> Floats:
    """(n,) the time until which there was a purchase with this chance in (0, 1); infinite where there never is.

    Purchases come at the rate lambda ~ Gamma(w, alpha) until the customer leaves at the rate mu ~ Gamma(s, beta).
    """

    def after(h: Floats, rows: Counts) -> tuple[Floats, Floats]:
        some = (w[rows], alpha[rows], s, beta[rows])
        log = _log_first_after(h, *some)
        return log, np.exp(_log_first_at(h, *some) - log)

    return time_of_first(after, np.minimum(alpha, beta), chance)


def _log_first_at(h: Floats, w: Floats, alpha: Floats, s: float, beta: Floats) -> Floats:
    """(n,) log of the density at h of the first purchase that finds the customer there."""
    log: Floats = np.log(w) - np.log(alpha) - (w + 1.0) * np.log1p(h / alpha) - s * np.log1p(h / beta)
    return log


def _log_first_after(h: Floats, w: Floats, alpha: Floats, s: float, beta: Floats) -> Floats:
    """(n,) log of the chance that it comes after h, and does come."""
    later = log_power_integral(np.zeros(h.size), w + 1.0, alpha + h, s, beta + h, np.inf)
    return _log_first_at(h, w, alpha, s, beta) + later
