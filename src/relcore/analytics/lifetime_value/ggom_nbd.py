"""GGom/NBD: a customer buys at a constant rate while alive, and ages: the longer he stays, the sooner he leaves.

The story (Bemmaor and Glady 2012, Modeling Purchasing Behavior with Sudden "Death": A Flexible Customer Lifetime Model,
Management Science 58(5), 1012-1021): while alive, purchases are a Poisson process with rate lambda, Gamma(r, alpha) among
customers; lifetimes follow a Gompertz law with the hazard eta b exp(b t), eta ~ Gamma(s, beta) among customers, so that one of
them chosen at random is there at t with

    S(t) = (beta / (beta + exp(b t) - 1))^s.

The hazard of such a customer rises with time for beta > 1 and falls for beta < 1. As b falls to 0 with beta / b held, nobody
ages and this is Pareto/NBD with that beta.

A history (x, t_x, T) comes about in two ways: alive until T, or left at a moment u in between t_x and T. The likelihood is that
of NBD, times S(T) for having stayed until T, times 1 + e^L for the other way, in which

    e^L = integral over u in (t_x, T) of (alpha + u)^-(r + x) (-S'(u)) du / ((alpha + T)^-(r + x) S(T)),

and P(alive) = 1 / (1 + e^L). The integral is a sum over moments (`_numerics.aging`), and so are its derivatives: they are
averages over the moment at which he left. Who is alive at T is as good as new, with beta exp(-b T) + 1 - exp(-b T) for beta.
"""

from __future__ import annotations

from typing import ClassVar, Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics import aging_counts
from relcore.analytics._numerics.aging import Aging, Growth, aged, grown, silence, time_there
from relcore.analytics._numerics.newton import Maximum, Point, Pull, in_logs, maximum
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Counts, Floats, sealed
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import (
    bootstrap,
    covariate_fit,
    futures,
    nbd,
    pareto_nbd,
    predictions,
    purchase_counts,
    terms,
    validation,
)
from relcore.analytics.lifetime_value.futures import Stay, purchases_drawn
from relcore.analytics.lifetime_value.with_covariates import WithCovariates
from relcore.analytics.period import Period, Span, is_a_period
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Duration, Evidence, Positive, Rate, checked

_NAMES = ("r", "alpha", "b", "s", "beta")
_RATIO = np.eye(5) + np.outer(np.eye(5)[4], np.eye(5)[2])  # ln beta is ln (beta / b) and ln b
_TO_RATIO = np.linalg.inv(_RATIO)
_AGELESS = 1e-2  # how much hazards grow in the longest time observed, if it is too little to be seen
_NEARLY_NONE = 1e-6  # of that
_SHORTEST = 1e-9


@attrs.frozen(eq=False)
class Likelihood:
    """One set of histories as a function of theta = ln (r, alpha, b, s, beta), with both derivatives."""

    buying: nbd.Likelihood

    @classmethod
    def of(cls, purchases: Purchases, *, anybody: bool = False) -> Likelihood:
        """What these purchases tell; refuses those in which nobody came back, unless anybody will do."""
        return cls(nbd.Likelihood.of(purchases, anybody=anybody))

    def start(self) -> Floats:
        """Where the climb begins: half of the customers leave within their time, and age a little in it."""
        lives = self.buying.exposure / self.buying.customers
        return np.append(self.buying.start(), np.log([0.5 / lives, 0.5, 0.5]))

    def maximum(self, pull: Pull | None = None) -> Maximum:
        """The peak. Climbed to with beta / b for beta, which is what is told apart from b where customers hardly age."""
        least = np.full(5, -np.inf)
        if pull is None:
            least[2] = np.log(_AGELESS / max(float(self.buying.age.max()), _SHORTEST))
        pulled = None if pull is None else pull.turned(_RATIO)
        names = (*_NAMES[:4], "beta / b")
        found = maximum(self._at_ratio, _TO_RATIO @ self.start(), names, pulled, least=least)
        if found.theta[2] <= least[2]:
            return self._without_aging(least[2])
        covariance = found.covariance
        if covariance is not None:
            covariance = _RATIO @ covariance @ _RATIO.T
        return attrs.evolve(found, theta=_RATIO @ found.theta, covariance=covariance)

    def _at_ratio(self, theta: Floats) -> Point:
        """As `at`, in ln (r, alpha, b, s, beta / b)."""
        here = self.at(_RATIO @ theta)
        return Point(theta, here.value, here.gradient @ _RATIO, _RATIO.T @ here.hessian @ _RATIO)

    def _without_aging(self, least: float) -> Maximum:
        """The peak of Pareto/NBD, with so little aging that it makes no difference."""
        ageless = pareto_nbd.Likelihood(self.buying)
        limit = maximum(ageless.at, ageless.start(), pareto_nbd.NAMES)
        r, alpha, s, beta = limit.theta
        theta = _RATIO @ np.array([r, alpha, least + np.log(_NEARLY_NONE), s, beta])
        remark = _do_not_age(np.exp(beta))
        if not limit.converged:
            remark += f", and of it that {limit.remark}"
        return Maximum(theta, self.at(theta).value, None, converged=False, remark=remark)

    def at(self, theta: Floats) -> Point:
        """Value, gradient (5,) and Hessian (5, 5) in theta."""
        r, alpha, b, s, beta = np.exp(theta).tolist()
        value, slope, bend = self.buying.derivatives(r, alpha)
        gradient, hessian = np.zeros(5), np.zeros((5, 5))
        gradient[:2], hessian[:2, :2] = slope, bend
        for part in (self._stayed(b, s, beta), self._left(r, alpha, b, s, beta)):
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        return in_logs(theta, value, gradient, hessian)

    def _stayed(self, b: float, s: float, beta: float) -> tuple[float, Floats, Floats]:
        """The sum of ln S(T) = -s G(T), summed over distinct ages."""
        weight, end = self.buying.customers_of_age, Growth.of(b, beta, self.buying.age)
        of_b, of_beta = float(weight @ end.of_b), float(weight @ end.of_beta)
        value = float(weight @ end.value)
        gradient = np.array([0.0, 0.0, -s * of_b, -value, -s * of_beta])
        hessian = np.zeros((5, 5))
        hessian[2, 2] = -s * (weight @ end.of_b_twice)
        hessian[2, 3] = hessian[3, 2] = -of_b
        hessian[2, 4] = hessian[4, 2] = -s * (weight @ end.of_both)
        hessian[3, 4] = hessian[4, 3] = -of_beta
        hessian[4, 4] = -s * (weight @ end.of_beta_twice)
        return -s * value, gradient, hessian

    def _left(self, r: float, alpha: float, b: float, s: float, beta: float) -> tuple[float, Floats, Floats]:
        """The sum of ln(1 + e^L): averages over the moments at which customers may have left."""
        rows = self.buying.rows
        w, gap, weight = r + rows.frequency, rows.age - rows.recency, rows.weight
        silent = silence(Aging(w, alpha + rows.recency, b, s, aged(b, beta, rows.recency)), gap)
        both = np.logaddexp(silent.still, silent.left)
        value = float(weight @ (both - silent.still))
        end = Growth.of(b, beta, rows.age)
        buys_at_end = 1.0 / (alpha + rows.age)
        mean, hessian = np.zeros((5, w.size)), np.zeros((5, 5))
        for panel in silent.panels:
            i, u = panel.rows, rows.recency[panel.rows, None] + panel.at
            chance = np.exp(panel.log - both[i, None])
            here = Growth.of(b, beta, u)
            buys = 1.0 / (alpha + u)

            # d ln(term) / d(r, alpha, b, s, beta) at u, less what it is for those who stayed.
            slopes = np.empty((5, *u.shape))
            slopes[0] = np.log1p((rows.age[i, None] - u) * buys)
            slopes[1] = w[i, None] * (buys_at_end[i, None] - buys)
            slopes[2] = 1 / b + u - (s + 1) * here.of_b + s * end.of_b[i, None]
            slopes[3] = 1 / s - here.value + end.value[i, None]
            slopes[4] = -here.inverse - s * (here.of_beta - end.of_beta[i, None])
            mean[:, i] += np.einsum("pmk,mk->pm", slopes, chance)

            # E[second derivative] + E[slope slope'].
            weighted = chance * weight[i, None]
            flat = slopes.reshape(5, -1)
            hessian += (flat * weighted.ravel()) @ flat.T
            left = weighted.sum(axis=1)

            def summed(here: Floats, weighted: Floats = weighted) -> float:
                return float(np.einsum("mk,mk->", weighted, here))

            def at_end(end: Floats, left: Floats = left, i: Counts = i) -> float:
                return float(left @ end[i])

            buys_twice = np.einsum("mk,mk->m", weighted, buys**2) @ w[i]
            bend = {
                (0, 1): at_end(buys_at_end) - summed(buys),
                (1, 1): buys_twice - at_end(w * buys_at_end**2),
                (2, 2): s * at_end(end.of_b_twice) - (s + 1) * summed(here.of_b_twice) - left.sum() / b**2,
                (2, 3): at_end(end.of_b) - summed(here.of_b),
                (2, 4): s * at_end(end.of_both) - (s + 1) * summed(here.of_both),
                (3, 3): -left.sum() / s**2,
                (3, 4): at_end(end.of_beta) - summed(here.of_beta),
                (4, 4): summed(here.inverse**2)
                + s * (at_end(end.of_beta_twice) - summed(here.of_beta_twice)),
            }
            for (p, q), total in bend.items():
                hessian[p, q] += total
                hessian[q, p] += total * (p != q)
        hessian -= (mean * weight) @ mean.T
        return value, mean @ weight, (hessian + hessian.T) / 2  # products are symmetric but for rounding


@attrs.frozen(repr=False, field_transformer=checked)
class GammaGompertzNBD:
    """A fitted (or published) GGom/NBD model.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period``.
    b : how fast customers age, per ``period``: hazards of leaving grow by a factor of e in 1 / b periods.
    s, beta : the hazards at the first purchase, in parts of b, are Gamma(s, beta), with mean s / beta.
    period : the unit of time of alpha and b; purchases in another unit are refused.

    >>> model = GammaGompertzNBD(r=0.553, alpha=10.578, b=0.0002, s=0.603, beta=0.0026, period="week")
    >>> rows = Purchases.from_summary(frequency=[0, 2], recency=[0, 30.43], age=[38.86, 38.86], period="week")
    >>> model.probability_alive(rows).round(3)
    array([0.316, 0.873])
    >>> model.expected_purchases(rows, horizon=39).round(3)
    array([0.115, 1.466])
    """

    r: Positive
    alpha: Duration
    b: Rate
    s: Positive
    beta: Positive
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

    def log_likelihood(self, purchases: Purchases) -> float:
        """How likely the model finds these histories: weighted and summed; 0 for n = 0."""
        predictions.speaks_of(self, purchases)
        if not len(purchases):
            return 0.0
        theta = np.log([self.r, self.alpha, self.b, self.s, self.beta])
        return Likelihood.of(purchases, anybody=True).at(theta).value

    terms = terms.of_ggom_nbd

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    def log_odds_of_having_left(self, purchases: Purchases) -> Floats:
        """(n,) L above; minus infinity where the last purchase was on the last day."""
        x, recency = purchases.frequency, purchases.recency
        silent = silence(self._living(x, recency), purchases.age - recency)
        return silent.left - silent.still

    def purchases_if_alive(self, frequency: Floats, age: Floats, ahead: float | Floats) -> Floats:
        """(n,) the mean rate, as the history has left it, for as long as he is expected to be there."""
        living = self._living(frequency, age)
        there = time_there(living, np.broadcast_to(np.asarray(ahead, dtype=np.float64), age.shape))
        return living.w / living.alpha * there

    def stays_if_alive(self, _frequency: Floats, age: Floats, ahead: float) -> Floats:
        """(n,) S, as it is for somebody of that age."""
        chance: Floats = np.exp(
            -self.s * grown(self.b, aged(self.b, self.beta, age), np.full(age.size, ahead))
        )
        return chance

    def none_if_alive(self, frequency: Floats, age: Floats, ahead: float) -> Floats:
        """(n,) a silence that begins now: he is there and buys nothing, or leaves before he does."""
        silent = silence(self._living(frequency, age), np.full(age.size, ahead))
        return np.minimum(np.exp(np.logaddexp(silent.still, silent.left)), 1.0)

    def at_least_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) the m-th purchase comes at a moment u of the time ahead, and finds him there: summed over u."""
        return aging_counts.at_least(self._living(frequency, age), count, ahead)

    def exactly_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) k purchases until the end of the time ahead, or until he leaves at a moment u of it: summed over u."""
        return aging_counts.exactly(self._living(frequency, age), count, ahead)

    def first_if_alive(self, frequency: Floats, age: Floats, chance: Floats) -> Floats:
        """(n,) in a race with his leaving: infinite where he leaves first too often."""
        return aging_counts.first_before_leaving(self._living(frequency, age), chance)

    def log_chance_to_stay(self, _frequency: Floats, age: Floats) -> Floats:
        """(n,) ln S."""
        log: Floats = -self.s * grown(self.b, self.beta, age)
        return log

    def stay_drawn(self, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
        """(n,) to the end, or until he leaves, at a rate and a hazard of his own."""
        rate = random.gamma(self.r + purchases.frequency) / (self.alpha + purchases.age)
        hazard = random.gamma(self.s, size=len(purchases)) / aged(self.b, self.beta, purchases.age)
        with np.errstate(divide="ignore", over="ignore"):
            life = np.log1p(random.standard_exponential(len(purchases)) / hazard) / self.b
        within = np.minimum(life, ahead)
        count = purchases_drawn(rate, within, random)
        return Stay(count, within, np.zeros(count.size, dtype=np.bool_))

    def discounted_purchases(self, purchases: Purchases, *, horizon: float | Span, discount: float) -> Floats:
        """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

        horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a
            discount > 0.
        discount : per year, in [0, inf), whatever the model's period.

        The rate of a living customer is a constant, so that only the time for which he is there has to be discounted.
        """
        predictions.speaks_of(self, purchases)
        rate, end = predictions.rate_and_end(self.period, horizon, discount)
        living = attrs.evolve(self._living(purchases.frequency, purchases.age), rate=rate)
        there = time_there(living, np.full(len(purchases), end))
        alive = logistic(-self.log_odds_of_having_left(purchases))
        return sealed(alive * living.w / living.alpha * there)

    def _living(self, frequency: Floats, age: Floats) -> Aging:
        """Customers who are alive at this age."""
        beta = aged(self.b, self.beta, age)
        return Aging(self.r + frequency, self.alpha + age, self.b, self.s, beta)

    @classmethod
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back; weights count. Spend is of no matter.
        prior : what is known beside these data.

        Always finite parameters; where the data have no interior maximum, ``evidence.converged`` is False and
        ``evidence.remark`` names what ran away. The most frequent case, customers who do not age, is told as such: b falls to
        0, and `ParetoNBD` says the same with one parameter less. Raises `Invalid` when nobody came back.
        """
        likelihood = Likelihood.of(purchases)
        found = likelihood.maximum(pull(prior, cls, _NAMES, purchases))
        r, alpha, b, s, beta = np.exp(found.theta).tolist()
        evidence = Evidence.of(found, customers=likelihood.buying.customers, prior=prior)
        return cls(r, alpha, b, s, beta, purchases.period, evidence)

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
        start, model = Likelihood.of(purchases).start, cls.fit(purchases)
        fitted = covariate_fit.fit_with(model, purchases, buying, leaving, otherwise=start, prior=prior)
        assert fitted.evidence is not None
        evidence = _ageless(fitted.evidence, fitted.base.b, fitted.base.beta, purchases)
        return attrs.evolve(fitted, evidence=evidence)


def _ageless(evidence: Evidence, b: float, beta: float, purchases: Purchases) -> Evidence:
    """The evidence, with a remark if what it lacks is that customers age."""
    if evidence.covariance is not None or b * float(purchases.age.max()) >= _AGELESS:
        return evidence
    return attrs.evolve(evidence, remark=_do_not_age(beta / b))


def _do_not_age(ratio: float) -> str:
    return f"b falls to 0: these customers do not age; ParetoNBD, with beta / b = {ratio:.4g}, says the same"
