"""A model that knows its customers: asked of purchases, it answers with the parameters of whoever made them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics import uncertainty
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import bootstrap, futures, validation
from relcore.analytics.lifetime_value.apart import told_apart
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.predictions import horizons_in, speaks_of
from relcore.analytics.lifetime_value.purchase_counts import chances_asked, counts_asked
from relcore.analytics.lifetime_value.validation import Validation
from relcore.analytics.period import Period, Span, days_per
from relcore.analytics.prior import pull
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.with_covariates import Movable, WithCovariates

M = TypeVar("M", bound="Movable")


@attrs.frozen(eq=False, repr=False)
class Given(Generic[M]):
    """A model with covariates, given those of some customers; made by `WithCovariates.given`.

    It is asked as its base is, of purchases of these customers or some of them, found by their ids, in any order; purchases of
    others are refused. Whatever takes a model takes it as well: `customer_value`, `value_futures`, `Tracking`.
    """

    model: WithCovariates[M]
    covariates: Covariates

    interval = uncertainty.interval
    futures = futures.futures

    @property
    def period(self) -> Period:
        """The unit of time of the model."""
        return self.model.period

    @property
    def evidence(self) -> Evidence | None:
        """That of the model with covariates."""
        return self.model.evidence

    # --- what can be asked ---

    def probability_alive(self, purchases: Purchases, *, ahead: float | Span = 0.0) -> Floats:
        """(n,) chance of not having left, in [0, 1], now or so many periods after the end of observation."""
        return self._answer("probability_alive", purchases, ahead=ahead)

    def expected_purchases(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0."""
        return self._answer("expected_purchases", purchases, horizon=horizon)

    def expected_purchases_of_newcomer(self, horizon: ArrayLike | Span) -> Floats:
        """(k,) purchases after the first in each of these times, of a newcomer who is like one of the customers, whichever.

        It is the mean over the customers of the covariates. Of each of them `expected_purchases` tells, of a history (0, 0, 0).
        """
        if not len(self.covariates):
            raise Invalid("covariates", "must be of at least one customer", 0)
        none = np.zeros(len(self.covariates))
        ids, period = self.covariates.ids, self.period
        newcomers = Purchases.from_summary(frequency=none, recency=none, age=none, ids=ids, period=period)
        ahead, which = np.unique(horizons_in(period, horizon), return_inverse=True)
        means = [self.expected_purchases(newcomers, horizon=each).mean() for each in ahead.tolist()]
        return sealed(np.array(means, dtype=np.float64)[which])

    def probability_of_none(self, purchases: Purchases, *, horizon: float | Span) -> Floats:
        """(n,) chance of not a single purchase in the ``horizon``, in [0, 1]."""
        return self._answer("probability_of_none", purchases, horizon=horizon)

    def probability_of_purchases(
        self, purchases: Purchases, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of ``at_least`` so many purchases in the ``horizon``: one number, or one per customer."""
        count = counts_asked(at_least, len(purchases), "at_least")
        return self._answer("probability_of_purchases", purchases, {"at_least": count}, horizon=horizon)

    def probability_of_exactly(
        self, purchases: Purchases, count: ArrayLike, *, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of just so many purchases in the ``horizon``: one number, or one per customer."""
        exactly = counts_asked(count, len(purchases), "count")
        return self._answer("probability_of_exactly", purchases, {"count": exactly}, horizon=horizon)

    def next_purchase_within(self, purchases: Purchases, probability: ArrayLike) -> Floats:
        """(n,) periods until which the next purchase has come with this probability, > 0; infinite where it never has."""
        asked = chances_asked(probability, len(purchases))
        return self._answer("next_purchase_within", purchases, {"probability": asked})

    def discounted_purchases(self, purchases: Purchases, *, horizon: float | Span, discount: float) -> Floats:
        """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0."""
        return self._answer("discounted_purchases", purchases, horizon=horizon, discount=discount)

    def log_likelihood(self, purchases: Purchases) -> float:
        """How likely the model finds these histories: weighted and summed, 0 for n = 0."""
        return float(purchases.weight @ self.log_likelihood_of_each(purchases))

    def log_likelihood_of_each(self, purchases: Purchases) -> Floats:
        """(n,) how likely the model finds each history, without its weight."""
        speaks_of(self, purchases)
        each: Floats = self.told_of(purchases).log_likelihood_of_each(purchases)
        return each

    def validate(self, calibration: Purchases, holdout: Holdout) -> Validation:
        """Forecast the hold-out from the calibration and compare it with what happened."""
        found = validation.validate(self, calibration, holdout)
        return attrs.evolve(found, model=attrs.evolve(found.model, name=type(self.model.base).__name__))

    # --- how sure ---

    def stepped(self, steps: Floats) -> Given[M]:
        """The same customers, of the model with its parameters so much further on the scale of its evidence."""
        return Given(self.model.stepped(steps), self.covariates)

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Given[M]]:
        """The same customers, of ``n`` models from the sampling distribution of parameters and effects."""
        return (Given(model, self.covariates) for model in self.model.draws(n, random=random))

    def scores(self, purchases: Purchases) -> Floats:
        """(n, k) the slopes of each log-likelihood in the logs of the parameters, and in the effects."""
        speaks_of(self, purchases)
        known, model = self.covariates.of(purchases.ids), self.model
        slopes: Floats = self.told_of(purchases).terms(purchases).gradient
        places = list(uncertainty.parameters(model.base))
        columns = [slopes.T]
        for effects, scale in ((model.buying, "alpha"), (model.leaving, model.base.leaving_scale)):
            if effects and scale is not None:
                columns.append(-slopes[places.index(scale)][:, None] * known.only(*effects).values)
        return np.concatenate(columns, axis=1)

    def bootstrap(
        self, purchases: Purchases, *, draws: int = 1000, random: np.random.Generator
    ) -> Resampled[Self]:
        """Where parameters and effects would have gone with other samples of these customers, without fitting again.

        purchases : those that the model was fitted to; others are refused. draws : how many samples, >= 1.
        random : where chance comes from. Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit
        found no peak.
        """
        return bootstrap.stepped(self, purchases, self.scores(purchases), draws=draws, random=random)

    def refits(
        self, purchases: Purchases, *, draws: int = 200, random: np.random.Generator
    ) -> Resampled[Given[M]]:
        """The same with a climb for every sample: exact, and as long as that many fits.

        purchases : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
        """
        from relcore.analytics.lifetime_value import covariate_fit  # it makes what is given here

        return bootstrap.climbed(
            self,
            purchases,
            lambda sample: Given(covariate_fit.refit(self.model, sample, self.covariates), self.covariates),
            draws=draws,
            random=random,
        )

    def slope_of_prior(self, purchases: Purchases) -> Floats:
        """(k,) the slopes of the log density of the prior, as those of `scores`; 0 without one."""
        theta, evidence = self.model.coordinates(), self.evidence
        prior = None if evidence is None else evidence.prior
        believed = pull(prior, type(self.model.base), list(self.model.parameters()), purchases)
        return np.zeros(theta.size) if believed is None else believed.at(theta).gradient

    # --- how it answers ---

    def model_of(self, customer: Any) -> M:
        """The model that this customer alone has, without evidence."""
        own = self.covariates.of(np.array([customer]))
        return self.model.model_for(dict(zip(own.names, own.values[0].tolist(), strict=True)))

    def told_of(self, purchases: Purchases) -> Any:
        """The base, told apart: with the parameters of these customers, row by row."""
        return told_apart(self.model.base, self._scales(purchases))

    def _scales(self, purchases: Purchases) -> dict[str, Floats]:
        rows = self.covariates.rows_of(purchases.ids)
        return self.model.scales(self.covariates.names, self.covariates.values[rows])

    def _answer(
        self, question: str, purchases: Purchases, by: dict[str, Floats] | None = None, **options: Any
    ) -> Floats:
        """Asked once for those of one history and one scale, and the same question (``by``)."""
        speaks_of(self, purchases)
        scales, by = self._scales(purchases), by or {}
        per, x = days_per(purchases.period), purchases.frequency
        keys = [(x, 1.0), (purchases.recency, per), (purchases.age, per)]
        shared = distinct(keys + [(column, 1.0) for column in (*scales.values(), *by.values())])
        first = shared.first
        rows = Purchases.from_summary(
            frequency=x[first], recency=purchases.recency[first], age=purchases.age[first],
            period=purchases.period,
        )  # fmt: skip
        own: Any = told_apart(self.model.base, {name: scale[first] for name, scale in scales.items()})
        asked = {name: column[first] for name, column in by.items()}
        answer: Floats = getattr(own, question)(rows, **asked, **options)
        return sealed(answer[shared.index])

    def __repr__(self) -> str:
        return f"{type(self.model.base).__name__} given the covariates of {len(self.covariates):,} customers"
