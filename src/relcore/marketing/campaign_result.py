"""What a campaign came to: counted when no order can be credited to it any more, and frozen then."""

from __future__ import annotations

import attrs

from relcore.kernel.entity import a, count
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money


@attrs.frozen
class CampaignResult:
    """Customers counted once: those it reached out to and those it held out, and how many of each did what it is for."""

    enrolled: int = attrs.field(validator=count)
    converted: int = attrs.field(validator=count)
    held_out: int = attrs.field(validator=count)
    held_out_converted: int = attrs.field(validator=count)
    cost: Money = attrs.field(validator=a(Money))

    def __attrs_post_init__(self) -> None:
        if self.converted > self.enrolled:
            raise Invalid("converted", "must not be more than were enrolled", self.converted)
        if self.held_out_converted > self.held_out:
            raise Invalid(
                "held_out_converted", "must not be more than were held out", self.held_out_converted
            )

    @property
    def lift(self) -> float | None:
        """How much more often those did it who were contacted: a difference of shares. None where nobody was held out,
        for then it cannot be known.
        """
        if not self.enrolled or not self.held_out:
            return None
        return self.converted / self.enrolled - self.held_out_converted / self.held_out
