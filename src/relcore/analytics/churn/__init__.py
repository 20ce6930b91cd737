"""How long they stay: curves of survival, from spells that may have ended or not."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.churn.kaplan_meier import KaplanMeier as KaplanMeier
    from relcore.analytics.churn.second_order import until_second_order as until_second_order

__all__ = [
    "KaplanMeier",
    "until_second_order",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "KaplanMeier": "relcore.analytics.churn.kaplan_meier",
        "until_second_order": "relcore.analytics.churn.second_order",
    },
)
