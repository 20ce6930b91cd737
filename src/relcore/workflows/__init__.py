"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.ask_privacy import PrivacyDesk as PrivacyDesk
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.hand_over_customer import handover as handover
    from relcore.workflows.hear_customer import customer_spoke as customer_spoke
    from relcore.workflows.merge_customers import Known as Known
    from relcore.workflows.merge_customers import merge as merge
    from relcore.workflows.merge_customers import unmerge as unmerge
    from relcore.workflows.opt_out import opted_out as opted_out
    from relcore.workflows.resolve_case import resolve_with_children as resolve_with_children
    from relcore.workflows.send_messages import planned as planned
    from relcore.workflows.send_messages import sent_off as sent_off

__all__ = [
    "Known",
    "PrivacyDesk",
    "audience",
    "customer_spoke",
    "handover",
    "merge",
    "opted_out",
    "planned",
    "resolve_with_children",
    "sent_off",
    "unmerge",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Known": "relcore.workflows.merge_customers",
        "PrivacyDesk": "relcore.workflows.ask_privacy",
        "audience": "relcore.workflows.build_audience",
        "customer_spoke": "relcore.workflows.hear_customer",
        "handover": "relcore.workflows.hand_over_customer",
        "merge": "relcore.workflows.merge_customers",
        "opted_out": "relcore.workflows.opt_out",
        "planned": "relcore.workflows.send_messages",
        "resolve_with_children": "relcore.workflows.resolve_case",
        "sent_off": "relcore.workflows.send_messages",
        "unmerge": "relcore.workflows.merge_customers",
    },
)
