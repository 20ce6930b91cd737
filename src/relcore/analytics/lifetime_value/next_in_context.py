"""When the next purchase comes while rates change: the piece of the path in which it is due, and the moment within.

Of somebody who is alive now, with purchases at a rate lambda ~ Gamma(w, X) and leaving at mu ~ Gamma(s, Y), the next purchase comes
around u with the chance

    w (X / X(u))^w (Y / Y(u))^s dX(u) / X(u).

Within a piece both clocks run evenly. So the chance that it comes in a piece is that of a silence (`_numerics.silence`) with both
processes in each other's place: not to buy for as long as he stays, instead of not to leave for as long as he buys nothing. And from the
beginning of a piece on, until its end, the date is that of Pareto/NBD, of a customer with X / a and Y / b for alpha and beta.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.pieces import Clock, Pieces, blocks, running
from relcore.analytics._numerics.power_integral import first_before_leaving
from relcore.analytics._numerics.silence import silences
from relcore.analytics._numerics.special import log_sum_exp
from relcore.analytics.arrays import Counts, Floats, sealed
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.context_likelihood import log_ratio
from relcore.analytics.lifetime_value.purchase_counts import chances_asked
from relcore.analytics.lifetime_value.standing_in_context import Standing

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext

_BLOCK = 1 << 15  # pieces at a time


def next_purchase_within(
    self: ParetoNBDInContext, context: PurchasesInContext, probability: ArrayLike
) -> Floats:
    """(n,) periods after the end of observation until which the next purchase has come with this probability, > 0.

    probability : in (0, 1), one number, or (n,) of them; 0.5 asks for the median.

    Infinite where the next purchase does not come with that probability within what is known of the covariates: because the
    customer has left with too large a chance, or will leave before it, or because it may come later than that. With
    `PurchasesInContext.held`, infinite is never. It is the horizon for which `probability_of_none` is 1 - probability.
    """
    everybody = Standing.of(self, context)
    asked = chances_asked(probability, len(context))
    # Of whom nothing is known ahead, nothing comes within that.
    due = (everybody.alive > asked) & (context.known > context.purchases.age)
    some, now = context.where(due), everybody.where(due)
    pieces = some.pieces.between(some.purchases.age, some.known)
    buying, leaving = now.clocks(self, some, pieces)
    chance = asked[due] / now.alive
    come = _come_before(pieces, now, self.s, buying, leaving)

    last = np.cumsum(pieces.sizes(len(some))) - 1
    # The first piece of each path begins before any chance, and what has come by the next ones only grows.
    early = np.bincount(pieces.owner[come < chance[pieces.owner]], minlength=len(some))
    i = last - pieces.sizes(len(some)) + early
    bought, worn = buying.start[0][i], leaving.start[0][i]
    with np.errstate(over="ignore"):
        rest = (chance - come[i]) * np.exp(-_log_silent(now, pieces.owner[i], self.s, bought, worn))
    within = first_before_leaving(now.shape, bought / buying.rate[i], self.s, worn / leaving.rate[i], rest)
    length = pieces.end[i] - pieces.begin[i]
    within = np.where(within <= length, within, np.where(i == last, np.inf, length))
    time = np.full(len(context), np.inf)
    time[due] = pieces.begin[i] - some.purchases.age + within
    return sealed(time)


def _come_before(pieces: Pieces, now: Standing, s: float, buying: Clock, leaving: Clock) -> Floats:
    """(m,) the chance that the next purchase has come when a piece begins, of those who are alive now."""
    owner, customers = pieces.owner, now.shape.size
    # After the last piece of a path nothing begins, and it may be endless.
    goes_on = np.append(owner[1:] == owner[:-1], False)[: owner.size]
    gap = np.where(goes_on, pieces.end - pieces.begin, 0.0)
    bought, worn = buying.start[0], leaving.start[0]
    log = np.full(owner.size, -np.inf)
    for first, last in blocks(pieces.sizes(customers) + 1, _BLOCK):
        here = slice(*np.searchsorted(owner, [first, last]).tolist())
        scales = worn[here] / leaving.rate[here], bought[here] / buying.rate[here]
        stays = np.full(scales[0].size, s)
        for part in silences(stays, scales[0], now.shape[owner[here]], scales[1], gap[here]):
            log[here][part.rows] = log_sum_exp(part.log_odds)
    ends = bought + buying.rate * gap, worn + leaving.rate * gap
    before, _ = running(np.exp(log + _log_silent(now, owner, s, *ends))[None], owner, customers)
    come: Floats = before[0]
    return come


def _log_silent(now: Standing, whose: Counts, s: float, bought: Floats, worn: Floats) -> Floats:
    """(j,) log of the chance of being there, without a purchase, when the clocks of these customers (j,) show that."""
    bought_not = -now.shape[whose] * log_ratio(bought, now.buys[whose])
    return bought_not - s * log_ratio(worn, now.leaves[whose])
