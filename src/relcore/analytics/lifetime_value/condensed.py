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

What can be asked of the two models is in `condensed_predictions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Maximum, Point, in_logs, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.special import logistic
from relcore.analytics._numerics.ticks import Phases
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import nbd
from relcore.analytics.lifetime_value.predictions import purchases_asked
from relcore.analytics.lifetime_value.terms import log_regularity
from relcore.analytics.prior import Prior, pull
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
        timed = purchases_asked(purchases).histories()
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


class TakesChances(Protocol):
    """A model of customers who may leave at some of their purchases."""

    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """(n,) after so many repeat purchases."""
        ...


def fitted(
    purchases: Purchases, model: type[TakesChances], k: int | None, prior: Prior | None
) -> tuple[int, Floats, Evidence]:
    """k, the estimates (4,) and the evidence for them; without a k, all from 1 upwards until the likelihood falls."""
    chances, pulled = model.chances_to_leave, pull(prior, model, NAMES, purchases)
    if k is not None:
        likelihood = Likelihood.of(purchases, _whole_k(k), chances)
        return _found(likelihood, maximum(likelihood.at, likelihood.start(), NAMES, pulled), prior)
    best: tuple[Likelihood, Maximum] | None = None
    for more in range(1, MOST + 1):
        likelihood = Likelihood.of(purchases, more, chances)
        found = maximum(likelihood.at, likelihood.start(), NAMES, pulled)
        if best is not None and not found.value + found.pulled > best[1].value + best[1].pulled:
            return _found(*best, prior)
        best = likelihood, found
    assert best is not None
    remark = f"k grows without bound: customers buy by the clock; {MOST} is the most that is tried"
    return _found(best[0], attrs.evolve(best[1], converged=False, remark=remark), prior)


def _found(likelihood: Likelihood, found: Maximum, prior: Prior | None) -> tuple[int, Floats, Evidence]:
    evidence = Evidence.of(found, customers=likelihood.buying.customers, prior=prior)
    return likelihood.k, np.exp(found.theta), evidence


def _whole_k(k: object) -> int:
    if not isinstance(k, int) or isinstance(k, bool) or not 1 <= k <= MOST:
        raise Invalid("k", f"must be a whole number from 1 to {MOST}", k)
    return k


def is_a_k(_model: object, _field: attrs.Attribute[int], k: int) -> None:
    """The validator of the field k."""
    _whole_k(k)
