"""Time is an argument. What a host must supply is only the moment at which something is *recorded*."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

import attrs

from relcore.kernel.errors import Invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the present moment, aware."""

    def now(self) -> datetime: ...


@attrs.frozen
class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def aware(field: str, at: datetime) -> datetime:
    """The moment in UTC, if it says its offset from there.

    A naive time means another moment on every machine: ``Invalid``. In UTC, because an hour that a zone counts twice
    equals no other time in Python, and because storage keeps no zones.
    """
    if type(at) is datetime and at.tzinfo is UTC:
        return at
    if type(at) is not datetime or at.utcoffset() is None:
        raise Invalid(field, "must be a datetime with a time zone", at, "write datetime(..., tzinfo=UTC)")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise Invalid(field, "must lie between the years 1 and 9999 in UTC", at) from None


def moment(at: datetime) -> datetime:
    """``converter=moment`` on a field that holds one."""
    return aware("moment", at)


def moment_or_none(at: datetime | None) -> datetime | None:
    """``converter=moment_or_none`` on a field that may hold one."""
    return None if at is None else aware("moment", at)


_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?")


def duration_text(length: timedelta) -> str:
    """A length of time in ISO 8601, exact to the microsecond.

    >>> duration_text(timedelta(days=3, hours=4.5))
    'P3DT16200S'
    """
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    seconds = f"{length.seconds}.{length.microseconds:06d}" if length.microseconds else f"{length.seconds}"
    return f"{sign}P{length.days}DT{seconds}S"


def duration(text: str) -> timedelta:
    """From ISO 8601, in days and shorter: a month has no length of its own.

    >>> duration("PT1H30M")
    datetime.timedelta(seconds=5400)
    """
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()[1:]):
        raise Invalid(
            "duration", "must be ISO 8601 in days, hours, minutes and seconds", text, "write 'P3D' or 'PT4H'"
        )
    sign, days, hours, minutes, seconds, fraction = found.groups(default="0")
    length = timedelta(int(days), int(seconds), int(fraction.ljust(6, "0")), 0, int(minutes), int(hours))
    return -length if sign == "-" else length


def microseconds(at: datetime) -> int:
    """Since 1970-01-01 UTC: exact, ordered, and ready for arrays. How moments stand in columns."""
    return (at - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """The moment, in UTC."""
    return _EPOCH + timedelta(microseconds=count)
