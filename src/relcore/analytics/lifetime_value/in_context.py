"""A model that knows what went on around its customers: asked of their purchases, it answers as any other model does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics import uncertainty
from relcore.analytics.arrays import Counts, Floats, Ids, rows_of
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value import bootstrap, bootstrap_in_context, futures, validation
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.futures_in_context import ActingInContext
from relcore.analytics.lifetime_value.predictions import speaks_of
from relcore.analytics.lifetime_value.standing_in_context import in_words_of
from relcore.analytics.lifetime_value.validation import Validation
from relcore.analytics.period import Period, Span
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext


@attrs.frozen(eq=False, repr=False)
class InContext:
    """A model with a context, for whatever takes a model and purchases: `customer_value`, `value_futures`, `joint_bootstrap`.

    Made by `ParetoNBDInContext.given`. It is asked of purchases of the customers in the context or some of them, found by their ids,
    in any order and whatever they have bought since; purchases of others are refused, and so are histories that began on another day,
    as far as ``until`` tells. How likely histories are, and where other samples would have led, it is asked of the histories in the
    context themselves. Rows stand for the customers whose ids they bear: rows without ids count from 0, and collapsed rows
    bear the id of the first of those who are alike, who may have another context.
    """

    model: ParetoNBDInContext
    context: PurchasesInContext

    interval = uncertainty.interval
    futures = futures.futures

    def __attrs_post_init__(self) -> None:
        in_words_of(self.model, self.context)

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
        return self.model.probability_alive(self._around(purchases), ahead=ahead)

    def expected_purchases(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected within the horizon."""
        return self.model.expected_purchases(self._around(purchases), horizon=horizon)

    def probability_of_purchases(
        self, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of at least so many purchases within the horizon."""
        return self.model.probability_of_purchases(
            self._around(purchases), at_least=at_least, horizon=horizon
        )

    def probability_of_none(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) chance of not a single purchase within the horizon, in [0, 1]."""
        return self.model.probability_of_none(self._around(purchases), horizon=horizon)

    def probability_of_exactly(
        self, purchases: Purchases, count: ArrayLike, *, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of just so many purchases within the horizon."""
        return self.model.probability_of_exactly(self._around(purchases), count, horizon=horizon)

    def next_purchase_within(self, purchases: Purchases, probability: ArrayLike) -> Floats:
        """(n,) periods until which the next purchase has come with this probability, > 0; infinite where it has not as far as is known."""
        return self.model.next_purchase_within(self._around(purchases), probability)

    def discounted_purchases(self, purchases: Purchases, *, horizon: float | Span, discount: float) -> Floats:
        """(n,) purchases expected within the horizon, at a yearly discount."""
        return self.model.discounted_purchases(self._around(purchases), horizon=horizon, discount=discount)

    def validate(self, calibration: Purchases, holdout: Holdout) -> Validation:
        """Forecast the hold-out from the calibration and compare it with what happened."""
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

    def told_of(self, purchases: Purchases) -> ActingInContext:
        """The model, with where it sees the customers stand."""
        return ActingInContext.of(self.model, self._around(purchases))

    def model_of(self, customer: Any) -> InContextOfOne:
        """The model in the context of this customer alone."""
        return InContextOfOne(self.model, self.context, self._rows(np.array([customer])))

    def _rows(self, ids: Ids) -> Counts:
        rows = rows_of(ids, self.context.ids)
        if (rows < 0).any():
            unknown = f"{np.count_nonzero(rows < 0):,} of {ids.size:,} customers who are not"
            remedy = "ask of those in context.ids, or give the model their context"
            raise Invalid("purchases", "must be of customers in the context", unknown, remedy)
        return rows

    def _around(self, purchases: Purchases) -> PurchasesInContext:
        """What went on around these customers."""
        if purchases is self.context.purchases:
            return self.context
        speaks_of(self, purchases)
        return self.context.around(purchases, self._rows(purchases.ids))

    def _knows(self, purchases: Purchases) -> None:
        mine = self.context.purchases
        same = purchases is mine or (
            np.array_equal(purchases.ids, mine.ids)
            and purchases.period == mine.period
            and np.array_equal(purchases.frequency, mine.frequency)
            and np.array_equal(purchases.recency, mine.recency)
            and np.array_equal(purchases.age, mine.age)
        )
        if not same:
            remedy = "ask of context.purchases, or give the model their context"
            raise Invalid(
                "purchases", "must be those in the context", f"{len(purchases):,} customers", remedy
            )

    def __repr__(self) -> str:
        return f"{type(self.model).__name__} given the context of {len(self.context):,} customers"


@attrs.frozen(eq=False)
class InContextOfOne:
    """A model in the context of one customer, in this row (1,): it is asked of histories that he might have."""

    model: ParetoNBDInContext
    context: PurchasesInContext
    row: Counts

    @property
    def period(self) -> Period:
        """The unit of time of the model."""
        return self.model.period

    def probability_alive(self, purchases: Purchases) -> Floats:
        """(n,) chance of not having left, in [0, 1]."""
        his = self.context.around(purchases, np.repeat(self.row, len(purchases)))
        return self.model.probability_alive(his)
