"""May we contact this customer now, on this channel, for this purpose? One answer, and what decided it.

The most restrictive wins, in this order: a legal block, an objection, a request not to be contacted, the consent, a list
that was left, an address at which nothing arrives. No record is no permission. Then comes the contact policy, which
never turns a yes into a no but into a *later*. The same function is asked when an audience is built and again when a
message is sent; ``relcore.bridges.may_contact_each`` gives the same answers for millions at once.

Transactional messages are not marketing: no consent is asked for and no objection to marketing, no list and no hour stands
in their way; a legal block and a dead address do. That a message *is* transactional is for whoever sends it to answer
for: `relcore.marketing.Message` will not be planned as one without naming the business that it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import attrs

from relcore.channel import Channel, MessageClass
from relcore.ids import ContactPointId, CustomerId
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.entity import a
from relcore.privacy.consent import Consent, ConsentState
from relcore.privacy.contact_policy import Cap, ContactPolicy, Released
from relcore.privacy.suppression import RegisterCopy, Suppression, SuppressionKind


class Permission(StrEnum):
    """What is answered."""

    ALLOW = "allow"
    DENY = "deny"
    DEFER = "defer"
    """Not now: from ``Verdict.until`` on, if nothing changes."""


class Reason(StrEnum):
    """What decided, from the strictest down: to be counted by."""

    LEGAL = "legal"
    OBJECTION = "objection"
    DO_NOT_CONTACT = "do_not_contact"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    NOT_YET_GRANTED = "not_yet_granted"
    LAPSED = "lapsed"
    NOT_ANSWERED = "not_answered"
    NO_CONSENT = "no_consent"
    LIST_OPT_OUT = "list_opt_out"
    UNDELIVERABLE = "undeliverable"
    REGISTER_NOT_CONSULTED = "register_not_consulted"
    ALWAYS_QUIET = "always_quiet"
    """There is no hour that is not quiet somewhere the recipient may be: find out where they are."""
    CAP = "cap"
    QUIET_HOURS = "quiet_hours"
    GRANTED = "granted"
    TRANSACTIONAL = "transactional"


STRICTEST = (SuppressionKind.LEGAL, SuppressionKind.OBJECTION, SuppressionKind.DO_NOT_CONTACT)
"""What is looked at before the consent."""
AFTER_CONSENT = (SuppressionKind.LIST_OPT_OUT, SuppressionKind.UNDELIVERABLE)
EVEN_TRANSACTIONAL = (SuppressionKind.LEGAL, SuppressionKind.UNDELIVERABLE)
"""What stands in the way of any message."""
STANDINGS = (
    Reason.WITHDRAWN,
    Reason.REFUSED,
    Reason.GRANTED,
    Reason.EXPIRED,
    Reason.SUPERSEDED,
    Reason.NOT_YET_GRANTED,
    Reason.LAPSED,
    Reason.NOT_ANSWERED,
)
"""Where a consent may stand, in the order in which it decides: every no before the yes, every yes before a silence."""
SAYS_NO = (ConsentState.WITHDRAWN, ConsentState.REFUSED)


@attrs.frozen
class Verdict:
    """Allow, deny or defer; why; the record that decided; and the next moment at which it would be allowed."""

    answer: Permission = attrs.field(validator=a(Permission))
    reason: Reason = attrs.field(validator=a(Reason))
    decided_by: Consent | Suppression | Cap | ContactPolicy | RegisterCopy | None = attrs.field(
        default=None, repr=False
    )
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)

    @property
    def allowed(self) -> bool:
        """Now."""
        return self.answer is Permission.ALLOW


def may_contact(
    customer: CustomerId,
    *,
    channel: Channel,
    purpose: str,
    controller: str,
    at: datetime,
    consents: Iterable[Consent],
    suppressions: Iterable[Suppression] = (),
    released: Iterable[Released] = (),
    contact_point: ContactPointId | None = None,
    message_class: MessageClass = MessageClass.MARKETING,
    policy: ContactPolicy = ContactPolicy(),
    zones: tuple[str, ...] = (),
    register: RegisterCopy | None = None,
) -> Verdict:
    """The verdict for one customer. Records of other customers, channels, purposes and controllers are not looked at.

    ``contact_point`` is the address that is meant. Without it a no to any address of the channel counts, and only a yes
    to the channel as a whole. ``zones`` are where the recipient may be; nothing known, the policy's own.
    """
    now = aware("at", at)

    def concerns(record: Consent | Suppression) -> bool:
        return (
            record.customer == customer
            and record.channel in (None, channel)
            and record.purpose in (None, purpose)
            and record.controller in (None, controller)
        )

    def at_the_address(record: Consent | Suppression) -> bool:
        if record.contact_point in (None, contact_point):
            return True
        return contact_point is None and (isinstance(record, Suppression) or record.state in SAYS_NO)

    blocks = [s for s in suppressions if concerns(s) and at_the_address(s) and s.holds(now)]
    if message_class is MessageClass.TRANSACTIONAL:
        return _blocked(blocks, EVEN_TRANSACTIONAL) or Verdict(Permission.ALLOW, Reason.TRANSACTIONAL)
    if denied := _blocked(blocks, STRICTEST):
        return denied
    told = most_restrictive((c for c in consents if concerns(c) and at_the_address(c)), at=now)
    if told is None:
        return Verdict(Permission.DENY, Reason.NO_CONSENT)
    if (standing := standing_of(told, now)) is not Reason.GRANTED:
        return Verdict(Permission.DENY, standing, told)
    if denied := _blocked(blocks, AFTER_CONSENT):
        return denied
    if channel in policy.registered and not (register and register.is_fresh(now, policy.register_within)):
        return Verdict(Permission.DENY, Reason.REGISTER_NOT_CONSULTED, register)
    return _timed(policy, channel, zones, [r for r in released if r.customer == customer], now) or Verdict(
        Permission.ALLOW, Reason.GRANTED, told
    )


def most_restrictive(consents: Iterable[Consent], *, at: datetime) -> Consent | None:
    """Of several consents about one thing the one that decides: any no before a yes that holds, and that before silence.

    Merging two customers needs nothing else: both keep their records (`Consent.carry`), and the stricter one decides.
    Among equals it is the one with the smallest id, so that the order in which they come does not matter.
    """
    now = aware("at", at)
    return min(consents, key=lambda c: (STANDINGS.index(standing_of(c, now)), c.id), default=None)


def standing_of(consent: Consent, at: datetime) -> Reason:
    """Where a consent stands then: what has run out has expired, whether or not somebody wrote it down."""
    if consent.state is ConsentState.REQUESTED:
        return Reason.NOT_ANSWERED
    if consent.state is not ConsentState.GRANTED or consent.holds(at):
        return Reason(consent.state)
    expired = consent.valid_until is not None and consent.valid_until <= at
    return Reason.EXPIRED if expired else Reason.NOT_YET_GRANTED


def _blocked(blocks: Iterable[Suppression], kinds: tuple[SuppressionKind, ...]) -> Verdict | None:
    standing = [block for block in blocks if block.kind in kinds]
    block = min(standing, key=lambda s: (kinds.index(s.kind), s.id), default=None)
    return None if block is None else Verdict(Permission.DENY, Reason(block.kind), block)


def _timed(
    policy: ContactPolicy,
    channel: Channel,
    zones: tuple[str, ...],
    released: Iterable[Released],
    now: datetime,
) -> Verdict | None:
    """Not now, by the policy: when the caps leave room, and then when it is not quiet."""
    free_at, cap = policy.capped_by(channel, released, now)
    open_at = policy.open_at(channel, zones, free_at)
    if open_at is None:
        return Verdict(Permission.DENY, Reason.ALWAYS_QUIET, policy)
    if cap is not None:
        return Verdict(Permission.DEFER, Reason.CAP, cap, open_at)
    return Verdict(Permission.DEFER, Reason.QUIET_HOURS, policy, open_at) if open_at > now else None
