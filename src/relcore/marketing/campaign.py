"""A campaign: what we want to reach, with whom, by saying what; and whether it did.

The seven steps of the trade (objective, audience, message, channel, execute, measure, optimise) become guards: a
campaign is not approved without an objective, an audience, a purpose and a budget, does not run outside its window, and
is not completed before the time in which it may be credited is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CampaignId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Guard, Lifecycle, begin, guard, move
from relcore.kernel.money import Money
from relcore.kernel.words import Choice, Instant, Text, Who


class CampaignState(StrEnum):
    """How far a campaign has come."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    MEASURING = "measuring"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Objective(StrEnum):
    """What it is for; each has a measure of its own."""

    ACQUISITION = "acquisition"
    CROSS_SELLING = "cross_selling"
    UP_SELLING = "up_selling"
    RETENTION = "retention"
    WIN_BACK = "win_back"


CampaignMove = Literal[
    "draft",
    "revise",
    "submit",
    "approve",
    "reject",
    "schedule",
    "start",
    "pause",
    "resume",
    "measure",
    "complete",
    "cancel",
]
DRAFT, IN_REVIEW, APPROVED = CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED
SCHEDULED, RUNNING, PAUSED = CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED
MEASURING, COMPLETED, CANCELLED = CampaignState.MEASURING, CampaignState.COMPLETED, CampaignState.CANCELLED
BEFORE_THE_END = (DRAFT, IN_REVIEW, APPROVED, SCHEDULED, RUNNING, PAUSED, MEASURING)


def says(field: str) -> Guard[Campaign]:
    """A guard and not a need: submitting takes no fields, so what is missing must be told before."""
    return Guard(
        f"says_{field}",
        f"it does not say its {field} yet; revise it",
        lambda campaign, _: getattr(campaign, field) not in (None, ""),
    )


@guard("nobody approves what they submitted themselves")
def by_another(campaign: Campaign, given: Given) -> bool:
    return given.by is not None and given.by != campaign.submitted_by


@guard("it runs only within its window")
def within_window(campaign: Campaign, given: Given) -> bool:
    if campaign.starts_at is None or campaign.ends_at is None:
        return False
    return campaign.starts_at <= given.at < campaign.ends_at


@guard("the time in which an order may be credited to it is not over")
def attribution_over(campaign: Campaign, given: Given) -> bool:
    return (
        campaign.measuring_since is not None and given.at >= campaign.measuring_since + campaign.attribution
    )


campaign_lifecycle = Lifecycle["Campaign", CampaignState, CampaignMove](
    "campaign",
    version=1,
    states={
        DRAFT: Category.OPEN,
        IN_REVIEW: Category.OPEN,
        APPROVED: Category.OPEN,
        SCHEDULED: Category.OPEN,
        RUNNING: Category.OPEN,
        PAUSED: Category.PAUSED,
        MEASURING: Category.OPEN,
        COMPLETED: Category.WON,
        CANCELLED: Category.VOID,
    },
    final=(COMPLETED, CANCELLED),
    moves=(
        begin("draft", to=DRAFT, needs=["name", "objective"]),
        move("revise", DRAFT),
        move(
            "submit",
            DRAFT,
            to=IN_REVIEW,
            when=[says(field) for field in ("audience", "message", "channel", "purpose", "budget")],
        ),
        move("approve", IN_REVIEW, to=APPROVED, when=[by_another]),
        move("reject", IN_REVIEW, to=DRAFT, needs=["rejection"]),
        move("schedule", APPROVED, to=SCHEDULED, needs=["starts_at", "ends_at"]),
        move("start", SCHEDULED, to=RUNNING, when=[within_window]),
        move("pause", RUNNING, to=PAUSED, needs=["pause_reason"]),
        move("resume", PAUSED, to=RUNNING, when=[within_window]),
        move("measure", RUNNING, PAUSED, to=MEASURING, effects=["exit_enrolments"]),
        move("complete", MEASURING, to=COMPLETED, when=[attribution_over], needs=["lessons"]),
        move("cancel", *BEFORE_THE_END, to=CANCELLED, needs=["cancel_reason"], effects=["exit_enrolments"]),
    ),
)


@attrs.frozen
class Campaign(Entity[CampaignId, CampaignState, CampaignMove]):
    """A campaign. ``audience`` is the host's name of a segment, ``message`` of a text, ``purpose`` what consent is about."""

    lifecycle: ClassVar = campaign_lifecycle

    id: CampaignId = attrs.field(validator=a(CampaignId))
    name: str = attrs.field(validator=text)
    objective: Objective = attrs.field(validator=a(Objective))
    state: CampaignState = attrs.field(default=DRAFT, validator=a(CampaignState))
    audience: str | None = attrs.field(default=None, validator=text_or_none)
    message: str | None = attrs.field(default=None, validator=text_or_none)
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))
    purpose: str | None = attrs.field(default=None, validator=text_or_none)
    budget: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    submitted_by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    rejection: str | None = attrs.field(default=None, validator=text_or_none)
    starts_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    ends_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    pause_reason: str | None = attrs.field(default=None, validator=text_or_none)
    measuring_since: datetime | None = attrs.field(default=None, converter=moment_or_none)
    attribution_days: int = attrs.field(default=30, validator=count)
    """How long after it ended an order may still be credited to it."""
    lessons: str | None = attrs.field(default=None, validator=text_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    version: int = 0

    @property
    def attribution(self) -> timedelta:
        return timedelta(days=self.attribution_days)

    @classmethod
    def draft(
        cls, id: CampaignId, *, name: str, objective: Objective, at: datetime, by: Actor | None = None
    ) -> Change[Campaign]:
        """An idea, with what it is for."""
        return campaign_lifecycle.begin(cls(id, name, objective, owner=by), "draft", at=at, by=by)

    def revise(
        self,
        *,
        audience: str | None = None,
        message: str | None = None,
        channel: Channel | None = None,
        purpose: str | None = None,
        budget: Money | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Campaign]:
        """Work on it; what is not given stays."""
        step = campaign_lifecycle.step(self, "revise", at=at, by=by)
        return step.change(
            evolve(
                self,
                audience=self.audience if audience is None else audience,
                message=self.message if message is None else message,
                channel=self.channel if channel is None else channel,
                purpose=self.purpose if purpose is None else purpose,
                budget=self.budget if budget is None else budget,
            )
        )

    def submit(self, *, at: datetime, by: Actor) -> Change[Campaign]:
        """Ready for somebody else to look at."""
        step = campaign_lifecycle.step(self, "submit", at=at, by=by)
        return step.change(evolve(self, state=step.to, submitted_by=by, rejection=None))

    def approve(self, *, at: datetime, by: Actor) -> Change[Campaign]:
        """Somebody else found it good."""
        step = campaign_lifecycle.step(self, "approve", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def reject(self, rejection: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Back to work, and why."""
        step = campaign_lifecycle.step(self, "reject", at=at, by=by)
        return step.change(evolve(self, state=step.to, rejection=rejection))

    def schedule(
        self, *, starts_at: datetime, ends_at: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Campaign]:
        """When it runs: half-open, from ``starts_at`` until before ``ends_at``."""
        step = campaign_lifecycle.step(self, "schedule", at=at, by=by)
        if not max(aware("starts_at", starts_at), step.given.at) < aware("ends_at", ends_at):
            raise Invalid("ends_at", "must lie after starts_at, and not in the past", ends_at)
        return step.change(evolve(self, state=step.to, starts_at=starts_at, ends_at=ends_at))

    def start(self, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """It goes out."""
        step = campaign_lifecycle.step(self, "start", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def pause(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Nothing goes out for now: budget spent, complaints, second thoughts."""
        step = campaign_lifecycle.step(self, "pause", at=at, by=by)
        return step.change(evolve(self, state=step.to, pause_reason=reason))

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """It goes out again."""
        step = campaign_lifecycle.step(self, "resume", at=at, by=by)
        return step.change(evolve(self, state=step.to, pause_reason=None))

    def measure(self, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Nothing goes out any more; what comes back is counted."""
        step = campaign_lifecycle.step(self, "measure", at=at, by=by)
        return step.change(evolve(self, state=step.to, measuring_since=at))

    def complete(self, lessons: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """The result stands, and what was learned from it."""
        step = campaign_lifecycle.step(self, "complete", at=at, by=by)
        return step.change(evolve(self, state=step.to, lessons=lessons))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """It ends without a result."""
        step = campaign_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason))


class CampaignFields:
    """What may be asked about campaigns."""

    objective = Choice(Campaign, Objective)
    state = Choice(Campaign, CampaignState)
    purpose = Text(Campaign)
    owner = Who(Campaign)
    starts_at = Instant(Campaign)
    ends_at = Instant(Campaign)
