"""What BG/NBD and MBG/NBD share: a customer buys at a constant rate, and may leave for good at each of k chances.

k is what tells the two apart: in the one every purchase after the first is a chance to leave (k = x), in the other the
first is as well (k = x + 1). The rate is Gamma(r, alpha) among customers, the probability p to leave at a chance Beta(a, b).

A history (x, t_x, T) comes about in two ways: alive until T, or, for k > 0, left at t_x. The second is e^L times as likely
as the first, with

    L = ln a - ln(b + k - 1) + (r + x) ln((alpha + T) / (alpha + t_x)),

so that P(alive) = 1 / (1 + e^L), and the log-likelihood is that of NBD, plus ln((b)_k / (a + b)_k) for k chances that were
not taken, plus ln(1 + e^L): a sum without differences of large numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from relcore.analytics._numerics import mixed_poisson
from relcore.analytics._numerics.dropout_average import purchases_while_alive, still_alive
from relcore.analytics._numerics.newton import Point, in_logs, maximum
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.rising_ratio import log_rising_ratio
from relcore.analytics.arrays import Floats, blocks
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import nbd, predictions
from relcore.analytics.lifetime_value.futures import Stay, purchases_drawn
from relcore.analytics.lifetime_value.nbd import none_by_rate
from relcore.analytics.period import Period

NAMES = ("r", "alpha", "a", "b")
_ROWS = 1 << 14  # histories at a time: what stays in the cache


@attrs.frozen(eq=False)
class Likelihood:
    """One set of histories as a function of theta = ln (r, alpha, a, b), with both derivatives."""

    buying: nbd.Likelihood
    chances_in: Callable[[Floats], Floats]  # so many purchases
    chances: RisingFactorials
    x: Floats  # (m,) of the distinct histories that have two ways, like the next four
    k: Floats
    recency: Floats
    age: Floats
    weight: Floats
    work: Floats  # (12, any) to compute in: taking memory and giving it back, each time anew, would be half of the work

    @classmethod
    def of(
        cls, purchases: Purchases, chances: Callable[[Floats], Floats], *, anybody: bool = False
    ) -> Likelihood:
        """What these purchases tell; refuses those in which nobody came back, unless anybody will do.

        chances : how many chances to leave there were in x purchases.
        """
        return cls._of(nbd.Likelihood.of(purchases, anybody=anybody), chances)

    @classmethod
    def _of(cls, buying: nbd.Likelihood, chances: Callable[[Floats], Floats]) -> Likelihood:
        rows = buying.rows
        k = chances(rows.frequency)
        # Distinct histories come in the order of their frequency, and those with a chance to leave are the last of them.
        two_ways = slice(int(np.searchsorted(k, 0.0, side="right")), None)
        return cls(
            buying=buying,
            chances_in=chances,
            chances=RisingFactorials.of(k, rows.weight),
            x=rows.frequency[two_ways],
            k=k[two_ways],
            recency=rows.recency[two_ways],
            age=rows.age[two_ways],
            weight=rows.weight[two_ways],
            work=np.empty((12, min(len(k[two_ways]), _ROWS))),
        )

    def start(self) -> Floats:
        """Where the climb begins: as without leaving, and a chance of one in five to leave; nearer the peak of many histories."""
        plain = np.append(self.buying.start(), np.log([0.6, 2.4]))
        part = self.buying.part()
        if part is None:
            return plain
        found = maximum(Likelihood._of(part, self.chances_in).at, plain, NAMES)
        return found.theta if found.converged else plain

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4,) and Hessian (4, 4) in theta."""
        r, alpha, a, b = np.exp(theta).tolist()
        of_b, of_ab = self.chances.at(b), self.chances.at(a + b)
        value, slope, bend = self.buying.derivatives(r, alpha)
        value += of_b.value - of_ab.value
        gradient = np.array([*slope, -of_ab.slope, of_b.slope - of_ab.slope])
        hessian = np.zeros((4, 4))
        hessian[:2, :2] = bend
        hessian[2:, 2:] -= of_ab.curvature
        hessian[3, 3] += of_b.curvature
        for rows in blocks(self.x.size, _ROWS):
            two_ways = self._two_ways(rows, r, alpha, a, b)
            value += two_ways[0]
            gradient += two_ways[1]
            hessian += two_ways[2]
        return in_logs(theta, value, gradient, hessian)

    def _two_ways(
        self, rows: slice, r: float, alpha: float, a: float, b: float
    ) -> tuple[float, Floats, Floats]:
        """The sum of ln(1 + e^L), with its derivatives in r, alpha, a and b."""
        weight = self.weight[rows]
        slopes, bent, rest = (self.work[n : n + 4, : weight.size] for n in (0, 4, 8))
        shape, early, late, odds = rest
        # L above, with first derivatives as rows and the second where not 0.
        np.add(self.x[rows], r, out=shape)
        np.add(self.recency[rows], alpha, out=early)
        np.add(self.age[rows], alpha, out=late)
        lapse, slowed, _, waits = slopes
        np.log(np.divide(late, early, out=lapse), out=lapse)
        np.divide(1.0, early, out=early)
        np.divide(1.0, late, out=late)
        slower = np.subtract(late, early, out=bent[0])
        np.multiply(shape, slower, out=slowed)
        slopes[2] = 1.0 / a
        np.subtract(self.k[rows], 1.0, out=waits)
        np.divide(-1.0, np.add(waits, b, out=waits), out=waits)
        np.log(np.multiply(waits, -a, out=odds), out=odds)
        odds += np.multiply(shape, lapse, out=shape)
        # exp(-|L|) gives the chances of both ways, and the log of their sum.
        fewer: Floats = bent[1]
        more: Floats = bent[2]
        still: Floats = bent[3]
        np.exp(np.negative(np.abs(odds, out=fewer), out=fewer), out=fewer)
        both = np.add(fewer, 1.0, out=still)
        value = float(weight @ np.log(both, out=more)) + float(weight @ np.maximum(odds, 0.0, out=shape))
        np.divide(1.0, both, out=more)
        fewer *= more
        likely = odds > 0
        weighted = np.multiply(weight, np.where(likely, more, fewer), out=shape)
        np.multiply(weighted, np.where(likely, fewer, more), out=still)

        cross = weighted @ slower
        hessian = np.zeros((4, 4))
        hessian[1, 1] = -(weighted @ np.multiply(slowed, np.add(early, late, out=early), out=early))
        hessian[0, 1] = hessian[1, 0] = cross
        hessian[2, 2] = -weighted.sum() / a**2
        hessian[3, 3] = weighted @ np.multiply(waits, waits, out=late)
        gradient = slopes @ weighted
        hessian += np.multiply(slopes, still, out=bent) @ slopes.T
        return value, gradient, hessian


# --- lent to both models ---


class BetaGeometric(predictions.Leaving, Protocol):
    """Parameters and what counts as a chance to leave."""

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


def log_likelihood(self: BetaGeometric, purchases: Purchases) -> float:
    """How likely the model finds these histories: weighted and summed, 0 for n = 0."""
    predictions.speaks_of(self, purchases)
    theta = np.log([self.r, self.alpha, self.a, self.b])
    return Likelihood.of(purchases, self.chances_to_leave, anybody=True).at(theta).value


def log_odds_of_having_left(self: BetaGeometric, purchases: Purchases) -> Floats:
    """(n,) L above; minus infinity without a chance to leave."""
    x, k = purchases.frequency, self.chances_to_leave(purchases.frequency)
    # The log of a quotient near 1 is off by 1e-16, which (r + x) makes 1e-12 at most; log1p would take four times as long.
    odds = (self.r + x) * np.log((self.alpha + purchases.age) / (self.alpha + purchases.recency))
    odds += np.log(self.a / (self.b + (np.maximum(k, 1.0) - 1.0)))
    return np.where(k > 0, odds, -np.inf)


def purchases_if_alive(self: BetaGeometric, frequency: Floats, age: Floats, ahead: float | Floats) -> Floats:
    """(n,) the average over the rate and the probability to leave, both as the history has left them."""
    b = self.b + self.chances_to_leave(frequency)
    return purchases_while_alive(self.r + frequency, ahead / (self.alpha + age), self.a, b)


def stays_if_alive(self: BetaGeometric, frequency: Floats, age: Floats, ahead: float) -> Floats:
    """(n,) the same average of the chance to get through."""
    b = self.b + self.chances_to_leave(frequency)
    return still_alive(self.r + frequency, ahead / (self.alpha + age), self.a, b)


def none_if_alive(self: BetaGeometric, frequency: Floats, age: Floats, ahead: float) -> Floats:
    """(n,) without a purchase there is no chance to leave: the rate alone counts."""
    return none_by_rate(self.r + frequency, ahead / (self.alpha + age))


def at_least_if_alive(
    self: BetaGeometric, frequency: Floats, age: Floats, count: Floats, ahead: float
) -> Floats:
    """(n,) m purchases fall into the time ahead, and none of the m - 1 before was the last.

    Summed over m >= 1 it is the expected number of purchases.
    """
    stays = np.exp(before_leaving(count - 1.0, self.a, self.b + self.chances_to_leave(frequency)))
    chance: Floats = stays * mixed_poisson.at_least(self.r + frequency, ahead / (self.alpha + age), count)
    return chance


def exactly_if_alive(
    self: BetaGeometric, frequency: Floats, age: Floats, count: Floats, ahead: float
) -> Floats:
    """(n,) (a, b) and the rate as the history has left them."""
    w, y = self.r + frequency, ahead / (self.alpha + age)
    reached = mixed_poisson.at_least(w, y, np.maximum(count, 1.0))
    in_time = np.exp(mixed_poisson.log_exactly(w, y, count))
    return just_so_many(count, self.a, self.b + self.chances_to_leave(frequency), reached, in_time)


def first_if_alive(self: BetaGeometric, frequency: Floats, age: Floats, chance: Floats) -> Floats:
    """(n,) without a purchase there is no chance to leave: the rate alone counts."""
    return mixed_poisson.time_of_first(self.r + frequency, chance) * (self.alpha + age)


def log_chance_to_stay(self: BetaGeometric, frequency: Floats, _age: Floats) -> Floats:
    """(n,) at none of the chances."""
    return before_leaving(self.chances_to_leave(frequency), self.a, self.b)


def stay_drawn(self: BetaGeometric, purchases: Purchases, ahead: float, random: np.random.Generator) -> Stay:
    """(n,) at a rate of his own, until the purchase after which he leaves, by a chance of his own."""
    fatal = leaves_after(self.a, self.b + self.chances_to_leave(purchases.frequency), random)
    rate = random.gamma(self.r + purchases.frequency) / (self.alpha + purchases.age)
    wanted = purchases_drawn(rate, ahead, random)
    leaves = fatal <= wanted
    last = np.where(leaves, fatal, 1.0)
    # The moment of the last, among as many as there would have been: an order statistic of evenly spread moments.
    when = ahead * random.beta(last, np.maximum(wanted - last, 0.0) + 1.0)
    return Stay(np.where(leaves, last, wanted).astype(np.int64), np.where(leaves, when, ahead), leaves)


# --- a chance to leave, p ~ Beta(a, b), after each purchase ---


def before_leaving(chances: Floats, a: float, b: Floats | float) -> Floats:
    """(n,) log of the chance to leave at none of so many chances."""
    return log_rising_ratio(np.asarray(b, dtype=np.float64), a, chances)


def just_so_many(count: Floats, a: float, b: Floats, reached: Floats, in_time: Floats) -> Floats:
    """(n,) the chance of so many purchases: they were all that there was time for, or the last was that after which he left.

    count : whole, >= 0. reached, in_time : of somebody who does not leave, the chances of at least so many (or of 1, for none)
        and of just so many. Fader, Hardie and Lee (2005), equation (8), with the rate and (a, b) of a living customer.
    """
    before = np.maximum(count, 1.0) - 1.0
    none_left, all_ = np.exp(before_leaving(before, a, b)), a + b + before
    last = np.where(count > 0, none_left * (a / all_) * reached, 0.0)
    chance: Floats = last + np.where(count > 0, none_left * ((b + before) / all_), 1.0) * in_time
    return chance


def leaves_after(a: float, b: Floats, random: np.random.Generator) -> Floats:
    """(n,) the purchase from now on after which each leaves, drawn: 1, 2, ..., or infinity."""
    chance = random.beta(a, b)
    with np.errstate(divide="ignore", over="ignore"):
        fatal: Floats = np.ceil(random.standard_exponential(b.size) / -np.log1p(-chance))
    return np.maximum(fatal, 1.0)
