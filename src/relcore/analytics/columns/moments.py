"""What a column of moments means: microseconds since 1970-01-01 UTC, as logs keep them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Counts
from relcore.analytics.period import Period, day_number, days_per
from relcore.frames import Raw
from relcore.kernel.clock import microseconds
from relcore.kernel.errors import Fault, Invalid

DAY = 86_400_000_000
"""Microseconds of a day on which the clock is not changed."""


def moments(
    raw: Raw | Sequence[Any], column: str, zone: str | None
) -> tuple[Counts, NDArray[np.bool_], list[Fault]]:
    """Moments, where they are missing, and what is wrong.

    raw : whole numbers (microseconds already), datetime64 (as UTC), or dates, times and ISO 8601 texts.
    zone : the times say their offset, and a zone was named. Without one they are taken as they stand: days of
        analytics begin at midnight and know no summer time.
    """
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuM":
        if raw.dtype.kind != "M":
            return raw.astype(np.int64), np.zeros(raw.size, dtype=np.bool_), []
        missing = np.isnat(raw)
        found = raw.astype("datetime64[us]").astype(np.int64)
        found[missing] = 0
        return found, missing, []
    values: Sequence[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    return _of_objects(values, column, zone)


def _of_objects(
    values: Sequence[Any], column: str, zone: str | None
) -> tuple[Counts, NDArray[np.bool_], list[Fault]]:
    read, missing = np.zeros(len(values), dtype=np.int64), np.zeros(len(values), dtype=np.bool_)
    wrong: list[int] = []
    known: dict[Any, int] = {}
    for row, value in enumerate(values):
        if value is None or value != value:  # NaN and NaT equal nothing, themselves included
            missing[row] = True
            continue
        try:
            moment = known.get(value)
            if moment is None:
                moment = known[value] = _moment(value, column, zone)
            read[row] = moment
        except Invalid:
            raise
        except (ValueError, TypeError):
            wrong.append(row)
    if not wrong:
        return read, missing, []
    remedy = 'write ISO 8601, "2026-03-31T14:05", or give dates or times'
    return read, missing, [Fault(column, wrong[0], "must be a moment", values[wrong[0]], len(wrong), remedy)]


def _moment(value: Any, column: str, zone: str | None) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, date):
        raise TypeError
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  # a day of analytics has no zone
    aware = moment.utcoffset() is not None
    if aware and zone is None:
        remedy = 'say in which zone months begin and end: zone="Europe/Berlin"'
        raise Invalid(column, "must be calendar times", f"times with the zone {moment.tzinfo}", remedy)
    if not aware and zone is not None:
        remedy = "leave zone= out: these already are calendar times"
        raise Invalid(column, "must have a time zone when zone= is given", "naive times", remedy)
    return microseconds(moment if aware else moment.replace(tzinfo=UTC))


# --- the calendar -----------------------------------------------------------------------------------


def microseconds_per(period: Period) -> float:
    """The length of a period as a unit of durations: a month is a twelfth of 365.25 days."""
    return days_per(period) * DAY


def end_of(day: date | str, zone: str | None, field: str = "until") -> int:
    """The moment at which a calendar day is over: the first of the next day."""
    return int(midnights(np.array([day_number(day, field) + 1]), zone)[0])


def midnights(day: Counts, zone: str | None) -> Counts:
    """The moments at which days (since 1970-01-01) begin in the zone."""
    if zone is None or zone == "UTC":
        return day * DAY
    place, epoch = timezone(zone), date(1970, 1, 1).toordinal()
    starts = (
        datetime.combine(date.fromordinal(number + epoch), datetime.min.time(), place)
        for number in day.tolist()
    )
    return np.array([microseconds(start.astimezone(UTC)) for start in starts], dtype=np.int64)


@cache
def timezone(name: str) -> ZoneInfo:
    """The zone of the tz database, or ``Invalid``."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid(
            "zone", "must be a name of the tz database", name, 'write zone="Europe/Berlin"'
        ) from None


def steps(period: Period, first: int, last: int, zone: str | None) -> tuple[int, Counts]:
    """The calendar periods that end from ``first`` to ``last``, both moments: the number of the earliest, and their ends.

    Periods are numbered from the one that holds 1970-01-01, which is 0; a week begins on Monday.
    """
    days_per(period)
    # A zone is at most a day away from UTC.
    low = _number(period, np.datetime64(first // DAY - 2, "D"))
    high = _number(period, np.datetime64(last // DAY + 2, "D"))
    ends = midnights(first_days(period, np.arange(low + 1, high + 2)), zone)
    inside = (ends >= first) & (ends <= last)
    kept = np.flatnonzero(inside)
    return (low + int(kept[0]) if kept.size else low), ends[inside]


def label(period: Period, number: int) -> str:
    """How people call a calendar period: 2026-03 for a month, 2026-Q1 for a quarter, the first day of a week.

    >>> label("month", 674), label("quarter", 224)
    ('2026-03', '2026-Q1')
    """
    first = str(np.datetime64(int(first_days(period, np.array([number]))[0]), "D"))
    match period:
        case "year":
            return first[:4]
        case "quarter":
            return f"{first[:4]}-Q{int(first[5:7]) // 3 + 1}"
        case "month":
            return first[:7]
        case _:
            return first


def numbers(period: Period, moment: Counts, zone: str | None) -> Counts:
    """The number of the calendar period in which each moment lies."""
    if not moment.size:
        return moment
    first, ends = steps(period, int(moment.min()), int(moment.max()) + 400 * DAY, zone)
    return first + np.searchsorted(ends, moment, side="right")


_MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


def _number(period: Period, day: np.datetime64) -> int:
    if period in _MONTHS:
        return int(day.astype("datetime64[M]").astype(np.int64)) // _MONTHS[period]
    days = int(day.astype(np.int64))
    return days if period == "day" else (days + 3) // 7  # 1970-01-01 was a Thursday


def first_days(period: Period, number: Counts) -> Counts:
    """The days (since 1970-01-01) on which calendar periods of these numbers begin."""
    if period in _MONTHS:
        months = (number * _MONTHS[period]).astype("datetime64[M]")
        return months.astype("datetime64[D]").astype(np.int64)
    return number if period == "day" else number * 7 - 3


def told(moment: int, zone: str | None) -> str:
    """The calendar day of a moment."""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(moment))
    return str((at if zone is None else at.astimezone(timezone(zone))).date())
