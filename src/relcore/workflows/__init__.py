"""Sentences that cross slices. Each is pure: it takes what was read and returns changes for one commit."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.workflows.build_audience import audience as audience
    from relcore.workflows.merge_customers import Known as Known
    from relcore.workflows.merge_customers import merge as merge
    from relcore.workflows.merge_customers import unmerge as unmerge

__all__ = [
    "Known",
    "audience",
    "merge",
    "unmerge",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Known": "relcore.workflows.merge_customers",
        "audience": "relcore.workflows.build_audience",
        "merge": "relcore.workflows.merge_customers",
        "unmerge": "relcore.workflows.merge_customers",
    },
)
