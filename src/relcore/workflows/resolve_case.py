"""An answer that settles a case and all that stands under it.

Crosses cases: a parent may not be resolved before its children, and an outage that is over answers all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from relcore.ids import CaseId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.errors import Invalid
from relcore.service.case import Case
from relcore.service.case_policy import USUAL, AnswerApproved, CasePolicy, OpenChildren
from relcore.service.case_state import CaseState

DONE = (CaseState.RESOLVED, CaseState.CLOSED, CaseState.CANCELLED, CaseState.SPAM, CaseState.MERGED)


def resolve_with_children(
    case: Case,
    below: Iterable[Case],
    resolution: str,
    *,
    cause: str,
    at: datetime,
    by: Actor | None = None,
    approval: AnswerApproved | None = None,
    policy: CasePolicy = USUAL,
) -> tuple[Change[Case], ...]:
    """The case and every open case below it, resolved with one answer: the lowest first, the case itself last.

    ``below`` are all cases under it, children of children too. Those that are done stay as they are; one that nobody has
    accepted yet goes to the owner of the case. Raises ``Invalid`` for a case that does not stand under it, and
    ``Refused`` if any of them cannot be resolved: then none is.
    """
    chain = _lowest_first(case, list(below))

    def resolved(one: Case) -> Change[Case]:
        return one.resolve(
            resolution, cause=cause, at=at, by=by, children=OpenChildren(0), approval=approval, policy=policy
        )

    def settled(child: Case) -> Change[Case]:
        if child.state is not CaseState.NEW or case.owner is None:
            return resolved(child)
        return child.accept(case.owner, at=at, by=by).then(resolved)

    return (*(settled(child) for child in chain if child.state not in DONE), resolved(case))


def _lowest_first(case: Case, below: Sequence[Case]) -> list[Case]:
    found: list[Case] = []
    seen: set[CaseId] = {case.id}
    level: list[Case] = [case]
    while level:
        above = {one.id for one in level}
        level = [one for one in below if one.parent in above and one.id not in seen]
        seen |= {one.id for one in level}
        found += level
    if strangers := [one.id for one in below if one.id not in seen]:
        raise Invalid("below", f"must all stand under {case.id}", strangers[0])
    return found[::-1]
