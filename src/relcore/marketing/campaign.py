"""A campaign: what we want to reach, with whom, by saying what; and whether it did.

The steps of the trade (objective, audience, message, channel, execute, measure, learn) are guards: a campaign is not
approved without a goal it can be held to, an audience, a message for each channel, a budget and a purpose; it does not run
outside its window or when nobody can say who must not be contacted; it stops by itself when its budget is used up or too
many complain; and it is not completed before its result is frozen and something was learned. Who claims that it *caused*
something must hold somebody out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.channel import Channel
from relcore.ids import CampaignId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Guard, Lifecycle, begin, guard, move
from relcore.kernel.money import Money
from relcore.kernel.words import Choice, Count, Instant, Text, Who
from relcore.marketing.campaign_plan import ChannelMessage, Goal
from relcore.marketing.campaign_result import CampaignResult
from relcore.marketing.complaints import CampaignPolicy, Complaints


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
    "spend",
    "exhaust",
    "trip",
    "pause",
    "resume",
    "measure",
    "freeze",
    "complete",
    "cancel",
]
DRAFT, IN_REVIEW, APPROVED = CampaignState.DRAFT, CampaignState.IN_REVIEW, CampaignState.APPROVED
SCHEDULED, RUNNING, PAUSED = CampaignState.SCHEDULED, CampaignState.RUNNING, CampaignState.PAUSED
MEASURING, COMPLETED, CANCELLED = CampaignState.MEASURING, CampaignState.COMPLETED, CampaignState.CANCELLED
BEFORE_THE_END = (DRAFT, IN_REVIEW, APPROVED, SCHEDULED, RUNNING, PAUSED, MEASURING)


# --- what it is told ------------------------------------------------------------------------------


@attrs.frozen
class PrivacyAnswers:
    """Whether those who keep consents and suppressions can be asked now: a fact, for nobody is written to blindly."""

    consents: bool
    suppressions: bool


@attrs.frozen
class Spending:
    """What is about to be paid for it."""

    amount: Money = attrs.field(validator=a(Money))

    def __attrs_post_init__(self) -> None:
        if self.amount.amount < 0:
            raise Invalid("amount", "must not be below zero", self.amount)


# --- rules ----------------------------------------------------------------------------------------


def says(field: str) -> Guard[Campaign]:
    """A guard and not a need: submitting takes no fields, so what is missing must be told before."""
    return Guard(
        f"says_{field}",
        f"it does not say its {field} yet; revise it",
        lambda campaign, _: getattr(campaign, field) not in (None, "", ()),
    )


@guard("each of its channels needs a message; revise it")
def message_per_channel(campaign: Campaign, given: Given) -> bool:
    return {message.channel for message in campaign.messages} >= set(campaign.channels)


@guard("it claims a lift, and holds nobody out to compare with; revise it")
def holds_out(campaign: Campaign, given: Given) -> bool:
    return not campaign.claims_lift or bool(campaign.hold_out)


@guard("nobody approves what they submitted themselves")
def by_another(campaign: Campaign, given: Given) -> bool:
    return given.by is not None and given.by != campaign.submitted_by


@guard("it runs only within its window")
def within_window(campaign: Campaign, given: Given) -> bool:
    if campaign.starts_at is None or campaign.ends_at is None:
        return False
    return campaign.starts_at <= given.at < campaign.ends_at


@guard("consents and suppressions cannot be asked now, and nobody is written to blindly")
def privacy_answers(campaign: Campaign, given: Given) -> bool:
    answers = given[PrivacyAnswers]
    return answers.consents and answers.suppressions


@guard("its budget is used up")
def budget_left(campaign: Campaign, given: Given) -> bool:
    return campaign.budget is not None and not campaign.used_up_by(Money.zero(campaign.budget.currency))


@guard("it must be in the currency of the budget")
def in_its_currency(campaign: Campaign, given: Given) -> bool:
    return campaign.budget is not None and given[Spending].amount.currency == campaign.budget.currency


@guard("this uses the budget up; exhaust it, which pauses the campaign")
def within_budget(campaign: Campaign, given: Given) -> bool:
    return not campaign.used_up_by(given[Spending].amount) or campaign.state is not RUNNING


@guard("there is budget left; spend it")
def uses_budget_up(campaign: Campaign, given: Given) -> bool:
    return campaign.used_up_by(given[Spending].amount)


@guard("not so many complain that it has to stop")
def too_many_complain(campaign: Campaign, given: Given) -> bool:
    return given[Complaints].rate >= given.get(CampaignPolicy, CampaignPolicy()).complaints_stop


@guard("more complain than may")
def few_complain(campaign: Campaign, given: Given) -> bool:
    return given[Complaints].rate < given.get(CampaignPolicy, CampaignPolicy()).complaints_target


@guard("the time in which an order may be credited to it is not over")
def attribution_over(campaign: Campaign, given: Given) -> bool:
    return (
        campaign.measuring_since is not None and given.at >= campaign.measuring_since + campaign.attribution
    )


@guard("its result is not frozen yet")
def result_frozen(campaign: Campaign, given: Given) -> bool:
    return campaign.result is not None


@guard("its result is frozen, and stands")
def result_open(campaign: Campaign, given: Given) -> bool:
    return campaign.result is None


@guard("it cannot have happened before what is known to have happened")
def in_order(campaign: Campaign, given: Given) -> bool:
    known = (campaign.submitted_at, campaign.started_at, campaign.measuring_since)
    return all(moment is None or moment <= given.at for moment in known)


WHOLE_PLAN = (
    *(says(field) for field in ("goal", "audience", "channels", "purpose", "budget")),
    message_per_channel,
    holds_out,
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
        move("submit", DRAFT, to=IN_REVIEW, when=WHOLE_PLAN),
        move("approve", IN_REVIEW, to=APPROVED, when=[*WHOLE_PLAN, by_another, in_order]),
        move("reject", IN_REVIEW, to=DRAFT, needs=["rejection"]),
        move("schedule", APPROVED, to=SCHEDULED, needs=["starts_at", "ends_at"]),
        move("start", SCHEDULED, to=RUNNING, when=[within_window, privacy_answers]),
        move("spend", RUNNING, PAUSED, MEASURING, when=[in_its_currency, within_budget], needs=["spent"]),
        move("exhaust", RUNNING, to=PAUSED, when=[in_its_currency, uses_budget_up], needs=["spent"]),
        move("trip", RUNNING, to=PAUSED, when=[too_many_complain], needs=["pause_reason"]),
        move("pause", RUNNING, to=PAUSED, needs=["pause_reason"]),
        move(
            "resume",
            PAUSED,
            to=RUNNING,
            when=[in_order, within_window, privacy_answers, budget_left, few_complain],
        ),
        move("measure", RUNNING, PAUSED, to=MEASURING, when=[in_order], effects=["exit_enrolments"]),
        move("freeze", MEASURING, when=[attribution_over, result_open], needs=["result"]),
        move("complete", MEASURING, to=COMPLETED, when=[attribution_over, result_frozen], needs=["lessons"]),
        move("cancel", *BEFORE_THE_END, to=CANCELLED, needs=["cancel_reason"], effects=["exit_enrolments"]),
    ),
)


@attrs.frozen
class Campaign(Entity[CampaignId, CampaignState, CampaignMove]):
    """A campaign. ``audience`` is the host's name of a segment, ``purpose`` what consent is about; of its ``channels`` the
    first is tried first. ``hold_out`` is the share of the audience that is not contacted, to be compared with.
    """

    lifecycle: ClassVar = campaign_lifecycle

    id: CampaignId = attrs.field(validator=a(CampaignId))
    name: str = attrs.field(validator=text)
    objective: Objective = attrs.field(validator=a(Objective))
    state: CampaignState = attrs.field(default=DRAFT, validator=a(CampaignState))
    goal: Goal | None = attrs.field(default=None, validator=optional(a(Goal)))
    audience: str | None = attrs.field(default=None, validator=text_or_none)
    channels: tuple[Channel, ...] = attrs.field(default=(), validator=deep_iterable(a(Channel), a(tuple)))
    messages: tuple[ChannelMessage, ...] = attrs.field(
        default=(), validator=deep_iterable(a(ChannelMessage), a(tuple))
    )
    purpose: str | None = attrs.field(default=None, validator=text_or_none)
    budget: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    claims_lift: bool = attrs.field(default=False, validator=a(bool))
    hold_out: float | None = attrs.field(default=None)
    priority: int = attrs.field(default=0, validator=count)
    """Of two campaigns that want the same customer on the same day, the higher goes first."""
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    submitted_by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    submitted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    rejection: str | None = attrs.field(default=None, validator=text_or_none)
    starts_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    ends_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    started_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    spent: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    pause_reason: str | None = attrs.field(default=None, validator=text_or_none)
    measuring_since: datetime | None = attrs.field(default=None, converter=moment_or_none)
    attribution_days: int = attrs.field(default=30, validator=count)
    """How long after it ended an order may still be credited to it."""
    result: CampaignResult | None = attrs.field(default=None, validator=optional(a(CampaignResult)))
    lessons: str | None = attrs.field(default=None, validator=text_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.hold_out is not None and not 0 <= self.hold_out < 1:
            raise Invalid("Campaign.hold_out", "must lie in [0, 1)", self.hold_out)

    @property
    def attribution(self) -> timedelta:
        return timedelta(days=self.attribution_days)

    def spent_after(self, amount: Money) -> Money:
        """All that will have been spent."""
        return amount if self.spent is None else self.spent + amount

    def used_up_by(self, amount: Money) -> bool:
        """Whether nothing is left of the budget after it."""
        if self.budget is None or amount.currency != self.budget.currency:
            return True
        return self.spent_after(amount) >= self.budget

    @classmethod
    def draft(
        cls, id: CampaignId, *, name: str, objective: Objective, at: datetime, by: Actor | None = None
    ) -> Change[Campaign]:
        """An idea, with what it is for."""
        return campaign_lifecycle.begin(cls(id, name, objective, owner=by), "draft", at=at, by=by)

    def revise(
        self,
        *,
        goal: Goal | None = None,
        audience: str | None = None,
        messages: tuple[ChannelMessage, ...] | None = None,
        channels: tuple[Channel, ...] | None = None,
        purpose: str | None = None,
        budget: Money | None = None,
        claims_lift: bool | None = None,
        hold_out: float | None = None,
        priority: int | None = None,
        attribution_days: int | None = None,
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Campaign]:
        """Work on it; what is not given stays. Channels are those of its messages, unless told."""
        step = campaign_lifecycle.step(self, "revise", at=at, by=by)
        if messages is not None and channels is None:
            channels = tuple(dict.fromkeys(message.channel for message in messages))
        told: dict[str, Any] = {
            "goal": goal, "audience": audience, "messages": messages, "channels": channels, "purpose": purpose,
            "budget": budget, "claims_lift": claims_lift, "hold_out": hold_out, "priority": priority,
            "attribution_days": attribution_days,
        }  # fmt: skip
        return step.change(evolve(self, **{name: value for name, value in told.items() if value is not None}))

    def submit(self, *, at: datetime, by: Actor) -> Change[Campaign]:
        """Ready for somebody else to look at."""
        step = campaign_lifecycle.step(self, "submit", at=at, by=by)
        return step.change(evolve(self, state=step.to, submitted_by=by, submitted_at=at, rejection=None))

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

    def start(
        self, privacy: PrivacyAnswers | None = None, *, at: datetime, by: Actor | None = None
    ) -> Change[Campaign]:
        """It goes out."""
        step = campaign_lifecycle.step(self, "start", at=at, by=by, facts=_told(privacy))
        return step.change(evolve(self, state=step.to, started_at=at))

    def spend(self, amount: Money, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Something was paid for it, and there is budget left; when it no longer runs, late bills too."""
        step = campaign_lifecycle.step(self, "spend", at=at, by=by, facts=[Spending(amount)])
        return step.change(evolve(self, spent=self.spent_after(amount)))

    def exhaust(self, amount: Money, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """What is paid uses the budget up, and nothing goes out any more."""
        step = campaign_lifecycle.step(self, "exhaust", at=at, by=by, facts=[Spending(amount)])
        spent = self.spent_after(amount)
        return step.change(evolve(self, state=step.to, spent=spent, pause_reason="budget_exhausted"))

    def trip(
        self,
        complaints: Complaints | None = None,
        *,
        at: datetime,
        by: Actor | None = None,
        policy: CampaignPolicy = CampaignPolicy(),
    ) -> Change[Campaign]:
        """The circuit breaker: too many complain, and nothing goes out any more."""
        step = campaign_lifecycle.step(self, "trip", at=at, by=by, facts=[*_told(complaints), policy])
        return step.change(evolve(self, state=step.to, pause_reason="complaints"))

    def pause(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Nothing goes out for now: second thoughts."""
        step = campaign_lifecycle.step(self, "pause", at=at, by=by)
        return step.change(evolve(self, state=step.to, pause_reason=reason))

    def resume(
        self,
        privacy: PrivacyAnswers | None = None,
        complaints: Complaints | None = None,
        *,
        at: datetime,
        by: Actor | None = None,
        policy: CampaignPolicy = CampaignPolicy(),
    ) -> Change[Campaign]:
        """It goes out again, if everything that it may have been paused for is over."""
        facts = [*_told(privacy), *_told(complaints), policy]
        step = campaign_lifecycle.step(self, "resume", at=at, by=by, facts=facts)
        return step.change(evolve(self, state=step.to, pause_reason=None))

    def measure(self, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """Nothing goes out any more; what comes back is counted."""
        step = campaign_lifecycle.step(self, "measure", at=at, by=by)
        return step.change(evolve(self, state=step.to, measuring_since=at))

    def freeze(self, result: CampaignResult, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """The result is counted, once: nobody counts again until it looks better."""
        step = campaign_lifecycle.step(self, "freeze", at=at, by=by)
        return step.change(evolve(self, result=result))

    def complete(self, lessons: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """The result stands, and what was learned from it."""
        step = campaign_lifecycle.step(self, "complete", at=at, by=by)
        return step.change(evolve(self, state=step.to, lessons=lessons))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
        """It ends without a result."""
        step = campaign_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason))


def _told(fact: object | None) -> tuple[object, ...]:
    return () if fact is None else (fact,)


def booked(campaign: Campaign, amount: Money, *, at: datetime, by: Actor | None = None) -> Change[Campaign]:
    """Something was paid for a campaign: it is spent, or uses the budget up, which pauses what runs."""
    if campaign.state is RUNNING and campaign.used_up_by(amount):
        return campaign.exhaust(amount, at=at, by=by)
    return campaign.spend(amount, at=at, by=by)


class CampaignFields:
    """What may be asked about campaigns."""

    objective = Choice(Campaign, Objective)
    state = Choice(Campaign, CampaignState)
    purpose = Text(Campaign)
    priority = Count(Campaign)
    owner = Who(Campaign)
    starts_at = Instant(Campaign)
    ends_at = Instant(Campaign)
