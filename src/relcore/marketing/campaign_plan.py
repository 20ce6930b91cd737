"""What a campaign plans: a goal that it can be held to, and what it says where."""

from __future__ import annotations

from decimal import Decimal

import attrs

from relcore.channel import Channel
from relcore.kernel.entity import a, text
from relcore.kernel.errors import Invalid


@attrs.frozen
class Goal:
    """What is counted, and how much of it there must be: ``Goal("orders", 120)``."""

    kpi: str = attrs.field(validator=text)
    target: Decimal = attrs.field(converter=Decimal)

    def __attrs_post_init__(self) -> None:
        if not self.target.is_finite():
            raise Invalid("target", "must be a number", self.target)


@attrs.frozen
class ChannelMessage:
    """Which of the host's texts goes out on which channel."""

    channel: Channel = attrs.field(validator=a(Channel))
    content: str = attrs.field(validator=text)
