"""What covariates do to a rate: one number for each, by name."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from relcore.analytics.arrays import Floats, sealed
from relcore.kernel.errors import Invalid


@attrs.frozen(repr=False)
class Effects:
    """One unit more of a covariate multiplies the rate by exp(effect); 0 leaves it as it is.

    names : distinct, (k,). numbers : finite, (k,).

    >>> effects = Effects.of({"christmas": 0.5, "price": -0.1})
    >>> effects, effects["christmas"]
    ({'christmas': 0.5, 'price': -0.1}, 0.5)
    """

    names: tuple[str, ...]
    numbers: tuple[float, ...]

    @classmethod
    def of(cls, effects: Effects | Mapping[str, float]) -> Effects:
        """From any mapping of names to numbers."""
        if isinstance(effects, Effects):
            return effects
        return cls(tuple(map(str, effects)), tuple(map(float, effects.values())))

    def __attrs_post_init__(self) -> None:
        if len(self.names) != len(self.numbers) or len(set(self.names)) < len(self.names):
            raise Invalid("effects", "must be one number for each of distinct names", self.names)
        for name, number in zip(self.names, self.numbers, strict=True):
            if not math.isfinite(number):
                raise Invalid(name, "must have a finite effect", number)

    def __getitem__(self, name: str) -> float:
        return dict(self.items())[name]

    def keys(self) -> tuple[str, ...]:
        """The names, so that ``dict(effects)`` is a mapping."""
        return self.names

    def items(self) -> list[tuple[str, float]]:
        """Names with their numbers, in order."""
        return list(zip(self.names, self.numbers, strict=True))

    def __len__(self) -> int:
        return len(self.names)

    def array(self) -> Floats:
        """(k,) the numbers."""
        return sealed(np.array(self.numbers, dtype=np.float64))

    def further(self, steps: Floats) -> Effects:
        """The same names with these (k,) added."""
        return Effects(self.names, tuple((self.array() + steps).tolist()))

    def __repr__(self) -> str:
        return repr(dict(self.items()))


def effects(value: Any) -> Effects:
    """The converter of fields that hold effects: any mapping will do."""
    return Effects.of(value)
