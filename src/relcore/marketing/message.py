"""A message: one text to one customer, from the plan to the mailbox, and what came back.

Whether it may go out is asked twice, by the same function: when it is planned and at the moment it is released. Between
the two a customer may have objected; such a message is *cancelled*, which is an outcome of its own: it did not fail, and
nobody tries it again. *Deferred* is what merely has to wait (a cap, the night, the budget), and does so until it expires.

A message is marketing or transactional, and a transactional one names the business it is about: who wants to pass
advertising off as an order confirmation has to put that into the log. Opens and clicks are facts with a mark where a
machine made them: mail scanners and privacy proxies fetch every picture (Apple Mail Privacy Protection, 2021).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.channel import Channel, MessageClass
from relcore.ids import CampaignId, ContactPointId, CustomerId, EnrolmentId, MessageId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Count, Instant, Link, Text
from relcore.marketing.contactable import Contactable
from relcore.marketing.reaction import Reaction, ReactionKind


class MessageState(StrEnum):
    """How far a message has come."""

    PLANNED = "planned"
    DEFERRED = "deferred"
    RELEASED = "released"
    SENT = "sent"
    DELIVERED = "delivered"
    SOFT_BOUNCED = "soft_bounced"
    HARD_BOUNCED = "hard_bounced"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


class DeferReason(StrEnum):
    """What a message waits for."""

    CAP = "cap"
    QUIET = "quiet"
    BUDGET = "budget"


MessageMove = Literal[
    "plan",
    "notify",
    "defer",
    "release",
    "cancel",
    "expire",
    "send",
    "deliver",
    "bounce_softly",
    "retry",
    "bounce_hard",
    "drop",
    "open",
    "click",
    "reply",
    "complain",
    "unsubscribe",
]
PLANNED, DEFERRED, RELEASED = MessageState.PLANNED, MessageState.DEFERRED, MessageState.RELEASED
SENT, DELIVERED = MessageState.SENT, MessageState.DELIVERED
SOFT_BOUNCED, HARD_BOUNCED = MessageState.SOFT_BOUNCED, MessageState.HARD_BOUNCED
DROPPED, CANCELLED = MessageState.DROPPED, MessageState.CANCELLED


@attrs.frozen
class SendPolicy:
    """How old the answer of privacy may be when a message is released, and how often a soft bounce is tried again."""

    answer_within: timedelta = timedelta(minutes=5)
    retries: int = attrs.field(default=3, validator=count)


@guard("the customer may not be contacted now")
def contactable_now(message: Message, given: Given) -> bool:
    return given[Contactable].allowed


@guard("the answer of privacy is of another moment; ask again")
def asked_now(message: Message, given: Given) -> bool:
    since = given.at - given[Contactable].at
    return timedelta(0) <= since <= given.get(SendPolicy, SendPolicy()).answer_within


@guard("its time is over")
def still_timely(message: Message, given: Given) -> bool:
    return message.expires_at is None or given.at < message.expires_at


@guard("its time is not over yet")
def time_is_over(message: Message, given: Given) -> bool:
    return not still_timely.holds(message, given)


@guard("it is to wait until later")
def its_moment_came(message: Message, given: Given) -> bool:
    return message.deferred_until is None or message.deferred_until <= given.at


@guard("it was tried as often as it may be; drop it")
def tries_left(message: Message, given: Given) -> bool:
    return message.bounces <= given.get(SendPolicy, SendPolicy()).retries


@guard("it cannot have happened before what is known to have happened")
def in_order(message: Message, given: Given) -> bool:
    known = (message.planned_at, message.released_at, message.sent_at, message.delivered_at)
    return all(moment is None or moment <= given.at for moment in known)


message_lifecycle = Lifecycle["Message", MessageState, MessageMove](
    "message",
    version=1,
    states={
        PLANNED: Category.OPEN,
        DEFERRED: Category.PAUSED,
        RELEASED: Category.OPEN,
        SENT: Category.OPEN,
        DELIVERED: Category.WON,
        SOFT_BOUNCED: Category.PAUSED,
        HARD_BOUNCED: Category.LOST,
        DROPPED: Category.LOST,
        CANCELLED: Category.VOID,
    },
    final=(DELIVERED, HARD_BOUNCED, DROPPED, CANCELLED),
    moves=(
        begin("plan", to=PLANNED, needs=["customer", "campaign", "purpose"]),
        begin("notify", to=PLANNED, needs=["customer", "occasion"]),
        move(
            "defer",
            PLANNED,
            DEFERRED,
            to=DEFERRED,
            when=[in_order, still_timely],
            needs=["deferred_because", "deferred_until"],
        ),
        move(
            "release",
            PLANNED,
            DEFERRED,
            to=RELEASED,
            when=[in_order, still_timely, its_moment_came, asked_now, contactable_now],
            effects=["send"],
        ),
        move(
            "cancel",
            PLANNED,
            DEFERRED,
            RELEASED,
            SOFT_BOUNCED,
            to=CANCELLED,
            when=[in_order],
            needs=["cancelled_because"],
        ),
        move("expire", PLANNED, DEFERRED, SOFT_BOUNCED, to=DROPPED, when=[time_is_over]),
        move("send", RELEASED, to=SENT, when=[in_order]),
        move("deliver", SENT, SOFT_BOUNCED, to=DELIVERED, when=[in_order]),
        move("bounce_softly", SENT, to=SOFT_BOUNCED, when=[in_order]),
        move(
            "retry",
            SOFT_BOUNCED,
            to=RELEASED,
            when=[in_order, tries_left, still_timely, asked_now, contactable_now],
            effects=["send"],
        ),
        move(
            "bounce_hard",
            SENT,
            SOFT_BOUNCED,
            to=HARD_BOUNCED,
            when=[in_order],
            effects=["mark_undeliverable"],
        ),
        move("drop", RELEASED, SENT, SOFT_BOUNCED, to=DROPPED, when=[in_order], needs=["dropped_because"]),
        move("open", SENT, DELIVERED, when=[in_order], needs=["reactions"]),
        move("click", SENT, DELIVERED, when=[in_order], needs=["reactions"]),
        move("reply", SENT, DELIVERED, when=[in_order], needs=["reactions"], effects=["respond"]),
        move("complain", SENT, DELIVERED, when=[in_order], needs=["reactions"], effects=["suppress"]),
        move(
            "unsubscribe",
            SENT,
            DELIVERED,
            when=[in_order],
            needs=["reactions"],
            effects=["withdraw_consent", "exit_enrolment"],
        ),
    ),
)


@attrs.frozen
class Message(Entity[MessageId, MessageState, MessageMove]):
    """One message to one customer. ``content`` is the host's name of the text, never the text itself.

    Of those that want to go out, the higher ``priority`` goes first, then who has waited longest.
    """

    lifecycle: ClassVar = message_lifecycle

    id: MessageId = attrs.field(validator=a(MessageId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    channel: Channel = attrs.field(validator=a(Channel))
    content: str = attrs.field(validator=text)
    message_class: MessageClass = attrs.field(validator=a(MessageClass))
    planned_at: datetime = attrs.field(converter=moment)
    state: MessageState = attrs.field(default=PLANNED, validator=a(MessageState))
    campaign: CampaignId | None = attrs.field(default=None, validator=optional(a(CampaignId)))
    enrolment: EnrolmentId | None = attrs.field(default=None, validator=optional(a(EnrolmentId)))
    purpose: str | None = attrs.field(default=None, validator=text_or_none)
    occasion: str | None = attrs.field(default=None, validator=text_or_none)
    contact_point: ContactPointId | None = attrs.field(default=None, validator=optional(a(ContactPointId)))
    priority: int = attrs.field(default=0, validator=count)
    expires_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    deferred_because: DeferReason | None = attrs.field(default=None, validator=optional(a(DeferReason)))
    deferred_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    released_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    sent_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    delivered_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    bounces: int = attrs.field(default=0, validator=count)
    dropped_because: str | None = attrs.field(default=None, validator=text_or_none)
    cancelled_because: str | None = attrs.field(default=None, validator=text_or_none)
    reactions: tuple[Reaction, ...] = attrs.field(default=(), validator=deep_iterable(a(Reaction), a(tuple)))
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.message_class is MessageClass.TRANSACTIONAL and not self.occasion:
            raise Invalid("occasion", "must be told: a transactional message is about some business", None)

    @property
    def counts_for_caps(self) -> bool:
        """Whether it is one of the messages that a cap counts: marketing, and released."""
        return self.message_class is MessageClass.MARKETING and self.released_at is not None

    def got(self, kind: ReactionKind) -> bool:
        """Whether a person, and no machine, did this."""
        return any(r.kind is kind and not r.by_machine for r in self.reactions)

    @classmethod
    def plan(
        cls,
        id: MessageId,
        *,
        customer: CustomerId,
        channel: Channel,
        content: str,
        campaign: CampaignId,
        purpose: str,
        at: datetime,
        by: Actor | None = None,
        enrolment: EnrolmentId | None = None,
        contact_point: ContactPointId | None = None,
        priority: int = 0,
        expires_at: datetime | None = None,
    ) -> Change[Message]:
        """Marketing: what a campaign wants to say, for a purpose that the customer was asked about."""
        planned = cls(
            id, customer, channel, content, MessageClass.MARKETING, at, campaign=campaign, enrolment=enrolment,
            purpose=purpose, contact_point=contact_point, priority=priority, expires_at=expires_at,
        )  # fmt: skip
        return message_lifecycle.begin(planned, "plan", at=at, by=by)

    @classmethod
    def notify(
        cls,
        id: MessageId,
        *,
        customer: CustomerId,
        channel: Channel,
        content: str,
        occasion: str,
        at: datetime,
        by: Actor | None = None,
        contact_point: ContactPointId | None = None,
        priority: int = 0,
        expires_at: datetime | None = None,
    ) -> Change[Message]:
        """Transactional: about business that the customer has with us, which ``occasion`` names (an order, a case)."""
        planned = cls(
            id, customer, channel, content, MessageClass.TRANSACTIONAL, at, occasion=occasion,
            contact_point=contact_point, priority=priority, expires_at=expires_at,
        )  # fmt: skip
        return message_lifecycle.begin(planned, "notify", at=at, by=by)

    # until it goes out

    def defer(
        self, because: DeferReason, *, until: datetime, at: datetime, by: Actor | None = None
    ) -> Change[Message]:
        """Not now. Nothing has gone wrong, and no cap counts it."""
        step = message_lifecycle.step(self, "defer", at=at, by=by)
        return step.change(evolve(self, state=step.to, deferred_because=because, deferred_until=until))

    def release(
        self,
        contactable: Contactable | None = None,
        *,
        at: datetime,
        by: Actor | None = None,
        policy: SendPolicy = SendPolicy(),
    ) -> Change[Message]:
        """It goes out, for privacy said just now that it may."""
        step = message_lifecycle.step(self, "release", at=at, by=by, facts=_facts(contactable, policy))
        return step.change(
            evolve(self, state=step.to, released_at=at, deferred_because=None, deferred_until=None)
        )

    def cancel(self, because: str, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """Something changed since it was planned, and it goes out no more."""
        step = message_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancelled_because=because))

    def expire(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """It waited for longer than what it says holds."""
        step = message_lifecycle.step(self, "expire", at=at, by=by)
        return step.change(evolve(self, state=step.to, dropped_because="expired"))

    # on its way

    def send(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """It was handed to whoever carries it."""
        step = message_lifecycle.step(self, "send", at=at, by=by)
        return step.change(evolve(self, state=step.to, sent_at=at))

    def deliver(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """It arrived."""
        step = message_lifecycle.step(self, "deliver", at=at, by=by)
        return step.change(evolve(self, state=step.to, delivered_at=at))

    def bounce_softly(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """It did not arrive this time (RFC 3463, class 4: a full mailbox, a server that is down)."""
        step = message_lifecycle.step(self, "bounce_softly", at=at, by=by)
        return step.change(evolve(self, state=step.to, bounces=self.bounces + 1))

    def retry(
        self,
        contactable: Contactable | None = None,
        *,
        at: datetime,
        by: Actor | None = None,
        policy: SendPolicy = SendPolicy(),
    ) -> Change[Message]:
        """Once more, and asked once more whether it may. For the caps it is still one message."""
        step = message_lifecycle.step(self, "retry", at=at, by=by, facts=_facts(contactable, policy))
        return step.change(evolve(self, state=step.to))

    def bounce_hard(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """It will never arrive there (RFC 3463, class 5.1: no such mailbox)."""
        step = message_lifecycle.step(self, "bounce_hard", at=at, by=by)
        return step.change(evolve(self, state=step.to))

    def drop(self, because: str, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """Whoever carries it refused or gave up; that says nothing about the customer."""
        step = message_lifecycle.step(self, "drop", at=at, by=by)
        return step.change(evolve(self, state=step.to, dropped_because=because))

    # what comes back

    def open(self, *, at: datetime, by: Actor | None = None, by_machine: bool = False) -> Change[Message]:
        """Somebody, or something, looked at it."""
        return self._reacted("open", Reaction(ReactionKind.OPENED, at, by_machine), by)

    def click(self, *, at: datetime, by: Actor | None = None, by_machine: bool = False) -> Change[Message]:
        """Somebody, or something, followed a link in it."""
        return self._reacted("click", Reaction(ReactionKind.CLICKED, at, by_machine), by)

    def reply(self, *, at: datetime, by: Actor | None = None, by_machine: bool = False) -> Change[Message]:
        """They answered; or a machine did, because they are away."""
        return self._reacted("reply", Reaction(ReactionKind.REPLIED, at, by_machine), by)

    def complain(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """They called it spam."""
        return self._reacted("complain", Reaction(ReactionKind.COMPLAINED, at), by)

    def unsubscribe(self, *, at: datetime, by: Actor | None = None) -> Change[Message]:
        """They want no more of these; one click is enough (RFC 8058)."""
        return self._reacted("unsubscribe", Reaction(ReactionKind.UNSUBSCRIBED, at), by)

    def _reacted(self, name: MessageMove, reaction: Reaction, by: Actor | None) -> Change[Message]:
        step = message_lifecycle.step(self, name, at=reaction.at, by=by)
        return step.change(evolve(self, reactions=(*self.reactions, reaction)))


def _facts(*facts: object) -> list[object]:
    return [fact for fact in facts if fact is not None]


class MessageFields:
    """What may be asked about messages."""

    customer = Link(Message, CustomerId, index=True)
    campaign = Link(Message, CampaignId, index=True)
    enrolment = Link(Message, EnrolmentId, index=True)
    channel = Choice(Message, Channel)
    message_class = Choice(Message, MessageClass)
    state = Choice(Message, MessageState, index=True)
    purpose = Text(Message)
    priority = Count(Message)
    planned_at = Instant(Message)
    expires_at = Instant(Message)
    deferred_until = Instant(Message)
    released_at = Instant(Message)
