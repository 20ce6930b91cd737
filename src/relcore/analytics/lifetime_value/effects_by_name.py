"""What covariates do to a rate: one number for each, by name."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from relcore.analytics.arrays import Floats, sealed
from relcore.kernel.errors import Invalid
from relcore.kernel.frozen_mapping import FrozenMapping


class Effects(FrozenMapping[float]):
    """One unit more of a covariate multiplies the rate by exp(effect); 0 leaves it as it is. Effects are finite.

    >>> effects = Effects({"christmas": 0.5, "price": -0.1})
    >>> effects, effects["christmas"], effects.names
    ({'christmas': 0.5, 'price': -0.1}, 0.5, ('christmas', 'price'))
    """

    __slots__ = ()

    def __init__(self, effects: Mapping[str, float]) -> None:
        held = {str(name): float(effect) for name, effect in effects.items()}
        for name, effect in held.items():
            if not math.isfinite(effect):
                raise Invalid(name, "must have a finite effect", effect)
        super().__init__(held)

    @property
    def names(self) -> tuple[str, ...]:
        """(k,) of the covariates."""
        return tuple(self)

    def array(self) -> Floats:
        """(k,) the numbers."""
        return sealed(np.array(list(self.values()), dtype=np.float64))

    def further(self, steps: Floats) -> Effects:
        """The same names with these (k,) added."""
        return Effects(dict(zip(self, (self.array() + steps).tolist(), strict=True)))
