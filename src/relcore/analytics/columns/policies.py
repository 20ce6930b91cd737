"""What a log does not say by itself: which orders are one purchase, and what a negative amount means."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, TypeAlias

Grain: TypeAlias = Literal["day", "week", "month"]
"""Within what the orders of one customer are one purchase; a week begins on Monday."""


class Refunds(StrEnum):
    """What a negative amount in a log of orders means."""

    REFUSE = "refuse"
    """It is a mistake: say where it stands."""
    NET = "net"
    """Money back: it lowers the latest order day of the customer that is not after it; a day that is wholly refunded
    is no purchase. What exceeds that day, or comes before the first order, is left out."""
    DROP = "drop"
    """No order and of no interest: leave the row out."""
