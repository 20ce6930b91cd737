"""An opportunity: a sale that may come about, with an amount, a day it is expected on, and a chance.

Two probabilities are kept apart, because systems with one field get both wrong: ``auto`` is what the stage says,
``override`` what a person says, by whom and when. A person's word lasts until the stage changes. A won opportunity
has probability 1 and a lost one 0, whatever anybody had said. How it stood before each move stays in its ``history``.

What surrounds it has files of its own: its table (``opportunity_table``), the stages (``pipeline``) and the gates between
them (``stage_gate``), how it ends (``closing``), its history (``standing``), who decides (``contact_role``) and what is
held against it (``objection``).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

import attrs
from attrs.validators import deep_iterable, optional

from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import (
    PERSONAL,
    Entity,
    a,
    a_day,
    a_probability,
    evolve,
    hidden,
    text,
    text_or_none,
)
from relcore.kernel.errors import Invalid, Refused
from relcore.kernel.lifecycle import Step
from relcore.kernel.money import Money
from relcore.kernel.words import Amount, Choice, Instant, Link, Text, Who
from relcore.sales.closing import NO_DECISION, AcceptedQuotes, ClosedOn, Invoiced, Permission, WinPolicy
from relcore.sales.contact_role import BuyingRole, ContactRole
from relcore.sales.credit_split import Share, check_shares
from relcore.sales.exchange_rate import ExchangeRate
from relcore.sales.objection import Concerning, Objection, ObjectionOutcome, Severity, answered, settled
from relcore.sales.opportunity_table import (
    LOST,
    MERGED,
    OPEN,
    VOID,
    WON,
    MergeInto,
    OpportunityMove,
    opportunity_lifecycle,
)
from relcore.sales.pipeline import Pipeline
from relcore.sales.stage_gate import Met, Target, unfilled
from relcore.sales.standing import ZERO, OpportunityState, Standing, time_in_stage

T = TypeVar("T")


@attrs.frozen
class Override:
    """What a person says the chance is."""

    probability: float = attrs.field(validator=a_probability)
    by: Actor = attrs.field(validator=a(Actor))
    at: datetime = attrs.field(converter=moment)


def _worth(opportunity: Opportunity, field: attrs.Attribute[Any], amount: Money) -> None:
    if not 0 <= amount.minor < 2**63:
        raise Invalid("Opportunity.amount", "must be >= 0 and below 2**63 minor units", amount)


@attrs.frozen
class Opportunity(Entity[OpportunityId, OpportunityState, OpportunityMove]):
    """A sale that may come about.

    ``stage`` is a label of ``pipeline``; a lost opportunity keeps the last one it had. ``expected_on`` is the day on
    which it is expected to close, ``closed_on`` the day on which the customer said yes. ``lost_to`` names the competitor,
    or ``Opportunity.NO_DECISION``. Every amount of its history has the currency that it was opened in.
    """

    lifecycle: ClassVar = opportunity_lifecycle
    NO_DECISION: ClassVar[str] = NO_DECISION

    id: OpportunityId = attrs.field(validator=a(OpportunityId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    name: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    pipeline: str = attrs.field(validator=text)
    stage: str = attrs.field(validator=text)
    amount: Money = attrs.field(validator=[a(Money), _worth])
    auto: float = attrs.field(validator=a_probability)
    opened_at: datetime = attrs.field(converter=moment)
    touched_at: datetime = attrs.field(converter=moment)
    expected_on: date | None = attrs.field(default=None, validator=optional(a_day))
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    state: OpportunityState = attrs.field(default=OPEN, validator=a(OpportunityState))
    overridden: Override | None = attrs.field(default=None, validator=optional(a(Override)))
    next_action_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    contacts: tuple[ContactRole, ...] = attrs.field(default=(), validator=deep_iterable(a(ContactRole)))
    competitors: tuple[str, ...] = attrs.field(default=(), validator=deep_iterable(text))
    objections: tuple[Objection, ...] = attrs.field(default=(), validator=deep_iterable(a(Objection)))
    shares: tuple[Share, ...] = attrs.field(default=(), validator=deep_iterable(a(Share)))
    setback_reason: str | None = attrs.field(default=None, validator=text_or_none)
    hold_reason: str | None = attrs.field(default=None, validator=text_or_none)
    review_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    closed_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    closed_on: date | None = attrs.field(default=None, validator=optional(a_day))
    closing_rate: ExchangeRate | None = attrs.field(default=None, validator=optional(a(ExchangeRate)))
    lost_because: str | None = attrs.field(default=None, validator=text_or_none)
    lost_to: str | None = attrs.field(default=None, validator=text_or_none)
    win_back_on: date | None = attrs.field(default=None, validator=optional(a_day))
    void_reason: str | None = attrs.field(default=None, validator=text_or_none)
    reopen_reason: str | None = attrs.field(default=None, validator=text_or_none)
    survivor: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    history: tuple[Standing, ...] = attrs.field(default=(), validator=deep_iterable(a(Standing)))
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.history and self.history[0].amount.currency != self.amount.currency:
            raise Invalid(
                "Opportunity.amount",
                f"must be in {self.history[0].amount.currency}, the currency it was opened in",
                self.amount,
                "convert it at a dated rate",
            )

    @property
    def probability(self) -> float:
        """The chance that counts: 1 when won, 0 when it can no longer be, else a person's word before the stage's."""
        if self.state is WON:
            return 1.0
        if self.state in (LOST, VOID, MERGED):
            return 0.0
        return self.auto if self.overridden is None else self.overridden.probability

    @property
    def expected_amount(self) -> Money:
        """Amount times probability, to the nearest minor unit: what it adds to a weighted pipeline."""
        chance = Decimal(repr(float(self.probability)))
        return Money.rounded(self.amount.amount * chance, self.amount.currency)

    def converted(self, rate: ExchangeRate) -> Money:
        """The amount in another currency: an open one at this rate, a closed one at the rate that was kept with it.

        Raises ``Invalid`` when none was kept for that currency.
        """
        if self.closed_at is None:
            return rate.convert(self.amount)
        kept = self.closing_rate
        if kept is None or kept.target != rate.target:
            raise Invalid(
                "rate", f"to {rate.target} was not kept when it was closed", rate.id, "convert outside"
            )
        return kept.convert(self.amount)

    def age(self, at: datetime) -> timedelta:
        """How long it has been there; when closed, how long it was."""
        return max(self._until(at) - self.opened_at, ZERO)

    def age_in_stage(self, at: datetime) -> timedelta:
        """Open time since it came into its stage: what passed on hold or closed does not count."""
        return time_in_stage(self.history, self._until(at))

    def idle_for(self, at: datetime) -> timedelta:
        """How long nothing has happened and nothing was to happen. On hold or closed it is never idle, and neither
        before the next action that is planned.
        """
        if self.state is not OPEN:
            return ZERO
        quiet_since = max(self.touched_at, self.next_action_at or self.touched_at)
        return max(aware("at", at) - quiet_since, ZERO)

    def rots(self, at: datetime, pipeline: Pipeline) -> bool:
        """Whether it has been idle for longer than its stage bears; by the pipeline as it is now, where a stage that the
        team has since renamed or dropped bears anything.
        """
        limit = pipeline.stage(self.stage).rots_after if self.stage in pipeline.labels else None
        return limit is not None and self.idle_for(at) > limit

    @classmethod
    def open(
        cls,
        id: OpportunityId,
        *,
        customer: CustomerId,
        name: str,
        pipeline: Pipeline,
        amount: Money,
        at: datetime,
        by: Actor | None = None,
        expected_on: date | None = None,
        owner: Actor | None = None,
    ) -> Change[Opportunity]:
        """There is something to win: it begins in the first stage of its pipeline."""
        stage = pipeline.first
        opportunity = cls(
            id, customer, name, pipeline.name, stage, amount, pipeline.probability(stage), at, at, expected_on, owner
        )  # fmt: skip
        if missing := unfilled(opportunity, pipeline.stage(stage)):
            raise Refused(id, "new", "open", tuple(f"it needs {field}" for field in missing), ("open",))
        return opportunity_lifecycle.begin(_noted(opportunity, "open", at), "open", at=at, by=by)

    def advance(
        self,
        stage: str,
        *,
        pipeline: Pipeline,
        met: Met | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Opportunity]:
        """On to a later stage. ``met`` tells which exit criteria are met, where the stage that it leaves has any."""
        facts = [self._target(stage, pipeline), met]
        step = opportunity_lifecycle.step(self, "advance", at=at, by=by, facts=facts)
        return _kept(step, _entered(self, stage, pipeline))

    def step_back(
        self, stage: str, reason: str, *, pipeline: Pipeline, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Back to an earlier stage, and why."""
        facts = [self._target(stage, pipeline)]
        step = opportunity_lifecycle.step(self, "step_back", at=at, by=by, facts=facts)
        return _kept(step, evolve(_entered(self, stage, pipeline), setback_reason=reason), reason)

    def revise(
        self,
        *,
        amount: Money | None = None,
        expected_on: date | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Opportunity]:
        """Another amount or another day; what is not given stays. The history keeps what was said before."""
        step = opportunity_lifecycle.step(self, "revise", at=at, by=by)
        revised = self if amount is None else evolve(self, amount=amount)
        return _kept(step, revised if expected_on is None else evolve(revised, expected_on=expected_on))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """Another colleague is to have it."""
        step = opportunity_lifecycle.step(self, "assign", at=at, by=by)
        return _touched(step, evolve(self, owner=owner))

    def override(self, probability: float, *, at: datetime, by: Actor) -> Change[Opportunity]:
        """A person knows better than the stage; their word lasts until the stage changes."""
        step = opportunity_lifecycle.step(self, "override", at=at, by=by)
        return _kept(step, evolve(self, overridden=Override(probability, by, at)))

    def follow_stage(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """The stage's probability counts again."""
        step = opportunity_lifecycle.step(self, "follow_stage", at=at, by=by)
        return _kept(step, evolve(self, overridden=None))

    def plan(self, next_action_at: datetime, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """Something is to happen then; until then it is not idle."""
        step = opportunity_lifecycle.step(self, "plan", at=at, by=by)
        return _touched(step, evolve(self, next_action_at=next_action_at))

    def touch(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """Something happened about it: a call, a visit, an answer."""
        step = opportunity_lifecycle.step(self, "touch", at=at, by=by)
        return _touched(step, self)

    def involve(
        self, contact: CustomerId, role: BuyingRole, *, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Somebody plays a part in the decision; one person may play several."""
        step = opportunity_lifecycle.step(self, "involve", at=at, by=by)
        return _touched(step, evolve(self, contacts=_with(self.contacts, ContactRole(contact, role))))

    def release(self, contact: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """Somebody plays no part any more."""
        step = opportunity_lifecycle.step(self, "release", at=at, by=by)
        others = tuple(other for other in self.contacts if other.contact != contact)
        return _touched(step, evolve(self, contacts=others))

    def name_competitor(
        self, competitor: str, *, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Somebody else is in the race."""
        step = opportunity_lifecycle.step(self, "name_competitor", at=at, by=by)
        return _touched(step, evolve(self, competitors=_with(self.competitors, competitor)))

    def drop_competitor(
        self, competitor: str, *, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """They are out of it, or never were in."""
        step = opportunity_lifecycle.step(self, "drop_competitor", at=at, by=by)
        others = tuple(other for other in self.competitors if other != competitor)
        return _touched(step, evolve(self, competitors=others))

    def raise_objection(
        self, about: str, *, severity: Severity, raised_by: Actor, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Somebody says what speaks against it. Its place among ``objections`` is how it is meant later."""
        step = opportunity_lifecycle.step(self, "raise_objection", at=at, by=by)
        raised = Objection(about, severity, raised_by, at)
        return _touched(step, evolve(self, objections=(*self.objections, raised)))

    def answer_objection(
        self, place: int, answer: str, *, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """What we say to it."""
        facts = [Concerning(place)]
        step = opportunity_lifecycle.step(self, "answer_objection", at=at, by=by, facts=facts)
        return _touched(step, self._objection(place, answered(self.objections[place], answer, at)))

    def settle_objection(
        self, place: int, outcome: ObjectionOutcome, *, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """What came of it."""
        facts = [Concerning(place)]
        step = opportunity_lifecycle.step(self, "settle_objection", at=at, by=by, facts=facts)
        return _touched(step, self._objection(place, settled(self.objections[place], outcome, at)))

    def share(self, shares: Iterable[Share], *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """Who is credited with it, and with what weight; ``credited`` splits the amount so that it adds up."""
        step = opportunity_lifecycle.step(self, "share", at=at, by=by)
        shared = tuple(shares)
        check_shares(shared)
        return _touched(step, evolve(self, shares=shared))

    def hold(
        self, reason: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Nothing will happen for a while; somebody looks again at ``review_at``."""
        step = opportunity_lifecycle.step(self, "hold", at=at, by=by)
        held = evolve(self, state=step.to, hold_reason=reason, review_at=review_at)
        return _kept(step, held, reason)

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It goes on where it stood."""
        step = opportunity_lifecycle.step(self, "resume", at=at, by=by)
        return _kept(step, evolve(self, state=step.to, hold_reason=None, review_at=None))

    def win(
        self,
        *,
        closed_on: date | None = None,
        quotes: AcceptedQuotes | None = None,
        rate: ExchangeRate | None = None,
        at: datetime,
        by: Actor | None = None,
        policy: WinPolicy = WinPolicy(),
    ) -> Change[Opportunity]:
        """The customer said yes, today or on an earlier day. ``rate`` is what it is converted at from now on."""
        day = None if closed_on is None else ClosedOn(closed_on)
        step = opportunity_lifecycle.step(self, "win", at=at, by=by, facts=[day, quotes, policy])
        won = evolve(self, state=step.to, closed_at=at, closed_on=closed_on or policy.day_of(step.given.at))
        won = evolve(won, closing_rate=_rate_of(won, rate))
        return _kept(step, evolve(won, lost_because=None, lost_to=None, win_back_on=None))

    def lose(
        self,
        because: str,
        *,
        lost_to: str,
        win_back_on: date | None = None,
        rate: ExchangeRate | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Opportunity]:
        """The customer said no, or nothing any more (``lost_to=Opportunity.NO_DECISION``). It keeps the last stage it had.

        ``win_back_on``: when it may be worth asking again.
        """
        step = opportunity_lifecycle.step(self, "lose", at=at, by=by)
        lost = evolve(self, state=step.to, closed_at=at, lost_because=because, lost_to=lost_to)
        known = self.competitors if lost_to in ("", NO_DECISION) else _with(self.competitors, lost_to)
        lost = evolve(lost, win_back_on=win_back_on, competitors=known)
        return _kept(step, evolve(lost, closing_rate=_rate_of(lost, rate)), because)

    def void(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It never was one: counted in no rate."""
        step = opportunity_lifecycle.step(self, "void", at=at, by=by)
        return _kept(step, evolve(self, state=step.to, closed_at=at, void_reason=reason), reason)

    def reopen(
        self,
        reason: str,
        *,
        pipeline: Pipeline,
        stage: str | None = None,
        permission: Permission | None = None,
        invoiced: Invoiced | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Opportunity]:
        """It is not over after all: back to the stage it had, or to another one, whose probability counts now.

        How it was closed before stays in the history.
        """
        target = self._target(stage or self.stage, pipeline)
        facts = [permission, invoiced]
        step = opportunity_lifecycle.step(self, "reopen", at=at, by=by, facts=facts)
        again = evolve(self, state=step.to, closed_at=None, closed_on=None, reopen_reason=reason)
        again = evolve(again, lost_because=None, lost_to=None, win_back_on=None, closing_rate=None)
        again = evolve(again, hold_reason=None, review_at=None)
        return _kept(step, _entered(again, target.stage, pipeline), reason)

    def merge(self, survivor: Opportunity, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It was the same sale as another."""
        into = MergeInto(survivor.id, survivor.state)
        step = opportunity_lifecycle.step(self, "merge", at=at, by=by, facts=[into])
        return _kept(step, evolve(self, state=step.to, closed_at=at, survivor=survivor.id))

    def _until(self, at: datetime) -> datetime:
        return aware("at", at) if self.closed_at is None else min(aware("at", at), self.closed_at)

    def _target(self, stage: str, pipeline: Pipeline) -> Target:
        if pipeline.name != self.pipeline:
            raise Invalid("pipeline", f"must be {self.pipeline!r}, the one it was opened in", pipeline.name)
        pipeline.position(stage)
        return Target(stage, pipeline)

    def _objection(self, place: int, objection: Objection) -> Opportunity:
        before, after = self.objections[:place], self.objections[place + 1 :]
        return evolve(self, objections=(*before, objection, *after))


OpportunityStep = Step[Opportunity, OpportunityState]


def _noted(opportunity: Opportunity, move: str, at: datetime, because: str | None = None) -> Opportunity:
    line = Standing(
        at, move, opportunity.state, opportunity.stage, opportunity.amount, opportunity.expected_on,
        opportunity.probability, because,
    )  # fmt: skip
    return evolve(opportunity, history=(*opportunity.history, line), touched_at=at)


def _rate_of(opportunity: Opportunity, rate: ExchangeRate | None) -> ExchangeRate | None:
    """The rate, if it converts what the opportunity is worth."""
    if rate is not None:
        rate.convert(opportunity.amount)
    return rate


def _entered(opportunity: Opportunity, stage: str, pipeline: Pipeline) -> Opportunity:
    moved = evolve(opportunity, stage=stage, auto=pipeline.probability(stage))
    return evolve(moved, overridden=None, setback_reason=None)


def _kept(step: OpportunityStep, after: Opportunity, because: str | None = None) -> Change[Opportunity]:
    """The change, with its line in the history."""
    return step.change(_noted(after, step.move.name, step.given.at, because))


def _touched(step: OpportunityStep, after: Opportunity) -> Change[Opportunity]:
    """The change, of which a forecast says nothing: a fact that is noted late does not turn the clock back."""
    return step.change(evolve(after, touched_at=max(after.touched_at, step.given.at)))


def _with(values: tuple[T, ...], value: T) -> tuple[T, ...]:
    return values if value in values else (*values, value)


class OpportunityFields:
    """What may be asked about opportunities."""

    customer = Link(Opportunity, CustomerId, index=True)
    pipeline = Text(Opportunity)
    stage = Text(Opportunity, index=True)
    amount = Amount(Opportunity)
    opened_at = Instant(Opportunity)
    touched_at = Instant(Opportunity)
    owner = Who(Opportunity, index=True)
    state = Choice(Opportunity, OpportunityState)
    next_action_at = Instant(Opportunity)
    closed_at = Instant(Opportunity)
    lost_because = Text(Opportunity)
    lost_to = Text(Opportunity)
