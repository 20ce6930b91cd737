"""Business time: the time in which somebody was there, whatever clocks, shifts and holidays do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from relcore import Invalid
from relcore.kernel.errors import Illformed
from relcore.service import Calendar, Window
from tests.calendars import calendars, durations, in_a_year
from tests.oracles.business_time import first_by_which, minutes_between, open_minute

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)
OFFICE = Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"})
NIGHT = Calendar.weekly("Europe/Berlin", {"mon-sun": "22:00-06:00"})


def berlin(*when: int) -> datetime:
    return datetime(*when, tzinfo=BERLIN)  # type: ignore[arg-type,misc]


# --- what the trade gets wrong --------------------------------------------------------------------


def test_d1_eight_hours_on_the_wall_are_seven_when_the_clocks_go_forward() -> None:
    always = Calendar.always("Europe/Berlin")

    assert always.between(berlin(2026, 3, 29), berlin(2026, 3, 29, 8)) == 7 * HOUR
    assert always.between(berlin(2026, 10, 25), berlin(2026, 10, 25, 8)) == 9 * HOUR
    assert always.between(berlin(2026, 3, 30), berlin(2026, 3, 30, 8)) == 8 * HOUR


def test_d1_a_night_shift_is_open_through_the_night_and_as_long_as_the_night_is() -> None:
    def night(*day: int) -> timedelta:
        noon = berlin(*day, 12)
        return NIGHT.between(noon, noon.astimezone(UTC) + 24 * HOUR)

    assert NIGHT.is_open(berlin(2026, 3, 3, 3))
    assert not NIGHT.is_open(berlin(2026, 3, 3, 6))
    assert [night(2026, 3, 1), night(2026, 3, 28), night(2026, 10, 24)] == [8 * HOUR, 7 * HOUR, 9 * HOUR]


def test_d1_a_sum_over_the_night_of_the_change_ends_an_hour_later_on_the_wall() -> None:
    assert NIGHT.add(berlin(2026, 3, 28, 22), 7 * HOUR) == berlin(2026, 3, 29, 6)
    assert NIGHT.add(berlin(2026, 3, 28, 22), 8 * HOUR) == berlin(2026, 3, 29, 23)


def test_d1_a_day_may_have_several_windows_and_a_date_its_own() -> None:
    calendar = Calendar.weekly(
        "Europe/Berlin",
        {"mon-fri": ["09:00-12:00", "13:00-17:00"]},
        exceptions={
            date(2026, 12, 24): "09:00-12:00",
            date(2026, 12, 25): Calendar.CLOSED,
            date(2026, 12, 27): "14:00-16:00",  # a Sunday
        },
    )

    def day(number: int) -> timedelta:
        return calendar.between(berlin(2026, 12, number), berlin(2026, 12, number + 1))

    assert [day(n) // HOUR for n in range(23, 29)] == [7, 3, 0, 0, 2, 7]
    assert calendar.add(berlin(2026, 12, 24, 11), 2 * HOUR) == berlin(2026, 12, 27, 15)


def test_d1_one_moment_is_open_in_one_zone_and_not_in_another() -> None:
    tokyo = Calendar.weekly("Asia/Tokyo", {"mon-fri": "09:00-17:00"})

    assert OFFICE.is_open(berlin(2026, 3, 2, 10))
    assert not tokyo.is_open(berlin(2026, 3, 2, 10))


def test_d2_two_hours_from_saturday_afternoon_are_monday_noon() -> None:
    calendar = Calendar.weekly("Europe/Berlin", {"mon-fri": "10:00-18:00"})

    assert calendar.add(berlin(2026, 3, 7, 15), 2 * HOUR) == berlin(2026, 3, 9, 12)


def test_d2_an_hour_from_late_on_friday_is_early_on_monday() -> None:
    assert OFFICE.add(berlin(2026, 3, 6, 16, 30), HOUR) == berlin(2026, 3, 9, 9, 30)


def test_d2_a_calendar_that_never_opens_is_refused_when_it_is_written() -> None:
    for week in ({}, {"mon-fri": Calendar.CLOSED}):
        with pytest.raises(Illformed, match="it never opens"):
            Calendar.weekly("UTC", week)


def test_d2_a_sum_that_would_search_for_ever_is_refused() -> None:
    once = Calendar.weekly("UTC", {}, exceptions={date(2026, 3, 2): "09:00-10:00"})
    start = datetime(2026, 1, 1, tzinfo=UTC)

    assert once.add(start, HOUR) == datetime(2026, 3, 2, 10, tzinfo=UTC)
    with pytest.raises(Invalid, match="must pass within 50 years"):
        once.add(start, HOUR + timedelta(microseconds=1))
    with pytest.raises(Invalid, match="must have an opening within 50 years"):
        once.next_open(datetime(2026, 3, 2, 10, tzinfo=UTC))
    with pytest.raises(Invalid, match="must pass within 50 years"):
        OFFICE.add(start, timedelta(days=100_000))


# --- the laws -------------------------------------------------------------------------------------


@given(calendars(), in_a_year, durations)
def test_adding_and_measuring_are_inverse(made, start, duration):
    calendar = made.calendar

    assert calendar.between(start, calendar.add(start, duration)) == duration


@given(calendars(), in_a_year, durations, durations)
def test_a_sum_ends_at_the_first_moment_by_which_the_time_has_passed(made, start, duration, later):
    assume(duration)
    calendar, stop = made.calendar, start + later

    assert (calendar.add(start, duration) <= stop) is (calendar.between(start, stop) >= duration)


@given(calendars(), in_a_year, durations, durations)
def test_what_is_added_twice_is_added_at_once(made, start, one, other):
    calendar = made.calendar

    assert calendar.add(calendar.add(start, one), other) == calendar.add(start, one + other)


@given(calendars(), st.tuples(in_a_year, in_a_year, in_a_year).map(sorted))
def test_time_measured_in_two_parts_is_the_time_measured_at_once(made, moments):
    calendar, (start, middle, stop) = made.calendar, moments

    parts = calendar.between(start, middle) + calendar.between(middle, stop)

    assert parts == calendar.between(start, stop) <= stop - start


@given(calendars(), in_a_year)
def test_the_next_opening_is_open_and_no_time_has_passed_until_then(made, at):
    opening = made.calendar.next_open(at)

    assert made.calendar.is_open(opening)
    assert made.calendar.between(at, opening) == timedelta(0)


def test_no_time_at_all_ends_where_it_starts_even_when_nobody_is_there() -> None:
    saturday = berlin(2026, 3, 7, 15)

    assert OFFICE.add(saturday, timedelta(0)) == saturday


def test_a_sum_that_uses_the_day_up_ends_when_the_office_closes() -> None:
    assert OFFICE.add(berlin(2026, 3, 6, 16), HOUR) == berlin(2026, 3, 6, 17)


def test_a_year_ends_in_the_middle_of_a_shift() -> None:
    start = berlin(2025, 12, 31, 23)

    assert NIGHT.between(start, berlin(2026, 1, 1, 7)) == 7 * HOUR
    assert NIGHT.add(start, 4 * HOUR) == berlin(2026, 1, 1, 3)
    assert NIGHT.between(berlin(2020, 1, 1, 12), berlin(2024, 1, 1, 12)) == (4 * 365 + 1) * 8 * HOUR


# --- beside the oracle ----------------------------------------------------------------------------


@settings(max_examples=40)
@given(calendars(), in_a_year, st.integers(0, 2 * 24 * 60), st.integers(1, 300))
def test_a_clock_on_the_wall_watched_for_days_says_the_same(made, start, minutes, duration):
    start = start.replace(second=0, microsecond=0)
    stop = start + timedelta(minutes=minutes)
    wall = (made.zone, made.week, made.exceptions)

    assert made.calendar.between(start, stop) == timedelta(minutes=minutes_between(start, stop, *wall))
    assert made.calendar.is_open(stop) == open_minute(stop, *wall)
    ended = made.calendar.add(start, timedelta(minutes=duration))
    assert ended == first_by_which(start, duration, *wall)


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("America/St_Johns", datetime(2026, 3, 8, 5, 30, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
        ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),  # a whole day that never was
    ],
)
@settings(max_examples=8)
@given(made=calendars(zones=st.just("UTC")))
def test_a_clock_on_the_wall_says_the_same_on_the_night_it_is_changed(made, zone, change):
    calendar = Calendar(zone, made.calendar.week)
    start, stop = change - timedelta(hours=15), change + timedelta(hours=15)

    watched = minutes_between(start, stop, zone, made.week, {})

    assert calendar.between(start, stop) == timedelta(minutes=watched)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "09:00", "nine-five", "09:00-25:00", "9-17", "09:00+01:00-17:00"])
def test_a_window_is_written_like_a_window(text: str) -> None:
    with pytest.raises(Invalid, match="window"):
        Window.of(text)


def test_a_window_of_no_length_is_refused() -> None:
    with pytest.raises(Illformed, match="it opens and closes at one time"):
        Window(time(9), time(9))


def test_windows_that_overlap_or_touch_are_one() -> None:
    calendar = Calendar.weekly("UTC", {"mon": ["09:00-12:00", "11:00-13:00", "13:00-14:00"]})

    assert calendar.between(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC)) == 5 * HOUR


@pytest.mark.parametrize(
    "week", [{"monday": "09:00-17:00"}, {"mon-friday": "09:00-17:00"}, {"": "09:00-17:00"}]
)
def test_a_day_that_is_none_is_refused(week: dict[str, str]) -> None:
    with pytest.raises(Invalid, match="names days like"):
        Calendar.weekly("UTC", week)


def test_a_day_that_is_told_twice_is_refused() -> None:
    with pytest.raises(Illformed, match="fri is told twice"):
        Calendar.weekly("UTC", {"mon-fri": "09:00-17:00", "fri": "09:00-15:00"})


def test_a_week_may_go_on_over_its_end() -> None:
    weekend = Calendar.weekly("UTC", {"sat-mon": "00:00-24:00"})

    assert weekend.is_open(datetime(2026, 3, 1, tzinfo=UTC))
    assert not weekend.is_open(datetime(2026, 3, 3, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc", 5])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(Invalid, match="must be a time zone"):
        Calendar.always(zone)


def test_what_is_no_question_of_time_is_refused() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)

    with pytest.raises(Invalid, match="time zone"):
        OFFICE.add(now.replace(tzinfo=None), HOUR)
    with pytest.raises(Invalid, match="must not lie before start"):
        OFFICE.between(now, now - HOUR)
    with pytest.raises(Invalid, match="must not be negative"):
        OFFICE.add(now, -HOUR)
    with pytest.raises(Invalid, match="must lie in the years 1900 to 2300"):
        OFFICE.is_open(now.replace(year=2301))


def test_calendars_are_values() -> None:
    again = Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"})
    OFFICE.is_open(berlin(2026, 3, 2))

    assert again == OFFICE
    assert hash(again) == hash(OFFICE)
    assert str(Window.of("22:00-24:00")) == "22:00-24:00"
