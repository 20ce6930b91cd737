"""Frozen structs of arrays, checked once at the door, carrying their units."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.columns.ledger import Ledger as Ledger
    from relcore.analytics.columns.policies import Refunds as Refunds
    from relcore.analytics.columns.purchases import Collapsed as Collapsed
    from relcore.analytics.columns.purchases import Purchases as Purchases

__all__ = ["Collapsed", "Ledger", "Purchases", "Refunds"]  # given by __getattr__

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Collapsed": "relcore.analytics.columns.purchases",
        "Ledger": "relcore.analytics.columns.ledger",
        "Purchases": "relcore.analytics.columns.purchases",
        "Refunds": "relcore.analytics.columns.policies",
    },
)
