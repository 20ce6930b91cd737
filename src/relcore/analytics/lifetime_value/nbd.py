"""NBD: a customer buys at a constant rate for ever. Nobody leaves: what every other model here has to beat.

The story (Ehrenberg 1959, The Pattern of Consumer Purchases, Applied Statistics 8(1), 26-41; in the notation of Fader and
Hardie 2005, "A Note on Deriving the Pareto/NBD Model"): purchases are a Poisson process with rate lambda; lambda differs
between customers as Gamma(r, alpha). A history of x purchases in (0, T], whenever they came, has the likelihood

    Gamma(r + x) / Gamma(r) * alpha^r / (alpha + T)^(r + x).

It is that of the times of the purchases, as in the other models, so that log-likelihoods can be compared; software that
models the count alone adds the constant ln(T^x / x!).
"""

from __future__ import annotations

from typing import ClassVar, Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics import mixed_poisson
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics.arrays import Floats
from relcore.analytics.columns import struct
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import (
    bootstrap,
    covariate_fit,
    futures,
    predictions,
    purchase_counts,
    terms,
    validation,
)
from relcore.analytics.lifetime_value.futures import Stay, purchases_drawn
from relcore.analytics.lifetime_value.predictions import purchases_asked
from relcore.analytics.lifetime_value.with_covariates import WithCovariates
from relcore.analytics.period import Period, days_per, is_a_period
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Duration, Evidence, Positive, checked
from relcore.kernel.errors import Invalid

_NAMES = ("r", "alpha")
_ENOUGH = 3000  # distinct histories that show where the peak of many more must be near


@attrs.frozen(eq=False)
class Likelihood:
    """Customers who never leave, as a function of theta = ln (r, alpha), with both derivatives.

    Gamma terms depend on x alone and are summed over its counts, ln(alpha + T) on the age alone. The other models are this
    one and what leaving adds to it.
    """

    rows: Purchases  # the distinct histories, with their weights
    customers: float
    purchases: float
    exposure: float
    counts: RisingFactorials
    age: Floats  # (k,) distinct ages
    customers_of_age: Floats  # (k,) sum of weights
    purchases_of_age: Floats  # (k,) sum of weight * x

    @classmethod
    def of(cls, purchases: Purchases, *, anybody: bool = False) -> Likelihood:
        """What these purchases tell; refuses those in which nobody came back, unless anybody will do."""
        rows = purchases_asked(purchases).histories().collapse().rows
        if not rows.frequency.any() and not anybody:
            remedy = (
                "observe longer: one-time buyers alone tell nothing about how often or how long customers buy"
            )
            raise Invalid("purchases", "must hold a customer who came back", len(purchases), remedy)
        return cls.of_distinct(rows)

    @classmethod
    def of_distinct(cls, rows: Purchases) -> Likelihood:
        """What these histories tell, of which no two are alike."""
        ages = distinct([(rows.age, days_per(rows.period))])
        return cls(
            rows=rows,
            customers=float(rows.weight.sum()),
            purchases=float(rows.weight @ rows.frequency),
            exposure=float(rows.weight @ rows.age),
            counts=RisingFactorials.of(rows.frequency, rows.weight),
            age=rows.age[ages.first],
            customers_of_age=ages.sums(rows.weight),
            purchases_of_age=ages.sums(rows.weight * rows.frequency),
        )

    def part(self) -> Likelihood | None:
        """Of some of the histories, which show where the peak of all is near; None where there are few."""
        step = len(self.rows) // _ENOUGH
        if step < 2:
            return None
        weight = self.rows.weight
        many = weight > step
        some = np.cumsum(~many) % step == 0
        shared = struct.derived(self.rows, {"weight": np.where(many, weight / step, weight)})
        return Likelihood.of_distinct(shared.where(many | some))

    def start(self) -> Floats:
        """Where the climb begins: rates of shape 0.5 around twice the mean rate of the data."""
        return np.log([0.5, 0.5 * self.exposure / self.purchases])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (2,) and Hessian (2, 2) in theta."""
        r, alpha = np.exp(theta).tolist()
        return in_logs(theta, *self.derivatives(r, alpha))

    def derivatives(self, r: float, alpha: float) -> tuple[float, Floats, Floats]:
        """Value, gradient (2,) and Hessian (2, 2) in r and alpha."""
        of_r = self.counts.at(r)
        rate, log_age = 1.0 / (alpha + self.age), np.log(alpha + self.age)
        total, exponent = self.customers, r * self.customers_of_age + self.purchases_of_age
        value = of_r.value + total * r * np.log(alpha) - exponent @ log_age
        gradient = np.array(
            [
                of_r.slope + total * np.log(alpha) - self.customers_of_age @ log_age,
                total * r / alpha - exponent @ rate,
            ]
        )
        cross = total / alpha - self.customers_of_age @ rate
        hessian = np.array([[of_r.curvature, cross], [cross, exponent @ rate**2 - total * r / alpha**2]])
        return float(value), gradient, hessian


@attrs.frozen(repr=False, field_transformer=checked)
class PlainNBD:
    """A fitted (or published) NBD model: P(alive) is 1, and what is expected grows for ever with time.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period``.
    period : the unit of time of alpha; purchases in another unit are refused.

    >>> model = PlainNBD(r=0.385, alpha=12.08, period="week")
    >>> customer = Purchases.from_summary(frequency=[2], recency=[30.43], age=[38.86], period="week")
    >>> model.expected_purchases(customer, horizon=39).round(3)
    array([1.826])
    """

    r: Positive
    alpha: Duration
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    leaving_scale: ClassVar[str | None] = None

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
        """How likely the model finds these histories: weighted and summed, 0 for n = 0."""
        predictions.speaks_of(self, purchases)
        return Likelihood.of(purchases, anybody=True).derivatives(self.r, self.alpha)[0]

    terms = terms.of_nbd

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    def log_odds_of_having_left(self, purchases: Purchases) -> Floats:
        """(n,) minus infinity: the log of no chance at all."""
        return np.full(len(purchases), -np.inf)

    def purchases_if_alive(self, frequency: Floats, age: Floats, ahead: float | Floats) -> Floats:
        """(n,) the mean rate, as the history has left it, for as long."""
        return (self.r + frequency) / (self.alpha + age) * ahead

    def stays_if_alive(self, frequency: Floats, _age: Floats, _ahead: float) -> Floats:
        """(n,) ones."""
        return np.ones(frequency.size)

    def none_if_alive(self, frequency: Floats, age: Floats, ahead: float) -> Floats:
        """(n,) at a rate that is Gamma(r + x, alpha + T)."""
        return none_by_rate(self.r + frequency, ahead / (self.alpha + age))

    def at_least_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) the m-th purchase falls into the time ahead."""
        return mixed_poisson.at_least(self.r + frequency, ahead / (self.alpha + age), count)

    def exactly_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float) -> Floats:
        """(n,) the negative binomial distribution."""
        w, y = self.r + frequency, ahead / (self.alpha + age)
        chance: Floats = np.exp(mixed_poisson.log_exactly(w, y, count))
        return chance

    def first_if_alive(self, frequency: Floats, age: Floats, chance: Floats) -> Floats:
        """(n,) at a rate that is Gamma(r + x, alpha + T)."""
        return mixed_poisson.time_of_first(self.r + frequency, chance) * (self.alpha + age)

    def log_chance_to_stay(self, frequency: Floats, _age: Floats) -> Floats:
        """(n,) zeros."""
        return np.zeros(frequency.size)

    def stay_drawn(self, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
        """(n,) to the end, at a rate of his own."""
        rate = random.gamma(self.r + purchases.frequency) / (self.alpha + purchases.age)
        count = purchases_drawn(rate, ahead, random)
        return Stay(count, np.full(count.size, ahead), np.zeros(count.size, dtype=np.bool_))

    @classmethod
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back; weights count. Spend and recency are of no matter.
        prior : what is known beside these data.

        Always finite parameters; where customers differ no more than chance makes them, r and alpha grow without bound
        (everybody buys at one rate), ``evidence.converged`` is False and the remark says so. Raises `Invalid` when nobody
        came back.
        """
        likelihood = Likelihood.of(purchases)
        found = maximum(likelihood.at, likelihood.start(), _NAMES, pull(prior, cls, _NAMES, purchases))
        r, alpha = np.exp(found.theta).tolist()
        return cls(
            r, alpha, purchases.period, Evidence.of(found, customers=likelihood.customers, prior=prior)
        )

    @classmethod
    def fit_with(
        cls, purchases: Purchases, *, buying: Covariates | None = None, prior: Prior | None = None
    ) -> WithCovariates[Self]:
        """Maximum likelihood with effects of covariates on buying, by Newton's method with the exact Hessian.

        buying : what is known of the customers, by their ids: of all of them and of nobody else.
        prior : what is known beside these data: of a customer all of whose covariates are 0, and of effects.

        Where the data put no bound on an effect, ``evidence.converged`` is False and ``evidence.remark`` names it. Raises `Invalid`
        for what `fit` refuses, for a covariate that is the same for all, and for one that the others tell.
        """
        model = cls.fit(purchases)
        start = Likelihood.of(purchases).start
        return covariate_fit.fit_with(model, purchases, buying, None, otherwise=start, prior=prior)


def none_by_rate(shape: Floats, ahead: Floats) -> Floats:
    """(n,) chance of no purchase while alive, at a rate that is Gamma(shape, 1): (1 + ahead)^-shape."""
    chance: Floats = np.exp(-shape * np.log1p(ahead))
    return chance
