"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.ask_privacy import PrivacyDesk as PrivacyDesk
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.convert_lead import CreateNew as CreateNew
    from relcore.workflows.convert_lead import LinkTo as LinkTo
    from relcore.workflows.convert_lead import MergeTo as MergeTo
    from relcore.workflows.convert_lead import NewOpportunity as NewOpportunity
    from relcore.workflows.convert_lead import conversion as conversion
    from relcore.workflows.convert_lead import customer_of as customer_of
    from relcore.workflows.convert_lead import opportunity_of as opportunity_of
    from relcore.workflows.hand_over_customer import handover as handover
    from relcore.workflows.hear_customer import customer_spoke as customer_spoke
    from relcore.workflows.merge_customers import Known as Known
    from relcore.workflows.merge_customers import merge as merge
    from relcore.workflows.merge_customers import unmerge as unmerge
    from relcore.workflows.opt_out import opted_out as opted_out
    from relcore.workflows.read_deliverability import undeliverable as undeliverable
    from relcore.workflows.resolve_case import resolve_with_children as resolve_with_children
    from relcore.workflows.send_messages import planned as planned
    from relcore.workflows.send_messages import sent_off as sent_off

__all__ = [
    "CreateNew",
    "Known",
    "LinkTo",
    "MergeTo",
    "NewOpportunity",
    "PrivacyDesk",
    "audience",
    "conversion",
    "customer_of",
    "customer_spoke",
    "handover",
    "merge",
    "opportunity_of",
    "opted_out",
    "planned",
    "resolve_with_children",
    "sent_off",
    "undeliverable",
    "unmerge",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "CreateNew": "relcore.workflows.convert_lead",
        "Known": "relcore.workflows.merge_customers",
        "LinkTo": "relcore.workflows.convert_lead",
        "MergeTo": "relcore.workflows.convert_lead",
        "NewOpportunity": "relcore.workflows.convert_lead",
        "PrivacyDesk": "relcore.workflows.ask_privacy",
        "audience": "relcore.workflows.build_audience",
        "conversion": "relcore.workflows.convert_lead",
        "customer_of": "relcore.workflows.convert_lead",
        "customer_spoke": "relcore.workflows.hear_customer",
        "handover": "relcore.workflows.hand_over_customer",
        "merge": "relcore.workflows.merge_customers",
        "opportunity_of": "relcore.workflows.convert_lead",
        "opted_out": "relcore.workflows.opt_out",
        "planned": "relcore.workflows.send_messages",
        "resolve_with_children": "relcore.workflows.resolve_case",
        "sent_off": "relcore.workflows.send_messages",
        "undeliverable": "relcore.workflows.read_deliverability",
        "unmerge": "relcore.workflows.merge_customers",
    },
)
