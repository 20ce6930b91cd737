"""Columns in, values out: what the numbers say about customers. Knows arrays and models, no entity."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.churn.kaplan_meier import KaplanMeier as KaplanMeier
    from relcore.analytics.churn.second_order import until_second_order as until_second_order
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
    from relcore.analytics.interval import Interval as Interval
    from relcore.analytics.lifetime_value.alive_history import AliveHistory as AliveHistory
    from relcore.analytics.lifetime_value.bdw import BetaDiscreteWeibull as BetaDiscreteWeibull
    from relcore.analytics.lifetime_value.bg_bb import BetaGeoBetaBernoulli as BetaGeoBetaBernoulli
    from relcore.analytics.lifetime_value.bg_cnbd import BetaGeoCNBD as BetaGeoCNBD
    from relcore.analytics.lifetime_value.bg_nbd import BetaGeoNBD as BetaGeoNBD
    from relcore.analytics.lifetime_value.effects import LikelihoodRatio as LikelihoodRatio
    from relcore.analytics.lifetime_value.frequency_histogram import FrequencyHistogram as FrequencyHistogram
    from relcore.analytics.lifetime_value.futures import Futures as Futures
    from relcore.analytics.lifetime_value.futures import value_futures as value_futures
    from relcore.analytics.lifetime_value.gamma_gamma import GammaGamma as GammaGamma
    from relcore.analytics.lifetime_value.ggom_nbd import GammaGompertzNBD as GammaGompertzNBD
    from relcore.analytics.lifetime_value.given import Given as Given
    from relcore.analytics.lifetime_value.history_grid import HistoryGrid as HistoryGrid
    from relcore.analytics.lifetime_value.holdout_means import HoldoutMeans as HoldoutMeans
    from relcore.analytics.lifetime_value.in_context import InContext as InContext
    from relcore.analytics.lifetime_value.jointly_resampled import JointlyResampled as JointlyResampled
    from relcore.analytics.lifetime_value.jointly_resampled import joint_bootstrap as joint_bootstrap
    from relcore.analytics.lifetime_value.mbg_cnbd import ModifiedBetaGeoCNBD as ModifiedBetaGeoCNBD
    from relcore.analytics.lifetime_value.mbg_nbd import ModifiedBetaGeoNBD as ModifiedBetaGeoNBD
    from relcore.analytics.lifetime_value.nbd import PlainNBD as PlainNBD
    from relcore.analytics.lifetime_value.pareto_nbd import ParetoNBD as ParetoNBD
    from relcore.analytics.lifetime_value.pareto_nbd_in_context import (
        ParetoNBDInContext as ParetoNBDInContext,
    )
    from relcore.analytics.lifetime_value.rolling import RollingValidation as RollingValidation
    from relcore.analytics.lifetime_value.rolling import rolling_origins as rolling_origins
    from relcore.analytics.lifetime_value.sbg import ShiftedBetaGeo as ShiftedBetaGeo
    from relcore.analytics.lifetime_value.spend_independence import SpendIndependence as SpendIndependence
    from relcore.analytics.lifetime_value.tracking import Tracking as Tracking
    from relcore.analytics.lifetime_value.validation import Validation as Validation
    from relcore.analytics.lifetime_value.value import customer_value as customer_value
    from relcore.analytics.lifetime_value.with_covariates import WithCovariates as WithCovariates
    from relcore.analytics.period import Period as Period
    from relcore.analytics.period import Span as Span
    from relcore.analytics.prior import Prior as Prior
    from relcore.analytics.segmentation.rfm import RFMCuts as RFMCuts
    from relcore.analytics.segmentation.rfm import RFMScores as RFMScores
    from relcore.analytics.segmentation.rfm import RFMValues as RFMValues
    from relcore.analytics.segmentation.rfm import Segments as Segments
    from relcore.analytics.segmentation.segment_policy import Segment as Segment
    from relcore.analytics.segmentation.segment_policy import SegmentPolicy as SegmentPolicy
    from relcore.analytics.transitions.jump_chain import JumpChain as JumpChain
    from relcore.analytics.transitions.period_matrix import PeriodMatrix as PeriodMatrix
    from relcore.analytics.uncertainty import Evidence as Evidence
    from relcore.analytics.uncertainty import Summary as Summary
    from relcore.analytics.uncertainty import joint_interval as joint_interval

__all__ = [
    "AliveHistory",
    "BetaDiscreteWeibull",
    "BetaGeoBetaBernoulli",
    "BetaGeoCNBD",
    "BetaGeoNBD",
    "Collapsed",
    "CovariatePaths",
    "Covariates",
    "Evidence",
    "FrequencyHistogram",
    "Futures",
    "GammaGamma",
    "GammaGompertzNBD",
    "Given",
    "HistoryGrid",
    "Holdout",
    "HoldoutMeans",
    "InContext",
    "Interval",
    "JointlyResampled",
    "JumpChain",
    "KaplanMeier",
    "Ledger",
    "LikelihoodRatio",
    "ModifiedBetaGeoCNBD",
    "ModifiedBetaGeoNBD",
    "OccasionHoldout",
    "Occasions",
    "Panel",
    "ParetoNBD",
    "ParetoNBDInContext",
    "Period",
    "PeriodMatrix",
    "PlainNBD",
    "Prior",
    "Purchases",
    "PurchasesInContext",
    "RFMCuts",
    "RFMScores",
    "RFMValues",
    "Refunds",
    "Renewals",
    "RollingValidation",
    "Segment",
    "SegmentPolicy",
    "Segments",
    "ShiftedBetaGeo",
    "Span",
    "Spells",
    "SpendIndependence",
    "Summary",
    "Tracking",
    "Transitions",
    "Validation",
    "WithCovariates",
    "customer_value",
    "joint_bootstrap",
    "joint_interval",
    "rolling_origins",
    "until_second_order",
    "value_futures",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "AliveHistory": "relcore.analytics.lifetime_value.alive_history",
        "BetaDiscreteWeibull": "relcore.analytics.lifetime_value.bdw",
        "BetaGeoBetaBernoulli": "relcore.analytics.lifetime_value.bg_bb",
        "BetaGeoCNBD": "relcore.analytics.lifetime_value.bg_cnbd",
        "BetaGeoNBD": "relcore.analytics.lifetime_value.bg_nbd",
        "Collapsed": "relcore.analytics.columns.purchases",
        "CovariatePaths": "relcore.analytics.columns.covariate_paths",
        "Covariates": "relcore.analytics.columns.covariates",
        "Evidence": "relcore.analytics.uncertainty",
        "FrequencyHistogram": "relcore.analytics.lifetime_value.frequency_histogram",
        "Futures": "relcore.analytics.lifetime_value.futures",
        "GammaGamma": "relcore.analytics.lifetime_value.gamma_gamma",
        "GammaGompertzNBD": "relcore.analytics.lifetime_value.ggom_nbd",
        "Given": "relcore.analytics.lifetime_value.given",
        "HistoryGrid": "relcore.analytics.lifetime_value.history_grid",
        "Holdout": "relcore.analytics.columns.holdout",
        "HoldoutMeans": "relcore.analytics.lifetime_value.holdout_means",
        "InContext": "relcore.analytics.lifetime_value.in_context",
        "Interval": "relcore.analytics.interval",
        "JointlyResampled": "relcore.analytics.lifetime_value.jointly_resampled",
        "JumpChain": "relcore.analytics.transitions.jump_chain",
        "KaplanMeier": "relcore.analytics.churn.kaplan_meier",
        "Ledger": "relcore.analytics.columns.ledger",
        "LikelihoodRatio": "relcore.analytics.lifetime_value.effects",
        "ModifiedBetaGeoCNBD": "relcore.analytics.lifetime_value.mbg_cnbd",
        "ModifiedBetaGeoNBD": "relcore.analytics.lifetime_value.mbg_nbd",
        "OccasionHoldout": "relcore.analytics.columns.occasion_holdout",
        "Occasions": "relcore.analytics.columns.occasions",
        "Panel": "relcore.analytics.columns.panel",
        "ParetoNBD": "relcore.analytics.lifetime_value.pareto_nbd",
        "ParetoNBDInContext": "relcore.analytics.lifetime_value.pareto_nbd_in_context",
        "Period": "relcore.analytics.period",
        "PeriodMatrix": "relcore.analytics.transitions.period_matrix",
        "PlainNBD": "relcore.analytics.lifetime_value.nbd",
        "Prior": "relcore.analytics.prior",
        "Purchases": "relcore.analytics.columns.purchases",
        "PurchasesInContext": "relcore.analytics.columns.purchases_in_context",
        "RFMCuts": "relcore.analytics.segmentation.rfm",
        "RFMScores": "relcore.analytics.segmentation.rfm",
        "RFMValues": "relcore.analytics.segmentation.rfm",
        "Refunds": "relcore.analytics.columns.policies",
        "Renewals": "relcore.analytics.columns.renewals",
        "RollingValidation": "relcore.analytics.lifetime_value.rolling",
        "Segment": "relcore.analytics.segmentation.segment_policy",
        "SegmentPolicy": "relcore.analytics.segmentation.segment_policy",
        "Segments": "relcore.analytics.segmentation.rfm",
        "ShiftedBetaGeo": "relcore.analytics.lifetime_value.sbg",
        "Span": "relcore.analytics.period",
        "Spells": "relcore.analytics.columns.spells",
        "SpendIndependence": "relcore.analytics.lifetime_value.spend_independence",
        "Summary": "relcore.analytics.uncertainty",
        "Tracking": "relcore.analytics.lifetime_value.tracking",
        "Transitions": "relcore.analytics.columns.transitions",
        "Validation": "relcore.analytics.lifetime_value.validation",
        "WithCovariates": "relcore.analytics.lifetime_value.with_covariates",
        "customer_value": "relcore.analytics.lifetime_value.value",
        "joint_bootstrap": "relcore.analytics.lifetime_value.jointly_resampled",
        "joint_interval": "relcore.analytics.uncertainty",
        "rolling_origins": "relcore.analytics.lifetime_value.rolling",
        "until_second_order": "relcore.analytics.churn.second_order",
        "value_futures": "relcore.analytics.lifetime_value.futures",
    },
)
