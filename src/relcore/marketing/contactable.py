"""What privacy said about contacting somebody, as marketing is told it: a fact, handed in by whoever asked."""

from __future__ import annotations

from datetime import datetime

import attrs

from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.entity import text
from relcore.kernel.errors import Invalid


@attrs.frozen
class Contactable:
    """Whether somebody may be contacted, asked at ``at``; if not now but later, ``until`` says from when on."""

    allowed: bool
    reason: str = attrs.field(validator=text)
    at: datetime = attrs.field(converter=moment)
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)

    def __attrs_post_init__(self) -> None:
        if self.until is not None and (self.allowed or self.until <= self.at):
            raise Invalid("until", "must lie ahead, and only where it is not allowed now", self.until)

    @property
    def ever(self) -> bool:
        """Now or later: who must merely wait is not left out."""
        return self.allowed or self.until is not None
