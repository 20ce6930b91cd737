"""Columns in, values out: what the numbers say about customers. Knows arrays and models, no entity."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.analytics.columns.ledger import Ledger as Ledger
    from relcore.analytics.columns.policies import Refunds as Refunds
    from relcore.analytics.columns.purchases import Collapsed as Collapsed
    from relcore.analytics.columns.purchases import Purchases as Purchases
    from relcore.analytics.lifetime_value.bg_nbd import BetaGeoNBD as BetaGeoNBD
    from relcore.analytics.lifetime_value.gamma_gamma import GammaGamma as GammaGamma
    from relcore.analytics.lifetime_value.tracking import Tracking as Tracking
    from relcore.analytics.lifetime_value.value import customer_value as customer_value
    from relcore.analytics.lifetime_value.value import discounted_purchases as discounted_purchases
    from relcore.analytics.period import Period as Period
    from relcore.analytics.period import Span as Span
    from relcore.analytics.uncertainty import Evidence as Evidence
    from relcore.analytics.uncertainty import Interval as Interval
    from relcore.analytics.uncertainty import Summary as Summary

__all__ = [
    "BetaGeoNBD",
    "Collapsed",
    "Evidence",
    "GammaGamma",
    "Interval",
    "Ledger",
    "Period",
    "Purchases",
    "Refunds",
    "Span",
    "Summary",
    "Tracking",
    "customer_value",
    "discounted_purchases",
]  # given by __getattr__

__getattr__, __dir__ = lazily(
    __name__,
    {
        "BetaGeoNBD": "relcore.analytics.lifetime_value.bg_nbd",
        "Collapsed": "relcore.analytics.columns.purchases",
        "Evidence": "relcore.analytics.uncertainty",
        "GammaGamma": "relcore.analytics.lifetime_value.gamma_gamma",
        "Interval": "relcore.analytics.uncertainty",
        "Ledger": "relcore.analytics.columns.ledger",
        "Period": "relcore.analytics.period",
        "Purchases": "relcore.analytics.columns.purchases",
        "Refunds": "relcore.analytics.columns.policies",
        "Span": "relcore.analytics.period",
        "Summary": "relcore.analytics.uncertainty",
        "Tracking": "relcore.analytics.lifetime_value.tracking",
        "customer_value": "relcore.analytics.lifetime_value.value",
        "discounted_purchases": "relcore.analytics.lifetime_value.value",
    },
)
