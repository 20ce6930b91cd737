"""An objection: what speaks against buying, who said so, what was answered, and what came of it.

Sales teams learn from what was held against them only if it is kept as more than a note: by what it is about, how heavy it
weighs, and whether the answer convinced. What was said in so many words belongs to the interaction in which it was said.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import attrs
from attrs.validators import optional

from relcore.kernel.actor import Actor
from relcore.kernel.clock import moment, moment_or_none
from relcore.kernel.entity import a, evolve, text, text_or_none


class Severity(StrEnum):
    """How heavy it weighs."""

    MINOR = "minor"
    SERIOUS = "serious"
    BLOCKING = "blocking"
    """Nothing is bought while it stands."""


class ObjectionOutcome(StrEnum):
    """What came of it."""

    OVERCOME = "overcome"
    CONCEDED = "conceded"
    """We gave in: a lower price, another clause."""
    WITHDRAWN = "withdrawn"
    STANDS = "stands"


@attrs.frozen
class Objection:
    """``about`` is a code of the host (price, timing, a missing feature), and so is ``answer``."""

    about: str = attrs.field(validator=text)
    severity: Severity = attrs.field(validator=a(Severity))
    raised_by: Actor = attrs.field(validator=a(Actor))
    raised_at: datetime = attrs.field(converter=moment)
    answer: str | None = attrs.field(default=None, validator=text_or_none)
    answered_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    outcome: ObjectionOutcome | None = attrs.field(default=None, validator=optional(a(ObjectionOutcome)))
    settled_at: datetime | None = attrs.field(default=None, converter=moment_or_none)

    @property
    def is_open(self) -> bool:
        """Nobody knows yet what comes of it."""
        return self.outcome is None


@attrs.frozen
class Concerning:
    """The objection that is meant, by its place from 0: told to the guards."""

    place: int

    def among(self, objections: Sequence[Objection]) -> Objection | None:
        """The objection, if there is one at that place."""
        return objections[self.place] if 0 <= self.place < len(objections) else None


def answered(objection: Objection, answer: str, at: datetime) -> Objection:
    """The objection with what was said to it; a later answer takes the place of an earlier one."""
    return evolve(objection, answer=answer, answered_at=at)


def settled(objection: Objection, outcome: ObjectionOutcome, at: datetime) -> Objection:
    """The objection with what came of it."""
    return evolve(objection, outcome=outcome, settled_at=at)
