"""BG/BB: on each occasion a customer buys or not, by a chance of his own, until he leaves for good before one of them.

The story (Fader, Hardie and Shang 2010, Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science
29(6), 1086-1108): before each occasion a living customer leaves with probability theta; if he stays he buys with probability
p. p differs between customers as Beta(alpha, beta), theta as Beta(gamma, delta), independently.

A history (x, t_x, n) comes about in two ways: alive at the n-th occasion, or left before one of the n - t_x after the last
purchase. The likelihood is that of the first way,

    B(alpha + x, beta + n - x) / B(alpha, beta) * B(gamma, delta + n) / B(gamma, delta),

times 1 + e^L for the second, and P(alive) = 1 / (1 + e^L). e^L is a sum over the occasions missed, of positive terms that are
ratios of products of at most n factors: see `MissedOccasions`. Whoever is alive has p ~ Beta(alpha + x, beta + n - x) and
theta ~ Beta(gamma, delta + n): what he does next is what a newcomer with these parameters does.
"""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.missed_occasions import MissedOccasions
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.lifetime_value import (
    boundary,
    occasion_futures,
    occasion_predictions,
    occasion_validation,
)
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.uncertainty import Evidence, Positive, checked
from relcore.kernel.errors import Invalid

_NAMES = ("alpha", "beta", "gamma", "delta")
# Every term of the likelihood is a function of one of these: alpha, beta, alpha + beta, gamma, delta, gamma + delta.
_SUMS = np.array(
    [[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 1]], dtype=np.float64
)
_OF_MISSES = [2, 1, 4, 5]  # which of them the odds of having left are told in, and in which order


@attrs.frozen(repr=False, field_transformer=checked)
class BetaGeoBetaBernoulli:
    """A fitted (or published) BG/BB model.

    alpha, beta : chances to buy on an occasion are Beta(alpha, beta), with mean alpha / (alpha + beta).
    gamma, delta : chances to leave before an occasion are Beta(gamma, delta), with mean gamma / (gamma + delta).
    period : the time from one occasion to the next; histories on other occasions are refused.

    P(alive) is that of being alive at the last occasion that there was; ``ahead=1`` is what the paper tables, alive at the
    next.

    >>> model = BetaGeoBetaBernoulli(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783, period="year")
    >>> donors = Occasions.from_summary(frequency=[0, 2, 6], recency=[0, 4, 6], age=[6, 6, 6], period="year")
    >>> model.probability_alive(donors, ahead=1).round(2)
    array([0.11, 0.59, 0.93])
    >>> model.expected_purchases(donors, horizon=5).round(2)
    array([0.07, 1.06, 3.75])
    >>> model.expected_purchases_of_newcomer([1, 10]).round(2)
    array([0.5 , 3.18])
    """

    alpha: Positive
    beta: Positive
    gamma: Positive
    delta: Positive
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    refits = occasion_futures.refits
    validate = occasion_validation.validate
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    probability_alive = occasion_predictions.probability_alive
    expected_purchases = occasion_predictions.expected_purchases
    expected_purchases_of_newcomer = occasion_predictions.expected_purchases_of_newcomer
    probability_of_none = occasion_predictions.probability_of_none
    probability_of_purchases = occasion_predictions.probability_of_purchases
    probability_of_exactly = occasion_predictions.probability_of_exactly
    next_purchase_within = occasion_predictions.next_purchase_within
    futures = occasion_futures.futures
    log_likelihood_of_each = occasion_futures.log_likelihood_of_each
    bootstrap = occasion_futures.bootstrap
    discounted_purchases = occasion_predictions.discounted_purchases

    def log_likelihood(self, occasions: Occasions) -> float:
        """How likely the model finds these histories: weighted and summed, 0 for n = 0."""
        occasion_predictions.speaks_of(self, occasions)
        theta = np.log([self.alpha, self.beta, self.gamma, self.delta])
        return Likelihood.of(occasions).at(theta).value

    def log_odds_of_having_left(self, occasions: Occasions) -> Floats:
        """(n,) L above: before the last occasion; minus infinity of whoever took that."""
        silent = occasions.age - occasions.recency
        misses = MissedOccasions.of(occasions.frequency, silent, occasions.age)
        return misses.log_odds(self.alpha, self.beta, self.gamma, self.delta)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def fit(cls, occasions: Occasions) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        occasions : n >= 1 customers of whom somebody came back; weights count, and customers may differ in how many occasions
            they had.

        A fit always comes back with finite parameters; where the data have no interior maximum, ``evidence.converged`` is
        False and ``evidence.remark`` says why: all buy equally readily (alpha and beta grow without bound), whoever is there
        buys (beta falls to 0), nobody leaves (gamma falls to 0), all leave equally readily (gamma and delta grow). Raises
        `Invalid` when nobody came back: such data cannot tell who left from who does not buy.
        """
        occasion_predictions.are_occasions(occasions)
        likelihood = Likelihood.of(occasions)
        if not likelihood.rows.frequency.any():
            remedy = "wait for more occasions: those who never came back may have left, or never buy"
            raise Invalid("occasions", "must hold a customer who came back", len(occasions), remedy)
        found = maximum(likelihood.at, likelihood.start(), _NAMES)
        alpha, beta, gamma, delta = np.exp(found.theta).tolist()
        evidence = boundary.named(
            Evidence.of(found, customers=float(likelihood.rows.weight.sum())),
            [
                (alpha, beta, "nobody buys", "whoever is there buys", "all buy equally readily"),
                (gamma, delta, "nobody leaves", "all leave at once", "all leave equally readily"),
            ],
        )
        return cls(alpha, beta, gamma, delta, occasions.period, evidence)


@attrs.frozen(eq=False)
class Likelihood:
    """One set of histories as a function of theta = ln (alpha, beta, gamma, delta), with both derivatives."""

    rows: Occasions  # the distinct histories, with their weights
    taken: RisingFactorials
    passed: RisingFactorials
    all_: RisingFactorials
    misses: MissedOccasions

    @classmethod
    def of(cls, occasions: Occasions) -> Likelihood:
        """What these occasions tell."""
        rows = occasions.collapse().rows
        return cls(
            rows=rows,
            taken=RisingFactorials.of(rows.frequency, rows.weight),
            passed=RisingFactorials.of(rows.age - rows.frequency, rows.weight),
            all_=RisingFactorials.of(rows.age, rows.weight),
            misses=MissedOccasions.of(rows.frequency, rows.age - rows.recency, rows.age),
        )

    def start(self) -> Floats:
        """Where the climb begins: buying as often as until the last purchase, and one in eight leaves."""
        rows = self.rows
        often = float(rows.weight @ rows.frequency + 0.5) / float(rows.weight @ rows.recency + 1.0)
        return np.log([1.5 * often, 1.5 * (1.0 - often), 0.5, 3.5])

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4,) and Hessian (4, 4) in theta."""
        alpha, beta, gamma, delta = np.exp(theta).tolist()
        terms = [
            (1, self.taken.at(alpha)),
            (1, self.passed.at(beta)),
            (-1, self.all_.at(alpha + beta)),
            (0, self.all_.at(gamma)),
            (1, self.all_.at(delta)),
            (-1, self.all_.at(gamma + delta)),
        ]
        value = sum(sign * term.value for sign, term in terms)
        slope = np.array([sign * term.slope for sign, term in terms])
        bend = np.diag([sign * term.curvature for sign, term in terms])

        odds = self.misses.derivatives(alpha, beta, gamma, delta)
        weight, gone, still = self.rows.weight, logistic(odds.value), logistic(-odds.value)
        slopes = np.zeros((6, weight.size))
        slopes[_OF_MISSES], slopes[3] = odds.slope, 1.0 / gamma
        value += float(weight @ np.logaddexp(0.0, odds.value))
        left = weight * gone
        slope += slopes @ left
        bend += (slopes * (left * still)) @ slopes.T
        bend[np.ix_(_OF_MISSES, _OF_MISSES)] += odds.bend @ left
        bend[3, 3] -= left.sum() / gamma**2
        return in_logs(theta, float(value), _SUMS.T @ slope, _SUMS.T @ bend @ _SUMS)
