"""A promise: who said that what would be done, to whom, and by when.

It is kept, broken, renegotiated or released. A promise that is kept late was broken: that is what the date was for. So once
its time is over it can neither be renegotiated nor released, and only what was done in time still keeps it; up to then the
one to whom it was made may agree on another, which points back and keeps the first date, or let it go.

The share of promises kept is what reliability means in service, the first of its dimensions for customers (Parasuraman,
Zeithaml and Berry, "SERVQUAL", Journal of Retailing 1988).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.ids import (
    CampaignId,
    CaseId,
    CustomerId,
    InteractionId,
    LeadId,
    OpportunityId,
    OrderId,
    PromiseId,
)
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Who
from relcore.work.guards import BelongsTo, in_order, to_another


class PromiseState(StrEnum):
    """What became of a promise."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    RENEGOTIATED = "renegotiated"
    RELEASED = "released"


PromiseMove = Literal["make", "keep", "breach", "renegotiate", "release", "reattribute"]
OPEN, KEPT, BROKEN = PromiseState.OPEN, PromiseState.KEPT, PromiseState.BROKEN
RENEGOTIATED, RELEASED = PromiseState.RENEGOTIATED, PromiseState.RELEASED
ENDED = (KEPT, BROKEN, RENEGOTIATED, RELEASED)


@attrs.frozen
class Done:
    """When it was done what was promised, told to the guards."""

    at: datetime = attrs.field(converter=moment)


@attrs.frozen
class ReplacedBy:
    """The promise that takes its place, told to the guard."""

    promise: PromiseId = attrs.field(validator=a(PromiseId))


@guard("it was done after it was due: a promise that is kept late is broken")
def done_in_time(promise: Promise, given: Given) -> bool:
    return given[Done].at <= promise.due


@guard("what keeps it was done after it was made and is not still to come")
def done_by_now(promise: Promise, given: Given) -> bool:
    return promise.made_at <= given[Done].at <= given.at


@guard("its time is over: it was kept or it is broken")
def not_over(promise: Promise, given: Given) -> bool:
    return given.at <= promise.due


@guard("it cannot take its own place")
def by_another(promise: Promise, given: Given) -> bool:
    return given[ReplacedBy].promise != promise.id


promise_lifecycle = Lifecycle["Promise", PromiseState, PromiseMove](
    "promise",
    version=1,
    states={
        OPEN: Category.OPEN,
        KEPT: Category.WON,
        BROKEN: Category.LOST,
        RENEGOTIATED: Category.VOID,
        RELEASED: Category.VOID,
    },
    final=ENDED,
    moves=(
        begin("make", to=OPEN, needs=["what", "promiser", "promisee", "due"]),
        move("keep", OPEN, to=KEPT, when=[done_in_time, done_by_now, in_order], needs=["kept_at"]),
        move("breach", OPEN, to=BROKEN, when=[in_order], needs=["reason"], effects=["make_good"]),
        move(
            "renegotiate", OPEN, to=RENEGOTIATED, when=[by_another, not_over, in_order], needs=["successor"]
        ),
        move("release", OPEN, to=RELEASED, when=[not_over, in_order], needs=["reason"]),
        move("reattribute", OPEN, *ENDED, when=[to_another, in_order], needs=["customer"]),
    ),
)


@attrs.frozen
class Promise(Entity[PromiseId, PromiseState, PromiseMove]):
    """A promise. Promiser and promisee are actors: of ours, or the customer, who promises as well.

    ``said_in`` is the interaction in which it was made; ``case``, ``opportunity``, ``order`` and ``campaign`` say what it
    is about. ``reason`` is a code of the host.
    """

    lifecycle: ClassVar = promise_lifecycle

    id: PromiseId = attrs.field(validator=a(PromiseId))
    what: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    promiser: Actor = attrs.field(validator=a(Actor))
    promisee: Actor = attrs.field(validator=a(Actor))
    due: datetime = attrs.field(converter=moment)
    """The last moment at which it is kept."""
    first_due: datetime = attrs.field(converter=moment)
    """When it was due before it was first renegotiated."""
    made_at: datetime = attrs.field(converter=moment)
    changed_at: datetime = attrs.field(converter=moment)
    state: PromiseState = attrs.field(default=OPEN, validator=a(PromiseState))
    customer: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    lead: LeadId | None = attrs.field(default=None, validator=optional(a(LeadId)))
    case: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    opportunity: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    order: OrderId | None = attrs.field(default=None, validator=optional(a(OrderId)))
    campaign: CampaignId | None = attrs.field(default=None, validator=optional(a(CampaignId)))
    said_in: InteractionId | None = attrs.field(default=None, validator=optional(a(InteractionId)))
    instead_of: PromiseId | None = attrs.field(default=None, validator=optional(a(PromiseId)))
    """The promise whose place it took."""
    successor: PromiseId | None = attrs.field(default=None, validator=optional(a(PromiseId)))
    """The promise that took its place."""
    kept_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    """When it was done what was promised; ``ended_at`` is when that was said."""
    ended_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    reason: str | None = attrs.field(default=None, validator=text_or_none)
    """Why it was broken or released."""
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.id in (self.instead_of, self.successor):
            raise Invalid("Promise.instead_of", "must be another promise", self.id)
        if self.promiser == self.promisee:
            raise Invalid("Promise.promisee", "must be somebody else than who promises", str(self.promisee))

    # what is derived

    def is_open(self, as_of: datetime) -> bool:
        """Whether it was made and nothing had become of it."""
        now = aware("as_of", as_of)
        return self.made_at <= now and (self.ended_at is None or now < self.ended_at)

    def overdue(self, as_of: datetime) -> bool:
        """Whether it was due before then and nothing had become of it by then."""
        return self.due < aware("as_of", as_of) and self.is_open(as_of)

    # commands

    @classmethod
    def make(
        cls,
        id: PromiseId,
        *,
        what: str,
        promiser: Actor,
        promisee: Actor,
        due: datetime,
        at: datetime,
        by: Actor | None = None,
        customer: CustomerId | None = None,
        lead: LeadId | None = None,
        case: CaseId | None = None,
        opportunity: OpportunityId | None = None,
        order: OrderId | None = None,
        campaign: CampaignId | None = None,
        said_in: InteractionId | None = None,
        instead_of: PromiseId | None = None,
        first_due: datetime | None = None,
    ) -> Change[Promise]:
        """Somebody promises. ``instead_of`` is the promise whose place it takes, and ``first_due`` when that was due at
        first: ``renegotiated`` writes both at once.

        Raises ``Invalid`` when it is due before it is made.
        """
        if aware("due", due) < aware("at", at):
            raise Invalid("due", "must not lie before the promise is made", due)
        promise = cls(
            id,
            what,
            promiser,
            promisee,
            due,
            due if first_due is None else first_due,
            at,
            at,
            customer=customer,
            lead=lead,
            case=case,
            opportunity=opportunity,
            order=order,
            campaign=campaign,
            said_in=said_in,
            instead_of=instead_of,
        )
        return promise_lifecycle.begin(promise, "make", at=at, by=by)

    def keep(
        self, *, at: datetime, by: Actor | None = None, done_at: datetime | None = None
    ) -> Change[Promise]:
        """It was done what was promised, at ``done_at`` if that was before it is said."""
        done = Done(at if done_at is None else done_at)
        step = promise_lifecycle.step(self, "keep", at=at, by=by, facts=[done])
        return step.change(evolve(self, state=step.to, kept_at=done.at, ended_at=at, changed_at=at))

    def breach(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Promise]:
        """It was not done in time, or it is known that it will not be. (``break`` is a word of Python.)"""
        step = promise_lifecycle.step(self, "breach", at=at, by=by)
        return step.change(evolve(self, state=step.to, reason=reason, ended_at=at, changed_at=at))

    def renegotiate(self, successor: PromiseId, *, at: datetime, by: Actor | None = None) -> Change[Promise]:
        """Another promise takes its place, by agreement and before its time is over."""
        step = promise_lifecycle.step(self, "renegotiate", at=at, by=by, facts=[ReplacedBy(successor)])
        return step.change(evolve(self, state=step.to, successor=successor, ended_at=at, changed_at=at))

    def release(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Promise]:
        """The one to whom it was made lets it go, before its time is over."""
        step = promise_lifecycle.step(self, "release", at=at, by=by)
        return step.change(evolve(self, state=step.to, reason=reason, ended_at=at, changed_at=at))

    def reattribute(self, customer: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Promise]:
        """It is about this customer: two records were one, or a lead became one. The log keeps about whom it was."""
        step = promise_lifecycle.step(self, "reattribute", at=at, by=by, facts=[BelongsTo(customer)])
        return step.change(evolve(self, customer=customer, changed_at=at))


def renegotiated(
    promise: Promise,
    id: PromiseId,
    *,
    due: datetime,
    at: datetime,
    by: Actor | None = None,
    what: str | None = None,
) -> tuple[Change[Promise], Change[Promise]]:
    """A promise and the one that takes its place, for one commit: another date, and perhaps another matter."""
    old = promise.renegotiate(id, at=at, by=by)
    new = Promise.make(
        id,
        what=promise.what if what is None else what,
        promiser=promise.promiser,
        promisee=promise.promisee,
        due=due,
        at=at,
        by=by,
        customer=promise.customer,
        lead=promise.lead,
        case=promise.case,
        opportunity=promise.opportunity,
        order=promise.order,
        campaign=promise.campaign,
        said_in=promise.said_in,
        instead_of=promise.id,
        first_due=promise.first_due,
    )
    return old, new


class PromiseFields:
    """What may be asked about promises."""

    state = Choice(Promise, PromiseState, index=True)
    promiser = Who(Promise, index=True)
    promisee = Who(Promise)
    due = Instant(Promise, index=True)
    made_at = Instant(Promise)
    customer = Link(Promise, CustomerId, index=True)
    lead = Link(Promise, LeadId, index=True)
    case = Link(Promise, CaseId, index=True)
    opportunity = Link(Promise, OpportunityId, index=True)
    order = Link(Promise, OrderId)
    said_in = Link(Promise, InteractionId)
    instead_of = Link(Promise, PromiseId)
    ended_at = Instant(Promise)
