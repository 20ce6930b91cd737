"""The customer speaks about a case: what that means depends on where the case stands.

Crosses cases: when the time to reopen one is over, the word of the customer opens a new one that names the old.
"""

from __future__ import annotations

from datetime import datetime

from relcore.ids import CaseId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Given
from relcore.service.case import Case
from relcore.service.case_policy import USUAL, CasePolicy, within_reopen_window
from relcore.service.case_state import CaseState

ANSWERED = (CaseState.RESOLVED, CaseState.CLOSED, CaseState.CANCELLED)
"""Nobody works on it any more."""


def customer_spoke(
    case: Case, *, new: CaseId, at: datetime, by: Actor | None = None, policy: CasePolicy = USUAL
) -> tuple[Change[Case], ...]:
    """The changes that a word of the customer asks for: none, one of the case, or a new case under the id ``new``.

    A new case waits for its first answer already, and spam stays spam: nothing changes. What is open or waits is heard.
    What has an answer reopens while it may; afterwards, and when it was cancelled, a new case is opened whose parent is
    the old one. ``Invalid`` for a case that was merged: hand in the one that remained.
    """
    if case.state in (CaseState.NEW, CaseState.SPAM):
        return ()
    if case.state is CaseState.MERGED:
        raise Invalid("case", "must be the one that remained", case.id, f"hand in {case.survivor}")
    if case.state not in ANSWERED:
        return (case.hear(at=at, by=by),)
    may_reopen = within_reopen_window.holds(case, Given(aware("at", at), by, (policy,)))
    return (case.reopen(at=at, by=by, policy=policy) if may_reopen else _follow_up(case, new, at, by),)


def _follow_up(case: Case, new: CaseId, at: datetime, by: Actor | None) -> Change[Case]:
    """What is known of the old case is said of the new one; it has an answer of its own to find."""
    if case.customer is None:
        raise Invalid("case", "must be of a known customer to be followed up", case.id, "identify it first")
    return Case.open(
        new,
        customer=case.customer,
        subject=case.subject,
        kind=case.kind,
        priority=case.priority,
        channel=case.channel,
        parent=case.id,
        at=at,
        by=by,
    )
