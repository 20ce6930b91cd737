"""An enrolment: one customer's way through one campaign.

Whoever was left out is kept as well, with the reason: the suppressed and the held out are the denominator, without which
no result of a campaign means anything. So what they do is noted too; a lift is the difference to them. Coming in again
after the end is another enrolment with the next rotation, if the policy allows it, never the old one reopened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Count, Instant, Link, Text
from relcore.marketing.contactable import Contactable


class EnrolmentState(StrEnum):
    """How far a customer has come in a campaign."""

    CANDIDATE = "candidate"
    SUPPRESSED = "suppressed"
    CONTROL = "control"
    ENROLLED = "enrolled"
    ACTIVE = "active"
    WAITING = "waiting"
    RESPONDED = "responded"
    CONVERTED = "converted"
    EXITED = "exited"


class ExitReason(StrEnum):
    """Why a customer left a campaign before doing what it is for."""

    GOAL = "goal"
    """They had done it already, elsewhere."""
    RULE = "rule"
    OPT_OUT = "opt_out"
    TIMEOUT = "timeout"
    MANUAL = "manual"
    CAMPAIGN_END = "campaign_end"
    MERGED = "merged"
    ERROR = "error"


EnrolmentMove = Literal[
    "propose",
    "suppress",
    "hold_out",
    "enrol",
    "activate",
    "wait_until",
    "wait_for",
    "resume",
    "respond",
    "convert",
    "note_conversion",
    "exit",
    "reenter",
]
CANDIDATE, SUPPRESSED, CONTROL = EnrolmentState.CANDIDATE, EnrolmentState.SUPPRESSED, EnrolmentState.CONTROL
ENROLLED, ACTIVE, WAITING = EnrolmentState.ENROLLED, EnrolmentState.ACTIVE, EnrolmentState.WAITING
RESPONDED, CONVERTED, EXITED = EnrolmentState.RESPONDED, EnrolmentState.CONVERTED, EnrolmentState.EXITED
ON_THE_WAY = (ENROLLED, ACTIVE, WAITING, RESPONDED)
NEVER_AGAIN = (ExitReason.OPT_OUT, ExitReason.MERGED)


@attrs.frozen
class Happened:
    """What an enrolment waited for took place: a fact, by the name it waits under."""

    event: str = attrs.field(validator=text)


@attrs.frozen
class WaitUntil:
    """The moment that it is about to wait for."""

    moment: datetime = attrs.field(converter=moment)


@attrs.frozen
class ReentryPolicy:
    """How often one customer may go through one campaign, and how long after the end. A fact with a default: once."""

    rotations: int = attrs.field(default=1, validator=count)
    rest: timedelta = timedelta(days=90)


@guard("the customer may not be contacted for this")
def contactable(enrolment: Enrolment, given: Given) -> bool:
    return given[Contactable].ever


@guard("what it waits for has not come")
def wait_is_over(enrolment: Enrolment, given: Given) -> bool:
    if enrolment.waiting_until is not None and enrolment.waiting_until <= given.at:
        return True
    if enrolment.waiting_for is None:
        return False
    return given[Happened].event == enrolment.waiting_for


@guard("the moment to wait for must lie ahead")
def ahead(enrolment: Enrolment, given: Given) -> bool:
    return given[WaitUntil].moment > given.at


@guard("it cannot have happened before what is known to have happened")
def in_order(enrolment: Enrolment, given: Given) -> bool:
    known = (enrolment.enrolled_at, enrolment.responded_at, enrolment.converted_at, enrolment.exited_at)
    return all(moment is None or moment <= given.at for moment in known)


@guard("the customer left for good: they opted out, or are part of another")
def may_come_back(enrolment: Enrolment, given: Given) -> bool:
    return enrolment.exit_reason not in NEVER_AGAIN


@guard("the policy lets nobody come in as often as that, or as soon")
def may_reenter(enrolment: Enrolment, given: Given) -> bool:
    policy = given.get(ReentryPolicy, ReentryPolicy())
    ended = enrolment.converted_at if enrolment.state is CONVERTED else enrolment.exited_at
    rested = ended is None or given.at - ended >= policy.rest
    return rested and enrolment.rotation < policy.rotations


@guard("they came in again already")
def not_followed(enrolment: Enrolment, given: Given) -> bool:
    return enrolment.followed_by is None


enrolment_lifecycle = Lifecycle["Enrolment", EnrolmentState, EnrolmentMove](
    "enrolment",
    version=1,
    states={
        CANDIDATE: Category.OPEN,
        SUPPRESSED: Category.VOID,
        CONTROL: Category.VOID,
        ENROLLED: Category.OPEN,
        ACTIVE: Category.OPEN,
        WAITING: Category.PAUSED,
        RESPONDED: Category.OPEN,
        CONVERTED: Category.WON,
        EXITED: Category.LOST,
    },
    final=(SUPPRESSED, CONTROL, CONVERTED, EXITED),
    moves=(
        begin("propose", to=CANDIDATE, needs=["campaign", "customer"]),
        move("suppress", CANDIDATE, to=SUPPRESSED, needs=["left_out_because"]),
        move("hold_out", CANDIDATE, to=CONTROL, when=[contactable]),
        move("enrol", CANDIDATE, to=ENROLLED, when=[contactable]),
        move("activate", ENROLLED, to=ACTIVE, when=[in_order], effects=["plan_message"]),
        move("wait_until", ACTIVE, to=WAITING, when=[in_order, ahead], needs=["waiting_until"]),
        move("wait_for", ACTIVE, to=WAITING, when=[in_order], needs=["waiting_for"]),
        move("resume", WAITING, to=ACTIVE, when=[in_order, wait_is_over]),
        move("respond", ENROLLED, ACTIVE, WAITING, to=RESPONDED, when=[in_order]),
        move("convert", *ON_THE_WAY, to=CONVERTED, when=[in_order]),
        move("note_conversion", SUPPRESSED, CONTROL, needs=["converted_at"]),
        move(
            "exit",
            *ON_THE_WAY,
            to=EXITED,
            when=[in_order],
            needs=["exit_reason"],
            effects=["cancel_queued_messages"],
        ),
        move(
            "reenter",
            CONVERTED,
            EXITED,
            when=[in_order, may_come_back, may_reenter, not_followed],
            needs=["followed_by"],
        ),
    ),
)


@attrs.frozen
class Enrolment(Entity[EnrolmentId, EnrolmentState, EnrolmentMove]):
    """A customer in a campaign, for the ``rotation``-th time, on the ``channel`` that let us."""

    lifecycle: ClassVar = enrolment_lifecycle

    id: EnrolmentId = attrs.field(validator=a(EnrolmentId))
    campaign: CampaignId = attrs.field(validator=a(CampaignId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    state: EnrolmentState = attrs.field(default=CANDIDATE, validator=a(EnrolmentState))
    rotation: int = attrs.field(default=1, validator=count)
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))
    left_out_because: str | None = attrs.field(default=None, validator=text_or_none)
    enrolled_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    waiting_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    waiting_for: str | None = attrs.field(default=None, validator=text_or_none)
    responded_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    converted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    exited_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    exit_reason: ExitReason | None = attrs.field(default=None, validator=optional(a(ExitReason)))
    followed_by: EnrolmentId | None = attrs.field(default=None, validator=optional(a(EnrolmentId)))
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
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
        rotation: int = 1,
    ) -> Change[Enrolment]:
        """The customer belongs to the audience; whether they may be contacted is not said yet."""
        return enrolment_lifecycle.begin(
            cls(id, campaign, customer, rotation=rotation), "propose", at=at, by=by
        )

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

    def enrol(
        self,
        contactable: Contactable,
        *,
        at: datetime,
        by: Actor | None = None,
        channel: Channel | None = None,
    ) -> Change[Enrolment]:
        """They are in. Whether a message may go out is asked again when it does."""
        step = enrolment_lifecycle.step(self, "enrol", at=at, by=by, facts=[contactable])
        return step.change(evolve(self, state=step.to, enrolled_at=at, channel=channel))

    def activate(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """Their way begins: the first message is planned."""
        step = enrolment_lifecycle.step(self, "activate", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def wait_until(self, until: datetime, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """Nothing happens before then."""
        step = enrolment_lifecycle.step(self, "wait_until", at=at, by=by, facts=[WaitUntil(until)])
        return step.change(evolve(self, state=step.to, waiting_until=until))

    def wait_for(
        self, event: str, *, at: datetime, by: Actor | None = None, until: datetime | None = None
    ) -> Change[Enrolment]:
        """Nothing happens before that does, or before ``until`` if that comes first."""
        step = enrolment_lifecycle.step(self, "wait_for", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_for=event, waiting_until=until))

    def resume(
        self, happened: Happened | None = None, *, at: datetime, by: Actor | None = None
    ) -> Change[Enrolment]:
        """What they waited for came."""
        facts = () if happened is None else (happened,)
        step = enrolment_lifecycle.step(self, "resume", at=at, by=by, facts=facts)
        return step.change(evolve(self, state=step.to, waiting_until=None, waiting_for=None))

    def respond(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They answered."""
        step = enrolment_lifecycle.step(self, "respond", at=at, by=by)
        return step.change(self._no_longer_waiting(state=step.to, responded_at=at))

    def convert(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They did what the campaign is for."""
        step = enrolment_lifecycle.step(self, "convert", at=at, by=by)
        return step.change(self._no_longer_waiting(state=step.to, converted_at=at))

    def note_conversion(self, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They did it without having been contacted: what the others are compared with. The first time counts."""
        step = enrolment_lifecycle.step(self, "note_conversion", at=at, by=by)
        return step.change(evolve(self, converted_at=self.converted_at or at))

    def exit(self, reason: ExitReason, *, at: datetime, by: Actor | None = None) -> Change[Enrolment]:
        """They are out."""
        step = enrolment_lifecycle.step(self, "exit", at=at, by=by)
        return step.change(self._no_longer_waiting(state=step.to, exit_reason=reason, exited_at=at))

    def reenter(
        self,
        followed_by: EnrolmentId,
        *,
        at: datetime,
        by: Actor | None = None,
        policy: ReentryPolicy = ReentryPolicy(),
    ) -> Change[Enrolment]:
        """They come in once more, by the enrolment that is named: `reentered` makes both."""
        step = enrolment_lifecycle.step(self, "reenter", at=at, by=by, facts=[policy])
        return step.change(evolve(self, followed_by=followed_by))

    def _no_longer_waiting(self, **changes: Any) -> Enrolment:
        return evolve(self, waiting_until=None, waiting_for=None, **changes)


def reentered(
    ended: Enrolment, *, at: datetime, by: Actor | None = None, policy: ReentryPolicy = ReentryPolicy()
) -> tuple[Change[Enrolment], Change[Enrolment]]:
    """The one that ended, followed by a new one, for one commit: ``Refused`` if the policy does not let them in again."""
    rotation = ended.rotation + 1
    id = EnrolmentId.imported(ended.campaign, f"{ended.customer}/{rotation}")
    followed = ended.reenter(id, at=at, by=by, policy=policy)
    again = Enrolment.propose(
        id, campaign=ended.campaign, customer=ended.customer, rotation=rotation, at=at, by=by
    )
    return followed, again


class EnrolmentFields:
    """What may be asked about enrolments."""

    campaign = Link(Enrolment, CampaignId, index=True)
    customer = Link(Enrolment, CustomerId, index=True)
    state = Choice(Enrolment, EnrolmentState)
    rotation = Count(Enrolment)
    left_out_because = Text(Enrolment)
    enrolled_at = Instant(Enrolment)
    waiting_until = Instant(Enrolment)
    converted_at = Instant(Enrolment)
