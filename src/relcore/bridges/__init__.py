"""From what is kept to what is computed: orders become columns, and facts become histories."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.bridges.contact_verdicts import ConsentColumns as ConsentColumns
    from relcore.bridges.contact_verdicts import ReleaseColumns as ReleaseColumns
    from relcore.bridges.contact_verdicts import SuppressionColumns as SuppressionColumns
    from relcore.bridges.contact_verdicts import VerdictColumns as VerdictColumns
    from relcore.bridges.contact_verdicts import may_contact_each as may_contact_each
    from relcore.bridges.customer_histories import Histories as Histories
    from relcore.bridges.customer_histories import histories as histories
    from relcore.bridges.order_fold import StayColumns as StayColumns
    from relcore.bridges.order_fold import fold_orders as fold_orders
    from relcore.bridges.order_ledger import ledger as ledger

__all__ = [  # given by __getattr__
    "ConsentColumns",
    "Histories",
    "ReleaseColumns",
    "StayColumns",
    "SuppressionColumns",
    "VerdictColumns",
    "fold_orders",
    "histories",
    "ledger",
    "may_contact_each",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "ConsentColumns": "relcore.bridges.contact_verdicts",
        "ReleaseColumns": "relcore.bridges.contact_verdicts",
        "SuppressionColumns": "relcore.bridges.contact_verdicts",
        "VerdictColumns": "relcore.bridges.contact_verdicts",
        "may_contact_each": "relcore.bridges.contact_verdicts",
        "Histories": "relcore.bridges.customer_histories",
        "StayColumns": "relcore.bridges.order_fold",
        "fold_orders": "relcore.bridges.order_fold",
        "histories": "relcore.bridges.customer_histories",
        "ledger": "relcore.bridges.order_ledger",
    },
)
