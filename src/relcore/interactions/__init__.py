"""What passed between a customer and us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.interactions.interaction import Direction as Direction
    from relcore.interactions.interaction import Interaction as Interaction
    from relcore.interactions.interaction import InteractionFields as InteractionFields
    from relcore.interactions.interaction import InteractionState as InteractionState
    from relcore.interactions.interaction import Participant as Participant
    from relcore.interactions.interaction import Role as Role
    from relcore.interactions.interaction import interaction_lifecycle as interaction_lifecycle

__all__ = [
    "Direction",
    "Interaction",
    "InteractionFields",
    "InteractionState",
    "Participant",
    "Role",
    "interaction_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Direction": "relcore.interactions.interaction",
        "Interaction": "relcore.interactions.interaction",
        "InteractionFields": "relcore.interactions.interaction",
        "InteractionState": "relcore.interactions.interaction",
        "Participant": "relcore.interactions.interaction",
        "Role": "relcore.interactions.interaction",
        "interaction_lifecycle": "relcore.interactions.interaction",
    },
)
