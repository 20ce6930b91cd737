"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.customer_speaks import hear_customer as hear_customer
    from relcore.workflows.resolve_case import resolve_with_children as resolve_with_children

__all__ = ["audience", "hear_customer", "resolve_with_children"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "audience": "relcore.workflows.build_audience",
        "hear_customer": "relcore.workflows.customer_speaks",
        "resolve_with_children": "relcore.workflows.resolve_case",
    },
)
