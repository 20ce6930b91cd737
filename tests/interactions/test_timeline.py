"""The timeline of a customer: across channels and colleagues, through merges, with nothing lost and nobody counted twice."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Interaction, Invalid, Money, Order
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId, InteractionId, OrderId
from relcore.interactions import Direction, Entry, Participant, Role, Timeline
from relcore.testing import CountingIds
from tests.strategies import NOON, actors
from tests.walks.walk import ADA, ME, YOU

HOUR = timedelta(hours=1)
ADAS, AUGUSTAS, BOBS = (CustomerId.imported("crm", name) for name in ("ada", "augusta", "bob"))
BOT = Actor("system", "auto-reply")
IDS = CountingIds()


def contact(
    hours: float,
    direction: Direction = Direction.INBOUND,
    channel: Channel = Channel.EMAIL,
    *,
    customer: CustomerId | None = ADAS,
    by: Actor | None = None,
    others: tuple[Actor, ...] = (),
    **told: Any,
) -> Interaction:
    happened_at = NOON + hours * HOUR
    sender = by or (ADA if direction is Direction.INBOUND else ME)
    participants = [Participant(sender, Role.FROM), *(Participant(other, Role.TO) for other in others)]
    return Interaction.record(
        told.pop("id", None) or IDS.new(InteractionId),
        customer=customer,
        channel=channel,
        direction=direction,
        participants=participants,
        happened_at=happened_at,
        at=told.pop("at", happened_at),
        **told,
    ).entity


def of_ada(*interactions: Interaction, hours: float = 1000, **told: Any) -> Timeline:
    return Timeline.of(ADAS, interactions, as_of=NOON + hours * HOUR, **told)


@st.composite
def contacts(draw: st.DrawFn) -> Interaction:
    hours = draw(st.integers(0, 20))
    return contact(
        hours,
        draw(st.sampled_from(Direction)),
        draw(st.sampled_from([Channel.EMAIL, Channel.PHONE, Channel.CHAT, Channel.SELF_SERVICE])),
        customer=draw(st.sampled_from([ADAS, AUGUSTAS, BOBS])),
        by=draw(st.sampled_from([ADA, ME, YOU, BOT]) | actors),
        others=draw(st.sampled_from([(), (ADA,), (ME,)])),
        id=InteractionId.of(draw(st.uuids())),
        at=NOON + (hours + draw(st.integers(0, 5))) * HOUR,
        thread=draw(st.sampled_from([None, "t-1", "t-2"])),
    )


# --- order and merges -----------------------------------------------------------------------------


@given(st.lists(contacts(), unique_by=lambda i: i.id), st.randoms(use_true_random=False))
def test_the_timeline_is_the_same_in_whatever_order_and_however_often_rows_were_read(
    read: list[Interaction], chance: random.Random
) -> None:
    shuffled = [*read, *read[:3]]
    chance.shuffle(shuffled)

    assert of_ada(*shuffled) == of_ada(*read)
    assert [row.happened_at for row in of_ada(*read).rows] == sorted(
        i.happened_at for i in read if i.customer == ADAS
    )


def test_what_happened_at_one_moment_stands_in_the_order_it_was_written_down_and_then_by_id() -> None:
    ids = [InteractionId.imported("crm", str(n)) for n in range(6)]
    first, later = sorted(ids[:3]), sorted(ids[3:])
    rows = [contact(0, id=id) for id in first] + [contact(0, id=id, at=NOON + HOUR) for id in later]

    assert [row.id for row in of_ada(*reversed(rows)).rows] == [*first, *later]


@given(st.lists(contacts(), unique_by=lambda i: i.id))
def test_c2_all_history_of_merged_records_is_read_through_their_redirects(read: list[Interaction]) -> None:
    bob_became_augusta_became_ada = {BOBS: AUGUSTAS, AUGUSTAS: ADAS}

    timelines = [
        Timeline.of(asked, read, as_of=NOON + 100 * HOUR, redirects=bob_became_augusta_became_ada)
        for asked in (ADAS, AUGUSTAS, BOBS)
    ]

    assert timelines[0] == timelines[1] == timelines[2]
    assert {row.id for row in timelines[0].rows} == {i.id for i in read}
    assert timelines[0].customer == ADAS
    assert timelines[0].merged == {AUGUSTAS, BOBS}


def test_c2_reading_through_a_redirect_and_moving_the_history_tell_the_same_story() -> None:
    theirs = [contact(1, customer=AUGUSTAS, thread="t-1"), contact(2, Direction.OUTBOUND, thread="t-1")]
    moved = theirs[0].reattribute(ADAS, reason="merge", at=NOON + 3 * HOUR).entity

    read = of_ada(*theirs, redirects={AUGUSTAS: ADAS})
    told = of_ada(moved, theirs[1])

    assert [row.id for row in read.rows] == [row.id for row in told.rows]
    assert [t.turns[0].took for t in read.threads] == [t.turns[0].took for t in told.threads] == [HOUR]


def test_c2_the_history_of_somebody_else_stays_with_them() -> None:
    assert of_ada(contact(1, customer=BOBS), redirects={AUGUSTAS: ADAS}).rows == ()


def test_a_row_read_before_and_after_it_moved_is_there_once_and_where_it_is_now() -> None:
    before = contact(1, customer=AUGUSTAS)
    after = before.reattribute(ADAS, reason="merge", at=NOON + 2 * HOUR).entity

    assert of_ada(before, after).rows == of_ada(after, before).rows == (after,)
    assert Timeline.of(AUGUSTAS, [before, after], as_of=NOON + 9 * HOUR).rows == ()


def test_redirects_that_go_round_are_refused() -> None:
    for ring in ({ADAS: ADAS}, {ADAS: BOBS, BOBS: AUGUSTAS, AUGUSTAS: BOBS}):
        with pytest.raises(Invalid, match="redirects must lead to a record that remains, not round"):
            of_ada(contact(1), redirects=ring)


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(Invalid, match="as_of must be a datetime with a time zone"):
        Timeline.of(ADAS, [], as_of=NOON.replace(tzinfo=None))


# --- what was known, corrected, redacted ----------------------------------------------------------


def test_what_was_not_yet_written_down_was_not_yet_known() -> None:
    noted_late = contact(1, at=NOON + 5 * HOUR)

    assert of_ada(noted_late, hours=4).rows == ()
    assert of_ada(noted_late, hours=5).rows == (noted_late,)


def test_what_was_corrected_stays_as_a_row_and_counts_no_more() -> None:
    wrong = contact(1, Direction.OUTBOUND, Channel.PHONE)
    right = contact(2, Direction.INBOUND, Channel.PHONE, at=NOON + 9 * HOUR, corrects=wrong.id)

    timeline = of_ada(wrong, right)

    assert timeline.rows == (wrong, right)
    assert timeline.corrected == {wrong.id}
    assert timeline.contacts == (right,)
    assert timeline.last_contact(Direction.OUTBOUND) is None
    assert of_ada(wrong, right, hours=8).contacts == (wrong,)


def test_corrections_that_go_round_are_refused() -> None:
    one, two = InteractionId.imported("crm", "1"), InteractionId.imported("crm", "2")

    with pytest.raises(Invalid, match="corrects must lead to what was first said, not round"):
        of_ada(contact(1, id=one, corrects=two), contact(1, id=two, corrects=one))
    with pytest.raises(Invalid, match="not round"):
        of_ada(contact(1, id=one, corrects=two), contact(1, id=two, corrects=one), contact(2, corrects=one))


def test_what_was_redacted_stays_as_a_row_without_its_content() -> None:
    said = contact(1, summary="My PIN is 1234", thread="t-1")
    redacted = said.redact("asked to", at=NOON + 3 * HOUR).entity
    answer = contact(2, Direction.OUTBOUND, thread="t-1")

    timeline = of_ada(redacted, said, answer)

    assert timeline.rows == (redacted, answer)
    assert "1234" not in repr(timeline)
    assert timeline.interactions[0].summary is None
    assert timeline.threads[0].turns[0].took == HOUR


# --- entries and filters --------------------------------------------------------------------------


def test_moves_of_the_log_stand_among_the_contacts() -> None:
    order = Order.place(IDS.new(OrderId), customer=ADAS, amount=Money("5", "EUR"), at=NOON + HOUR)
    events = order.then(lambda o: o.pay(at=NOON + HOUR)).events
    entries = [Entry.of_move(event, customer=ADAS, order=n) for n, event in enumerate(events)]

    timeline = of_ada(contact(0), contact(2), entries=[*reversed(entries), *entries])

    assert [getattr(row, "what", "said") for row in timeline.rows] == ["said", "place", "pay", "said"]
    assert len(timeline.contacts) == 2


def test_entries_of_others_and_of_later_are_not_told() -> None:
    entries = [
        Entry(NOON, IDS.new(OrderId), "place", BOBS),
        Entry(NOON + 5 * HOUR, IDS.new(OrderId), "place", ADAS),
    ]

    assert of_ada(hours=1, entries=entries).rows == ()
    assert len(of_ada(hours=5, entries=entries, redirects={BOBS: ADAS}).rows) == 2


def test_rows_are_found_by_channel_thread_and_case() -> None:
    case = IDS.new(CaseId)
    mail = contact(1, thread="t-1", case=case)
    call = contact(2, channel=Channel.PHONE, thread="t-1")
    resolved = Entry(NOON + 3 * HOUR, case, "resolve", ADAS, case=case)

    timeline = of_ada(mail, call, entries=[resolved])

    assert timeline.where() == timeline.rows
    assert timeline.where(channel=Channel.PHONE) == (call,)
    assert timeline.where(thread="t-1") == (mail, call)
    assert timeline.where(case=case) == (mail, resolved)
    assert timeline.where(thread="t-1", channel=Channel.EMAIL) == (mail,)


# --- turns and silence ----------------------------------------------------------------------------


def took(*interactions: Interaction) -> list[timedelta | None]:
    return [turn.took for thread in of_ada(*interactions).threads for turn in thread.turns]


def test_a_turn_lasts_from_the_first_question_to_the_first_answer() -> None:
    mails = [
        contact(0, thread="t-1"),
        contact(1, thread="t-1"),
        contact(3, Direction.OUTBOUND, thread="t-1"),
        contact(4, Direction.OUTBOUND, thread="t-1"),
        contact(6, thread="t-1"),
    ]

    assert took(*mails[:4]) == [3 * HOUR]
    assert took(*mails) == [3 * HOUR, None]
    (thread,) = of_ada(*mails).threads
    assert thread.unanswered is not None
    assert thread.unanswered.asked == mails[4]


def test_an_automatic_reply_ends_no_turn() -> None:
    asked, automatic = contact(0, thread="t-1"), contact(0.1, Direction.OUTBOUND, by=BOT, thread="t-1")

    assert took(asked, automatic) == [None]
    assert took(asked, automatic, contact(2, Direction.OUTBOUND, thread="t-1")) == [2 * HOUR]


def test_a_call_that_both_took_part_in_is_its_own_answer_and_one_that_nobody_took_is_none() -> None:
    assert took(contact(0, channel=Channel.PHONE, others=(ME,))) == [timedelta(0)]
    assert took(contact(0, channel=Channel.PHONE)) == [None]
    assert took(contact(0, channel=Channel.PHONE, others=(BOT,))) == [None]


def test_calling_back_without_reaching_them_is_no_answer() -> None:
    missed = contact(0, channel=Channel.PHONE)
    tried = contact(1, Direction.OUTBOUND, Channel.PHONE)
    reached = contact(2, Direction.OUTBOUND, Channel.PHONE, others=(ADA,))

    assert took(missed, tried) == [None]
    assert took(missed, tried, reached) == [2 * HOUR]


def test_a_question_may_be_answered_on_another_channel_of_the_same_conversation() -> None:
    asked = contact(0, channel=Channel.CHAT, thread="t-1")
    answered = contact(5, Direction.OUTBOUND, Channel.EMAIL, thread="t-1")

    assert took(asked, answered) == [5 * HOUR]


def test_without_a_thread_a_channel_is_one_conversation() -> None:
    asked = contact(0, channel=Channel.SMS)

    assert took(asked, contact(1, Direction.OUTBOUND, Channel.SMS)) == [HOUR]
    assert took(asked, contact(1, Direction.OUTBOUND, Channel.EMAIL)) == [None]


def test_self_service_and_notes_among_colleagues_ask_nothing() -> None:
    helped_themselves = contact(0, channel=Channel.SELF_SERVICE)
    note = contact(1, Direction.INTERNAL)

    assert took(helped_themselves, note) == []
    assert of_ada(note).last_contact() is None


@given(st.lists(contacts(), unique_by=lambda i: i.id))
def test_every_contact_is_in_one_thread_and_turns_never_end_before_they_begin(
    read: list[Interaction],
) -> None:
    timeline = of_ada(*read, redirects={AUGUSTAS: ADAS, BOBS: ADAS})

    grouped = [c.id for thread in timeline.threads for c in thread.contacts]
    turns = [turn for thread in timeline.threads for turn in thread.turns]

    assert sorted(grouped) == sorted(c.id for c in timeline.contacts)
    assert all(turn.took >= timedelta(0) for turn in turns if turn.took is not None)
    assert all(turn.answer is not None for thread in timeline.threads for turn in thread.turns[:-1])


def test_silence_is_counted_from_the_last_contact_in_any_direction() -> None:
    timeline = of_ada(contact(0), contact(2, Direction.OUTBOUND), contact(7, Direction.INTERNAL), hours=10)

    assert timeline.silence == 8 * HOUR
    assert timeline.last_contact(Direction.INBOUND) == timeline.rows[0]
    assert timeline.last_contact() == timeline.rows[1]
    assert of_ada().silence is None
