"""Gamma-Gamma: what a customer spends per purchase, as a compromise between his own mean and everybody's.

The story (Fader, Hardie and Lee 2005, "RFM and CLV", JMR 42(4), 415-430; Fader and Hardie 2013, "The Gamma-Gamma Model
of Monetary Value", whose equation numbers these are; their gamma is our v): amounts of one customer are Gamma(p, nu);
nu differs between customers as Gamma(q, v). How much a customer spends has nothing to do with how often.

With x purchases of sum S, the log-likelihood of the mean m = S / x (equation 1a) is

    -ln B(px, q) - ln m - q ln(1 + S / v) - px ln(1 + v / S).
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.special import digamma, log_beta, trigamma
from relcore.analytics.arrays import Counts, Floats, sealed, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.uncertainty import Evidence, Positive, checked
from relcore.kernel.errors import Invalid

_NAMES = ("p", "q", "v")
_SMALLEST = 1e-290  # a scale that a float can still divide by


@attrs.frozen(repr=False, field_transformer=checked)
class GammaGamma:
    """A fitted (or published) Gamma-Gamma model.

    p : shape of the amounts of one customer (their coefficient of variation is p ** -0.5).
    q, v : shape and scale of the spread between customers; a customer's mean spend is infinite on average if q <= 1.
    currency : of v, and of the spend that comes out; spend in another currency is refused.

    >>> spend = GammaGamma(p=6.25, q=3.74, v=15.44, currency="USD")
    >>> rows = Purchases.from_summary(
    ...     frequency=[0, 2], recency=[0, 5], age=[9, 9], mean_spend=[0, 22.35], period="week", currency="USD"
    ... )
    >>> spend.expected_spend(rows).round(2)
    array([35.22, 24.66])
    """

    p: Positive
    q: Positive
    v: Positive
    currency: str | None = None
    evidence: Evidence | None = None

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    to_json = wire.to_json
    __repr__ = uncertainty.table

    @classmethod
    def fit(cls, purchases: Purchases) -> Self:
        """Maximum likelihood over the customers who came back and spent something, by Newton's method.

        purchases : with spend. Rows without a repeat purchase or with a spend of 0 say nothing about amounts;
            ``evidence.left_out`` and the table tell how many they were.

        Always finite parameters; without an interior maximum (one customer, or all means alike),
        ``evidence.converged`` is False and the remark says which parameters ran away. Raises `Invalid` without amounts,
        or when no row is left.
        """
        spend = _spend(purchases)
        used = (purchases.frequency > 0) & (spend > 0)
        rows = purchases.where(used)
        if not len(rows):
            remedy = "observe longer: the first purchase alone does not count"
            raise Invalid(
                "purchases", "must hold a customer who came back and spent something", len(purchases), remedy
            )
        likelihood = Likelihood.of(rows)
        found = maximum(likelihood.at, likelihood.start(), _NAMES)
        evidence = Evidence.of(
            found, customers=float(rows.weight.sum()), left_out=float(purchases.weight[~used].sum())
        )
        p, q, v = np.exp(found.theta).tolist()
        return cls(p, q, v, purchases.currency, evidence)

    def expected_spend(self, purchases: Purchases) -> Floats:
        """(n,) mean amount per future purchase, > 0: equation (5), p (v + S) / (p x + q - 1).

        A one-time buyer gets the population's mean, p v / (q - 1). Infinite where p x + q <= 1: with so heavy a tail the
        mean does not exist (a fit with q <= 1 says that for every one-time buyer).
        """
        spend = self._in_its_currency(purchases)
        weight = self.p * purchases.frequency + (self.q - 1.0)
        known = weight > 0
        expected = np.full(len(purchases), np.inf)
        np.divide(self.p * (self.v + spend), weight, out=expected, where=known)
        return sealed(expected)

    def amounts_drawn(self, purchases: Purchases, who: Counts, *, random: np.random.Generator) -> Floats:
        """(m,) an amount for each purchase to come, made by the customer in row ``who`` (m,).

        A customer's scale nu is Gamma(p x + q, v + S) by what is known of him (after equation 4), and his amounts share it.
        """
        spend = self._in_its_currency(purchases)
        nu = random.gamma(self.p * purchases.frequency + self.q) / (self.v + spend)
        amounts: Floats = random.gamma(self.p, size=who.size) / np.maximum(nu, _SMALLEST)[who]
        return amounts

    def _in_its_currency(self, purchases: Purchases) -> Floats:
        spend = _spend(purchases)
        if purchases.currency != self.currency:
            remedy = "fit a model per currency"
            raise Invalid(
                "currency",
                f"of the purchases must be the model's, {self.currency}",
                purchases.currency,
                remedy,
            )
        return spend

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)


def _spend(purchases: Purchases) -> Floats:
    if purchases.spend is None:
        raise Invalid("spend", "must be known", None, "make the purchases with amount= (or mean_spend=)")
    return purchases.spend


@attrs.frozen(eq=False)
class Likelihood:
    """The sum of equation (1a) for one set of customers as a function of theta = ln (p, q, v)."""

    count: Floats  # (k,) distinct numbers of purchases
    customers: Floats  # (k,) sum of weights
    x: Floats  # (m,) of the distinct rows, like the next two
    spend: Floats
    weight: Floats

    @classmethod
    def of(cls, purchases: Purchases) -> Likelihood:
        """Distinct (x, S); all x and S are > 0."""
        still = np.zeros(len(purchases))
        apart = attrs.evolve(purchases, recency=still + 1.0, age=still + 1.0, log_gaps=None)
        rows = apart.collapse().rows
        count, which = np.unique(rows.frequency, return_inverse=True)
        customers = summed(which, rows.weight, count.size)
        spend = _spend(rows)
        return cls(count, customers, rows.frequency, spend, rows.weight)

    def start(self) -> Floats:
        """Amounts that vary as much within as between customers, around the mean of the data."""
        mean = float(self.weight @ (self.spend / self.x) / self.weight.sum())
        return np.log([2.0, 3.0, mean])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (3,) and Hessian (3, 3) in theta."""
        p, q, v = np.exp(theta).tolist()
        x, spend, weight, total = self.x, self.spend, self.weight, float(self.weight.sum())
        px = p * self.count
        up, down = np.log1p(spend / v), np.log1p(v / spend)
        share = 1.0 / (v + spend)
        value = (
            -self.customers @ log_beta(px, q)
            - weight @ np.log(spend / x) - q * (weight @ up) - p * ((weight * x) @ down)
        )  # fmt: skip
        both = digamma(px + q)
        gradient = np.array(
            [
                (self.customers * self.count) @ (both - digamma(px)) - (weight * x) @ down,
                self.customers @ both - total * float(digamma(q)) - weight @ up,
                total * q / v - (weight * (p * x + q)) @ share,
            ]
        )
        bend = trigamma(px + q)
        hessian = np.empty((3, 3))
        hessian[0, 0] = (self.customers * self.count**2) @ (bend - trigamma(px))
        hessian[0, 1] = hessian[1, 0] = (self.customers * self.count) @ bend
        hessian[0, 2] = hessian[2, 0] = -(weight * x) @ share
        hessian[1, 1] = self.customers @ bend - total * float(trigamma(q))
        hessian[1, 2] = hessian[2, 1] = weight @ (spend * share) / v
        hessian[2, 2] = (weight * (p * x + q)) @ share**2 - total * q / v**2
        return in_logs(theta, float(value), gradient, hessian)
