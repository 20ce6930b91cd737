"""A contact role: who of the customer's people plays which part in the decision to buy.

Many people decide about one sale, and one person may play several parts. The roles are the ones that CRM systems have in
common (SuiteCRM names the same eight).
"""

from __future__ import annotations

from enum import StrEnum

import attrs

from relcore.ids import CustomerId
from relcore.kernel.entity import a


class BuyingRole(StrEnum):
    """A part in the decision."""

    PRIMARY_DECISION_MAKER = "primary_decision_maker"
    BUSINESS_DECISION_MAKER = "business_decision_maker"
    TECHNICAL_DECISION_MAKER = "technical_decision_maker"
    BUSINESS_EVALUATOR = "business_evaluator"
    TECHNICAL_EVALUATOR = "technical_evaluator"
    EXECUTIVE_SPONSOR = "executive_sponsor"
    INFLUENCER = "influencer"
    OTHER = "other"


DECISION_MAKERS = frozenset(
    (
        BuyingRole.PRIMARY_DECISION_MAKER,
        BuyingRole.BUSINESS_DECISION_MAKER,
        BuyingRole.TECHNICAL_DECISION_MAKER,
    )
)
"""Those who can say yes."""


@attrs.frozen
class ContactRole:
    """Somebody, and the part they play."""

    contact: CustomerId = attrs.field(validator=a(CustomerId))
    role: BuyingRole = attrs.field(validator=a(BuyingRole))
