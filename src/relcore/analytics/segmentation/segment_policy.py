"""Names for combinations of scores: rules over recency, frequency and monetary scores, of which exactly one holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Self, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.kernel.errors import Illformed, Invalid

Scores: TypeAlias = tuple[int, int]
"""The lowest and the highest score for which a rule holds, both included."""


def _scores(value: Scores) -> Scores:
    low, high = value
    return int(low), int(high)


@attrs.frozen
class Segment:
    """One rule: ``Segment("champions", recency=(5, 5), frequency=(4, 5))``. A name may have several."""

    name: str
    recency: Scores = attrs.field(kw_only=True, converter=_scores)
    frequency: Scores = attrs.field(kw_only=True, converter=_scores)
    monetary: Scores | None = attrs.field(kw_only=True, default=None)
    """None: whatever is spent."""

    def holds(self, recency: int, frequency: int, monetary: int) -> bool:
        """Whether these scores are in."""
        of_money = self.monetary is None or self.monetary[0] <= monetary <= self.monetary[1]
        return (
            self.recency[0] <= recency <= self.recency[1]
            and self.frequency[0] <= frequency <= self.frequency[1]
            and of_money
        )


def _rules(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(segments)


@attrs.frozen
class SegmentPolicy:
    """Which scores are called what. ``version`` names it wherever its answers are shown.

    Checked when made: every combination of scores has one name. Raises `Illformed` with the combinations that have
    none, and those that have two, all at once.

    >>> SegmentPolicy.standard().name_of(5, 1)
    'new'
    """

    segments: tuple[Segment, ...] = attrs.field(converter=_rules)
    bins: int = 5
    version: str = "1"

    def __attrs_post_init__(self) -> None:
        if not 2 <= self.bins <= 100:
            raise Invalid("bins", "must be 2 to 100", self.bins)
        if faults := list(self._faults()):
            shown = faults if len(faults) <= 10 else [*faults[:10], f"and {len(faults) - 10} more"]
            raise Illformed("segment policy", shown)

    def _faults(self) -> Iterator[str]:
        for scores in self._combinations():
            held = [segment.name for segment in self.segments if segment.holds(*scores)]
            said = f"recency {scores[0]}, frequency {scores[1]}" + (
                f", monetary {scores[2]}" if self.uses_money else ""
            )
            if not held:
                yield f"{said} has no name"
            if len(held) > 1:
                yield f"{said} is {' and '.join(held)}"

    def _combinations(self) -> Iterator[tuple[int, int, int]]:
        each = range(1, self.bins + 1)
        return product(each, each, each if self.uses_money else (1,))

    @property
    def uses_money(self) -> bool:
        """Whether any rule asks what was spent."""
        return any(segment.monetary is not None for segment in self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        """The segments in the order of the rules."""
        return tuple(dict.fromkeys(segment.name for segment in self.segments))

    def name_of(self, recency: int, frequency: int, monetary: int = 1) -> str:
        """What a combination of scores is called."""
        for field, score in {"recency": recency, "frequency": frequency, "monetary": monetary}.items():
            if not 1 <= score <= self.bins:
                raise Invalid(field, f"must be a score from 1 to {self.bins}", score)
        return next(s.name for s in self.segments if s.holds(recency, frequency, monetary))

    def table(self) -> NDArray[np.int64]:
        """(bins, bins, bins) positions in ``names`` by recency, frequency and monetary score, each counted from 1."""
        names, each = self.names, range(1, self.bins + 1)
        flat = [names.index(self.name_of(*scores)) for scores in product(each, each, each)]
        return np.array(flat, dtype=np.int64).reshape(self.bins, self.bins, self.bins)

    @classmethod
    def standard(cls) -> Self:
        """Ten segments on recency and frequency in fifths, after the grid that is common in the trade.

        They are a reading of two numbers as of one day, not the stages of the customer lifecycle: that is folded from
        facts, has a history, and knows what may follow what.
        """
        grid = {
            "champions": ((5, 5), (4, 5)),
            "loyal customers": ((3, 4), (4, 5)),
            "potential loyalists": ((4, 5), (2, 3)),
            "new": ((5, 5), (1, 1)),
            "promising": ((4, 4), (1, 1)),
            "need attention": ((3, 3), (3, 3)),
            "about to sleep": ((3, 3), (1, 2)),
            "cannot lose them": ((1, 2), (5, 5)),
            "slipping away": ((1, 2), (3, 4)),
            "hibernating": ((1, 2), (1, 2)),
        }
        rules = tuple(Segment(name, recency=r, frequency=f) for name, (r, f) in grid.items())
        return cls(rules, bins=5, version="standard-1")
