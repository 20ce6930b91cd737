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
    OpenChildren,
    Priority,
    Turn,
    TurnKind,
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
            history=(Turn(TurnKind.OPENED, NOON), Turn(TurnKind.ON_HOLD, NOON.replace(microsecond=1))),
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
    ),
}
