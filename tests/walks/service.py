"""Cases, walked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Case
from relcore.ids import CaseId, CustomerId
from relcore.service import CasePolicy, CaseState, OpenChildren
from tests.strategies import NOON, actors, case_ids, customer_ids, moments, texts
from tests.walks.walk import ME, Given, Walk

waiting = {"waiting_for": texts, "review_at": moments}
policies = {"policy": st.just(CasePolicy()) | st.just(CasePolicy(timedelta(0), timedelta(days=400)))}


def _case_facts(given: Given) -> list[object]:
    return [given[name] for name in ("children", "policy") if given.get(name) is not None]


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
            version=7,
        ),
        st.builds(Case.open, case_ids, customer=customer_ids, subject=texts, at=st.just(NOON)),
        {
            "accept": {"owner": actors},
            "assign": {"owner": actors},
            "wait_for_customer": {"waiting_for": texts},
            "wait_for_third_party": waiting,
            "put_on_hold": waiting,
            "resume": {},
            "resolve": {
                "resolution": texts,
                "cause": texts,
                "children": st.sampled_from([None, OpenChildren(0), OpenChildren(0), OpenChildren(2)]),
            },
            "close": policies,
            "reopen": policies,
            "cancel": {"reason": texts},
            "mark_spam": {},
        },
        _case_facts,
    ),
}
