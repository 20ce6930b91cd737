"""Cases, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Case
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId
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
from relcore.service.case_policy import MergeInto, PlaceUnder
from tests.strategies import NOON, actors, case_ids, customer_ids, maybe, moments, texts
from tests.walks.walk import ME, YOU, Given, Walk, people

waiting = {"waiting_for": texts, "review_at": moments}
policies = {"policy": st.just(CasePolicy()) | st.just(CasePolicy(timedelta(0), timedelta(days=400)))}
few_cases = st.integers(1, 3).map(lambda n: CaseId(f"case_{n:032x}"))
ids = few_cases | case_ids
kinds, priorities, channels = st.sampled_from(CaseKind), st.sampled_from(Priority), st.sampled_from(Channel)


def _case_facts(given: Given) -> list[object]:
    told = [given.get(name) for name in ("children", "approval", "policy", "ancestors")]
    if "survivor" in given:
        told.append(MergeInto(given["survivor"]))
    if "parent" in given:
        told.append(PlaceUnder(given["parent"]))
    return [fact for fact in told if fact is not None]


def its_story_is_in_order_and_begins_with_its_opening(case: Case) -> bool:
    moments = [mark.at for mark in case.history]
    return moments == sorted(moments) and case.history[0] == Mark(MarkKind.OPENED, case.opened_at or NOON)


def it_is_of_a_customer_or_of_a_handle(case: Case) -> bool:
    return case.customer is not None or case.handle is not None


def its_answer_says_how_and_why(case: Case) -> bool:
    answered = case.state in (CaseState.RESOLVED, CaseState.CLOSED)
    return not answered or bool(case.resolution and case.cause and case.resolved_at)


def it_waits_for_a_customer_who_was_asked(case: Case) -> bool:
    return case.state is not CaseState.PENDING_CUSTOMER or case.first_response_at is not None


def it_was_reopened_as_often_as_its_story_says(case: Case) -> bool:
    return case.reopened == sum(mark.kind is MarkKind.REOPENED for mark in case.history)


WALKS: dict[type[Any], Walk] = {
    Case: Walk(
        Case(
            CaseId.imported("shop", "1"),
            CustomerId.imported("shop", "ada"),
            "Cannot log in",
            state=CaseState.ON_HOLD,
            opened_at=NOON,
            owner=ME,
            parent=CaseId.imported("shop", "0"),
            waiting_for="ticket 7",
            review_at=NOON,
            resolution="reset",
            cause="unknown",
            resolved_at=NOON,
            cancel_reason="no",
            reopened=2,
            handle="ada@example.org",
            priority=Priority.HIGH,
            channel=Channel.EMAIL,
            survivor=CaseId.imported("shop", "2"),
            history=(Mark(MarkKind.OPENED, NOON), Mark(MarkKind.ON_HOLD, NOON.replace(microsecond=1))),
            version=7,
        ),
        st.builds(
            Case.open,
            ids,
            customer=customer_ids,
            subject=texts,
            at=st.just(NOON),
            kind=kinds,
            priority=priorities,
        )
        | st.builds(Case.receive, ids, handle=texts, subject=texts, channel=channels, at=st.just(NOON)),
        {
            "identify": {"customer": customer_ids},
            "accept": {"owner": actors},
            "assign": {"owner": actors},
            "prioritise": {"priority": priorities},
            "place_under": {
                "parent": few_cases,
                "ancestors": maybe(st.builds(Ancestors, st.lists(few_cases, max_size=1))),
            },
            "respond": {},
            "hear": {},
            "wait_for_customer": {"waiting_for": texts},
            "wait_for_third_party": waiting,
            "put_on_hold": waiting,
            "resume": {},
            "resolve": {
                "resolution": texts,
                "cause": texts,
                "children": st.sampled_from([None, OpenChildren(0), OpenChildren(0), OpenChildren(2)]),
                "approval": st.sampled_from([None, AnswerApproved(ME), AnswerApproved(YOU)]),
                "policy": st.sampled_from([CasePolicy(), CasePolicy(approved_kinds=CaseKind)]),
                "by": people,
            },
            "close": policies,
            "reopen": policies,
            "cancel": {"reason": texts},
            "mark_spam": {},
            "merge": {"survivor": few_cases},
        },
        _case_facts,
        always=(
            its_story_is_in_order_and_begins_with_its_opening,
            it_is_of_a_customer_or_of_a_handle,
            its_answer_says_how_and_why,
            it_waits_for_a_customer_who_was_asked,
            it_was_reopened_as_often_as_its_story_says,
        ),
    ),
}
