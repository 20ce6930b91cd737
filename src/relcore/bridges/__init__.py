"""From what is kept to what is computed: orders become columns, facts and logs become histories."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.bridges.business_time import deadline as deadline
    from relcore.bridges.business_time import elapsed as elapsed
    from relcore.bridges.contact_verdicts import ConsentColumns as ConsentColumns
    from relcore.bridges.contact_verdicts import ReleaseColumns as ReleaseColumns
    from relcore.bridges.contact_verdicts import SuppressionColumns as SuppressionColumns
    from relcore.bridges.contact_verdicts import VerdictColumns as VerdictColumns
    from relcore.bridges.contact_verdicts import may_contact_each as may_contact_each
    from relcore.bridges.customer_histories import Histories as Histories
    from relcore.bridges.customer_histories import histories as histories
    from relcore.bridges.entity_histories import spells as spells
    from relcore.bridges.entity_histories import transitions as transitions
    from relcore.bridges.fact_columns import FactColumns as FactColumns
    from relcore.bridges.order_fold import FoldedFacts as FoldedFacts
    from relcore.bridges.order_fold import fold_facts as fold_facts
    from relcore.bridges.order_fold import fold_orders as fold_orders
    from relcore.bridges.order_ledger import ledger as ledger
    from relcore.bridges.service_levels import ClockColumns as ClockColumns
    from relcore.bridges.service_levels import Stories as Stories
    from relcore.bridges.service_levels import clock_targets as clock_targets
    from relcore.bridges.service_levels import service_clocks as service_clocks
    from relcore.bridges.stay_columns import StayColumns as StayColumns

__all__ = [  # given by __getattr__
    "ClockColumns",
    "ConsentColumns",
    "FactColumns",
    "FoldedFacts",
    "Histories",
    "ReleaseColumns",
    "StayColumns",
    "Stories",
    "SuppressionColumns",
    "VerdictColumns",
    "clock_targets",
    "deadline",
    "elapsed",
    "fold_facts",
    "fold_orders",
    "histories",
    "ledger",
    "may_contact_each",
    "service_clocks",
    "spells",
    "transitions",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "ClockColumns": "relcore.bridges.service_levels",
        "ConsentColumns": "relcore.bridges.contact_verdicts",
        "FactColumns": "relcore.bridges.fact_columns",
        "FoldedFacts": "relcore.bridges.order_fold",
        "Histories": "relcore.bridges.customer_histories",
        "ReleaseColumns": "relcore.bridges.contact_verdicts",
        "StayColumns": "relcore.bridges.stay_columns",
        "Stories": "relcore.bridges.service_levels",
        "SuppressionColumns": "relcore.bridges.contact_verdicts",
        "VerdictColumns": "relcore.bridges.contact_verdicts",
        "clock_targets": "relcore.bridges.service_levels",
        "deadline": "relcore.bridges.business_time",
        "elapsed": "relcore.bridges.business_time",
        "fold_facts": "relcore.bridges.order_fold",
        "fold_orders": "relcore.bridges.order_fold",
        "histories": "relcore.bridges.customer_histories",
        "ledger": "relcore.bridges.order_ledger",
        "may_contact_each": "relcore.bridges.contact_verdicts",
        "service_clocks": "relcore.bridges.service_levels",
        "spells": "relcore.bridges.entity_histories",
        "transitions": "relcore.bridges.entity_histories",
    },
)
