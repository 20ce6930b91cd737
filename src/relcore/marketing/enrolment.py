"""An enrolment: one customer's way through one campaign.

Whoever was left out is kept as well, with the reason: the suppressed and the held out are the denominator, without which
no result of a campaign means anything.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs

from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import Entity, a, evolve, text, text_or_none
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class EnrolmentState(StrEnum):
    """How far a customer has come in a campaign."""

    CANDIDATE = "candidate"
    SUPPRESSED = "suppressed"
    CONTROL = "control"
    ENROLLED = "enrolled"
    RESPONDED = "responded"
    CONVERTED = "converted"
    EXITED = "exited"


EnrolmentMove = Literal["propose", "suppress", "hold_out", "enrol", "respond", "convert", "exit"]
CANDIDATE, SUPPRESSED, CONTROL = EnrolmentState.CANDIDATE, EnrolmentState.SUPPRESSED, EnrolmentState.CONTROL
ENROLLED, RESPONDED = EnrolmentState.ENROLLED, EnrolmentState.RESPONDED
CONVERTED, EXITED = EnrolmentState.CONVERTED, EnrolmentState.EXITED


@attrs.frozen
class Contactable:
    """What privacy said about contacting this customer for this campaign: a fact, handed in by whoever asked."""

    allowed: bool
    reason: str = attrs.field(validator=text)


@guard("the customer may not be contacted for this")
def contactable(enrolment: Enrolment, given: Given) -> bool:
    return given[Contactable].allowed


enrolment_lifecycle = Lifecycle["Enrolment", EnrolmentState, EnrolmentMove](
    "enrolment",
    version=1,
    states={
        CANDIDATE: Category.OPEN,
        SUPPRESSED: Category.VOID,
        CONTROL: Category.VOID,
        ENROLLED: Category.OPEN,
        RESPONDED: Category.OPEN,
        CONVERTED: Category.WON,
        EXITED: Category.LOST,
    },
    final=(SUPPRESSED, CONTROL, CONVERTED, EXITED),
    moves=(
        begin("propose", to=CANDIDATE, needs=["campaign", "customer"]),
        move("suppress", CANDIDATE, to=SUPPRESSED, needs=["left_out_because"]),
        move("hold_out", CANDIDATE, to=CONTROL, when=[contactable]),
        move("enrol", CANDIDATE, to=ENROLLED, when=[contactable], effects=["send"]),
        move("respond", ENROLLED, to=RESPONDED),
        move("convert", ENROLLED, RESPONDED, to=CONVERTED),
        move(
            "exit", ENROLLED, RESPONDED, to=EXITED, needs=["exit_reason"], effects=["cancel_queued_messages"]
        ),
    ),
)


@attrs.frozen
class Enrolment(Entity[EnrolmentId, EnrolmentState, EnrolmentMove]):
    """A customer in a campaign."""

    lifecycle: ClassVar = enrolment_lifecycle

    id: EnrolmentId = attrs.field(validator=a(EnrolmentId))
    campaign: CampaignId = attrs.field(validator=a(CampaignId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    state: EnrolmentState = attrs.field(default=CANDIDATE, validator=a(EnrolmentState))
    left_out_because: str | None = attrs.field(default=None, validator=text_or_none)
    enrolled_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    responded_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    converted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    exit_reason: str | None = attrs.field(default=None, validator=text_or_none)
    version: int = 0

    @classmethod
    def propose(
        cls,
        id: EnrolmentId,
        *,
        campaign: CampaignId,
        customer: CustomerId,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Enrolment]:
        """The customer belongs to the audience; whether they may be contacted is not said yet."""
        return enrolment_lifecycle.begin(cls(id, campaign, customer), "propose", at=at, by=by)

    def suppress(self, because: str, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They may not be contacted, and why. Kept, and counted by reason."""
        step = enrolment_lifecycle.step(self, "suppress", at=at, by=by)
        return step.change(evolve(self, state=step.to, left_out_because=because))

    def hold_out(
        self, contactable: Contactable, *, at: datetime, by: Actor | None = None
    ) -> Change[Enrolment]:
        """They could be contacted and are not, on purpose: the control group."""
        step = enrolment_lifecycle.step(self, "hold_out", at=at, by=by, facts=[contactable])
        return step.change(evolve(self, state=step.to))

    def enrol(self, contactable: Contactable, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They are in."""
        step = enrolment_lifecycle.step(self, "enrol", at=at, by=by, facts=[contactable])
        return step.change(evolve(self, state=step.to, enrolled_at=at))

    def respond(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They answered."""
        step = enrolment_lifecycle.step(self, "respond", at=at, by=by)
        return step.change(evolve(self, state=step.to, responded_at=at))

    def convert(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They did what the campaign is for."""
        step = enrolment_lifecycle.step(self, "convert", at=at, by=by)
        return step.change(evolve(self, state=step.to, converted_at=at))

    def exit(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They are out: by a rule, by opting out, or because the campaign ended."""
        step = enrolment_lifecycle.step(self, "exit", at=at, by=by)
        return step.change(evolve(self, state=step.to, exit_reason=reason))


class EnrolmentFields:
    """What may be asked about enrolments."""

    campaign = Link(Enrolment, CampaignId, index=True)
    customer = Link(Enrolment, CustomerId, index=True)
    state = Choice(Enrolment, EnrolmentState)
    left_out_because = Text(Enrolment)
    enrolled_at = Instant(Enrolment)
