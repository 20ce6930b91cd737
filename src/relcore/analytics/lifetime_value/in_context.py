"""A model that knows what went on around its customers: asked of their purchases, it answers as any other model does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics import uncertainty
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value import bootstrap, bootstrap_in_context, validation
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.futures import Futures
from relcore.analytics.lifetime_value.validation import Validation
from relcore.analytics.period import Period, Span
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext


@attrs.frozen(eq=False, repr=False)
class InContext:
    """A model with a context, for whatever takes a model and purchases: `customer_value`, `joint_bootstrap`, the check on a hold-out.

    Made by `ParetoNBDInContext.given`. Purchases of others than those in the context, or in another order, are refused.
    """

    model: ParetoNBDInContext
    context: PurchasesInContext

    interval = uncertainty.interval

    @property
    def evidence(self) -> Evidence | None:
        """That of the model."""
        return self.model.evidence

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

    def futures(
        self,
        purchases: Purchases,
        *,
        horizon: float | Span,
        draws: int = 1000,
        random: np.random.Generator,
    ) -> Futures:
        """How many purchases each customer makes in the ``horizon``, in each of so many futures: `ParetoNBDInContext.futures`."""
        self._knows(purchases)
        return self.model.futures(self.context, horizon=horizon, draws=draws, random=random)

    def validate(self, calibration: Purchases, holdout: Holdout) -> Validation:
        """Forecast the hold-out from the calibration and compare it with what happened."""
        self._knows(calibration)
        return validation.validate(self, calibration, holdout)

    def log_likelihood(self, purchases: Purchases) -> float:
        """How likely the model finds these histories: weighted and summed, 0 for n = 0."""
        return float(purchases.weight @ self.log_likelihood_of_each(purchases))

    def log_likelihood_of_each(self, purchases: Purchases) -> Floats:
        """(n,) how likely the model finds each history, without its weight."""
        self._knows(purchases)
        return self.model.log_likelihood_of_each(self.context)

    # --- how sure ---

    def stepped(self, steps: Floats) -> InContext:
        """The same context, of the model with its parameters so much further on the scale of its evidence."""
        return InContext(self.model.stepped(steps), self.context)

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[InContext]:
        """The same context, of ``n`` models from the sampling distribution of parameters and effects."""
        return (InContext(model, self.context) for model in self.model.draws(n, random=random))

    def scores(self, purchases: Purchases) -> Floats:
        """(n, k) the slopes of each log-likelihood in the logs of the parameters, and in the effects."""
        self._knows(purchases)
        return bootstrap_in_context.scores(self.model, self.context)

    def slope_of_prior(self, purchases: Purchases) -> Floats:
        """(k,) the slopes of the log density of the prior, as those of `scores`; 0 without one."""
        return self.model.slope_of_prior(purchases)

    def bootstrap(
        self, purchases: Purchases, *, draws: int = 1000, random: np.random.Generator
    ) -> Resampled[InContext]:
        """Where the estimates would have gone with other samples of these customers: `ParetoNBDInContext.bootstrap`."""
        slopes = self.scores(purchases)
        return bootstrap.stepped(self, purchases, slopes, draws=draws, random=random)

    def refits(
        self, purchases: Purchases, *, draws: int = 200, random: np.random.Generator
    ) -> Resampled[InContext]:
        """The same with a climb for every sample: `ParetoNBDInContext.refits`."""
        self._knows(purchases)

        def refitted(sample: Purchases) -> InContext:
            return InContext(self.model.refitted(attrs.evolve(self.context, purchases=sample)), self.context)

        return bootstrap.climbed(self, purchases, refitted, draws=draws, random=random)

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
