"""How many purchases come while rates change: counts until he leaves, averaged over the moment at which he does.

Of somebody who is alive now, with purchases at a rate lambda ~ Gamma(w, X) and leaving at mu ~ Gamma(s, Y), the number of purchases
until the moment u is negative binomial on the clock of buying, as it is without covariates on a calendar
(`_numerics.mixed_poisson`), and he leaves around u with the chance

    s (Y / Y(u))^s dY(u) / Y(u).

So the chance of any number within a time ahead is that of the number until its end, times (Y / Y(end))^s for staying, and the
integral over the moments before. The integrand is smooth within a piece; panels are so short that it falls by no more than a
rule of Gauss and Legendre can follow. All terms are positive. Lent to the model by assignment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics import mixed_poisson
from relcore.analytics._numerics.pieces import Clock, Pieces, blocks
from relcore.analytics.arrays import Counts, Floats, sealed, summed
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.context_likelihood import log_ratio
from relcore.analytics.lifetime_value.purchase_counts import counts_asked
from relcore.analytics.lifetime_value.standing_in_context import Standing, log_odds_of_leaving
from relcore.analytics.period import Span, horizon_in

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(20)
_SHARE, _PART = (_NODE + 1) / 2, _WEIGHT / 2
_STEEPEST = 8.0  # how many times e the integrand may fall in a panel
_LONGEST = 1.5  # of a panel, in the logarithm of either clock
_NEGLIGIBLE = 45.0  # exp(-45) = 3e-20
_FARTHEST = 300.0  # exp of more than twice as much overflows
_BLOCK = 1 << 12  # pieces at a time: they have several panels of 20 moments each


def probability_of_none(
    self: ParetoNBDInContext, context: PurchasesInContext, *, horizon: float | Span
) -> Floats:
    """(n,) chance of not a single purchase in the ``horizon`` after the end of observation, in [0, 1].

    horizon : a number of the model's periods, or a `Span`; 0 gives 1. Refused where the covariates are not known so far.
    """
    standing = Standing.of(self, context)
    pieces = context.ahead(horizon_in(self.period, horizon))
    buying, leaving = standing.clocks(self, context, pieces)
    log_odds = log_odds_of_leaving(pieces, standing.shape, self.s, buying, leaving)
    stays = -standing.shape * log_ratio(buying.end[0], standing.buys)
    stays -= self.s * log_ratio(leaving.end[0], standing.leaves)
    none = np.exp(stays + np.logaddexp(0.0, log_odds))
    return sealed(np.minimum(standing.left + standing.alive * none, 1.0))


def probability_of_purchases(
    self: ParetoNBDInContext, context: PurchasesInContext, *, at_least: ArrayLike = 1, horizon: float | Span
) -> Floats:
    """(n,) the chance of ``at_least`` so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    at_least : a whole number >= 0, or (n,) of them. horizon : a number of the model's periods, or a `Span`.
    """
    count = counts_asked(at_least, len(context), "at_least")
    now, chance = _if_there(self, context, horizon, mixed_poisson.at_least, np.maximum(count, 1.0))
    return sealed(np.where(count == 0, 1.0, now.alive * chance))


def probability_of_exactly(
    self: ParetoNBDInContext, context: PurchasesInContext, count: ArrayLike, *, horizon: float | Span
) -> Floats:
    """(n,) the chance of just so many purchases in the ``horizon`` after the end of observation, in [0, 1].

    count : a whole number >= 0, or (n,) of them. horizon : a number of the model's periods, or a `Span`.
    """
    exactly = counts_asked(count, len(context), "count")
    now, chance = _if_there(self, context, horizon, _exactly, exactly)
    return sealed(np.minimum(np.where(exactly == 0, now.left, 0.0) + now.alive * chance, 1.0))


def _if_there(
    self: ParetoNBDInContext,
    context: PurchasesInContext,
    horizon: float | Span,
    chance: Callable[[Floats, Floats, Floats], Floats],
    count: Floats,
) -> tuple[Standing, Floats]:
    """Where customers stand, and (n,) the chance of these counts for those who are there."""
    now = Standing.of(self, context)
    pieces = context.ahead(horizon_in(self.period, horizon))
    buying, leaving = attrs.evolve(now, buys=np.zeros(len(context))).clocks(self, context, pieces)
    told = over_stays(
        lambda rows, gone: chance(now.shape[rows, None], gone, count[rows, None]), pieces,
        settled=settled(now.shape, count), shape=now.shape, buys=now.buys, s=self.s, leaves=now.leaves, buying=buying, leaving=leaving,
    )  # fmt: skip
    return now, np.minimum(told, 1.0)


def over_stays(
    chance: Callable[[Counts, Floats], Floats],
    pieces: Pieces,
    *,
    settled: Floats,
    shape: Floats,
    buys: Floats,
    s: float,
    leaves: Floats,
    buying: Clock,
    leaving: Clock,
) -> Floats:
    """(n,) the mean of a chance over how long each of n customers stays, within pieces that begin now.

    chance : (j, q) of the customers (j,) and of how far (j, q) the clock of buying has gone since now, in parts of what it shows now.
    settled : (n,) how far in these parts it changes at all. shape, buys, leaves : (n,) w, X and Y now.
    buying : a clock that starts at 0. leaving : one that starts at Y.
    """
    everybody = np.arange(shape.size)
    total = np.exp(-s * log_ratio(leaving.end[0], leaves))
    total *= chance(everybody, (buying.end[0] / buys)[:, None])[:, 0]
    owner, passed, shown = pieces.owner, buying.start[0], leaving.start[0]
    speed = buying.rate / leaving.rate
    # On the clock of leaving, until nobody is left.
    gap = shown * np.expm1(np.minimum(_NEGLIGIBLE / s, _FARTHEST))
    gap = np.minimum(gap, leaving.rate * (pieces.end - pieces.begin))
    gap[s * log_ratio(shown, leaves[owner]) > _NEGLIGIBLE] = 0.0
    lively = np.clip((settled * buys)[owner] / speed - passed / speed, 0.0, gap)
    fast, slow = shape + s + 1, np.full(shape.size, s + 1)
    stretches = [
        (_Stretch(owner, passed, shown, speed, lively), fast),
        (_Stretch(owner, passed + speed * lively, shown + lively, speed, gap - lively), slow),
    ]
    for first, last in blocks(pieces.sizes(shape.size) + 1, _BLOCK):
        here = slice(*np.searchsorted(owner, [first, last]).tolist())
        for stretch, steep in stretches:
            some = stretch.part(here)
            total[first:last] += some.left(chance, first, last, steep=steep, buys=buys, s=s, leaves=leaves)
    return total


@attrs.frozen(eq=False)
class _Stretch:
    """Parts of pieces (m,): whose they are, what the clocks show at the beginning, how fast that of buying is against the other.

    passed : on the clock of buying since now. shown, length : on the clock of leaving.
    """

    owner: Counts
    passed: Floats
    shown: Floats
    speed: Floats
    length: Floats

    def part(self, here: slice) -> _Stretch:
        """Those of these pieces that are longer than nothing."""
        there = self.length[here] > 0
        floats = (self.passed, self.shown, self.speed, self.length)
        return _Stretch(self.owner[here][there], *(column[here][there] for column in floats))

    def left(
        self,
        chance: Callable[[Counts, Floats], Floats],
        first: int,
        last: int,
        *,
        steep: Floats,
        buys: Floats,
        s: float,
        leaves: Floats,
    ) -> Floats:
        """(last - first,) the mean of the chance over those who leave here; steep : (n,) how many times e it falls, in a clock's log."""
        unit = np.minimum(self.shown, (buys[self.owner] + self.passed) / self.speed)
        whole = np.log1p(self.length / unit)
        panels = np.ceil(whole * np.maximum(steep[self.owner] / _STEEPEST, 1 / _LONGEST)).astype(np.int64)
        i, nth = np.repeat(np.arange(whole.size), panels), _counted(panels)
        width = whole[i] / panels[i]
        y = (nth * width)[:, None] + width[:, None] * _SHARE
        since, whose, shown = unit[i, None] * np.expm1(y), self.owner[i], self.shown[i, None]
        leave = s * width[:, None] * _PART * (unit[i, None] + since) / (shown + since)
        leave *= np.exp(-s * log_ratio(shown + since, leaves[whose, None]))
        gone = (self.passed[i, None] + self.speed[i, None] * since) / buys[whose, None]
        return summed(whose - first, (leave * chance(whose, gone)).sum(axis=1), last - first)


def settled(shape: Floats, count: Floats) -> Floats:
    """(n,) how far the clock of buying has to go, in parts of X, until so many purchases have come but for a chance of e^-45.

    The log of the chance of k purchases is concave in ln(1 + y), with its peak at ln(1 + k / w); a distance d after that it has
    fallen by at least w (d - 1 + exp(-d)).
    """
    beyond = np.sqrt(2.2 * _NEGLIGIBLE / shape) + 1.1 * _NEGLIGIBLE / shape
    far: Floats = np.expm1(np.minimum(np.log1p(count / shape) + beyond, _FARTHEST))
    return far


def _counted(sizes: Counts) -> Counts:
    """0 to size - 1 for each of the sizes, one after the other."""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _exactly(w: Floats, y: Floats, count: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.exp(mixed_poisson.log_exactly(w, y, count))
    # Of no time at all.
    return np.where(y > 0, chance, count == 0)
