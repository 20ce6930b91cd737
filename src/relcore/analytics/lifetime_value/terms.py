"""Log-likelihoods of single histories, with both derivatives in the logs of the parameters: what a sum would have to sum.

The likelihoods of the models sum as they go, over what customers have in common. Where customers have scales of their own
(`apart`), they have little in common, and each term is wanted with its derivatives in them. Written once for each family, in the
notation of its file, and lent to the models by assignment. A parameter may be one number or (n,) of them.
"""

from __future__ import annotations

import math
from typing import Protocol

import attrs
import numpy as np

from relcore.analytics._numerics.aging import Aging, Growth, aged, silence
from relcore.analytics._numerics.rising_factorial import rising_factorials
from relcore.analytics._numerics.rising_ratio import RisingRatio
from relcore.analytics._numerics.silence import silences
from relcore.analytics._numerics.special import logistic
from relcore.analytics._numerics.ticks import Phases
from relcore.analytics.arrays import Counts, Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.kernel.errors import Invalid


@attrs.frozen(eq=False)
class Terms:
    """``value`` (n,), ``gradient`` (p, n) and ``hessian`` (p, p, n) in the logs of the p parameters, in their order."""

    value: Floats
    gradient: Floats
    hessian: Floats

    @classmethod
    def in_logs(
        cls, parameters: tuple[Floats | float, ...], value: Floats, gradient: Floats, hessian: Floats
    ) -> Terms:
        """From the derivatives in the parameters themselves; each one number or (n,)."""
        natural = np.stack([np.broadcast_to(each, value.shape) for each in parameters])
        slope = gradient * natural
        bend = hessian * natural[:, None] * natural[None]
        for n, own in enumerate(slope):
            bend[n, n] += own
        return cls(value, slope, bend)


# --- buying -----------------------------------------------------------------------------------------


class Buying(Protocol):
    """Rates that are Gamma(r, alpha)."""

    @property
    def r(self) -> float: ...
    @property
    def alpha(self) -> float: ...


def _bought(r: float, alpha: float, count: Floats, age: Floats, size: int) -> tuple[Floats, Floats, Floats]:
    """Those of NBD, with the first derivatives of ``size`` parameters, of which r and alpha are the first two."""
    rising = rising_factorials(r, count)
    w, late = r + count, 1.0 / (alpha + age)
    gradient, hessian = np.zeros((size, age.size)), np.zeros((size, size, age.size))
    value = rising.value - r * np.log1p(age / alpha) - count * np.log(alpha + age)
    gradient[0] = rising.slope - np.log1p(age / alpha)
    gradient[1] = r / alpha - w * late
    hessian[0, 0] = rising.curvature
    _symmetric(hessian, 0, 1, slice(None), 1 / alpha - late)
    hessian[1, 1] = w * late**2 - r / alpha**2
    return value, gradient, hessian


def of_nbd(self: Buying, purchases: Purchases) -> Terms:
    """(n,) of customers who never leave."""
    parts = _bought(self.r, self.alpha, purchases.frequency, purchases.age, 2)
    return Terms.in_logs((self.r, self.alpha), *parts)


# --- a chance to leave at purchases -----------------------------------------------------------------


class Condensed(Buying, Protocol):
    """Probabilities to leave that are Beta(a, b)."""

    @property
    def a(self) -> float: ...
    @property
    def b(self) -> float: ...
    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """(n,) after so many repeat purchases."""
        ...


class Regular(Condensed, Protocol):
    """And every k-th tick a purchase."""

    @property
    def k(self) -> int: ...


def of_beta_geometric(self: Condensed, purchases: Purchases) -> Terms:
    """(n,) with k = 1."""
    return _condensed(self, 1, purchases)


def of_condensed(self: Regular, purchases: Purchases) -> Terms:
    """(n,) with what the times between purchases tell; they must be known unless k is 1."""
    terms = _condensed(self, self.k, purchases)
    return attrs.evolve(terms, value=terms.value + log_regularity(purchases, self.k))


def log_regularity(purchases: Purchases, k: int) -> Floats:
    """(n,) what the times z between purchases tell of k alone: (k - 1) sum of ln z - x ln Gamma(k); 0 for k = 1."""
    x = purchases.frequency
    if k == 1 or not x.any():
        return np.zeros(x.size)
    if purchases.log_gaps is None:
        remedy = "make the purchases from a log of orders, or give log_gaps= beside their summary"
        raise Invalid("log_gaps", "must be known to tell regular customers from others", None, remedy)
    return (k - 1) * purchases.log_gaps - x * math.lgamma(k)


def _condensed(self: Condensed, k: int, purchases: Purchases) -> Terms:
    r, alpha, a, b = self.r, self.alpha, self.a, self.b
    recency, age = purchases.recency, purchases.age
    chances, gap = self.chances_to_leave(purchases.frequency), age - recency
    value, gradient, hessian = _bought(r, alpha, k * purchases.frequency, age, 4)
    w = r + k * purchases.frequency
    early, late = 1.0 / (alpha + recency), 1.0 / (alpha + age)

    # At none of the chances.
    none = RisingRatio.of(np.broadcast_to(b, age.shape), a, chances)
    value += none.value
    gradient[2] -= none.of_sum
    gradient[3] += none.of_z - none.of_sum
    hessian[2:, 2:] -= none.bent_sum
    hessian[3, 3] += none.bent_z

    # ln(S + e^L): still there in one of the phases, or left at the last purchase.
    here = Phases.of(k, w, gap * late)
    stay = np.zeros((4, age.size))
    stay[0], stay[1] = here.rising, -late * here.ticks
    lapse = np.log1p(gap * early)
    inverse = 1.0 / (b + (np.maximum(chances, 1.0) - 1.0))
    odds = w * lapse + np.log(a) + np.log(inverse) - here.log
    odds = np.where(chances > 0, odds, -np.inf)
    leave = np.stack([lapse, w * (late - early), np.full(age.size, 1.0 / a), -inverse * np.ones(age.size)])
    gone, still = logistic(odds), logistic(-odds)
    value += here.log + np.logaddexp(0.0, odds)
    gradient += stay * still + leave * gone
    apart = leave - stay
    hessian += apart[:, None] * apart[None] * (gone * still)
    hessian[0, 0] += still * here.rising_twice
    cross = gone * (late - early) - still * late * here.both
    _symmetric(hessian, 0, 1, slice(None), cross)
    hessian[1, 1] += gone * w * (early**2 - late**2) + still * late**2 * (here.ticks_twice + here.ticks)
    hessian[2, 2] -= gone / a**2
    hessian[3, 3] += gone * inverse**2
    return Terms.in_logs((r, alpha, a, b), value, gradient, hessian)


# --- leaving at any moment --------------------------------------------------------------------------


class Leaving(Buying, Protocol):
    """Rates of leaving that are Gamma(s, beta)."""

    @property
    def s(self) -> float: ...
    @property
    def beta(self) -> float: ...


def of_pareto_nbd(self: Leaving, purchases: Purchases) -> Terms:
    """(n,) of equation (18)."""
    r, s = self.r, self.s
    x, recency, age = purchases.frequency, purchases.recency, purchases.age
    alpha, beta = np.broadcast_to(self.alpha, age.shape), np.broadcast_to(self.beta, age.shape)
    value, gradient, hessian = _bought(r, self.alpha, x, age, 4)
    early_end, late_end = 1.0 / (alpha + age), 1.0 / (beta + age)
    value -= s * np.log1p(age / beta)
    gradient[2] -= np.log1p(age / beta)
    gradient[3] += s * (1 / beta - late_end)
    _symmetric(hessian, 2, 3, slice(None), 1 / beta - late_end)
    hessian[3, 3] += s * (late_end**2 - 1 / beta**2)

    w, early, late, gap = r + x, alpha + recency, beta + recency, age - recency
    for some in silences(w, early, s, late, gap):
        i = some.rows
        # Beside having left at u stands having stayed, with log odds 0.
        highest = np.maximum(some.log_odds.max(axis=1), 0.0)
        chance = np.exp(some.log_odds - highest[:, None])
        total = chance.sum(axis=1) + np.exp(-highest)
        value[i] += highest + np.log(total)
        chance /= total[:, None]

        # d ln(term) / d(r, alpha, s, beta) at u, less what it is for those who stayed.
        buys, leaves = 1.0 / (early[i, None] + some.at), 1.0 / (late[i, None] + some.at)
        slopes = np.empty((4, *chance.shape))
        slopes[0] = np.log1p(gap[i] / early[i])[:, None] - some.early
        slopes[1] = w[i, None] * (early_end[i, None] - buys)
        slopes[2] = 1 / s + np.log1p(gap[i] / late[i])[:, None] - some.late
        slopes[3] = s * late_end[i, None] - (s + 1) * leaves
        mean = _average(hessian, i, slopes, chance)
        gradient[:, i] += mean
        hessian[:, :, i] -= mean[:, None] * mean[None]
        bends = {
            (0, 1): early_end[i, None] - buys,
            (1, 1): w[i, None] * (buys**2 - early_end[i, None] ** 2),
            (2, 2): np.full(chance.shape, -1 / s**2),
            (2, 3): late_end[i, None] - leaves,
            (3, 3): (s + 1) * leaves**2 - s * late_end[i, None] ** 2,
        }
        for (p, q), bend in bends.items():
            _symmetric(hessian, p, q, i, (chance * bend).sum(axis=1))
    return Terms.in_logs((r, self.alpha, s, self.beta), value, gradient, hessian)


class Ageing(Leaving, Protocol):
    """Hazards that grow by exp(b t)."""

    @property
    def b(self) -> float: ...


def of_ggom_nbd(self: Ageing, purchases: Purchases) -> Terms:
    """(n,) of customers who age."""
    r, b, s = self.r, self.b, self.s
    x, recency, age = purchases.frequency, purchases.recency, purchases.age
    alpha, beta = np.broadcast_to(self.alpha, age.shape), np.broadcast_to(self.beta, age.shape)
    value, gradient, hessian = _bought(r, self.alpha, x, age, 5)
    end = Growth.of(b, beta, age)
    value -= s * end.value
    gradient[2:] -= np.stack([s * end.of_b, end.value, s * end.of_beta])
    hessian[2, 2] -= s * end.of_b_twice
    _symmetric(hessian, 2, 3, slice(None), -end.of_b)
    _symmetric(hessian, 2, 4, slice(None), -s * end.of_both)
    _symmetric(hessian, 3, 4, slice(None), -end.of_beta)
    hessian[4, 4] -= s * end.of_beta_twice

    w, early_end = r + x, 1.0 / (alpha + age)
    silent = silence(Aging(w, alpha + recency, b, s, aged(b, beta, recency)), age - recency)
    both = np.logaddexp(silent.still, silent.left)
    value += both - silent.still
    mean = np.zeros((5, age.size))
    for panel in silent.panels:
        i, u = panel.rows, recency[panel.rows, None] + panel.at
        chance = np.exp(panel.log - both[i, None])
        here, early_u = Growth.of(b, beta[i, None], u), 1.0 / (alpha[i, None] + u)
        slopes = np.empty((5, *u.shape))
        slopes[0] = np.log1p((age[i, None] - u) * early_u)
        slopes[1] = w[i, None] * (early_end[i, None] - early_u)
        slopes[2] = 1 / b + u - (s + 1) * here.of_b + s * end.of_b[i, None]
        slopes[3] = 1 / s - here.value + end.value[i, None]
        slopes[4] = -here.inverse - s * (here.of_beta - end.of_beta[i, None])
        mean[:, i] += _average(hessian, i, slopes, chance)
        bends = {
            (0, 1): early_end[i, None] - early_u,
            (1, 1): w[i, None] * (early_u**2 - early_end[i, None] ** 2),
            (2, 2): -1 / b**2 - (s + 1) * here.of_b_twice + s * end.of_b_twice[i, None],
            (2, 3): end.of_b[i, None] - here.of_b,
            (2, 4): s * end.of_both[i, None] - (s + 1) * here.of_both,
            (3, 3): np.full(u.shape, -1 / s**2),
            (3, 4): end.of_beta[i, None] - here.of_beta,
            (4, 4): here.inverse**2 + s * (end.of_beta_twice[i, None] - here.of_beta_twice),
        }
        for (p, q), bend in bends.items():
            _symmetric(hessian, p, q, i, (chance * bend).sum(axis=1))
    gradient += mean
    hessian -= mean[:, None] * mean[None]
    return Terms.in_logs((r, self.alpha, b, s, self.beta), value, gradient, hessian)


# --- averages over the moment at which he left ------------------------------------------------------


def _average(hessian: Floats, rows: Counts, slopes: Floats, chance: Floats) -> Floats:
    """(p, m) means of the slopes (p, m, k); the means of their products are added to the Hessians of the rows (m,)."""
    weighted = slopes * chance
    for p, mine in enumerate(weighted):
        for q in range(p, len(slopes)):
            _symmetric(hessian, p, q, rows, (mine * slopes[q]).sum(axis=1))
    means: Floats = weighted.sum(axis=2)
    return means


def _symmetric(hessian: Floats, p: int, q: int, rows: Counts | slice, bend: Floats) -> None:
    hessian[p, q, rows] += bend
    if p != q:
        hessian[q, p, rows] += bend
