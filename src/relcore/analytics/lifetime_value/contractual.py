"""What a model of customers under contract can be asked: written once, lent to each by assignment.

A customer who has signed up stays for the first period; at each renewal he goes on or leaves, and is seen to. A model tells one
thing, the log of the chance S(t) of being there after t renewals, and every answer is made of it:

    P(there after t more renewals | there after k)  = S(k + t) / S(k)
    rate of the t-th renewal                        = S(t) / S(t - 1)
    discounted expected lifetime                    = sum of v^t S(t) over t = 0, 1, 2, ...
    discounted expected residual lifetime           = sum of v^(t - 1) S(k + t) / S(k) over t = 1, 2, ...

with v what one unit of money a period later is worth now. The last two are Fader and Hardie's DEL and DERL (2010, Customer-Base
Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity, Marketing Science 29(1), 85-93): times the margin of a
period, the value of a customer to come and of one who is there.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.long_sum import discounted_sum
from relcore.analytics._numerics.newton import Maximum
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.renewals import Renewals
from relcore.analytics.lifetime_value import boundary
from relcore.analytics.lifetime_value.occasion_count import discount_rate, occasions_within
from relcore.analytics.period import Period, Span
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import Invalid


class Contract(Protocol):
    """A model of how long customers under contract stay."""

    @property
    def period(self) -> Period: ...

    def log_staying(self, since: Floats, ahead: Floats, /) -> Floats:
        """Ln S(since + ahead) / S(since), broadcast; both whole and >= 0, as floats."""
        ...


def survival(self: Contract, renewals: ArrayLike, *, since: ArrayLike = 0) -> Floats:
    """(k,) the chance to be there after so many renewals, in [0, 1]; 1 for none.

    renewals : (k,) whole numbers >= 0, counted from signing up, or from ``since``.
    since : renewals that have been made already: one number, or (k,).
    """
    ahead, made = _whole("renewals", renewals, 0), _whole("since", since, 0)
    return sealed(np.exp(self.log_staying(*_together(made, ahead))))


def retention(self: Contract, renewal: ArrayLike) -> Floats:
    """(k,) the share of those who come up for their t-th renewal that renews, in [0, 1].

    renewal : (k,) whole numbers t >= 1. It rises with t although nobody grows more loyal: those who leave readily have left
    (Fader and Hardie 2007).
    """
    which = _whole("renewal", renewal, 1)
    return sealed(np.exp(self.log_staying(which - 1, np.ones(which.size))))


def discounted_expected_lifetime(
    self: Contract, *, horizon: float | Span = math.inf, discount: float
) -> Floats:
    """(1,) periods that somebody who signs up now will pay for, the first of them at once, each at what it is worth now.

    horizon : so many periods at most, whole, or a `Span`; all of them unless given, which needs a discount > 0.
    discount : per year, in [0, inf), whatever the model's period.
    """
    rate = discount_rate(self.period, discount)
    periods = occasions_within(self.period, horizon, rate)
    if periods == 0:
        return sealed(np.zeros(1))
    nothing = np.zeros((1, 1))
    later = discounted_sum(lambda t, _: self.log_staying(nothing, t), rate, np.array([periods - 1]))
    return sealed(1.0 + later)


def discounted_expected_residual_lifetime(
    self: Contract, renewals: ArrayLike, *, horizon: float | Span = math.inf, discount: float
) -> Floats:
    """(k,) periods to come that somebody who is there will pay for, each at what it is worth now.

    renewals : (k,) how many he has made, whole, >= 0. The next is about to come up: if he renews, the period after it counts
        in full. Just after a payment multiply by (1 + discount)^-(one period in years).
    horizon : so many renewals at most, whole, or a `Span`; all of them unless given, which needs a discount > 0.
    discount : per year, in [0, inf), whatever the model's period.
    """
    made = _whole("renewals", renewals, 0)
    rate = discount_rate(self.period, discount)
    chances = np.full(made.size, occasions_within(self.period, horizon, rate))
    which, place = np.unique(made, return_inverse=True)
    staying = discounted_sum(
        lambda t, rows: self.log_staying(which[rows, None], t), rate, chances[: which.size]
    )
    return sealed(math.exp(rate) * staying[place])


def speaks_of(model: Contract, renewals: Renewals) -> None:
    """Refuse renewals that come at another interval."""
    if renewals.period != model.period:
        remedy = f'make them with period="{model.period}", or fit a model to them'
        raise Invalid(
            "period", f"of the renewals must be the model's, {model.period}", renewals.period, remedy
        )


def told(renewals: Renewals) -> Renewals:
    """All cohorts as one, without the renewals that nobody came up for; refuses those that tell nothing."""
    one = renewals.where(renewals.at_risk > 0).collapse()
    if not len(one):
        remedy = "a cohort tells something once its first renewal has come"
        raise Invalid("renewals", "must hold a customer who came up for a renewal", len(renewals), remedy)
    return one


def evidence(found: Maximum, renewals: Renewals, alpha: float, beta: float) -> Evidence:
    """What a fit knows. Customers are counted where most of their cohort was watched, which is at its first renewal."""
    cohorts, which = np.unique(renewals.cohort, return_inverse=True)
    most = np.zeros(cohorts.size)
    np.maximum.at(most, which, renewals.at_risk)
    chance = (alpha, beta, "nobody leaves", "nobody renews", "all leave equally readily")
    return boundary.named(Evidence.of(found, customers=float(most.sum())), [chance])


def _whole(name: str, values: ArrayLike, least: int) -> Floats:
    given = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if given.ndim != 1:
        raise Invalid(name, "must have one dimension", given.shape)
    fits = np.isfinite(given) & (given >= least) & (given == np.floor(given))
    if not fits.all():
        raise Invalid(name, f"must be whole numbers >= {least}", float(given[np.argmin(fits)]))
    return given


def _together(made: Floats, ahead: Floats) -> tuple[Floats, Floats]:
    if made.size not in {1, ahead.size}:
        raise Invalid("since", "must be one number, or one per value", made.shape)
    return np.broadcast_to(made, ahead.shape), ahead
