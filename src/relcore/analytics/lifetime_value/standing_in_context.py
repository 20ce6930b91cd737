"""Where customers stand at the end of observation, when rates have changed until then: what is left of their histories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics._numerics.pieces import Clock, Pieces, blocks
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.context_likelihood import Silent
from relcore.analytics.lifetime_value.predictions import speaks_of
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext

_BLOCK = 1 << 15  # pieces at a time


@attrs.frozen(eq=False)
class Standing:
    """Customers at the end of observation; all (n,). shape : r + x. buys, leaves : what their clocks show. log_odds : of having left."""

    shape: Floats
    buys: Floats
    leaves: Floats
    log_odds: Floats

    @property
    def alive(self) -> Floats:
        """(n,) chance of being there."""
        return logistic(-self.log_odds)

    @property
    def left(self) -> Floats:
        """(n,) chance of having left, as such."""
        return logistic(self.log_odds)

    @classmethod
    def of(cls, model: ParetoNBDInContext, context: PurchasesInContext) -> Self:
        in_words_of(model, context)
        purchases, n = context.purchases, len(context)
        nothing = np.zeros(n)
        shape = model.r + purchases.frequency
        young = cls(shape, nothing + model.alpha, nothing + model.beta, nothing)
        buying, leaving = young.clocks(model, context, context.pieces.between(nothing, purchases.recency))
        quiet = context.pieces.between(purchases.recency, purchases.age)
        waiting = cls(shape, buying.end[0], leaving.end[0], nothing)
        buying, leaving = waiting.clocks(model, context, quiet)
        log_odds = log_odds_of_leaving(quiet, shape, model.s, buying, leaving)
        return cls(shape, buying.end[0], leaving.end[0], log_odds)

    def where(self, mask: NDArray[np.bool_]) -> Standing:
        """The customers for whom the (n,) mask holds."""
        return Standing(self.shape[mask], self.buys[mask], self.leaves[mask], self.log_odds[mask])

    def clocks(
        self, model: ParetoNBDInContext, context: PurchasesInContext, pieces: Pieces
    ) -> tuple[Clock, Clock]:
        """That of buying and that of leaving along these pieces, from what they show on."""
        sides = ((model.buying, self.buys), (model.leaving, self.leaves))
        buying, leaving = (
            Clock.along(pieces.columns(context.columns(effect.names)), effect.array(), shows[None])
            for effect, shows in sides
        )
        return buying, leaving


def in_words_of(model: ParetoNBDInContext, context: PurchasesInContext) -> None:
    """Refuse what is no context, one in another unit, and one that does not tell of the covariates of the model."""
    in_context(context)
    speaks_of(model, context.purchases)
    context.columns([*model.buying.names, *model.leaving.names])


def in_context(context: PurchasesInContext) -> PurchasesInContext:
    """Refuse purchases without their context."""
    if not isinstance(context, PurchasesInContext):  # pyright: ignore[reportUnnecessaryIsInstance]
        remedy = "read the covariates and set them along the log: CovariatePaths.from_frame(...).along(ledger, ...)"
        raise Invalid("context", "must be PurchasesInContext", type(context).__name__, remedy)
    return context


def log_odds_of_leaving(pieces: Pieces, shape: Floats, s: float, buying: Clock, leaving: Clock) -> Floats:
    """(n,) log odds of having left in these silences."""
    odds = np.empty(shape.size)
    for first, last in blocks(pieces.sizes(shape.size) + 1, _BLOCK):
        some = slice(first, last)
        here = slice(*np.searchsorted(pieces.owner, [first, last]).tolist())
        clocks = [Clock(c.rate[here], c.start[:, here], c.end[:, some]) for c in (buying, leaving)]
        odds[some] = Silent.along(pieces.of(first, last), shape[some], s, *clocks).log_odds
    return odds
