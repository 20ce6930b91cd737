"""A suppression: a standing reason not to contact somebody. It beats every consent.

An objection to direct marketing must be honoured (GDPR article 21 (3)), also after the person has asked to be erased: so
a suppression survives erasure as a salted hash of the address, and whatever is imported is screened against it
(`screen`). Canada's telemarketers keep a request not to be called for three years and fourteen days, and may not work from
a copy of the national list that is older than 31 days (CRTC Unsolicited Telecommunications Rules, parts II and III).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import ContactPointId, CustomerId, SuppressionId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Text


class SuppressionState(StrEnum):
    """Whether it stands."""

    STANDING = "standing"
    LIFTED = "lifted"


class SuppressionKind(StrEnum):
    """Why not, from the strictest down."""

    LEGAL = "legal"
    """A law, a court, a public register of people not to be called."""
    OBJECTION = "objection"
    """The customer objected to our interest (GDPR article 21)."""
    DO_NOT_CONTACT = "do_not_contact"
    """The customer asked us not to call or write: our own list."""
    LIST_OPT_OUT = "list_opt_out"
    """The customer left one list, and may stay on others: ``purpose`` says which."""
    UNDELIVERABLE = "undeliverable"
    """Nothing arrives there: a property of the address, not of anybody's will."""


SuppressionMove = Literal["impose", "lift", "forget", "carry"]
STANDING, LIFTED = SuppressionState.STANDING, SuppressionState.LIFTED
THEIR_OWN_WILL = (
    SuppressionKind.OBJECTION,
    SuppressionKind.DO_NOT_CONTACT,
    SuppressionKind.LIST_OPT_OUT,
)

OWN_LIST_KEPT = timedelta(days=3 * 365 + 1 + 14)
"""Three years, which have one leap day at the most, and fourteen days: for how long at the least."""
REGISTER_WITHIN = timedelta(days=31)
"""How old a copy of a public register may be when somebody is called from it."""


@attrs.frozen
class RegisterCopy:
    """A copy of a public register of people not to be called, and when it was taken. A fact."""

    register: str = attrs.field(validator=text)
    taken_at: datetime = attrs.field(converter=moment)

    def is_fresh(self, at: datetime, within: timedelta = REGISTER_WITHIN) -> bool:
        """Whether it is young enough to work from, and not of the future."""
        return self.taken_at <= aware("at", at) <= self.taken_at + within


@guard("only the customer may lift what they asked for, never an import, a merge or a colleague")
def may_lift(suppression: Suppression, given: Given) -> bool:
    theirs = given.by is not None and given.by.kind == "customer"
    return theirs or suppression.kind not in THEIR_OWN_WILL


@guard("it cannot have ended before it began")
def in_order(suppression: Suppression, given: Given) -> bool:
    return suppression.since <= given.at


@guard("its customer was erased, and it belongs to nobody any more")
def is_somebodys(suppression: Suppression, given: Given) -> bool:
    return suppression.customer is not None


suppression_lifecycle = Lifecycle["Suppression", SuppressionState, SuppressionMove](
    "suppression",
    version=1,
    states={STANDING: Category.OPEN, LIFTED: Category.VOID},
    final=(LIFTED,),
    moves=(
        begin("impose", to=STANDING, needs=["kind", "reason"], effects=["cancel_queued_messages"]),
        move("lift", STANDING, to=LIFTED, when=[may_lift, in_order], needs=["lift_reason"]),
        move("forget", STANDING, LIFTED, needs=["address_hash"]),
        move("carry", STANDING, LIFTED, when=[is_somebodys], needs=["customer"]),
    ),
)


@attrs.frozen
class Suppression(Entity[SuppressionId, SuppressionState, SuppressionMove]):
    """A reason not to contact somebody: a customer, an address known by its hash alone, or both.

    What is not said holds for all: without a ``channel`` for every channel, without a ``purpose`` for every purpose.
    ``until`` is open for most; a cool-off after bounces has an end.
    """

    lifecycle: ClassVar = suppression_lifecycle

    id: SuppressionId = attrs.field(validator=a(SuppressionId))
    kind: SuppressionKind = attrs.field(validator=a(SuppressionKind))
    since: datetime = attrs.field(converter=moment)
    customer: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    state: SuppressionState = attrs.field(default=STANDING, validator=a(SuppressionState))
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))
    contact_point: ContactPointId | None = attrs.field(default=None, validator=optional(a(ContactPointId)))
    purpose: str | None = attrs.field(default=None, validator=text_or_none)
    controller: str | None = attrs.field(default=None, validator=text_or_none)
    address_hash: str | None = attrs.field(default=None, validator=text_or_none)
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    reason: str | None = attrs.field(default=None, validator=text_or_none)
    lifted_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    lift_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.customer is None and not self.address_hash:
            raise Invalid("customer", "must be told where there is no address_hash", None)
        if self.until is not None and self.until <= self.since:
            raise Invalid("until", "must lie after since", self.until)
        if self.until is not None and self.kept_until is not None and self.until < self.kept_until:
            raise Invalid(
                "until", "must not lie before the end of the three years and fourteen days", self.until,
                "leave it open",
            )  # fmt: skip

    @property
    def kept_until(self) -> datetime | None:
        """Until when a request not to be contacted must be honoured at the least; None where no law counts."""
        if self.kind is not SuppressionKind.DO_NOT_CONTACT:
            return None
        return self.since + OWN_LIST_KEPT

    def holds(self, at: datetime) -> bool:
        """Whether it stands then."""
        now = aware("at", at)
        return self.state is STANDING and self.since <= now and (self.until is None or now < self.until)

    @classmethod
    def impose(
        cls,
        id: SuppressionId,
        *,
        kind: SuppressionKind,
        reason: str,
        at: datetime,
        by: Actor | None = None,
        customer: CustomerId | None = None,
        channel: Channel | None = None,
        contact_point: ContactPointId | None = None,
        purpose: str | None = None,
        controller: str | None = None,
        address_hash: str | None = None,
        until: datetime | None = None,
    ) -> Change[Suppression]:
        """From now on, no more. Effective at once."""
        suppression = cls(
            id, kind, at, customer, channel=channel, contact_point=contact_point, purpose=purpose,
            controller=controller, address_hash=address_hash, until=until, reason=reason,
        )  # fmt: skip
        return suppression_lifecycle.begin(suppression, "impose", at=at, by=by)

    def lift(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Suppression]:
        """It stands no more: the customer wished so, the address works again, the register no longer has it."""
        step = suppression_lifecycle.step(self, "lift", at=at, by=by)
        return step.change(evolve(self, state=step.to, lifted_at=at, lift_reason=reason))

    def forget(self, address_hash: str, *, at: datetime, by: Actor | None = None) -> Change[Suppression]:
        """The customer is erased; what stays is the hash of the address, so that nobody writes to them again."""
        step = suppression_lifecycle.step(self, "forget", at=at, by=by)
        return step.change(evolve(self, address_hash=address_hash, customer=None, contact_point=None))

    def carry(self, to: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Suppression]:
        """Two records were one person: what stands against the one stands against the other."""
        step = suppression_lifecycle.step(self, "carry", at=at, by=by)
        return step.change(evolve(self, customer=to))


def salted_hash(channel: Channel, address: str, *, salt: bytes) -> str:
    """What stays of an address when its owner is erased: HMAC-SHA-256 under the salt, in hex.

    The salt must be secret: whoever has it can try all numbers there are. Spellings of one address give one hash: upper
    and lower case, and the blanks and strokes in a number that begins with its country code.

    >>> salt = b"sixteen bytes or"
    >>> salted_hash(Channel.SMS, "+49 (30) 12-34", salt=salt) == salted_hash(
    ...     Channel.PHONE, "+49301234", salt=salt
    ... )
    True

    Raises ``Invalid`` for an empty address, and for a salt of fewer than 16 bytes.
    """
    if len(salt) < 16:
        raise Invalid(
            "salt", "must have 16 bytes or more", len(salt), "draw one at random, and keep it secret"
        )
    if channel in (Channel.PHONE, Channel.SMS, Channel.FAX):
        plain = "".join(letter for letter in address if letter.isdigit() or letter == "+")
    else:
        plain = " ".join(address.casefold().split())
    if not plain:
        raise Invalid("address", "must not be empty")
    return hmac.digest(salt, plain.encode(), "sha256").hex()


def screen(
    addresses: Iterable[tuple[Channel, str]],
    suppressions: Iterable[Suppression],
    *,
    salt: bytes,
    at: datetime,
) -> tuple[Suppression | None, ...]:
    """For each address that is to be imported, the strictest suppression that stands against it, or None.

    Nobody is known by id yet when a list comes in: only the hash tells that this one had asked to be left alone.
    """
    standing: dict[str, list[Suppression]] = {}
    for suppression in suppressions:
        if suppression.address_hash and suppression.holds(at):
            standing.setdefault(suppression.address_hash, []).append(suppression)

    def against(channel: Channel, address: str) -> Suppression | None:
        found = standing.get(salted_hash(channel, address, salt=salt), ())
        here = [s for s in found if s.channel in (None, channel)]
        return min(here, key=lambda s: (_STRICTEST.index(s.kind), s.id), default=None)

    return tuple(against(channel, address) for channel, address in addresses)


_STRICTEST = tuple(SuppressionKind)


class SuppressionFields:
    """What may be asked about suppressions."""

    kind = Choice(Suppression, SuppressionKind)
    state = Choice(Suppression, SuppressionState)
    customer = Link(Suppression, CustomerId, index=True)
    channel = Choice(Suppression, Channel)
    contact_point = Link(Suppression, ContactPointId)
    purpose = Text(Suppression)
    controller = Text(Suppression)
    address_hash = Text(Suppression, index=True)
    since = Instant(Suppression)
    until = Instant(Suppression)
