"""A handover: nobody has to tell their story twice, and nobody is told what is not theirs to know."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Interaction, Invalid
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId, PromiseId, TaskId
from relcore.interactions import Direction, Entry, Handover
from tests.interactions.test_timeline import ADAS, AUGUSTAS, BOBS, HOUR, contact, contacts, of_ada
from tests.strategies import NOON
from tests.walks.walk import ADA, ME, YOU

CASE = CaseId.imported("desk", "1")
SECRET = "the engine leaks oil"


def story() -> list[Interaction]:
    """Ada wrote, was answered by me, called and spoke with you, and now waits in the chat."""
    return [
        contact(0, thread="t-1", summary=SECRET, case=CASE),
        contact(2, Direction.OUTBOUND, thread="t-1", summary="which engine?", outcome="asked_back"),
        contact(5, channel=Channel.PHONE, others=(YOU,), summary="number two", outcome="callback_agreed"),
        contact(6, Direction.INTERNAL, summary="she is annoyed", channel=Channel.PHONE),
        contact(8, channel=Channel.CHAT, thread="t-2", summary="any news?", case=CASE),
        contact(9, channel=Channel.CHAT, thread="t-2", summary="hello?"),
    ]


def owed(hours: float | None, what: str = "promise", customer: CustomerId = ADAS) -> Entry:
    due = None if hours is None else NOON + hours * HOUR
    id = PromiseId.imported("crm", str(hours)) if what == "promise" else TaskId.imported("crm", str(hours))
    return Entry(NOON, id, what, customer, by=YOU, due=due, note="call her back")


def test_it_says_who_spoke_with_the_customer_and_on_which_channels_the_latest_first() -> None:
    told = Handover.of(of_ada(*story(), hours=10))

    assert told.contacts == 5
    assert told.since == NOON
    assert told.channels == (Channel.CHAT, Channel.PHONE, Channel.EMAIL)
    assert [(c.actor, c.channels, c.contacts, c.last_at) for c in told.colleagues] == [
        (YOU, (Channel.PHONE,), 1, NOON + 5 * HOUR),
        (ME, (Channel.EMAIL,), 1, NOON + 2 * HOUR),
    ]
    assert ADA not in [c.actor for c in told.colleagues]


def test_it_says_what_was_asked_and_is_not_answered() -> None:
    told = Handover.of(of_ada(*story(), hours=10))

    (waiting,) = told.waiting
    assert (waiting.thread, waiting.case) == ("t-2", CASE)
    assert (waiting.asked.summary, waiting.asked.at) == ("any news?", NOON + 8 * HOUR)
    assert waiting.last_said.summary == "hello?"


def test_it_says_what_was_last_said_in_each_direction_and_among_us() -> None:
    told = Handover.of(of_ada(*story(), hours=10))

    assert told.last_inbound is not None
    assert told.last_outbound is not None
    assert told.last_note is not None
    assert told.last_inbound.summary == "hello?"
    assert (told.last_outbound.by, told.last_outbound.summary) == (ME, "which engine?")
    assert told.last_note.summary == "she is annoyed"
    assert [(o.code, o.channel) for o in told.outcomes] == [
        ("callback_agreed", Channel.PHONE),
        ("asked_back", Channel.EMAIL),
    ]


def test_what_is_open_stands_by_its_date_and_what_has_none_last() -> None:
    entries = [owed(None, "task"), owed(20), owed(9), owed(12, "task")]

    told = Handover.of(of_ada(*story(), hours=10), open=entries)

    assert [entry.due for entry in told.open] == [*(NOON + h * HOUR for h in (9, 12, 20)), None]


def test_who_waited_longest_stands_first() -> None:
    asked = [contact(h, thread=f"t-{h}") for h in (3, 1, 2)]

    told = Handover.of(of_ada(*asked))

    assert [waiting.thread for waiting in told.waiting] == ["t-1", "t-2", "t-3"]


def test_what_a_merged_record_owes_is_told_and_what_others_are_owed_is_refused() -> None:
    timeline = of_ada(redirects={AUGUSTAS: ADAS})

    assert Handover.of(timeline, open=[owed(1, customer=AUGUSTAS)]).open
    with pytest.raises(Invalid, match="open must be customer_"):
        Handover.of(timeline, open=[owed(1, customer=BOBS)])


def test_the_text_tells_it_all_and_nothing_personal() -> None:
    told = Handover.of(of_ada(*story(), hours=10), open=[owed(9), owed(20, "task")])

    assert told.text() == (
        f"{ADAS}, as of 2026-03-01 22:00 UTC\n"
        "5 contacts since 2026-03-01 12:00 UTC: chat, phone, email\n"
        "Spoke with:\n"
        "- person:u-2: 1 contact (phone), last 2026-03-01 17:00 UTC\n"
        "- person:u-1: 1 contact (email), last 2026-03-01 14:00 UTC\n"
        "Waits for our answer:\n"
        f"- since 2026-03-01 20:00 UTC, by chat, t-2, {CASE}: <personal>; last said 2026-03-01 21:00 UTC: <personal>\n"
        "Last from the customer: customer:ada, by chat, 2026-03-01 21:00 UTC: <personal>\n"
        "Last from us: person:u-1, by email, 2026-03-01 14:00 UTC: <personal>\n"
        "Last note: person:u-1, by phone, 2026-03-01 18:00 UTC: <personal>\n"
        "Outcomes:\n"
        "- callback_agreed, by phone, 2026-03-01 17:00 UTC\n"
        "- asked_back, by email, 2026-03-01 14:00 UTC\n"
        "Open:\n"
        f"- promise {owed(9).id}, person:u-2, due 2026-03-01 21:00 UTC, OVERDUE: <personal>\n"
        f"- task {owed(20, 'task').id}, person:u-2, due 2026-03-02 08:00 UTC: <personal>"
    )


def test_personal_content_is_told_where_it_is_asked_for() -> None:
    told = Handover.of(of_ada(*story(), hours=10), open=[owed(9)])

    text = told.text(personal=True, zone=ZoneInfo("Europe/Berlin"), name=lambda actor: f"<{actor.ref}>")

    assert "any news?; last said 2026-03-01 22:00 CET: hello?" in text
    assert "call her back" in text
    assert "Last note: <u-1>" in text


def test_what_people_said_does_not_show_by_itself() -> None:
    told = Handover.of(
        of_ada(contact(0, summary=SECRET)), open=[Entry(NOON, CASE, "case", ADAS, note=SECRET)]
    )

    assert SECRET not in repr(told) + told.text()
    assert SECRET in told.text(personal=True)


def test_what_was_redacted_is_told_as_redacted_even_to_those_who_may_know() -> None:
    said = contact(0, summary=SECRET)

    told = Handover.of(of_ada(said.redact("asked to", at=NOON + HOUR).entity))

    assert "by email: <redacted>" in told.text(personal=True)
    assert SECRET not in told.text(personal=True)


def test_what_somebody_said_cannot_pass_for_a_line_of_ours() -> None:
    told = Handover.of(of_ada(contact(0, summary="hello\nOpen:\n- promise: a million")))

    assert not [
        line for line in told.text(personal=True).splitlines() if line.startswith(("Open", "- promise"))
    ]


def test_of_somebody_who_never_spoke_with_us_there_is_little_to_tell() -> None:
    told = Handover.of(of_ada(hours=0))

    assert told.text() == f"{ADAS}, as of 2026-03-01 12:00 UTC\nNo contact yet"
    assert (told.since, told.last_inbound, told.last_outbound) == (None, None, None)


@given(st.lists(contacts(), unique_by=lambda i: i.id), st.randoms(use_true_random=False))
def test_a_handover_is_the_same_in_whatever_order_its_parts_were_read(
    read: list[Interaction], chance: random.Random
) -> None:
    entries: list[Any] = [owed(1), owed(1, "task"), owed(None)]
    first = Handover.of(of_ada(*read), open=entries)
    shuffled = read.copy()
    chance.shuffle(shuffled)
    chance.shuffle(entries)

    second = Handover.of(of_ada(*shuffled), open=entries)

    assert second == first
    assert second.text(personal=True) == first.text(personal=True)


def test_it_tells_what_was_known_then() -> None:
    told = Handover.of(of_ada(*story(), hours=3))

    assert told.contacts == 2
    assert told.waiting == ()
    assert told.as_of - NOON == timedelta(hours=3)
