"""Gamma-Gamma: what a customer spends per purchase, as a compromise between his own mean and everybody's.

The story (Fader, Hardie and Lee 2005, "RFM and CLV", JMR 42(4), 415-430; Fader and Hardie 2013, "The Gamma-Gamma Model
of Monetary Value", whose equation numbers these are; their gamma is our v): amounts of one customer are Gamma(p, nu);
nu differs between customers as Gamma(q, v). How much a customer spends has nothing to do with how often.

With x purchases of sum S, the log-likelihood of the mean m = S / x (equation 1a) is

    -ln B(px, q) - ln m - q ln(1 + S / v) - px ln(1 + v / S).

The single amounts z say more: given their sum, the shares z / S are Dirichlet(p, ..., p), whatever nu is, so that what they add
is a function of p alone,

    ln Gamma(px) - x ln Gamma(p) + (p - 1) (sum of ln z - x ln S),

up to a constant. Both together are the density of all amounts, of which x, S and the sum of ln z are all that is needed.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.special import digamma, log_beta, log_gamma, trigamma
from relcore.analytics.arrays import Counts, Floats, Mask, sealed, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Evidence, Positive, checked
from relcore.kernel.errors import Invalid

_NAMES = ("p", "q", "v")
MEANS, AMOUNTS = "mean amounts", "single amounts"
"""What a fit has looked at, as its evidence says."""
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
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood of the mean amounts of those who came back and spent something, by Newton's method.

        purchases : with spend. Rows without a repeat purchase or with a spend of 0 say nothing about amounts;
            ``evidence.left_out`` and the table tell how many they were.
        prior : what is known beside these data, in their currency.

        `fit_amounts` takes the single amounts, where they are known, and is surer of p.

        Always finite parameters; without an interior maximum (one customer, or all means alike),
        ``evidence.converged`` is False and the remark says which parameters ran away. Raises `Invalid` without amounts,
        or when no row is left.
        """
        used = (purchases.frequency > 0) & (_spend(purchases) > 0)
        return cls._fitted(purchases, used, Likelihood.of(_rows(purchases, used)), MEANS, prior)

    @classmethod
    def fit_amounts(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood of every single amount after the first, by Newton's method.

        purchases : with spend and ``log_amounts``, as they are when made from a log of orders. Rows are left out as in `fit`,
            and so are customers one of whose purchases was for nothing: an amount of 0 has no density.
        prior : what is known beside these data, in their currency.

        The parameters mean what they mean in `fit`. Both are right when the model is; the means see how much a customer's
        amounts vary only through how far the means of many purchases lie closer together than those of few, this sees the
        amounts themselves, and is surer of p by a factor of several. Where one customer's amounts are not gamma distributed
        (one price for all, say), the two differ, and the means are what predictions are made from. Their log-likelihoods are
        of different things and cannot be compared. Errors as in `fit`, and `Invalid` without ``log_amounts``.
        """
        logs = _log_amounts(purchases)
        used = (purchases.frequency > 0) & (_spend(purchases) > 0) & np.isfinite(logs)
        return cls._fitted(purchases, used, Likelihood.of_amounts(_rows(purchases, used)), AMOUNTS, prior)

    @classmethod
    def _fitted(
        cls, purchases: Purchases, used: Mask, likelihood: Likelihood, seen: str, prior: Prior | None
    ) -> Self:
        found = maximum(likelihood.at, likelihood.start(), _NAMES, pull(prior, cls, _NAMES, purchases))
        customers, left_out = float(purchases.weight[used].sum()), float(purchases.weight[~used].sum())
        evidence = Evidence.of(found, customers=customers, left_out=left_out, seen=seen, prior=prior)
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


def _log_amounts(purchases: Purchases) -> Floats:
    if purchases.log_amounts is None:
        remedy = (
            "make the purchases from a log of orders, or give log_amounts= beside their summary, or use fit"
        )
        raise Invalid("log_amounts", "must be known to fit single amounts", None, remedy)
    return purchases.log_amounts


def _rows(purchases: Purchases, used: Mask) -> Purchases:
    if not used.any():
        remedy = "observe longer: the first purchase alone does not count"
        raise Invalid(
            "purchases", "must hold a customer who came back and spent something", len(purchases), remedy
        )
    return purchases.where(used)


@attrs.frozen(eq=False)
class Shares:
    """What the shares of single amounts in their sum add, as a function of p alone."""

    count: Floats  # (k,) distinct numbers of purchases
    customers: Floats  # (k,) sum of weights
    purchases: float
    evenness: float  # sum of ln(z / S) over all amounts
    constant: float  # from densities of means to those of amounts

    def at(self, p: float) -> tuple[float, float, float]:
        """Value, slope and curvature in p."""
        count, customers = self.count, self.customers
        value = customers @ log_gamma(p * count) - self.purchases * float(log_gamma(p))
        slope = (customers * count) @ digamma(p * count) - self.purchases * float(digamma(p))
        bend = (customers * count**2) @ trigamma(p * count) - self.purchases * float(trigamma(p))
        return (
            float(value + (p - 1.0) * self.evenness + self.constant),
            float(slope + self.evenness),
            float(bend),
        )


@attrs.frozen(eq=False)
class Likelihood:
    """One set of customers as a function of theta = ln (p, q, v): equation (1a), and what single amounts add if known."""

    count: Floats  # (k,) distinct numbers of purchases
    customers: Floats  # (k,) sum of weights
    x: Floats  # (m,) of the distinct rows, like the next two
    spend: Floats
    weight: Floats
    shares: Shares | None = None

    @classmethod
    def of(cls, purchases: Purchases) -> Likelihood:
        """Distinct (x, S); all x and S are > 0."""
        shared = distinct([(purchases.frequency, 1.0), (_spend(purchases), 100.0)])
        x, spend = purchases.frequency[shared.first], _spend(purchases)[shared.first]
        weight = summed(shared.index, purchases.weight, x.size)
        count, which = np.unique(x, return_inverse=True)
        return cls(count, summed(which, weight, count.size), x, spend, weight)

    @classmethod
    def of_amounts(cls, purchases: Purchases) -> Likelihood:
        """The same, and how the sums fall into single amounts, all of which are > 0."""
        means = cls.of(purchases)
        each = means.weight * means.x
        sums = np.log(means.spend)
        shares = Shares(
            count=means.count,
            customers=means.customers,
            purchases=float(each.sum()),
            evenness=float(purchases.weight @ _log_amounts(purchases) - each @ sums),
            constant=float((means.weight - each) @ sums - means.weight @ np.log(means.x)),
        )
        return attrs.evolve(means, shares=shares)

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
        if self.shares is not None:
            more, slope, curvature = self.shares.at(p)
            value += more
            gradient[0] += slope
            hessian[0, 0] += curvature
        return in_logs(theta, float(value), gradient, hessian)
