"""Quiet hours: half-open, across midnight, by weekday, on the recipient's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Invalid
from relcore.privacy import Quiet, crtc_hours, next_open, next_quiet, tcpa_hours
from relcore.privacy.quiet_hours import ANYWHERE

TICK, MINUTE, DAY = timedelta(microseconds=1), timedelta(minutes=1), timedelta(days=1)
NIGHT = (Quiet(time(22), time(6)),)
BERLIN, TORONTO = "Europe/Berlin", "America/Toronto"


def local(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type]


def is_quiet(windows: tuple[Quiet, ...], at: datetime, *zones: str) -> bool:
    return next_open(windows, zones, at) != at.astimezone(UTC)


# --- one by one -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(21, 59, False), (22, 0, True), (23, 30, True), (0, 0, True), (5, 59, True), (6, 0, False), (12, 0, False)],
)  # fmt: skip
def test_d5_a_night_that_crosses_midnight_is_the_night_and_not_the_day(
    hour: int, minute: int, quiet: bool
) -> None:
    assert is_quiet(NIGHT, local(BERLIN, 2026, 1, 14, hour, minute), BERLIN) is quiet


def test_d5_a_window_is_half_open() -> None:
    start, stop = local(BERLIN, 2026, 1, 14, 22), local(BERLIN, 2026, 1, 15, 6)

    assert not is_quiet(NIGHT, start - TICK, BERLIN)
    assert is_quiet(NIGHT, start, BERLIN)
    assert is_quiet(NIGHT, stop - TICK, BERLIN)
    assert next_open(NIGHT, [BERLIN], stop - TICK) == stop


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ((2026, 1, 14, 8, 59), (2026, 1, 14, 9, 0)),  # a Wednesday
        ((2026, 1, 14, 21, 30), (2026, 1, 15, 9, 0)),
        ((2026, 1, 16, 21, 30), (2026, 1, 17, 10, 0)),  # into the weekend
        ((2026, 1, 17, 9, 30), (2026, 1, 17, 10, 0)),
        ((2026, 1, 17, 18, 0), (2026, 1, 18, 10, 0)),
        ((2026, 1, 18, 18, 0), (2026, 1, 19, 9, 0)),  # and out of it
        ((2026, 1, 17, 17, 59), (2026, 1, 17, 17, 59)),
        ((2026, 1, 14, 21, 29), (2026, 1, 14, 21, 29)),
    ],
)
def test_d5_canada_calls_on_weekdays_from_9_to_21_30_and_at_weekends_from_10_to_18(
    when: tuple[int, ...], opens: tuple[int, ...]
) -> None:
    assert next_open(crtc_hours, [TORONTO], local(TORONTO, *when)) == local(TORONTO, *opens)


def test_d5_the_united_states_call_from_8_to_21() -> None:
    assert is_quiet(tcpa_hours, local(TORONTO, 2026, 1, 14, 7, 59), TORONTO)
    assert not is_quiet(tcpa_hours, local(TORONTO, 2026, 1, 14, 8), TORONTO)
    assert is_quiet(tcpa_hours, local(TORONTO, 2026, 1, 14, 21), TORONTO)


def test_d5_of_an_unknown_zone_all_that_are_plausible_must_be_open() -> None:
    coasts = ["America/St_Johns", "America/Vancouver"]

    # 9:00 in Newfoundland is 4:30 at the Pacific: it opens when the west does ...
    assert next_open(crtc_hours, coasts, local(coasts[0], 2026, 1, 14, 9)) == local(coasts[1], 2026, 1, 14, 9)
    # ... and closes when the east does.
    assert next_quiet(crtc_hours, coasts, local(coasts[1], 2026, 1, 14, 9)) == local(
        coasts[0], 2026, 1, 14, 21, 30
    )


def test_d5_somewhere_on_the_globe_it_is_always_night() -> None:
    assert next_open(tcpa_hours, ANYWHERE, local(BERLIN, 2026, 1, 14, 12)) is None


def test_d5_a_window_whose_end_is_skipped_ends_when_the_clock_is_put_forward() -> None:
    short_night = (Quiet(time(22), time(2, 30)),)

    opens = next_open(short_night, [BERLIN], local(BERLIN, 2026, 3, 28, 23))

    # 2:00 to 3:00 does not exist in Berlin on 2026-03-29.
    assert opens == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_d5_an_hour_that_comes_twice_is_quiet_twice() -> None:
    early = (Quiet(time(2), time(2, 30)),)
    first, second = datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)

    assert next_open(early, [BERLIN], first) == first + timedelta(minutes=30)
    assert next_quiet(early, [BERLIN], first + timedelta(minutes=30)) == second
    assert next_open(early, [BERLIN], second) == second + timedelta(minutes=30)


def test_no_windows_are_never_quiet_and_a_whole_day_always_is() -> None:
    noon = local(BERLIN, 2026, 1, 14, 12)

    assert next_open((), [BERLIN], noon) == noon
    assert next_quiet((), [BERLIN], noon) is None
    assert next_open((Quiet(time(0), time(0)),), [BERLIN], noon) is None
    assert next_quiet((Quiet(time(0), time(0)),), [BERLIN], noon) == noon


@pytest.mark.parametrize(
    "wrong",
    [{"start": time(22, tzinfo=UTC)}, {"stop": "06:00"}, {"days": ()}, {"days": (7,)}],
)
def test_a_window_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    told: dict[str, object] = {"start": time(22), "stop": time(6)} | wrong

    with pytest.raises(Invalid):
        Quiet(**told)  # type: ignore[arg-type]


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="must be a name of the tz database"):
        next_open(NIGHT, ["Middle/Earth"], local(BERLIN, 2026, 1, 14, 12))


# --- against a slow reader ------------------------------------------------------------------------

clocks = st.integers(0, 24 * 4 - 1).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
windows = st.lists(
    st.builds(Quiet, clocks, clocks, st.sets(st.integers(0, 6), min_size=1).map(tuple)), min_size=1, max_size=3
).map(tuple)  # fmt: skip
zones = st.lists(
    st.sampled_from(
        [BERLIN, TORONTO, "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
    ),
    min_size=1, max_size=2, unique=True,
)  # fmt: skip
# Around the days on which clocks are changed, in one or the other of these places.
moments = st.builds(
    lambda day, minutes: day + minutes * MINUTE,
    st.sampled_from(
        [
            datetime(2026, 3, 7, tzinfo=UTC),
            datetime(2026, 3, 28, tzinfo=UTC),
            datetime(2026, 4, 4, tzinfo=UTC),
            datetime(2026, 10, 24, tzinfo=UTC),
            datetime(2026, 10, 31, tzinfo=UTC),
            datetime(2026, 2, 14, tzinfo=UTC),
        ]
    ),
    st.integers(0, 60 * 48),
)


def slowly(windows: tuple[Quiet, ...], zones: list[str], at: datetime) -> bool:
    """Quiet by what the wall clocks say: window by window, day by day, with nothing but comparisons."""
    for zone in zones:
        wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        for window in windows:
            for back in (0, 1):
                day = wall.date() - timedelta(days=back)
                if day.weekday() not in window.days:
                    continue
                begin = datetime.combine(day, window.start)
                end = datetime.combine(day, window.stop)
                if end <= begin:
                    end += DAY
                if begin <= wall < end:
                    return True
    return False


@settings(max_examples=60)
@given(windows, zones, moments)
def test_d5_the_first_open_minute_is_what_walking_minute_by_minute_finds(
    windows: tuple[Quiet, ...], zones: list[str], at: datetime
) -> None:
    walked = next((at + n * MINUTE for n in range(8 * 24 * 60) if not slowly(windows, zones, at + n * MINUTE)), None)  # fmt: skip

    assert next_open(windows, zones, at) == walked


@settings(max_examples=60)
@given(windows, zones, moments)
def test_d5_the_first_quiet_minute_is_what_walking_minute_by_minute_finds(
    windows: tuple[Quiet, ...], zones: list[str], at: datetime
) -> None:
    walked = next((at + n * MINUTE for n in range(8 * 24 * 60) if slowly(windows, zones, at + n * MINUTE)), None)  # fmt: skip

    assert next_quiet(windows, zones, at) == walked
