"""Recurrence: what comes again, and when. A value, and a pure function from the first time and a number to a time.

A rule follows the calendar of its time zone, as RFC 5545 (iCalendar) has it: nine o'clock stays nine o'clock when the
clocks change, a time that is skipped that night is told an hour later, and one that comes twice is the first of both. Months
that lack the day follow RFC 7529: they are left out, or the day before or after stands in. Every time is counted from the
first one, so that the 31st of January is followed by the 28th of February and then by the 31st of March.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from itertools import count as counting
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from attrs.validators import deep_iterable, optional

from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import a
from relcore.kernel.errors import Invalid


class Every(StrEnum):
    """The unit that is counted."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Weekday(StrEnum):
    """A day of the week, which begins on Monday (ISO 8601)."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class MonthEnd(StrEnum):
    """What becomes of the 31st in a month that has none."""

    BACKWARD = "backward"
    """The last day of that month stands in."""
    FORWARD = "forward"
    """The first day of the next month stands in."""
    OMIT = "omit"
    """That month is left out."""
    LAST = "last"
    """It is the last day of each month, whichever day came first."""


class Spawn(StrEnum):
    """When the next one comes into being, and what it is counted from."""

    ON_DONE = "on_done"
    """When the one before is done, counted from that day: *a week after the last visit*."""
    ON_SCHEDULE = "on_schedule"
    """When the one before was due, done or not, counted from the first: *on the first of each month*."""


def _at_least_one(rule: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 1 <= value < 2**31:
        raise Invalid(f"{type(rule).__name__}.{field.name}", "must be a whole number of at least 1", value)


@attrs.frozen
class Recurrence:
    """Every so many days, weeks or months, until it has come ``count`` times or ``until`` is past.

    >>> from datetime import datetime
    >>> monthly = Recurrence(Every.MONTH, zone="Europe/Berlin")
    >>> first = datetime(2026, 1, 31, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    >>> [f"{monthly.time(first, number):%d %b %H:%M}" for number in (1, 2, 3, 4)]  # in UTC
    ['31 Jan 08:00', '28 Feb 08:00', '31 Mar 07:00', '30 Apr 07:00']
    """

    every: Every = attrs.field(validator=a(Every))
    interval: int = attrs.field(default=1, validator=_at_least_one)
    weekdays: tuple[Weekday, ...] = attrs.field(default=(), validator=deep_iterable(a(Weekday)))
    """With weeks only: on these days. Without any, on the weekday of the first time."""
    month_end: MonthEnd = attrs.field(default=MonthEnd.BACKWARD, validator=a(MonthEnd))
    zone: str = "UTC"
    spawn: Spawn = attrs.field(default=Spawn.ON_DONE, validator=a(Spawn))
    count: int | None = attrs.field(default=None, validator=optional(_at_least_one))
    """How often in all, the first time included."""
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    """The last moment at which it may come."""

    def __attrs_post_init__(self) -> None:
        if self.weekdays and self.every is not Every.WEEK:
            raise Invalid("Recurrence.weekdays", "go with weeks only", str(self.every))
        if len(set(self.weekdays)) != len(self.weekdays):
            raise Invalid("Recurrence.weekdays", "must each be named once", tuple(map(str, self.weekdays)))
        try:
            ZoneInfo(self.zone)
        except (TypeError, ValueError, OSError, ZoneInfoNotFoundError):
            raise Invalid(
                "Recurrence.zone", "must be a time zone of IANA", self.zone, "write 'Europe/Berlin'"
            ) from None

    def time(self, first: datetime, number: int) -> datetime | None:
        """The time of that number, the first being 1; None when it comes no more. In UTC.

        The first time is the first one even where the rule would not have named it, as in RFC 5545.
        """
        if number < 1:
            raise Invalid("number", "must be at least 1", number)
        if self.count is not None and number > self.count:
            return None
        try:
            due = self._time(first.astimezone(ZoneInfo(self.zone)), number)
        except OverflowError:  # beyond the calendar of Python
            return None
        return due if due is None or self.until is None or due <= self.until else None

    def _time(self, first: datetime, number: int) -> datetime | None:
        if number == 1:
            return first.astimezone(UTC)
        day = next(islice(self._days(first.date()), number - 2, None), None)
        return None if day is None else _at(first, day).astimezone(UTC)

    def after(self, first: datetime, *, number: int, done_at: datetime | None) -> datetime | None:
        """When the one after that number is due; None when there is none.

        Raises ``Invalid`` when it waits for one that is not done yet.
        """
        if self.spawn is Spawn.ON_SCHEDULE:
            return self.time(first, number + 1)
        if done_at is None:
            raise Invalid("done_at", "must be told: the next one is counted from it", done_at)
        if self.count is not None and number >= self.count:
            return None
        place = ZoneInfo(self.zone)
        anchor = _at(first.astimezone(place), done_at.astimezone(place).date())
        return attrs.evolve(self, count=None).time(anchor, 2)

    def _days(self, first: date) -> Iterator[date]:
        """The days after the first."""
        if self.every is Every.MONTH:
            return self._months(first)
        if self.weekdays:
            return self._weekdays(first)
        step = self.interval * (7 if self.every is Every.WEEK else 1)
        return _steps(first, step)

    def _weekdays(self, first: date) -> Iterator[date]:
        wanted = sorted(list(Weekday).index(weekday) for weekday in self.weekdays)
        monday = first.toordinal() - first.weekday()
        for week in counting(0, self.interval):
            for weekday in wanted:
                ordinal = monday + 7 * week + weekday
                if ordinal > date.max.toordinal():
                    return
                if ordinal > first.toordinal():
                    yield date.fromordinal(ordinal)

    def _months(self, first: date) -> Iterator[date]:
        for month in counting(first.year * 12 + first.month - 1 + self.interval, self.interval):
            year, index = divmod(month, 12)
            if year > date.max.year:
                return
            last = monthrange(year, index + 1)[1]
            if self.month_end is MonthEnd.LAST:
                yield date(year, index + 1, last)
            elif first.day <= last:
                yield date(year, index + 1, first.day)
            elif self.month_end is MonthEnd.BACKWARD:
                yield date(year, index + 1, last)
            elif self.month_end is MonthEnd.FORWARD:
                # The days that are missing end with the 31st, and no December lacks any.
                yield date(year, index + 2, 1)


def _steps(first: date, step: int) -> Iterator[date]:
    for ordinal in counting(first.toordinal() + step, step):
        if ordinal > date.max.toordinal():
            return
        yield date.fromordinal(ordinal)


def _at(local: datetime, day: date) -> datetime:
    """That time of day on another day: of one that comes twice the first, of one that is skipped as if it were not."""
    return datetime.combine(day, local.time(), local.tzinfo).replace(fold=0)
