"""How often, how long, how much: models of customers who never say goodbye."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
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
    from relcore.analytics.lifetime_value.value import customer_value as customer_value
    from relcore.analytics.lifetime_value.with_covariates import WithCovariates as WithCovariates

__all__ = [
    "AliveHistory",
    "BetaDiscreteWeibull",
    "BetaGeoBetaBernoulli",
    "BetaGeoCNBD",
    "BetaGeoNBD",
    "FrequencyHistogram",
    "Futures",
    "GammaGamma",
    "GammaGompertzNBD",
    "Given",
    "HistoryGrid",
    "HoldoutMeans",
    "InContext",
    "JointlyResampled",
    "LikelihoodRatio",
    "ModifiedBetaGeoCNBD",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "ParetoNBDInContext",
    "PlainNBD",
    "RollingValidation",
    "ShiftedBetaGeo",
    "SpendIndependence",
    "Tracking",
    "WithCovariates",
    "customer_value",
    "joint_bootstrap",
    "rolling_origins",
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
        "FrequencyHistogram": "relcore.analytics.lifetime_value.frequency_histogram",
        "Futures": "relcore.analytics.lifetime_value.futures",
        "GammaGamma": "relcore.analytics.lifetime_value.gamma_gamma",
        "GammaGompertzNBD": "relcore.analytics.lifetime_value.ggom_nbd",
        "Given": "relcore.analytics.lifetime_value.given",
        "HistoryGrid": "relcore.analytics.lifetime_value.history_grid",
        "HoldoutMeans": "relcore.analytics.lifetime_value.holdout_means",
        "InContext": "relcore.analytics.lifetime_value.in_context",
        "JointlyResampled": "relcore.analytics.lifetime_value.jointly_resampled",
        "LikelihoodRatio": "relcore.analytics.lifetime_value.effects",
        "ModifiedBetaGeoCNBD": "relcore.analytics.lifetime_value.mbg_cnbd",
        "ModifiedBetaGeoNBD": "relcore.analytics.lifetime_value.mbg_nbd",
        "ParetoNBD": "relcore.analytics.lifetime_value.pareto_nbd",
        "ParetoNBDInContext": "relcore.analytics.lifetime_value.pareto_nbd_in_context",
        "PlainNBD": "relcore.analytics.lifetime_value.nbd",
        "RollingValidation": "relcore.analytics.lifetime_value.rolling",
        "ShiftedBetaGeo": "relcore.analytics.lifetime_value.sbg",
        "SpendIndependence": "relcore.analytics.lifetime_value.spend_independence",
        "Tracking": "relcore.analytics.lifetime_value.tracking",
        "WithCovariates": "relcore.analytics.lifetime_value.with_covariates",
        "customer_value": "relcore.analytics.lifetime_value.value",
        "joint_bootstrap": "relcore.analytics.lifetime_value.jointly_resampled",
        "rolling_origins": "relcore.analytics.lifetime_value.rolling",
        "value_futures": "relcore.analytics.lifetime_value.futures",
    },
)
