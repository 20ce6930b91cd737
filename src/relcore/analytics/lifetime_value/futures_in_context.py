"""What customers do while rates change: purchases spread evenly on a clock that runs along the pieces, for as long as they stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from relcore.analytics._numerics.pieces import running
from relcore.analytics.arrays import Counts, Floats, summed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.futures import Stay, purchases_drawn
from relcore.analytics.lifetime_value.standing_in_context import Standing

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext


@attrs.frozen(eq=False)
class ActingInContext:
    """A model, and where it sees the customers of a context stand."""

    model: ParetoNBDInContext
    context: PurchasesInContext
    standing: Standing

    @classmethod
    def of(cls, model: ParetoNBDInContext, context: PurchasesInContext) -> ActingInContext:
        return cls(model, context, Standing.of(model, context))

    def log_odds_of_having_left(self, _: Purchases) -> Floats:
        """(n,) of those in the context."""
        return self.standing.log_odds

    def stay_drawn(self, _: Purchases, ahead: float, random: np.random.Generator) -> Stay:
        """(n,) to the end, or until what is left of his life is worn off, at a rate of his own."""
        now, n = self.standing, len(self.context)
        pieces = self.context.ahead(ahead)
        buying, leaving = now.clocks(self.model, self.context, pieces)
        with np.errstate(divide="ignore", over="ignore"):
            life = random.standard_exponential(n) / random.gamma(self.model.s, size=n)
            until = now.leaves * (1 + life)
        lasts = (until[pieces.owner] - leaving.start[0]) / leaving.rate
        stays = np.clip(lasts, 0.0, pieces.end - pieces.begin)
        there = stays > 0
        owner, stays, speed = pieces.owner[there], stays[there], buying.rate[there]
        begin = pieces.begin[there] - self.context.purchases.age[owner]
        passed, clock = running((speed * stays)[None], owner, n)
        within = summed(owner, stays, n)
        count = purchases_drawn(random.gamma(now.shape) / now.buys, clock[0], random)
        return Stay(
            count, within, np.zeros(n, dtype=np.bool_), Course(owner, begin, speed, passed[0], clock[0], within)
        )  # fmt: skip


@attrs.frozen(eq=False)
class Course:
    """How the clock of buying runs along the pieces of stays, those of one customer together and in their order.

    owner, begin, speed, passed : (m,) of each piece: whose it is, when it begins, how fast the clock runs in it, and what it shows.
    clock, within : (n,) what it shows at the end of each stay, and how long that is.
    """

    owner: Counts
    begin: Floats
    speed: Floats
    passed: Floats
    clock: Floats
    within: Floats

    def shares(self, _: Counts, who: Counts, random: np.random.Generator) -> Floats:
        """(k,) the parts of the stays after which the purchases come."""
        at = random.random(who.size) * self.clock[who]
        # Pieces and purchases in one line: each purchase lies in the last piece before it.
        order = np.lexsort((np.append(self.passed, at), np.append(self.owner, who)))
        piece = np.empty(order.size, dtype=np.int64)
        piece[order] = np.cumsum(order < self.owner.size) - 1
        lies = piece[self.owner.size :]
        moment = self.begin[lies] + (at - self.passed[lies]) / self.speed[lies]
        return np.minimum(moment / self.within[who], 1.0)
