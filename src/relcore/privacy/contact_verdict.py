"""May we contact this customer now, on this channel, for this purpose? One answer, and what decided it.

The most restrictive wins: a suppression (a legal block, an objection, a bounced address) beats every grant, and no grant
is no permission. The same function is asked when an audience is built and again when a message is sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CustomerId
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.entity import a, text
from relcore.privacy.consent import Consent, ConsentState


class SuppressionKind(StrEnum):
    """Why not, from the strictest down."""

    LEGAL = "legal"
    """A law or a register of people not to be called."""
    OBJECTION = "objection"
    """The customer objected to our interest (GDPR article 21)."""
    UNDELIVERABLE = "undeliverable"
    """Nothing arrives there: a property of the address, not of anybody's will."""


@attrs.frozen
class Suppression:
    """A reason not to contact somebody; without a channel it holds for all of them."""

    customer: CustomerId = attrs.field(validator=a(CustomerId))
    kind: SuppressionKind = attrs.field(validator=a(SuppressionKind))
    since: datetime = attrs.field(converter=moment)
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)

    def holds(self, channel: Channel, at: datetime) -> bool:
        """Whether it stands in the way there and then."""
        if self.channel not in (None, channel):
            return False
        return self.since <= at and (self.until is None or at < self.until)


@attrs.frozen
class Verdict:
    """Yes or no, why, and the record that decided."""

    allowed: bool
    reason: str = attrs.field(validator=text)
    """A code, to be counted by: ``granted``, ``no_consent``, ``withdrawn``, ``objection`` ..."""
    decided_by: Consent | Suppression | None = attrs.field(default=None, repr=False)


def may_contact(
    customer: CustomerId,
    *,
    channel: Channel,
    purpose: str,
    controller: str,
    at: datetime,
    consents: Iterable[Consent],
    suppressions: Iterable[Suppression] = (),
) -> Verdict:
    """The verdict for one customer. Records of other customers, channels, purposes and controllers are not looked at."""
    now = aware("at", at)
    blocks = [s for s in suppressions if s.customer == customer and s.holds(channel, now)]
    for kind in SuppressionKind:
        for block in blocks:
            if block.kind is kind:
                return Verdict(allowed=False, reason=str(kind), decided_by=block)
    wanted = (customer, channel, purpose, controller)
    told = [c for c in consents if (c.customer, c.channel, c.purpose, c.controller) == wanted]
    for standing in _STANDINGS:
        for consent in told:
            if _standing(consent, now) == standing:
                return Verdict(allowed=standing == "granted", reason=standing, decided_by=consent)
    return Verdict(allowed=False, reason="no_consent")


_STANDINGS = ("withdrawn", "refused", "granted", "expired", "not_yet_granted", "not_answered")
"""Where a consent may stand, in the order in which it decides."""


def _standing(consent: Consent, at: datetime) -> str:
    if consent.state is ConsentState.REQUESTED:
        return "not_answered"
    if consent.state is not ConsentState.GRANTED or consent.holds(at):
        return str(consent.state)
    return "expired" if consent.valid_until is not None and consent.valid_until <= at else "not_yet_granted"
