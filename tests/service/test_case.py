"""A case: from the first word to the confirmed answer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Actor, Case, Refused
from relcore.ids import CaseId, CustomerId
from relcore.kernel.lifecycle import Answer
from relcore.service import CasePolicy, CaseState, OpenChildren
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
ME = Actor("person", "u-17")
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
        "assign, prioritise, respond, hear, wait_for_third_party, put_on_hold, cancel, mark_spam."
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
