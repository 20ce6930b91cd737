"""An interaction: one contact with a customer, as it happened. A fact: it is appended, never corrected.

What was wrong in it is said in another one; only its personal content can be redacted, and that leaves a trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable

from relcore.channel import Channel
from relcore.ids import CustomerId, InteractionId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text_or_none
from relcore.kernel.lifecycle import Category, Lifecycle, begin, move
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
    """Somebody who took part: a colleague, a program, or the customer."""

    actor: Actor = attrs.field(validator=a(Actor))
    role: Role = attrs.field(validator=a(Role))


class InteractionState(StrEnum):
    """An interaction has happened; it does not become something else."""

    RECORDED = "recorded"
    REDACTED = "redacted"


InteractionMove = Literal["record", "redact"]
RECORDED, REDACTED = InteractionState.RECORDED, InteractionState.REDACTED

interaction_lifecycle = Lifecycle["Interaction", InteractionState, InteractionMove](
    "interaction",
    version=1,
    states={RECORDED: Category.WON, REDACTED: Category.VOID},
    final=(REDACTED,),
    moves=(
        begin("record", to=RECORDED, needs=["customer", "channel", "participants"]),
        move("redact", RECORDED, to=REDACTED, needs=["redaction_reason"], effects=["purge_log"]),
    ),
)


@attrs.frozen
class Interaction(Entity[InteractionId, InteractionState, InteractionMove]):
    """One contact. ``thread`` is the host's reference of the conversation it belongs to, ``outcome`` a code of the host."""

    lifecycle: ClassVar = interaction_lifecycle

    id: InteractionId = attrs.field(validator=a(InteractionId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    channel: Channel = attrs.field(validator=a(Channel))
    direction: Direction = attrs.field(validator=a(Direction))
    participants: tuple[Participant, ...] = attrs.field(validator=deep_iterable(a(Participant)))
    happened_at: datetime = attrs.field(converter=moment)
    summary: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    thread: str | None = attrs.field(default=None, validator=text_or_none)
    outcome: str | None = attrs.field(default=None, validator=text_or_none)
    state: InteractionState = attrs.field(default=RECORDED, validator=a(InteractionState))
    redaction_reason: str | None = attrs.field(default=None, validator=text_or_none)
    version: int = 0

    @classmethod
    def record(
        cls,
        id: InteractionId,
        *,
        customer: CustomerId,
        channel: Channel,
        direction: Direction,
        participants: Iterable[Participant],
        happened_at: datetime,
        at: datetime,
        by: Actor | None = None,
        summary: str | None = None,
        thread: str | None = None,
        outcome: str | None = None,
    ) -> Change[Interaction]:
        """It happened then, and is written down now: ``happened_at`` and ``at`` differ for a call noted afterwards."""
        interaction = cls(
            id, customer, channel, direction, tuple(participants), happened_at, summary, thread, outcome
        )
        return interaction_lifecycle.begin(interaction, "record", at=at, by=by)

    def redact(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Interaction]:
        """What was said goes; that something was said, when and between whom, stays."""
        step = interaction_lifecycle.step(self, "redact", at=at, by=by)
        return step.change(evolve(self, state=step.to, summary=None, redaction_reason=reason))


class InteractionFields:
    """What may be asked about interactions."""

    customer = Link(Interaction, CustomerId, index=True)
    channel = Choice(Interaction, Channel)
    direction = Choice(Interaction, Direction)
    happened_at = Instant(Interaction, index=True)
    thread = Text(Interaction, index=True)
    outcome = Text(Interaction)
    state = Choice(Interaction, InteractionState)
