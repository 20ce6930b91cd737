"""MBG/NBD: a customer buys at a constant rate while alive, and may drop out for good after any purchase, the first too.

The story (Batislam, Denizel and Filiztekin 2007, Empirical validation and comparison of models for customer base analysis,
International Journal of Research in Marketing 24(3), 201-209): that of BG/NBD, with a dropout after the first purchase as
likely as after any other. That makes k = x + 1 chances to leave for x repeat purchases, and a one-time buyer may be gone.
The likelihood with its derivatives, and what follows from it, are in `beta_geometric`.

The paper's conditional expectation is printed with the factor (b + x) / (a - 1); what follows from its own model is
(a + b + x) / (a - 1), as in Wagner and Hoppe (2008), Journal of Business Research 61(6).
"""

from __future__ import annotations

from typing import ClassVar, Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import maximum
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.covariates import Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import (
    beta_geometric,
    bootstrap,
    covariate_fit,
    futures,
    predictions,
    purchase_counts,
    terms,
    validation,
)
from relcore.analytics.lifetime_value.with_covariates import WithCovariates
from relcore.analytics.period import Period, is_a_period
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Duration, Evidence, Positive, checked


@attrs.frozen(repr=False, field_transformer=checked)
class ModifiedBetaGeoNBD:
    """A fitted (or published) MBG/NBD model.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period``.
    a, b : dropout probabilities are Beta(a, b), with mean a / (a + b) per purchase, the first included.
    period : the unit of time of alpha; purchases in another unit are refused.

    >>> model = ModifiedBetaGeoNBD(r=0.525, alpha=6.183, a=0.891, b=1.614, period="week")
    >>> rows = Purchases.from_summary(frequency=[0, 2], recency=[0, 30.43], age=[38.86, 38.86], period="week")
    >>> model.probability_alive(rows).round(3)
    array([0.39 , 0.706])
    >>> model.expected_purchases(rows, horizon=39).round(3)
    array([0.154, 1.263])
    """

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
    refits = bootstrap.refits
    validate = validation.validate
    to_json = wire.to_json
    __repr__ = uncertainty.table
    _repr_html_ = uncertainty.notebook

    probability_alive = predictions.probability_alive
    expected_purchases = predictions.expected_purchases
    expected_purchases_of_newcomer = predictions.expected_purchases_of_newcomer
    probability_of_none = predictions.probability_of_none
    probability_of_purchases = purchase_counts.probability_of_purchases
    probability_of_exactly = purchase_counts.probability_of_exactly
    next_purchase_within = purchase_counts.next_purchase_within
    futures = futures.futures
    log_likelihood_of_each = bootstrap.log_likelihood_of_each
    bootstrap = bootstrap.bootstrap
    discounted_purchases = predictions.discounted_purchases
    log_likelihood = beta_geometric.log_likelihood

    log_odds_of_having_left = beta_geometric.log_odds_of_having_left
    purchases_if_alive = beta_geometric.purchases_if_alive
    stays_if_alive = beta_geometric.stays_if_alive
    none_if_alive = beta_geometric.none_if_alive
    at_least_if_alive = beta_geometric.at_least_if_alive
    exactly_if_alive = beta_geometric.exactly_if_alive
    first_if_alive = beta_geometric.first_if_alive
    stay_drawn = beta_geometric.stay_drawn
    log_chance_to_stay = beta_geometric.log_chance_to_stay

    @staticmethod
    def chances_to_leave(frequency: Floats) -> Floats:
        """One after each purchase, the first too."""
        return frequency + 1.0

    terms = terms.of_beta_geometric

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    @classmethod
    def fit(cls, purchases: Purchases, *, prior: Prior | None = None) -> Self:
        """Maximum likelihood on the distinct histories, by Newton's method with the exact Hessian.

        purchases : n >= 1 customers of whom somebody came back; weights count. Spend is of no matter.
        prior : what is known beside these data.

        Always finite parameters; where the data have no interior maximum (all customers alike, or nobody drops out),
        ``evidence.converged`` is False and ``evidence.remark`` names the parameters that ran away. Raises `Invalid`
        when nobody came back.
        """
        likelihood = beta_geometric.Likelihood.of(purchases, cls.chances_to_leave)
        found = maximum(
            likelihood.at,
            likelihood.start(),
            beta_geometric.NAMES,
            pull(prior, cls, beta_geometric.NAMES, purchases),
        )
        r, alpha, a, b = np.exp(found.theta).tolist()
        evidence = Evidence.of(found, customers=likelihood.buying.customers, prior=prior)
        return cls(r, alpha, a, b, purchases.period, evidence)

    @classmethod
    def fit_with(
        cls,
        purchases: Purchases,
        *,
        buying: Covariates | None = None,
        leaving: Covariates | None = None,
        prior: Prior | None = None,
    ) -> WithCovariates[Self]:
        """Maximum likelihood with effects of covariates on buying and on leaving, by Newton's method with the exact Hessian.

        buying, leaving : what is known of the customers, by their ids: of all of them and of nobody else; None where it has no effect.
        prior : what is known beside these data: of a customer all of whose covariates are 0, and of effects.

        Where the data put no bound on an effect, ``evidence.converged`` is False and ``evidence.remark`` names it. Raises `Invalid`
        for what `fit` refuses, for a covariate that is the same for all, and for one that the others tell.
        """
        model = cls.fit(purchases)
        start = beta_geometric.Likelihood.of(purchases, cls.chances_to_leave).start
        return covariate_fit.fit_with(model, purchases, buying, leaving, otherwise=start, prior=prior)
