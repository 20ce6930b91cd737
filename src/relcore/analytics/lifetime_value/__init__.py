"""How often, how long, how much: models of customers who never say goodbye."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.bg_nbd import BetaGeoNBD as BetaGeoNBD
    from relcore.analytics.lifetime_value.futures import Futures as Futures
    from relcore.analytics.lifetime_value.futures import value_futures as value_futures
    from relcore.analytics.lifetime_value.gamma_gamma import GammaGamma as GammaGamma
    from relcore.analytics.lifetime_value.mbg_nbd import ModifiedBetaGeoNBD as ModifiedBetaGeoNBD
    from relcore.analytics.lifetime_value.nbd import PlainNBD as PlainNBD
    from relcore.analytics.lifetime_value.pareto_nbd import ParetoNBD as ParetoNBD
    from relcore.analytics.lifetime_value.rolling import RollingValidation as RollingValidation
    from relcore.analytics.lifetime_value.rolling import rolling_origins as rolling_origins
    from relcore.analytics.lifetime_value.tracking import Tracking as Tracking
    from relcore.analytics.lifetime_value.value import customer_value as customer_value

__all__ = [
    "BetaGeoNBD",
    "Futures",
    "GammaGamma",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "PlainNBD",
    "RollingValidation",
    "Tracking",
    "customer_value",
    "rolling_origins",
    "value_futures",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "BetaGeoNBD": "relcore.analytics.lifetime_value.bg_nbd",
        "Futures": "relcore.analytics.lifetime_value.futures",
        "GammaGamma": "relcore.analytics.lifetime_value.gamma_gamma",
        "ModifiedBetaGeoNBD": "relcore.analytics.lifetime_value.mbg_nbd",
        "ParetoNBD": "relcore.analytics.lifetime_value.pareto_nbd",
        "PlainNBD": "relcore.analytics.lifetime_value.nbd",
        "RollingValidation": "relcore.analytics.lifetime_value.rolling",
        "Tracking": "relcore.analytics.lifetime_value.tracking",
        "customer_value": "relcore.analytics.lifetime_value.value",
        "rolling_origins": "relcore.analytics.lifetime_value.rolling",
        "value_futures": "relcore.analytics.lifetime_value.futures",
    },
)
