"""What an answer of the mail system says about an address, and what it does not.

An enhanced status code (RFC 3463; list kept by IANA) has a class, a subject and a detail: ``5.1.1`` is permanent, about the
address, no such mailbox. Only some of them speak about the *recipient's address*; many mean the sender, the message or the
road between. To mark an address bad because our own server was blocked is to lose a customer who did nothing.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum

import attrs

from relcore.kernel.errors import Invalid


class BounceClass(StrEnum):
    """Whom an answer is about."""

    HARD = "hard"
    """The address does not exist: nothing will ever arrive there."""
    SOFT = "soft"
    """The mailbox cannot take it now: it is full, or slow."""
    POLICY = "policy"
    """The sender or the message is not wanted (reputation, block list, content): the address is as good as before."""
    TRANSPORT = "transport"
    """The road or the conversation failed: nothing is known about the address."""


@attrs.frozen
class Bounce:
    """One answer; without a status none came, as when the connection failed."""

    status: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.status is not None and not _STATUS.fullmatch(self.status):
            raise Invalid("status", "must be an enhanced status code such as 5.1.1 (RFC 3463)", self.status)

    @property
    def about(self) -> BounceClass:
        """Whom it is about.

        5.1.7 and 5.1.8 are about *our* address, and 5.1.9 about a relay, though their subject is "address".

        >>> Bounce("5.1.1").about, Bounce("5.7.1").about, Bounce(None).about
        (<BounceClass.HARD: 'hard'>, <BounceClass.POLICY: 'policy'>, <BounceClass.TRANSPORT: 'transport'>)
        """
        if self.status is None:
            return BounceClass.TRANSPORT
        grade, subject, detail = map(int, self.status.split("."))
        if subject == _ADDRESS and detail in _OURS:
            return BounceClass.POLICY
        if subject == _ADDRESS and grade == _PERMANENT:
            return BounceClass.HARD
        return _BY_SUBJECT.get(subject, BounceClass.TRANSPORT)


@attrs.frozen
class DeliverabilityPolicy:
    """How many soft bounces within which time let an address rest, and for how long."""

    soft_bounces: int = 3
    within: timedelta = timedelta(days=7)
    rest: timedelta = timedelta(days=14)

    def __attrs_post_init__(self) -> None:
        if not 1 <= self.soft_bounces <= REMEMBERED:
            raise Invalid("soft_bounces", f"must lie between 1 and {REMEMBERED}", self.soft_bounces)
        if self.within <= timedelta(0) or self.rest <= timedelta(0):
            raise Invalid("within and rest", "must be longer than nothing", (self.within, self.rest))


REMEMBERED = 32
"""So many soft bounces of an address are kept: enough for any policy."""
_STATUS = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)
_PERMANENT, _ADDRESS, _OURS = 5, 1, (7, 8, 9)
_BY_SUBJECT = {
    0: BounceClass.SOFT,  # "other": something about this address, but nobody says what
    1: BounceClass.SOFT,
    2: BounceClass.SOFT,  # mailbox
    3: BounceClass.SOFT,  # the recipient's mail system
    4: BounceClass.TRANSPORT,  # network and routing
    5: BounceClass.TRANSPORT,  # protocol
    6: BounceClass.POLICY,  # content
    7: BounceClass.POLICY,  # security and policy
}
