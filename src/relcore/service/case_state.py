"""The words in which a case is told: where it stands, what it is about, how urgent it is, and the marks it took.

A *mark* is what makes a service-level clock start, wait or stop. Every case carries its own, in the order of time, so that
what a clock shows can be computed from the case alone, under whatever policy, as of whatever moment.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

import attrs

from relcore.kernel.clock import moment
from relcore.kernel.entity import a
from relcore.kernel.errors import Invalid


class CaseState(StrEnum):
    """Where a case stands."""

    NEW = "new"
    OPEN = "open"
    PENDING_CUSTOMER = "pending_customer"
    PENDING_THIRD_PARTY = "pending_third_party"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    SPAM = "spam"
    MERGED = "merged"


class CaseKind(StrEnum):
    """What it is about. A complaint has clocks of its own in regulated trades."""

    ISSUE = "issue"
    QUESTION = "question"
    COMPLAINT = "complaint"
    REQUEST = "request"
    PRAISE = "praise"


class Priority(StrEnum):
    """How urgent it is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class MarkKind(StrEnum):
    """What happened, as a clock sees it."""

    OPENED = "opened"
    RESPONDED = "responded"
    """One of us spoke, in words that the customer can read. An automatic receipt is no response."""
    HEARD = "heard"
    """The customer spoke."""
    PENDING_CUSTOMER = "pending_customer"
    PENDING_THIRD_PARTY = "pending_third_party"
    ON_HOLD = "on_hold"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    ENDED = "ended"
    """Cancelled, spam or merged: it counts in no rate."""


@attrs.frozen
class Mark:
    """One mark in the story of a case."""

    kind: MarkKind = attrs.field(validator=a(MarkKind))
    at: datetime = attrs.field(converter=moment)


def marks(entity: Any, field: attrs.Attribute[tuple[Mark, ...]], value: tuple[Mark, ...]) -> None:
    """``validator=marks``: a story, in the order of time."""
    if type(value) is not tuple or [mark for mark in value if type(mark) is not Mark]:
        raise Invalid(
            f"{type(entity).__name__}.{field.name}", "must be a tuple of marks", type(value).__name__
        )
    in_order(value)


def in_order(story: tuple[Mark, ...]) -> None:
    """``Invalid`` if a mark is told after one that happened later."""
    for before, after in pairwise(story):
        if after.at < before.at:
            raise Invalid("history", "must be in the order of time", after)
