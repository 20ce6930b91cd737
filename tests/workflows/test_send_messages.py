"""Messages that leave: asked about once more, in one order, and every one accounted for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Campaign, Consent, Message, Money, Suppression, Workspace
from relcore.channel import Channel
from relcore.ids import CampaignId, ConsentId, CustomerId, MessageId, SuppressionId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.marketing import (
    CampaignState,
    ChannelMessage,
    DeferReason,
    EnrolmentState,
    Goal,
    MessageState,
    Objective,
    PrivacyAnswers,
    SendPolicy,
)
from relcore.privacy import Cap, ContactPolicy, Proof, Released, SuppressionKind, tcpa_hours
from relcore.workflows import PrivacyDesk, audience, planned, sent_off
from tests.strategies import NOON

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
PROOF = Proof("notice-3", "9f2c", "form")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PEOPLE = [CustomerId.imported("shop", str(n)) for n in range(4)]
BOTH = PrivacyAnswers(consents=True, suppressions=True)


def campaign(key: str = "spring", **other: Any) -> Campaign:
    told: dict[str, Any] = {
        "goal": Goal("orders", 3), "audience": "all", "messages": (ChannelMessage(Channel.EMAIL, "voucher"),),
        "purpose": "offers", "budget": Money("100", "EUR"),
    } | other  # fmt: skip
    id = CampaignId.imported("plan", key)
    begun = Campaign.draft(id, name=key, objective=Objective.WIN_BACK, at=NOON, by=ME)
    return (
        begun.then(lambda c: c.revise(**told, at=NOON))
        .then(lambda c: c.submit(at=NOON, by=ME))
        .then(lambda c: c.approve(at=NOON, by=YOU))
        .then(lambda c: c.schedule(starts_at=NOON, ends_at=NOON + 30 * DAY, at=NOON))
        .then(lambda c: c.start(BOTH, at=NOON))
        .entity
    )


def grant(customer: CustomerId) -> Consent:
    return Consent.note(
        ConsentId.imported("form", customer), customer=customer, channel=Channel.EMAIL, purpose="offers",
        controller="acme", proof=PROOF, at=NOON,
    ).entity  # fmt: skip


def desk(told: Any = None, **other: Any) -> PrivacyDesk:
    return PrivacyDesk(
        controller="acme", consents=[grant(p) for p in PEOPLE] if told is None else told, **other
    )


def message(key: str, customer: CustomerId = PEOPLE[0], of: str = "spring", **other: Any) -> Message:
    told: dict[str, Any] = {
        "customer": customer, "channel": Channel.EMAIL, "content": "voucher", "purpose": "offers",
        "campaign": CampaignId.imported("plan", of), "at": NOON,
    } | other  # fmt: skip
    return Message.plan(MessageId.imported("m", key), **told).entity


def sent(
    messages: Any, privacy: PrivacyDesk | None = None, *, at: Any = NOON, **other: Any
) -> tuple[Change[Message], ...]:
    running = {c.id: c for c in (campaign("spring"), campaign("autumn"))}
    asked = {"campaigns": running, "privacy": privacy or desk()} | other
    return sent_off(messages, at=at, **asked)


def states(changes: Any) -> list[tuple[str, str | None]]:
    return [(c.entity.state, c.entity.cancelled_because or c.entity.deferred_because) for c in changes]


# --- D6 ---------------------------------------------------------------------------------------------


def test_d6_from_the_audience_to_the_mailbox_the_same_desk_is_asked(workspace: Workspace) -> None:
    privacy, running = desk([grant(p) for p in PEOPLE[:3]]), campaign()
    enrolments = [c.entity for c in audience(running, PEOPLE, privacy=privacy, at=NOON)]

    begun = planned(running, enrolments, at=NOON, by=ME)
    messages = [c.entity for c in begun if isinstance(c.entity, Message)]
    released = sent(messages, privacy)

    assert Counter(e.state for e in enrolments) == {EnrolmentState.ENROLLED: 3, EnrolmentState.SUPPRESSED: 1}
    assert len(messages) == 3
    assert [c.entity.state for c in released] == [MessageState.RELEASED] * 3
    assert planned(running, [c.entity for c in begun if not isinstance(c.entity, Message)], at=NOON) == ()


def test_d6_an_objection_between_the_two_cancels_and_is_not_tried_again() -> None:
    queued = [message("1"), message("2", PEOPLE[1])]
    objection = Suppression(
        SuppressionId.imported("crm", "1"), SuppressionKind.OBJECTION, NOON + HOUR, PEOPLE[0]
    )
    assert states(sent(queued)) == [("released", None)] * 2

    later = sent(queued, desk(suppressions=[objection]), at=NOON + HOUR)

    assert sorted(states(later)) == [("cancelled", "objection"), ("released", None)]
    assert sent([c.entity for c in later], at=NOON + 2 * HOUR) == ()


def test_d6_a_withdrawal_between_the_two_cancels_what_was_deferred_and_what_bounced() -> None:
    withdrawn = desk([grant(PEOPLE[0]).withdraw(at=NOON).entity])
    deferred = message("1").defer(DeferReason.QUIET, until=NOON + HOUR, at=NOON).entity
    (out,) = sent([message("2")])
    bounced = out.entity.send(at=NOON).entity.bounce_softly(at=NOON).entity

    assert states(sent([deferred, bounced], withdrawn, at=NOON + HOUR)) == [("cancelled", "withdrawn")] * 2


# --- D10 --------------------------------------------------------------------------------------------


def test_d10_a_cap_counts_across_campaigns_and_what_leaves_now_counts_for_what_leaves_next() -> None:
    capped = desk(policy=ContactPolicy(caps=(Cap(1, 7 * DAY),)))
    queued = [message("1", of="spring"), message("2", of="autumn"), message("3", PEOPLE[1])]

    changes = {c.entity.id: c.entity for c in sent(queued, capped)}

    mine = [changes[m.id] for m in queued[:2]]
    assert sorted(m.state for m in mine) == ["deferred", "released"]
    (waits,) = (m for m in mine if m.state == "deferred")
    assert (waits.deferred_because, waits.deferred_until) == (DeferReason.CAP, NOON + 7 * DAY)
    assert changes[queued[2].id].state == "released"


def test_d10_what_is_deferred_waits_its_time_and_then_goes_or_expires() -> None:
    night = NOON.replace(hour=23)
    asleep = desk(policy=ContactPolicy(quiet=tcpa_hours, plausible=("UTC",)))
    (waiting,) = sent([message("1", expires_at=NOON + 3 * DAY)], asleep, at=night)
    assert states([waiting]) == [("deferred", "quiet")]

    assert sent([waiting.entity], asleep, at=night + HOUR) == ()
    assert states(sent([waiting.entity], asleep, at=night + 9 * HOUR)) == [("released", None)]
    (expired,) = sent([waiting.entity], asleep, at=NOON + 3 * DAY)
    assert (expired.entity.state, expired.entity.dropped_because) == ("dropped", "expired")


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(0, 2)), max_size=10, unique=True),
    st.integers(1, 2),
    st.randoms(use_true_random=False),
)
def test_d10_who_goes_first_does_not_depend_on_the_order_in_which_they_come(
    told: list[tuple[int, int, int]], most: int, chance: Any
) -> None:
    capped = desk(policy=ContactPolicy(caps=(Cap(most, 7 * DAY),)))
    messages = [
        message(f"{priority}/{waits}/{who}", PEOPLE[who], priority=priority, at=NOON - waits * HOUR)
        for priority, waits, who in told
    ]

    once = sent(messages, capped)
    chance.shuffle(messages)

    assert sent(messages, capped) == once
    for customer in PEOPLE:
        mine = [c.entity for c in once if c.entity.customer == customer]
        assert sum(m.state == "released" for m in mine) == min(most, len(mine))
        ranks = [(-m.priority, m.planned_at) for m in mine]
        assert ranks == sorted(ranks)
        assert [m.state for m in mine] == sorted([m.state for m in mine], reverse=True)


def test_d10_what_was_released_before_counts_and_what_was_only_planned_does_not() -> None:
    policy = ContactPolicy(caps=(Cap(1, 7 * DAY),))

    before = desk(policy=policy, released=[Released(PEOPLE[0], Channel.EMAIL, NOON - DAY)])

    assert states(sent([message("1")], before)) == [("deferred", "cap")]
    assert states(sent([message("1")], desk(policy=policy))) == [("released", None)]


# --- campaigns, and messages of none ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (CampaignState.PAUSED, []),
        (CampaignState.SCHEDULED, []),
        (CampaignState.MEASURING, [("cancelled", "campaign_over")]),
        (CampaignState.CANCELLED, [("cancelled", "campaign_over")]),
    ],
)
def test_a_message_of_a_campaign_that_does_not_run_waits_and_of_one_that_is_over_goes_no_more(
    state: CampaignState, expected: list[tuple[str, str]]
) -> None:
    stopped = attrs.evolve(campaign(), state=state)

    assert states(sent([message("1")], campaigns={stopped.id: stopped})) == expected


def test_d9_a_transactional_message_goes_out_at_night_and_without_consent() -> None:
    asleep = desk([], policy=ContactPolicy(quiet=tcpa_hours))
    notified = Message.notify(
        MessageId.imported("m", "n"), customer=PEOPLE[0], channel=Channel.EMAIL, content="shipped",
        occasion="order 7", at=NOON,
    ).entity  # fmt: skip

    assert states(sent([notified], asleep, at=NOON.replace(hour=23))) == [("released", None)]


def test_a_soft_bounce_is_tried_again_until_it_was_tried_often_enough() -> None:
    policy = SendPolicy(retries=1)
    (out,) = sent([message("1")])
    bounced = out.entity.send(at=NOON).entity.bounce_softly(at=NOON).entity

    (again,) = sent([bounced], policy=policy)
    twice = again.entity.send(at=NOON).entity.bounce_softly(at=NOON).entity
    (dropped,) = sent([twice], policy=policy)

    assert again.entity.state is MessageState.RELEASED
    assert (dropped.entity.state, dropped.entity.dropped_because) == (
        MessageState.DROPPED,
        "bounced_too_often",
    )
