"""Business time by looking at the clock on the wall, minute after minute: slow, and sharing nothing with relcore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
Hours = Sequence[tuple[time, time]]
"""Windows of one day; one that does not close later than it opens closes on the next day."""


def open_minute(at: datetime, zone: str, week: Sequence[Hours], exceptions: Mapping[date, Hours]) -> bool:
    """Whether somebody is there in the minute that begins at this moment."""
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)

    def hours(day: date) -> Hours:
        return exceptions[day] if day in exceptions else week[day.weekday()]

    for opens, closes in hours(today):
        if opens <= wall.time() and (closes <= opens or wall.time() < closes):
            return True
    return any(closes <= opens and wall.time() < closes for opens, closes in hours(yesterday))


def minutes_between(
    start: datetime, stop: datetime, zone: str, week: Sequence[Hours], exceptions: Mapping[date, Hours]
) -> int:
    """How many minutes between two moments, both at the beginning of one, somebody was there."""
    at, found = start.astimezone(UTC), 0
    while at < stop:
        found += open_minute(at, zone, week, exceptions)
        at += MINUTE
    return found


def first_by_which(
    start: datetime, minutes: int, zone: str, week: Sequence[Hours], exceptions: Mapping[date, Hours]
) -> datetime:
    """The first moment by which somebody was there for so many minutes."""
    at = start.astimezone(UTC)
    while minutes:
        minutes -= open_minute(at, zone, week, exceptions)
        at += MINUTE
    return at
