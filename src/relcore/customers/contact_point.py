"""A contact point: an address, a number or a handle, with what it is for, when it holds, and whether anything arrives.

*Deliverability* is a property of the address. It says nothing about what somebody wants, which is consent, and what
somebody wants says nothing about it: systems that keep both in one field blacklist people for a full mailbox, or write to
people who objected because a bounce was cleared. Whether an address rests after soft bounces is computed as of a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.customers.bounce import REMEMBERED, Bounce, BounceClass, DeliverabilityPolicy
from relcore.customers.contact_kind import ContactKind, normal_form
from relcore.ids import ContactPointId, CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared, without_personal
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class ContactPointState(StrEnum):
    """Whether anything arrives there."""

    UNVERIFIED = "unverified"
    VALID = "valid"
    UNDELIVERABLE = "undeliverable"
    RETIRED = "retired"
    ERASED = "erased"


class Purpose(StrEnum):
    """What an address was given for."""

    GENERAL = "general"
    """Whatever there is no address of its own for."""
    BILLING = "billing"
    DELIVERY = "delivery"
    SUPPORT = "support"
    MARKETING = "marketing"
    PRIVATE = "private"


ContactPointMove = Literal[
    "add",
    "verify",
    "note_delivery",
    "hard_bounce",
    "soft_bounce",
    "prefer",
    "stop_preferring",
    "repurpose",
    "limit",
    "retire",
    "reinstate",
    "erase",
]
UNVERIFIED, VALID = ContactPointState.UNVERIFIED, ContactPointState.VALID
UNDELIVERABLE, RETIRED = ContactPointState.UNDELIVERABLE, ContactPointState.RETIRED
ERASED = ContactPointState.ERASED


@attrs.frozen
class Validity:
    """From when to just before when an address holds; ``None`` for always and for ever."""

    since: datetime | None = attrs.field(default=None, converter=moment_or_none)
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)

    def holds(self, at: datetime) -> bool:
        """Whether it does at that moment."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


def _moments(moments: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(map(moment, moments))


@guard("something later is known about it already")
def nothing_later_known(point: ContactPoint, given: Given) -> bool:
    return given.at >= point.known_until


@guard("that answer is not about the address: only a permanent 5.1.x says that it does not exist")
def does_not_exist(point: ContactPoint, given: Given) -> bool:
    return given[Bounce].about is BounceClass.HARD


@guard(
    "that answer says nothing about the mailbox: policy and transport are matters of the sender and the road"
)
def cannot_take_it_now(point: ContactPoint, given: Given) -> bool:
    return given[Bounce].about is BounceClass.SOFT


@guard("it must begin to hold before it ends")
def begins_before_it_ends(point: ContactPoint, given: Given) -> bool:
    asked = given[Validity]
    return asked.since is None or asked.until is None or asked.since < asked.until


contact_point_lifecycle = Lifecycle["ContactPoint", ContactPointState, ContactPointMove](
    "contact_point",
    version=1,
    states={
        UNVERIFIED: Category.OPEN,
        VALID: Category.OPEN,
        UNDELIVERABLE: Category.PAUSED,
        RETIRED: Category.LOST,
        ERASED: Category.VOID,
    },
    final=(ERASED,),
    moves=(
        begin("add", to=UNVERIFIED, needs=["customer", "value", "purposes"]),
        move(
            "verify",
            UNVERIFIED,
            VALID,
            UNDELIVERABLE,
            to=VALID,
            when=[nothing_later_known],
            needs=["verified_at", "verified_how"],
        ),
        move("note_delivery", UNVERIFIED, VALID, when=[nothing_later_known]),
        move(
            "hard_bounce",
            UNVERIFIED,
            VALID,
            to=UNDELIVERABLE,
            when=[nothing_later_known, does_not_exist],
            needs=["undeliverable_since", "undeliverable_status"],
        ),
        move(
            "soft_bounce",
            UNVERIFIED,
            VALID,
            when=[nothing_later_known, cannot_take_it_now],
            needs=["soft_bounces"],
        ),
        move("prefer", UNVERIFIED, VALID),
        move("stop_preferring", UNVERIFIED, VALID, UNDELIVERABLE),
        move("repurpose", UNVERIFIED, VALID, UNDELIVERABLE, needs=["purposes"]),
        move("limit", UNVERIFIED, VALID, UNDELIVERABLE, when=[begins_before_it_ends]),
        move("retire", UNVERIFIED, VALID, UNDELIVERABLE, to=RETIRED, needs=["retire_reason"]),
        move("reinstate", RETIRED, to=UNVERIFIED),
        move("erase", UNVERIFIED, VALID, UNDELIVERABLE, RETIRED, to=ERASED, effects=["purge_log"]),
    ),
)


@attrs.frozen
class ContactPoint(Entity[ContactPointId, ContactPointState, ContactPointMove]):
    """One address of one customer, in its normal form. Another address is another contact point."""

    lifecycle: ClassVar = contact_point_lifecycle

    id: ContactPointId = attrs.field(validator=a(ContactPointId))
    customer: CustomerId = attrs.field(validator=a(CustomerId))
    kind: ContactKind = attrs.field(validator=a(ContactKind))
    value: str | None = attrs.field(repr=hidden, metadata=PERSONAL, validator=optional(text))
    added_at: datetime = attrs.field(converter=moment)
    purposes: tuple[Purpose, ...] = attrs.field(
        default=(Purpose.GENERAL,), validator=deep_iterable(a(Purpose))
    )
    state: ContactPointState = attrs.field(default=UNVERIFIED, validator=a(ContactPointState))
    validity: Validity = attrs.field(default=Validity(), validator=a(Validity))
    preferred: bool = attrs.field(default=False, validator=a(bool))
    verified_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    verified_how: str | None = attrs.field(default=None, validator=text_or_none)
    delivered_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    soft_bounces: tuple[datetime, ...] = attrs.field(default=(), converter=_moments)
    undeliverable_since: datetime | None = attrs.field(default=None, converter=moment_or_none)
    undeliverable_status: str | None = attrs.field(default=None, validator=text_or_none)
    retire_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    # what follows from it

    @property
    def known_until(self) -> datetime:
        """The last moment of which anything is known."""
        told = (self.verified_at, self.delivered_at, self.undeliverable_since, *self.soft_bounces[-1:])
        return max((self.added_at, *filter(None, told)))

    def rests_until(self, policy: DeliverabilityPolicy = DeliverabilityPolicy()) -> datetime | None:
        """The end of its last rest: after as many soft bounces as the policy counts, within the time it counts."""
        full = self._full(policy)
        return full[-1] + policy.rest if full else None

    def reachable(self, at: datetime, policy: DeliverabilityPolicy = DeliverabilityPolicy()) -> bool:
        """Whether anything would arrive there at that moment, for all we know. Whether it *may* is consent."""
        now = aware("at", at)
        resting = any(since <= now < since + policy.rest for since in self._full(policy))
        return self.state in (UNVERIFIED, VALID) and self.validity.holds(now) and not resting

    def _full(self, policy: DeliverabilityPolicy) -> list[datetime]:
        """The bounces with which a window was full."""
        n, bounces = policy.soft_bounces, self.soft_bounces
        return [b for first, b in zip(bounces, bounces[n - 1 :], strict=False) if b - first <= policy.within]

    def serves(self, purpose: Purpose) -> bool:
        """Whether it was given for that, or for everything."""
        return purpose in self.purposes or Purpose.GENERAL in self.purposes

    # commands

    @classmethod
    def add(
        cls,
        id: ContactPointId,
        *,
        customer: CustomerId,
        kind: ContactKind,
        value: str,
        at: datetime,
        by: Actor | None = None,
        purposes: Sequence[Purpose] = (Purpose.GENERAL,),
        validity: Validity = Validity(),
    ) -> Change[ContactPoint]:
        """An address becomes known. ``Invalid``, without the address, if it cannot be one of that kind."""
        if validity.since and validity.until and validity.until <= validity.since:
            raise Invalid("validity", "must begin before it ends", validity.until)
        point = cls(
            id, customer, kind, normal_form(kind, value), at, tuple(dict.fromkeys(purposes)), validity=validity
        )  # fmt: skip
        return contact_point_lifecycle.begin(point, "add", at=at, by=by)

    def verify(self, how: str, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """Somebody answered from there. ``how`` is a code of the host: a link, a call, a letter."""
        step = contact_point_lifecycle.step(self, "verify", at=at, by=by)
        valid = evolve(self, state=step.to, verified_at=at, verified_how=how, soft_bounces=())
        return step.change(evolve(valid, undeliverable_since=None, undeliverable_status=None))

    def note_delivery(self, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """Something arrived: earlier soft bounces no longer count."""
        step = contact_point_lifecycle.step(self, "note_delivery", at=at, by=by)
        return step.change(evolve(self, delivered_at=at, soft_bounces=()))

    def hard_bounce(self, bounce: Bounce, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """There is no such address: it is undeliverable from now on, at the first bounce."""
        step = contact_point_lifecycle.step(self, "hard_bounce", at=at, by=by, facts=[bounce])
        gone = evolve(self, state=step.to, undeliverable_since=at, undeliverable_status=bounce.status)
        return step.change(gone)

    def soft_bounce(self, bounce: Bounce, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """It could not take the message now. After several it rests: see ``rests_until``."""
        step = contact_point_lifecycle.step(self, "soft_bounce", at=at, by=by, facts=[bounce])
        return step.change(evolve(self, soft_bounces=(*self.soft_bounces, step.given.at)[-REMEMBERED:]))

    def prefer(self, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """It is the one to use; ``prefer_among`` lets the others step back in the same commit."""
        step = contact_point_lifecycle.step(self, "prefer", at=at, by=by)
        return step.change(evolve(self, preferred=True))

    def stop_preferring(self, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        step = contact_point_lifecycle.step(self, "stop_preferring", at=at, by=by)
        return step.change(evolve(self, preferred=False))

    def repurpose(
        self, purposes: Sequence[Purpose], *, at: datetime, by: Actor | None = None
    ) -> Change[ContactPoint]:
        """It is to be used for these purposes, and no others."""
        step = contact_point_lifecycle.step(self, "repurpose", at=at, by=by)
        return step.change(evolve(self, purposes=tuple(dict.fromkeys(purposes))))

    def limit(self, validity: Validity, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """It holds from then, until then: a house that is moved out of, a number for the holidays."""
        step = contact_point_lifecycle.step(self, "limit", at=at, by=by, facts=[validity])
        return step.change(evolve(self, validity=validity))

    def retire(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """It is not used any more. That it was stays."""
        step = contact_point_lifecycle.step(self, "retire", at=at, by=by)
        return step.change(evolve(self, state=step.to, retire_reason=reason, preferred=False))

    def reinstate(self, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """It is in use again, and has to be verified anew."""
        step = contact_point_lifecycle.step(self, "reinstate", at=at, by=by)
        fresh = evolve(self, state=step.to, retire_reason=None, undeliverable_since=None)
        return step.change(
            evolve(fresh, undeliverable_status=None, soft_bounces=(), verified_at=None, verified_how=None)
        )

    def erase(self, *, at: datetime, by: Actor | None = None) -> Change[ContactPoint]:
        """The address goes, the id stays."""
        step = contact_point_lifecycle.step(self, "erase", at=at, by=by)
        gone = evolve(self, state=step.to, value=None, preferred=False)
        return step.change(evolve(gone, custom=without_personal(self)))


def after_bounce(
    point: ContactPoint, bounce: Bounce, *, at: datetime, by: Actor | None = None
) -> Change[ContactPoint] | None:
    """What an answer of the mail system changes about the address: None when it is not about the address at all.

    None as well for an address that is known to be undeliverable, retired or erased, and for an answer to a message that
    was sent before something later became known: bounces come late and more than once.
    """
    if point.state not in (UNVERIFIED, VALID) or aware("at", at) < point.known_until:
        return None
    if bounce.about is BounceClass.HARD:
        return point.hard_bounce(bounce, at=at, by=by)
    if bounce.about is BounceClass.SOFT:
        return point.soft_bounce(bounce, at=at, by=by)
    return None


def prefer_among(
    chosen: ContactPoint, others: Iterable[ContactPoint], *, at: datetime, by: Actor | None = None
) -> tuple[Change[ContactPoint], ...]:
    """Prefer one and let those of the same customer and kind that were preferred step back, for one commit."""
    back = tuple(
        other.stop_preferring(at=at, by=by)
        for other in others
        if other.id != chosen.id and other.preferred
        if (other.customer, other.kind) == (chosen.customer, chosen.kind)
    )
    return (chosen.prefer(at=at, by=by), *back)


class ContactPointFields:
    """What may be asked about contact points. ``value`` is asked for in its normal form: whose number is this?"""

    customer = Link(ContactPoint, CustomerId, index=True)
    kind = Choice(ContactPoint, ContactKind)
    value = Text(ContactPoint, index=True)
    state = Choice(ContactPoint, ContactPointState)
    added_at = Instant(ContactPoint)
