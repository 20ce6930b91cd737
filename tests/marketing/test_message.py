"""A message: asked about twice, released once, and every end has its own name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid, Message, Refused, Workspace
from relcore.channel import Channel, MessageClass
from relcore.ids import CampaignId, CustomerId, MessageId
from relcore.kernel.lifecycle import Answer
from relcore.marketing import (
    Contactable,
    DeferReason,
    MessageFields,
    MessageState,
    ReactionKind,
    SendPolicy,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
MINUTE, HOUR, TICK = timedelta(minutes=1), timedelta(hours=1), timedelta(microseconds=1)
YES, NO = Contactable(allowed=True, reason="granted", at=NOON), Contactable(False, "objection", NOON)


def planned(**other: Any) -> Message:
    told: dict[str, Any] = {
        "customer": IDS.new(CustomerId), "channel": Channel.EMAIL, "content": "voucher",
        "campaign": IDS.new(CampaignId), "purpose": "offers", "at": NOON,
    }  # fmt: skip
    return Message.plan(IDS.new(MessageId), **(told | other)).entity


def sent(**other: Any) -> Message:
    return planned(**other).release(YES, at=NOON).entity.send(at=NOON).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Message)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Message, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert jumps(Message) == {
        "planned -> deferred", "planned -> released", "deferred -> released", "released -> sent",
        "sent -> delivered", "sent -> soft_bounced", "soft_bounced -> delivered", "soft_bounced -> released",
        "sent -> hard_bounced", "soft_bounced -> hard_bounced", "released -> dropped", "sent -> dropped",
        "soft_bounced -> dropped", "planned -> dropped", "deferred -> dropped", "planned -> cancelled",
        "deferred -> cancelled", "released -> cancelled", "soft_bounced -> cancelled",
    }  # fmt: skip


# --- D6: asked again when it leaves -----------------------------------------------------------------


def test_d6_nothing_leaves_without_the_answer_of_this_moment() -> None:
    old = SendPolicy().answer_within

    def released(answer: Contactable | None, at: Any = NOON) -> Answer:
        facts = [] if answer is None else [answer]
        return next(o for o in planned().moves(at=at, facts=facts) if o.move == "release").answer

    assert released(None) is Answer.UNTOLD
    assert released(NO) is Answer.REFUSED
    assert released(YES) is Answer.ALLOWED
    assert released(YES, NOON + old) is Answer.ALLOWED
    assert released(YES, NOON + old + TICK) is Answer.REFUSED
    with pytest.raises(Refused, match="the answer of privacy is of another moment; ask again"):
        planned().release(Contactable(True, "granted", NOON + MINUTE), at=NOON)


def test_d6_what_changed_in_between_cancels_which_is_no_failure_and_is_not_tried_again() -> None:
    with pytest.raises(Refused, match="the customer may not be contacted now"):
        planned().release(NO, at=NOON)

    cancelled = planned().cancel("objection", at=NOON).entity

    assert (cancelled.state, cancelled.cancelled_because) == (MessageState.CANCELLED, "objection")
    assert cancelled.dropped_because is None
    assert {o.answer for o in cancelled.moves(at=NOON, facts=[YES])} == {Answer.REFUSED}


def test_d6_a_second_try_is_asked_about_too() -> None:
    bounced = sent().bounce_softly(at=NOON).entity

    with pytest.raises(Refused, match="the customer may not be contacted now"):
        bounced.retry(NO, at=NOON)
    assert bounced.retry(YES, at=NOON).entity.state is MessageState.RELEASED
    assert bounced.cancel("withdrawn", at=NOON).entity.state is MessageState.CANCELLED


# --- D9: transactional is not marketing ---------------------------------------------------------------


def test_d9_a_transactional_message_names_the_business_it_is_about() -> None:
    told: dict[str, Any] = {"customer": IDS.new(CustomerId), "channel": Channel.EMAIL, "content": "shipped"}

    notified = Message.notify(IDS.new(MessageId), **told, occasion="order 7", at=NOON)

    assert notified.entity.message_class is MessageClass.TRANSACTIONAL
    assert notified.events[0].move == "notify"
    with pytest.raises(Invalid, match="a transactional message is about some business"):
        Message.notify(IDS.new(MessageId), **told, occasion="", at=NOON)


def test_d9_marketing_names_its_campaign_and_the_purpose_that_was_consented_to() -> None:
    assert planned().message_class is MessageClass.MARKETING
    with pytest.raises(Refused, match="it needs purpose"):
        planned(purpose="")


@given(chains(Message))
def test_d9_no_command_makes_the_one_out_of_the_other(walk: list[Any]) -> None:
    assert len({change.entity.message_class for change in walk}) == 1


# --- D10: waiting -------------------------------------------------------------------------------------


def test_d10_what_is_deferred_waits_and_counts_for_no_cap() -> None:
    deferred = planned().defer(DeferReason.CAP, until=NOON + HOUR, at=NOON).entity

    with pytest.raises(Refused, match="it is to wait until later"):
        deferred.release(YES, at=NOON)
    later = deferred.release(Contactable(True, "granted", NOON + HOUR), at=NOON + HOUR).entity
    assert (deferred.counts_for_caps, later.counts_for_caps) == (False, True)
    assert (later.deferred_because, later.deferred_until) == (None, None)


def test_d10_what_is_deferred_expires() -> None:
    deferred = planned(expires_at=NOON + HOUR).defer(DeferReason.QUIET, until=NOON + 2 * HOUR, at=NOON).entity

    with pytest.raises(Refused, match="its time is not over yet"):
        deferred.expire(at=NOON + HOUR - TICK)
    with pytest.raises(Refused, match="its time is over"):
        deferred.release(Contactable(True, "granted", NOON + 2 * HOUR), at=NOON + 2 * HOUR)
    expired = deferred.expire(at=NOON + HOUR).entity
    assert (expired.state, expired.dropped_because) == (MessageState.DROPPED, "expired")


def test_d10_a_transactional_message_counts_for_no_cap() -> None:
    notified = Message.notify(
        IDS.new(MessageId), customer=IDS.new(CustomerId), channel=Channel.SMS, content="code", occasion="login",
        at=NOON,
    ).entity  # fmt: skip

    assert not notified.release(YES, at=NOON).entity.counts_for_caps


# --- on its way ---------------------------------------------------------------------------------------


def test_a_soft_bounce_is_tried_again_so_often_and_a_hard_one_never() -> None:
    policy, message = SendPolicy(retries=2), sent()

    for _ in range(2):
        message = message.bounce_softly(at=NOON).entity.retry(YES, at=NOON, policy=policy).entity
        message = message.send(at=NOON).entity
    bounced = message.bounce_softly(at=NOON).entity

    with pytest.raises(Refused, match="it was tried as often as it may be"):
        bounced.retry(YES, at=NOON, policy=policy)
    assert bounced.drop("mailbox full", at=NOON).entity.state is MessageState.DROPPED
    hard = sent().bounce_hard(at=NOON)
    assert hard.events[0].effects == ("mark_undeliverable",)
    assert "retry" not in {o.move for o in hard.entity.moves(at=NOON, facts=[YES]) if o.answer == "allowed"}


def test_a_second_try_is_the_same_message_to_the_caps() -> None:
    bounced = sent().bounce_softly(at=NOON).entity
    later = NOON + HOUR

    assert bounced.retry(Contactable(True, "granted", later), at=later).entity.released_at == NOON


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("open", ReactionKind.OPENED),
        ("click", ReactionKind.CLICKED),
        ("reply", ReactionKind.REPLIED),
        ("complain", ReactionKind.COMPLAINED),
        ("unsubscribe", ReactionKind.UNSUBSCRIBED),
    ],
)
def test_what_comes_back_is_kept_and_moves_nothing(command: str, kind: ReactionKind) -> None:
    delivered = sent().deliver(at=NOON).entity

    reacted = getattr(delivered, command)(at=NOON + HOUR).entity

    assert (reacted.state, reacted.got(kind)) == (MessageState.DELIVERED, True)
    with pytest.raises(Refused):
        getattr(planned(), command)(at=NOON)


def test_what_a_machine_opened_nobody_did() -> None:
    scanned = sent().open(at=NOON, by_machine=True).entity.click(at=NOON, by_machine=True).entity

    assert not scanned.got(ReactionKind.OPENED)
    assert len(scanned.reactions) == 2
    assert scanned.open(at=NOON).entity.got(ReactionKind.OPENED)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    with pytest.raises(Refused, match="it cannot have happened before"):
        sent().deliver(at=NOON - TICK)
    with pytest.raises(Refused, match="it cannot have happened before"):
        sent().open(at=NOON - TICK)


def test_what_is_due_is_found(workspace: Workspace) -> None:
    waiting = Message.plan(
        IDS.new(MessageId), customer=IDS.new(CustomerId), channel=Channel.EMAIL, content="x",
        campaign=IDS.new(CampaignId), purpose="offers", at=NOON,
    )  # fmt: skip
    workspace.commit(waiting.then(lambda m: m.defer(DeferReason.CAP, until=NOON + HOUR, at=NOON)))

    due = MessageFields.state.is_(MessageState.DEFERRED) & MessageFields.deferred_until.before(
        NOON + 2 * HOUR
    )

    assert [row.id for row in workspace.find(Message, due).rows] == [waiting.entity.id]
