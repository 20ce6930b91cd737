"""The circuit breaker of a campaign: how many may call its messages spam before it stops.

The large mailbox providers ask for fewer than 0.1 % and let nothing through that reaches 0.3 % (Gmail's and Yahoo's
requirements of bulk senders, 2024). Between the two a campaign may run on but, once stopped, not start again.
"""

from __future__ import annotations

from decimal import Decimal

import attrs

from relcore.kernel.entity import count
from relcore.kernel.errors import Invalid


@attrs.frozen
class Complaints:
    """How many of those whom its messages reached called them spam, lately: a fact, counted by whoever sends."""

    complained: int = attrs.field(validator=count)
    delivered: int = attrs.field(validator=count)

    def __attrs_post_init__(self) -> None:
        if self.complained > self.delivered:
            raise Invalid("complained", "must not be more than were delivered", self.complained)

    @property
    def rate(self) -> Decimal:
        """Of the delivered; nothing delivered, nobody complained."""
        return Decimal(self.complained) / self.delivered if self.delivered else Decimal(0)


@attrs.frozen
class CampaignPolicy:
    """When complaints stop a campaign, and below what it may go on. A fact with a default."""

    complaints_stop: Decimal = attrs.field(default=Decimal("0.003"), converter=Decimal)
    complaints_target: Decimal = attrs.field(default=Decimal("0.001"), converter=Decimal)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.complaints_target <= self.complaints_stop <= 1:
            raise Invalid(
                "complaints_target", "must lie between 0 and complaints_stop", self.complaints_target
            )
