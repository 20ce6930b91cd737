"""What comes again, and when: by the calendar of a place, whatever its clocks do."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.work import Every, MonthEnd, Recurrence, Spawn, Weekday

BERLIN = ZoneInfo("Europe/Berlin")
FREQUENCY = {Every.DAY: DAILY, Every.WEEK: WEEKLY, Every.MONTH: MONTHLY}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def times(rule: Recurrence, first: datetime, count: int) -> list[str]:
    """In local time."""
    told = [rule.time(first, number) for number in range(1, count + 1)]
    return [f"{time.astimezone(BERLIN):%Y-%m-%d %H:%M}" for time in told if time is not None]


def days(rule: Recurrence, first: str, count: int) -> list[str]:
    return [time[5:10] for time in times(rule, at(first), count)]


def monthly(month_end: MonthEnd) -> Recurrence:
    return Recurrence(Every.MONTH, month_end=month_end, zone="Europe/Berlin")


# --- by the calendar ------------------------------------------------------------------------------


def test_nine_in_the_morning_stays_nine_when_the_clocks_change() -> None:
    weekly = Recurrence(Every.WEEK, zone="Europe/Berlin")

    assert times(weekly, at("2026-03-23 09:00"), 2) == ["2026-03-23 09:00", "2026-03-30 09:00"]
    first, second = weekly.time(at("2026-03-23 09:00"), 1), weekly.time(at("2026-03-23 09:00"), 2)
    assert first is not None
    assert second is not None
    assert second - first == timedelta(days=7) - timedelta(hours=1)


def test_a_time_that_is_skipped_is_an_hour_later_that_day_only() -> None:
    daily = Recurrence(Every.DAY, zone="Europe/Berlin")

    assert times(daily, at("2026-03-28 02:30"), 3) == [
        "2026-03-28 02:30", "2026-03-29 03:30", "2026-03-30 02:30",
    ]  # fmt: skip


def test_a_time_that_comes_twice_is_the_first_of_both() -> None:
    daily = Recurrence(Every.DAY, zone="Europe/Berlin")

    assert daily.time(at("2026-10-24 02:30"), 2) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month_end", "expected"),
    [
        (MonthEnd.BACKWARD, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
        (MonthEnd.FORWARD, ["01-31", "03-01", "03-31", "05-01", "05-31"]),
        (MonthEnd.OMIT, ["01-31", "03-31", "05-31", "07-31", "08-31"]),
        (MonthEnd.LAST, ["01-31", "02-28", "03-31", "04-30", "05-31"]),
    ],
)
def test_what_becomes_of_the_31st_in_a_month_that_has_none(month_end: MonthEnd, expected: list[str]) -> None:
    assert days(monthly(month_end), "2026-01-31 09:00", 5) == expected


def test_the_last_day_of_each_month_is_the_last_whichever_came_first() -> None:
    assert days(monthly(MonthEnd.LAST), "2026-04-30 09:00", 3) == ["04-30", "05-31", "06-30"]
    assert days(monthly(MonthEnd.BACKWARD), "2026-04-30 09:00", 3) == ["04-30", "05-30", "06-30"]


def test_a_leap_day_that_is_omitted_comes_every_four_years_and_not_in_2100() -> None:
    yearly = Recurrence(Every.MONTH, 12, month_end=MonthEnd.OMIT)

    assert yearly.time(datetime(2024, 2, 29, tzinfo=UTC), 2) == datetime(2028, 2, 29, tzinfo=UTC)
    assert yearly.time(datetime(2096, 2, 29, tzinfo=UTC), 2) == datetime(2104, 2, 29, tzinfo=UTC)


def test_every_other_week_on_tuesdays_and_fridays() -> None:
    rule = Recurrence(Every.WEEK, 2, weekdays=(Weekday.FRIDAY, Weekday.TUESDAY), zone="Europe/Berlin")

    # The first time is a Wednesday, as somebody once wished.
    assert days(rule, "2026-01-07 09:00", 6) == ["01-07", "01-09", "01-20", "01-23", "02-03", "02-06"]


def test_it_ends_after_so_many_times_or_on_a_day() -> None:
    first = at("2026-01-05 09:00")

    assert len(times(Recurrence(Every.DAY, count=3), first, 10)) == 3
    assert len(times(Recurrence(Every.DAY, until=first + timedelta(days=2)), first, 10)) == 3
    assert Recurrence(Every.DAY).time(datetime(9999, 12, 31, tzinfo=UTC), 2) is None


# --- against others -------------------------------------------------------------------------------

firsts = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(lambda d: d.replace(microsecond=0))  # noqa: DTZ001
rules = st.builds(
    Recurrence,
    st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]),
    st.integers(1, 14),
    month_end=st.sampled_from(MonthEnd),
)
weekly = st.builds(
    Recurrence,
    st.just(Every.WEEK),
    st.integers(1, 4),
    weekdays=st.lists(st.sampled_from(Weekday), min_size=1, unique=True).map(tuple),
)


@given(rules | weekly, firsts)
def test_it_agrees_with_dateutil(rule: Recurrence, first: datetime) -> None:
    if rule.every is Every.MONTH and rule.month_end is not MonthEnd.OMIT:
        rule = Recurrence(Every.MONTH, rule.interval, month_end=MonthEnd.OMIT)
    on = [list(Weekday).index(weekday) for weekday in rule.weekdays] or None
    expected = [*islice(rrule(FREQUENCY[rule.every], first, rule.interval, byweekday=on), 12)]
    # RFC 5545 leaves open what becomes of a first time that the rule would not name; dateutil leaves it out.
    expected = ([] if expected[0] == first else [first]) + expected

    found = [rule.time(first.replace(tzinfo=UTC), number) for number in range(1, 13)]

    assert [time and time.replace(tzinfo=None) for time in found] == expected[:12]


def slow_months(first: date, interval: int, month_end: MonthEnd) -> Iterator[date]:
    """Day by day: is this one of them?"""
    day = first
    while True:
        day += timedelta(days=1)
        months = (day.year - first.year) * 12 + day.month - first.month
        last = monthrange(day.year, day.month)[1]
        before = day.replace(day=1) - timedelta(days=1)
        if month_end is MonthEnd.LAST:
            fits = months % interval == 0 and months > 0 and day.day == last
        else:
            fits = months % interval == 0 and day.day == first.day
            if month_end is MonthEnd.BACKWARD:
                fits |= months % interval == 0 and day.day == last < first.day
            if month_end is MonthEnd.FORWARD:
                fits |= (months - 1) % interval == 0 and day.day == 1 and before.day < first.day
        if fits:
            yield day


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 7), st.sampled_from(MonthEnd))
def test_it_agrees_with_looking_at_every_day(first: date, interval: int, month_end: MonthEnd) -> None:
    rule = Recurrence(Every.MONTH, interval, month_end=month_end)
    noon = datetime(first.year, first.month, first.day, 12, tzinfo=UTC)

    found = [rule.time(noon, number) for number in range(2, 8)]

    assert [time and time.date() for time in found] == [*islice(slow_months(first, interval, month_end), 6)]


@given(rules | weekly, firsts)
def test_each_time_comes_after_the_one_before(rule: Recurrence, first: datetime) -> None:
    told = [rule.time(first.replace(tzinfo=BERLIN), number) for number in range(1, 9)]

    assert all(a is not None and b is not None and a < b for a, b in pairwise(told))


# --- when it is done ------------------------------------------------------------------------------


def test_on_schedule_it_is_counted_from_the_first_whenever_anything_was_done() -> None:
    rule = Recurrence(Every.WEEK, spawn=Spawn.ON_SCHEDULE, zone="Europe/Berlin")
    first = at("2026-01-05 09:00")

    assert rule.after(first, number=1, done_at=None) == first + timedelta(days=7)
    assert rule.after(first, number=1, done_at=first + timedelta(days=6)) == first + timedelta(days=7)


def test_on_done_it_is_counted_from_that_day_at_the_time_of_the_first() -> None:
    rule = Recurrence(Every.WEEK, spawn=Spawn.ON_DONE, zone="Europe/Berlin")
    first = at("2026-01-05 09:00")

    assert rule.after(first, number=1, done_at=at("2026-01-08 17:45")) == at("2026-01-15 09:00")
    with pytest.raises(Invalid, match="done_at must be told"):
        rule.after(first, number=1, done_at=None)


def test_on_done_it_ends_as_well() -> None:
    first = at("2026-01-05 09:00")

    twice = Recurrence(Every.WEEK, count=2)
    assert twice.after(first, number=1, done_at=first) is not None
    assert twice.after(first, number=2, done_at=first) is None
    until = Recurrence(Every.WEEK, until=at("2026-01-14 00:00"))
    assert until.after(first, number=1, done_at=at("2026-01-06 09:00")) == at("2026-01-13 09:00")
    assert until.after(first, number=1, done_at=at("2026-01-08 09:00")) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval": 0}, {"interval": 1.5}, {"interval": True}, {"count": 0}, {"zone": "Berlin"}, {"zone": ""},
        {"zone": 1}, {"weekdays": (Weekday.MONDAY,), "every": Every.DAY}, {"weekdays": (Weekday.MONDAY,) * 2},
        {"weekdays": ("monday",)}, {"every": "year"}, {"until": datetime(2026, 1, 1)},  # noqa: DTZ001
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        Recurrence(**{"every": Every.WEEK} | wrong)  # type: ignore[arg-type]


def test_numbers_begin_at_one() -> None:
    with pytest.raises(Invalid, match="number must be at least 1"):
        Recurrence(Every.DAY).time(at("2026-01-05 09:00"), 0)
