"""Who the customers are, and how far each has come with us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.customers.customer import Customer as Customer
    from relcore.customers.customer import CustomerFields as CustomerFields
    from relcore.customers.customer import CustomerKind as CustomerKind
    from relcore.customers.customer import CustomerState as CustomerState

__all__ = ["Customer", "CustomerFields", "CustomerKind", "CustomerState"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Customer": "relcore.customers.customer",
        "CustomerFields": "relcore.customers.customer",
        "CustomerKind": "relcore.customers.customer",
        "CustomerState": "relcore.customers.customer",
    },
)
