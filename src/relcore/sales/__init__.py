"""What customers may buy, what they are offered, and what they buy."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.sales.closing import AcceptedQuotes as AcceptedQuotes
    from relcore.sales.closing import ClosedOn as ClosedOn
    from relcore.sales.closing import Invoiced as Invoiced
    from relcore.sales.closing import Permission as Permission
    from relcore.sales.closing import WinPolicy as WinPolicy
    from relcore.sales.contact_role import BuyingRole as BuyingRole
    from relcore.sales.contact_role import ContactRole as ContactRole
    from relcore.sales.credit_split import Share as Share
    from relcore.sales.credit_split import credited as credited
    from relcore.sales.exchange_rate import ExchangeRate as ExchangeRate
    from relcore.sales.lead import Lead as Lead
    from relcore.sales.lead import LeadFields as LeadFields
    from relcore.sales.lead_table import Checklist as Checklist
    from relcore.sales.lead_table import LeadPolicy as LeadPolicy
    from relcore.sales.lead_table import LeadState as LeadState
    from relcore.sales.lead_table import Likeness as Likeness
    from relcore.sales.lead_table import Match as Match
    from relcore.sales.lead_table import MatchedBy as MatchedBy
    from relcore.sales.lead_table import NurtureConsent as NurtureConsent
    from relcore.sales.lead_table import OptedOut as OptedOut
    from relcore.sales.lead_table import Reachable as Reachable
    from relcore.sales.lead_table import Signal as Signal
    from relcore.sales.lead_table import lead_lifecycle as lead_lifecycle
    from relcore.sales.objection import Objection as Objection
    from relcore.sales.objection import ObjectionOutcome as ObjectionOutcome
    from relcore.sales.objection import Severity as Severity
    from relcore.sales.opportunity import Opportunity as Opportunity
    from relcore.sales.opportunity import OpportunityFields as OpportunityFields
    from relcore.sales.opportunity import Override as Override
    from relcore.sales.opportunity_table import opportunity_lifecycle as opportunity_lifecycle
    from relcore.sales.order import Order as Order
    from relcore.sales.order import OrderFields as OrderFields
    from relcore.sales.order import OrderState as OrderState
    from relcore.sales.order import order_lifecycle as order_lifecycle
    from relcore.sales.pipeline import Forecast as Forecast
    from relcore.sales.pipeline import Pipeline as Pipeline
    from relcore.sales.pipeline import PipelineStage as PipelineStage
    from relcore.sales.pipeline_figures import Cohort as Cohort
    from relcore.sales.pipeline_figures import PipelineFigures as PipelineFigures
    from relcore.sales.pipeline_figures import closed_in as closed_in
    from relcore.sales.pipeline_figures import created_in as created_in
    from relcore.sales.pipeline_figures import roll_up as roll_up
    from relcore.sales.pipeline_figures import velocity as velocity
    from relcore.sales.quote import Quote as Quote
    from relcore.sales.quote import QuoteFields as QuoteFields
    from relcore.sales.quote_line import QuoteLine as QuoteLine
    from relcore.sales.quote_table import Acceptance as Acceptance
    from relcore.sales.quote_table import Authority as Authority
    from relcore.sales.quote_table import Checked as Checked
    from relcore.sales.quote_table import QuoteState as QuoteState
    from relcore.sales.quote_table import quote_lifecycle as quote_lifecycle
    from relcore.sales.quoting import accept_quote as accept_quote
    from relcore.sales.quoting import present_revision as present_revision
    from relcore.sales.stage_gate import Met as Met
    from relcore.sales.stage_gate import Target as Target
    from relcore.sales.standing import OpportunityState as OpportunityState
    from relcore.sales.standing import StageChange as StageChange
    from relcore.sales.standing import Standing as Standing
    from relcore.sales.standing import pushes as pushes
    from relcore.sales.standing import stage_changes as stage_changes

__all__ = [
    "Acceptance",
    "AcceptedQuotes",
    "Authority",
    "BuyingRole",
    "Checked",
    "Checklist",
    "ClosedOn",
    "Cohort",
    "ContactRole",
    "ExchangeRate",
    "Forecast",
    "Invoiced",
    "Lead",
    "LeadFields",
    "LeadPolicy",
    "LeadState",
    "Likeness",
    "Match",
    "MatchedBy",
    "Met",
    "NurtureConsent",
    "Objection",
    "ObjectionOutcome",
    "Opportunity",
    "OpportunityFields",
    "OpportunityState",
    "OptedOut",
    "Order",
    "OrderFields",
    "OrderState",
    "Override",
    "Permission",
    "Pipeline",
    "PipelineFigures",
    "PipelineStage",
    "Quote",
    "QuoteFields",
    "QuoteLine",
    "QuoteState",
    "Reachable",
    "Severity",
    "Share",
    "Signal",
    "StageChange",
    "Standing",
    "Target",
    "WinPolicy",
    "accept_quote",
    "closed_in",
    "created_in",
    "credited",
    "lead_lifecycle",
    "opportunity_lifecycle",
    "order_lifecycle",
    "present_revision",
    "pushes",
    "quote_lifecycle",
    "roll_up",
    "stage_changes",
    "velocity",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Acceptance": "relcore.sales.quote_table",
        "AcceptedQuotes": "relcore.sales.closing",
        "Authority": "relcore.sales.quote_table",
        "BuyingRole": "relcore.sales.contact_role",
        "Checked": "relcore.sales.quote_table",
        "Checklist": "relcore.sales.lead_table",
        "ClosedOn": "relcore.sales.closing",
        "Cohort": "relcore.sales.pipeline_figures",
        "ContactRole": "relcore.sales.contact_role",
        "ExchangeRate": "relcore.sales.exchange_rate",
        "Forecast": "relcore.sales.pipeline",
        "Invoiced": "relcore.sales.closing",
        "Lead": "relcore.sales.lead",
        "LeadFields": "relcore.sales.lead",
        "LeadPolicy": "relcore.sales.lead_table",
        "LeadState": "relcore.sales.lead_table",
        "Likeness": "relcore.sales.lead_table",
        "Match": "relcore.sales.lead_table",
        "MatchedBy": "relcore.sales.lead_table",
        "Met": "relcore.sales.stage_gate",
        "NurtureConsent": "relcore.sales.lead_table",
        "Objection": "relcore.sales.objection",
        "ObjectionOutcome": "relcore.sales.objection",
        "Opportunity": "relcore.sales.opportunity",
        "OpportunityFields": "relcore.sales.opportunity",
        "OpportunityState": "relcore.sales.standing",
        "OptedOut": "relcore.sales.lead_table",
        "Order": "relcore.sales.order",
        "OrderFields": "relcore.sales.order",
        "OrderState": "relcore.sales.order",
        "Override": "relcore.sales.opportunity",
        "Permission": "relcore.sales.closing",
        "Pipeline": "relcore.sales.pipeline",
        "PipelineFigures": "relcore.sales.pipeline_figures",
        "PipelineStage": "relcore.sales.pipeline",
        "Quote": "relcore.sales.quote",
        "QuoteFields": "relcore.sales.quote",
        "QuoteLine": "relcore.sales.quote_line",
        "QuoteState": "relcore.sales.quote_table",
        "Reachable": "relcore.sales.lead_table",
        "Severity": "relcore.sales.objection",
        "Share": "relcore.sales.credit_split",
        "Signal": "relcore.sales.lead_table",
        "StageChange": "relcore.sales.standing",
        "Standing": "relcore.sales.standing",
        "Target": "relcore.sales.stage_gate",
        "WinPolicy": "relcore.sales.closing",
        "accept_quote": "relcore.sales.quoting",
        "closed_in": "relcore.sales.pipeline_figures",
        "created_in": "relcore.sales.pipeline_figures",
        "credited": "relcore.sales.credit_split",
        "lead_lifecycle": "relcore.sales.lead_table",
        "opportunity_lifecycle": "relcore.sales.opportunity_table",
        "order_lifecycle": "relcore.sales.order",
        "present_revision": "relcore.sales.quoting",
        "pushes": "relcore.sales.standing",
        "quote_lifecycle": "relcore.sales.quote_table",
        "roll_up": "relcore.sales.pipeline_figures",
        "stage_changes": "relcore.sales.standing",
        "velocity": "relcore.sales.pipeline_figures",
    },
)
