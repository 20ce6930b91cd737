"""Time is an argument, aware, and held in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.kernel.clock import aware, duration, duration_text, from_microseconds, microseconds
from tests.strategies import NOON, moments


@given(moments)
def test_microseconds_tell_the_moment_exactly(moment: datetime) -> None:
    back = from_microseconds(microseconds(moment))

    assert back == aware("at", moment)
    assert back.tzinfo is UTC


@pytest.mark.parametrize("at", [NOON.replace(tzinfo=None), date(2026, 1, 1), "2026-01-01T00:00:00Z", None, 0])
def test_a_naive_time_and_what_is_no_time_are_refused(at: object) -> None:
    with pytest.raises(Invalid, match="at must be a datetime with a time zone"):
        aware("at", at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "at",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12))),
    ],
)
def test_a_moment_outside_of_the_calendar_of_utc_is_refused(at: datetime) -> None:
    with pytest.raises(Invalid, match="between the years 1 and 9999"):
        aware("at", at)


def test_an_hour_that_is_counted_twice_equals_itself_in_utc() -> None:
    berlin = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)

    assert aware("at", berlin) == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)


@given(st.timedeltas())
def test_a_duration_is_written_and_read_back_to_the_microsecond(length: timedelta) -> None:
    assert duration(duration_text(length)) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P3D", timedelta(days=3)),
        ("PT1H30M", timedelta(minutes=90)),
        ("-PT0.5S", timedelta(seconds=-0.5)),
        ("P1DT1S", timedelta(days=1, seconds=1)),
    ],
)
def test_durations_are_iso_8601(text: str, length: timedelta) -> None:
    assert duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "3 days", "P1M", "P1Y", "PT1.1234567S", "P-1D", "1:30"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="must be ISO 8601"):
        duration(text)
