"""How a model in context is fitted: by Newton's method, in coordinates in which covariates are alike.

The climb begins where Pareto/NBD of the same purchases has its peak, and for many customers goes by the peak of some of them first. A
prior is what `Prior.around` makes of a guess at Pareto/NBD, the model of a customer all of whose covariates are 0, or at the model in
context; an effect is believed in as the factor exp(effect) by which it multiplies a rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from relcore.analytics._numerics.newton import Maximum, maximum
from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.context_likelihood import Likelihood
from relcore.analytics.lifetime_value.pareto_nbd import ParetoNBD
from relcore.analytics.lifetime_value.standardised_context import StandardisedContext, named, undone
from relcore.analytics.prior import Prior, pull

_NAMES = ("r", "alpha", "s", "beta")


def peak(
    context: PurchasesInContext,
    buying: Sequence[str],
    leaving: Sequence[str],
    prior: Prior | None,
    *,
    near: Floats | None = None,
) -> Maximum:
    """Of the likelihood and the prior, in (ln r, ln alpha, ln s, ln beta, effects on buying, on leaving).

    near : where it is looked for first, in the same coordinates; if nothing is known, where it is without effects.
    """
    buys, leaves = context.columns(buying), context.columns(leaving)
    told = [f"the factor of {name} on buying" for name in buying]
    told += [f"the factor of {name} on leaving" for name in leaving]
    begins = near if near is not None else _without_effects(context.purchases)
    standard = StandardisedContext.of(context, buying=buys, leaving=leaves)
    back = standard.way_back(buys, leaves)
    quantities = (*_NAMES, *(f"buying.{name}" for name in buying), *(f"leaving.{name}" for name in leaving))
    believed = pull(prior, ParetoNBD, quantities, context.purchases)
    if believed is not None:
        believed = believed.turned(back)

    def climbed(part: PurchasesInContext, start: Floats) -> Maximum:
        likelihood = Likelihood.of(part, buying=buys, leaving=leaves)
        return maximum(likelihood.at, start, (*_NAMES, *told), believed)

    if near is not None:
        start = np.asarray(np.linalg.solve(back, near), dtype=np.float64)
    else:
        start = np.append(begins, np.zeros(len(told)))
        if (part := standard.thinned()) is not None:
            found = climbed(part, start)
            start = found.theta if found.converged else start
    return undone(named(climbed(standard.context, start), told), back)


def _without_effects(purchases: Purchases) -> Floats:
    """(4,) the logs of Pareto/NBD without covariates, if that has a peak."""
    plain = ParetoNBD.fit(purchases)
    if plain.evidence is not None and plain.evidence.converged:
        return np.log(list(plain.parameters().values()))
    lives = float(purchases.weight @ purchases.age)
    bought, customers = float(purchases.weight @ purchases.frequency), float(purchases.weight.sum())
    return np.log([0.5, 0.5 * lives / bought, 0.5, lives / customers])
