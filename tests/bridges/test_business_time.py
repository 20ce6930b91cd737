"""The vectorised twin of a calendar answers for millions of rows what the calendar answers for one."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.bridges import deadline, elapsed
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.kernel.errors import InvalidRows
from relcore.service import Calendar
from tests.calendars import calendars, durations, in_a_year

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
OFFICE = Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"})
START = datetime(2026, 3, 2, tzinfo=UTC)


def moments(*at: datetime) -> np.ndarray:
    return np.array([microseconds(a) for a in at], dtype=np.int64)


@given(calendars(), st.lists(st.tuples(in_a_year, in_a_year).map(sorted), min_size=1, max_size=20))
def test_elapsed_is_what_lies_between_row_by_row(made, pairs):
    calendar = made.calendar
    starts, stops = zip(*pairs, strict=True)

    found = elapsed(calendar, moments(*starts), moments(*stops))

    assert [n * TICK for n in found.tolist()] == [calendar.between(*pair) for pair in pairs]


@given(calendars(), st.lists(st.tuples(in_a_year, durations), min_size=1, max_size=20))
def test_a_deadline_is_the_sum_row_by_row(made, pairs):
    calendar = made.calendar
    starts, lengths = zip(*pairs, strict=True)

    found = deadline(calendar, moments(*starts), np.array([d // TICK for d in lengths]))

    assert [from_microseconds(n) for n in found.tolist()] == [calendar.add(*pair) for pair in pairs]


def test_a_sum_goes_on_over_years_until_its_time_has_passed() -> None:
    yearly = Calendar.weekly(
        "UTC", {}, exceptions={date(year, 1, 1): "00:00-01:00" for year in range(2026, 2090)}
    )
    start = moments(START, START.replace(year=2050))

    found = deadline(yearly, start, np.array([30 * HOUR // TICK, 20 * HOUR // TICK]))

    assert [from_microseconds(n).year for n in found.tolist()] == [2056, 2070]


def test_a_sum_that_would_search_for_ever_is_refused_with_its_row() -> None:
    yearly = Calendar.weekly(
        "UTC", {}, exceptions={date(year, 1, 1): "00:00-01:00" for year in range(2026, 2200)}
    )

    for late in (START, START.replace(year=2100)):  # whether or not others reach so far
        with pytest.raises(InvalidRows, match="column 'duration', row 1: must pass within 50 years"):
            deadline(yearly, moments(late, START), np.array([HOUR // TICK, 51 * HOUR // TICK]))


def test_nothing_has_no_time() -> None:
    nothing = np.empty(0, dtype=np.int64)

    assert elapsed(OFFICE, nothing, nothing).size == deadline(OFFICE, nothing, nothing).size == 0


def test_columns_that_are_none_are_refused() -> None:
    at = moments(START, START + HOUR)

    with pytest.raises(InvalidRows, match="row 1: must not lie before start"):
        elapsed(OFFICE, at, at - np.array([0, 1]))
    with pytest.raises(InvalidRows, match="must not be negative"):
        deadline(OFFICE, at, np.array([0, -1]))
    with pytest.raises(Invalid, match="must have one length"):
        elapsed(OFFICE, at, at[:1])
    with pytest.raises(Invalid, match="whole microseconds"):
        elapsed(OFFICE, at, at / 2)
    with pytest.raises(Invalid, match="must lie in the years"):
        elapsed(OFFICE, at, at + 10**18)


def test_a_million_elapsed_times_take_less_than_a_second() -> None:
    random = np.random.default_rng(7)
    start = microseconds(START) + random.integers(0, 10**14, 1_000_000)
    stop = start + random.integers(0, 10**12, 1_000_000)
    began = time.process_time()
    elapsed(OFFICE, start, stop)
    assert time.process_time() - began < 1
