"""One click, and everything that follows from it, in one commit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from relcore import Actor, Consent, Enrolment, Message, Suppression, Workspace
from relcore.channel import Channel
from relcore.ids import CampaignId, ConsentId, CustomerId, EnrolmentId, MessageId
from relcore.marketing import Contactable, EnrolmentState, ExitReason, MessageState, ReactionKind
from relcore.privacy import Proof, Reason, may_contact
from relcore.workflows import opted_out
from tests.strategies import NOON

ADA, HERSELF = CustomerId.imported("shop", "ada"), Actor("customer", "ada")
CAMPAIGN, PLACE = CampaignId.imported("plan", "1"), EnrolmentId.imported("plan", "1")
YES = Contactable(True, "granted", NOON)
LATER = NOON + timedelta(hours=1)


def planned(key: str, **other: Any) -> Any:
    told: dict[str, Any] = {
        "customer": ADA, "channel": Channel.EMAIL, "content": "voucher", "campaign": CAMPAIGN, "purpose": "offers",
        "enrolment": PLACE, "at": NOON,
    } | other  # fmt: skip
    return Message.plan(MessageId.imported("m", key), **told)


def consent(key: str = "1", **other: Any) -> Any:
    told: dict[str, Any] = {"channel": Channel.EMAIL, "purpose": "offers", "controller": "acme"} | other
    proof = Proof("3", "9f2c", "form")
    return Consent.note(ConsentId.imported("form", key), customer=ADA, proof=proof, at=NOON, **told)


def verdict(consents: Any, suppressions: Any = ()) -> Reason:
    return may_contact(
        ADA, channel=Channel.EMAIL, purpose="offers", controller="acme", at=LATER, consents=consents,
        suppressions=suppressions,
    ).reason  # fmt: skip


def test_a_click_withdraws_ends_and_cancels_in_one_commit(workspace: Workspace) -> None:
    place = Enrolment.propose(PLACE, campaign=CAMPAIGN, customer=ADA, at=NOON).then(
        lambda e: e.enrol(YES, at=NOON)
    )
    clicked = planned("1").then(lambda m: m.release(YES, at=NOON)).then(lambda m: m.send(at=NOON))
    next_one, another = planned("2"), planned("3", purpose="surveys")
    workspace.commit(place, clicked, next_one, another, consent())
    held: dict[str, Any] = {
        "consents": [*workspace.each(Consent)],
        "enrolments": [*workspace.each(Enrolment)],
        "queued": [*workspace.each(Message)],
    }

    message = workspace.get(Message, clicked.entity.id)
    workspace.commit(*opted_out(message, controller="acme", **held, at=LATER, by=HERSELF))

    assert workspace.get(Message, message.id).got(ReactionKind.UNSUBSCRIBED)
    assert verdict(workspace.each(Consent)) is Reason.WITHDRAWN
    left = workspace.get(Enrolment, PLACE)
    assert (left.state, left.exit_reason) == (EnrolmentState.EXITED, ExitReason.OPT_OUT)
    assert workspace.get(Message, next_one.entity.id).state is MessageState.CANCELLED
    assert workspace.get(Message, another.entity.id).state is MessageState.PLANNED


def test_a_click_where_there_is_no_consent_leaves_the_list() -> None:
    clicked = planned("1").entity.release(YES, at=NOON).entity.send(at=NOON).entity

    changes = opted_out(
        clicked, controller="acme", consents=[consent(purpose="surveys").entity], at=LATER, by=HERSELF
    )

    suppressions = [c.entity for c in changes if isinstance(c.entity, Suppression)]
    assert [s.kind for s in suppressions] == ["list_opt_out"]
    assert verdict([consent().entity], suppressions) is Reason.LIST_OPT_OUT


def test_a_second_click_changes_nothing_that_matters() -> None:
    clicked = planned("1").entity.release(YES, at=NOON).entity.send(at=NOON).entity
    withdrawn = consent().entity.withdraw(at=NOON).entity

    changes = opted_out(clicked, controller="acme", consents=[withdrawn], at=LATER, by=HERSELF)

    assert [c.entity.withdrawn_at for c in changes if isinstance(c.entity, Consent)] == [NOON]
