"""What passed between a customer and us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.interactions.handover import Colleague as Colleague
    from relcore.interactions.handover import Handover as Handover
    from relcore.interactions.handover import OpenThread as OpenThread
    from relcore.interactions.handover import Outcome as Outcome
    from relcore.interactions.handover import Said as Said
    from relcore.interactions.interaction import Attachment as Attachment
    from relcore.interactions.interaction import Attribution as Attribution
    from relcore.interactions.interaction import Direction as Direction
    from relcore.interactions.interaction import Interaction as Interaction
    from relcore.interactions.interaction import InteractionFields as InteractionFields
    from relcore.interactions.interaction import InteractionState as InteractionState
    from relcore.interactions.interaction import Participant as Participant
    from relcore.interactions.interaction import ReattributeTo as ReattributeTo
    from relcore.interactions.interaction import Role as Role
    from relcore.interactions.interaction import interaction_lifecycle as interaction_lifecycle
    from relcore.interactions.timeline import Entry as Entry
    from relcore.interactions.timeline import Thread as Thread
    from relcore.interactions.timeline import Timeline as Timeline
    from relcore.interactions.timeline import Turn as Turn

__all__ = [
    "Attachment",
    "Attribution",
    "Colleague",
    "Direction",
    "Entry",
    "Handover",
    "Interaction",
    "InteractionFields",
    "InteractionState",
    "OpenThread",
    "Outcome",
    "Participant",
    "ReattributeTo",
    "Role",
    "Said",
    "Thread",
    "Timeline",
    "Turn",
    "interaction_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Attachment": "relcore.interactions.interaction",
        "Attribution": "relcore.interactions.interaction",
        "Colleague": "relcore.interactions.handover",
        "Direction": "relcore.interactions.interaction",
        "Entry": "relcore.interactions.timeline",
        "Handover": "relcore.interactions.handover",
        "Interaction": "relcore.interactions.interaction",
        "InteractionFields": "relcore.interactions.interaction",
        "InteractionState": "relcore.interactions.interaction",
        "OpenThread": "relcore.interactions.handover",
        "Outcome": "relcore.interactions.handover",
        "Participant": "relcore.interactions.interaction",
        "ReattributeTo": "relcore.interactions.interaction",
        "Role": "relcore.interactions.interaction",
        "Said": "relcore.interactions.handover",
        "Thread": "relcore.interactions.timeline",
        "Timeline": "relcore.interactions.timeline",
        "Turn": "relcore.interactions.timeline",
        "interaction_lifecycle": "relcore.interactions.interaction",
    },
)
