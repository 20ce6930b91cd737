"""A model that knows what went on around its customers: asked of their purchases, it answers as any other model does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.period import Period, Span
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext


@attrs.frozen(eq=False, repr=False)
class InContext:
    """A model with a context, for whatever takes a model and purchases: `customer_value`, and the check on a hold-out.

    Made by `ParetoNBDInContext.given`. Purchases of others than those in the context, or in another order, are refused.
    """

    model: ParetoNBDInContext
    context: PurchasesInContext

    @property
    def period(self) -> Period:
        """The unit of time of the model."""
        return self.model.period

    def probability_alive(self, purchases: Purchases, *, ahead: float | Span = 0.0) -> Floats:
        """(n,) chance of not having left, in [0, 1]."""
        self._knows(purchases)
        return self.model.probability_alive(self.context, ahead=ahead)

    def expected_purchases(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected within the horizon."""
        self._knows(purchases)
        return self.model.expected_purchases(self.context, horizon=horizon)

    def probability_of_purchases(
        self, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of at least so many purchases within the horizon."""
        self._knows(purchases)
        return self.model.probability_of_purchases(self.context, at_least=at_least, horizon=horizon)

    def probability_of_none(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) chance of not a single purchase within the horizon, in [0, 1]."""
        self._knows(purchases)
        return self.model.probability_of_none(self.context, horizon=horizon)

    def probability_of_exactly(
        self, purchases: Purchases, count: ArrayLike, *, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of just so many purchases within the horizon."""
        self._knows(purchases)
        return self.model.probability_of_exactly(self.context, count, horizon=horizon)

    def next_purchase_within(self, purchases: Purchases, probability: ArrayLike) -> Floats:
        """(n,) periods until which the next purchase has come with this probability, > 0; infinite where it has not as far as is known."""
        self._knows(purchases)
        return self.model.next_purchase_within(self.context, probability)

    def discounted_purchases(self, purchases: Purchases, *, horizon: float | Span, discount: float) -> Floats:
        """(n,) purchases expected within the horizon, at a yearly discount."""
        self._knows(purchases)
        return self.model.discounted_purchases(self.context, horizon=horizon, discount=discount)

    def _knows(self, purchases: Purchases) -> None:
        mine = self.context.purchases
        same = purchases is mine or (
            np.array_equal(purchases.ids, mine.ids)
            and np.array_equal(purchases.frequency, mine.frequency)
            and np.array_equal(purchases.age, mine.age)
        )
        if not same:
            remedy = "ask of context.purchases, or give the model their context"
            raise Invalid(
                "purchases", "must be those in the context", f"{len(purchases):,} customers", remedy
            )

    def __repr__(self) -> str:
        return f"{type(self.model).__name__} given the context of {len(self.context):,} customers"
