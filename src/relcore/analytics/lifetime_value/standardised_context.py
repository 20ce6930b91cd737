"""A context in which the units of covariates are of no matter: each has mean 0 and variance 1 over the time that was watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Maximum
from relcore.analytics.arrays import Counts, Floats
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value.covariate_scale import (
    CovariateScale,
    apart_from_each_other,
    way_back,
)
from relcore.kernel.errors import Invalid

_ENOUGH = 3000  # customers who show where the peak of many more must be near
_WILD = 6.0  # the log of the factor, per standard deviation, that no covariate has


@attrs.frozen(eq=False)
class StandardisedContext:
    """A context whose covariates have mean 0 and variance 1 over the time in which customers were observed."""

    context: PurchasesInContext
    scale: CovariateScale

    @classmethod
    def of(cls, context: PurchasesInContext, *, buying: Counts, leaving: Counts) -> Self:
        """With the columns that act on buying and on leaving; refuses what could not be told to act."""
        purchases = context.purchases
        seen = context.pieces.between(np.zeros(len(context)), purchases.age)
        time = (seen.end - seen.begin) * purchases.weight[seen.owner]
        share = time / max(float(time.sum()), np.finfo(np.float64).tiny)
        found = CovariateScale.of(seen.value, share)
        chosen: list[int] = np.union1d(buying, leaving).tolist()
        for column in chosen:
            always = float(found.mean[column])
            if not found.spread[column] > 1e-12 * (1 + abs(always)):
                remedy = (
                    "leave it out, or observe longer: what never changes has no effect that could be seen"
                )
                raise Invalid(
                    context.names[column], "must change while customers are observed", always, remedy
                )
        scale = CovariateScale(found.mean, np.where(found.spread > 0, found.spread, 1.0))
        seen_so = scale.applied(seen.value)
        for columns, process in ((buying, "buying"), (leaving, "leaving")):
            z, places = seen_so[:, columns], [int(column) for column in columns]
            names = [context.names[place] for place in places]
            apart_from_each_other((z * share[:, None]).T @ z, names, process)
        pieces = attrs.evolve(context.pieces, value=scale.applied(context.pieces.value))
        made = (context.at_purchases - purchases.frequency[:, None] * scale.mean) / scale.spread
        return cls(attrs.evolve(context, pieces=pieces, at_purchases=made), scale)

    def thinned(self) -> PurchasesInContext | None:
        """A part of many customers, which shows where the peak of all must be near; None of few, who are all needed."""
        customers = np.arange(len(self.context))
        step = customers.size // _ENOUGH
        some = customers % step == 0 if step > 1 else customers < 0
        # Of nobody who came back there would be nothing to learn.
        if not self.context.purchases.frequency[some].any():
            return None
        return self.context.where(some)

    def way_back(self, buying: Counts, leaving: Counts) -> Floats:
        """From these coordinates to those of the covariates as they came: ln alpha and ln beta move with their means."""
        middle = 4 + buying.size
        sides = [
            (1, slice(4, middle), self.scale.only(buying)),
            (3, slice(middle, None), self.scale.only(leaving)),
        ]
        return way_back(middle + leaving.size, sides)


def undone(found: Maximum, back: Floats) -> Maximum:
    """The same maximum in other coordinates, to which ``back`` leads."""
    covariance = None if found.covariance is None else back @ found.covariance @ back.T
    return attrs.evolve(found, theta=back @ found.theta, covariance=covariance)


def named(found: Maximum, effects: Sequence[str]) -> Maximum:
    """The same, with a remark that begins with the effects that have no bound."""
    wild = [
        f"{name} {'falls to 0' if size < 0 else 'grows without bound'}"
        for name, size in zip(effects, found.theta[4:].tolist(), strict=True)
        if abs(size) > _WILD
    ]
    if found.converged or not wild:
        return found
    return attrs.evolve(found, remark=f"{' and '.join(wild)}: {found.remark}")
