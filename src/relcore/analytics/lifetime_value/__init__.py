"""How often, how long, how much: models of customers who never say goodbye."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.lifetime_value.bg_nbd import BetaGeoNBD as BetaGeoNBD
    from relcore.analytics.lifetime_value.gamma_gamma import GammaGamma as GammaGamma
    from relcore.analytics.lifetime_value.tracking import Tracking as Tracking
    from relcore.analytics.lifetime_value.validation import Validation as Validation
    from relcore.analytics.lifetime_value.value import customer_value as customer_value
    from relcore.analytics.lifetime_value.value import discounted_purchases as discounted_purchases

__all__ = [
    "BetaGeoNBD",
    "GammaGamma",
    "Tracking",
    "Validation",
    "customer_value",
    "discounted_purchases",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "BetaGeoNBD": "relcore.analytics.lifetime_value.bg_nbd",
        "GammaGamma": "relcore.analytics.lifetime_value.gamma_gamma",
        "Tracking": "relcore.analytics.lifetime_value.tracking",
        "Validation": "relcore.analytics.lifetime_value.validation",
        "customer_value": "relcore.analytics.lifetime_value.value",
        "discounted_purchases": "relcore.analytics.lifetime_value.value",
    },
)
