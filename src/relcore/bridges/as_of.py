"""Until when the past is looked at: a moment, or a calendar day to its end."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from relcore.analytics.columns.moments import end_of, timezone
from relcore.kernel.clock import aware, from_microseconds


def last_moment(as_of: datetime | date | str, zone: str) -> datetime:
    """The moment itself, in UTC, or the last one of a day (a date, or "2026-09-30") in the zone.

    Raises ``Invalid`` for a naive moment, for what is no day, and for an unknown zone.
    """
    if isinstance(as_of, datetime):
        timezone(zone)
        return aware("as_of", as_of)
    return from_microseconds(end_of(as_of, zone, "as_of")) - timedelta(microseconds=1)
