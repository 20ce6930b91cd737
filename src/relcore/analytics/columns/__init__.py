"""Frozen structs of arrays, checked once at the door, carrying their units."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.columns.covariate_paths import CovariatePaths as CovariatePaths
    from relcore.analytics.columns.covariates import Covariates as Covariates
    from relcore.analytics.columns.holdout import Holdout as Holdout
    from relcore.analytics.columns.ledger import Ledger as Ledger
    from relcore.analytics.columns.occasion_holdout import OccasionHoldout as OccasionHoldout
    from relcore.analytics.columns.occasions import Occasions as Occasions
    from relcore.analytics.columns.panel import Panel as Panel
    from relcore.analytics.columns.policies import Refunds as Refunds
    from relcore.analytics.columns.purchases import Collapsed as Collapsed
    from relcore.analytics.columns.purchases import Purchases as Purchases
    from relcore.analytics.columns.purchases_in_context import PurchasesInContext as PurchasesInContext
    from relcore.analytics.columns.renewals import Renewals as Renewals
    from relcore.analytics.columns.spells import Spells as Spells
    from relcore.analytics.columns.transitions import Transitions as Transitions

__all__ = [
    "Collapsed",
    "CovariatePaths",
    "Covariates",
    "Holdout",
    "Ledger",
    "OccasionHoldout",
    "Occasions",
    "Panel",
    "Purchases",
    "PurchasesInContext",
    "Refunds",
    "Renewals",
    "Spells",
    "Transitions",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Collapsed": "relcore.analytics.columns.purchases",
        "CovariatePaths": "relcore.analytics.columns.covariate_paths",
        "Covariates": "relcore.analytics.columns.covariates",
        "Holdout": "relcore.analytics.columns.holdout",
        "Ledger": "relcore.analytics.columns.ledger",
        "OccasionHoldout": "relcore.analytics.columns.occasion_holdout",
        "Occasions": "relcore.analytics.columns.occasions",
        "Panel": "relcore.analytics.columns.panel",
        "Purchases": "relcore.analytics.columns.purchases",
        "PurchasesInContext": "relcore.analytics.columns.purchases_in_context",
        "Refunds": "relcore.analytics.columns.policies",
        "Renewals": "relcore.analytics.columns.renewals",
        "Spells": "relcore.analytics.columns.spells",
        "Transitions": "relcore.analytics.columns.transitions",
    },
)
