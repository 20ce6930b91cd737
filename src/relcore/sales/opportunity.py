"""An opportunity: a sale that may come about, with an amount, a day it is expected on, and a chance.

Two probabilities are kept apart, because systems with one field get both wrong: ``auto`` is what the stage (or a model)
says, ``override`` what a person says, by whom and when. A person's word lasts until the stage changes. A won opportunity
has probability 1 and a lost one 0, whatever anybody had said.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
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
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.money import Money
from relcore.kernel.words import Amount, Choice, Instant, Link, Text, Who
from relcore.sales.pipeline import Pipeline


class OpportunityState(StrEnum):
    """What a stage stands on."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    MERGED = "merged"


OpportunityMove = Literal[
    "open",
    "advance",
    "step_back",
    "revise",
    "override",
    "follow_stage",
    "hold",
    "resume",
    "win",
    "lose",
    "void",
    "reopen",
    "merge",
]
OPEN, ON_HOLD, WON = OpportunityState.OPEN, OpportunityState.ON_HOLD, OpportunityState.WON
LOST, VOID, MERGED = OpportunityState.LOST, OpportunityState.VOID, OpportunityState.MERGED


@attrs.frozen
class Override:
    """What a person says the chance is."""

    probability: float = attrs.field(validator=a_probability)
    by: Actor = attrs.field(validator=a(Actor))
    at: datetime = attrs.field(converter=moment)


@attrs.frozen
class Target:
    """The stage somebody wants to move to, in the pipeline it belongs to: told to the guards."""

    stage: str
    pipeline: Pipeline


@guard("the stage must lie ahead; to go back, say why with step_back")
def ahead(opportunity: Opportunity, given: Given) -> bool:
    return _distance(opportunity, given) > 0


@guard("the stage must lie behind; to go on, use advance")
def behind(opportunity: Opportunity, given: Given) -> bool:
    return _distance(opportunity, given) < 0


@guard("an opportunity of nothing cannot be won; revise its amount first")
def worth_something(opportunity: Opportunity, given: Given) -> bool:
    return opportunity.amount > Money.zero(opportunity.amount.currency)


@guard("it cannot be merged into itself")
def into_another(opportunity: Opportunity, given: Given) -> bool:
    return given[MergeInto].survivor != opportunity.id


@attrs.frozen
class MergeInto:
    """The opportunity that remains."""

    survivor: OpportunityId


def _distance(opportunity: Opportunity, given: Given) -> int:
    stage, pipeline = given[Target].stage, given[Target].pipeline
    # A stage that the team has since renamed or dropped lies before all others: the way on stays open.
    here = pipeline.position(opportunity.stage) if opportunity.stage in pipeline.labels else -1
    return pipeline.position(stage) - here


opportunity_lifecycle = Lifecycle["Opportunity", OpportunityState, OpportunityMove](
    "opportunity",
    version=1,
    states={
        OPEN: Category.OPEN,
        ON_HOLD: Category.PAUSED,
        WON: Category.WON,
        LOST: Category.LOST,
        VOID: Category.VOID,
        MERGED: Category.VOID,
    },
    final=(VOID, MERGED),
    moves=(
        begin("open", to=OPEN, needs=["customer", "name", "stage"]),
        move("advance", OPEN, when=[ahead], needs=["stage"]),
        move("step_back", OPEN, when=[behind], needs=["stage", "setback_reason"]),
        move("revise", OPEN, ON_HOLD),
        move("override", OPEN, ON_HOLD, needs=["overridden"]),
        move("follow_stage", OPEN, ON_HOLD),
        move("hold", OPEN, to=ON_HOLD, needs=["hold_reason", "review_at"]),
        move("resume", ON_HOLD, to=OPEN),
        move("win", OPEN, to=WON, when=[worth_something], effects=["hand_over"]),
        move("lose", OPEN, ON_HOLD, to=LOST, needs=["lost_because"]),
        move("void", OPEN, ON_HOLD, to=VOID, needs=["void_reason"]),
        move("reopen", WON, LOST, to=OPEN, needs=["reopen_reason"]),
        move("merge", OPEN, ON_HOLD, to=MERGED, when=[into_another], needs=["survivor"]),
    ),
)


def _worth(opportunity: Opportunity, field: attrs.Attribute[Any], amount: Money) -> None:
    if not 0 <= amount.minor < 2**63:
        raise Invalid("Opportunity.amount", "must be >= 0 and below 2**63 minor units", amount)


@attrs.frozen
class Opportunity(Entity[OpportunityId, OpportunityState, OpportunityMove]):
    """A sale that may come about.

    ``stage`` is a label of ``pipeline``; a lost opportunity keeps the last one it had. ``expected_on`` is the day on
    which it is expected to close. ``lost_to`` names the competitor, where there was one.
    """

    lifecycle: ClassVar = opportunity_lifecycle

    id: OpportunityId = attrs.field(validator=a(OpportunityId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    name: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    pipeline: str = attrs.field(validator=text)
    stage: str = attrs.field(validator=text)
    amount: Money = attrs.field(validator=[a(Money), _worth])
    auto: float = attrs.field(validator=a_probability)
    opened_at: datetime = attrs.field(converter=moment)
    stage_since: datetime = attrs.field(converter=moment)
    expected_on: date | None = attrs.field(default=None, validator=optional(a_day))
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    state: OpportunityState = attrs.field(default=OPEN, validator=a(OpportunityState))
    overridden: Override | None = attrs.field(default=None, validator=optional(a(Override)))
    setback_reason: str | None = attrs.field(default=None, validator=text_or_none)
    hold_reason: str | None = attrs.field(default=None, validator=text_or_none)
    review_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    closed_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    lost_because: str | None = attrs.field(default=None, validator=text_or_none)
    lost_to: str | None = attrs.field(default=None, validator=text_or_none)
    void_reason: str | None = attrs.field(default=None, validator=text_or_none)
    reopen_reason: str | None = attrs.field(default=None, validator=text_or_none)
    survivor: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    version: int = 0

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

    def age(self, at: datetime) -> timedelta:
        """How long it has been there."""
        return aware("at", at) - self.opened_at

    def age_in_stage(self, at: datetime) -> timedelta:
        """How long it has stood in its stage."""
        return aware("at", at) - self.stage_since

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
        return opportunity_lifecycle.begin(opportunity, "open", at=at, by=by)

    def advance(
        self, stage: str, *, pipeline: Pipeline, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """On to a later stage; stages may be skipped."""
        step = opportunity_lifecycle.step(
            self, "advance", at=at, by=by, facts=[self._target(stage, pipeline)]
        )
        return step.change(self._entered(stage, pipeline, at))

    def step_back(
        self, stage: str, reason: str, *, pipeline: Pipeline, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Back to an earlier stage, and why."""
        step = opportunity_lifecycle.step(
            self, "step_back", at=at, by=by, facts=[self._target(stage, pipeline)]
        )
        return step.change(evolve(self._entered(stage, pipeline, at), setback_reason=reason))

    def revise(
        self,
        *,
        amount: Money | None = None,
        expected_on: date | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Opportunity]:
        """Another amount or another day; what is not given stays. The log keeps what was said before."""
        step = opportunity_lifecycle.step(self, "revise", at=at, by=by)
        return step.change(
            evolve(
                self,
                amount=self.amount if amount is None else amount,
                expected_on=self.expected_on if expected_on is None else expected_on,
            )
        )

    def override(self, probability: float, *, at: datetime, by: Actor) -> Change[Opportunity]:
        """A person knows better than the stage; their word lasts until the stage changes."""
        step = opportunity_lifecycle.step(self, "override", at=at, by=by)
        return step.change(evolve(self, overridden=Override(probability, by, at)))

    def follow_stage(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """The stage's probability counts again."""
        step = opportunity_lifecycle.step(self, "follow_stage", at=at, by=by)
        return step.change(evolve(self, overridden=None))

    def hold(
        self, reason: str, *, review_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """Nothing will happen for a while; somebody looks again at ``review_at``."""
        step = opportunity_lifecycle.step(self, "hold", at=at, by=by)
        return step.change(evolve(self, state=step.to, hold_reason=reason, review_at=review_at))

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It goes on where it stood."""
        step = opportunity_lifecycle.step(self, "resume", at=at, by=by)
        return step.change(evolve(self, state=step.to, hold_reason=None, review_at=None))

    def win(self, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """The customer said yes."""
        step = opportunity_lifecycle.step(self, "win", at=at, by=by)
        won = evolve(self, state=step.to, closed_at=at, lost_because=None, lost_to=None)
        return step.change(won)

    def lose(
        self, because: str, *, lost_to: str | None = None, at: datetime, by: Actor | None = None
    ) -> Change[Opportunity]:
        """The customer said no, or nothing any more. It keeps the last stage it had."""
        step = opportunity_lifecycle.step(self, "lose", at=at, by=by)
        return step.change(evolve(self, state=step.to, closed_at=at, lost_because=because, lost_to=lost_to))

    def void(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It never was one: counted in no rate."""
        step = opportunity_lifecycle.step(self, "void", at=at, by=by)
        return step.change(evolve(self, state=step.to, closed_at=at, void_reason=reason))

    def reopen(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It is not over after all. How it was closed before stays in the log."""
        step = opportunity_lifecycle.step(self, "reopen", at=at, by=by)
        again = evolve(
            self, state=step.to, closed_at=None, lost_because=None, lost_to=None, reopen_reason=reason
        )
        return step.change(evolve(again, stage_since=at, overridden=None, hold_reason=None, review_at=None))

    def merge(self, survivor: OpportunityId, *, at: datetime, by: Actor | None = None) -> Change[Opportunity]:
        """It was the same sale as another."""
        step = opportunity_lifecycle.step(self, "merge", at=at, by=by, facts=[MergeInto(survivor)])
        return step.change(evolve(self, state=step.to, closed_at=at, survivor=survivor))

    def _target(self, stage: str, pipeline: Pipeline) -> Target:
        if pipeline.name != self.pipeline:
            raise Invalid("pipeline", f"must be {self.pipeline!r}, the one it was opened in", pipeline.name)
        return Target(stage, pipeline)

    def _entered(self, stage: str, pipeline: Pipeline, at: datetime) -> Opportunity:
        moved = evolve(self, stage=stage, stage_since=at, auto=pipeline.probability(stage))
        return evolve(moved, overridden=None, setback_reason=None)


class OpportunityFields:
    """What may be asked about opportunities."""

    customer = Link(Opportunity, CustomerId, index=True)
    pipeline = Text(Opportunity)
    stage = Text(Opportunity, index=True)
    amount = Amount(Opportunity)
    opened_at = Instant(Opportunity)
    owner = Who(Opportunity, index=True)
    state = Choice(Opportunity, OpportunityState)
    closed_at = Instant(Opportunity)
    lost_because = Text(Opportunity)
    lost_to = Text(Opportunity)
