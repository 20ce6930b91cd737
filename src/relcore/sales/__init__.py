"""What customers buy."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.sales.order import Order as Order
    from relcore.sales.order import OrderFields as OrderFields
    from relcore.sales.order import OrderState as OrderState
    from relcore.sales.order import order_lifecycle as order_lifecycle

__all__ = ["Order", "OrderFields", "OrderState", "order_lifecycle"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Order": "relcore.sales.order",
        "OrderFields": "relcore.sales.order",
        "OrderState": "relcore.sales.order",
        "order_lifecycle": "relcore.sales.order",
    },
)
