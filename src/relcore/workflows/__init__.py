"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.hand_over_customer import handover as handover
    from relcore.workflows.hear_customer import customer_spoke as customer_spoke
    from relcore.workflows.resolve_case import resolve_with_children as resolve_with_children

__all__ = [
    "audience",
    "customer_spoke",
    "handover",
    "resolve_with_children",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "audience": "relcore.workflows.build_audience",
        "customer_spoke": "relcore.workflows.hear_customer",
        "handover": "relcore.workflows.hand_over_customer",
        "resolve_with_children": "relcore.workflows.resolve_case",
    },
)
