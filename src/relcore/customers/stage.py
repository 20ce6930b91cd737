"""How far a customer has come: the words of the customer lifecycle."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far a customer has come."""

    AWARE = "aware"
    CONSIDERING = "considering"
    NEW = "new"
    RETAINED = "retained"
    LOYAL = "loyal"
    ADVOCATE = "advocate"
    AT_RISK = "at_risk"
    CHURNED = "churned"
    REACTIVATING = "reactivating"
    DECLINED = "declined"
    """Not for us, or we are not for them: a prospect who was turned away."""
    DECEASED = "deceased"
    ERASED = "erased"
