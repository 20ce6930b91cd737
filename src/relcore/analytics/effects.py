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

    names : distinct, (k,). values : finite, (k,).

    >>> effects = Effects.of({"christmas": 0.5, "price": -0.1})
    >>> effects["christmas"]
    0.5
    >>> effects
    {'christmas': 0.5, 'price': -0.1}
    """

    names: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, effects: Effects | Mapping[str, float]) -> Effects:
        """From a mapping of names to numbers."""
        if isinstance(effects, Effects):
            return effects
        return cls(tuple(map(str, effects)), tuple(map(float, effects.values())))

    def __attrs_post_init__(self) -> None:
        if len(self.names) != len(self.values) or len(set(self.names)) < len(self.names):
            raise Invalid("effects", "must be one number per name", dict(zip(self.names, self.values, strict=False)))
        for name, value in zip(self.names, self.values, strict=True):
            if not math.isfinite(value):
                raise Invalid(name, "must have a finite effect", value)

    def __getitem__(self, name: str) -> float:
        return dict(self.items())[name]

    def __len__(self) -> int:
        return len(self.names)

    def items(self) -> list[tuple[str, float]]:
        """Names with their effects, in order."""
        return list(zip(self.names, self.values, strict=True))

    def changed(self, changes: Mapping[str, float]) -> Effects:
        """The same but for these."""
        return Effects.of({**dict(self.items()), **changes})

    def array(self) -> Floats:
        """(k,) the values."""
        return sealed(np.array(self.values, dtype=np.float64))

    def __repr__(self) -> str:
        return repr(dict(self.items()))


def effects(value: Any) -> Effects:
    """The converter of fields that hold effects: a mapping will do."""
    return Effects.of(value)
