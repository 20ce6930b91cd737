"""What BG/CNBD-k and MBG/CNBD-k share: they buy more regularly than chance, and may leave for good at a chance to.

The story (Platzer and Reutterer 2016, Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer Activity,
Marketing Science 35(5), 779-799, and Reutterer, Platzer and Schroeder 2021, Leveraging purchase regularity for predicting
customer behavior the easy way, International Journal of Research in Marketing 38(1), 194-215): that of `beta_geometric`,
but the times between purchases are Erlang-k at the rate lambda, as if only every k-th tick of a Poisson process were a
purchase ("condensed", after Chatfield and Goodhardt 1973). k = 1 is chance: BG/NBD and MBG/NBD.

With w = r + k x ticks that have shown themselves and K chances to leave in x purchases, a silence since t_x comes about in
two ways: alive, with fewer than k ticks in it, and left at t_x, for K > 0. Up to what is common to both they weigh

    S = sum over j < k of (w)_j / j! ((T - t_x) / (alpha + T))^j,
    e^L,  L = ln a - ln(b + K - 1) + w ln((alpha + T) / (alpha + t_x)),

so that P(alive) = S / (S + e^L). The log-likelihood is that of NBD for the ticks, plus ln((b)_K / (a + b)_K), plus
ln(S + e^L), plus (k - 1) sum of ln z - x ln Gamma(k) over the times z between purchases.

What is expected of the living depends on the phase j in which their silence has left them. The papers approximate it; here it
is exact (`_numerics.ticks`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics import ticks
from relcore.analytics._numerics.newton import Maximum, Point, in_logs, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.special import log_beta, log_sum_exp, logistic
from relcore.analytics._numerics.ticks import Phases
from relcore.analytics.arrays import Counts, Floats, floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import nbd, predictions
from relcore.analytics.lifetime_value.apart import sharing
from relcore.analytics.lifetime_value.purchase_counts import counts_asked
from relcore.analytics.lifetime_value.terms import log_regularity
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import Invalid

NAMES = ("r", "alpha", "a", "b")
MOST = 50  # ticks to a purchase: times between purchases vary by a seventh


@attrs.frozen(eq=False)
class Likelihood:
    """One set of histories as a function of theta = ln (r, alpha, a, b), for one k, with both derivatives."""

    k: int
    buying: nbd.Likelihood  # of ticks: frequency is k x
    chances: RisingFactorials
    taken: Floats  # (m,) the chances K of the distinct histories
    constant: float  # what the times between purchases tell, which no parameter but k changes

    @classmethod
    def of(
        cls, purchases: Purchases, k: int, chances: Callable[[Floats], Floats], *, anybody: bool = False
    ) -> Likelihood:
        """What these purchases tell; refuses those in which nobody came back, unless anybody will do.

        chances : how many chances to leave there were in x purchases.
        """
        timed = purchases.histories()
        buying = nbd.Likelihood.of(attrs.evolve(timed, frequency=k * timed.frequency), anybody=anybody)
        taken = chances(buying.rows.frequency / k)
        constant = float(purchases.weight @ log_regularity(purchases, k))
        return cls(k, buying, RisingFactorials.of(taken, buying.rows.weight), taken, constant)

    def start(self) -> Floats:
        """Where the climb begins: as without leaving, and a chance of one in five to leave."""
        return np.append(self.buying.start(), np.log([0.6, 2.4]))

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4,) and Hessian (4, 4) in theta."""
        r, alpha, a, b = np.exp(theta).tolist()
        rows, weight = self.buying.rows, self.buying.rows.weight
        of_b, of_ab = self.chances.at(b), self.chances.at(a + b)
        w, gap = r + rows.frequency, rows.age - rows.recency
        early, late = 1.0 / (alpha + rows.recency), 1.0 / (alpha + rows.age)

        # ln S, which depends on r and alpha alone.
        here = Phases.of(self.k, w, gap * late)
        stay_slopes = np.zeros((4, w.size))
        stay_slopes[0], stay_slopes[1] = here.rising, -late * here.ticks

        # L; of no matter where there was no chance to leave.
        lapse = np.log1p(gap * early)
        inverse = 1.0 / (b + (np.maximum(self.taken, 1.0) - 1.0))
        odds = w * lapse + np.log(a) + np.log(inverse) - here.log
        odds[self.taken == 0] = -np.inf
        leave_slopes = np.stack([lapse, w * (late - early), np.full(w.size, 1.0 / a), -inverse])
        gone, still = weight * logistic(odds), weight * logistic(-odds)

        value, slope, bend = self.buying.derivatives(r, alpha)
        value += of_b.value - of_ab.value + float(weight @ (here.log + np.logaddexp(0.0, odds)))
        gradient = stay_slopes @ still + leave_slopes @ gone
        gradient += [*slope, -of_ab.slope, of_b.slope - of_ab.slope]
        apart = leave_slopes - stay_slopes
        hessian = (apart * (gone * logistic(-odds))) @ apart.T
        hessian[:2, :2] += bend
        hessian[0, 0] += still @ here.rising_twice
        cross = gone @ (late - early) - still @ (late * here.both)
        hessian[[0, 1], [1, 0]] += cross
        hessian[1, 1] += gone @ (w * (early**2 - late**2)) + still @ (
            late**2 * (here.ticks_twice + here.ticks)
        )
        hessian[2:, 2:] -= of_ab.curvature
        hessian[2, 2] -= gone.sum() / a**2
        hessian[3, 3] += of_b.curvature + gone @ inverse**2
        return in_logs(theta, value + self.constant, gradient, hessian)


def fitted(
    purchases: Purchases, chances: Callable[[Floats], Floats], k: int | None
) -> tuple[int, Floats, Evidence]:
    """k, the estimates (4,) and the evidence for them; without a k, all from 1 upwards until the likelihood falls."""
    if k is not None:
        likelihood = Likelihood.of(purchases, _whole_k(k), chances)
        return _found(likelihood, maximum(likelihood.at, likelihood.start(), NAMES))
    best: tuple[Likelihood, Maximum] | None = None
    for more in range(1, MOST + 1):
        likelihood = Likelihood.of(purchases, more, chances)
        found = maximum(likelihood.at, likelihood.start(), NAMES)
        if best is not None and not found.value > best[1].value:
            return _found(*best)
        best = likelihood, found
    assert best is not None
    remark = f"k grows without bound: customers buy by the clock; {MOST} is the most that is tried"
    return _found(best[0], attrs.evolve(best[1], converged=False, remark=remark))


def _found(likelihood: Likelihood, found: Maximum) -> tuple[int, Floats, Evidence]:
    return (
        likelihood.k,
        np.exp(found.theta),
        Evidence.of(found, customers=likelihood.buying.customers),
    )


def _whole_k(k: object) -> int:
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MOST:
        raise Invalid("k", f"must be a whole number from 1 to {MOST}", k)
    return k


def is_a_k(_model: object, _field: attrs.Attribute[int], k: int) -> None:
    """The validator of the field k."""
    _whole_k(k)


# --- lent to both models ---


class Condensed(Protocol):
    """Parameters and what counts as a chance to leave."""

    @property
    def k(self) -> int: ...
    @property
    def r(self) -> float: ...
    @property
    def alpha(self) -> float: ...
    @property
    def a(self) -> float: ...
    @property
    def b(self) -> float: ...
    @property
    def period(self) -> Period: ...
    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """(n,) after so many repeat purchases."""
        ...


@attrs.frozen(eq=False)
class _Living:
    """Distinct histories of customers taken to be alive, and what their silence tells; (m,) but where said otherwise."""

    w: Floats  # ticks are Gamma(w + j, scale) in phase j
    scale: Floats
    b: Floats
    phase: Floats  # (k, m) weights
    alive: Floats  # chance of it
    index: Counts  # (n,) which of the m each customer is

    @classmethod
    def among(cls, model: Condensed, purchases: Purchases) -> _Living:
        predictions.speaks_of(model, purchases)
        per = days_per(purchases.period)
        keys = [(purchases.frequency, 1.0), (purchases.recency, per), (purchases.age, per)]
        shared = sharing(model, keys)
        x, recency, age = (column[shared.first] for column, _ in keys)
        w, scale, gap, chances = (
            model.r + model.k * x,
            model.alpha + age,
            age - recency,
            model.chances_to_leave(x),
        )
        logs = ticks.phase_logs(model.k, w, gap / scale)
        log = log_sum_exp(logs.T)
        odds = np.log(model.a) - np.log(model.b + (np.maximum(chances, 1.0) - 1.0)) - log
        odds += w * np.log1p(gap / (model.alpha + recency))
        alive = np.where(chances > 0, logistic(-odds), 1.0)
        return cls(w, scale, model.b + chances, np.exp(logs - log), alive, shared.index)

    def buys(self, a: float, ahead: float) -> Floats:
        """(m,) expected if alive, in the time ahead."""
        return ticks.purchases_while_alive(self.w, ahead / self.scale, self.phase, a, self.b)

    def buys_until(self, a: float, moments: Floats) -> Floats:
        """(m, points) expected if alive until each of the moments (m, points)."""
        w, b, phase = (
            np.repeat(column, moments.shape[1], axis=-1) for column in (self.w, self.b, self.phase)
        )
        y = (moments / self.scale[:, None]).ravel()
        return ticks.purchases_while_alive(w, y, phase, a, b).reshape(moments.shape)


def log_likelihood(self: Condensed, purchases: Purchases) -> float:
    """How likely the model finds these histories: weighted and summed, 0 for n = 0. Needs ``log_gaps`` unless k is 1."""
    predictions.speaks_of(self, purchases)
    theta = np.log([self.r, self.alpha, self.a, self.b])
    return Likelihood.of(purchases, self.k, self.chances_to_leave, anybody=True).at(theta).value


def probability_alive(self: Condensed, purchases: Purchases, *, ahead: float | Span = 0.0) -> Floats:
    """(n,) chance of not having left, in [0, 1].

    ahead : how long after the end of observation: a number of the model's periods, or a `Span`; now, unless given.
    """
    living, later = _Living.among(self, purchases), horizon_in(self.period, ahead)
    alive = living.alive
    if later > 0:
        alive = alive * ticks.still_alive(living.w, later / living.scale, living.phase, self.a, living.b)
    return sealed(alive[living.index])


def expected_purchases(self: Condensed, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0.

    horizon : a number of the model's periods, or a `Span`, which is converted; 0 gives 0.
    """
    living, ahead = _Living.among(self, purchases), horizon_in(self.period, horizon)
    return sealed((living.alive * living.buys(self.a, ahead))[living.index])


def expected_purchases_of_newcomer(self: Condensed, horizon: ArrayLike) -> Floats:
    """(n,) purchases after the first that a random new customer makes in each of these times.

    horizon : (n,) periods since the first purchase, >= 0 and finite.
    """
    ahead = floats(np.atleast_1d(np.asarray(horizon, dtype=np.float64)))
    if not (np.isfinite(ahead) & (ahead >= 0)).all():
        raise Invalid("horizon", f"must be finite numbers of {self.period}s, 0 or more", ahead.min())
    chances = float(self.chances_to_leave(np.zeros(1))[0])
    alive = (self.b / (self.a + self.b)) ** chances
    w, phase = np.full(ahead.size, self.r), np.zeros((self.k, ahead.size))
    phase[0] = 1.0
    b = np.full(ahead.size, self.b + chances)
    return sealed(alive * ticks.purchases_while_alive(w, ahead / self.alpha, phase, self.a, b))


def probability_of_none(self: Condensed, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) chance of not a single purchase in the ``horizon`` after the end of observation, in [0, 1].

    horizon : a number of the model's periods, or a `Span`; 0 gives 1.
    """
    living, ahead = _Living.among(self, purchases), horizon_in(self.period, horizon)
    none = ticks.none(living.w, ahead / living.scale, living.phase)
    return sealed((1 - living.alive + living.alive * none)[living.index])


def probability_of_purchases(
    self: Condensed, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
) -> Floats:
    """(n,) the chance of ``at_least`` so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    at_least : a whole number >= 0, or (n,) of them. Exactly m is the chance of at least m less that of m + 1.
    horizon : a number of the model's periods, or a `Span`.
    """
    living, ahead = _Living.among(self, purchases), horizon_in(self.period, horizon)
    count = counts_asked(at_least, len(purchases), "at_least")
    m, at = np.maximum(count, 1.0), living.index
    still = np.exp(log_beta(self.a, living.b[at] + (m - 1.0)) - log_beta(self.a, living.b[at]))
    reached = ticks.reaches(m, living.w[at], ahead / living.scale[at], living.phase[:, at])
    return sealed(np.where(count == 0, 1.0, living.alive[at] * still * reached))


def discounted_purchases(
    self: Condensed, purchases: Purchases, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0.
    discount : per year, in [0, inf), whatever the model's period.

    The whole future is an average over the rate and the chance to leave. Up to a horizon it is an integral over time, by
    Gauss-Legendre rules from one expected purchase to the next while they still come like clockwork, and ever longer after.
    """
    rate, end = predictions.rate_and_end(self.period, horizon, discount)
    living = _Living.among(self, purchases)
    if horizon == math.inf:
        total = ticks.discounted_for_ever(living.scale, living.w, living.phase, self.a, living.b, rate)
        return sealed((living.alive * total)[living.index])
    total = math.exp(-rate * end) * living.buys(self.a, end)
    if rate > 0:
        for at, width in _moments(self.k, living, rate, end):
            worth = rate * width * np.exp(-rate * at)
            total += (worth * living.buys_until(self.a, at)).sum(axis=1)
    return sealed((living.alive * total)[living.index])


_POINTS = 16


def _moments(k: int, living: _Living, rate: float, end: float) -> Iterator[tuple[Floats, Floats]]:
    """Moments and weights, both (m, points), of the integrals over [0, end], panel by panel."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    between = k * living.scale / living.w
    at = np.zeros(living.w.size)
    while (at < end).any():
        regular = np.where(at < (k + 3) * between, between, at)
        length = np.minimum(regular, 0.75 * living.scale + 1.5 * at)
        length = np.minimum(np.minimum(length, 16 / rate), end - at)
        yield at[:, None] + length[:, None] * (nodes + 1) / 2, length[:, None] * weights / 2
        at = np.where(length < end - at, at + length, end)
