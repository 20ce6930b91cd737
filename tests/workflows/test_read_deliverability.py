"""What contact points say to the question whether somebody may be contacted."""

from __future__ import annotations

from datetime import timedelta

from relcore import Consent, ContactPoint
from relcore.channel import Channel
from relcore.customers import Bounce, ContactKind, DeliverabilityPolicy, Validity
from relcore.ids import ConsentId, ContactPointId, CustomerId
from relcore.privacy import Proof, Verdict, may_contact
from relcore.testing import CountingIds
from relcore.workflows import undeliverable
from tests.strategies import NOON

IDS = CountingIds()
ADA = IDS.new(CustomerId)
DAY = timedelta(days=1)
POLICY = DeliverabilityPolicy(soft_bounces=2, within=7 * DAY, rest=14 * DAY)
GRANTED = Consent.note(
    IDS.new(ConsentId), customer=ADA, channel=Channel.EMAIL, purpose="offers", controller="acme",
    proof=Proof("notice-3", "9f86d081", "form"), at=NOON,
).entity  # fmt: skip


def point(value: str, kind: ContactKind = ContactKind.EMAIL) -> ContactPoint:
    return ContactPoint.add(IDS.new(ContactPointId), customer=ADA, kind=kind, value=value, at=NOON).entity


def asked(about: ContactPoint, *points: ContactPoint, day: float = 10) -> Verdict:
    at = NOON + day * DAY
    return may_contact(
        ADA, channel=Channel.EMAIL, contact_point=about.id, purpose="offers", controller="acme", at=at,
        consents=[GRANTED], suppressions=undeliverable(points, at=at, policy=POLICY),
    )  # fmt: skip


def test_d7_a_dead_address_is_not_written_to_and_another_one_is() -> None:
    dead = point("old@example.org").hard_bounce(Bounce("5.1.1"), at=NOON).entity
    other = point("new@example.org")

    assert str(asked(dead, dead, other).reason) == "undeliverable"
    assert asked(other, dead, other).allowed


def test_d7_a_resting_address_is_written_to_again_when_its_rest_is_over() -> None:
    resting = point("full@example.org")
    for day in (1, 2):
        resting = resting.soft_bounce(Bounce("4.2.2"), at=NOON + day * DAY).entity

    (block,) = undeliverable([resting], at=NOON + 3 * DAY, policy=POLICY)

    assert block.until == NOON + 16 * DAY
    assert not asked(resting, resting, day=15.9).allowed
    assert asked(resting, resting, day=16).allowed


def test_a_number_that_does_not_hold_yet_is_blocked_on_each_of_its_channels_until_it_does() -> None:
    number = point("+49 30 1234567", ContactKind.MOBILE).limit(Validity(since=NOON + DAY), at=NOON).entity

    blocks = undeliverable([number], at=NOON)

    assert {(block.channel, block.until) for block in blocks} == {
        (Channel.PHONE, NOON + DAY),
        (Channel.SMS, NOON + DAY),
    }
    assert undeliverable([number], at=NOON + DAY) == ()


def test_what_was_retired_or_has_run_out_is_blocked_without_an_end() -> None:
    retired = point("old@example.org").retire("moved", at=NOON).entity
    over = point("b@example.org").limit(Validity(until=NOON + DAY), at=NOON).entity

    assert [b.until for b in undeliverable([retired, over], at=NOON + DAY)] == [None, None]
