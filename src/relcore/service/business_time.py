"""Business time: how much of the time between two moments somebody was there.

A calendar says in the wall time of its zone when it is open: weekly windows, and other windows on single dates. A moment is
open if a clock on that wall would say so; elapsed time is the *measure* of the open moments between two, counted in UTC,
where every hour has its length. So the night on which Berlin's clocks go forward is an hour shorter for those who work
through it, the other one an hour longer, and nobody had to write a rule for either. Zones are those of the IANA time zone
database (RFC 6557).

Two functions, each the other's inverse:

    between(start, add(start, d)) == d                        for every d >= 0
    add(start, d) <= t   exactly if   between(start, t) >= d  for every t >= start and d > 0

The second says which of the many moments ``add`` picks: the *first* by which the time has passed. An hour from Friday
16:00 ends on Friday 17:00, when the office closes, and not on Monday when it opens.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import ClassVar, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from relcore.kernel.clock import aware, from_microseconds, microseconds
from relcore.kernel.errors import Illformed, Invalid

TICK = timedelta(microseconds=1)
DAY = timedelta(days=1) // TICK
YEARS_AHEAD = 50
"""How many years after the year of its start a sum may end; one that needs more would hardly be meant."""
FIRST_YEAR, LAST_YEAR = 1900, 2300
"""The years a calendar knows."""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EPOCH = date(1970, 1, 1)


@attrs.frozen
class Window:
    """From one wall time to another. One that does not close later than it opens closes on the next day.

    >>> Window.of("22:00-06:00").overnight
    True
    """

    opens: time
    closes: time

    def __attrs_post_init__(self) -> None:
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise Invalid(
                "window", "must be told in the wall time of its calendar, without a zone", str(self)
            )
        if self.opens == self.closes != time(0):
            raise Illformed(
                f"window {self}", ["it opens and closes at one time; round the clock is 00:00-24:00"]
            )

    @classmethod
    def of(cls, text: str) -> Self:
        """``"09:00-17:30"``; midnight at the end of the day may be written ``24:00``."""
        opens, _, closes = text.partition("-")
        return cls(_wall_time(opens, text), time(0) if closes == "24:00" else _wall_time(closes, text))

    @property
    def overnight(self) -> bool:
        """Whether it closes on the day after it opened."""
        return self.closes <= self.opens and self.closes != time(0)

    @property
    def start(self) -> int:
        """Microseconds of wall time from the midnight of its day to its opening."""
        return _since_midnight(self.opens)

    @property
    def stop(self) -> int:
        """Microseconds of wall time from the same midnight to its closing."""
        return _since_midnight(self.closes) + (DAY if self.closes <= self.opens else 0)

    def __str__(self) -> str:
        closes = "24:00" if self.closes == time(0) else self.closes.isoformat().removesuffix(":00")
        return f"{self.opens.isoformat().removesuffix(':00')}-{closes}"


Hours: TypeAlias = str | Sequence[str]
"""One window or several, as text: ``"09:00-17:00"``, ``["09:00-12:00", "13:00-17:00"]``."""


@attrs.frozen
class OpenTime:
    """The open time of one year of UTC, as intervals that neither touch nor overlap: microseconds since 1970."""

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    passed: tuple[int, ...]
    """How much of the year's open time has passed when each interval ends."""

    @property
    def total(self) -> int:
        return self.passed[-1] if self.passed else 0

    def until(self, moment: int) -> int:
        """How much open time of this year has passed at this moment of it."""
        latest = bisect_right(self.opens, moment) - 1
        if latest < 0:
            return 0
        return self.passed[latest] - max(self.closes[latest] - moment, 0)

    def after(self, passed: int) -> int:
        """The first moment by which so much of it has passed; ``passed`` lies in (0, total]."""
        which = bisect_left(self.passed, passed)
        return self.closes[which] - (self.passed[which] - passed)


Dated: TypeAlias = tuple[tuple[date, tuple[Window, ...]], ...]


def _sorted(dated: Iterable[tuple[date, tuple[Window, ...]]]) -> Dated:
    return tuple(sorted(dict(dated).items()))


@attrs.frozen
class Calendar:
    """When somebody is there: weekly windows in one time zone, and other windows on single dates.

    A window belongs to the day on which it opens: a holiday closes what would open on it, and leaves the night shift that
    came over from the day before. Windows that overlap or touch are one: what is open twice is open once. A window of a
    wall time that a clock change skips or repeats is as long as the clock on the wall says so.

    Raises ``Illformed`` for a calendar that never opens, and ``Invalid`` for a zone that nobody knows.
    """

    CLOSED: ClassVar[Hours] = ()
    """The hours of a holiday."""

    zone: str
    week: tuple[tuple[Window, ...], ...]
    """Seven days, Monday first."""
    exceptions: Dated = attrs.field(default=(), converter=_sorted)
    """Dates with windows of their own, or with none: they replace those of the week."""
    _dated: dict[int, tuple[Window, ...]] = attrs.field(init=False, eq=False, repr=False)
    _years: dict[int, OpenTime] = attrs.field(init=False, eq=False, repr=False, factory=dict[int, OpenTime])

    def __attrs_post_init__(self) -> None:
        _zone(self.zone)
        if len(self.week) != 7:
            raise Illformed("calendar", [f"a week has seven days, not {len(self.week)}"])
        if not any(self.week) and not any(windows for _, windows in self.exceptions):
            raise Illformed("calendar", ["it never opens; give it a window"])
        object.__setattr__(self, "_dated", {(day - _EPOCH).days: open_ for day, open_ in self.exceptions})

    @classmethod
    def weekly(
        cls, zone: str, week: Mapping[str, Hours], *, exceptions: Mapping[date, Hours] | None = None
    ) -> Self:
        """A calendar from text: ``Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00", "sat": "10:00-14:00"})``.

        ``exceptions`` gives dates their own hours: ``Calendar.CLOSED`` for a holiday, ``"09:00-13:00"`` for half a day, and hours
        on a date that is closed otherwise for an extra opening.
        """
        days: list[tuple[Window, ...] | None] = [None] * 7
        for name, hours in week.items():
            for day in _days(name):
                if days[day] is not None:
                    raise Illformed("calendar", [f"{WEEKDAYS[day]} is told twice; list its windows together"])
                days[day] = _windows(hours)
        dated = {day: _windows(hours) for day, hours in (exceptions or {}).items()}
        return cls(zone, tuple(windows or () for windows in days), tuple(dated.items()))

    @classmethod
    def always(cls, zone: str = "UTC") -> Self:
        """Round the clock, every day."""
        return cls.weekly(zone, {"mon-sun": "00:00-24:00"})

    def between(self, start: datetime, stop: datetime) -> timedelta:
        """The open time between two moments. ``Invalid`` if the second lies before the first."""
        start, stop = aware("start", start), aware("stop", stop)
        if stop < start:
            raise Invalid("stop", "must not lie before start", stop, "give the earlier moment first")
        years = range(start.year, stop.year)
        whole = sum(self.open_time(year).total for year in years)
        return (whole + self._until(stop) - self._until(start)) * TICK

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The first moment by which so much open time has passed since ``start``; in UTC.

        ``Invalid`` if it is negative, or if it has not passed by the end of the fiftieth year after.
        """
        start = aware("start", start)
        if duration < timedelta(0):
            raise Invalid("duration", "must not be negative", duration)
        if not duration:
            return start
        left = duration // TICK + self._until(start)
        for year in self._years_after(start):
            open_time = self.open_time(year)
            if left <= open_time.total:
                return from_microseconds(open_time.after(left))
            left -= open_time.total
        raise Invalid(
            "duration",
            f"must pass within {YEARS_AHEAD} years of opening hours",
            duration,
            "open the calendar more often or ask for less",
        )

    def is_open(self, at: datetime) -> bool:
        """From the moment a window opens until just before it closes."""
        at = aware("at", at)
        moment, open_time = microseconds(at), self.open_time(at.year)
        latest = bisect_right(open_time.opens, moment) - 1
        return latest >= 0 and moment < open_time.closes[latest]

    def next_open(self, at: datetime) -> datetime:
        """The moment itself if it is open, else the next that is. ``Invalid`` if there is none within fifty years."""
        at = aware("at", at)
        if self.is_open(at):
            return at
        for year in self._years_after(at):
            opens = self.open_time(year).opens
            coming = bisect_right(opens, microseconds(at))
            if coming < len(opens):
                return from_microseconds(opens[coming])
        raise Invalid("at", f"must have an opening within {YEARS_AHEAD} years", at)

    def open_time(self, year: int) -> OpenTime:
        """The intervals of a year of UTC; worked out once."""
        if year not in self._years:
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise Invalid("at", f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}", year)
            self._years[year] = _joined(sorted(self._intervals(year)))
        return self._years[year]

    def _until(self, at: datetime) -> int:
        return self.open_time(at.year).until(microseconds(at))

    def _years_after(self, at: datetime) -> range:
        return range(at.year, min(at.year + YEARS_AHEAD, LAST_YEAR) + 1)

    def _intervals(self, year: int) -> Iterator[tuple[int, int]]:
        """Windows of wall time, seen in UTC: while the offset stays the same, one is the other moved by it."""
        for begin, end, offset in _offsets(self.zone, year):
            # From the day before, whose night shift may reach into it.
            for day in range((begin + offset) // DAY - 1, (end + offset - 1) // DAY + 1):
                for window in self._dated.get(day, self.week[(day + 3) % 7]):
                    opens = max(day * DAY + window.start - offset, begin)
                    closes = min(day * DAY + window.stop - offset, end)
                    if opens < closes:
                        yield opens, closes


def _joined(intervals: Sequence[tuple[int, int]]) -> OpenTime:
    opens, closes = list[int](), list[int]()
    for start, stop in intervals:
        if closes and start <= closes[-1]:
            closes[-1] = max(closes[-1], stop)
        else:
            opens.append(start)
            closes.append(stop)
    lengths = (stop - start for start, stop in zip(opens, closes, strict=True))
    return OpenTime(tuple(opens), tuple(closes), tuple(accumulate(lengths)))


def _windows(hours: Hours) -> tuple[Window, ...]:
    return tuple(map(Window.of, [hours] if isinstance(hours, str) else hours))


def _days(name: str) -> list[int]:
    """``"mon"``, ``"mon-fri"``, ``"sat-mon"``."""
    first, dash, last = name.partition("-")
    if first not in WEEKDAYS or (dash and last not in WEEKDAYS):
        raise Invalid("week", f"names days like {', '.join(WEEKDAYS)} or mon-fri", name)
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [(begin + n) % 7 for n in range((end - begin) % 7 + 1)]


def _wall_time(text: str, window: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Invalid("window", "must be written like '09:00-17:30'", window) from None


def _since_midnight(wall: time) -> int:
    return (
        timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
        // TICK
    )


def _zone(key: str) -> ZoneInfo:
    try:
        return ZoneInfo(key)
    except (ValueError, OSError, TypeError, ZoneInfoNotFoundError):
        raise Invalid(
            "zone", "must be a time zone of the IANA database", key, "write 'Europe/Berlin'"
        ) from None


@lru_cache(maxsize=4096)
def _offsets(key: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """A year of UTC in pieces of one offset: (begin, end, offset), in microseconds. Clocks change on whole seconds."""
    zone, pieces = _zone(key), list[tuple[int, int, int]]()
    begin = _midnight(date(year, 1, 1))
    end = _midnight(date(year + 1, 1, 1))
    offset = _offset(begin, zone)
    for day in range(begin, end, DAY):
        if (changed := _offset(day + DAY, zone)) == offset:
            continue
        low, high = day, day + DAY
        while high - low > 1_000_000:
            middle = (low + high) // 2_000_000 * 1_000_000
            low, high = (middle, high) if _offset(middle, zone) == offset else (low, middle)
        pieces.append((begin, high, offset))
        begin, offset = high, changed
    return (*pieces, (begin, end, offset))


def _midnight(day: date) -> int:
    return (day - _EPOCH).days * DAY


def _offset(moment: int, zone: ZoneInfo) -> int:
    shift = from_microseconds(moment).astimezone(zone).utcoffset()
    assert shift is not None
    return shift // TICK
