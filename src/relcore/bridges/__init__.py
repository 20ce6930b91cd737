"""From what is kept to what is computed: orders become columns, and facts become histories."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.bridges.customer_histories import Histories as Histories
    from relcore.bridges.customer_histories import histories as histories
    from relcore.bridges.fact_columns import FactColumns as FactColumns
    from relcore.bridges.order_fold import FoldedFacts as FoldedFacts
    from relcore.bridges.order_fold import fold_facts as fold_facts
    from relcore.bridges.order_fold import fold_orders as fold_orders
    from relcore.bridges.order_ledger import ledger as ledger
    from relcore.bridges.stay_columns import StayColumns as StayColumns

__all__ = [  # given by __getattr__
    "FactColumns",
    "FoldedFacts",
    "Histories",
    "StayColumns",
    "fold_facts",
    "fold_orders",
    "histories",
    "ledger",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Histories": "relcore.bridges.customer_histories",
        "FactColumns": "relcore.bridges.fact_columns",
        "FoldedFacts": "relcore.bridges.order_fold",
        "StayColumns": "relcore.bridges.stay_columns",
        "fold_facts": "relcore.bridges.order_fold",
        "fold_orders": "relcore.bridges.order_fold",
        "histories": "relcore.bridges.customer_histories",
        "ledger": "relcore.bridges.order_ledger",
    },
)
