"""An amount told apart among parties: the members of a household, the companies of a group.

The parts sum to the whole, to the cent: the largest remainder gets the next minor unit (the method of A. Hamilton, 1792,
for seats in the House of Representatives). Ties go by id, so that the order in which parties are named decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from relcore.ids import CustomerId
from relcore.kernel.money import Money


def apportioned(amount: Money, shares: Mapping[CustomerId, int | Decimal]) -> dict[CustomerId, Money]:
    """Each party's part, by its share. Shares are relative: 1 and 1 are halves, and so are 50 and 50.

    Raises ``Invalid`` when there is nobody, a share is negative or not finite, or all of them are zero.
    """
    parties = sorted(shares)
    return dict(zip(parties, amount.allocate([shares[party] for party in parties]), strict=True))
