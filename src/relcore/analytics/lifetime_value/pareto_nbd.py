"""Pareto/NBD: a customer buys at a constant rate while alive, and may leave for good at any moment.

The story (Schmittlein, Morrison and Colombo 1987, Counting Your Customers: Who Are They and What Will They Do Next?,
Management Science 33(1), 1-24; derived again by Fader and Hardie 2005, "A Note on Deriving the Pareto/NBD Model and Related
Expressions", whose equation numbers these are): while alive, purchases are a Poisson process with rate lambda; a customer
leaves at the rate mu; lambda differs between customers as Gamma(r, alpha), mu as Gamma(s, beta), independently.

A history (x, t_x, T) comes about in two ways: alive until T, or left somewhere in between t_x and T. The likelihood
(equation 18, before its integral is written with hypergeometric functions) is that of NBD, times (beta / (beta + T))^s for
having stayed until T, times 1 + e^L for the other way, in which

    e^L = integral over u in (t_x, T) of s (alpha + u)^-(r + x) (beta + u)^-(s + 1) du
          / ((alpha + T)^-(r + x) (beta + T)^-s),

and P(alive) = 1 / (1 + e^L). The integral is a sum over moments u, and so are its derivatives: they are averages over
the moment at which he left, which is what the terms of the sum are the distribution of.
"""

from __future__ import annotations

from typing import ClassVar, Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics import mixed_poisson
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.power_integral import first_before_leaving, log_power_integral
from relcore.analytics._numerics.silence import log_odds_of_leaving, silences
from relcore.analytics._numerics.special import log_beta
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import (
    bootstrap,
    covariate_fit,
    futures,
    nbd,
    predictions,
    purchase_counts,
    terms,
    validation,
)
from relcore.analytics.lifetime_value.futures import Stay, purchases_drawn
from relcore.analytics.lifetime_value.with_covariates import WithCovariates
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Duration, Evidence, Positive, checked

NAMES = ("r", "alpha", "s", "beta")


@attrs.frozen(eq=False)
class Likelihood:
    """Equation (18) for one set of histories as a function of theta = ln (r, alpha, s, beta), with both derivatives."""

    buying: nbd.Likelihood

    @classmethod
    def of(cls, purchases: Purchases, *, anybody: bool = False) -> Likelihood:
        """What these purchases tell; refuses those in which nobody came back, unless anybody will do."""
        return cls(nbd.Likelihood.of(purchases, anybody=anybody))

    def start(self) -> Floats:
        """Where the climb begins: where a part of the histories has its peak, if there are many."""
        lives = self.buying.exposure / self.buying.customers
        plain = np.append(self.buying.start(), np.log([0.5, lives]))
        part = self.buying.part()
        if part is None:
            return plain
        found = maximum(Likelihood(part).at, plain, NAMES)
        return found.theta if found.converged else plain

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4,) and Hessian (4, 4) in theta."""
        r, alpha, s, beta = np.exp(theta).tolist()
        value, slope, bend = self.buying.derivatives(r, alpha)
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[:2], hessian[:2, :2] = slope, bend
        for part in (self._stayed(s, beta), self._left(r, alpha, s, beta)):
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        return in_logs(theta, value, gradient, hessian)

    def _stayed(self, s: float, beta: float) -> tuple[float, Floats, Floats]:
        """The sum of s ln(beta / (beta + T)), summed over distinct ages."""
        weight, age = self.buying.customers_of_age, self.buying.age
        total = self.buying.customers
        rate, shrunk = 1.0 / (beta + age), float(weight @ np.log1p(age / beta))
        slower = total / beta - float(weight @ rate)
        gradient = np.array([0.0, 0.0, -shrunk, s * slower])
        hessian = np.zeros((4, 4))
        hessian[2, 3] = hessian[3, 2] = slower
        hessian[3, 3] = s * (float(weight @ rate**2) - total / beta**2)
        return -s * shrunk, gradient, hessian

    def _left(self, r: float, alpha: float, s: float, beta: float) -> tuple[float, Floats, Floats]:
        """The sum of ln(1 + e^L): averages over the moments at which customers may have left."""
        rows = self.buying.rows
        w, early, late, gap = (
            r + rows.frequency,
            alpha + rows.recency,
            beta + rows.recency,
            rows.age - rows.recency,
        )
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for some in silences(w, early, s, late, gap):
            i, weight, shape = some.rows, rows.weight[some.rows], w[some.rows]
            # Beside having left at u stands having stayed, with log odds 0.
            highest = np.maximum(some.log_odds.max(axis=1), 0.0)
            chance = np.exp(some.log_odds - highest[:, None])
            total = chance.sum(axis=1) + np.exp(-highest)
            value += float(weight @ (highest + np.log(total)))
            chance /= total[:, None]  # (m, k) of having left at u

            # d ln(term) / d(r, alpha, s, beta) at u, less what it is for those who stayed.
            buys, leaves = 1.0 / (early[i, None] + some.at), 1.0 / (late[i, None] + some.at)
            buys_at_T, leaves_at_T = 1.0 / (early[i] + gap[i]), 1.0 / (late[i] + gap[i])
            flat = np.empty((4, *chance.T.shape))
            slopes = flat.transpose(0, 2, 1)
            np.subtract(np.log1p(gap[i] / early[i])[:, None], some.early, out=slopes[0])
            np.multiply(shape[:, None], buys_at_T[:, None] - buys, out=slopes[1])
            np.subtract((1 / s + np.log1p(gap[i] / late[i]))[:, None], some.late, out=slopes[2])
            np.subtract((s * leaves_at_T)[:, None], (s + 1) * leaves, out=slopes[3])
            likely = flat * chance.T
            mean = likely.sum(axis=1)
            gradient += mean @ weight

            # E[second derivative] + E[slope slope'] - E[slope] E[slope]', of which those who stayed have none.
            likely *= weight
            hessian += likely.reshape(4, -1) @ flat.reshape(4, -1).T - (mean * weight) @ mean.T
            weighted = chance * weight[:, None]
            left = weighted.sum(axis=1)
            of_buys, of_leaves = weighted * buys, weighted * leaves
            buys_twice, leaves_twice = (of_buys * buys).sum(axis=1), (of_leaves * leaves).sum()
            hessian[[0, 1], [1, 0]] += buys_at_T @ left - of_buys.sum()
            hessian[1, 1] += shape @ (buys_twice - buys_at_T**2 * left)
            hessian[2, 2] -= left.sum() / s**2
            hessian[[2, 3], [3, 2]] += leaves_at_T @ left - of_leaves.sum()
            hessian[3, 3] += (s + 1) * leaves_twice - s * (leaves_at_T**2 @ left)
        return value, gradient, hessian


@attrs.frozen(repr=False, field_transformer=checked)
class ParetoNBD:
    """A fitted (or published) Pareto/NBD model.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period``.
    s, beta : rates of leaving are Gamma(s, beta), with mean s / beta per ``period``.
    period : the unit of time of alpha and beta; purchases in another unit are refused.

    >>> model = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669, period="week")
    >>> rows = Purchases.from_summary(frequency=[0, 2], recency=[0, 30.43], age=[38.86, 38.86], period="week")
    >>> model.probability_alive(rows).round(3)
    array([0.295, 0.869])
    >>> model.expected_purchases(rows, horizon=39).round(3)
    array([0.107, 1.455])
    """

    r: Positive
    alpha: Duration
    s: Positive
    beta: Duration
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    leaving_scale: ClassVar[str | None] = "beta"

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    refits = bootstrap.refits
    validate = validation.validate
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    probability_alive = predictions.probability_alive
    expected_purchases = predictions.expected_purchases
    expected_purchases_of_newcomer = predictions.expected_purchases_of_newcomer
    probability_of_none = predictions.probability_of_none
    probability_of_purchases = purchase_counts.probability_of_purchases
    probability_of_exactly = purchase_counts.probability_of_exactly
    next_purchase_within = purchase_counts.next_purchase_within
    futures = futures.futures
    log_likelihood_of_each = bootstrap.log_likelihood_of_each
    bootstrap = bootstrap.bootstrap
    discounted_purchases = predictions.discounted_purchases

    def log_likelihood(self, purchases: Purchases) -> float:
        """How likely the model finds these histories: the log of equation (18), weighted and summed; 0 for n = 0."""
        predictions.speaks_of(self, purchases)
        if not len(purchases):
            return 0.0
        theta = np.log([self.r, self.alpha, self.s, self.beta])
        return Likelihood.of(purchases, anybody=True).at(theta).value

    terms = terms.of_pareto_nbd

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    def log_odds_of_having_left(self, purchases: Purchases) -> Floats:
        """(n,) L above; minus infinity where the last purchase was on the last day."""
        x, recency = purchases.frequency, purchases.recency
        gap = purchases.age - recency
        return log_odds_of_leaving(self.r + x, self.alpha + recency, self.s, self.beta + recency, gap)

    def purchases_if_alive(self, frequency: Floats, age: Floats, ahead: float | Floats) -> Floats:
        """(n,) equation (41) without P(alive); (1 - (1 + t / (beta + T))^(1 - s)) / (s - 1) has its limit at s = 1."""
        scale = self.beta + age
        grown = np.log1p(ahead / scale)
        lost = (self.s - 1) * grown
        whole = lost == 0
        share = np.where(whole, 1.0, -np.expm1(-lost) / np.where(whole, 1.0, lost))
        expected: Floats = (self.r + frequency) / (self.alpha + age) * scale * grown * share
        return expected

    def stays_if_alive(self, _frequency: Floats, age: Floats, ahead: float) -> Floats:
        """(n,) at a rate of leaving that is Gamma(s, beta + T)."""
        chance: Floats = np.exp(-self.s * np.log1p(ahead / (self.beta + age)))
        return chance

    def none_if_alive(self, frequency: Floats, age: Floats, ahead: float) -> Floats:
        """(n,) a silence that begins now: he is there and buys nothing, or leaves before he does."""
        none = np.zeros(age.size)
        return self.exactly_if_alive(frequency, age, none, ahead) if ahead > 0 else none + 1.0

    def at_least_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) the m-th purchase comes at a moment u of the time ahead, and finds him there: summed over u."""
        w, buys, leaves = self.r + frequency, self.alpha + age, self.beta + age
        log = log_power_integral(count - 1.0, w + 1.0, buys, self.s, leaves, ahead)
        chance: Floats = np.exp(log - log_beta(count, w) - np.log(buys))
        return np.minimum(chance, 1.0)

    def exactly_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) k purchases until the end of the time ahead, or until he leaves at a moment u of it: summed over u."""
        w, buys, leaves = self.r + frequency, self.alpha + age, self.beta + age
        stays = mixed_poisson.log_exactly(w, ahead / buys, count) - self.s * np.log1p(ahead / leaves)
        left = log_power_integral(count, w, buys, self.s + 1.0, leaves, ahead)
        left += mixed_poisson.log_ways(w, count) + np.log(self.s) - np.log(leaves)
        chance: Floats = np.exp(np.logaddexp(stays, left))
        return np.minimum(chance, 1.0)

    def first_if_alive(self, frequency: Floats, age: Floats, chance: Floats) -> Floats:
        """(n,) in a race with his leaving: infinite where he leaves first too often."""
        return first_before_leaving(self.r + frequency, self.alpha + age, self.s, self.beta + age, chance)

    def log_chance_to_stay(self, _frequency: Floats, age: Floats) -> Floats:
        """(n,) at a rate of leaving that is Gamma(s, beta)."""
        log: Floats = -self.s * np.log1p(age / self.beta)
        return log

    def stay_drawn(self, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
        """(n,) to the end, or until he leaves, at rates of his own."""
        rate = random.gamma(self.r + purchases.frequency) / (self.alpha + purchases.age)
        with np.errstate(divide="ignore", over="ignore"):
            life = (
                random.standard_exponential(len(purchases))
                / random.gamma(self.s, size=len(purchases))
                * (self.beta + purchases.age)
            )
        within = np.minimum(life, ahead)
        count = purchases_drawn(rate, within, random)
        return Stay(count, within, np.zeros(count.size, dtype=np.bool_))

    @classmethod
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back; weights count. Spend is of no matter.
        prior : what is known beside these data.

        Always finite parameters; where the data have no interior maximum (nobody leaves, everybody leaves at one rate, all
        customers alike), ``evidence.converged`` is False and ``evidence.remark`` names the parameters that ran away.
        Raises `Invalid` when nobody came back.
        """
        likelihood = Likelihood.of(purchases)
        found = maximum(likelihood.at, likelihood.start(), NAMES, pull(prior, cls, NAMES, purchases))
        r, alpha, s, beta = np.exp(found.theta).tolist()
        evidence = Evidence.of(found, customers=likelihood.buying.customers, prior=prior)
        return cls(r, alpha, s, beta, purchases.period, evidence)

    @classmethod
    def fit_with(
        cls,
        purchases: Purchases,
        *,
        buying: Covariates | None = None,
        leaving: Covariates | None = None,
        prior: Prior | None = None,
    ) -> WithCovariates[Self]:
        """Maximum likelihood with effects of covariates on buying and on leaving, by Newton's method with the exact Hessian.

        buying, leaving : what is known of the customers, by their ids: of all of them and of nobody else; None where it has no effect.
        prior : what is known beside these data: of a customer all of whose covariates are 0, and of effects.

        Where the data put no bound on an effect, ``evidence.converged`` is False and ``evidence.remark`` names it. Raises `Invalid`
        for what `fit` refuses, for a covariate that is the same for all, and for one that the others tell.
        """
        model = cls.fit(purchases)
        start = Likelihood.of(purchases).start
        return covariate_fit.fit_with(model, purchases, buying, leaving, otherwise=start, prior=prior)
