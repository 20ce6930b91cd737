"""What BG/CNBD-k and MBG/CNBD-k can be asked: the words of the models of chance, of customers who buy regularly.

What is to come of somebody who is alive depends on the phase j in which his silence has left him, and so on recency as well:
with the weights of the phases that are the terms of S (see `condensed`), every answer is an average over them. The papers
approximate what is expected; here it is exact (`_numerics.ticks`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol, Self, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics import ticks
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.special import log_gamma, log_sum_exp, logistic
from relcore.analytics.arrays import Counts, Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import bootstrap, predictions
from relcore.analytics.lifetime_value.apart import sharing
from relcore.analytics.lifetime_value.beta_geometric import before_leaving, just_so_many, leaves_after
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.condensed import Likelihood
from relcore.analytics.lifetime_value.futures import Beat, Stay, purchases_drawn
from relcore.analytics.lifetime_value.purchase_counts import chances_asked, counts_asked
from relcore.analytics.lifetime_value.terms import log_regularity
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.analytics.prior import Prior
from relcore.analytics.uncertainty import Fitted


class Condensed(Fitted, Protocol):
    """Parameters and what counts as a chance to leave."""

    @property
    def k(self) -> int: ...
    @property
    def r(self) -> float: ...
    @property
    def alpha(self) -> float: ...
    @property
    def a(self) -> float: ...
    @property
    def b(self) -> float: ...
    @property
    def period(self) -> Period: ...
    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """(n,) after so many repeat purchases."""
        ...

    def log_likelihood_of_each(self, purchases: Purchases) -> Floats:
        """(n,) how likely each history is."""
        ...

    @classmethod
    def fit(cls, purchases: Purchases, *, k: int | None = None, prior: Prior | None = None) -> Self:
        """The model of these histories."""
        ...


M = TypeVar("M", bound=Condensed)


@attrs.frozen(eq=False)
class _Silent:
    """(n,) histories, and what their silence tells. The two ways weigh S and e^L, as in `condensed`."""

    w: Floats  # ticks are Gamma(w + j, scale) in phase j
    scale: Floats
    chances: Floats
    phase: Floats  # (k, n) weights, if alive
    log_alive: Floats  # ln S
    log_gone: Floats  # L; minus infinity without a chance to leave

    @classmethod
    def of(cls, model: Condensed, x: Floats, recency: Floats, age: Floats) -> _Silent:
        w, scale, gap = model.r + model.k * x, model.alpha + age, age - recency
        chances = model.chances_to_leave(x)
        logs = ticks.phase_logs(model.k, w, gap / scale)
        log = log_sum_exp(logs.T)
        gone = np.log(model.a) - np.log(model.b + (np.maximum(chances, 1.0) - 1.0))
        gone += w * np.log1p(gap / (model.alpha + recency))
        return cls(w, scale, chances, np.exp(logs - log), log, np.where(chances > 0, gone, -np.inf))


@attrs.frozen(eq=False)
class _Living:
    """Distinct histories of customers taken to be alive; (m,) but where said otherwise."""

    w: Floats
    scale: Floats
    b: Floats
    phase: Floats  # (k, m)
    alive: Floats  # chance of it
    index: Counts  # (n,) which of the m each customer is

    @classmethod
    def among(cls, model: Condensed, purchases: Purchases) -> _Living:
        predictions.speaks_of(model, purchases)
        per = days_per(purchases.period)
        keys = [(purchases.frequency, 1.0), (purchases.recency, per), (purchases.age, per)]
        shared = sharing(model, keys)
        silent = _Silent.of(model, *(column[shared.first] for column, _ in keys))
        alive = logistic(silent.log_alive - silent.log_gone)
        return cls(silent.w, silent.scale, model.b + silent.chances, silent.phase, alive, shared.index)

    def asked(self, value: Floats) -> tuple[_Living, Floats]:
        """The distinct pairs of a history and what is asked of it, ``value`` (n,)."""
        shared = distinct([(self.index.astype(np.float64), 1.0), (value, 1.0)])
        at = self.index[shared.first]
        pairs = _Living(
            self.w[at], self.scale[at], self.b[at], self.phase[:, at], self.alive[at], shared.index
        )
        return pairs, value[shared.first]

    def buys(self, a: float, ahead: float) -> Floats:
        """(m,) expected if alive, in the time ahead."""
        return ticks.purchases_while_alive(self.w, ahead / self.scale, self.phase, a, self.b)

    def buys_until(self, a: float, moments: Floats) -> Floats:
        """(m, points) expected if alive until each of the moments (m, points)."""
        w, b, phase = (
            np.repeat(column, moments.shape[1], axis=-1) for column in (self.w, self.b, self.phase)
        )
        y = (moments / self.scale[:, None]).ravel()
        return ticks.purchases_while_alive(w, y, phase, a, b).reshape(moments.shape)


def log_likelihood(self: Condensed, purchases: Purchases) -> float:
    """How likely the model finds these histories: weighted and summed, 0 for n = 0. Needs ``log_gaps`` unless k is 1."""
    predictions.speaks_of(self, purchases)
    theta = np.log([self.r, self.alpha, self.a, self.b])
    return Likelihood.of(purchases, self.k, self.chances_to_leave, anybody=True).at(theta).value


def log_likelihood_of_each(self: Condensed, purchases: Purchases) -> Floats:
    """(n,) how likely the model finds each history, without its weight: `log_likelihood` is the weighted sum.

    Where two models differ in it says whose customers they are. Needs ``log_gaps`` unless k is 1.
    """
    predictions.speaks_of(self, purchases)
    x, age = purchases.frequency, purchases.age
    silent = _Silent.of(self, x, purchases.recency, age)
    log = log_gamma(silent.w) - log_gamma(self.r) - self.k * x * np.log(self.alpha)
    log -= silent.w * np.log1p(age / self.alpha)
    log += before_leaving(silent.chances, self.a, self.b) + np.logaddexp(silent.log_alive, silent.log_gone)
    return sealed(log + log_regularity(purchases, self.k))


def refits(self: M, purchases: Purchases, *, draws: int = 200, random: np.random.Generator) -> Resampled[M]:
    """The bootstrap with a climb for every sample: exact, and as long as that many fits. k is taken for known.

    purchases : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
    """
    rows, prior = (
        purchases.without_spend().collapse().rows,
        None if self.evidence is None else self.evidence.prior,
    )

    def fit(sample: Purchases) -> M:
        return type(self).fit(sample, k=self.k, prior=prior)

    return bootstrap.climbed(self, rows, fit, draws=draws, random=random)


def probability_alive(self: Condensed, purchases: Purchases, *, ahead: float | Span = 0.0) -> Floats:
    """(n,) chance of not having left, in [0, 1].

    ahead : how long after the end of observation: a number of the model's periods, or a `Span`; now, unless given.
    """
    living, later = _Living.among(self, purchases), horizon_in(self.period, ahead)
    alive = living.alive
    if later > 0:
        alive = alive * ticks.still_alive(living.w, later / living.scale, living.phase, self.a, living.b)
    return sealed(alive[living.index])


def expected_purchases(self: Condensed, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0.

    horizon : a number of the model's periods, or a `Span`, which is converted; 0 gives 0.
    """
    living, ahead = _Living.among(self, purchases), horizon_in(self.period, horizon)
    return sealed((living.alive * living.buys(self.a, ahead))[living.index])


def expected_purchases_of_newcomer(self: Condensed, horizon: ArrayLike | Span) -> Floats:
    """(n,) purchases after the first that a random new customer makes in each of these times.

    horizon : (n,) periods since the first purchase, >= 0 and finite; or one `Span`.
    """
    ahead = predictions.horizons_in(self.period, horizon)
    chances = float(self.chances_to_leave(np.zeros(1))[0])
    alive = (self.b / (self.a + self.b)) ** chances
    w, phase = np.full(ahead.size, self.r), np.zeros((self.k, ahead.size))
    phase[0] = 1.0
    b = np.full(ahead.size, self.b + chances)
    return sealed(alive * ticks.purchases_while_alive(w, ahead / self.alpha, phase, self.a, b))


def probability_of_none(self: Condensed, purchases: Purchases, *, horizon: float | Span) -> Floats:
    """(n,) chance of not a single purchase in the ``horizon`` after the end of observation, in [0, 1].

    horizon : a number of the model's periods, or a `Span`; 0 gives 1.
    """
    living, ahead = _Living.among(self, purchases), horizon_in(self.period, horizon)
    none = ticks.none(living.w, ahead / living.scale, living.phase)
    return sealed((1 - living.alive + living.alive * none)[living.index])


def probability_of_purchases(
    self: Condensed, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
) -> Floats:
    """(n,) the chance of ``at_least`` so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    at_least : a whole number >= 0, or (n,) of them. horizon : a number of the model's periods, or a `Span`.

    Computed as such, not as a difference: a small chance is told as exactly as a large one.
    """
    ahead = horizon_in(self.period, horizon)
    living, count = _Living.among(self, purchases).asked(counts_asked(at_least, len(purchases), "at_least"))
    m = np.maximum(count, 1.0)
    still = np.exp(before_leaving(m - 1.0, self.a, living.b))
    reached = ticks.reaches(m, living.w, ahead / living.scale, living.phase)
    return sealed(np.where(count == 0, 1.0, living.alive * still * reached)[living.index])


def probability_of_exactly(
    self: Condensed, purchases: Purchases, count: ArrayLike, *, horizon: float | Span
) -> Floats:
    """(n,) the chance of just so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    count : a whole number >= 0, or (n,) of them.
    horizon : a number of the model's periods, or a `Span`; within 0 there is none for sure.

    Just so many of somebody who does not leave are k numbers of ticks, or fewer before the first purchase: their chances are
    added up, none is a difference.
    """
    ahead = horizon_in(self.period, horizon)
    living, exactly = _Living.among(self, purchases).asked(counts_asked(count, len(purchases), "count"))
    if ahead == 0:
        return sealed(np.where(exactly == 0, 1.0, 0.0)[living.index])
    y = ahead / living.scale
    reached = ticks.reaches(np.maximum(exactly, 1.0), living.w, y, living.phase)
    in_time = ticks.exactly(exactly, living.w, y, living.phase)
    chance = living.alive * just_so_many(exactly, self.a, living.b, reached, in_time)
    gone = np.where(exactly == 0, 1 - living.alive, 0.0)
    return sealed(np.minimum(gone + chance, 1.0)[living.index])


def next_purchase_within(self: Condensed, purchases: Purchases, probability: ArrayLike) -> Floats:
    """(n,) periods after the end of observation until which the next purchase has come with this probability, > 0.

    probability : in (0, 1), one number, or (n,) of them; 0.5 asks for the median.

    Infinite where the next purchase never comes with that probability, because the customer has left with too large a chance,
    or because no float holds so long a time. It is the horizon for which `probability_of_none` is 1 - probability.

    >>> from relcore.analytics import BetaGeoCNBD
    >>> model = BetaGeoCNBD(k=4, r=4, alpha=2, a=0.8, b=8, period="week")
    >>> rows = Purchases.from_summary(
    ...     frequency=[20] * 3, recency=[40, 40, 40], age=[40, 41, 47], period="week"
    ... )
    >>> model.next_purchase_within(rows, 0.5).round(2)
    array([1.88, 1.07,  inf])
    """
    living, chance = _Living.among(self, purchases).asked(chances_asked(probability, len(purchases)))
    time = np.full(chance.size, np.inf)
    some = np.flatnonzero(living.alive > chance)
    asked = np.minimum(chance[some] / living.alive[some], np.nextafter(1.0, 0.0))
    time[some] = ticks.time_of_first(living.w[some], asked, living.phase[:, some]) * living.scale[some]
    return sealed(time[living.index])


def discounted_purchases(
    self: Condensed, purchases: Purchases, *, horizon: float | Span, discount: float
) -> Floats:
    """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

    horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0.
    discount : per year, in [0, inf), whatever the model's period.

    The whole future is an average over the rate and the chance to leave. Up to a horizon it is an integral over time, by
    Gauss-Legendre rules from one expected purchase to the next while they still come like clockwork, and ever longer after.
    """
    rate, end = predictions.rate_and_end(self.period, horizon, discount)
    living = _Living.among(self, purchases)
    if horizon == math.inf:
        total = ticks.discounted_for_ever(living.scale, living.w, living.phase, self.a, living.b, rate)
        return sealed((living.alive * total)[living.index])
    total = math.exp(-rate * end) * living.buys(self.a, end)
    if rate > 0:
        for at, width in _moments(self.k, living, rate, end):
            worth = rate * width * np.exp(-rate * at)
            total += (worth * living.buys_until(self.a, at)).sum(axis=1)
    return sealed((living.alive * total)[living.index])


_POINTS = 16


def _moments(k: int, living: _Living, rate: float, end: float) -> Iterator[tuple[Floats, Floats]]:
    """Moments and weights, both (m, points), of the integrals over [0, end], panel by panel."""
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    between = k * living.scale / living.w
    at = np.zeros(living.w.size)
    while (at < end).any():
        regular = np.where(at < (k + 3) * between, between, at)
        length = np.minimum(regular, 0.75 * living.scale + 1.5 * at)
        length = np.minimum(np.minimum(length, 16 / rate), end - at)
        yield at[:, None] + length[:, None] * (nodes + 1) / 2, length[:, None] * weights / 2
        at = np.where(length < end - at, at + length, end)


# --- acting it out ---


def log_odds_of_having_left(self: Condensed, purchases: Purchases) -> Floats:
    """(n,) L - ln S; minus infinity without a chance to leave."""
    silent = _Silent.of(self, purchases.frequency, purchases.recency, purchases.age)
    return silent.log_gone - silent.log_alive


def stay_drawn(self: Condensed, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
    """(n,) in a phase of his own, at a rate of his own, until the purchase after which he leaves, by a chance of his own."""
    silent = _Silent.of(self, purchases.frequency, purchases.recency, purchases.age)
    passed: Counts = (np.cumsum(silent.phase, axis=0) < random.random(len(purchases))).sum(axis=0)
    heard = np.minimum(passed, self.k - 1)
    rate: Floats = random.gamma(silent.w + heard) / silent.scale
    beats = purchases_drawn(rate, ahead, random)
    wanted = (beats + heard) // self.k
    fatal = leaves_after(self.a, self.b + silent.chances, random)
    leaves = fatal <= wanted
    last = np.where(leaves, fatal, 1.0)
    needed = self.k * last - heard
    # The moment of so many ticks, among as many as there would have been: an order statistic of evenly spread moments.
    when: Floats = ahead * random.beta(needed, np.maximum(beats - needed, 0.0) + 1.0)
    count = np.where(leaves, last, wanted).astype(np.int64)
    over = np.where(leaves, 0, beats + heard - self.k * wanted + 1)
    beat = Beat(self.k, self.k - heard, over)
    return Stay(count, np.where(leaves, when, ahead), leaves, beat)
