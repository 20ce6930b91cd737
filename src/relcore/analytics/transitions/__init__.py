"""Where they go next: chains of states, with the zeros that the lifecycle's table puts there."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.transitions.jump_chain import JumpChain as JumpChain
    from relcore.analytics.transitions.period_matrix import PeriodMatrix as PeriodMatrix
    from relcore.analytics.transitions.state_table import StateTable as StateTable
    from relcore.analytics.transitions.state_table import Unexpected as Unexpected

__all__ = [
    "JumpChain",
    "PeriodMatrix",
    "StateTable",
    "Unexpected",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "JumpChain": "relcore.analytics.transitions.jump_chain",
        "PeriodMatrix": "relcore.analytics.transitions.period_matrix",
        "StateTable": "relcore.analytics.transitions.state_table",
        "Unexpected": "relcore.analytics.transitions.state_table",
    },
)
