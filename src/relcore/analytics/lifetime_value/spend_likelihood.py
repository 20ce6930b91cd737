"""What Gamma-Gamma makes of customers' spend: the log-likelihood of mean and of single amounts, with derivatives.

Equations are those of Fader and Hardie 2013; see `gamma_gamma` for the story.
"""

from __future__ import annotations

import attrs
import numpy as np

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.log_beta import log_beta
from relcore.analytics._numerics.newton import Point, in_logs
from relcore.analytics._numerics.special import digamma, log_gamma, trigamma
from relcore.analytics.arrays import Floats, Mask, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.predictions import purchases_asked
from relcore.kernel.errors import Invalid

NAMES = ("p", "q", "v")


def spend_of(purchases: Purchases) -> Floats:
    """(n,) the sums; refuses purchases without."""
    spend = purchases_asked(purchases).spend
    if spend is None:
        raise Invalid("spend", "must be known", None, "make the purchases with amount= (or mean_spend=)")
    return spend


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
    return purchases if used.all() else purchases.where(used)


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
    powers: Floats  # (3, k) customers * (1, count, count^2)
    x: Floats  # (m,) of the rows, like the next three
    spend: Floats
    log_spend: Floats
    weight: Floats
    sums: Floats  # (3, m) weight * (1, x, S), for sums over customers
    total: float  # sum of weights
    log_means: float  # sum of weight * ln(S / x)
    shares: Shares | None = None

    @classmethod
    def of(cls, purchases: Purchases) -> Likelihood:
        """All x and S are > 0."""
        x, spend, weight = _rows(purchases)
        count, customers = _counted(x, weight)
        logs = np.log(spend)
        return cls(
            count=count,
            customers=customers,
            powers=np.stack([customers, customers * count, customers * count**2]),
            x=x,
            spend=spend,
            log_spend=logs,
            weight=weight,
            sums=np.stack([weight, weight * x, weight * spend]),
            total=float(weight.sum()),
            log_means=float(weight @ logs - customers @ np.log(count)),
        )

    @classmethod
    def of_amounts(cls, purchases: Purchases) -> Likelihood:
        """The same, and how the sums fall into single amounts, all of which are > 0."""
        means = cls.of(purchases)
        each, sums = means.sums[1], means.log_spend
        shares = Shares(
            count=means.count,
            customers=means.customers,
            purchases=float(each.sum()),
            evenness=float(purchases.weight @ log_amounts_of(purchases) - each @ sums),
            constant=float((means.weight - each) @ sums - means.weight @ np.log(means.x)),
        )
        return attrs.evolve(means, shares=shares)

    def start(self) -> Floats:
        """From how much the logs of means vary, psi'(px) + psi'(q), of which the first is about 1 / (px) and the second 1 / (q - 0.5)."""
        weight, few, total = self.weight, 1.0 / self.x, self.total
        log_mean = self.log_spend - np.log(self.x)
        off = (log_mean - weight @ log_mean / total) ** 2
        leaning = weight * (few - weight @ few / total)
        steep, spread = float(leaning @ off), float(leaning @ few)
        within = min(max(steep / spread, 0.05), 2.0) if spread > 0 else 0.25
        between = float(weight @ off - within * (weight @ few)) / total
        p, q = 1.0 / within, 0.5 + 1.0 / min(max(between, 0.05), 1.0)
        mean = float(weight @ (self.spend * few)) / total
        return np.log([p, q, mean * (q - 1.0) / p])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (3,) and Hessian (3, 3) in theta."""
        p, q, v = np.exp(theta).tolist()
        px, total = p * self.count, self.total

        # ln(1 + S / v) and ln(1 + v / S) without a difference: the one is the other and ln(S / v).
        apart = self.log_spend - theta[2]
        nearer, above = np.log1p(np.exp(-np.abs(apart))), np.maximum(apart, 0.0)
        up, down = (self.sums[:2] @ nearer).tolist()
        up += float(self.sums[0] @ above)
        down += float(self.sums[1] @ (above - apart))
        share = 1.0 / (v + self.spend)
        of_one, of_x, of_spend = (self.sums @ share).tolist()
        one_twice, x_twice, _ = (self.sums @ share**2).tolist()

        value = -float(self.customers @ log_beta(px, q)) - self.log_means - q * up - p * down
        k, at = px.size, np.concatenate([px, px + q, [q]])
        first, second = digamma(at), trigamma(at)
        both, bend = first[k:-1], second[k:-1]
        of_all, with_x, _ = (self.powers @ bend).tolist()
        gradient = np.array(
            [
                float(self.powers[1] @ (both - first[:k])) - down,
                float(self.customers @ both) - total * float(first[-1]) - up,
                total * q / v - p * of_x - q * of_one,
            ]
        )
        hessian = np.array(
            [
                [float(self.powers[2] @ (bend - second[:k])), with_x, -of_x],
                [with_x, of_all - total * float(second[-1]), of_spend / v],
                [-of_x, of_spend / v, p * x_twice + q * one_twice - total * q / v**2],
            ]
        )
        if self.shares is not None:
            more, slope, curvature = self.shares.at(p)
            value += more
            gradient[0] += slope
            hessian[0, 0] += curvature
        return in_logs(theta, float(value), gradient, hessian)


_FEW = 4096  # rows: to find those who are alike takes longer than to look at each


def _rows(purchases: Purchases) -> tuple[Floats, Floats, Floats]:
    """x, S and weights; of many customers those who are alike as one."""
    x, spend = purchases.frequency, spend_of(purchases)
    if x.size <= _FEW:
        return x, spend, purchases.weight
    shared = distinct([(x, 1.0), (spend, 100.0)])
    return x[shared.first], spend[shared.first], shared.sums(purchases.weight)


def _counted(x: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """(k,) the distinct numbers of purchases, and the customers of each."""
    if x.max() <= max(x.size, _FEW):
        of_each = summed(x.astype(np.int64), weight, 0)
        there = np.flatnonzero(of_each)
        return there.astype(np.float64), of_each[there]
    count, which = np.unique(x, return_inverse=True)
    return count, summed(which, weight, count.size)


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
