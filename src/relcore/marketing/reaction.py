"""A reaction: what came back after a message, and whether a person or a machine made it.

Mail scanners follow every link before the mail is shown and privacy proxies fetch every picture (Apple Mail Privacy
Protection, 2021): an open by a machine is noted, and marked, so that a rate can leave it out. How a machine is told from a
person is for whoever receives the events to know.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import attrs

from relcore.kernel.clock import moment
from relcore.kernel.entity import a


class ReactionKind(StrEnum):
    """What came back."""

    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


@attrs.frozen
class Reaction:
    """Something that came back, and whether a machine made it."""

    kind: ReactionKind = attrs.field(validator=a(ReactionKind))
    at: datetime = attrs.field(converter=moment)
    by_machine: bool = attrs.field(default=False, validator=a(bool))
