"""What customers buy."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.sales.opportunity import Opportunity as Opportunity
    from relcore.sales.opportunity import OpportunityFields as OpportunityFields
    from relcore.sales.opportunity import OpportunityState as OpportunityState
    from relcore.sales.opportunity import Override as Override
    from relcore.sales.opportunity import Target as Target
    from relcore.sales.opportunity import opportunity_lifecycle as opportunity_lifecycle
    from relcore.sales.order import Order as Order
    from relcore.sales.order import OrderFields as OrderFields
    from relcore.sales.order import OrderState as OrderState
    from relcore.sales.order import order_lifecycle as order_lifecycle
    from relcore.sales.pipeline import Pipeline as Pipeline
    from relcore.sales.pipeline import PipelineStage as PipelineStage

__all__ = [
    "Opportunity",
    "OpportunityFields",
    "OpportunityState",
    "Order",
    "OrderFields",
    "OrderState",
    "Override",
    "Pipeline",
    "PipelineStage",
    "Target",
    "opportunity_lifecycle",
    "order_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Opportunity": "relcore.sales.opportunity",
        "OpportunityFields": "relcore.sales.opportunity",
        "OpportunityState": "relcore.sales.opportunity",
        "Order": "relcore.sales.order",
        "OrderFields": "relcore.sales.order",
        "OrderState": "relcore.sales.order",
        "Override": "relcore.sales.opportunity",
        "Pipeline": "relcore.sales.pipeline",
        "PipelineStage": "relcore.sales.pipeline",
        "Target": "relcore.sales.opportunity",
        "opportunity_lifecycle": "relcore.sales.opportunity",
        "order_lifecycle": "relcore.sales.order",
    },
)
