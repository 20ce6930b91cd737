"""What customers may do: many futures, each drawn as one. How far a forecast may be off, by chance and by what is not known.

`model.interval` tells how sure the model is of what is *expected*. What will *happen* varies more: customers toss their coins,
each on his own. A future is drawn in three steps: parameters, from their sampling distribution; for each customer whether he is
still there, his rate and his leaving, as his history has left them; then his purchases, and what he pays for each. So a future
holds all the uncertainty there is, what customers share (the parameters) and what they do not, and a sum over customers
is as uncertain as it should be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Counts, Floats, Ids, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.interval import Interval
from relcore.analytics.lifetime_value.apart import Telling
from relcore.analytics.lifetime_value.bootstrap import at_least_one
from relcore.analytics.lifetime_value.predictions import InTime, rate_and_end, speaks_of
from relcore.analytics.lifetime_value.value import margins_asked
from relcore.analytics.period import Span, horizon_in
from relcore.kernel.errors import Invalid


@attrs.frozen(eq=False)
class Stay:
    """What living customers do for a while; all (n,).

    count : purchases, whole. within : they are spread over (0, within), evenly unless there is a rhythm.
    leaves : but for the last, which comes at ``within`` where it is the one after which he leaves.
    """

    count: Counts
    within: Floats
    leaves: NDArray[np.bool_]
    rhythm: Rhythm | None = None

    def moments(self, who: Counts, random: np.random.Generator) -> Floats:
        """(m,) when the purchases come, in the order of customers; ``who`` (m,) made each."""
        if self.rhythm is not None:
            return self.within[who] * self.rhythm.shares(self.count, who, random)
        at = random.random(who.size) * self.within[who]
        last = np.cumsum(self.count) - 1
        closing = self.leaves & (self.count > 0)
        at[last[closing]] = self.within[closing]
        return at


class Rhythm(Protocol):
    """When in a stay purchases come, where that is not evenly."""

    def shares(self, count: Counts, who: Counts, random: np.random.Generator, /) -> Floats:
        """(m,) the parts of the stay after which they come; ``count`` (n,) purchases of each customer, ``who`` (m,) made each."""
        ...


@attrs.frozen(eq=False)
class Beat:
    """Every k-th of evenly spread ticks is a purchase.

    k : ticks from one purchase to the next. first : (n,) to the first. after : (n,) from the last to the end of the stay, which
    counts as one; 0 where that is the last purchase.
    """

    k: int
    first: Counts
    after: Counts

    def shares(self, count: Counts, who: Counts, random: np.random.Generator) -> Floats:
        """(m,) the parts of the stay after which the purchases come: spacings of evenly spread ticks are Gamma, over their sum."""
        made = np.flatnonzero(count)
        last = np.cumsum(count)[made] - 1
        begin = last - count[made] + 1
        shape = np.full(who.size, float(self.k))
        shape[begin] = self.first[made]
        gap = random.gamma(shape)
        # Each customer's own sum: sums over all would lose the digits of the last ones.
        gone = np.cumsum(gap)
        gone -= np.repeat(gone[begin] - gap[begin], count[made])
        whole = gone[last] + random.gamma(self.after[made].astype(np.float64))
        return np.minimum(gone / np.repeat(whole, count[made]), 1.0)


class Acting(InTime, Protocol):
    """A model that can act out what it says."""

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Acting]:
        """``n`` models with parameters that the data might as well have come from."""
        ...

    def log_odds_of_having_left(self, purchases: Purchases, /) -> Floats:
        """(n,) logs of the odds; minus infinity of whoever cannot have left."""
        ...

    def stay_drawn(self, purchases: Purchases, ahead: float, random: np.random.Generator, /) -> Stay:
        """One stay of each of these customers, taken to be alive at the end of observation, for the time ``ahead``."""
        ...


class Spending(Protocol):
    """A model of amounts that can do the same."""

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Spending]:
        """``n`` models with parameters that the data might as well have come from."""
        ...

    def amounts_drawn(self, purchases: Purchases, who: Counts, *, random: np.random.Generator) -> Floats:
        """(m,) an amount for each purchase, made by the customer in row ``who`` (m,)."""
        ...


@attrs.frozen(eq=False, repr=False)
class Futures:
    """``outcomes`` (draws, n): what each of the customers ``ids`` (n,) did in each future, a count or an amount."""

    ids: Ids
    outcomes: NDArray[np.float64]

    def interval(
        self, quantity: Callable[[Floats], Floats] | None = None, *, level: float = 0.95
    ) -> Interval:
        """Where any quantity of a future lies with this probability: ``futures.interval(np.sum)``.

        quantity : a function of one future (n,) that gives an array or a number; each customer's outcome unless given.

        Returns the mean over the futures, and the quantiles that leave out as much on either side. They are values that came
        up: counts stay whole, and an interval of counts holds at least the level. As they are drawn, bounds have an error:
        of a thousand futures 25 lie beyond each bound of 95 %, give or take 5.
        """
        if not 0 < level < 1:
            raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
        seen = self.outcomes
        if quantity is not None:
            seen = np.stack([np.asarray(quantity(future), dtype=np.float64) for future in self.outcomes])
        tails = [0.5 - level / 2, 0.5 + level / 2]
        low, high = np.quantile(seen, tails, axis=0, method="inverted_cdf")
        mean, low, high = (sealed(np.array(part)) for part in (seen.mean(axis=0), low, high))
        return Interval(mean, low, high, level)

    def __repr__(self) -> str:
        return f"Futures of {self.ids.size:,} customers, {len(self.outcomes):,} of them"


def futures(
    self: Acting | Telling,
    purchases: Purchases,
    *,
    horizon: float | Span,
    draws: int = 1000,
    random: np.random.Generator,
) -> Futures:
    """How many purchases each customer makes in the ``horizon``, in each of so many futures.

    purchases : one row per customer. horizon : a number of the model's periods, or a `Span`.
    draws : how many futures, >= 1; they are kept, with 8 bytes per customer and future.
    random : where chance comes from: ``np.random.default_rng(1)`` draws the same futures again.

    Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit found no peak.
    """
    _one_row_each(self, purchases, draws)
    ahead = horizon_in(self.period, horizon)
    outcomes = np.empty((draws, len(purchases)))
    models: Iterator[Acting | Telling] = self.draws(draws, random=random)
    for future, model in zip(outcomes, models, strict=True):
        future[:] = _acted(model, purchases, ahead, random).count
    return Futures(purchases.ids, sealed(outcomes))


def value_futures(
    model: Acting | Telling,
    spend: Spending,
    purchases: Purchases,
    *,
    horizon: float | Span,
    discount: float,
    margin: ArrayLike = 1.0,
    draws: int = 1000,
    random: np.random.Generator,
) -> Futures:
    """What each customer is worth in each of so many futures: the amounts he spends in the horizon, at what they are worth now.

    model, spend : fitted; their parameters are drawn independently, as how often and how much are independent in these models.
    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, with a discount > 0.
    discount : per year, in [0, inf). margin : the part of an amount that is left, in (0, 1]: one number, or (n,) of them.
    draws, random, and what is raised : as in ``model.futures``.

    The mean over many futures is `customer_value`, averaged over the parameters; with a Gamma-Gamma q near 1 a few futures hold
    amounts beyond all others, and the mean says little: look at the bounds.
    """
    _one_row_each(model, purchases, draws)
    rate, end = rate_and_end(model.period, horizon, discount)
    kept = margins_asked(margin, len(purchases))
    outcomes = np.empty((draws, len(purchases)))
    models: Iterator[Acting | Telling] = model.draws(draws, random=random)
    both = zip(models, spend.draws(draws, random=random), strict=True)
    for future, (buying, paying) in zip(outcomes, both, strict=True):
        stay = _acted(buying, purchases, end, random)
        who = np.repeat(np.arange(len(purchases)), stay.count)
        worth = np.exp(-rate * stay.moments(who, random))
        paid = paying.amounts_drawn(purchases, who, random=random)
        future[:] = kept * np.bincount(who, worth * paid, len(purchases))
    return Futures(purchases.ids, sealed(outcomes))


def _one_row_each(model: InTime, purchases: Purchases, draws: int) -> None:
    speaks_of(model, purchases)
    if not (purchases.weight == 1).all():
        remedy = "do not collapse them: everybody has a future of his own"
        raise Invalid("purchases", "must hold one row per customer", f"{len(purchases):,} rows", remedy)
    at_least_one(draws)


def _acted(model: Acting | Telling, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
    own: Acting = model.told_of(purchases) if isinstance(model, Telling) else model
    alive = random.random(len(purchases)) < logistic(-own.log_odds_of_having_left(purchases))
    stay = own.stay_drawn(purchases, ahead, random)
    return attrs.evolve(stay, count=np.where(alive, stay.count, 0))


# --- what models act out ---

_MOST = 1e15  # purchases that numpy can still draw


def purchases_drawn(rate: Floats, within: Floats | float, random: np.random.Generator) -> Counts:
    """(n,) whole numbers, at these rates for so long."""
    drawn: Counts = random.poisson(np.minimum(rate * within, _MOST))
    return drawn
