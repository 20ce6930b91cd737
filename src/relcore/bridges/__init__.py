"""From what is kept to what is computed: orders become columns, and facts become histories."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.bridges.customer_histories import histories as histories
    from relcore.bridges.order_ledger import ledger as ledger

__all__ = ["histories", "ledger"]

__getattr__, __dir__ = lazily(
    __name__,
    {"histories": "relcore.bridges.customer_histories", "ledger": "relcore.bridges.order_ledger"},
)
