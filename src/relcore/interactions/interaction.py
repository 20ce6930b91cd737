"""An interaction: one contact with a customer, as it happened. A fact: it is appended, never edited.

What was wrong in it is said in another one, which ``corrects`` it and stands in its place. Its personal content can be
redacted, as the law asks (GDPR article 17), and that leaves a trace: that something was said, when and between whom,
stays. Whose it is may turn out otherwise, when two records were one customer or a lead became one: it is then attributed
anew, and keeps whose it was held to be before.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.channel import Channel
from relcore.ids import CampaignId, CaseId, CustomerId, InteractionId, LeadId, OpportunityId
from relcore.kernel.actor import Actor, ActorKind
from relcore.kernel.change import Change
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class Direction(StrEnum):
    """Who reached out."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"
    """A note among colleagues about the customer."""


class Role(StrEnum):
    """What somebody had to do with it."""

    FROM = "from"
    TO = "to"
    COPIED = "copied"
    PRESENT = "present"


@attrs.frozen
class Participant:
    """Somebody who took part: a colleague, a program, or the customer. Whoever was called and not reached did not."""

    actor: Actor = attrs.field(validator=a(Actor))
    role: Role = attrs.field(validator=a(Role))


@attrs.frozen
class Attachment:
    """A file that the host keeps, by its own reference, carried and never looked into; ``media_type`` as in RFC 6838."""

    ref: str = attrs.field(validator=text)
    media_type: str | None = attrs.field(default=None, validator=text_or_none)


@attrs.frozen
class Attribution:
    """Whose an interaction was held to be, until somebody knew better. ``reason`` is a code of the host."""

    customer: CustomerId | None = attrs.field(validator=optional(a(CustomerId)))
    until: datetime = attrs.field(converter=moment)
    reason: str = attrs.field(validator=text)
    by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))


class InteractionState(StrEnum):
    """An interaction has happened; it does not become something else."""

    RECORDED = "recorded"
    REDACTED = "redacted"


InteractionMove = Literal["record", "redact", "reattribute"]
RECORDED, REDACTED = InteractionState.RECORDED, InteractionState.REDACTED


@attrs.frozen
class ReattributeTo:
    """The customer whose it is after all, told to the guard of a reattribution."""

    customer: CustomerId = attrs.field(validator=a(CustomerId))


@guard("it is this customer's already")
def to_another(interaction: Interaction, given: Given) -> bool:
    return given[ReattributeTo].customer != interaction.customer


@guard("that is before the last thing known of it; look at the clock")
def in_order(interaction: Interaction, given: Given) -> bool:
    return given.at >= interaction.last_changed_at


interaction_lifecycle = Lifecycle["Interaction", InteractionState, InteractionMove](
    "interaction",
    version=1,
    states={RECORDED: Category.WON, REDACTED: Category.VOID},
    final=(REDACTED,),
    moves=(
        begin("record", to=RECORDED, needs=["channel", "participants"]),
        move(
            "redact",
            RECORDED,
            to=REDACTED,
            when=[in_order],
            needs=["redaction_reason"],
            effects=["purge_log"],
        ),
        move("reattribute", RECORDED, REDACTED, when=[to_another, in_order], needs=["customer"]),
    ),
)


@attrs.frozen
class Interaction(Entity[InteractionId, InteractionState, InteractionMove]):
    """One contact with a customer, or with a lead who is not yet one.

    It happened at ``happened_at`` and, where it lasted, until ``ended_at``; it was written down at ``recorded_at``.
    ``thread`` is the host's reference of the conversation it belongs to, ``outcome`` a code of the host. ``lead``,
    ``case``, ``opportunity`` and ``campaign`` say what it was about.
    """

    lifecycle: ClassVar = interaction_lifecycle

    id: InteractionId = attrs.field(validator=a(InteractionId))
    customer: CustomerId | None = attrs.field(validator=optional(a(CustomerId)))
    channel: Channel = attrs.field(validator=a(Channel))
    direction: Direction = attrs.field(validator=a(Direction))
    participants: tuple[Participant, ...] = attrs.field(validator=deep_iterable(a(Participant)))
    happened_at: datetime = attrs.field(converter=moment)
    recorded_at: datetime = attrs.field(converter=moment)
    ended_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    summary: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    attachments: tuple[Attachment, ...] = attrs.field(default=(), validator=deep_iterable(a(Attachment)))
    thread: str | None = attrs.field(default=None, validator=text_or_none)
    outcome: str | None = attrs.field(default=None, validator=text_or_none)
    lead: LeadId | None = attrs.field(default=None, validator=optional(a(LeadId)))
    case: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    opportunity: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    campaign: CampaignId | None = attrs.field(default=None, validator=optional(a(CampaignId)))
    corrects: InteractionId | None = attrs.field(default=None, validator=optional(a(InteractionId)))
    """The interaction that was written down wrongly, and in whose place this one stands."""
    state: InteractionState = attrs.field(default=RECORDED, validator=a(InteractionState))
    redacted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    redaction_reason: str | None = attrs.field(default=None, validator=text_or_none)
    attributions: tuple[Attribution, ...] = attrs.field(default=(), validator=deep_iterable(a(Attribution)))
    """Whose it was held to be before, the oldest first."""
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.customer is None and self.lead is None:
            raise Invalid("Interaction.customer", "must be given, or a lead", None)
        if self.corrects == self.id:
            raise Invalid("Interaction.corrects", "must be another interaction", self.corrects)
        if self.recorded_at < self.happened_at:
            raise Invalid(
                "Interaction.happened_at",
                "must not lie after it is written down",
                self.happened_at,
                "what is still to come is a task",
            )
        if self.ended_at is not None and not self.happened_at <= self.ended_at <= self.recorded_at:
            rule = "must lie between its beginning and the moment it is written down"
            raise Invalid("Interaction.ended_at", rule, self.ended_at)

    @property
    def actor(self) -> Actor:
        """Who reached out: a colleague, a program, or the customer."""
        senders = (p.actor for p in self.participants if p.role is Role.FROM)
        return next(senders, self.participants[0].actor)

    @property
    def actor_kind(self) -> ActorKind:
        """Whether a person, a program or the customer reached out: an automatic reply is no answer."""
        return self.actor.kind

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted; None when nobody said."""
        return None if self.ended_at is None else self.ended_at - self.happened_at

    @property
    def last_changed_at(self) -> datetime:
        """The latest moment at which something became of it."""
        known = (self.recorded_at, self.redacted_at, *(held.until for held in self.attributions))
        return max(at for at in known if at is not None)

    @classmethod
    def record(
        cls,
        id: InteractionId,
        *,
        channel: Channel,
        direction: Direction,
        participants: Iterable[Participant],
        happened_at: datetime,
        at: datetime,
        by: Actor | None = None,
        customer: CustomerId | None = None,
        lead: LeadId | None = None,
        ended_at: datetime | None = None,
        summary: str | None = None,
        attachments: Iterable[Attachment] = (),
        thread: str | None = None,
        outcome: str | None = None,
        case: CaseId | None = None,
        opportunity: OpportunityId | None = None,
        campaign: CampaignId | None = None,
        corrects: InteractionId | None = None,
    ) -> Change[Interaction]:
        """It happened then, and is written down now: ``happened_at`` and ``at`` differ for a call noted afterwards.

        Raises ``Invalid`` when it names neither customer nor lead, lies in the future, or corrects itself.
        """
        interaction = cls(
            id,
            customer,
            channel,
            direction,
            tuple(participants),
            happened_at,
            recorded_at=at,
            ended_at=ended_at,
            summary=summary,
            attachments=tuple(attachments),
            thread=thread,
            outcome=outcome,
            lead=lead,
            case=case,
            opportunity=opportunity,
            campaign=campaign,
            corrects=corrects,
        )
        return interaction_lifecycle.begin(interaction, "record", at=at, by=by)

    def redact(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Interaction]:
        """What was said goes; that something was said, when and between whom, stays. The references of its attachments
        go too: the host deletes the files first, while it still knows them.
        """
        step = interaction_lifecycle.step(self, "redact", at=at, by=by)
        bare = evolve(self, state=step.to, summary=None, attachments=())
        return step.change(evolve(bare, redacted_at=at, redaction_reason=reason))

    def reattribute(
        self, customer: CustomerId, *, reason: str, at: datetime, by: Actor | None = None
    ) -> Change[Interaction]:
        """It is this customer's: two records were one, a lead became one, or it was a mistake. Whose it was held to be
        until now is kept, and so is the lead.
        """
        step = interaction_lifecycle.step(self, "reattribute", at=at, by=by, facts=[ReattributeTo(customer)])
        held = Attribution(self.customer, at, reason, by)
        return step.change(evolve(self, customer=customer, attributions=(*self.attributions, held)))


class InteractionFields:
    """What may be asked about interactions."""

    customer = Link(Interaction, CustomerId, index=True)
    channel = Choice(Interaction, Channel)
    direction = Choice(Interaction, Direction)
    happened_at = Instant(Interaction, index=True)
    recorded_at = Instant(Interaction)
    thread = Text(Interaction, index=True)
    outcome = Text(Interaction)
    lead = Link(Interaction, LeadId, index=True)
    case = Link(Interaction, CaseId, index=True)
    opportunity = Link(Interaction, OpportunityId, index=True)
    campaign = Link(Interaction, CampaignId)
    corrects = Link(Interaction, InteractionId)
    state = Choice(Interaction, InteractionState)
