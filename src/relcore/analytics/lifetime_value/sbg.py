"""sBG: a customer under contract renews or leaves at each renewal, with a chance that is his own and never changes.

The story (Fader and Hardie 2007, How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90): a customer
leaves at each renewal with probability theta; theta differs between customers as Beta(alpha, beta). Of those who come up for
their t-th renewal the share

    r_t = (beta + t - 1) / (alpha + beta + t - 1)

renews, so that B(alpha, beta + t) / B(alpha, beta) are there after t. The rate rises from renewal to renewal: not because
anybody changes, but because those who leave readily have left.

With n_t customers at risk at the t-th renewal and k_t of them renewing, the log-likelihood is the sum over t of
k_t ln(beta + t - 1) + (n_t - k_t) ln(alpha) - n_t ln(alpha + beta + t - 1). That of the paper, which counts each customer once
by how long he stayed, is the same number.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.rising_ratio import log_rising_ratio
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.renewals import Renewals
from relcore.analytics.lifetime_value import contractual
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.uncertainty import Evidence, Positive, checked

_NAMES = ("alpha", "beta")


@attrs.frozen(repr=False, field_transformer=checked)
class ShiftedBetaGeo:
    """A fitted (or published) shifted beta-geometric model.

    alpha, beta : chances to leave at a renewal are Beta(alpha, beta), with mean alpha / (alpha + beta).
    period : the time from one renewal to the next; renewals at another interval are refused.

    >>> high_end = ShiftedBetaGeo(alpha=0.668, beta=3.806, period="year")
    >>> high_end.survival([0, 1, 7, 12]).round(3)
    array([1.   , 0.851, 0.489, 0.378])
    >>> high_end.retention([1, 2, 12]).round(3)
    array([0.851, 0.878, 0.957])
    >>> high_end.discounted_expected_residual_lifetime([0, 5], discount=0.10).round(2)
    array([5.41, 7.14])
    """

    alpha: Positive
    beta: Positive
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
        return Likelihood.of(renewals).at(np.log([self.alpha, self.beta])).value

    def log_staying(self, since: Floats, ahead: Floats) -> Floats:
        """Ln S(since + ahead) / S(since), broadcast: whoever is there has theta ~ Beta(alpha, beta + since)."""
        return log_rising_ratio(self.beta + since, self.alpha, ahead)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def fit(cls, renewals: Renewals) -> Self:
        """Maximum likelihood over all cohorts, by Newton's method with the exact Hessian.

        renewals : with a customer who came up for one. Cohorts may differ in size and age; they are taken to be alike.

        Always finite parameters. Where the data have no interior maximum, ``evidence.converged`` is False and the remark says
        why: rates that do not rise (alpha and beta grow without bound: everybody leaves at one rate), nobody who left (alpha
        falls to 0), nobody who renewed (beta falls to 0), or a single renewal, which tells one number and not two. Raises
        `Invalid` when nobody came up for a renewal.
        """
        one = contractual.told(renewals)
        likelihood = Likelihood.of(one)
        found = maximum(likelihood.at, likelihood.start(), _NAMES)
        alpha, beta = np.exp(found.theta).tolist()
        evidence = contractual.evidence(found, renewals, alpha, beta)
        return cls(alpha, beta, renewals.period, evidence)


@attrs.frozen(eq=False)
class Likelihood:
    """One set of renewals as a function of theta = ln (alpha, beta), with both derivatives."""

    before: Floats  # (k,) renewals made before each of those that somebody came up for
    at_risk: Floats
    renewed: Floats

    @classmethod
    def of(cls, renewals: Renewals) -> Likelihood:
        """What these renewals tell."""
        one = renewals.collapse()
        return cls(one.renewal - 1.0, one.at_risk, one.renewed)

    def start(self) -> Floats:
        """Where the climb begins: the mean rate of leaving, and customers who differ much."""
        left = float((self.at_risk - self.renewed).sum() + 0.5) / float(self.at_risk.sum() + 1.0)
        return np.log([2.0 * left, 2.0 * (1.0 - left)])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (2,) and Hessian (2, 2) in theta."""
        alpha, beta = np.exp(theta).tolist()
        stays, all_ = beta + self.before, alpha + beta + self.before
        lost = float((self.at_risk - self.renewed).sum())
        value = self.renewed @ np.log(stays) + lost * np.log(alpha) - self.at_risk @ np.log(all_)
        both, bent = float(self.at_risk @ (1 / all_)), float(self.at_risk @ (1 / all_**2))
        gradient = np.array([lost / alpha - both, float(self.renewed @ (1 / stays)) - both])
        hessian = np.full((2, 2), bent)
        hessian[0, 0] -= lost / alpha**2
        hessian[1, 1] -= self.renewed @ (1 / stays**2)
        return in_logs(theta, float(value), gradient, hessian)
