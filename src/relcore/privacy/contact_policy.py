"""A contact policy: how often and at what hours we may contact those whom we may contact.

Consent says *whether*, the policy says *when*: a pause is no prohibition, so its answer is a moment to wait for. Caps count
messages that were released, in rolling windows, across all campaigns; what is merely planned or deferred counts nothing.
Only marketing is held to it: a parcel that arrives at night is announced at night.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.ids import CustomerId
from relcore.kernel.clock import moment
from relcore.kernel.entity import a, text
from relcore.kernel.errors import Invalid
from relcore.privacy.quiet_hours import ANYWHERE, Quiet, next_open
from relcore.privacy.suppression import REGISTER_WITHIN


@attrs.frozen
class Released:
    """A marketing message that went out to somebody. A fact."""

    customer: CustomerId = attrs.field(validator=a(CustomerId))
    channel: Channel = attrs.field(validator=a(Channel))
    at: datetime = attrs.field(converter=moment)


@attrs.frozen
class Cap:
    """At most so many within so long; of one channel, or of all together."""

    most: int
    within: timedelta
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))

    def __attrs_post_init__(self) -> None:
        if type(self.most) is not int or self.most < 1:
            raise Invalid("most", "must be a whole number from 1", self.most, "to send nothing, suppress")
        if self.within <= timedelta(0):
            raise Invalid("within", "must be longer than nothing", self.within)

    def free_at(self, released: Sequence[datetime], at: datetime) -> datetime:
        """When one more may go out: now, or when enough of those before are as old as the window is long.

        The window is half-open: what was released exactly ``within`` ago counts no more.
        """
        inside = sorted(moment for moment in released if at - self.within < moment <= at)
        return at if len(inside) < self.most else inside[-self.most] + self.within


@attrs.frozen
class ContactPolicy:
    """Quiet hours, caps and registers: a frozen value, handed in. As it stands it has none of them.

    ``plausible`` are the zones of a recipient of whom none is known: quiet in one of them is quiet. Unless said
    otherwise that is the whole globe, on which it is always night somewhere; name the zones of your customers.
    ``registered`` are channels on which a fresh copy of the public register must have been consulted.
    """

    version: str = attrs.field(default="none", validator=text)
    quiet: tuple[Quiet, ...] = attrs.field(default=(), converter=tuple)
    caps: tuple[Cap, ...] = attrs.field(default=(), converter=tuple)
    plausible: tuple[str, ...] = attrs.field(default=ANYWHERE, converter=tuple)
    registered: tuple[Channel, ...] = attrs.field(default=(), converter=tuple)
    register_within: timedelta = REGISTER_WITHIN

    def windows(self, channel: Channel) -> tuple[Quiet, ...]:
        """The quiet hours of a channel."""
        return tuple(q for q in self.quiet if not q.channels or channel in q.channels)

    def capped_by(
        self, channel: Channel, released: Iterable[Released], at: datetime
    ) -> tuple[datetime, Cap | None]:
        """When one more may go out on this channel, and the cap that says so; of several the one that lasts longest."""
        free_at, by = at, None
        told = list(released)
        for cap in self.caps:
            if cap.channel not in (None, channel):
                continue
            free = cap.free_at([r.at for r in told if cap.channel in (None, r.channel)], at)
            if free > free_at:
                free_at, by = free, cap
        return free_at, by

    def open_at(self, channel: Channel, zones: tuple[str, ...], at: datetime) -> datetime | None:
        """The first moment from ``at`` on outside of the quiet hours, wherever the recipient may be; None for none."""
        windows = self.windows(channel)
        return next_open(windows, zones or self.plausible, at) if windows else at
