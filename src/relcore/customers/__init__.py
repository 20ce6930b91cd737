"""Who the customers are, and how far each has come with us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.customers.customer import Customer as Customer
    from relcore.customers.customer import CustomerFields as CustomerFields
    from relcore.customers.customer import CustomerKind as CustomerKind
    from relcore.customers.customer import CustomerState as CustomerState
    from relcore.customers.lifecycle import CustomerHistory as CustomerHistory
    from relcore.customers.lifecycle import Interested as Interested
    from relcore.customers.lifecycle import LifecyclePolicy as LifecyclePolicy
    from relcore.customers.lifecycle import Ordered as Ordered
    from relcore.customers.lifecycle import Scored as Scored
    from relcore.customers.lifecycle import Stage as Stage
    from relcore.customers.lifecycle import WonBack as WonBack
    from relcore.customers.lifecycle import customer_lifecycle as customer_lifecycle
    from relcore.customers.lifecycle import fold as fold

__all__ = [
    "Customer",
    "CustomerFields",
    "CustomerHistory",
    "CustomerKind",
    "CustomerState",
    "Interested",
    "LifecyclePolicy",
    "Ordered",
    "Scored",
    "Stage",
    "WonBack",
    "customer_lifecycle",
    "fold",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Customer": "relcore.customers.customer",
        "CustomerFields": "relcore.customers.customer",
        "CustomerKind": "relcore.customers.customer",
        "CustomerState": "relcore.customers.customer",
        "CustomerHistory": "relcore.customers.lifecycle",
        "Interested": "relcore.customers.lifecycle",
        "LifecyclePolicy": "relcore.customers.lifecycle",
        "Ordered": "relcore.customers.lifecycle",
        "Scored": "relcore.customers.lifecycle",
        "Stage": "relcore.customers.lifecycle",
        "WonBack": "relcore.customers.lifecycle",
        "customer_lifecycle": "relcore.customers.lifecycle",
        "fold": "relcore.customers.lifecycle",
    },
)
