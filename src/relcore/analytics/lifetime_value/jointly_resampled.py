"""How sure are how often and how much together: one sample of customers for both models.

`joint_interval` adds up the errors of two models as if they had nothing to do with one another, which is so where the models are
true. Here each sample weighs the same customers for both, and nothing is assumed but that customers are independent: where
those who come often spend more, say, the errors go together, and so do they here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import attrs
import numpy as np

from relcore.analytics.arrays import Floats
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.interval import Interval
from relcore.analytics.lifetime_value.bootstrap import (
    Scored,
    between_quantiles,
    moved_by,
    refuse_others,
    samples,
    scores_of,
)
from relcore.analytics.lifetime_value.gamma_gamma import GammaGamma

M = TypeVar("M", bound=Scored[Purchases])


@attrs.frozen(eq=False, repr=False)
class JointlyResampled(Generic[M]):
    """A model of how often and one of how much, and what both would have been with other samples of customers."""

    model: M
    spend: GammaGamma
    pairs: tuple[tuple[M, GammaGamma], ...]

    def interval(self, quantity: Callable[[M, GammaGamma], Floats], *, level: float = 0.95) -> Interval:
        """How sure both are of a quantity of both; the estimate is theirs, the bounds are quantiles over the samples."""
        sampled = (quantity(often, much) for often, much in self.pairs)
        return between_quantiles(quantity(self.model, self.spend), sampled, level)

    def __repr__(self) -> str:
        return f"JointlyResampled {type(self.model).__name__} and GammaGamma, {len(self.pairs):,} times"


def joint_bootstrap(
    model: M, spend: GammaGamma, purchases: Purchases, *, draws: int = 1000, random: np.random.Generator
) -> JointlyResampled[M]:
    """Where both estimates would have gone with other samples of these customers, to first order and without fitting again.

    model, spend : both fitted to these purchases. draws : how many samples, >= 1. random : where chance comes from.
    ``joint_bootstrap(model, spend, purchases, random=random).interval(lambda often, much: customer_value(often, much, ...))``

    What is raised is what `GammaGamma.bootstrap` raises.
    """
    often, much = scores_of(model, purchases), spend.scores(purchases)
    refuse_others(model, purchases, often)
    refuse_others(spend, purchases, much)
    both = np.concatenate([often, much], axis=1)
    off = np.concatenate([(weight - purchases.weight) @ both for weight in samples(purchases, draws, random)])
    parameters = often.shape[1]
    models, spends = moved_by(model, off[:, :parameters]), moved_by(spend, off[:, parameters:])
    return JointlyResampled(model, spend, tuple(zip(models, spends, strict=True)))
