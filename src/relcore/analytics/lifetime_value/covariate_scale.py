"""Covariates as a climb likes them, all of one size: each centred, and counted in its own standard deviations.

With (z - m) / d for a covariate z the effect is d gamma, and the scale of a customer takes up what exp(gamma m) was: ln alpha becomes
ln alpha - gamma m. So the way back to the columns as they came is linear, for estimates and for their covariance, and age in years
and income in cents are equally easy. Leaving and its scale likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

import attrs
import numpy as np

from relcore.analytics.arrays import Counts, Floats
from relcore.kernel.errors import Invalid

_SAME = 1e-10  # of the variance of a column: what is left of it beside the others, if it is told by them


@attrs.frozen(eq=False)
class CovariateScale:
    """(k,) means and standard deviations of columns as they came."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, values: Floats, share: Floats) -> Self:
        """Of columns (n, k) of which each row has a share (n,); the shares add up to 1, or are of nobody."""
        mean = share @ values
        return cls(mean, np.sqrt(share @ (values - mean) ** 2))

    def only(self, columns: Counts) -> Self:
        """That of some of the columns."""
        return type(self)(self.mean[columns], self.spread[columns])

    def applied(self, values: Floats) -> Floats:
        """(n, k) the columns as the climb likes them."""
        scaled: Floats = (values - self.mean) / self.spread
        return scaled


def way_back(size: int, sides: Iterable[tuple[int, slice, CovariateScale]]) -> Floats:
    """(size, size) from the coordinates of a climb to those of the columns as they came.

    sides : for buying and for leaving the place of the log scale, those of the effects, and the scale of their columns.
    """
    back = np.eye(size)
    for place, effects, scale in sides:
        back[effects, effects] = np.diag(1 / scale.spread)
        back[place, effects] = scale.mean / scale.spread
    return back


def apart_from_each_other(correlation: Floats, names: Sequence[str], process: str) -> None:
    """Refuse a column that the columns before it tell: what is left of each by Cholesky's method."""
    left = correlation.copy()
    for n, name in enumerate(names):
        if left[n, n] < _SAME:
            told = np.linalg.lstsq(correlation[:n, :n], correlation[:n, n], rcond=None)[0]
            others = [other for other, part in zip(names, told.tolist(), strict=False) if abs(part) > 1e-6]
            rule = f"must tell something of {process} that {' and '.join(others)} do not"
            raise Invalid(name, rule, "their sum, up to factors and a constant", "leave one of them out")
        left[n + 1 :, n + 1 :] -= np.outer(left[n + 1 :, n], left[n, n + 1 :]) / left[n, n]
