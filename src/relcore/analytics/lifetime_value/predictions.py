"""What a model of customers who leave unseen can be asked: written once, lent to each by assignment.

A model tells four things, and every answer is made of them. Of a history (x, t_x, T) it tells the log odds of having
left by the end of observation. Of a customer who is alive then it tells, for any time ahead, how much he buys, whether
he stays, and whether he buys nothing:

    P(alive at T + t)        = P(alive) P(stays | alive)
    E[purchases in (T, T+t]] = P(alive) E[purchases | alive]
    P(none in (T, T+t])      = 1 - P(alive) + P(alive) P(none | alive).

A newcomer is a customer whose history is (0, 0, 0).
"""

from __future__ import annotations

import math
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.distinct import Distinct
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Floats, floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.apart import Alike, sharing
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.kernel.errors import Invalid


class Leaving(Protocol):
    """A model of customers who leave unseen; all arrays are (n,), and times are in its ``period``."""

    @property
    def period(self) -> Period: ...

    def log_odds_of_having_left(self, purchases: Purchases) -> Floats:
        """(n,) logs of the odds; minus infinity of whoever cannot have left."""
        ...

    def purchases_if_alive(self, frequency: Floats, age: Floats, ahead: float | Floats, /) -> Floats:
        """Expected in the time ``ahead`` of somebody who is alive at ``age``."""
        ...

    def stays_if_alive(self, frequency: Floats, age: Floats, ahead: float, /) -> Floats:
        """Chance of being alive after the time ``ahead`` as well."""
        ...

    def none_if_alive(self, frequency: Floats, age: Floats, ahead: float, /) -> Floats:
        """Chance of no purchase in the time ``ahead``, gone or not."""
        ...


def probability_alive(self: Leaving, purchases: Purchases, *, ahead: float | Span = 0.0) -> Floats:
    """(n,) chance of not having left, in [0, 1].

    ahead : how long after the end of observation: a number of the model's periods, or a `Span`; now, unless given.
    """
    speaks_of(self, purchases)
    later, alike = horizon_in(self.period, ahead), Alike.to(self, purchases)
    alive = logistic(-self.log_odds_of_having_left(alike.rows))
    if later == 0:
        return alike.each(alive)
    living = _Living.among(self, alike.rows)
    return alike.each(alive * living.each(self.stays_if_alive(living.frequency, living.age, later)))


def expected_purchases(self: Leaving, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0.

    horizon : a number of the model's periods, or a `Span`, which is converted; 0 gives 0.
    """
    speaks_of(self, purchases)
    ahead, alike = horizon_in(self.period, horizon), Alike.to(self, purchases)
    living = _Living.among(self, alike.rows)
    if_alive = living.each(self.purchases_if_alive(living.frequency, living.age, ahead))
    return alike.each(if_alive * logistic(-self.log_odds_of_having_left(alike.rows)))


def expected_purchases_of_newcomer(self: Leaving, horizon: ArrayLike | Span) -> Floats:
    """(n,) purchases after the first that a random new customer makes in each of these times.

    horizon : (n,) periods since the first purchase, >= 0 and finite; or one `Span`.
    """
    ahead = horizons_in(self.period, horizon)
    newcomer = Purchases.from_summary(frequency=[0], recency=[0], age=[0], period=self.period)
    alive = logistic(-self.log_odds_of_having_left(newcomer))
    nothing = np.zeros(ahead.size)
    return sealed(alive * self.purchases_if_alive(nothing, nothing, ahead))


def probability_of_none(self: Leaving, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) chance of not a single purchase in the ``horizon`` after the end of observation, in [0, 1].

    horizon : a number of the model's periods, or a `Span`; 0 gives 1. It is the chance that the next purchase comes
    later than that, or never.
    """
    speaks_of(self, purchases)
    ahead, alike = horizon_in(self.period, horizon), Alike.to(self, purchases)
    living = _Living.among(self, alike.rows)
    none = living.each(self.none_if_alive(living.frequency, living.age, ahead))
    odds = self.log_odds_of_having_left(alike.rows)
    return alike.each(np.minimum(logistic(odds) + logistic(-odds) * none, 1.0))


def discounted_purchases(
    self: Leaving, purchases: Purchases, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0
        (the result is then also called DERT, discounted expected residual transactions).
    discount : per year, in [0, inf), whatever the model's period.

    With E(u) the purchases expected until u and rate d = ln(1 + discount) per year, integration by parts gives
    exp(-d H) E(H) + d * integral of exp(-d u) E(u) du over [0, H]: positive terms only. The integral is Gauss-Legendre
    in ln u, good to about 1e-10 whether the future is short or long against the past.
    """
    speaks_of(self, purchases)
    rate, end = rate_and_end(self.period, horizon, discount)
    alike = Alike.to(self, purchases)
    living = _Living.among(self, alike.rows)
    total = math.exp(-rate * end) * self.purchases_if_alive(living.frequency, living.age, end)
    if rate > 0:
        for at, width in zip(*_moments(end), strict=True):
            worth = rate * width * math.exp(-rate * at)
            total = total + worth * self.purchases_if_alive(living.frequency, living.age, at)
    return alike.each(living.each(total) * logistic(-self.log_odds_of_having_left(alike.rows)))


class InTime(Protocol):
    """Whatever counts time in periods."""

    @property
    def period(self) -> Period: ...


def horizons_in(period: Period, horizon: ArrayLike | Span) -> Floats:
    """(n,) horizons as numbers of periods, one at least: see `horizon_in`."""
    if isinstance(horizon, Span):
        horizon = horizon.counted_in(period)
    ahead = floats(np.atleast_1d(np.asarray(horizon)), "horizon")
    fits = np.isfinite(ahead) & (ahead >= 0)
    if not fits.all():
        rule = f"must be finite numbers of {period}s, 0 or more"
        raise Invalid("horizon", rule, float(ahead[np.argmin(fits)]))
    return ahead


def speaks_of(model: InTime, purchases: Purchases) -> None:
    """Refuse purchases that count time in another unit, and occasions, which look alike and would be answered wrongly."""
    if not isinstance(purchases, Purchases):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _not_purchases(purchases)
    if purchases.period != model.period:
        remedy = f'make them with period="{model.period}", or fit a model to them'
        raise Invalid(
            "period", f"of the purchases must be the model's, {model.period}", purchases.period, remedy
        )


def purchases_asked(purchases: Purchases) -> Purchases:
    """Refuse to fit what is none."""
    if not isinstance(purchases, Purchases):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _not_purchases(purchases)
    return purchases


def _not_purchases(given: object) -> Invalid:
    remedy = "make them with Purchases.from_orders or Purchases.from_summary"
    if isinstance(given, PurchasesInContext):
        remedy = "ask model.given(context), of context.purchases"
    return Invalid("purchases", "must be Purchases", type(given).__name__, remedy)


@attrs.frozen(eq=False)
class _Living:
    """What is to come from a living customer depends on frequency and age alone, which many customers share."""

    frequency: Floats  # (m,) of the distinct pairs, like age
    age: Floats
    _shared: Distinct

    @classmethod
    def among(cls, model: Leaving, purchases: Purchases) -> _Living:
        shared = sharing(model, [(purchases.frequency, 1.0), (purchases.age, days_per(purchases.period))])
        return cls(purchases.frequency[shared.first], purchases.age[shared.first], shared)

    def each(self, answers: Floats) -> Floats:
        """(n,) for each customer, from those for the pairs (m,)."""
        return self._shared.each(answers)


_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20: after that much discounting nothing is left of the future
_DEPTH = 26.0  # exp(-26) = 5e-12: the first moments of a future, in parts of all of it
_POINTS = 96


def rate_and_end(period: Period, horizon: float | Span, discount: float) -> tuple[float, float]:
    """A yearly discount as a rate per period, and a horizon as a number of periods: when nothing is left, if infinite."""
    told = isinstance(discount, int | float | np.number)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not (told and math.isfinite(discount) and discount >= 0):
        raise Invalid("discount", "must be a yearly rate, 0 or more", discount, "0.10 is 10 % a year")
    rate = math.log1p(discount) * days_per(period) / days_per("year")
    if horizon != math.inf:
        return rate, horizon_in(period, horizon)
    if rate == 0:
        raise Invalid("discount", "must be > 0 for an infinite horizon", 0.0, "the sum would be infinite")
    return rate, _NEGLIGIBLE / rate


def _moments(end: float) -> tuple[list[float], list[float]]:
    """Points and weights of the integral over [0, end]."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    at = end * np.exp(_DEPTH * (nodes - 1) / 2)
    return at.tolist(), (_DEPTH / 2 * weights * at).tolist()
