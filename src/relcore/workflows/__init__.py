"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.convert_lead import CreateNew as CreateNew
    from relcore.workflows.convert_lead import LinkTo as LinkTo
    from relcore.workflows.convert_lead import MergeTo as MergeTo
    from relcore.workflows.convert_lead import NewOpportunity as NewOpportunity
    from relcore.workflows.convert_lead import conversion as conversion
    from relcore.workflows.convert_lead import customer_of as customer_of
    from relcore.workflows.convert_lead import opportunity_of as opportunity_of

__all__ = [
    "CreateNew",
    "LinkTo",
    "MergeTo",
    "NewOpportunity",
    "audience",
    "conversion",
    "customer_of",
    "opportunity_of",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "CreateNew": "relcore.workflows.convert_lead",
        "LinkTo": "relcore.workflows.convert_lead",
        "MergeTo": "relcore.workflows.convert_lead",
        "NewOpportunity": "relcore.workflows.convert_lead",
        "audience": "relcore.workflows.build_audience",
        "conversion": "relcore.workflows.convert_lead",
        "customer_of": "relcore.workflows.convert_lead",
        "opportunity_of": "relcore.workflows.convert_lead",
    },
)
