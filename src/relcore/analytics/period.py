"""The unit in which time is told, and spans of it.

A day is 1 day, a week 7, a year 365.25 (the Julian year), a month a twelfth and a quarter a fourth of that year.
Columns and models carry their period; a horizon given as a number counts it, a `Span` is converted.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Literal, TypeAlias, get_args

import attrs

from relcore.kernel.errors import Invalid

Period: TypeAlias = Literal["day", "week", "month", "quarter", "year"]

PERIODS: tuple[Period, ...] = get_args(Period)

_DAYS: dict[Period, float] = {
    "day": 1.0,
    "week": 7.0,
    "month": 365.25 / 12,
    "quarter": 365.25 / 4,
    "year": 365.25,
}

_EPOCH = date(1970, 1, 1).toordinal()


def days_per(period: Period) -> float:
    """How many days one period has.

    >>> days_per("month")
    30.4375
    """
    if period not in _DAYS:
        raise Invalid("period", f"must be one of {', '.join(_DAYS)}", period)
    return _DAYS[period]


def is_a_period(_holder: object, _field: attrs.Attribute[Period], period: Period) -> None:
    """The validator of attrs fields that hold a period."""
    days_per(period)


def day_number(day: date | str, field: str = "until") -> int:
    """Days since 1970-01-01 of a calendar day or its ISO 8601 text; a time of day is refused, a day has none.

    >>> day_number("1970-01-02")
    1
    """
    try:
        read = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        raise Invalid(field, "must be a calendar day", day, 'write it as "2026-03-31"') from None
    if type(read) is not date:
        raise Invalid(field, "must be a calendar day", day, 'give a datetime.date or "2026-03-31"')
    return read.toordinal() - _EPOCH


def calendar_day(number: int) -> date:
    """The other way round: the day that lies ``number`` days after 1970-01-01.

    >>> calendar_day(1).isoformat()
    '1970-01-02'
    """
    return date.fromordinal(int(number) + _EPOCH)


def _is_a_length(_span: object, _field: attrs.Attribute[float], number: float) -> None:
    if not 0 <= number < math.inf:
        raise Invalid("span", "must be a finite number of periods, 0 or more", number)


@attrs.frozen
class Span:
    """A length of time with its unit: ``Span(3, "year")``.

    >>> Span(9, "month").counted_in("week")
    39.13392857142857
    """

    number: float = attrs.field(validator=_is_a_length)
    period: Period = attrs.field(validator=is_a_period)

    def counted_in(self, period: Period) -> float:
        """How many of these periods the span has."""
        if period == self.period:
            return float(self.number)
        return self.number * days_per(self.period) / days_per(period)


def horizon_in(period: Period, horizon: float | Span) -> float:
    """A horizon as a number of periods: a number already is one. Refuses what is negative, infinite or NaN."""
    if isinstance(horizon, Span):
        return horizon.counted_in(period)
    rule, remedy = f"must be a finite number of {period}s, 0 or more", 'or say its unit: Span(3, "month")'
    try:
        number = math.nan if isinstance(horizon, str) else float(horizon)
    except (TypeError, ValueError):
        raise Invalid("horizon", rule, type(horizon).__name__, remedy) from None
    if not 0 <= number < math.inf:
        raise Invalid("horizon", rule, horizon, remedy)
    return number
