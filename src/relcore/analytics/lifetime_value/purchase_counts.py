"""The whole distribution of what is to come: how many purchases, and when the next one. Lent to each model by assignment.

As with every other question (see `predictions`), a model tells it of a customer who is alive; who has left buys nothing.
A newcomer is a customer whose history is (0, 0, 0).
"""

from __future__ import annotations

from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Counts, Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.apart import of_rows, sharing
from relcore.analytics.lifetime_value.predictions import Leaving, speaks_of
from relcore.analytics.period import Span, days_per, horizon_in
from relcore.kernel.errors import Invalid


class Counting(Leaving, Protocol):
    """A model that knows how many purchases come while a customer is alive; all arrays are (n,)."""

    def at_least_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float, /) -> Floats:
        """Chance of ``count`` >= 1 purchases or more in the time ``ahead`` > 0 of somebody who is alive at ``age``."""
        ...

    def exactly_if_alive(self, frequency: Floats, age: Floats, count: Floats, ahead: float, /) -> Floats:
        """Chance of just ``count`` >= 0 of them."""
        ...

    def first_if_alive(self, frequency: Floats, age: Floats, chance: Floats, /) -> Floats:
        """The time until which the first has come with this ``chance`` in (0, 1); infinite where it never has."""
        ...


def probability_of_purchases(
    self: Counting, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
) -> Floats:
    """(n,) the chance of ``at_least`` so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    at_least : a whole number >= 0, or (n,) of them.
    horizon : a number of the model's periods, or a `Span`.

    Computed as such, not as a difference: a small chance is told as exactly as a large one. Its sum over all numbers from 1
    on is the expected number of purchases.
    """
    speaks_of(self, purchases)
    ahead = horizon_in(self.period, horizon)
    count = counts_asked(at_least, len(purchases), "at_least")
    if ahead == 0:
        return sealed(np.where(count == 0, 1.0, 0.0))
    asked = _Asked.of(self, purchases, np.maximum(count, 1.0))
    chance = self.at_least_if_alive(asked.frequency, asked.age, asked.value, ahead)[asked.index]
    alive = logistic(-self.log_odds_of_having_left(purchases))
    return sealed(np.where(count == 0, 1.0, alive * chance))


def probability_of_exactly(
    self: Counting, purchases: Purchases, count: ArrayLike, *, horizon: float | Span
) -> Floats:
    """(n,) the chance of just so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    count : a whole number >= 0, or (n,) of them.
    horizon : a number of the model's periods, or a `Span`; within 0 there is none for sure.

    >>> from relcore.analytics import BetaGeoNBD
    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period="week")
    >>> [round(float(model.probability_of_exactly(newcomer, k, horizon=39)[0]), 3) for k in range(4)]
    [0.574, 0.199, 0.085, 0.046]
    """
    speaks_of(self, purchases)
    ahead = horizon_in(self.period, horizon)
    exactly = counts_asked(count, len(purchases), "count")
    if ahead == 0:
        return sealed(np.where(exactly == 0, 1.0, 0.0))
    asked = _Asked.of(self, purchases, exactly)
    chance = self.exactly_if_alive(asked.frequency, asked.age, asked.value, ahead)[asked.index]
    odds = self.log_odds_of_having_left(purchases)
    gone = np.where(exactly == 0, logistic(odds), 0.0)
    return sealed(np.minimum(gone + logistic(-odds) * chance, 1.0))


def next_purchase_within(self: Counting, purchases: Purchases, probability: ArrayLike) -> Floats:
    """(n,) periods after the end of observation until which the next purchase has come with this probability, > 0.

    probability : in (0, 1), one number, or (n,) of them; 0.5 asks for the median.

    Infinite where the next purchase never comes with that probability: because the customer has left with too large a
    chance, or will leave before it, or because no float holds so long a time. It is the horizon for which
    `probability_of_none` is 1 - probability.

    >>> from relcore.analytics import BetaGeoNBD
    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> rows = Purchases.from_summary(frequency=[2, 9, 9], recency=[30, 38, 19], age=[39] * 3, period="week")
    >>> model.next_purchase_within(rows, 0.5).round(1)
    array([30.3,  3.9,  inf])
    """
    speaks_of(self, purchases)
    asked = chances_asked(probability, len(purchases))
    alive = logistic(-self.log_odds_of_having_left(purchases))
    time = np.full(len(purchases), np.inf)
    reached = np.flatnonzero(alive > asked)
    chance = asked[reached] / alive[reached]
    own, some = of_rows(self, reached), purchases.where(alive > asked)
    living = _Asked.of(own, some, np.minimum(chance, np.nextafter(1.0, 0.0)))
    time[reached] = own.first_if_alive(living.frequency, living.age, living.value)[living.index]
    return sealed(time)


def counts_asked(values: ArrayLike, customers: int, name: str) -> Floats:
    """(n,) numbers of purchases that somebody asks for: one for all, or one per customer."""
    count = np.asarray(values, dtype=np.float64)
    if count.shape not in {(), (customers,)}:
        raise Invalid(name, "must be one number, or one per customer", count.shape)
    if not (np.isfinite(count) & (count >= 0) & (count == np.floor(count))).all():
        raise Invalid(name, "must be whole and >= 0", values)
    return np.broadcast_to(count, (customers,))


def chances_asked(probability: ArrayLike, customers: int) -> Floats:
    """(n,) chances that somebody asks for: one for all, or one per customer."""
    asked = np.asarray(probability, dtype=np.float64)
    if asked.shape not in {(), (customers,)}:
        raise Invalid("probability", "must be one number, or one per customer", asked.shape)
    fits = (asked > 0) & (asked < 1)
    if not fits.all():
        raise Invalid("probability", "must lie in (0, 1)", float(asked[~fits].flat[0]))
    return np.broadcast_to(asked, (customers,))


@attrs.frozen(eq=False)
class _Asked:
    """What is asked about living customers depends on frequency, age and the question alone, which many share."""

    frequency: Floats  # (m,) of the distinct questions, like the next two
    age: Floats
    value: Floats
    index: Counts  # (n,) which of the m each customer's is

    @classmethod
    def of(cls, model: Counting, purchases: Purchases, value: Floats) -> _Asked:
        frequency, age = purchases.frequency, purchases.age
        shared = sharing(model, [(frequency, 1.0), (age, days_per(purchases.period)), (value, 1.0)])
        return cls(frequency[shared.first], age[shared.first], value[shared.first], shared.index)
