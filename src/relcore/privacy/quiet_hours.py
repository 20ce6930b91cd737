"""Quiet hours: when nobody is called or written to, on the recipient's own clock.

A window is half-open and may cross midnight: from 22:00 until before 06:00 is the night, never the day. It belongs to the
weekdays on which it begins. Where the recipient's zone is unknown, it is quiet while it is quiet in any zone that they may
be in. Two laws are written down here: Canada's (`crtc_hours`: calls on weekdays from 9:00 to 21:30 and at weekends from 10:00 to
18:00; Unsolicited Telecommunications Rules, part III) and the United States' (`tcpa_hours`: calls from 8:00 to 21:00;
47 CFR 64.1200 (c) (1)), both on the clock of the one who is called.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import attrs

from relcore.channel import Channel
from relcore.kernel.clock import aware
from relcore.kernel.errors import Invalid

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_ZERO = timedelta(0)

EVERY_DAY = tuple(range(7))
MON, TUE, WED, THU, FRI, SAT, SUN = EVERY_DAY
"""Weekdays as Python counts them."""
ANYWHERE = tuple(f"Etc/GMT{offset:+d}" for offset in range(-14, 13))
"""Every whole hour of the globe: where somebody is of whom nothing is known."""


def _days(days: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


@attrs.frozen
class Quiet:
    """From ``start`` until before ``stop``, on each of the days on which it begins; the next day if stop is not later.

    Without ``channels`` it holds on all of them.
    """

    start: time
    stop: time
    days: tuple[int, ...] = attrs.field(default=EVERY_DAY, converter=_days)
    channels: tuple[Channel, ...] = attrs.field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        for name in ("start", "stop"):
            value = getattr(self, name)
            if not isinstance(value, time) or value.tzinfo is not None:
                raise Invalid(name, "must be a time of day without a zone: it is the recipient's", value)
        if not self.days or not set(self.days) <= set(EVERY_DAY):
            raise Invalid("days", "must be weekdays from 0, a Monday, to 6", self.days)

    @property
    def spans(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """Begin and end within a week from Monday 00:00; what crosses the end of Sunday is cut there."""
        start, stop = _since_midnight(self.start), _since_midnight(self.stop)
        length = stop - start if stop > start else stop - start + _DAY
        whole = [(day * _DAY + start, day * _DAY + start + length) for day in self.days]
        cut = [(begin, min(end, _WEEK)) for begin, end in whole]
        return tuple(cut + [(_ZERO, end - _WEEK) for _, end in whole if end > _WEEK])


crtc_hours = (
    Quiet(time(21, 30), time(9), days=(MON, TUE, WED, THU)),
    Quiet(time(21, 30), time(10), days=(FRI,)),
    Quiet(time(18), time(10), days=(SAT,)),
    Quiet(time(18), time(9), days=(SUN,)),
)
"""Canada: permitted on weekdays from 9:00 to 21:30, at weekends from 10:00 to 18:00."""
tcpa_hours = (Quiet(time(21), time(8)),)
"""The United States: permitted from 8:00 to 21:00."""


def next_open(windows: tuple[Quiet, ...], zones: Iterable[str], at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which it is quiet in none of the zones; None if there is none within a week."""
    week, now = _week(windows), aware("at", at)
    limit, open_at = now + _WEEK + _DAY, now
    places = [place(zone) for zone in zones]
    waiting = True
    while waiting:
        waiting = False
        for zone in places:
            moment = _first(week, zone, open_at, quiet=False)
            if moment is None or moment > limit:
                return None
            waiting = waiting or moment > open_at
            open_at = moment
    return open_at


def next_quiet(windows: tuple[Quiet, ...], zones: Iterable[str], at: datetime) -> datetime | None:
    """The first moment from ``at`` on at which it is quiet in one of the zones; None for never."""
    week, now = _week(windows), aware("at", at)
    moments = [_first(week, place(zone), now, quiet=True) for zone in zones]
    return min((moment for moment in moments if moment is not None), default=None)


@cache
def place(zone: str) -> ZoneInfo:
    """The zone of that name; ``Invalid`` if the tz database has none."""
    try:
        return ZoneInfo(zone)
    except (KeyError, TypeError, ValueError, OSError):
        raise Invalid("zone", "must be a name of the tz database", zone, "write 'Europe/Berlin'") from None


def _since_midnight(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond
    )


Week = tuple[tuple[timedelta, timedelta], ...]
"""When it is quiet: spans of a week from Monday 00:00, in order and apart from each other."""


@lru_cache(maxsize=256)
def _week(windows: tuple[Quiet, ...]) -> Week:
    spans = list[tuple[timedelta, timedelta]]()
    for begin, end in sorted(span for window in windows for span in window.spans):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((begin, end))
    return tuple(spans)


def _until_change(week: Week, here: timedelta) -> tuple[bool, timedelta | None]:
    """Whether it is quiet at this place in the week, and when to look again; None for ever."""
    if not week or week == ((_ZERO, _WEEK),):
        return bool(week), None
    for begin, end in week:
        if here < begin:
            return False, begin - here
        if here < end:
            return True, end - here
    return False, _WEEK + week[0][0] - here


def _first(week: Week, zone: ZoneInfo, at: datetime, *, quiet: bool) -> datetime | None:
    """The first moment from ``at`` on at which the clock on this wall says so."""
    while True:
        local = at.astimezone(zone)
        here = local.weekday() * _DAY + _since_midnight(local.time())
        is_quiet, wait = _until_change(week, here)
        if is_quiet is quiet:
            return at
        if wait is None:
            return None
        there = at + wait
        # Where the clock is changed on the way, look again then, for the wall says something else.
        at = there if _offset(there, zone) == _offset(at, zone) else _clock_change(zone, at, there)


def _clock_change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset is another one: between the two moments, which have different ones."""
    low, high = int(before.timestamp()), -int(-after.timestamp() // 1)
    old = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
