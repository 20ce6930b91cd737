"""A case: a customer's issue, from the first word to the confirmed answer.

The states are what service desks have in common: somebody works on it, it waits for somebody else, it has an answer,
the answer is confirmed. *Closed* may reopen within a window; only *cancelled*, *spam* and *merged* are final. A case
cannot be resolved without saying how and why it arose ("unknown" is an answer): that is what problems are later found by.

What makes a clock start, wait or stop is kept in ``history`` (docs/service_levels.md); what a clock shows is computed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, count, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Lifecycle, begin, move
from relcore.kernel.words import Choice, Count, Instant, Link, Text, Who
from relcore.service.case_policy import (
    USUAL,
    Ancestors,
    AnswerApproved,
    CasePolicy,
    MergeInto,
    OpenChildren,
    PlaceUnder,
    answer_approved,
    children_resolved,
    confirm_window_elapsed,
    customer_was_asked,
    into_another,
    no_circle,
    nothing_happened_later,
    within_reopen_window,
)
from relcore.service.case_state import CaseKind, CaseState, Mark, MarkKind, Priority, marks

CaseMove = Literal[
    "open",
    "receive",
    "identify",
    "accept",
    "assign",
    "prioritise",
    "place_under",
    "respond",
    "hear",
    "wait_for_customer",
    "wait_for_third_party",
    "put_on_hold",
    "resume",
    "resolve",
    "close",
    "reopen",
    "cancel",
    "mark_spam",
    "merge",
]
NEW, OPEN = CaseState.NEW, CaseState.OPEN
PENDING_CUSTOMER, PENDING_THIRD_PARTY = CaseState.PENDING_CUSTOMER, CaseState.PENDING_THIRD_PARTY
ON_HOLD, RESOLVED, CLOSED = CaseState.ON_HOLD, CaseState.RESOLVED, CaseState.CLOSED
CANCELLED, SPAM, MERGED = CaseState.CANCELLED, CaseState.SPAM, CaseState.MERGED
WAITING = (PENDING_CUSTOMER, PENDING_THIRD_PARTY, ON_HOLD)
UNANSWERED = (NEW, OPEN, *WAITING)

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
        MERGED: Category.VOID,
    },
    final=(CANCELLED, SPAM, MERGED),
    moves=(
        begin("open", to=NEW, needs=["customer", "subject"]),
        begin("receive", to=NEW, needs=["handle", "subject"]),
        move("identify", *UNANSWERED, RESOLVED, needs=["customer"]),
        move("accept", NEW, to=OPEN, needs=["owner"]),
        move("assign", *UNANSWERED, needs=["owner"]),
        move("prioritise", *UNANSWERED, needs=["priority"]),
        move("place_under", *UNANSWERED, when=[no_circle], needs=["parent"]),
        move("respond", *UNANSWERED, RESOLVED, when=[nothing_happened_later]),
        move("hear", OPEN, *WAITING, to=OPEN, when=[nothing_happened_later]),
        move(
            "wait_for_customer",
            OPEN,
            to=PENDING_CUSTOMER,
            when=[nothing_happened_later, customer_was_asked],
            needs=["waiting_for"],
        ),
        move(
            "wait_for_third_party",
            OPEN,
            to=PENDING_THIRD_PARTY,
            when=[nothing_happened_later],
            needs=["waiting_for", "review_at"],
        ),
        move(
            "put_on_hold",
            OPEN,
            to=ON_HOLD,
            when=[nothing_happened_later],
            needs=["waiting_for", "review_at"],
        ),
        move("resume", *WAITING, to=OPEN, when=[nothing_happened_later]),
        move(
            "resolve",
            OPEN,
            *WAITING,
            to=RESOLVED,
            when=[nothing_happened_later, children_resolved, answer_approved],
            needs=["resolution", "cause"],
            effects=["ask_for_satisfaction"],
        ),
        move("close", RESOLVED, to=CLOSED, when=[confirm_window_elapsed]),
        move("reopen", RESOLVED, CLOSED, to=OPEN, when=[nothing_happened_later, within_reopen_window]),
        move("cancel", *UNANSWERED, to=CANCELLED, when=[nothing_happened_later], needs=["cancel_reason"]),
        move("mark_spam", *UNANSWERED, to=SPAM, when=[nothing_happened_later]),
        move(
            "merge",
            *UNANSWERED,
            RESOLVED,
            to=MERGED,
            when=[nothing_happened_later, into_another],
            needs=["survivor"],
        ),
    ),
)


def _another_case(case: Case, field: attrs.Attribute[Any], value: Any) -> None:
    if value is None:
        return
    a(CaseId)(case, field, value)
    if value == case.id:
        raise Invalid(f"Case.{field.name}", "must be another case", value)


@attrs.frozen
class Case(Entity[CaseId, CaseState, CaseMove]):
    """A case of one customer, or of somebody of whom only a handle is known yet.

    ``waiting_for`` says in the host's words what is awaited (the reply that asks, the supplier's ticket), ``review_at``
    when somebody looks again. ``resolution`` and ``cause`` are codes of the host. The owner may be a queue:
    ``Actor("team", ...)``.
    """

    lifecycle: ClassVar = case_lifecycle

    id: CaseId = attrs.field(validator=a(CaseId))
    customer: CustomerId | None = attrs.field(validator=optional(a(CustomerId)))
    subject: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    kind: CaseKind = attrs.field(default=CaseKind.ISSUE, validator=a(CaseKind))
    state: CaseState = attrs.field(default=NEW, validator=a(CaseState))
    opened_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    parent: CaseId | None = attrs.field(default=None, validator=_another_case)
    waiting_for: str | None = attrs.field(
        default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none
    )
    review_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    resolution: str | None = attrs.field(default=None, validator=text_or_none)
    cause: str | None = attrs.field(default=None, validator=text_or_none)
    resolved_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    reopened: int = attrs.field(default=0, validator=count)
    handle: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    """An address or a number, while nobody knows whose it is."""
    priority: Priority = attrs.field(default=Priority.NORMAL, validator=a(Priority))
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))
    survivor: CaseId | None = attrs.field(default=None, validator=_another_case)
    history: tuple[Mark, ...] = attrs.field(default=(), validator=marks)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    @property
    def first_response_at(self) -> datetime | None:
        """When one of us first spoke to the customer."""
        return next((mark.at for mark in self.history if mark.kind is MarkKind.RESPONDED), None)

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
        priority: Priority = Priority.NORMAL,
        channel: Channel | None = None,
        owner: Actor | None = None,
        parent: CaseId | None = None,
    ) -> Change[Case]:
        """The customer speaks, or we do first."""
        case = cls(
            id, customer, subject, kind, opened_at=at, owner=owner, parent=parent, priority=priority, channel=channel,
            history=(Mark(MarkKind.OPENED, at),),
        )  # fmt: skip
        return case_lifecycle.begin(case, "open", at=at, by=by)

    @classmethod
    def receive(
        cls,
        id: CaseId,
        *,
        handle: str,
        subject: str,
        channel: Channel,
        at: datetime,
        by: Actor | None = None,
        kind: CaseKind = CaseKind.ISSUE,
        priority: Priority = Priority.NORMAL,
    ) -> Change[Case]:
        """Somebody speaks whom we know by an address or a number only: ``identify`` says later who it is."""
        case = cls(
            id, None, subject, kind, opened_at=at, handle=handle, priority=priority, channel=channel,
            history=(Mark(MarkKind.OPENED, at),),
        )  # fmt: skip
        return case_lifecycle.begin(case, "receive", at=at, by=by)

    def identify(self, customer: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Now we know whose it is, or whose it really is."""
        step = case_lifecycle.step(self, "identify", at=at, by=by)
        return step.change(evolve(self, customer=customer))

    def accept(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Somebody takes it on; unless said otherwise, the one who does so is the owner."""
        step = case_lifecycle.step(self, "accept", at=at, by=by or owner)
        return step.change(evolve(self, state=step.to, owner=owner))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Another colleague, or a queue, is to have it."""
        step = case_lifecycle.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner))

    def prioritise(self, priority: Priority, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """It is more urgent than it seemed, or less: its clocks are judged anew, from the beginning."""
        step = case_lifecycle.step(self, "prioritise", at=at, by=by)
        return step.change(evolve(self, priority=priority))

    def place_under(
        self, parent: CaseId, *, ancestors: Ancestors | None = None, at: datetime, by: Actor | None = None
    ) -> Change[Case]:
        """It is a part of a larger one. ``ancestors`` are those of the parent."""
        facts = _told(PlaceUnder(parent), ancestors)
        step = case_lifecycle.step(self, "place_under", at=at, by=by, facts=facts)
        return step.change(evolve(self, parent=parent))

    def respond(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """One of us spoke to the customer, in words they can read. An automatic receipt is no response."""
        step = case_lifecycle.step(self, "respond", at=at, by=by)
        return step.change(evolve(self, history=self._and(MarkKind.RESPONDED, at)))

    def hear(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """The customer spoke: whatever it waited for, it is our mark now."""
        step = case_lifecycle.step(self, "hear", at=at, by=by)
        heard = self._and(MarkKind.HEARD, at)
        return step.change(evolve(self, state=step.to, waiting_for=None, review_at=None, history=heard))

    def wait_for_customer(self, waiting_for: str, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """The customer was asked something in a reply they can read: ``waiting_for`` names it."""
        step = case_lifecycle.step(self, "wait_for_customer", at=at, by=by)
        story = self._and(MarkKind.PENDING_CUSTOMER, at)
        return step.change(evolve(self, state=step.to, waiting_for=waiting_for, history=story))

    def wait_for_third_party(
        self, waiting_for: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Case]:
        """Somebody outside has to act first."""
        step = case_lifecycle.step(self, "wait_for_third_party", at=at, by=by)
        story = self._and(MarkKind.PENDING_THIRD_PARTY, at)
        return step.change(
            evolve(self, state=step.to, waiting_for=waiting_for, review_at=review_at, history=story)
        )

    def put_on_hold(
        self, waiting_for: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Case]:
        """Nobody can act now; somebody looks again at ``review_at``."""
        step = case_lifecycle.step(self, "put_on_hold", at=at, by=by)
        story = self._and(MarkKind.ON_HOLD, at)
        return step.change(
            evolve(self, state=step.to, waiting_for=waiting_for, review_at=review_at, history=story)
        )

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """What it waited for came, or the time to look again. When the customer spoke, use ``hear``."""
        step = case_lifecycle.step(self, "resume", at=at, by=by)
        story = self._and(MarkKind.RESUMED, at)
        return step.change(evolve(self, state=step.to, waiting_for=None, review_at=None, history=story))

    def resolve(
        self,
        resolution: str,
        *,
        cause: str,
        at: datetime,
        by: Actor | None = None,
        children: OpenChildren | None = None,
        approval: AnswerApproved | None = None,
        policy: CasePolicy = USUAL,
    ) -> Change[Case]:
        """The answer is found and given."""
        step = case_lifecycle.step(self, "resolve", at=at, by=by, facts=_told(children, approval, policy))
        return step.change(
            evolve(
                self,
                state=step.to,
                resolution=resolution,
                cause=cause,
                resolved_at=at,
                waiting_for=None,
                review_at=None,
                history=self._and(MarkKind.RESOLVED, at),
            )
        )

    def close(self, *, at: datetime, by: Actor | None = None, policy: CasePolicy = USUAL) -> Change[Case]:
        """The customer confirmed it, or let the time to contest it pass."""
        step = case_lifecycle.step(self, "close", at=at, by=by, facts=[policy])
        return step.change(evolve(self, state=step.to))

    def reopen(self, *, at: datetime, by: Actor | None = None, policy: CasePolicy = USUAL) -> Change[Case]:
        """It was no answer after all."""
        step = case_lifecycle.step(self, "reopen", at=at, by=by, facts=[policy])
        answerless = evolve(self, state=step.to, resolution=None, cause=None, resolved_at=None)
        story = self._and(MarkKind.REOPENED, at)
        return step.change(evolve(answerless, reopened=self.reopened + 1, history=story))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """It needs no answer any more. A cancelled case never counts as late."""
        step = case_lifecycle.step(self, "cancel", at=at, by=by)
        story = self._and(MarkKind.ENDED, at)
        return step.change(evolve(self, state=step.to, cancel_reason=reason, history=story))

    def mark_spam(self, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """Nobody's issue."""
        step = case_lifecycle.step(self, "mark_spam", at=at, by=by)
        return step.change(evolve(self, state=step.to, history=self._and(MarkKind.ENDED, at)))

    def merge(self, survivor: CaseId, *, at: datetime, by: Actor | None = None) -> Change[Case]:
        """It was the same issue as another, which goes on for both."""
        step = case_lifecycle.step(self, "merge", at=at, by=by, facts=[MergeInto(survivor)])
        story = self._and(MarkKind.ENDED, at)
        return step.change(evolve(self, state=step.to, survivor=survivor, history=story))

    def _and(self, kind: MarkKind, at: datetime) -> tuple[Mark, ...]:
        return (*self.history, Mark(kind, at))


def _told(*facts: object) -> tuple[object, ...]:
    return tuple([fact for fact in facts if fact is not None])


class CaseFields:
    """What may be asked about cases."""

    customer = Link(Case, CustomerId, index=True)
    kind = Choice(Case, CaseKind)
    state = Choice(Case, CaseState, index=True)
    priority = Choice(Case, Priority)
    channel = Choice(Case, Channel)
    opened_at = Instant(Case)
    owner = Who(Case, index=True)
    parent = Link(Case, CaseId, index=True)
    review_at = Instant(Case)
    resolution = Text(Case)
    cause = Text(Case)
    resolved_at = Instant(Case)
    reopened = Count(Case)
    survivor = Link(Case, CaseId)
