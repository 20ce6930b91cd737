"""Purchases of a customer who may drop out after each: the average over the unknown dropout probability.

    G(w, y; a, b) = E[(1 - (1 + p y)^-w) / p],  p ~ Beta(a, b)

is what the BG/NBD family needs for every expectation: a customer whose purchase rate is Gamma(w, beta) makes G purchases
in the next t = y beta periods. Fader, Hardie and Lee (2005), equations (9) and (10), write it with a hypergeometric
function whose arguments overflow. After Euler's transformation, with c = a + b - 1 and z = y / (1 + y),

    G = c / (a - 1) * (1 - (1 - z)^(a - 1) * 2F1(c - w, a - 1; c; z)),

nothing overflows for the counts seen in practice. What is left to treat are the removable singularities at a = 1 (a
polynomial in a) and c = 0 (a mixture that raises c by one), small arguments (a Taylor series), and the few rows where the
library's 2F1 itself gives up (an integral over p).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from relcore.analytics._numerics.special import hypergeometric, log_beta, log_gamma, logistic
from relcore.analytics.arrays import Floats

_TERMS = 24
_LEFT_OUT = -30.0  # e^-30 = 1e-13: the term after the last, in parts of the first
_NEAR = 2e-3  # how close to a = 1 the Euler form loses more than the polynomial does
_POINTS = tuple(1 + 4e-3 * k for k in (-4, -3, -2, -1, 1, 2, 3, 4))
_LOWEST_C = 0.5
_SMALLEST = 2e-4
_LONGEST = 1e3
_MOST_LOST = 0.02
_BLOCK = 256  # rows of the integral at a time: 3 MB an array


def purchases_while_alive(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """G above, elementwise.

    w, b : (n,) > 0. y : (n,) >= 0, finite. a : > 0. Returns (n,) finite, 0 exactly where y is 0.
    """
    w, y, b = np.broadcast_arrays(w, y, b)
    result = np.zeros(w.shape)
    series = _taylor_will_do(w, y, a, b)
    result[series] = _taylor(w[series], y[series], a, b[series])
    rest = ~series
    if rest.any():
        result[rest] = _away_from_zero_c(w[rest], y[rest], a, b[rest])
    return result


def still_alive(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """E[(1 + p y)^-w], p ~ Beta(a, b), elementwise: the chance not to have dropped out in the time of G.

    It is 1 - a / (a + b) G(w, y; a + 1, b); where that leaves little, the integral itself.
    w, b : (n,) > 0. y : (n,) >= 0, finite. a : > 0. Returns (n,) in [0, 1], 1 exactly where y is 0.
    """
    w, y, b = np.broadcast_arrays(w, y, b)
    result: Floats = 1 - a / (a + b) * purchases_while_alive(w, y, a + 1, b)
    small = np.flatnonzero(result < _MOST_LOST)
    for block in range(0, small.size, _BLOCK):
        rows = small[block : block + _BLOCK]
        result[rows] = _integrated_alone(w[rows], y[rows], a, b[rows])
    return result


def _taylor_will_do(w: Floats, y: Floats, a: float, b: Floats) -> NDArray[np.bool_]:
    """Where terms at least halve from one to the next, and so many of them are enough."""
    heaviest = (a + _TERMS) / (a + b + _TERMS)
    halving = y * np.maximum(1.0, (w + 1) / 2) * heaviest <= 0.5
    with np.errstate(divide="ignore"):
        powers = _TERMS * np.log(y)
    rising = log_gamma(w + 1 + _TERMS) - log_gamma(w + 1) - log_gamma(_TERMS + 2.0)
    moments = log_gamma(a + _TERMS) - log_gamma(a) + log_gamma(a + b) - log_gamma(a + b + _TERMS)
    short: NDArray[np.bool_] = halving & (powers + rising + moments <= _LEFT_OUT)
    return short


def _taylor(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """Sum over k >= 1 of (-1)^(k+1) (w)_k / k! y^k E[p^(k-1)], in which E[p^k] = (a)_k / (a + b)_k."""
    term = w * y
    total = term.copy()
    for k in range(1, _TERMS + 1):
        term = term * (-(w + k) / (k + 1) * y * ((a + k - 1) / (a + b + k - 1)))
        total += term
    return total


def _away_from_zero_c(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """Beta(a, b) is the mixture of Beta(a + 1, b) and Beta(a, b + 1) with weights a and b: c grows by one, all terms positive."""
    low = a + b - 1 < _LOWEST_C
    result = np.empty(w.shape)
    if low.any():
        w_, y_, b_ = w[low], y[low], b[low]
        up = _away_from_zero_c(w_, y_, a + 1, b_)
        result[low] = (a * up + b_ * _away_from_zero_c(w_, y_, a, b_ + 1)) / (a + b_)
    high = ~low
    if high.any():
        result[high] = _away_from_one(w[high], y[high], a, b[high])
    return result


def _away_from_one(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    if abs(a - 1) >= _NEAR:
        return _euler(w, y, a, b)
    # Lagrange's polynomial in a: G is smooth there, only the formula is not.
    result = np.zeros(w.shape)
    for point in _POINTS:
        share = math.prod((a - other) / (point - other) for other in _POINTS if other != point)
        result += share * _euler(w, y, point, b)
    return result


def _euler(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    c = a + b - 1
    with np.errstate(all="ignore"):
        power = (1 - a) * np.log1p(y)
        gauss = hypergeometric(c - w, a - 1, c, y / (1 + y))
        share = -np.expm1(power + np.log(gauss))
        result: Floats = c / (a - 1) * share
    # Bounds that hold for every p: at most the rate w while alive.
    fit = np.isfinite(result) & (gauss > 0) & (result > 0) & (result <= w * y * (1 + 1e-9))
    # The library's 2F1 is good to about 1e-12, less for a long first argument and beside z = 1: little may be lost in
    # the difference.
    fit &= y < _LONGEST
    fit &= np.abs(share) >= np.where(np.abs(c - w) < 1000, _SMALLEST, 50 * _SMALLEST)
    bad = np.flatnonzero(~fit)
    for block in range(0, bad.size, _BLOCK):
        rows = bad[block : block + _BLOCK]
        result[rows] = _integrated(w[rows], y[rows], a, b[rows])
    return result


def beta_rule(a: float, b: Floats, points: int) -> tuple[Floats, Floats, Floats]:
    """(n, points) ln p, ln(1 - p) and the weights of an average over p ~ Beta(a, b), b : (n,).

    The trapezoid rule over s = logit p, on points that spread like sinh from the mode.
    """
    b = b[:, None]
    spread = np.minimum(np.sqrt(1 / a + 1 / b), 1.0)
    # Where the density has fallen by e^-60: a normal peak, exponential tails, and the plateau of a small shape.
    left = np.arcsinh((12 * spread + 60 / a + np.log1p(1 / b)) / spread)
    right = np.arcsinh((12 * spread + 60 / b + np.log1p(1 / a)) / spread)
    u = -left + (left + right) * np.linspace(0, 1, points)
    s = np.log(a / b) + spread * np.sinh(u)
    log_p, log_q = -np.logaddexp(0, -s), -np.logaddexp(0, s)
    density = np.exp(a * log_p + b * log_q - log_beta(a, b)) * spread * np.cosh(u)
    return log_p, log_q, density * ((left + right) / (points - 1))


def _integrated(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """The average itself."""
    log_p, _, weight = beta_rule(a, b, 1501)
    p = np.maximum(np.exp(log_p), 1e-300)
    value = -np.expm1(-w[:, None] * np.log1p(p * y[:, None])) / p
    result: Floats = (weight * value).sum(axis=1)
    return result


def _integrated_alone(w: Floats, y: Floats, a: float, b: Floats) -> Floats:
    """E[(1 + p y)^-w] by the same rule, around the mode of the product: it may be tiny, and far from that of p.

    Over s = logit p the log of the product is a s - (a + b - w) ln(1 + e^s) - w ln(1 + (1 + y) e^s), whose one mode
    solves a quadratic equation in e^s.
    """
    w, y, b = w[:, None], y[:, None], b[:, None]
    eta = np.log1p(y)
    middle = a + b + (w - a) * (1 + y) - w - a
    root = np.sqrt(middle**2 + 4 * a * b * (1 + y))
    with np.errstate(divide="ignore", invalid="ignore"):
        mode = np.log(np.where(middle > 0, 2 * a / (middle + root), (root - middle) / (2 * b * (1 + y))))
    curvature = (a + b - w) * _spread(mode) + w * _spread(mode + eta)
    spread = np.minimum(1 / np.sqrt(np.maximum(curvature, 1e-12)), 1.0)
    left = np.arcsinh((12 * spread + 60 / a + eta) / spread)
    right = np.arcsinh((12 * spread + 60 / b + eta) / spread)
    u = -left + (left + right) * np.linspace(0, 1, 1501)
    s = mode + spread * np.sinh(u)
    log = a * s - (a + b - w) * np.logaddexp(0, s) - w * np.logaddexp(0, s + eta) - log_beta(a, b)
    result: Floats = (np.exp(log) * spread * np.cosh(u)).sum(axis=1) * ((left + right) / 1500)[:, 0]
    return result


def _spread(s: Floats) -> Floats:
    """The slope of the logistic curve, p (1 - p)."""
    return logistic(s) * logistic(-s)
