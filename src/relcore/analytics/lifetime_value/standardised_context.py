"""A context in which the units of covariates are of no matter.

With (z - m) / d for a covariate z the effect is d gamma, and alpha takes up what exp(gamma m) was: ln alpha becomes
ln alpha - gamma m, so that the way back is linear, for estimates and for their covariance. Leaving and beta likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Maximum
from relcore.analytics.arrays import Counts, Floats
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.kernel.errors import Invalid

_ENOUGH = 3000  # customers who show where the peak of many more must be near
_WILD = 6.0  # the log of the factor, per standard deviation, that no covariate has


@attrs.frozen(eq=False)
class StandardisedContext:
    """A context whose covariates have mean 0 and variance 1 over the time in which customers were observed."""

    context: PurchasesInContext
    mean: Floats
    scale: Floats

    @classmethod
    def of(cls, context: PurchasesInContext, columns: Counts) -> Self:
        purchases = context.purchases
        seen = context.pieces.between(np.zeros(len(context)), purchases.age)
        time = (seen.end - seen.begin) * purchases.weight[seen.owner]
        value, total = seen.value, float(time.sum())
        mean = time @ value / total if total else np.zeros(value.shape[1])
        scale = np.sqrt(time @ (value - mean) ** 2 / total) if total else mean
        chosen: list[int] = columns.tolist()
        for column in chosen:
            always = float(mean[column])
            if not scale[column] > 1e-12 * (1 + abs(always)):
                remedy = (
                    "leave it out, or observe longer: what never changes has no effect that could be seen"
                )
                raise Invalid(
                    context.names[column], "must change while customers are observed", always, remedy
                )
        scale = np.where(scale > 0, scale, 1.0)
        pieces = attrs.evolve(context.pieces, value=(context.pieces.value - mean) / scale)
        made = (context.at_purchases - purchases.frequency[:, None] * mean) / scale
        return cls(attrs.evolve(context, pieces=pieces, at_purchases=made), mean, scale)

    def thinned(self) -> PurchasesInContext | None:
        """A part of many customers, which shows where the peak of all must be near; None of few, who are all needed."""
        customers = np.arange(len(self.context))
        step = customers.size // _ENOUGH
        some = customers % step == 0 if step > 1 else customers < 0
        # Of nobody who came back there would be nothing to learn.
        if not self.context.purchases.frequency[some].any():
            return None
        return self.context.where(some)

    def undone(self, found: Maximum, buying: Counts, leaving: Counts) -> Maximum:
        """The same maximum in the units of the covariates: ln alpha and ln beta move with their means."""
        k = buying.size
        back = np.diag(np.append(np.ones(4), 1 / self.scale[np.append(buying, leaving)]))
        back[1, 4 : 4 + k] = self.mean[buying] / self.scale[buying]
        back[3, 4 + k :] = self.mean[leaving] / self.scale[leaving]
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
