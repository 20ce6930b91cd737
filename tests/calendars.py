"""Calendars for Hypothesis, with what they were made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import attrs
from hypothesis import strategies as st

from relcore.service import Calendar, Window

Hours = tuple[tuple[time, time], ...]
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
]


@attrs.frozen
class Made:
    """A calendar, and the same in the words of the oracle."""

    zone: str
    week: tuple[Hours, ...]
    exceptions: dict[date, Hours]

    @property
    def calendar(self) -> Calendar:
        def windows(hours: Hours) -> tuple[Window, ...]:
            return tuple(Window(*pair) for pair in hours)

        dated = tuple((day, windows(hours)) for day, hours in self.exceptions.items())
        return Calendar(self.zone, tuple(map(windows, self.week)), dated)


_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 0, 15, 30, 59]))
_windows = st.tuples(_times, _times).filter(lambda pair: pair[0] != pair[1] or pair[0] == time(0))
_hours = st.lists(_windows, max_size=3).map(tuple)
# Around the changes of the clocks on both sides of the Atlantic.
_dates = st.sampled_from(
    [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)]
).flatmap(lambda day: st.integers(-2, 2).map(lambda n: day + timedelta(days=n)))
in_a_year = st.one_of(
    _dates.flatmap(lambda day: st.integers(-1440, 2880).map(lambda n: _moment(day) + timedelta(minutes=n))),
    st.timedeltas(timedelta(0), timedelta(days=400)).map(
        lambda after: datetime(2025, 12, 1, tzinfo=UTC) + after
    ),
)
durations = st.timedeltas(timedelta(0), timedelta(days=9)) | st.integers(0, 200).map(
    lambda n: timedelta(hours=n)
)


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def calendars(zones: st.SearchStrategy[str] = st.sampled_from(ZONES)) -> st.SearchStrategy[Made]:
    """Whatever opens at least once a week."""
    weeks = st.lists(_hours, min_size=7, max_size=7).map(tuple).filter(any)
    return st.builds(Made, zones, weeks, st.dictionaries(_dates, _hours, max_size=3))
