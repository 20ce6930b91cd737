"""Contact points: what arrives there, and since when we know."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import ContactPoint, Invalid, Refused
from relcore.customers import (
    Bounce,
    ContactKind,
    ContactPointState,
    DeliverabilityPolicy,
    Purpose,
    Validity,
    after_bounce,
    prefer_among,
)
from relcore.customers.bounce import REMEMBERED
from relcore.ids import ContactPointId, CustomerId
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
ADA = IDS.new(CustomerId)
DAY = timedelta(days=1)
HARD, SOFT = Bounce("5.1.1"), Bounce("4.2.2")


def point(value: str = "ada@example.org", kind: ContactKind = ContactKind.EMAIL) -> ContactPoint:
    return ContactPoint.add(IDS.new(ContactPointId), customer=ADA, kind=kind, value=value, at=NOON).entity


def softly(*days: float) -> ContactPoint:
    held = point()
    for day in days:
        held = held.soft_bounce(SOFT, at=NOON + day * DAY).entity
    return held


# --- deliverability -------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["5.1.1", "5.1.2", "5.1.10"])
def test_d7_a_hard_bounce_makes_it_undeliverable_at_once(status: str) -> None:
    change = after_bounce(point(), Bounce(status), at=NOON + DAY)

    assert change is not None
    gone = change.entity
    assert gone.state is ContactPointState.UNDELIVERABLE
    assert (gone.undeliverable_since, gone.undeliverable_status) == (NOON + DAY, status)
    assert not gone.reachable(NOON + DAY)


@pytest.mark.parametrize("status", ["5.7.1", "4.7.0", "5.1.8", "5.6.0", "4.4.1", "5.4.4", None])
def test_d7_a_policy_block_or_a_failed_transport_leaves_it_untouched(status: str | None) -> None:
    held = point()

    assert after_bounce(held, Bounce(status), at=NOON + DAY) is None
    with pytest.raises(Refused, match=r"only a permanent 5\.1\.x"):
        held.hard_bounce(Bounce(status), at=NOON + DAY)
    with pytest.raises(Refused, match="matters of the sender and the road"):
        held.soft_bounce(Bounce(status), at=NOON + DAY)


def test_d7_soft_bounces_let_it_rest_only_when_enough_come_within_the_window() -> None:
    policy = DeliverabilityPolicy(soft_bounces=3, within=7 * DAY, rest=14 * DAY)

    assert softly(1, 2).rests_until(policy) is None
    assert softly(1, 5, 9).rests_until(policy) is None
    assert softly(1, 4, 8).rests_until(policy) == NOON + 22 * DAY
    assert softly(1, 5, 9, 10).rests_until(policy) == NOON + 24 * DAY


def test_d7_after_its_rest_it_is_tried_again_without_any_job() -> None:
    held = softly(1, 2, 3)

    assert held.state is ContactPointState.UNVERIFIED
    assert not held.reachable(NOON + 3 * DAY)
    assert not held.reachable(NOON + 16.9 * DAY)
    assert held.reachable(NOON + 17 * DAY)


def test_d7_something_that_arrives_wipes_the_soft_bounces() -> None:
    arrived = softly(1, 2).note_delivery(at=NOON + 3 * DAY).entity

    again = arrived.soft_bounce(SOFT, at=NOON + 4 * DAY).entity

    assert again.rests_until() is None
    assert again.reachable(NOON + 4 * DAY)


def test_d7_a_late_bounce_does_not_undo_what_is_known_since() -> None:
    verified = point().verify("link", at=NOON + 2 * DAY).entity

    assert after_bounce(verified, HARD, at=NOON + DAY) is None
    with pytest.raises(Refused, match="something later is known about it already"):
        verified.hard_bounce(HARD, at=NOON + DAY)


def test_an_undeliverable_address_is_bounced_no_more_and_can_be_verified() -> None:
    gone = point().hard_bounce(HARD, at=NOON).entity

    assert after_bounce(gone, HARD, at=NOON + DAY) is None
    back = gone.verify("call", at=NOON + DAY).entity
    assert (back.state, back.undeliverable_since) == (ContactPointState.VALID, None)
    assert back.reachable(NOON + DAY)


@given(st.lists(st.floats(0, 3), max_size=40), st.integers(1, 5), st.floats(0.5, 9))
def test_rest_is_what_a_count_of_each_window_says(gaps: list[float], n: int, within: float) -> None:
    policy = DeliverabilityPolicy(soft_bounces=n, within=within * DAY, rest=DAY)
    days = [sum(gaps[: i + 1]) for i in range(len(gaps))]
    held = softly(*days)

    kept = held.soft_bounces
    full = [b for b in kept if sum(b - policy.within <= other <= b for other in kept if other <= b) >= n]

    assert len(kept) <= REMEMBERED
    assert held.rests_until(policy) == (full[-1] + DAY if full else None)


# --- what it is for, and when ---------------------------------------------------------------------


def test_an_address_is_kept_in_its_normal_form_and_never_shown() -> None:
    held = point("Ada@EXAMPLE.org")

    assert held.value == "Ada@example.org"
    assert "example" not in repr(held)
    with pytest.raises(Invalid) as refused:
        point("ada.byron")
    assert "byron" not in str(refused.value)


def test_it_holds_from_its_first_moment_to_just_before_its_last() -> None:
    limited = point().limit(Validity(NOON + DAY, NOON + 2 * DAY), at=NOON).entity

    assert [limited.reachable(NOON + n * DAY) for n in (0, 1, 1.5, 2)] == [False, True, True, False]


def test_a_time_that_ends_before_it_begins_is_refused() -> None:
    backwards = Validity(NOON + DAY, NOON)

    with pytest.raises(Refused, match="it must begin to hold before it ends"):
        point().limit(backwards, at=NOON)
    with pytest.raises(Invalid, match="must begin before it ends"):
        ContactPoint.add(
            IDS.new(ContactPointId), customer=ADA, kind=ContactKind.POST, value="here", validity=backwards, at=NOON
        )  # fmt: skip


def test_an_address_for_everything_serves_each_purpose_and_one_for_bills_only_that() -> None:
    bills = point().repurpose([Purpose.BILLING], at=NOON).entity

    assert point().serves(Purpose.MARKETING)
    assert bills.serves(Purpose.BILLING)
    assert not bills.serves(Purpose.MARKETING)
    with pytest.raises(Refused, match="it needs purposes"):
        bills.repurpose([], at=NOON)


def test_one_of_a_kind_is_preferred() -> None:
    old = point("old@example.org").prefer(at=NOON).entity
    phone = point("+49 30 1234567", ContactKind.PHONE).prefer(at=NOON).entity
    new = point("new@example.org")

    changed = {c.entity.id: c.entity.preferred for c in prefer_among(new, [old, phone, new], at=NOON)}

    assert changed == {new.id: True, old.id: False}


def test_a_retired_address_is_not_preferred_and_comes_back_unverified() -> None:
    retired = point().verify("link", at=NOON).then(lambda p: p.prefer(at=NOON)).entity
    retired = retired.retire("moved", at=NOON).entity

    back = retired.reinstate(at=NOON + DAY).entity

    assert not retired.reachable(NOON)
    assert (back.state, back.preferred, back.verified_at) == (ContactPointState.UNVERIFIED, False, None)


def test_erasing_takes_the_address_and_asks_for_the_purge() -> None:
    change = point().erase(at=NOON)

    assert change.entity.value is None
    assert change.events[0].effects == ("purge_log",)
