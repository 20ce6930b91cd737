"""A case: from the first word to the confirmed answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given

from relcore import Actor, Case, Invalid, Refused
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.service import (
    Ancestors,
    AnswerApproved,
    CaseKind,
    CasePolicy,
    CaseState,
    Mark,
    MarkKind,
    OpenChildren,
    Priority,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, jumps

IDS = CountingIds()
ME, YOU = Actor("person", "u-17"), Actor("person", "u-18")
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)


def new() -> Case:
    return Case.open(IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", at=NOON).entity


def accepted() -> Case:
    return new().accept(ME, at=NOON).entity


def resolved() -> Case:
    return accepted().resolve("password_reset", cause="unknown", at=NOON, children=OpenChildren(0)).entity


def test_a_case_runs_from_the_first_word_to_the_confirmed_answer() -> None:
    change = (
        Case.open(IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", at=NOON)
        .then(lambda case: case.accept(ME, at=NOON))
        .then(lambda case: case.respond(at=NOON))
        .then(lambda case: case.wait_for_customer("Which browser?", at=NOON))
        .then(lambda case: case.hear(at=NOON))
        .then(lambda case: case.resolve("password_reset", cause="unknown", at=NOON, children=OpenChildren(0)))
        .then(lambda case: case.close(at=NOON + 3 * DAY))
    )

    assert [event.to for event in change.events] == [
        "new", "open", "open", "pending_customer", "open", "resolved", "closed",
    ]  # fmt: skip
    assert change.events[5].effects == ("ask_for_satisfaction",)


def test_who_accepts_a_case_owns_it_and_is_who_did_it() -> None:
    change = new().accept(ME, at=NOON)

    assert change.entity.owner == ME
    assert change.events[0].by == ME


def test_a_case_with_open_children_is_not_resolved_and_says_what_is_possible() -> None:
    case = accepted()

    with pytest.raises(Refused) as refused:
        case.resolve("password_reset", cause="unknown", at=NOON, by=ME, children=OpenChildren(2))

    assert str(refused.value) == (
        f"{case.id} is open and cannot resolve: its child cases must be resolved first. Possible now: "
        "identify, assign, prioritise, respond, hear, wait_for_third_party, put_on_hold, cancel, mark_spam."
    )


def test_a_case_of_which_nobody_said_whether_it_has_children_is_not_resolved() -> None:
    with pytest.raises(Refused, match="nobody told it OpenChildren"):
        accepted().resolve("password_reset", cause="unknown", at=NOON)


@pytest.mark.parametrize(("resolution", "cause"), [("", "unknown"), ("password_reset", "")])
def test_an_answer_says_how_and_why(resolution: str, cause: str) -> None:
    with pytest.raises(Refused, match=r"it needs (resolution|cause)"):
        accepted().resolve(resolution, cause=cause, at=NOON, children=OpenChildren(0))


@pytest.mark.parametrize(("after", "answer"), [(3 * DAY - TICK, Answer.REFUSED), (3 * DAY, Answer.ALLOWED)])
def test_an_answer_is_confirmed_by_the_end_of_the_window(after: timedelta, answer: Answer) -> None:
    options = {option.move: option.answer for option in resolved().moves(at=NOON + after)}

    assert options["close"] is answer


@pytest.mark.parametrize(("after", "answer"), [(14 * DAY, Answer.ALLOWED), (14 * DAY + TICK, Answer.REFUSED)])
def test_a_case_reopens_up_to_the_end_of_the_window(after: timedelta, answer: Answer) -> None:
    closed = resolved().close(at=NOON + 3 * DAY).entity

    options = {option.move: option.answer for option in closed.moves(at=NOON + after)}

    assert options["reopen"] is answer


def test_the_windows_are_the_policy_of_the_host() -> None:
    strict = CasePolicy(confirm_within=timedelta(0), reopen_within=timedelta(0))

    closed = resolved().close(at=NOON, policy=strict).entity

    with pytest.raises(Refused, match="open a new case that names this one as its parent"):
        closed.reopen(at=NOON + TICK, policy=strict)


def test_a_reopened_case_has_no_answer_and_counts_its_returns() -> None:
    again = (
        resolved().reopen(at=NOON).entity.resolve("reset", cause="unknown", at=NOON, children=OpenChildren(0))
    )

    twice = again.entity.reopen(at=NOON).entity

    assert (twice.resolution, twice.cause, twice.resolved_at) == (None, None, None)
    assert (twice.state, twice.reopened) == (CaseState.OPEN, 2)


@pytest.mark.parametrize("wait", ["wait_for_third_party", "put_on_hold"])
def test_a_case_that_waits_says_for_what_and_until_when_and_forgets_both_when_it_goes_on(wait: str) -> None:
    waiting = getattr(accepted(), wait)("ticket 7 of the supplier", review_at=NOON + DAY, at=NOON).entity

    assert (waiting.waiting_for, waiting.review_at) == ("ticket 7 of the supplier", NOON + DAY)
    resumed = waiting.resume(at=NOON).entity
    assert (resumed.waiting_for, resumed.review_at, resumed.state) == (None, None, CaseState.OPEN)


@pytest.mark.parametrize(
    "end", [lambda case: case.cancel("solved itself", at=NOON), lambda case: case.mark_spam(at=NOON)]
)
def test_cancelled_and_spam_are_for_ever(end: object) -> None:
    case = end(new()).entity  # type: ignore[operator]

    assert {option.answer for option in case.moves(at=NOON + 100 * DAY)} == {Answer.REFUSED}


# --- whose it is, how urgent, what it belongs to --------------------------------------------------


def received() -> Case:
    return Case.receive(
        IDS.new(CaseId), handle="ada@example.org", subject="Cannot log in", channel=Channel.EMAIL, at=NOON
    ).entity


def test_a_case_may_be_of_somebody_of_whom_only_a_handle_is_known_until_it_is_said_who_it_is() -> None:
    case = received()
    ada = IDS.new(CustomerId)

    known = case.identify(ada, at=NOON).entity

    assert (case.customer, known.customer, known.handle) == (None, ada, "ada@example.org")
    assert "ada@example.org" not in repr(case)


@pytest.mark.parametrize("wrong", [{"customer": None}, {"subject": ""}])
def test_a_case_begins_with_a_customer_and_a_subject(wrong: dict[str, Any]) -> None:
    whole: dict[str, Any] = {"customer": IDS.new(CustomerId), "subject": "Cannot log in"}

    with pytest.raises((Refused, Invalid), match=r"customer|subject"):
        Case.open(IDS.new(CaseId), **(whole | wrong), at=NOON)


def test_a_queue_may_own_a_case() -> None:
    queue = Actor("team", "second-level")

    assert new().accept(queue, at=NOON).entity.owner == queue


def test_an_urgent_case_was_not_always_one() -> None:
    case = accepted().prioritise(Priority.URGENT, at=NOON).entity

    assert case.priority is Priority.URGENT
    assert case.history == accepted().history


def test_a_case_is_placed_under_another_one() -> None:
    parent, above = new(), new()

    child = new().place_under(parent.id, ancestors=Ancestors([above.id]), at=NOON).entity

    assert child.parent == parent.id


def test_a_case_cannot_stand_under_itself_nor_under_one_below_it() -> None:
    case, child = new(), new()

    for parent, ancestors in [(case.id, Ancestors()), (child.id, Ancestors([case.id]))]:
        with pytest.raises(Refused, match="nor under one that stands under it"):
            case.place_under(parent, ancestors=ancestors, at=NOON)
    with pytest.raises(Refused, match="nobody told it Ancestors"):
        case.place_under(child.id, at=NOON)
    with pytest.raises(Invalid, match=r"Case\.parent must be another case"):
        Case.open(case.id, customer=IDS.new(CustomerId), subject="Cannot log in", parent=case.id, at=NOON)


# --- the conversation -----------------------------------------------------------------------------


def test_the_customer_is_waited_for_only_after_they_were_asked() -> None:
    case = accepted()

    with pytest.raises(Refused, match="the customer must have been asked first"):
        case.wait_for_customer("which browser", at=NOON)
    answered = case.respond(at=NOON).entity.hear(at=NOON).entity
    with pytest.raises(Refused, match="the customer must have been asked first"):
        answered.wait_for_customer("which browser", at=NOON)

    assert answered.respond(at=NOON).entity.wait_for_customer("which browser", at=NOON).entity.waiting_for


def test_the_first_response_is_the_first_and_stays_it() -> None:
    case = accepted().respond(at=NOON + DAY).entity.respond(at=NOON + 2 * DAY).entity

    assert accepted().first_response_at is None
    assert case.first_response_at == NOON + DAY


@pytest.mark.parametrize("wait", ["wait_for_customer", "wait_for_third_party", "put_on_hold"])
def test_whatever_it_waits_for_a_word_of_the_customer_makes_it_our_turn(wait: str) -> None:
    review = {} if wait == "wait_for_customer" else {"review_at": NOON + DAY}
    waiting = getattr(accepted().respond(at=NOON).entity, wait)("something", at=NOON, **review).entity

    heard = waiting.hear(at=NOON + DAY).entity

    assert (heard.state, heard.waiting_for, heard.review_at) == (CaseState.OPEN, None, None)


def test_a_case_keeps_the_turns_that_its_clocks_hear_and_no_others() -> None:
    case = (
        new()
        .accept(ME, at=NOON)
        .then(lambda case: case.assign(ME, at=NOON))
        .then(lambda case: case.respond(at=NOON + DAY))
        .then(lambda case: case.wait_for_customer("which browser", at=NOON + DAY))
        .then(lambda case: case.resume(at=NOON + 2 * DAY))
        .then(lambda case: case.cancel("solved itself", at=NOON + 3 * DAY))
        .entity
    )

    assert case.history == (
        Mark(MarkKind.OPENED, NOON),
        Mark(MarkKind.RESPONDED, NOON + DAY),
        Mark(MarkKind.PENDING_CUSTOMER, NOON + DAY),
        Mark(MarkKind.RESUMED, NOON + 2 * DAY),
        Mark(MarkKind.ENDED, NOON + 3 * DAY),
    )


TURNS = {
    "open": MarkKind.OPENED,
    "receive": MarkKind.OPENED,
    "respond": MarkKind.RESPONDED,
    "hear": MarkKind.HEARD,
    "wait_for_customer": MarkKind.PENDING_CUSTOMER,
    "wait_for_third_party": MarkKind.PENDING_THIRD_PARTY,
    "put_on_hold": MarkKind.ON_HOLD,
    "resume": MarkKind.RESUMED,
    "resolve": MarkKind.RESOLVED,
    "reopen": MarkKind.REOPENED,
    "cancel": MarkKind.ENDED,
    "mark_spam": MarkKind.ENDED,
    "merge": MarkKind.ENDED,
}


@given(chains(Case, most=12))
def test_the_story_of_a_case_is_what_its_log_says(changes: list[Change[Case]]) -> None:
    events = [event for change in changes for event in change.events]

    told = tuple(Mark(TURNS[event.move], event.at) for event in events if event.move in TURNS)

    assert changes[-1].entity.history == told


@pytest.mark.parametrize(
    "command",
    [
        lambda case, at: case.respond(at=at),
        lambda case, at: case.hear(at=at),
        lambda case, at: case.wait_for_customer("which browser", at=at),
        lambda case, at: case.put_on_hold("holidays", review_at=NOON, at=at),
        lambda case, at: case.resolve("reset", cause="unknown", at=at, children=OpenChildren(0)),
        lambda case, at: case.cancel("solved itself", at=at),
        lambda case, at: case.mark_spam(at=at),
    ],
)
def test_a_clock_that_goes_backwards_is_refused(command: Any) -> None:
    case = accepted().respond(at=NOON).entity

    with pytest.raises(Refused, match="something that happened later is known of it already"):
        command(case, NOON - TICK)
    assert command(case, NOON).entity.history[-1].at == NOON


def test_a_story_that_is_none_is_no_case() -> None:
    for history in ("opened", ("opened",), (Mark(MarkKind.OPENED, NOON), Mark(MarkKind.HEARD, NOON - TICK))):
        with pytest.raises(Invalid, match="history"):
            attrs.evolve(new(), history=history)


# --- the answer -----------------------------------------------------------------------------------


def test_a_policy_may_ask_for_the_approval_of_somebody_else() -> None:
    complaint = attrs.evolve(accepted(), kind=CaseKind.COMPLAINT)
    careful = CasePolicy(approved_kinds=[CaseKind.COMPLAINT])

    def answer(case: Case, **told: Any) -> Case:
        return case.resolve(
            "refund", cause="unknown", at=NOON, by=ME, children=OpenChildren(0), policy=careful, **told
        ).entity

    with pytest.raises(Refused, match="nobody told it AnswerApproved"):
        answer(complaint)
    with pytest.raises(Refused, match="must be approved by somebody else"):
        answer(complaint, approval=AnswerApproved(ME))
    assert answer(complaint, approval=AnswerApproved(YOU)).resolution == "refund"
    assert answer(accepted()).resolution == "refund"


def test_a_case_goes_on_in_another_but_not_in_itself() -> None:
    case, other = accepted(), new()

    merged = case.merge(other.id, at=NOON).entity

    assert (merged.state, merged.survivor) == (CaseState.MERGED, other.id)
    with pytest.raises(Refused, match="it cannot be merged into itself"):
        case.merge(case.id, at=NOON)
    with pytest.raises(Refused, match="there is no merge from merged"):
        merged.merge(new().id, at=NOON)


def test_the_moves_of_the_table_are_those_of_the_trade() -> None:
    working = {"open", "pending_customer", "pending_third_party", "on_hold"}
    expected = {
        "new -> open",
        "resolved -> closed",
        "resolved -> open",
        "closed -> open",
        "resolved -> merged",
    }
    expected |= {f"open -> {state}" for state in working - {"open"}}
    expected |= {f"{state} -> open" for state in working - {"open"}}
    expected |= {f"{state} -> resolved" for state in working}
    expected |= {
        f"{state} -> {end}" for state in working | {"new"} for end in ("cancelled", "spam", "merged")
    }

    assert jumps(Case) == expected
