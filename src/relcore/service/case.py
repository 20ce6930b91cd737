"""A case: a customer's issue, from the first word to the confirmed answer.

The states are what service desks have in common: somebody works on it, it waits for somebody else, it has an answer,
the answer is confirmed. *Closed* may reopen within a window; only *cancelled* and *spam* are final. A case cannot be
resolved without saying how and why it arose ("unknown" is an answer): that is what problems are later found by.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.ids import CaseId, CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import PERSONAL, Entity, a, count, evolve, hidden, text, text_or_none
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Count, Instant, Link, Text, Who


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    PENDING_CUSTOMER = "pending_customer"
    PENDING_THIRD_PARTY = "pending_third_party"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    SPAM = "spam"


class CaseKind(StrEnum):
    """What it is about. A complaint has clocks of its own in regulated trades."""

    ISSUE = "issue"
    QUESTION = "question"
    COMPLAINT = "complaint"
    REQUEST = "request"
    PRAISE = "praise"


CaseMove = Literal[
    "open",
    "accept",
    "assign",
    "wait_for_customer",
    "wait_for_third_party",
    "put_on_hold",
    "resume",
    "resolve",
    "close",
    "reopen",
    "cancel",
    "mark_spam",
]
NEW, OPEN = CaseState.NEW, CaseState.OPEN
PENDING_CUSTOMER, PENDING_THIRD_PARTY = CaseState.PENDING_CUSTOMER, CaseState.PENDING_THIRD_PARTY
ON_HOLD, RESOLVED, CLOSED = CaseState.ON_HOLD, CaseState.RESOLVED, CaseState.CLOSED
CANCELLED, SPAM = CaseState.CANCELLED, CaseState.SPAM
WAITING = (PENDING_CUSTOMER, PENDING_THIRD_PARTY, ON_HOLD)


@attrs.frozen
class OpenChildren:
    """How many child cases are still open: a fact, asked of the store."""

    count: int


@attrs.frozen
class CasePolicy:
    """How long an answer may be contested. A fact with a default: hand another one to the command."""

    confirm_within: timedelta = timedelta(days=3)
    reopen_within: timedelta = timedelta(days=14)


@guard("its child cases must be resolved first")
def children_resolved(case: Case, given: Given) -> bool:
    return given[OpenChildren].count == 0


@guard("the customer still has time to contest the answer")
def confirm_window_elapsed(case: Case, given: Given) -> bool:
    policy = given.get(CasePolicy, CasePolicy())
    return case.resolved_at is not None and given.at - case.resolved_at >= policy.confirm_within


@guard("the time to reopen it is over; open a new case that names this one as its parent")
def within_reopen_window(case: Case, given: Given) -> bool:
    policy = given.get(CasePolicy, CasePolicy())
    return case.resolved_at is not None and given.at - case.resolved_at <= policy.reopen_within


case_lifecycle = Lifecycle["Case", CaseState, CaseMove](
    "case",
    version=1,
    states={
        NEW: Category.OPEN,
        OPEN: Category.OPEN,
        PENDING_CUSTOMER: Category.PAUSED,
        PENDING_THIRD_PARTY: Category.PAUSED,
        ON_HOLD: Category.PAUSED,
        RESOLVED: Category.WON,
        CLOSED: Category.WON,
        CANCELLED: Category.VOID,
        SPAM: Category.VOID,
    },
    final=(CANCELLED, SPAM),
    moves=(
        begin("open", to=NEW, needs=["customer", "subject"]),
        move("accept", NEW, to=OPEN, needs=["owner"]),
        move("assign", NEW, OPEN, *WAITING, needs=["owner"]),
        move("wait_for_customer", OPEN, to=PENDING_CUSTOMER, needs=["waiting_for"]),
        move("wait_for_third_party", OPEN, to=PENDING_THIRD_PARTY, needs=["waiting_for", "review_at"]),
        move("put_on_hold", OPEN, to=ON_HOLD, needs=["waiting_for", "review_at"]),
        move("resume", *WAITING, to=OPEN),
        move(
            "resolve",
            OPEN,
            *WAITING,
            to=RESOLVED,
            when=[children_resolved],
            needs=["resolution", "cause"],
            effects=["ask_for_satisfaction"],
        ),
        move("close", RESOLVED, to=CLOSED, when=[confirm_window_elapsed]),
        move("reopen", RESOLVED, CLOSED, to=OPEN, when=[within_reopen_window]),
        move("cancel", NEW, OPEN, *WAITING, to=CANCELLED, needs=["cancel_reason"]),
        move("mark_spam", NEW, OPEN, to=SPAM),
    ),
)


@attrs.frozen
class Case(Entity[CaseId, CaseState, CaseMove]):
    """A case of one customer.

    ``waiting_for`` says in the host's words what is awaited (the reply that asks, the supplier's ticket), ``review_at``
    when somebody looks again. ``resolution`` and ``cause`` are codes of the host.
    """

    lifecycle: ClassVar = case_lifecycle

    id: CaseId = attrs.field(validator=a(CaseId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    subject: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    kind: CaseKind = attrs.field(default=CaseKind.ISSUE, validator=a(CaseKind))
    state: CaseState = attrs.field(default=NEW, validator=a(CaseState))
    opened_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    parent: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    waiting_for: str | None = attrs.field(
        default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none
    )
    review_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    resolution: str | None = attrs.field(default=None, validator=text_or_none)
    cause: str | None = attrs.field(default=None, validator=text_or_none)
    resolved_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    reopened: int = attrs.field(default=0, validator=count)
    version: int = 0

    @classmethod
    def open(
        cls,
        id: CaseId,
        *,
        customer: CustomerId,
        subject: str,
        at: datetime,
        by: Actor | None = None,
        kind: CaseKind = CaseKind.ISSUE,
        owner: Actor | None = None,
        parent: CaseId | None = None,
    ) -> Change[Case]:
        """The customer speaks, or we do first."""
        case = cls(id, customer, subject, kind, opened_at=at, owner=owner, parent=parent)
        return case_lifecycle.begin(case, "open", at=at, by=by)

    def accept(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Somebody takes it on; unless said otherwise, the one who does so is the owner."""
        step = case_lifecycle.step(self, "accept", at=at, by=by or owner)
        return step.change(evolve(self, state=step.to, owner=owner))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Another colleague, or a queue, is to have it."""
        step = case_lifecycle.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner))

    def wait_for_customer(self, waiting_for: str, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """The customer was asked something in a reply they can read: ``waiting_for`` names it."""
        step = case_lifecycle.step(self, "wait_for_customer", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_for=waiting_for))

    def wait_for_third_party(
        self, waiting_for: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Case]:
        """Somebody outside has to act first."""
        step = case_lifecycle.step(self, "wait_for_third_party", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_for=waiting_for, review_at=review_at))

    def put_on_hold(
        self, waiting_for: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Case]:
        """Nobody can act now; somebody looks again at ``review_at``."""
        step = case_lifecycle.step(self, "put_on_hold", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_for=waiting_for, review_at=review_at))

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """The reply came, or the time to look again."""
        step = case_lifecycle.step(self, "resume", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_for=None, review_at=None))

    def resolve(
        self,
        resolution: str,
        *,
        cause: str,
        at: datetime,
        by: Actor | None = None,
        children: OpenChildren | None = None,
    ) -> Change[Case]:
        """The answer is found and given."""
        facts = () if children is None else (children,)
        step = case_lifecycle.step(self, "resolve", at=at, by=by, facts=facts)
        return step.change(
            evolve(
                self,
                state=step.to,
                resolution=resolution,
                cause=cause,
                resolved_at=at,
                waiting_for=None,
                review_at=None,
            )
        )

    def close(
        self, *, at: datetime, by: Actor | None = None, policy: CasePolicy = CasePolicy()
    ) -> Change[Case]:
        """The customer confirmed it, or let the time to contest it pass."""
        step = case_lifecycle.step(self, "close", at=at, by=by, facts=[policy])
        return step.change(evolve(self, state=step.to))

    def reopen(
        self, *, at: datetime, by: Actor | None = None, policy: CasePolicy = CasePolicy()
    ) -> Change[Case]:
        """It was no answer after all."""
        step = case_lifecycle.step(self, "reopen", at=at, by=by, facts=[policy])
        answerless = evolve(self, state=step.to, resolution=None, cause=None, resolved_at=None)
        return step.change(evolve(answerless, reopened=self.reopened + 1))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """It needs no answer any more. A cancelled case never counts as late."""
        step = case_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason))

    def mark_spam(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Nobody's issue."""
        step = case_lifecycle.step(self, "mark_spam", at=at, by=by)
        return step.change(evolve(self, state=step.to))


class CaseFields:
    """What may be asked about cases."""

    customer = Link(Case, CustomerId, index=True)
    kind = Choice(Case, CaseKind)
    state = Choice(Case, CaseState, index=True)
    opened_at = Instant(Case)
    owner = Who(Case, index=True)
    parent = Link(Case, CaseId, index=True)
    review_at = Instant(Case)
    resolution = Text(Case)
    cause = Text(Case)
    resolved_at = Instant(Case)
    reopened = Count(Case)
