"""Which of two values survives a merge, as a policy with a name.

"The newest record wins" is one answer among several, and per record the wrong one: a newer record is not newer in every
field. Here each field is decided for itself, by criteria in an order that can be read, and the merge keeps the name of the
policy that decided. Numbers are never added up: two records of one customer with 100 points each have been told the same
100 points twice, for all we know.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Self, TypeVar

import attrs
from attrs.validators import deep_iterable

from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import a, hidden, text
from relcore.kernel.errors import Invalid

V = TypeVar("V")


class Criterion(StrEnum):
    """What may speak for a value."""

    VERIFIED = "verified"
    """Somebody checked it."""
    SOURCE_RANK = "source_rank"
    """It comes from the better source."""
    MOST_COMPLETE = "most_complete"
    """It says more: more words, then more letters."""
    NEWEST = "newest"
    """It was said last."""


@attrs.frozen
class Claim(Generic[V]):
    """A value, with what speaks for it. ``None`` says nothing and never survives a value that does."""

    value: V | None = attrs.field(repr=hidden)
    said_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    source: str | None = None
    verified: bool = False


@attrs.frozen
class SurvivorshipPolicy:
    """Criteria in the order in which they decide; when none does, the survivor keeps what it has.

    ``sources`` ranks sources, the best first; what is not listed comes last. ``by_field`` gives single fields another
    order: ``{"owner": (Criterion.NEWEST,)}``.
    """

    name: str = attrs.field(validator=text)
    criteria: tuple[Criterion, ...] = attrs.field(validator=deep_iterable(a(Criterion)))
    sources: tuple[str, ...] = ()
    by_field: dict[str, tuple[Criterion, ...]] = attrs.field(
        factory=dict[str, tuple[Criterion, ...]], hash=False
    )

    def __attrs_post_init__(self) -> None:
        orders = (self.criteria, *self.by_field.values())
        if any(Criterion.SOURCE_RANK in order for order in orders) and not self.sources:
            raise Invalid("sources", "must be ranked", self.sources, "name them, the best first")

    @classmethod
    def keep_survivor(cls) -> Self:
        """Only what the survivor lacks is taken over."""
        return cls("keep survivor", ())

    @classmethod
    def newest(cls) -> Self:
        """What was said last."""
        return cls("newest", (Criterion.NEWEST,))

    @classmethod
    def most_complete(cls) -> Self:
        """What says more; the newest word among equals."""
        return cls("most complete", (Criterion.MOST_COMPLETE, Criterion.NEWEST))

    @classmethod
    def verified(cls) -> Self:
        """What somebody checked; the newest word among equals."""
        return cls("verified", (Criterion.VERIFIED, Criterion.NEWEST))

    @classmethod
    def by_source(cls, *sources: str) -> Self:
        """What the best source says, the newest word among equals: ``by_source("crm", "shop", "import")``."""
        return cls("source rank", (Criterion.SOURCE_RANK, Criterion.NEWEST), sources)

    def takes(self, field: str, survivor: Claim[V], loser: Claim[V]) -> bool:
        """Whether the survivor takes over what the loser says in this field."""
        if loser.value is None or loser.value == survivor.value:
            return False
        if survivor.value is None:
            return True
        for criterion in self.by_field.get(field, self.criteria):
            ours, theirs = (self._strength(criterion, claim) for claim in (survivor, loser))
            if ours != theirs:
                return bool(theirs > ours)
        return False

    def _strength(self, criterion: Criterion, claim: Claim[Any]) -> tuple[float, ...]:
        return _STRENGTHS[criterion](self.sources, claim)


def _rank(sources: tuple[str, ...], claim: Claim[Any]) -> tuple[float, ...]:
    return (-sources.index(claim.source) if claim.source in sources else -len(sources),)


def _completeness(sources: tuple[str, ...], claim: Claim[Any]) -> tuple[float, ...]:
    words = str(claim.value).split()
    return len(words), sum(map(len, words))


def _recency(sources: tuple[str, ...], claim: Claim[Any]) -> tuple[float, ...]:
    return () if claim.said_at is None else (claim.said_at.timestamp(),)


_STRENGTHS: dict[Criterion, Callable[[tuple[str, ...], Claim[Any]], tuple[float, ...]]] = {
    Criterion.VERIFIED: lambda _, claim: (float(claim.verified),),
    Criterion.SOURCE_RANK: _rank,
    Criterion.MOST_COMPLETE: _completeness,
    Criterion.NEWEST: _recency,
}
