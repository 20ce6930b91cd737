"""From what is kept to what is computed: orders become columns, and facts become histories."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.bridges.customer_histories import Histories as Histories
    from relcore.bridges.customer_histories import histories as histories
    from relcore.bridges.order_fold import StayColumns as StayColumns
    from relcore.bridges.order_fold import fold_orders as fold_orders
    from relcore.bridges.order_ledger import ledger as ledger

__all__ = ["Histories", "StayColumns", "fold_orders", "histories", "ledger"]  # given by __getattr__

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Histories": "relcore.bridges.customer_histories",
        "StayColumns": "relcore.bridges.order_fold",
        "fold_orders": "relcore.bridges.order_fold",
        "histories": "relcore.bridges.customer_histories",
        "ledger": "relcore.bridges.order_ledger",
    },
)
