"""What came after the occasions of a calibration: the part that a model has not seen, and is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from relcore.analytics.arrays import Floats, Ids, floats, frozen
from relcore.analytics.columns import struct
from relcore.analytics.period import Period, days_per
from relcore.kernel.errors import Invalid

if TYPE_CHECKING:
    from relcore.analytics.columns.occasions import Occasions


def _ids(values: Any) -> Ids:
    return frozen(np.asarray(values))


@attrs.frozen(eq=False, repr=False, kw_only=True)
class OccasionHoldout:
    """One row per customer of the calibration, in its order. Made by `Occasions.split`, or from counts that are known.

    ids : (n,) who. purchases : (n,) on how many of the occasions they bought, whole, in [0, length].
    length : how many occasions there were, the same for all, >= 1. period : the time from one to the next.

    >>> OccasionHoldout(ids=[0, 1, 2], purchases=[0, 3, 5], length=5, period="year")
    OccasionHoldout of 3 customers on the next 5 occasions, one a year: 8 purchases, by 2 of them
    """

    ids: Ids = attrs.field(converter=_ids)
    purchases: Floats = attrs.field(converter=floats)
    length: int
    period: Period

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        days_per(self.period)
        struct.same_length(self)
        if self.length < 1 or self.length != int(self.length):
            raise Invalid("length", "must be a whole number of occasions, 1 or more", self.length)
        struct.keeps(self, _rules)

    def must_follow(self, calibration: Occasions) -> None:
        """Refuse a calibration that is not of these customers."""
        if not len(calibration):
            raise Invalid("calibration", "must hold a customer", 0)
        same = (
            calibration.period == self.period
            and bool((calibration.weight == 1).all())
            and np.array_equal(calibration.ids, self.ids)
        )
        if not same:
            remedy = "take both from one Occasions.split, and do not collapse them"
            told = (
                f"{len(self):,} customers, one occasion a {self.period}",
                f"{len(calibration):,}, one a {calibration.period}",
            )
            raise Invalid("holdout", "must be what the customers of the calibration did next", told, remedy)

    def __repr__(self) -> str:
        made, by = self.purchases.sum(), np.count_nonzero(self.purchases)
        ahead = "occasion" if self.length == 1 else f"{self.length} occasions"
        return (
            f"OccasionHoldout of {len(self):,} customer{'' if len(self) == 1 else 's'} on the next {ahead}, one a "
            f"{self.period}: {made:,.0f} purchase{'' if made == 1 else 's'}, by {by:,} of them"
        )


def _rules(held: OccasionHoldout) -> list[struct.Rule]:
    made, length = held.purchases, held.length
    fits = (made >= 0) & (made <= length) & (made == np.floor(made))
    return [("purchases", f"must be whole and in [0, {length}]", fits)]
