"""BdW: as sBG, but a customer's own chance to leave may rise or fall from renewal to renewal.

The story (Fader, Hardie, Liu, Davin and Steenburgh 2018, "How to Project Customer Retention" Revisited: The Role of Duration
Dependence, Journal of Interactive Marketing 43, 1-16): a customer is there after t renewals with probability
(1 - theta)^(t^c), a discrete Weibull distribution: for c > 1 he grows more likely to leave the longer he stays, for c < 1 less,
for c = 1 neither. theta differs between customers as Beta(alpha, beta), so that

    S(t) = B(alpha, beta + t^c) / B(alpha, beta)

are there after t renewals, which is sBG for c = 1. Retention rates that first fall and then rise, which sBG cannot follow, come
from c > 1: everybody tires, and those who tire fast go first.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.rising_ratio import log_rising_ratio
from relcore.analytics._numerics.special import digamma, trigamma
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.renewals import Renewals
from relcore.analytics.lifetime_value import contractual, sbg
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.uncertainty import Evidence, Positive, checked

_NAMES = ("alpha", "beta", "c")
_FARTHEST = 650.0  # exp of more overflows; nobody is there that late


@attrs.frozen(repr=False, field_transformer=checked)
class BetaDiscreteWeibull:
    """A fitted (or published) beta-discrete-Weibull model.

    alpha, beta : chances to leave at the first renewal are Beta(alpha, beta).
    c : how a customer's own readiness to leave goes on: > 1 rises, < 1 falls, 1 stays as it is (sBG).
    period : the time from one renewal to the next; renewals at another interval are refused.

    >>> tiring = BetaDiscreteWeibull(alpha=0.7, beta=3.0, c=1.3, period="month")
    >>> tiring.survival([1, 2, 12]).round(3)
    array([0.811, 0.648, 0.202])
    >>> tiring.retention([1, 2, 3, 12]).round(3)
    array([0.811, 0.799, 0.823, 0.932])
    """

    alpha: Positive
    beta: Positive
    c: Positive
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    survival = contractual.survival
    retention = contractual.retention
    discounted_expected_lifetime = contractual.discounted_expected_lifetime
    discounted_expected_residual_lifetime = contractual.discounted_expected_residual_lifetime

    def log_likelihood(self, renewals: Renewals) -> float:
        """How likely the model finds these renewals: summed over customers, 0 for n = 0."""
        contractual.speaks_of(self, renewals)
        return Likelihood.of(renewals).at(np.log([self.alpha, self.beta, self.c])).value

    def log_staying(self, since: Floats, ahead: Floats) -> Floats:
        """Ln S(since + ahead) / S(since), broadcast."""
        begin, further = _clock(since, ahead, self.c)
        return log_rising_ratio(self.beta + begin, self.alpha, further)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def fit(cls, renewals: Renewals) -> Self:
        """Maximum likelihood over all cohorts, by Newton's method with the exact Hessian.

        renewals : with a customer who came up for one. Cohorts may differ in size and age; they are taken to be alike.

        Always finite parameters. Where the data have no interior maximum, ``evidence.converged`` is False and the remark names
        the parameters that ran away: alpha and beta without bound say that customers are alike (a discrete Weibull model),
        alpha to 0 that nobody left. Three parameters need three renewals at least. Raises `Invalid` when nobody came up
        for a renewal.
        """
        one = contractual.told(renewals)
        likelihood = Likelihood.of(one)
        found = maximum(likelihood.at, likelihood.start(one), _NAMES)
        alpha, beta, c = np.exp(found.theta).tolist()
        evidence = contractual.evidence(found, renewals, alpha, beta)
        return cls(alpha, beta, c, renewals.period, evidence)


def _clock(since: Floats, ahead: Floats, c: float) -> tuple[Floats, Floats]:
    """since^c, and how much further (since + ahead)^c is: without their difference, for they may be large."""
    with np.errstate(divide="ignore"):
        begin = np.where(since > 0, np.exp(np.minimum(c * np.log(since), _FARTHEST)), 0.0)
        longer = c * np.log1p(ahead / np.maximum(since, 1.0))
    late = np.exp(np.minimum(c * np.log(np.maximum(since + ahead, 1.0)), _FARTHEST))
    grown = np.where(longer < 1.0, begin * np.expm1(np.minimum(longer, 1.0)), late - begin)
    further = np.where(since > 0, grown, np.where(ahead > 0, late, 0.0))
    return begin, np.maximum(further, 0.0)


@attrs.frozen(eq=False)
class Likelihood:
    """One set of renewals as a function of theta = ln (alpha, beta, c), with both derivatives."""

    before: Floats  # (k,) renewals made before each of those that somebody came up for
    lost: Floats
    renewed: Floats

    @classmethod
    def of(cls, renewals: Renewals) -> Likelihood:
        """What these renewals tell."""
        one = renewals.collapse()
        return cls(one.renewal - 1.0, one.at_risk - one.renewed, one.renewed)

    def start(self, renewals: Renewals) -> Floats:
        """Where the climb begins: sBG at its own start, and c = 1."""
        return np.append(sbg.Likelihood.of(renewals).start(), 0.0)

    def at(self, theta: Floats) -> Point:
        """Value, gradient (3,) and Hessian (3, 3) in theta.

        With D the log of the rate of a renewal, the sum over renewals of k D + (n - k) ln(1 - e^D).
        """
        alpha, beta, c = np.exp(theta).tolist()
        rate, slope, bend = self._log_rates(alpha, beta, c)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            leaving = np.where(self.lost > 0, np.log(-np.expm1(rate)), 0.0)
            odds = np.where(self.lost > 0, self.lost / np.expm1(-rate), 0.0)
            steep = np.where(self.lost > 0, odds / -np.expm1(rate), 0.0)
            value = float(self.renewed @ rate + self.lost @ leaving)
            along = self.renewed - odds
            gradient = slope @ along
            hessian = np.einsum("ijt,t->ij", bend, along) - (slope * steep) @ slope.T
        return in_logs(theta, value, gradient, hessian)

    def _log_rates(self, alpha: float, beta: float, c: float) -> tuple[Floats, Floats, Floats]:
        """(k,) ln S(t) / S(t - 1), with slopes (3, k) and second derivatives (3, 3, k) in alpha, beta and c."""
        one = np.ones(self.before.size)
        begin, further = _clock(self.before, one, c)
        rate = log_rising_ratio(beta + begin, alpha, further)
        slope, bend = np.zeros((3, one.size)), np.zeros((3, 3, one.size))
        for sign, t, power in ((1.0, self.before + 1, begin + further), (-1.0, self.before, begin)):
            # d (t^c) / dc = t^c ln t, which is 0 for t = 0 and 1.
            log_t = np.log(np.maximum(t, 1.0))
            moved, bent = power * log_t, power * log_t**2
            all_, own = digamma(alpha + beta + power), digamma(beta + power)
            all_2, own_2 = trigamma(alpha + beta + power), trigamma(beta + power)
            slope += sign * np.stack([-all_, own - all_, (own - all_) * moved])
            first = np.stack([one, one, moved])
            second = -all_2 * (first[:, None] * first[None, :])
            second[1:, 1:] += own_2 * (first[1:, None] * first[None, 1:])
            second[2, 2] += (own - all_) * bent
            bend += sign * second
        return rate, slope, bend
