"""What a word of the customer means depends on where the case stands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Actor, Case, Invalid, Refused
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId
from relcore.service import CasePolicy, CaseState, OpenChildren, Priority
from relcore.testing import CountingIds
from relcore.workflows import customer_spoke
from tests.strategies import NOON

IDS = CountingIds()
ME, ADA = Actor("person", "u-17"), Actor("customer", "ada")
NEXT = IDS.new(CaseId)
DAY = timedelta(days=1)


def new() -> Case:
    return Case.open(
        IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", priority=Priority.HIGH,
        channel=Channel.CHAT, at=NOON,
    ).entity  # fmt: skip


def accepted() -> Case:
    return new().accept(ME, at=NOON).entity


def resolved() -> Case:
    return accepted().resolve("reset", cause="unknown", at=NOON, children=OpenChildren(0)).entity


def test_what_waits_goes_on() -> None:
    held = accepted().put_on_hold("the release", review_at=NOON + 9 * DAY, at=NOON).entity

    (change,) = customer_spoke(held, new=NEXT, at=NOON + DAY, by=ADA)

    assert (change.entity.id, change.entity.state) == (held.id, CaseState.OPEN)


def test_what_has_an_answer_reopens_while_it_may() -> None:
    case = resolved()

    (change,) = customer_spoke(case, new=NEXT, at=NOON + 14 * DAY, by=ADA)

    assert (change.entity.id, change.entity.reopened) == (case.id, 1)


@pytest.mark.parametrize("close", [True, False])
def test_afterwards_a_new_case_is_opened_that_names_the_old_one(close: bool) -> None:
    case = resolved()
    case = case.close(at=NOON + 3 * DAY).entity if close else case

    (change,) = customer_spoke(case, new=NEXT, at=NOON + 15 * DAY, by=ADA)

    follow_up = change.entity
    assert change.before is None
    assert (follow_up.id, follow_up.parent, follow_up.state) == (NEXT, case.id, CaseState.NEW)
    assert (follow_up.customer, follow_up.priority, follow_up.channel) == (
        case.customer,
        case.priority,
        case.channel,
    )
    assert (follow_up.reopened, follow_up.resolution) == (0, None)


def test_the_windows_are_the_policy_of_the_host() -> None:
    (change,) = customer_spoke(
        resolved(), new=NEXT, at=NOON + DAY, policy=CasePolicy(reopen_within=timedelta(0))
    )

    assert change.entity.id == NEXT


def test_what_was_cancelled_is_followed_up_and_what_is_spam_stays_spam() -> None:
    (change,) = customer_spoke(new().cancel("solved itself", at=NOON).entity, new=NEXT, at=NOON)

    assert change.entity.id == NEXT
    assert customer_spoke(new().mark_spam(at=NOON).entity, new=NEXT, at=NOON) == ()


def test_a_new_case_waits_for_its_first_answer_already() -> None:
    assert customer_spoke(new(), new=NEXT, at=NOON) == ()


def test_a_word_about_a_merged_case_belongs_to_the_one_that_remained() -> None:
    other = new()

    with pytest.raises(Invalid, match=f"hand in {other.id}"):
        customer_spoke(new().merge(other.id, at=NOON).entity, new=NEXT, at=NOON)


def test_a_follow_up_needs_a_customer() -> None:
    unknown = Case.receive(
        IDS.new(CaseId), handle="ada@example.org", subject="s", channel=Channel.EMAIL, at=NOON
    ).entity

    with pytest.raises(Invalid, match="identify it first") as wrong:
        customer_spoke(unknown.cancel("no", at=NOON).entity, new=NEXT, at=NOON)
    assert "ada@" not in str(wrong.value)


def test_a_word_from_the_past_reopens_nothing_and_opens_nothing() -> None:
    with pytest.raises(Refused, match="something that happened later"):
        customer_spoke(resolved(), new=NEXT, at=NOON - DAY)
