"""What Gamma-Gamma makes of customers' spend: the log-likelihood of mean and of single amounts, with derivatives.

Equations are those of Fader and Hardie 2013; see `gamma_gamma` for the story.
"""

from __future__ import annotations

import attrs
import numpy as np

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.newton import Point, in_logs
from relcore.analytics._numerics.special import digamma, log_beta, log_gamma, trigamma
from relcore.analytics.arrays import Floats, Mask, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.kernel.errors import Invalid

NAMES = ("p", "q", "v")


def spend_of(purchases: Purchases) -> Floats:
    """(n,) the sums; refuses purchases without."""
    if purchases.spend is None:
        raise Invalid("spend", "must be known", None, "make the purchases with amount= (or mean_spend=)")
    return purchases.spend


def log_amounts_of(purchases: Purchases) -> Floats:
    """(n,) the sums of logs; refuses purchases without."""
    if purchases.log_amounts is None:
        remedy = (
            "make the purchases from a log of orders, or give log_amounts= beside their summary, or use fit"
        )
        raise Invalid("log_amounts", "must be known to fit single amounts", None, remedy)
    return purchases.log_amounts


def rows_of(purchases: Purchases, used: Mask) -> Purchases:
    """Those of whom amounts are known; refuses if nobody is."""
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
        shared = distinct([(purchases.frequency, 1.0), (spend_of(purchases), 100.0)])
        x, spend = purchases.frequency[shared.first], spend_of(purchases)[shared.first]
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
            evenness=float(purchases.weight @ log_amounts_of(purchases) - each @ sums),
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


def means_of_each(theta: Floats, x: Floats, spend: Floats) -> Floats:
    """(n,) equation (1a); x and S are > 0."""
    p, q, v = np.exp(theta).tolist()
    value: Floats = -log_beta(p * x, q) - np.log(spend / x)
    value -= q * np.log1p(spend / v) + p * x * np.log1p(v / spend)
    return value


def amounts_of_each(theta: Floats, x: Floats, spend: Floats, logs: Floats) -> Floats:
    """(n,) the same for all amounts of a customer, whose logs have this sum."""
    p, sums = float(np.exp(theta[0])), np.log(spend)
    shares = log_gamma(p * x) - x * log_gamma(p) + (p - 1.0) * (logs - x * sums)
    return means_of_each(theta, x, spend) + shares - (x - 1.0) * sums - np.log(x)
