"""Campaigns, enrolments and messages, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Campaign, Enrolment, Message, Money
from relcore.channel import Channel, MessageClass
from relcore.ids import CampaignId, ContactPointId, CustomerId, EnrolmentId, MessageId
from relcore.kernel.change import Change
from relcore.marketing import (
    CampaignResult,
    CampaignState,
    ChannelMessage,
    Complaints,
    Contactable,
    DeferReason,
    EnrolmentState,
    ExitReason,
    Goal,
    Happened,
    MessageState,
    Objective,
    PrivacyAnswers,
    Reaction,
    ReactionKind,
    ReentryPolicy,
    SendPolicy,
    Spending,
    WaitUntil,
)
from tests.strategies import NOON, customer_ids, maybe, texts
from tests.walks.sales import prices
from tests.walks.walk import ME, Given, Walk, people, soon

answers = st.one_of(
    st.builds(Contactable, st.just(True), texts, st.just(NOON) | soon),
    st.builds(Contactable, st.just(False), texts, st.just(NOON), maybe(st.just(NOON + timedelta(hours=9)))),
)
contactable = {"contactable": answers}
letters = st.sampled_from([ChannelMessage(Channel.EMAIL, "hello"), ChannelMessage(Channel.SMS, "hi")])
privacy = {"privacy": maybe(st.builds(PrivacyAnswers, st.booleans(), st.just(True)))}
complaints = {
    "complaints": maybe(st.sampled_from([Complaints(0, 0), Complaints(1, 2000), Complaints(3, 1000)]))
}
GENEROUS = SendPolicy(answer_within=timedelta(days=400))


@st.composite
def _campaigns(draw: st.DrawFn) -> Change[Any]:
    """Half of them complete enough to be submitted, or no walk would come far."""
    id = CampaignId.of(draw(st.uuids()))
    begun = Campaign.draft(id, name=draw(texts), objective=draw(st.sampled_from(Objective)), at=NOON, by=ME)
    if draw(st.booleans()):
        return begun
    ready: dict[str, Any] = {
        "goal": Goal("orders", 10),
        "audience": "all",
        "messages": (ChannelMessage(Channel.EMAIL, "hello"),),
        "purpose": "offers",
    }
    return begun.then(lambda c: c.revise(**ready, budget=Money("1", "EUR"), at=NOON))


def _campaign_facts(given: Given) -> list[object]:
    told = [given[name] for name in ("privacy", "complaints") if given.get(name) is not None]
    return [*told, Spending(given["amount"])] if "amount" in given else told


def _enrolment_facts(given: Given) -> list[object]:
    if "until" in given and "event" not in given:
        return [WaitUntil(given["until"])]
    return [given[n] for n in ("contactable", "happened", "policy") if given.get(n) is not None]


def _message_facts(given: Given) -> list[object]:
    return [given[name] for name in ("contactable", "policy") if given.get(name) is not None]


def what_runs_has_budget_left(campaign: Campaign) -> bool:
    return campaign.state is not CampaignState.RUNNING or not campaign.used_up_by(Money("0", "EUR"))


def what_is_completed_has_a_frozen_result(campaign: Campaign) -> bool:
    return campaign.state is not CampaignState.COMPLETED or campaign.result is not None


def who_is_left_out_was_never_in(enrolment: Enrolment) -> bool:
    out = (EnrolmentState.SUPPRESSED, EnrolmentState.CONTROL)
    return enrolment.state not in out or enrolment.enrolled_at is None


def who_is_suppressed_is_so_for_a_reason(enrolment: Enrolment) -> bool:
    return enrolment.state is not EnrolmentState.SUPPRESSED or bool(enrolment.left_out_because)


def only_who_waits_waits_for_something(enrolment: Enrolment) -> bool:
    waits = bool(enrolment.waiting_until or enrolment.waiting_for)
    return waits is (enrolment.state is EnrolmentState.WAITING)


def what_is_out_was_released(message: Message) -> bool:
    inside = (MessageState.PLANNED, MessageState.DEFERRED, MessageState.CANCELLED, MessageState.DROPPED)
    return message.state in inside or message.released_at is not None


def what_is_transactional_names_its_business(message: Message) -> bool:
    return message.message_class is MessageClass.MARKETING or bool(message.occasion)


messages = {
    "customer": customer_ids,
    "channel": st.sampled_from(Channel),
    "content": texts,
    "at": st.just(NOON),
    "priority": st.integers(0, 3),
    "expires_at": st.sampled_from([None, *(NOON + timedelta(days=days) for days in (9, 90, 400))]),
}

WALKS: dict[type[Any], Walk] = {
    Campaign: Walk(
        Campaign(
            CampaignId.imported("crm", "1"),
            "Come back",
            Objective.RETENTION,
            CampaignState.CANCELLED,
            goal=Goal("orders", "12.5"),
            audience="at_risk",
            channels=(Channel.EMAIL, Channel.SMS),
            messages=(ChannelMessage(Channel.EMAIL, "we miss you"),),
            purpose="offers",
            budget=Money("100", "EUR"),
            claims_lift=True,
            hold_out=0.25,
            priority=2,
            owner=ME,
            submitted_by=ME,
            submitted_at=NOON,
            rejection="too dear",
            starts_at=NOON,
            ends_at=NOON,
            started_at=NOON,
            spent=Money("3.50", "EUR"),
            pause_reason="snow",
            measuring_since=NOON,
            attribution_days=14,
            result=CampaignResult(10, 3, 5, 1, Money("3.50", "EUR")),
            lessons="write sooner",
            cancel_reason="enough",
            version=5,
        ),
        _campaigns(),
        {
            "revise": {
                "goal": maybe(st.just(Goal("orders", 7))),
                "audience": maybe(texts),
                "messages": maybe(st.lists(letters, max_size=2).map(tuple)),
                "channels": maybe(st.lists(st.sampled_from(Channel), max_size=2).map(tuple)),
                "purpose": maybe(texts),
                "budget": maybe(prices),
                "claims_lift": maybe(st.booleans()),
                "hold_out": maybe(st.sampled_from([0.0, 0.2])),
            },
            "submit": {"by": people},
            "approve": {"by": people},
            "reject": {"rejection": texts, "by": people},
            "schedule": {
                "starts_at": st.just(NOON),
                "ends_at": st.just(NOON + timedelta(days=400)),
                "by": people,
            },
            "start": {"by": people, **privacy},
            "spend": {"by": people, "amount": prices},
            "exhaust": {"by": people, "amount": prices},
            "trip": {"by": people, **complaints},
            "pause": {"reason": texts, "by": people},
            "resume": {"by": people, **privacy, **complaints},
            "measure": {"by": people},
            "freeze": {"result": st.just(CampaignResult(4, 2, 2, 0, Money("1", "EUR"))), "by": people},
            "complete": {"lessons": texts, "by": people},
            "cancel": {"reason": texts, "by": people},
        },
        _campaign_facts,
        (what_runs_has_budget_left, what_is_completed_has_a_frozen_result),
    ),
    Enrolment: Walk(
        Enrolment(
            EnrolmentId.imported("crm", "1"),
            CampaignId.imported("crm", "1"),
            CustomerId.imported("shop", "ada"),
            EnrolmentState.EXITED,
            rotation=2,
            channel=Channel.EMAIL,
            left_out_because="no_consent",
            enrolled_at=NOON,
            waiting_until=NOON,
            waiting_for="order",
            responded_at=NOON,
            converted_at=NOON,
            exited_at=NOON,
            exit_reason=ExitReason.CAMPAIGN_END,
            followed_by=EnrolmentId.imported("crm", "2"),
            version=4,
        ),
        st.builds(
            Enrolment.propose,
            st.uuids().map(EnrolmentId.of),
            campaign=st.uuids().map(CampaignId.of),
            customer=customer_ids,
            at=st.just(NOON),
        ),
        {
            "suppress": {"because": texts},
            "hold_out": contactable,
            "enrol": {**contactable, "channel": maybe(st.sampled_from(Channel))},
            "activate": {},
            "wait_until": {"until": soon},
            "wait_for": {"event": st.sampled_from(["order", "call"]), "until": maybe(soon)},
            "resume": {"happened": maybe(st.sampled_from([Happened("order"), Happened("call")]))},
            "respond": {},
            "convert": {},
            "note_conversion": {},
            "exit": {"reason": st.sampled_from(ExitReason)},
            "reenter": {
                "followed_by": st.uuids().map(EnrolmentId.of),
                "policy": st.sampled_from([ReentryPolicy(), ReentryPolicy(3, timedelta(days=5))]),
            },
        },
        _enrolment_facts,
        (
            who_is_left_out_was_never_in,
            who_is_suppressed_is_so_for_a_reason,
            only_who_waits_waits_for_something,
        ),
    ),
    Message: Walk(
        Message(
            MessageId.imported("crm", "1"),
            CustomerId.imported("shop", "ada"),
            Channel.EMAIL,
            "we miss you",
            MessageClass.MARKETING,
            NOON,
            MessageState.DELIVERED,
            campaign=CampaignId.imported("crm", "1"),
            enrolment=EnrolmentId.imported("crm", "1"),
            purpose="offers",
            occasion="order 7",
            contact_point=ContactPointId.imported("crm", "1"),
            priority=1,
            expires_at=NOON,
            deferred_because=DeferReason.CAP,
            deferred_until=NOON,
            released_at=NOON,
            sent_at=NOON,
            delivered_at=NOON,
            bounces=1,
            dropped_because="expired",
            cancelled_because="objection",
            reactions=(
                Reaction(ReactionKind.OPENED, NOON, by_machine=True),
                Reaction(ReactionKind.CLICKED, NOON),
            ),
            version=4,
        ),
        st.builds(
            Message.plan,
            st.uuids().map(MessageId.of),
            campaign=st.uuids().map(CampaignId.of),
            purpose=texts,
            **messages,
        )
        | st.builds(Message.notify, st.uuids().map(MessageId.of), occasion=texts, **messages),
        {
            "defer": {"because": st.sampled_from(DeferReason), "until": soon},
            "release": {"contactable": maybe(answers), "policy": st.just(GENEROUS)},
            "cancel": {"because": texts},
            "expire": {},
            "send": {},
            "deliver": {},
            "bounce_softly": {},
            "retry": {"contactable": maybe(answers), "policy": st.just(GENEROUS)},
            "bounce_hard": {},
            "drop": {"because": texts},
            "open": {"by_machine": st.booleans()},
            "click": {"by_machine": st.booleans()},
            "reply": {"by_machine": st.booleans()},
            "complain": {},
            "unsubscribe": {},
        },
        _message_facts,
        (what_is_out_was_released, what_is_transactional_names_its_business),
    ),
}
