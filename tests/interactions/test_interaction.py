"""An interaction: appended, never edited; corrected by another, redacted with a trace, attributed anew without loss."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Interaction, Invalid, Refused, Workspace
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId, InteractionId, LeadId
from relcore.interactions import (
    Attachment,
    Direction,
    InteractionFields,
    InteractionState,
    Participant,
    Role,
)
from relcore.kernel.change import Change
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
AGENT, ADA, BOT = Actor("person", "u-17"), Actor("customer", "ada"), Actor("system", "bot")
BOTH = (Participant(ADA, Role.FROM), Participant(AGENT, Role.TO))
DAY = timedelta(days=1)


def call(**changed: object) -> Change[Interaction]:
    told = {
        "customer": IDS.new(CustomerId),
        "channel": Channel.PHONE,
        "direction": Direction.INBOUND,
        "participants": BOTH,
        "happened_at": NOON - timedelta(hours=2),
        "at": NOON,
        "by": AGENT,
        "summary": "Asked for the engine's notes",
    }
    return Interaction.record(IDS.new(InteractionId), **told | changed)  # type: ignore[arg-type]


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Interaction)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Interaction, data)


def test_all_that_can_become_of_it_is_to_be_redacted() -> None:
    assert jumps(Interaction) == {"recorded -> redacted"}


# --- what it is -----------------------------------------------------------------------------------


def test_it_says_when_it_happened_and_when_that_was_written_down() -> None:
    noted = call()

    assert noted.entity.happened_at == NOON - timedelta(hours=2)
    assert noted.entity.recorded_at == noted.events[0].at == NOON


def test_an_interaction_without_participants_is_refused() -> None:
    with pytest.raises(Refused, match="it needs participants"):
        call(participants=())


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "pigeon"}, {"direction": "up"}, {"participants": (ADA,)}, {"customer": None},
        {"happened_at": NOON.replace(tzinfo=None)}, {"happened_at": NOON + DAY}, {"case": "case_1"},
        {"ended_at": NOON - timedelta(hours=3)}, {"ended_at": NOON + DAY}, {"attachments": ("file-7",)},
    ],
)  # fmt: skip
def test_what_it_cannot_be_is_no_interaction(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        call(**wrong)


def test_what_is_still_to_come_is_a_task() -> None:
    with pytest.raises(Invalid, match="what is still to come is a task"):
        call(happened_at=NOON + DAY)


@pytest.mark.parametrize("sender", [AGENT, ADA, BOT])
def test_it_says_who_reached_out_and_whether_that_was_a_person(sender: Actor) -> None:
    said = call(participants=(Participant(AGENT, Role.TO), Participant(sender, Role.FROM))).entity

    assert said.actor == sender
    assert said.actor_kind == sender.kind


def test_where_nobody_is_named_as_the_sender_the_first_is_who_reached_out() -> None:
    met = call(channel=Channel.IN_PERSON, participants=[Participant(AGENT, Role.PRESENT)]).entity

    assert met.actor == AGENT


def test_it_lasted_from_its_beginning_to_its_end() -> None:
    assert call(ended_at=NOON - timedelta(hours=1)).entity.duration == timedelta(hours=1)
    assert call().entity.duration is None


# --- corrected, redacted --------------------------------------------------------------------------


def test_it_is_corrected_by_another_that_points_to_it_and_stays_as_it_was() -> None:
    wrong = call(outcome="no_answer").entity
    right = call(outcome="answered", corrects=wrong.id).entity

    assert right.corrects == wrong.id
    assert wrong.outcome == "no_answer"


def test_it_cannot_correct_itself() -> None:
    id = IDS.new(InteractionId)

    with pytest.raises(Invalid, match="corrects must be another interaction"):
        Interaction.record(
            id, customer=IDS.new(CustomerId), channel=Channel.PHONE, direction=Direction.INBOUND,
            participants=BOTH, happened_at=NOON, at=NOON, corrects=id,
        )  # fmt: skip


def test_redaction_takes_what_was_said_and_leaves_that_something_was() -> None:
    said = call(thread="t-1", outcome="answered", attachments=[Attachment("file-7", "image/png")]).entity

    change = said.redact("subject request", at=NOON)

    redacted = change.entity
    assert redacted.summary is None
    assert redacted.attachments == ()
    assert (redacted.state, redacted.redaction_reason) == (InteractionState.REDACTED, "subject request")
    assert redacted.redacted_at == NOON
    assert (redacted.customer, redacted.participants, redacted.happened_at, redacted.channel) == (
        said.customer, said.participants, said.happened_at, said.channel,
    )  # fmt: skip
    assert change.events[0].effects == ("purge_log",)
    with pytest.raises(Refused, match="Possible now: nothing"):
        redacted.redact("again", at=NOON)


def test_what_was_said_is_not_shown() -> None:
    assert "engine" not in repr(call())


# --- attributed anew ------------------------------------------------------------------------------


def test_c2_an_interaction_that_moves_to_another_record_keeps_whose_it_was() -> None:
    augusta, ada, again = (IDS.new(CustomerId) for _ in range(3))
    said = call(customer=augusta, case=IDS.new(CaseId)).entity

    moved = said.reattribute(ada, reason="merge", at=NOON + DAY, by=AGENT).entity
    moved = moved.reattribute(again, reason="mistake", at=NOON + 2 * DAY).entity

    assert moved.customer == again
    assert [(h.customer, h.until, h.reason, h.by) for h in moved.attributions] == [
        (augusta, NOON + DAY, "merge", AGENT),
        (ada, NOON + 2 * DAY, "mistake", None),
    ]
    assert (moved.case, moved.summary, moved.happened_at) == (said.case, said.summary, said.happened_at)


def test_b1_what_was_said_with_a_lead_becomes_the_customers_and_keeps_the_lead() -> None:
    lead, ada = IDS.new(LeadId), IDS.new(CustomerId)
    said = call(customer=None, lead=lead).entity

    converted = said.reattribute(ada, reason="conversion", at=NOON).entity

    assert (converted.customer, converted.lead) == (ada, lead)
    assert converted.attributions[0].customer is None


def test_what_was_redacted_moves_with_the_rest() -> None:
    redacted = call().entity.redact("asked to", at=NOON).entity

    moved = redacted.reattribute(IDS.new(CustomerId), reason="merge", at=NOON).entity

    assert (moved.state, moved.redaction_reason) == (InteractionState.REDACTED, "asked to")


def test_it_cannot_move_to_where_it_is() -> None:
    said = call().entity

    with pytest.raises(Refused, match="it is this customer's already"):
        said.reattribute(said.customer, reason="merge", at=NOON)  # type: ignore[arg-type]


def test_a_clock_that_goes_backwards_is_refused() -> None:
    moved = call().entity.reattribute(IDS.new(CustomerId), reason="merge", at=NOON + DAY).entity

    for earlier in (NOON - DAY, NOON):
        with pytest.raises(Refused, match="before the last thing known of it; look at the clock"):
            moved.redact("asked to", at=earlier)
    with pytest.raises(Refused, match="look at the clock"):
        call().entity.redact("asked to", at=NOON - timedelta(microseconds=1))


# --- kept -----------------------------------------------------------------------------------------


def test_the_contacts_of_a_customer_are_found_by_time(workspace: Workspace) -> None:
    ada = IDS.new(CustomerId)
    calls = [call(customer=ada, happened_at=NOON - timedelta(days=n)) for n in range(3)]
    workspace.commit(*calls, call())

    recent = InteractionFields.customer.is_(ada) & InteractionFields.happened_at.since(
        NOON - timedelta(days=1)
    )

    assert {row.happened_at for row in workspace.find(Interaction, recent).rows} == {
        NOON, NOON - timedelta(days=1),
    }  # fmt: skip
    assert all(row.participants == BOTH for row in workspace.each(Interaction))


def test_a_call_with_all_it_carries_is_kept_and_given_back(workspace: Workspace) -> None:
    said = call(
        ended_at=NOON, attachments=[Attachment("file-7"), Attachment("file-8", "image/png")], thread="t-1"
    ).then(lambda i: i.reattribute(IDS.new(CustomerId), reason="merge", at=NOON, by=AGENT))

    kept = workspace.commit(said).of(said)

    assert workspace.get(Interaction, kept.id) == kept
    assert kept.attributions == said.entity.attributions
