"""Caps: messages that were released, in rolling windows, across campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.channel import Channel
from relcore.ids import CustomerId
from relcore.privacy import Cap, ContactPolicy, Quiet, Released, tcpa_hours
from tests.strategies import NOON

ADA = CustomerId.imported("shop", "ada")
EMAIL, PHONE = Channel.EMAIL, Channel.PHONE
HOUR, DAY, TICK = timedelta(hours=1), timedelta(days=1), timedelta(microseconds=1)


def out(*hours: int, channel: Channel = EMAIL) -> list[Released]:
    """So many hours before noon."""
    return [Released(ADA, channel, NOON - n * HOUR) for n in hours]


def capped(policy: ContactPolicy, released: Any, channel: Channel = EMAIL) -> Any:
    return policy.capped_by(channel, released, NOON)


def test_d10_a_window_rolls_and_is_half_open() -> None:
    cap = Cap(1, DAY)

    assert cap.free_at([NOON - DAY], NOON) == NOON
    assert cap.free_at([NOON - DAY + TICK], NOON) == NOON + TICK
    assert cap.free_at([NOON], NOON) == NOON + DAY


def test_d10_room_is_made_when_the_oldest_that_matters_is_old_enough() -> None:
    policy = ContactPolicy(caps=(Cap(2, DAY),))

    assert capped(policy, out(1)) == (NOON, None)
    assert capped(policy, out(20, 10)) == (NOON + 4 * HOUR, policy.caps[0])
    assert capped(policy, out(20, 10, 1)) == (NOON + 14 * HOUR, policy.caps[0])


def test_d10_one_channel_and_all_together_are_counted_apart() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY, EMAIL), Cap(3, 7 * DAY)))
    calls = out(30, 29, 28, channel=PHONE)

    assert capped(policy, calls[:2]) == (NOON, None)
    assert capped(policy, calls) == (NOON + 7 * DAY - 30 * HOUR, policy.caps[1])
    assert capped(policy, out(1), channel=PHONE) == (NOON, None)


def test_d10_of_several_caps_the_one_that_lasts_longest_is_named() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY), Cap(1, 7 * DAY)))

    assert capped(policy, out(1)) == (NOON + 7 * DAY - HOUR, policy.caps[1])


def test_d10_what_lies_ahead_is_not_counted() -> None:
    assert capped(ContactPolicy(caps=(Cap(1, DAY),)), out(-1)) == (NOON, None)


@given(
    st.lists(st.integers(-5, 200), max_size=12),
    st.integers(1, 4),
    st.integers(1, 100),
    st.randoms(use_true_random=False),
)
def test_d10_the_moment_that_is_told_is_the_first_at_which_there_is_room(
    hours: list[int], most: int, length: int, chance: Any
) -> None:
    cap, times = Cap(most, length * HOUR), [NOON - n * HOUR for n in hours]

    def room(at: Any) -> bool:
        return len([t for t in times if t <= NOON and at - cap.within < t <= at]) < most

    free_at = cap.free_at(times, NOON)
    chance.shuffle(times)

    assert room(free_at)
    assert free_at == NOON or not room(free_at - TICK)
    assert cap.free_at(times, NOON) == free_at


def test_quiet_hours_of_one_channel_are_nothing_to_another() -> None:
    phone = Quiet(tcpa_hours[0].start, tcpa_hours[0].stop, channels=(PHONE,))
    policy = ContactPolicy(quiet=(phone,))
    night = NOON.replace(hour=23)

    assert policy.open_at(EMAIL, ("UTC",), night) == night
    assert policy.open_at(PHONE, ("UTC",), night) == night + 9 * HOUR


@pytest.mark.parametrize(
    ("most", "within"), [(0, DAY), (-1, DAY), (1.5, DAY), (1, timedelta(0)), (1, -DAY), (True, DAY)]
)
def test_a_cap_that_cannot_be_is_refused(most: Any, within: timedelta) -> None:
    with pytest.raises(Invalid):
        Cap(most, within)
