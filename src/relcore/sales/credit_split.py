"""A credit split: how a sale is shared among those who brought it about.

Shares are weights: 60 and 40, or 1 and 1 and 1. What is shared out sums to the whole exactly, for the largest remainder
gets the next cent (``Money.allocate``): three people who share 100.00 have 33.34, 33.33 and 33.33.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.entity import a, count
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money


@attrs.frozen
class Share:
    """Somebody, and their weight."""

    actor: Actor = attrs.field(validator=a(Actor))
    weight: int = attrs.field(validator=count)


def credited(amount: Money, shares: Sequence[Share]) -> tuple[tuple[Actor, Money], ...]:
    """What each gets of the amount, in the order of the shares; the parts sum to the whole.

    >>> ada, bob = Actor("person", "ada"), Actor("person", "bob")
    >>> [str(part) for _, part in credited(Money("0.05", "EUR"), [Share(ada, 60), Share(bob, 40)])]
    ['0.03 EUR', '0.02 EUR']
    """
    check_shares(shares)
    parts = amount.allocate([share.weight for share in shares])
    return tuple((share.actor, part) for share, part in zip(shares, parts, strict=True))


def check_shares(shares: Sequence[Share]) -> None:
    """``Invalid`` unless everybody is named once and somebody has a share."""
    named = [share.actor for share in shares]
    if len(set(named)) < len(named):
        raise Invalid("shares", "must name everybody once", [str(actor) for actor in named])
    if not any(share.weight for share in shares):
        raise Invalid("shares", "must give somebody a share", [share.weight for share in shares])
