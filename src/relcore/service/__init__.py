"""What customers need from us after the sale."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.service.business_time import Calendar as Calendar
    from relcore.service.business_time import Window as Window
    from relcore.service.case import Case as Case
    from relcore.service.case import CaseFields as CaseFields
    from relcore.service.case import case_lifecycle as case_lifecycle
    from relcore.service.case_policy import Ancestors as Ancestors
    from relcore.service.case_policy import AnswerApproved as AnswerApproved
    from relcore.service.case_policy import CasePolicy as CasePolicy
    from relcore.service.case_policy import OpenChildren as OpenChildren
    from relcore.service.case_state import CaseKind as CaseKind
    from relcore.service.case_state import CaseState as CaseState
    from relcore.service.case_state import Mark as Mark
    from relcore.service.case_state import MarkKind as MarkKind
    from relcore.service.case_state import Priority as Priority
    from relcore.service.service_level import ClockState as ClockState
    from relcore.service.service_level import Goal as Goal
    from relcore.service.service_level import ServiceClock as ServiceClock
    from relcore.service.service_level import ServiceLevel as ServiceLevel
    from relcore.service.service_level import Target as Target

__all__ = [
    "Ancestors",
    "AnswerApproved",
    "Calendar",
    "Case",
    "CaseFields",
    "CaseKind",
    "CasePolicy",
    "CaseState",
    "ClockState",
    "Goal",
    "Mark",
    "MarkKind",
    "OpenChildren",
    "Priority",
    "ServiceClock",
    "ServiceLevel",
    "Target",
    "Window",
    "case_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Ancestors": "relcore.service.case_policy",
        "AnswerApproved": "relcore.service.case_policy",
        "Calendar": "relcore.service.business_time",
        "Case": "relcore.service.case",
        "CaseFields": "relcore.service.case",
        "CaseKind": "relcore.service.case_state",
        "CasePolicy": "relcore.service.case_policy",
        "CaseState": "relcore.service.case_state",
        "ClockState": "relcore.service.service_level",
        "Goal": "relcore.service.service_level",
        "Mark": "relcore.service.case_state",
        "MarkKind": "relcore.service.case_state",
        "OpenChildren": "relcore.service.case_policy",
        "Priority": "relcore.service.case_state",
        "ServiceClock": "relcore.service.service_level",
        "ServiceLevel": "relcore.service.service_level",
        "Target": "relcore.service.service_level",
        "Window": "relcore.service.business_time",
        "case_lifecycle": "relcore.service.case",
    },
)
