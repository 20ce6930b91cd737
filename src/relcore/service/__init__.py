"""What customers need from us after the sale."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.service.case import Case as Case
    from relcore.service.case import CaseFields as CaseFields
    from relcore.service.case import CaseKind as CaseKind
    from relcore.service.case import CasePolicy as CasePolicy
    from relcore.service.case import CaseState as CaseState
    from relcore.service.case import OpenChildren as OpenChildren
    from relcore.service.case import case_lifecycle as case_lifecycle

__all__ = ["Case", "CaseFields", "CaseKind", "CasePolicy", "CaseState", "OpenChildren", "case_lifecycle"]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Case": "relcore.service.case",
        "CaseFields": "relcore.service.case",
        "CaseKind": "relcore.service.case",
        "CasePolicy": "relcore.service.case",
        "CaseState": "relcore.service.case",
        "OpenChildren": "relcore.service.case",
        "case_lifecycle": "relcore.service.case",
    },
)
