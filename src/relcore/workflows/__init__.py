"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.ask_privacy import PrivacyDesk as PrivacyDesk
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.merge_customers import Known as Known
    from relcore.workflows.merge_customers import merge as merge
    from relcore.workflows.merge_customers import unmerge as unmerge
    from relcore.workflows.opt_out import opted_out as opted_out
    from relcore.workflows.read_deliverability import undeliverable as undeliverable
    from relcore.workflows.send_messages import planned as planned
    from relcore.workflows.send_messages import sent_off as sent_off

__all__ = [
    "Known",
    "PrivacyDesk",
    "audience",
    "merge",
    "opted_out",
    "planned",
    "sent_off",
    "undeliverable",
    "unmerge",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Known": "relcore.workflows.merge_customers",
        "PrivacyDesk": "relcore.workflows.ask_privacy",
        "audience": "relcore.workflows.build_audience",
        "merge": "relcore.workflows.merge_customers",
        "opted_out": "relcore.workflows.opt_out",
        "planned": "relcore.workflows.send_messages",
        "sent_off": "relcore.workflows.send_messages",
        "undeliverable": "relcore.workflows.read_deliverability",
        "unmerge": "relcore.workflows.merge_customers",
    },
)
