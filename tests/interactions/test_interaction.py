"""An interaction: appended, never corrected; only its content can be redacted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Interaction, Invalid, Refused, Workspace
from relcore.channel import Channel
from relcore.ids import CustomerId, InteractionId
from relcore.interactions import Direction, InteractionFields, InteractionState, Participant, Role
from relcore.kernel.change import Change
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
AGENT, ADA = Actor("person", "u-17"), Actor("customer", "ada")
BOTH = (Participant(ADA, Role.FROM), Participant(AGENT, Role.TO))


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


def test_it_says_when_it_happened_and_when_that_was_written_down() -> None:
    noted = call()

    assert noted.entity.happened_at == NOON - timedelta(hours=2)
    assert noted.events[0].at == NOON


def test_an_interaction_without_participants_is_refused() -> None:
    with pytest.raises(Refused, match="it needs participants"):
        call(participants=())


@pytest.mark.parametrize(
    "wrong",
    [{"channel": "pigeon"}, {"direction": "up"}, {"participants": (ADA,)}, {"happened_at": NOON.replace(tzinfo=None)}],
)  # fmt: skip
def test_what_it_cannot_be_is_no_interaction(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        call(**wrong)


def test_redaction_takes_what_was_said_and_leaves_that_something_was() -> None:
    said = call(thread="t-1", outcome="answered").entity

    change = said.redact("subject request", at=NOON)

    redacted = change.entity
    assert redacted.summary is None
    assert (redacted.state, redacted.redaction_reason) == (InteractionState.REDACTED, "subject request")
    assert (redacted.customer, redacted.participants, redacted.happened_at, redacted.channel) == (
        said.customer, said.participants, said.happened_at, said.channel,
    )  # fmt: skip
    assert change.events[0].effects == ("purge_log",)
    with pytest.raises(Refused, match="Possible now: nothing"):
        redacted.redact("again", at=NOON)


def test_what_was_said_is_not_shown() -> None:
    assert "engine" not in repr(call())


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
