"""Are two records one customer? Three answers, and what each rests on.

Pairs that share a key are compared field by field, and the weights of the fields add up (``relcore.customers.comparison``).
Above one threshold the two are linked, below another they are distinct, and between them a person has to look: with two
thresholds the rule makes the fewest such pairs for the errors it is allowed (Fellegi and Sunter 1969, theorem 1).

The answer names fields and weights, never what stands in them, and nothing outside of the records that were handed in:
hand in those that the asker may see. Nothing is merged here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from math import log2
from typing import Self

import attrs

from relcore.customers.blocking import (
    Key,
    by_email,
    by_name,
    by_phone,
    by_word_and_birth,
    candidates,
)
from relcore.customers.comparison import (
    Comparison,
    Evidence,
    Level,
    alike,
    one_slip,
    same,
    same_local_part,
    total,
)
from relcore.customers.identity_record import IdentityRecord
from relcore.ids import CustomerId
from relcore.kernel.errors import Invalid

_CERTAIN = 1000
"""Bits from which on no float tells a probability from nothing."""


class MatchVerdict(StrEnum):
    """What is to be done with a pair."""

    LINK = "link"
    """They are one: merging them is right but for the few that the threshold allows."""
    POSSIBLE = "possible"
    """Somebody has to look."""
    DISTINCT = "distinct"


@attrs.frozen
class Match:
    """A pair and the verdict on it; ``evidence`` says which field spoke for it and which against."""

    one: CustomerId
    other: CustomerId
    verdict: MatchVerdict
    weight: float
    evidence: tuple[Evidence, ...]

    def probability(self, prior: float) -> float:
        """That the two are one, if a share ``prior`` of all compared pairs is."""
        against = -(self.weight + _log_odds(prior))
        return 1 / (1 + 2**against) if against < _CERTAIN else 0.0

    def explained(self) -> str:
        """The evidence in one line, the heaviest first: ``emails same +13.1, born different -4.3``."""
        told = sorted(self.evidence, key=lambda each: -abs(each.weight))
        return (
            ", ".join(f"{e.field} {e.level} {e.weight:+.1f}" for e in told if e.weight) or "nothing is known"
        )


PERSON_COMPARISONS = (
    Comparison("kind", (Level("same", same, m=0.995, u=0.6),)),
    Comparison("name", (Level("same", same, m=0.75, u=0.0005), Level("alike", alike(0.92), m=0.18, u=0.005))),
    Comparison(
        "emails",
        (Level("same", same, m=0.6, u=0.00001), Level("same name", same_local_part, m=0.1, u=0.0005)),
    ),
    Comparison("phones", (Level("same", same, m=0.5, u=0.00005),)),
    Comparison(
        "addresses", (Level("same", same, m=0.5, u=0.0002), Level("alike", alike(0.9), m=0.2, u=0.01))
    ),
    Comparison("born", (Level("same", same, m=0.93, u=0.00005), Level("one slip", one_slip, m=0.05, u=0.02))),
)
"""Shares to start from. They are the trade's rule of thumb, not yours: count them in pairs that you have judged."""


@attrs.frozen
class IdentityPolicy:
    """Which fields are compared and how, which pairs at all, and the two thresholds, in bits.

    Choose them by ``threshold``: the weight at which a pair is one customer with that probability.
    """

    link_at: float = 21.0
    possible_at: float = 7.0
    comparisons: tuple[Comparison, ...] = attrs.field(default=PERSON_COMPARISONS, repr=False)
    keys: tuple[Key, ...] = attrs.field(default=(by_email, by_phone, by_name, by_word_and_birth), repr=False)
    largest_block: int = 200

    def __attrs_post_init__(self) -> None:
        if not self.possible_at <= self.link_at:
            raise Invalid("possible_at", "must not be above link_at", self.possible_at)

    @classmethod
    def of_probabilities(cls, *, link: float, possible: float, prior: float) -> Self:
        """Thresholds by what is to be risked: linked from this probability on, looked at from that."""
        return cls(threshold(link, prior=prior), threshold(possible, prior=prior))

    def judge(self, one: IdentityRecord, other: IdentityRecord) -> Match:
        """The verdict on one pair. ``Invalid`` for a record and itself, and across controllers."""
        if one.controller != other.controller:
            raise Invalid("controller", "must be the same for records that are compared", other.controller)
        if one.id == other.id:
            raise Invalid("other", "must be another record", other.id)
        evidence = tuple(comparison.evidence(one, other) for comparison in self.comparisons)
        weight = total(evidence)
        return Match(one.id, other.id, self._verdict(weight), weight, evidence)

    def _verdict(self, weight: float) -> MatchVerdict:
        if weight >= self.link_at:
            return MatchVerdict.LINK
        return MatchVerdict.POSSIBLE if weight >= self.possible_at else MatchVerdict.DISTINCT


def threshold(probability: float, *, prior: float) -> float:
    """The weight from which a pair is one customer with this probability, if a share ``prior`` of compared pairs is.

    >>> round(threshold(0.99, prior=0.001), 2)
    16.59
    """
    return _log_odds(probability) - _log_odds(prior)


def _log_odds(probability: float) -> float:
    if not 0 < probability < 1:
        raise Invalid("probability", "must lie between 0 and 1, and be neither", probability)
    return log2(probability / (1 - probability))


def duplicates(
    records: Iterable[IdentityRecord], policy: IdentityPolicy = IdentityPolicy()
) -> tuple[Match, ...]:
    """The pairs that are linked or possible, the likeliest first. Each pair once, within its controller."""
    pairs = candidates(records, policy.keys, largest=policy.largest_block)
    judged = (policy.judge(one, other) for one, other in pairs)
    found = [match for match in judged if match.verdict is not MatchVerdict.DISTINCT]
    return tuple(sorted(found, key=lambda match: (-match.weight, match.one, match.other)))


def matches(
    newcomer: IdentityRecord, known: Iterable[IdentityRecord], policy: IdentityPolicy = IdentityPolicy()
) -> tuple[Match, ...]:
    """Whom of those that are known somebody new may be: asked before a record is made. The likeliest first."""
    keys = {(i, part) for i, key in enumerate(policy.keys) for part in key(newcomer)}
    near = (
        record
        for record in known
        if record.controller == newcomer.controller and record.id != newcomer.id
        if any((i, part) in keys for i, key in enumerate(policy.keys) for part in key(record))
    )
    judged = (policy.judge(newcomer, record) for record in near)
    found = [match for match in judged if match.verdict is not MatchVerdict.DISTINCT]
    return tuple(sorted(found, key=lambda match: (-match.weight, match.other)))
