"""A vote, and who may cast it for whom.

A delegation lets somebody stand in for an approver for a time. It uses up the vote of the one who is stood in for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import attrs
from attrs.validators import deep_iterable, optional

from relcore.kernel.actor import Actor
from relcore.kernel.clock import moment
from relcore.kernel.entity import PERSONAL, a, count, hidden, text_or_none
from relcore.kernel.errors import Invalid


class Decision(StrEnum):
    """What somebody votes."""

    YES = "yes"
    NO = "no"


@attrs.frozen
class Vote:
    """One vote. ``instead_of`` is the approver whose vote it is, where somebody stands in."""

    decision: Decision = attrs.field(validator=a(Decision))
    by: Actor = attrs.field(validator=a(Actor))
    at: datetime = attrs.field(converter=moment)
    comment: str | None = attrs.field(default=None, repr=hidden, metadata=PERSONAL, validator=text_or_none)
    level: int = attrs.field(default=0, validator=count)
    """Of the levels of its approval, from 0."""
    instead_of: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))


@attrs.frozen
class Delegation:
    """Somebody stands in for an approver for a time, half-open. It reaches no further: no stand-in of a stand-in."""

    approver: Actor = attrs.field(validator=a(Actor))
    to: Actor = attrs.field(validator=a(Actor))
    since: datetime = attrs.field(converter=moment)
    until: datetime = attrs.field(converter=moment)

    def __attrs_post_init__(self) -> None:
        if self.approver == self.to:
            raise Invalid("Delegation.to", "must be somebody else", str(self.to))
        if self.until <= self.since:
            raise Invalid("Delegation.until", "must be later than since", self.until)

    def holds(self, at: datetime) -> bool:
        """Whether it is in force then."""
        return self.since <= at < self.until


@attrs.frozen
class Delegations:
    """Who stands in for whom. A fact with a default: nobody for anybody."""

    given: tuple[Delegation, ...] = attrs.field(
        default=(), converter=tuple, validator=deep_iterable(a(Delegation))
    )

    def approvers_of(self, stand_in: Actor | None, at: datetime) -> Iterator[Actor]:
        """For whom somebody stands in at that moment."""
        return (d.approver for d in self.given if d.to == stand_in and d.holds(at))
