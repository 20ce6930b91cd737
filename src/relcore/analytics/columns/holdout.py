"""What came after a calibration: the part of the log that a model has not seen, and is judged by."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from relcore.analytics.arrays import Floats, Ids, floats, frozen
from relcore.analytics.columns import struct
from relcore.analytics.period import Period, days_per
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.columns.purchases import Purchases


def _ids(values: Any) -> Ids:
    return frozen(np.asarray(values))


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Holdout:
    """One row per customer of the calibration, in its order. Made by `Purchases.split` or `Ledger.split`.

    ids : (n,) who. purchases : (n,) how many they made, whole, >= 0.
    after : the last day of the calibration. until : the last day of the hold-out, inclusive.
    """

    ids: Ids = attrs.field(converter=_ids)
    purchases: Floats = attrs.field(converter=floats)
    after: date
    until: date
    period: Period

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        days_per(self.period)
        struct.same_length(self)
        if self.until <= self.after:
            raise Invalid("until", f"must lie after {self.after}", str(self.until))
        struct.keeps(self, _rules)

    def must_follow(self, calibration: Purchases) -> None:
        """Refuse a calibration after which these customers did something else."""
        if not len(calibration):
            raise Invalid("calibration", "must hold a customer", 0)
        same = (
            calibration.period == self.period
            and calibration.until == self.after
            and bool((calibration.weight == 1).all())
            and np.array_equal(calibration.ids, self.ids)
        )
        if not same:
            remedy = "take both from one Purchases.split"
            told = (
                f"{len(self):,} customers after {self.after}",
                f"{len(calibration):,} until {calibration.until}",
            )
            raise Invalid("holdout", "must be what the customers of the calibration did next", told, remedy)

    @property
    def length(self) -> float:
        """How many periods it lasts: the ``horizon`` of a forecast of it."""
        return (self.until - self.after).days / days_per(self.period)

    def __repr__(self) -> str:
        made, by = self.purchases.sum(), np.count_nonzero(self.purchases)
        return (
            f"Holdout of {len(self):,} customer{'' if len(self) == 1 else 's'}, the {self.length:.2f} "
            f"{self.period}s after {self.after}: {made:,.0f} purchase{'' if made == 1 else 's'}, by {by:,} of them"
        )


def _rules(self: Holdout) -> list[struct.Rule]:
    made = self.purchases
    return [
        ("purchases", "must be whole and >= 0", np.isfinite(made) & (made >= 0) & (made == np.floor(made)))
    ]
