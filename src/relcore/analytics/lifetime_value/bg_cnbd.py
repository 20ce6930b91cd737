"""BG/CNBD-k: a customer buys regularly while alive, and may drop out for good after any purchase but the first.

The story (Reutterer, Platzer and Schroeder 2021, after Platzer and Reutterer 2016): that of BG/NBD, with Erlang-k times between
purchases. The likelihood with its derivatives, and what follows from it, are in `condensed`.
"""

from __future__ import annotations

from typing import ClassVar, Self

import attrs

from relcore.analytics import uncertainty, wire
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import (
    bootstrap,
    condensed,
    condensed_predictions,
    covariate_fit,
    futures,
    terms,
    validation,
)
from relcore.analytics.lifetime_value.with_covariates import WithCovariates
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.prior import Prior
from relcore.analytics.uncertainty import Duration, Evidence, Positive, checked


@attrs.frozen(repr=False, field_transformer=checked)
class BetaGeoCNBD:
    """A fitted (or published) BG/CNBD-k model.

    k : how regularly they buy: the times between purchases of one customer vary by 1 / sqrt(k) of their mean.
    r, alpha : rates of ticks are Gamma(r, alpha), with mean r / alpha per ``period``: k ticks make a purchase.
    a, b : dropout probabilities are Beta(a, b), with mean a / (a + b) per purchase.
    period : the unit of time of alpha; purchases in another unit are refused.

    >>> model = BetaGeoCNBD(k=2, r=0.6, alpha=4, a=0.8, b=2.4, period="week")
    >>> rows = Purchases.from_summary(frequency=[5, 5], recency=[30, 30], age=[36, 52], period="week")
    >>> model.probability_alive(rows).round(3)
    array([0.787, 0.172])
    >>> model.expected_purchases(rows, horizon=39).round(3)
    array([3.482, 0.601])
    """

    k: int = attrs.field(validator=condensed.is_a_k)
    r: Positive
    alpha: Duration
    a: Positive
    b: Positive
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    leaving_scale: ClassVar[str | None] = "b"

    parameters = uncertainty.parameters
    summary = uncertainty.summary
    interval = uncertainty.interval
    draws = uncertainty.draws
    refits = condensed_predictions.refits
    validate = validation.validate
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    probability_alive = condensed_predictions.probability_alive
    expected_purchases = condensed_predictions.expected_purchases
    expected_purchases_of_newcomer = condensed_predictions.expected_purchases_of_newcomer
    probability_of_none = condensed_predictions.probability_of_none
    probability_of_purchases = condensed_predictions.probability_of_purchases
    probability_of_exactly = condensed_predictions.probability_of_exactly
    next_purchase_within = condensed_predictions.next_purchase_within
    futures = futures.futures
    log_likelihood_of_each = condensed_predictions.log_likelihood_of_each
    bootstrap = bootstrap.bootstrap
    discounted_purchases = condensed_predictions.discounted_purchases
    log_likelihood = condensed_predictions.log_likelihood

    log_odds_of_having_left = condensed_predictions.log_odds_of_having_left
    stay_drawn = condensed_predictions.stay_drawn

    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """One after each purchase but the first."""
        return frequency

    terms = terms.of_condensed

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def fit(cls, purchases: Purchases, *, k: int | None = None, prior: Prior | None = None) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back, with ``log_gaps``; weights count. Spend is of no matter.
        k : from 1 to 50; unless given, k grows from 1 for as long as the likelihood does. Errors and intervals take k for
            known.
        prior : what is known beside these data, of ticks: a mean rate r / alpha is k times that of purchases.

        Always finite parameters; where the data have no interior maximum (all customers alike, nobody drops out, purchases
        by the clock), ``evidence.converged`` is False and ``evidence.remark`` names what ran away. Raises `Invalid` when
        nobody came back, or when the times between purchases are not known.
        """
        k, estimates, evidence = condensed.fitted(purchases, cls, k, prior)
        r, alpha, a, b = estimates.tolist()
        return cls(k, r, alpha, a, b, purchases.period, evidence)

    @classmethod
    def fit_with(
        cls,
        purchases: Purchases,
        *,
        k: int,
        buying: Covariates | None = None,
        leaving: Covariates | None = None,
        prior: Prior | None = None,
    ) -> WithCovariates[Self]:
        """Maximum likelihood with effects of covariates on buying and on leaving, by Newton's method with the exact Hessian.

        buying, leaving : what is known of the customers, by their ids: of all of them and of nobody else; None where it has no effect.
        k : from 1 to 50; `fit` finds the one that is most likely.
        prior : what is known beside these data: of a customer all of whose covariates are 0, and of effects.

        Where the data put no bound on an effect, ``evidence.converged`` is False and ``evidence.remark`` names it. Raises `Invalid`
        for what `fit` refuses, for a covariate that is the same for all, and for one that the others tell.
        """
        model = cls.fit(purchases, k=k)
        start = condensed.Likelihood.of(purchases, k, cls.chances_to_leave).start
        return covariate_fit.fit_with(model, purchases, buying, leaving, otherwise=start, prior=prior)
