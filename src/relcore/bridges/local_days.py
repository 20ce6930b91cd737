"""On which calendar day something happened, for whole columns of moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from relcore.kernel.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400_000_000
"""Microseconds of a day on which the clock is not changed."""
_QUARTER_HOUR = 900_000_000
"""No zone of the tz database has changed its offset at any other minute since 1972."""


def local_days(microseconds: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """(n,) days since 1970-01-01 as a calendar in the zone counts them, of (n,) microseconds since 1970-01-01 UTC."""
    try:
        place = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise Invalid(
            "zone", "must be a name of the tz database", zone, 'write zone="Europe/Berlin"'
        ) from None
    if zone == "UTC":
        return microseconds // _DAY
    # Offsets are asked once per quarter of an hour that occurs, not once per order.
    quarters, place_of = np.unique(microseconds // _QUARTER_HOUR, return_inverse=True)
    offsets = [_offset(quarter, place) for quarter in quarters.tolist()]
    return (microseconds + np.array(offsets, dtype=np.int64)[place_of]) // _DAY


def _offset(quarter: int, place: ZoneInfo) -> int:
    at = (_EPOCH + timedelta(microseconds=quarter * _QUARTER_HOUR)).astimezone(place)
    return (at.utcoffset() or timedelta(0)) // timedelta(microseconds=1)
