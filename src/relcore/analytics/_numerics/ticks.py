"""A purchase at every k-th tick: what a customer buys whose purchases are more regular than chance.

Ticks are a Poisson process with rate lambda, so that the times between purchases are Erlang-k. Somebody who has been
silent for a while may have heard j = 0 to k - 1 ticks since his last purchase: his phase. With lambda ~ Gamma(w, scale) at
the last purchase, the phases have, after a silence of y (scale + silence), the weights

    (w)_j / j! y^j,

and given phase j lambda is Gamma(w + j, scale + silence): i more ticks in the next t = y (scale + silence) periods are
negative binomial. A customer with a chance p ~ Beta(a, b) to leave at each purchase is there to make the m-th with chance
(b)_(m-1) / (a + b)_(m-1). Expectations are sums over the ticks, all terms positive. Where they would be too many, they are
averages over p of what the k-th roots of unity sift out of the geometric series:

    sum over m of q^(m-1) P(km - j ticks or more)
        = 1/k sum over roots u of theta^(j-k+1) u^(j+1) (1 - (1 + y (1 - theta u))^-(w+j)) / (1 - theta u),

in which q = 1 - p and theta^k = q.
"""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics._numerics import dropout_average, mixed_poisson
from relcore.analytics._numerics.dropout_average import beta_rule
from relcore.analytics._numerics.special import (
    incomplete_beta,
    incomplete_beta_above,
    log_beta,
    log_gamma,
    log_odds,
    log_sum_exp,
)
from relcore.analytics.arrays import Floats

_MOST_TICKS = 1200
_FARTHEST = 600.0  # exp of less is about to underflow
_SETTLED = 1e-17
_ROWS = 1 << 12  # customers at a time: what stays in the cache
_BLOCK = 64  # customers at a time where each has a rule of his own
_OFTEN, _PURCHASES = 0.1, 18  # q of less is negligible after so many purchases
_ENDLESS = 709.7  # exp of more overflows
_STEPS = 200


def phase_logs(k: int, w: Floats, y: Floats) -> Floats:
    """(k, n) ln((w)_j / j! y^j); minus infinity where y is 0 and j is not."""
    logs = np.zeros((k, w.size))
    with np.errstate(divide="ignore"):
        log_y = np.log(y)
    for j in range(1, k):
        logs[j] = logs[j - 1] + np.log((w + (j - 1)) / j) + log_y
    return logs


@attrs.frozen(eq=False)
class Phases:
    """ln S and its derivatives in w and in ln y: moments of h_j = sum over i < j of 1 / (w + i), and of j, over the phases."""

    log: Floats  # (n,) ln S
    rising: Floats  # mean of h
    rising_twice: Floats  # its variance, and the mean of h'
    ticks: Floats  # mean of j
    ticks_twice: Floats  # its variance
    both: Floats  # their covariance

    @classmethod
    def of(cls, k: int, w: Floats, y: Floats) -> Phases:
        """Somebody's phases after a silence of y, in k ticks."""
        logs = phase_logs(k, w, y)
        log = log_sum_exp(logs.T)
        h, steeper = np.zeros(w.size), np.zeros(w.size)
        mean_h, mean_hh, mean_j, mean_jj, mean_hj = np.zeros((5, w.size))
        for j in range(1, k):
            inverse = 1.0 / (w + (j - 1))
            h, steeper = h + inverse, steeper + inverse**2
            share = np.exp(logs[j] - log)
            mean_h += share * h
            mean_hh += share * (h**2 - steeper)
            mean_j += share * j
            mean_jj += share * j**2
            mean_hj += share * h * j
        return cls(log, mean_h, mean_hh - mean_h**2, mean_j, mean_jj - mean_j**2, mean_hj - mean_h * mean_j)


def purchases_while_alive(w: Floats, y: Floats, phase: Floats, a: float, b: Floats) -> Floats:
    """(n,) expected in the time y.

    w, b : (n,) > 0. y : (n,) >= 0, finite. phase : (k, n) weights that sum to 1. a : > 0.
    """
    if len(phase) == 1:
        return dropout_average.purchases_while_alive(w, y, a, b)
    bought, _, few = _over_ticks(w, y, phase, a, b)
    many = np.flatnonzero(~few)
    bought[many] = _over_dropout(w[many], y[many], phase[:, many], a, b[many])
    return bought


def still_alive(w: Floats, y: Floats, phase: Floats, a: float, b: Floats) -> Floats:
    """(n,) chance not to have left in the time y: to nine digits, or to 1e-11 where thousands of ticks are to come."""
    if len(phase) == 1:
        return dropout_average.still_alive(w, y, a, b)
    _, alive, few = _over_ticks(w, y, phase, a, b)
    many = np.flatnonzero(~few)
    gone = a / (a + b[many]) * _over_dropout(w[many], y[many], phase[:, many], a + 1, b[many])
    alive[many] = np.clip(1 - gone, 0.0, 1.0)
    return alive


def reaches(m: Floats | float, w: Floats, y: Floats, phase: Floats) -> Floats:
    """(n,) chance of m purchases or more in the time y, of somebody who does not leave. m : whole, >= 1."""
    total = np.zeros(w.size)
    for j, share in enumerate(phase):
        needed = len(phase) * m - j
        above = incomplete_beta_above(w + j, needed, 1 / (1 + y))
        total += share * np.where(y < 1, incomplete_beta(needed, w + j, y / (1 + y)), above)
    return total


def none(w: Floats, y: Floats, phase: Floats) -> Floats:
    """(n,) chance of no purchase in the time y: of so few ticks that a sum has them all."""
    k, total = len(phase), np.zeros(w.size)
    for j, share in enumerate(phase):
        chance = np.exp(-(w + j) * np.log1p(y))
        for i in range(k - j):
            total += share * chance
            chance *= (w + j + i) / (i + 1) * (y / (1 + y))
    return np.minimum(total, 1.0)


def exactly(m: Floats, w: Floats, y: Floats, phase: Floats) -> Floats:
    """(n,) chance of just m >= 0 purchases in the time y > 0, of somebody who does not leave: of so many ticks that make them."""
    k, total = len(phase), np.zeros(w.size)
    for j, share in enumerate(phase):
        heard = np.maximum(k * m - j, 0.0)
        log = mixed_poisson.log_exactly(w + j, y, heard)
        for i in range(k):
            total += np.where((m > 0) | (i < k - j), share * np.exp(log), 0.0)
            log = log + np.log((w + j + heard + i) / (heard + i + 1)) + mixed_poisson.log_part(y)
    return np.minimum(total, 1.0)


def time_of_first(w: Floats, chance: Floats, phase: Floats) -> Floats:
    """(n,) the time y by which somebody who does not leave has bought with this chance in (0, 1); infinite beyond all floats.

    The log odds of having bought are nearly straight in ln y, at either end: Newton's method, kept to a bracket that shrinks.
    """
    k = len(phase)
    if k == 1:
        return mixed_poisson.time_of_first(w, chance)
    asked, low, high = log_odds(chance), np.full(w.size, -745.0), np.full(w.size, _ENDLESS)
    v, moving = np.clip(np.log(k / w), -600.0, 600.0), np.arange(w.size)
    for _ in range(_STEPS):
        if not moving.size:
            break
        here, some = v[moving], (w[moving], np.exp(v[moving]), phase[:, moving])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            bought, not_yet = reaches(1.0, *some), none(*some)
            odds = np.log(bought) - np.log(not_yet)
            fresh = here + (asked[moving] - odds) * (bought * not_yet / _first_at(*some))
        early = odds < asked[moving]
        low[moving] = np.where(early, here, low[moving])
        high[moving] = np.where(early, high[moving], here)
        middle = (low[moving] + high[moving]) / 2
        inside = (fresh > low[moving]) & (fresh < high[moving])
        v[moving] = np.where(inside, fresh, middle)
        moving = moving[np.abs(v[moving] - here) > 1e-15 * np.maximum(np.abs(here), 1.0)]
    return np.where(v < _ENDLESS - 0.1, np.exp(np.minimum(v, _ENDLESS)), np.inf)


def _first_at(w: Floats, y: Floats, phase: Floats) -> Floats:
    """(n,) the density of ln y at the first purchase."""
    k, total = len(phase), np.zeros(w.size)
    for j, share in enumerate(phase):
        log = -(w + j) * np.log1p(y) + (k - j) * mixed_poisson.log_part(y) - log_beta(w + j, k - j)
        total += share * np.exp(log)
    return total


def discounted_for_ever(scale: Floats, w: Floats, phase: Floats, a: float, b: Floats, rate: float) -> Floats:
    """(n,) purchases of somebody alive, each times exp(-rate t), without end.

    At the rate lambda = g / scale a tick is worth rho = lambda / (lambda + rate) of the one before, so that it is the average of
    rho^(k - j) / (1 - q rho^k) over lambda and q. scale : (n,) that of lambda now. rate : > 0.
    """
    k, total = len(phase), np.empty(w.size)
    for start in range(0, w.size, _BLOCK // 4):
        rows = slice(start, start + _BLOCK // 4)
        log_g, weight = _gamma_rule(w[rows], k, 241)
        log_p, log_q, share = beta_rule(a, b[rows], 361)
        log_rho = -np.logaddexp(0.0, np.log(scale[rows, None] * rate) - log_g)
        fades = np.expm1(k * log_rho)[:, :, None]
        leaves = np.exp(log_p)[:, None, :] - np.exp(log_q)[:, None, :] * fades
        worth = (share[:, None, :] / leaves).sum(axis=2)
        log_rising = np.zeros(weight.shape)
        mixed = np.zeros(weight.shape)
        for j in range(k):
            mixed += phase[j, rows, None] * np.exp((k - j) * log_rho + log_rising)
            log_rising = log_rising + log_g - np.log(w[rows, None] + j)
        total[rows] = (weight * mixed * worth).sum(axis=1)
    return total


def _gamma_rule(w: Floats, k: int, points: int) -> tuple[Floats, Floats]:
    """(n, points) ln g and the weights of an average over g ~ Gamma(w), good for Gamma(w + k - 1) too."""
    w = w[:, None]
    middle = w + (k - 1) / 2
    spread = np.minimum(1 / np.sqrt(middle), 1.0)
    left = np.arcsinh((14 * spread + 60 / w + np.log1p(k / w)) / spread)
    right = np.arcsinh((14 * spread + np.log1p((60 + k) / middle)) / spread)
    u = -left + (left + right) * np.linspace(0, 1, points)
    log_g = np.log(middle) + spread * np.sinh(u)
    density = np.exp(w * log_g - np.exp(log_g) - log_gamma(w)) * spread * np.cosh(u)
    return log_g, density * ((left + right) / (points - 1))


def _over_ticks(
    w: Floats, y: Floats, phase: Floats, a: float, b: Floats
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """(n,) expected purchases, the chance to stay, and where the sums were short enough to be taken."""
    k = len(phase)
    reach = w * y + 12 * np.sqrt(w * y * (1 + y)) + 60 * (1 + y)
    few = (reach <= _MOST_TICKS) & ((w + k) * np.log1p(y) <= _FARTHEST)
    bought, alive = np.zeros(w.size), np.zeros(w.size)
    rows = np.flatnonzero(few)
    for start in range(0, rows.size, _ROWS):
        some = rows[start : start + _ROWS]
        bought[some], alive[some] = _summed(w[some], y[some], phase[:, some], a, b[some])
    return bought, alive, few


def _summed(w: Floats, y: Floats, phase: Floats, a: float, b: Floats) -> tuple[Floats, Floats]:
    k, z = len(phase), y / (1 + y)
    shape = w + np.arange(k)[:, None]
    chance = phase * np.exp(-shape * np.log1p(y))  # (k, m) of phase j and i ticks more
    made, stays = np.zeros_like(chance), np.ones_like(chance)  # after the purchases that those ticks are
    bought, alive = np.zeros(w.size), chance.sum(axis=0)
    rows, total_bought, total_alive = np.arange(w.size), bought.copy(), alive.copy()
    i = 0
    while rows.size:
        i += 1
        chance *= (shape + (i - 1)) * (z / i)
        due = -i % k
        m = (i + due) // k
        made[due] += stays[due]
        stays[due] *= (b + (m - 1)) / (a + b + (m - 1))
        more, left = np.einsum("jm,jm->m", chance, made), np.einsum("jm,jm->m", chance, stays)
        bought += more
        alive += left
        if i % 16 or i < k:
            continue
        slack = _SETTLED * (1 - (shape[-1] + i) * z / (i + 1))
        settled = (more <= slack * bought) & (left <= slack * alive)
        if settled.any():
            total_bought[rows[settled]], total_alive[rows[settled]] = bought[settled], alive[settled]
            on = ~settled
            rows, z, b, bought, alive = rows[on], z[on], b[on], bought[on], alive[on]
            chance, made, stays, shape = chance[:, on], made[:, on], stays[:, on], shape[:, on]
    return total_bought, total_alive


def _over_dropout(w: Floats, y: Floats, phase: Floats, a: float, b: Floats) -> Floats:
    """(n,) expected purchases, averaged over the chance to leave."""
    result = np.empty(w.size)
    for start in range(0, w.size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        _, log_q, weight = beta_rule(a, b[rows], 1501)
        often = np.exp(log_q) >= _OFTEN
        value = np.where(
            often,
            _sifted(w[rows], y[rows], phase[:, rows], np.where(often, log_q, 0.5 * np.log(_OFTEN))),
            _few_purchases(w[rows], y[rows], phase[:, rows], np.where(often, 0.0, np.exp(log_q))),
        )
        result[rows] = (weight * value).sum(axis=1)
    return result


def _few_purchases(w: Floats, y: Floats, phase: Floats, q: Floats) -> Floats:
    total = np.zeros(q.shape)
    for m in range(_PURCHASES, 0, -1):
        total = total * q + reaches(m, w, y, phase)[:, None]
    return total


def _sifted(w: Floats, y: Floats, phase: Floats, log_q: Floats) -> Floats:
    """The sum over the roots of unity, (n, points); those in the lower half plane are the conjugates of the others."""
    k, w, y = len(phase), w[:, None], y[:, None]
    theta = np.exp(log_q / k)
    near = np.maximum(-np.expm1(log_q / k), 1e-300)
    decay = np.log1p(y * near)
    total = np.zeros(log_q.shape)
    for j, share in enumerate(phase):
        total += share[:, None] * theta ** (j - k + 1) * -np.expm1(-(w + j) * decay) / near
    for n in range(1, k // 2 + 1):
        apart = 1 - theta * np.exp(2j * np.pi * n / k)
        decay = np.log1p(y * apart)
        both = 1.0 if 2 * n == k else 2.0
        for j, share in enumerate(phase):
            turned = both * np.exp(2j * np.pi * n * (j + 1) / k) * theta ** (j - k + 1)
            total += share[:, None] * (turned * (1 - np.exp(-(w + j) * decay)) / apart).real
    return total / k
