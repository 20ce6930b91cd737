"""What the guards of a case are told, the policy of the host among it, and the guards themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from relcore.ids import CaseId
from relcore.kernel.actor import Actor
from relcore.kernel.lifecycle import Given, guard
from relcore.service.case_state import CaseKind, MarkKind

if TYPE_CHECKING:
    from relcore.service.case import Case


def _kinds(kinds: Iterable[CaseKind]) -> frozenset[CaseKind]:
    return frozenset(kinds)


def _line(ids: Iterable[CaseId]) -> tuple[CaseId, ...]:
    return tuple(ids)


@attrs.frozen
class CasePolicy:
    """How long an answer may be contested, and which answers need a second pair of eyes. A fact with a default: hand
    another one to the command.
    """

    confirm_within: timedelta = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=14)
    approved_kinds: frozenset[CaseKind] = attrs.field(default=frozenset(), converter=_kinds)
    """Kinds of cases whose answer somebody else must approve."""


USUAL = CasePolicy()


@attrs.frozen
class OpenChildren:
    """How many child cases are still open: a fact, asked of the store."""

    count: int


@attrs.frozen
class AnswerApproved:
    """Who agreed to the answer."""

    by: Actor


@attrs.frozen
class MergeInto:
    """The case that remains."""

    survivor: CaseId


@attrs.frozen
class PlaceUnder:
    """The case that is to be its parent."""

    parent: CaseId


@attrs.frozen
class Ancestors:
    """The line of parents above the case that is to be the parent, however long: a fact, asked of the store."""

    ids: tuple[CaseId, ...] = attrs.field(default=(), converter=_line)


@guard("something that happened later is known of it already; tell its story in order")
def nothing_happened_later(case: Case, given: Given) -> bool:
    return not case.history or case.history[-1].at <= given.at


@guard("the customer must have been asked first, in a reply they can read: note it with respond")
def customer_was_asked(case: Case, given: Given) -> bool:
    for mark in reversed(case.history):
        if mark.kind is MarkKind.RESPONDED:
            return True
        if mark.kind in (MarkKind.HEARD, MarkKind.REOPENED):
            return False
    return False


@guard("its child cases must be resolved first")
def children_resolved(case: Case, given: Given) -> bool:
    return given[OpenChildren].count == 0


@guard("an answer to a case of this kind must be approved by somebody else than who gives it")
def answer_approved(case: Case, given: Given) -> bool:
    kinds = given.get(CasePolicy, USUAL).approved_kinds
    return case.kind not in kinds or given[AnswerApproved].by != given.by


@guard("the customer still has time to contest the answer")
def confirm_window_elapsed(case: Case, given: Given) -> bool:
    policy = given.get(CasePolicy, USUAL)
    return case.resolved_at is not None and given.at - case.resolved_at >= policy.confirm_within


@guard("the time to reopen it is over; open a new case that names this one as its parent")
def within_reopen_window(case: Case, given: Given) -> bool:
    policy = given.get(CasePolicy, USUAL)
    return case.resolved_at is not None and given.at - case.resolved_at <= policy.reopen_within


@guard("it cannot be merged into itself")
def into_another(case: Case, given: Given) -> bool:
    return given[MergeInto].survivor != case.id


@guard("a case cannot stand under itself, nor under one that stands under it")
def no_circle(case: Case, given: Given) -> bool:
    return given[PlaceUnder].parent != case.id and case.id not in given[Ancestors].ids
