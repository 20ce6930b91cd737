"""What BG/BB can be asked about customers on a row of occasions: the words of the models in continuous time, in whole steps.

Equation numbers are those of Fader, Hardie and Shang (2010), Marketing Science 29(6), 1086-1108.

Somebody who is alive at the n-th occasion has p ~ Beta(a, b) with a = alpha + x and b = beta + n - x, and theta ~ Beta(gamma, d)
with d = delta + n. He is alive k occasions later with S(k) = (d)_k / (gamma + d)_k, and buys on j of them and is alive with

    C(k, j) (a)_j (b)_{k - j} / (a + b)_k S(k),

from which all that follows is summed up: positive terms throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.long_sum import discounted_sum
from relcore.analytics._numerics.rising_ratio import log_rising_ratio
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Counts, Floats, floats, sealed
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.lifetime_value.occasion_count import discount_rate, occasions_within
from relcore.analytics.lifetime_value.purchase_counts import chances_asked, counts_asked
from relcore.analytics.period import Period, Span
from relcore.kernel.errors import Invalid


class OnOccasions(Protocol):
    """BG/BB's parameters, and how likely it finds that customers have left."""

    @property
    def alpha(self) -> float: ...
    @property
    def beta(self) -> float: ...
    @property
    def gamma(self) -> float: ...
    @property
    def delta(self) -> float: ...
    @property
    def period(self) -> Period: ...

    def log_odds_of_having_left(self, occasions: Occasions, /) -> Floats:
        """(n,) logs of the odds; minus infinity of whoever cannot have left."""
        ...


def probability_alive(self: OnOccasions, occasions: Occasions, *, ahead: float | Span = 0.0) -> Floats:
    """(n,) chance of not having left, in [0, 1]: at the last occasion there was, or ``ahead`` of it (equation A10).

    ahead : a whole number of occasions, or a `Span`, which is rounded down to one.
    """
    speaks_of(self, occasions)
    later = occasions_within(self.period, ahead)
    ages = distinct([(occasions.age, 1.0)])
    staying = np.exp(log_rising_ratio(self.delta + occasions.age[ages.first], self.gamma, later))
    return sealed(logistic(-self.log_odds_of_having_left(occasions)) * staying[ages.index])


def expected_purchases(self: OnOccasions, occasions: Occasions, *, horizon: float | Span) -> Floats:
    """(n,) purchases expected on the occasions of the ``horizon``, >= 0 (equation 13).

    horizon : a whole number of occasions, or a `Span`, which is rounded down to one; 0 gives 0.
    """
    return discounted_purchases(self, occasions, horizon=horizon, discount=0.0)


def expected_purchases_of_newcomer(self: OnOccasions, horizon: ArrayLike | Span) -> Floats:
    """(k,) purchases after the first that a random new customer makes on so many occasions.

    horizon : (k,) whole numbers >= 0; or one `Span`, which is rounded down to one.
    """
    if isinstance(horizon, Span):
        horizon = occasions_within(self.period, horizon)
    ahead = floats(np.atleast_1d(np.asarray(horizon)), "horizon")
    fits = np.isfinite(ahead) & (ahead >= 0) & (ahead == np.floor(ahead))
    if not fits.all():
        raise Invalid(
            "horizon", "must be whole numbers of occasions, 0 or more", float(ahead[np.argmin(fits)])
        )
    alive = _alive_for(self, np.zeros(ahead.size), ahead, rate=0.0)
    return sealed(self.alpha / (self.alpha + self.beta) * alive)


def probability_of_none(self: OnOccasions, occasions: Occasions, *, horizon: float | Span) -> Floats:
    """(n,) chance of not a single purchase on the occasions of the ``horizon``, in [0, 1]; 1 for a horizon of 0."""
    return probability_of_exactly(self, occasions, 0, horizon=horizon)


def probability_of_purchases(
    self: OnOccasions, occasions: Occasions, *, at_least: ArrayLike = 1, horizon: float | Span
) -> Floats:
    """(n,) the chance of ``at_least`` so many purchases on the occasions of the ``horizon``, in [0, 1].

    at_least : a whole number >= 0, or (n,) of them.
    horizon : a whole number of occasions, or a `Span`, which is rounded down to one.

    The m-th purchase happens on one occasion: the sum is over which, and a small chance is told as exactly as a large one.
    """

    def mth_now(_: _Alive, k: Floats, count: Floats) -> Floats:
        return count / k

    speaks_of(self, occasions)
    count = counts_asked(at_least, len(occasions), "at_least")
    chance = _summed(self, occasions, np.maximum(count, 1.0), horizon, mth_now)
    alive = logistic(-self.log_odds_of_having_left(occasions))
    return sealed(np.where(count == 0, 1.0, alive * np.minimum(chance, 1.0)))


def probability_of_exactly(
    self: OnOccasions, occasions: Occasions, count: ArrayLike, *, horizon: float | Span
) -> Floats:
    """(n,) the chance of just so many purchases on the occasions of the ``horizon``, in [0, 1].

    count : a whole number >= 0, or (n,) of them. horizon : as elsewhere; no more purchases than occasions have a chance.

    The distribution of a newcomer is that of a history without occasions (equation 7).
    """
    speaks_of(self, occasions)
    ahead = occasions_within(self.period, horizon)

    def left_now_or_not_at_all(who: _Alive, k: Floats, _: Floats) -> Floats:
        return np.where(k < ahead, self.gamma / (self.gamma + who.d + k), 1.0)

    exactly = counts_asked(count, len(occasions), "count")
    chance = _summed(self, occasions, exactly, horizon, left_now_or_not_at_all)
    odds = self.log_odds_of_having_left(occasions)
    gone = np.where(exactly == 0, logistic(odds), 0.0)
    return sealed(np.minimum(gone + logistic(-odds) * chance, 1.0))


def next_purchase_within(self: OnOccasions, occasions: Occasions, probability: ArrayLike) -> Floats:
    """(n,) occasions from the last until which the next purchase has come with this probability, whole, >= 1.

    probability : in (0, 1), one number, or (n,) of them; 0.5 asks for the median.

    Infinite where the next purchase never comes with that probability, because the customer has left with too large a chance or
    will leave before it, or after more occasions than a float can count. It is the smallest horizon for which
    `probability_of_none` is at most 1 - probability.
    """
    speaks_of(self, occasions)
    asked = chances_asked(probability, len(occasions))
    alive = logistic(-self.log_odds_of_having_left(occasions))
    some = np.flatnonzero(alive > asked)
    keys = distinct(
        [(occasions.frequency[some], 1.0), (occasions.age[some], 1.0), ((asked / alive)[some], 1.0)]
    )
    first = some[keys.first]
    x, age = occasions.frequency[first], occasions.age[first]
    time = np.full(len(occasions), np.inf)
    time[some] = _until_first(self, x, age, (asked / alive)[first])[keys.index]
    return sealed(time)


def discounted_purchases(
    self: OnOccasions, occasions: Occasions, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) purchases expected on the occasions of the horizon, each at what one unit of money then is worth now, >= 0.

    horizon : a whole number of occasions, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0 (the
        result is then also called DERT, equation 14).
    discount : per year, in [0, inf), whatever the model's period. The next occasion is one period away.
    """
    speaks_of(self, occasions)
    rate = discount_rate(self.period, discount)
    ahead = occasions_within(self.period, horizon, rate)
    ages = distinct([(occasions.age, 1.0)])
    alive_for = _alive_for(self, occasions.age[ages.first], np.full(ages.first.size, ahead), rate)
    often = (self.alpha + occasions.frequency) / (self.alpha + self.beta + occasions.age)
    return sealed(logistic(-self.log_odds_of_having_left(occasions)) * often * alive_for[ages.index])


def speaks_of(model: OnOccasions, occasions: Occasions) -> None:
    """Refuse histories on occasions that come at another interval."""
    are_occasions(occasions)
    if occasions.period != model.period:
        remedy = f'make them with period="{model.period}", or fit a model to them'
        raise Invalid(
            "period", f"of the occasions must be the model's, {model.period}", occasions.period, remedy
        )


def are_occasions(given: object) -> None:
    """Refuse histories in continuous time, which look alike and would be answered wrongly."""
    if not isinstance(given, Occasions):
        remedy = "make them with Occasions.from_ledger or Occasions.from_summary"
        raise Invalid("occasions", "must be Occasions", type(given).__name__, remedy)


# --- sums over the occasions ahead ---


def _alive_for(model: OnOccasions, age: Floats, ahead: Floats, rate: float) -> Floats:
    """(m,) on how many of the occasions ahead somebody alive at this age is alive, each discounted."""
    since = (model.delta + age)[:, None]
    return discounted_sum(lambda k, rows: log_rising_ratio(since[rows], model.gamma, k), rate, ahead)


@attrs.frozen(eq=False)
class _Alive:
    """(m,) what is known of the distinct customers asked about, if they are alive."""

    a: Floats
    b: Floats
    d: Floats
    gamma: float
    index: Counts  # (n,) which of the m each customer is

    def until(self, ahead: float, count: Floats) -> Iterator[tuple[Floats, Floats]]:
        """K = count, count + 1, ... and the log of the chance to buy on ``count`` of k occasions and be alive at the k-th.

        Minus infinity where k lies beyond ``ahead``. (a)_j (b)_{k - j} / (a + b)_k begins with (a)_j / (a + b)_j.
        """
        k = count.copy()
        log = log_rising_ratio(self.a, self.b, count) + log_rising_ratio(self.d, self.gamma, count)
        for _ in range(int(ahead - count.min(initial=ahead)) + 1):
            yield k, np.where(k <= ahead, log, -np.inf)
            passed = k - count
            log = log + np.log1p(count / (passed + 1)) + np.log((self.b + passed) / (self.a + self.b + k))
            log -= np.log1p(self.gamma / (self.d + k))
            k = k + 1


def _summed(
    model: OnOccasions,
    occasions: Occasions,
    count: Floats,
    horizon: float | Span,
    share: Callable[[_Alive, Floats, Floats], Floats],
) -> Floats:
    """(n,) the chances of `_Alive.until`, each times a share, summed over the occasions ahead."""
    ahead = occasions_within(model.period, horizon)
    keys = distinct([(occasions.frequency, 1.0), (occasions.age, 1.0), (count, 1.0)])
    x, age, each = (column[keys.first] for column in (occasions.frequency, occasions.age, count))
    who = _Alive(model.alpha + x, model.beta + age - x, model.delta + age, model.gamma, keys.index)
    total = np.zeros(each.size)
    for k, log in who.until(ahead, each):
        total += np.exp(log) * share(who, k, each)
    return total[who.index]


_COUNTED = 2.0**53  # whole numbers beyond are told by no float


def _until_first(model: OnOccasions, x: Floats, age: Floats, chance: Floats) -> Floats:
    """(m,) the occasion by which somebody alive has bought with this chance; infinite where he has on none.

    He first buys on the k-th with the chance a / (a + b) (b)_(k - 1) / (a + b + 1)_(k - 1) S(k), which falls with k.
    """
    a, b, d = model.alpha + x, model.beta + age - x, model.delta + age

    def bought(last: Floats, rows: Counts) -> Floats:
        mine = (a[rows, None], b[rows, None], d[rows, None])

        def log_first(k: Floats, some: slice) -> Floats:
            passes = log_rising_ratio(mine[1][some], mine[0][some] + 1.0, k - 1.0)
            return passes + log_rising_ratio(mine[2][some], model.gamma, k)

        return a[rows] / (a + b)[rows] * discounted_sum(log_first, 0.0, last)

    low, high = np.zeros(x.size), np.full(x.size, np.inf)
    last = np.ones(x.size)
    # Twice as many until it was one of them, then halves.
    moving = np.arange(x.size)
    while moving.size:
        enough = bought(last[moving], moving) >= chance[moving]
        high[moving] = np.where(enough, last[moving], high[moving])
        low[moving] = np.where(enough, low[moving], last[moving])
        between = np.floor((low + np.where(np.isfinite(high), high, 2 * low)) / 2)
        last = np.where(np.isfinite(high), between, 2 * last)
        moving = moving[((high - low)[moving] > 1) & (last[moving] <= _COUNTED)]
    return high
