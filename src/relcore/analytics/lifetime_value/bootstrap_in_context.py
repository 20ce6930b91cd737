"""How sure is the fit in context, if the model is wrong? Other samples of the same customers: `bootstrap`, in context.

The scores that a sample weighs anew are slopes of each customer's log-likelihood. They are taken along the columns of the root of
the covariance, in which errors are independent and of size 1 whatever the units of covariates are, and turned back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from relcore.analytics import uncertainty
from relcore.analytics._numerics.rising_factorial import rising_factorials
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value import bootstrap as resampling
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.context_likelihood import log_ratio
from relcore.analytics.lifetime_value.pareto_nbd import ParetoNBD
from relcore.analytics.lifetime_value.standing_in_context import Standing
from relcore.analytics.prior import pull

if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import ParetoNBDInContext

_REACH = 1e-3  # of a step along an error of size 1


def log_likelihood_of_each(self: ParetoNBDInContext, context: PurchasesInContext) -> Floats:
    """(n,) how likely the model finds each history, without its weight: `log_likelihood` is the weighted sum."""
    now, x = Standing.of(self, context), context.purchases.frequency
    buys = rising_factorials(self.r, x).value - x * np.log(self.alpha)
    buys -= now.shape * log_ratio(now.buys, np.full(x.size, self.alpha))
    buys += context.at_purchases[:, context.columns(self.buying.names)] @ self.buying.array()
    stays = -self.s * log_ratio(now.leaves, np.full(x.size, self.beta))
    return sealed(buys + stays + np.logaddexp(0.0, now.log_odds))


def log_likelihood(self: ParetoNBDInContext, context: PurchasesInContext) -> float:
    """How likely the model finds these histories: weighted and summed; 0 for n = 0."""
    each = log_likelihood_of_each(self, context)
    return float(context.purchases.weight @ each)


def scores(model: ParetoNBDInContext, context: PurchasesInContext) -> Floats:
    """(n, k) the slopes of each log-likelihood in the logs of the parameters, and in the effects."""
    root = np.linalg.cholesky(uncertainty.covariance_of(model))
    sides = [
        [log_likelihood_of_each(model.stepped(way * _REACH * column), context) for way in (1, -1)]
        for column in root.T
    ]
    along = np.stack([(up - down) / (2 * _REACH) for up, down in sides])
    return np.asarray(np.linalg.solve(root.T, along), dtype=np.float64).T


def bootstrap(
    self: ParetoNBDInContext,
    context: PurchasesInContext,
    *,
    draws: int = 1000,
    random: np.random.Generator,
) -> Resampled[ParetoNBDInContext]:
    """Where parameters and effects would have gone with other samples of these customers, without fitting again.

    context : that the model was fitted to; others are refused. draws : how many samples, >= 1. random : where chance comes from.
    Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit found no peak.
    """
    slopes = scores(self, context)
    return resampling.stepped(self, context.purchases, slopes, draws=draws, random=random)


def refits(
    self: ParetoNBDInContext,
    context: PurchasesInContext,
    *,
    draws: int = 200,
    random: np.random.Generator,
) -> Resampled[ParetoNBDInContext]:
    """The same with a climb for every sample, from these estimates on: exact, and as long as that many fits.

    context : that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from. With the same seed
    the samples are the same.
    """

    def refitted(sample: Purchases) -> ParetoNBDInContext:
        return self.refitted(attrs.evolve(context, purchases=sample))

    return resampling.climbed(self, context.purchases, refitted, draws=draws, random=random)


def slope_of_prior(self: ParetoNBDInContext, purchases: Purchases) -> Floats:
    """(k,) the slopes of the log density of the prior, on the scale of the evidence; 0 without one."""
    prior = None if self.evidence is None else self.evidence.prior
    theta = self.coordinates()
    believed = pull(prior, ParetoNBD, list(self.parameters()), purchases)
    return np.zeros(theta.size) if believed is None else believed.at(theta).gradient
