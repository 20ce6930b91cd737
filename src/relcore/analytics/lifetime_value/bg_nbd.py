"""BG/NBD: a customer buys at a constant rate while alive, and may drop out for good after any purchase.

The story (Fader, Hardie and Lee 2005, "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284;
equation numbers are theirs): while alive, purchases are a Poisson process with rate lambda; after each purchase the
customer drops out with probability p; lambda differs between customers as Gamma(r, alpha), p as Beta(a, b).

Written here as two ways for a history (x, t_x, T) to come about: alive until T, or, for x > 0, dropped out at t_x. The
second is e^L times as likely as the first, with

    L = ln a - ln(b + x - 1) + (r + x) ln((alpha + T) / (alpha + t_x)),

so that P(alive) = 1 / (1 + e^L) and the log-likelihood (equation 6) is a sum without differences of large numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.dropout_average import purchases_while_alive
from relcore.analytics._numerics.newton import Point, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.special import incomplete_beta, log_beta, logistic
from relcore.analytics.arrays import Floats, floats, sealed, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import validation
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.analytics.uncertainty import Evidence, Positive, checked
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from attrs import Attribute

_NAMES = ("r", "alpha", "a", "b")


def _is_a_period(_model: object, _field: Attribute[Period], period: Period) -> None:
    days_per(period)


@attrs.frozen(repr=False, field_transformer=checked)
class BetaGeoNBD:
    """A fitted (or published) BG/NBD model.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period``.
    a, b : dropout probabilities are Beta(a, b), with mean a / (a + b) per purchase.
    period : the unit of time of alpha; purchases in another unit are refused.

    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> customer = Purchases.from_summary(frequency=[2], recency=[30.43], age=[38.86], period="week")
    >>> model.expected_purchases(customer, horizon=39).round(3)
    array([1.226])
    """

    r: Positive
    alpha: Positive
    a: Positive
    b: Positive
    period: Period = attrs.field(validator=_is_a_period)
    evidence: Evidence | None = None

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    validate = validation.validate
    to_json = wire.to_json
    __repr__ = uncertainty.table

    @classmethod
    def fit(cls, purchases: Purchases) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back; weights count. Spend is of no matter.

        The estimates do not depend on the unit of time (but alpha, which is one). A fit always comes back with finite
        parameters; where the data have no interior maximum (all customers alike, or nobody drops out),
        ``evidence.converged`` is False and ``evidence.remark`` names the parameters that ran away. Raises `Invalid`
        when nobody came back: such data tell nothing about rates or dropout.
        """
        likelihood = Likelihood.of(purchases)
        found = maximum(likelihood.at, likelihood.start(), _NAMES)
        covariance = found.covariance
        evidence = Evidence(
            covariance=None if covariance is None else tuple(map(tuple, covariance.tolist())),
            log_likelihood=found.value,
            customers=float(purchases.weight.sum()),
            left_out=0.0,
            converged=found.converged,
            remark=found.remark,
        )
        r, alpha, a, b = np.exp(found.theta).tolist()
        return cls(r, alpha, a, b, purchases.period, evidence)

    def log_likelihood(self, purchases: Purchases) -> float:
        """How likely the model finds these histories: the log of equation (6), weighted and summed; 0 for n = 0."""
        self._speaks_of(purchases)
        if not len(purchases):
            return 0.0
        theta = np.log([self.r, self.alpha, self.a, self.b])
        return Likelihood.of(purchases, anybody=True).at(theta).value

    def probability_alive(self, purchases: Purchases) -> Floats:
        """(n,) the chance of not having dropped out by the end of observation, in [0, 1].

        The model lets customers drop out only after a purchase that follows another: it is 1 for a one-time buyer,
        whatever his age. Fader and Hardie (2008), "Computing P(alive) Using the BG/NBD Model".

        >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
        >>> rows = Purchases.from_summary(frequency=[0, 26], recency=[0, 30.86], age=[31, 31], period="week")
        >>> model.probability_alive(rows).round(3)
        array([1.   , 0.969])
        """
        self._speaks_of(purchases)
        return sealed(self._alive(purchases))

    def expected_purchases(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0: equation (10).

        horizon : a number of the model's periods, or a `Span`, which is converted; 0 gives 0.

        >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
        >>> rows = Purchases.from_summary(frequency=[2], recency=[30.43], age=[38.86], period="week")
        >>> model.expected_purchases(rows, horizon=Span(273, "day")).round(3)
        array([1.226])
        """
        self._speaks_of(purchases)
        ahead = horizon_in(self.period, horizon)
        # What is still to come from a living customer depends on frequency and age alone, which many customers share.
        shared = distinct([(purchases.frequency, 1.0), (purchases.age, days_per(self.period))])
        x, age = purchases.frequency[shared.first], purchases.age[shared.first]
        alive_still = purchases_while_alive(self.r + x, ahead / (self.alpha + age), self.a, self.b + x)
        return sealed(alive_still[shared.index] * self._alive(purchases))

    def probability_of_purchases(
        self, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of ``at_least`` so many purchases in the ``horizon`` after the end of observation, in [0, 1].

        at_least : a whole number >= 0, or (n,) of them. Exactly k is the chance of at least k less that of k + 1.
        horizon : a number of the model's periods, or a `Span`.

        Who is alive makes an m-th purchase when m fall into the horizon and none of the m - 1 before was the last:

            P(alive) B(a, b + x + m - 1) / B(a, b + x) I_z(m, r + x),    z = t / (alpha + T + t),

        which is equation (8) for the parameters that a history leaves, summed from m on; its sum over m >= 1 is
        equation (10).

        >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
        >>> rows = Purchases.from_summary(
        ...     frequency=[2, 0], recency=[30.43, 0], age=[38.86, 38.86], period="week"
        ... )
        >>> model.probability_of_purchases(rows, horizon=39).round(3)
        array([0.555, 0.145])
        """
        self._speaks_of(purchases)
        ahead = horizon_in(self.period, horizon)
        count = np.asarray(at_least, dtype=np.float64)
        if count.shape not in {(), (len(purchases),)}:
            raise Invalid("at_least", "must be one number, or one per customer", count.shape)
        if not (np.isfinite(count) & (count >= 0) & (count == np.floor(count))).all():
            raise Invalid("at_least", "must be whole and >= 0", at_least)
        m = np.maximum(count, 1.0)
        left = self.b + purchases.frequency
        still = np.exp(log_beta(self.a, left + (m - 1.0)) - log_beta(self.a, left))
        reached = incomplete_beta(
            m, self.r + purchases.frequency, ahead / (self.alpha + purchases.age + ahead)
        )
        return sealed(np.where(count == 0, 1.0, self._alive(purchases) * still * reached))

    def expected_purchases_of_newcomer(self, horizon: ArrayLike) -> Floats:
        """(n,) purchases after the first that a random new customer makes in each of these times: equation (9).

        horizon : (n,) periods since the first purchase, >= 0 and finite.

        >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
        >>> model.expected_purchases_of_newcomer([0, 1, 39]).round(3)
        array([0.   , 0.053, 1.197])
        """
        ahead = floats(np.atleast_1d(np.asarray(horizon, dtype=np.float64)))
        if not (np.isfinite(ahead) & (ahead >= 0)).all():
            raise Invalid("horizon", f"must be finite numbers of {self.period}s, 0 or more", ahead.min())
        ones = np.ones(ahead.size)
        return sealed(purchases_while_alive(self.r * ones, ahead / self.alpha, self.a, self.b * ones))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    def _alive(self, purchases: Purchases) -> Floats:
        return logistic(-_log_odds_of_dropout(purchases, self.r, self.alpha, self.a, self.b))

    def _speaks_of(self, purchases: Purchases) -> None:
        if purchases.period != self.period:
            remedy = f'make them with period="{self.period}", or fit a model to them'
            raise Invalid(
                "period", f"of the purchases must be the model's, {self.period}", purchases.period, remedy
            )


def _log_odds_of_dropout(rows: Purchases, r: float, alpha: float, a: float, b: float) -> Floats:
    """L above; minus infinity without a repeat purchase."""
    x = rows.frequency
    back = x > 0
    odds = np.log(a) - np.log(b + (np.maximum(x, 1.0) - 1.0))
    odds += (r + x) * np.log1p((rows.age - rows.recency) / (alpha + rows.recency))
    return np.where(back, odds, -np.inf)


@attrs.frozen(eq=False)
class Likelihood:
    """Equation (6) for one set of histories as a function of theta = ln (r, alpha, a, b), with both derivatives.

    Gamma terms depend on x alone and are summed over its counts; ln(alpha + T) on the age alone; only customers who came
    back have two ways to their history.
    """

    total: float
    purchases: float
    exposure: float
    counts: RisingFactorials
    age: Floats  # (k,) distinct ages
    customers_of_age: Floats  # (k,) sum of weights
    purchases_of_age: Floats  # (k,) sum of weight * x
    x: Floats  # (m,) of the distinct histories with x > 0, like the next three
    recency: Floats
    back_age: Floats
    weight: Floats

    @classmethod
    def of(cls, purchases: Purchases, *, anybody: bool = False) -> Likelihood:
        """The sufficient statistics of these purchases; refuses those in which nobody came back, unless anybody will do."""
        rows = purchases.without_spend().collapse().rows
        count = float(rows.weight @ rows.frequency)
        if not count > 0 and not anybody:
            remedy = (
                "observe longer: one-time buyers alone tell nothing about how often or how long customers buy"
            )
            raise Invalid("purchases", "must hold a customer who came back", len(purchases), remedy)
        age, which = np.unique(rows.age, return_inverse=True)
        back = rows.frequency > 0
        return cls(
            total=float(rows.weight.sum()),
            purchases=count,
            exposure=float(rows.weight @ rows.age),
            counts=RisingFactorials.of(rows.frequency, rows.weight),
            age=age,
            customers_of_age=summed(which, rows.weight, age.size),
            purchases_of_age=summed(which, rows.weight * rows.frequency, age.size),
            x=rows.frequency[back],
            recency=rows.recency[back],
            back_age=rows.age[back],
            weight=rows.weight[back],
        )

    def start(self) -> Floats:
        """Where the climb begins: half the mean exposure's purchases in spread, a dropout chance of one in five."""
        return np.log([0.5, 0.5 * self.exposure / self.purchases, 0.6, 2.4])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4,) and Hessian (4, 4) in theta."""
        r, alpha, a, b = np.exp(theta).tolist()
        x, weight = self.x, self.weight
        of_r, of_b, of_ab = self.counts.at(r), self.counts.at(b), self.counts.at(a + b)
        rate = 1.0 / (alpha + self.age)
        log_age = np.log(alpha + self.age)
        n, k = self.customers_of_age, self.purchases_of_age
        exponent = r * n + k

        # The log odds L of having dropped out at t_x, with first derivatives as rows and the second where not 0.
        early, late = 1.0 / (alpha + self.recency), 1.0 / (alpha + self.back_age)
        lapse = np.log1p((self.back_age - self.recency) * early)
        inverse = 1.0 / (b + (x - 1.0))
        odds = (r + x) * lapse + np.log(a) + np.log(inverse)
        slower = late - early
        slopes = np.stack([lapse, (r + x) * slower, np.full(x.size, 1.0 / a), -inverse])
        gone, still = logistic(odds), logistic(-odds)
        weighted = weight * gone
        spread = weighted * still

        value = (
            of_r.value + of_b.value - of_ab.value
            + self.total * r * np.log(alpha) - exponent @ log_age
            + weight @ np.logaddexp(0.0, odds)
        )  # fmt: skip
        gradient = slopes @ weighted
        gradient += [
            of_r.slope + self.total * np.log(alpha) - n @ log_age,
            self.total * r / alpha - exponent @ rate,
            -of_ab.slope,
            of_b.slope - of_ab.slope,
        ]
        hessian = (slopes * spread) @ slopes.T
        hessian[0, 0] += of_r.curvature
        hessian[1, 1] += (
            exponent @ rate**2 - self.total * r / alpha**2
            + weighted @ ((r + x) * (early**2 - late**2))
        )  # fmt: skip
        cross = self.total / alpha - n @ rate + weighted @ slower
        hessian[0, 1] += cross
        hessian[1, 0] += cross
        hessian[2:, 2:] -= of_ab.curvature
        hessian[2, 2] -= weighted.sum() / a**2
        hessian[3, 3] += of_b.curvature + weighted @ inverse**2

        natural = np.array([r, alpha, a, b])
        gradient *= natural
        hessian *= np.outer(natural, natural)
        hessian[np.diag_indices(4)] += gradient
        return Point(theta, float(value), gradient, hessian)
