"""Who the customers are, and how far each has come with us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.customers.apportionment import apportioned as apportioned
    from relcore.customers.blocking import Candidates as Candidates
    from relcore.customers.blocking import candidates as candidates
    from relcore.customers.bounce import Bounce as Bounce
    from relcore.customers.bounce import BounceClass as BounceClass
    from relcore.customers.bounce import DeliverabilityPolicy as DeliverabilityPolicy
    from relcore.customers.comparison import Comparison as Comparison
    from relcore.customers.comparison import Evidence as Evidence
    from relcore.customers.comparison import Level as Level
    from relcore.customers.contact_kind import ContactKind as ContactKind
    from relcore.customers.contact_kind import normal_form as normal_form
    from relcore.customers.contact_point import ContactPoint as ContactPoint
    from relcore.customers.contact_point import ContactPointFields as ContactPointFields
    from relcore.customers.contact_point import ContactPointState as ContactPointState
    from relcore.customers.contact_point import Purpose as Purpose
    from relcore.customers.contact_point import Validity as Validity
    from relcore.customers.contact_point import after_bounce as after_bounce
    from relcore.customers.contact_point import contact_point_lifecycle as contact_point_lifecycle
    from relcore.customers.contact_point import prefer_among as prefer_among
    from relcore.customers.customer import Customer as Customer
    from relcore.customers.customer import CustomerFields as CustomerFields
    from relcore.customers.customer import CustomerKind as CustomerKind
    from relcore.customers.customer import CustomerState as CustomerState
    from relcore.customers.customer import SinceMerge as SinceMerge
    from relcore.customers.history import CustomerHistory as CustomerHistory
    from relcore.customers.history import Ignored as Ignored
    from relcore.customers.history import Stay as Stay
    from relcore.customers.history import fold as fold
    from relcore.customers.identity import IdentityPolicy as IdentityPolicy
    from relcore.customers.identity import Match as Match
    from relcore.customers.identity import MatchVerdict as MatchVerdict
    from relcore.customers.identity import duplicates as duplicates
    from relcore.customers.identity import matches as matches
    from relcore.customers.identity import threshold as threshold
    from relcore.customers.identity_record import IdentityRecord as IdentityRecord
    from relcore.customers.lifecycle import customer_lifecycle as customer_lifecycle
    from relcore.customers.lifecycle_facts import ContractCancelled as ContractCancelled
    from relcore.customers.lifecycle_facts import ContractLapsed as ContractLapsed
    from relcore.customers.lifecycle_facts import ContractRenewed as ContractRenewed
    from relcore.customers.lifecycle_facts import ContractStarted as ContractStarted
    from relcore.customers.lifecycle_facts import Declined as Declined
    from relcore.customers.lifecycle_facts import Died as Died
    from relcore.customers.lifecycle_facts import ErasureRequested as ErasureRequested
    from relcore.customers.lifecycle_facts import HealthScored as HealthScored
    from relcore.customers.lifecycle_facts import Interested as Interested
    from relcore.customers.lifecycle_facts import NoticeGiven as NoticeGiven
    from relcore.customers.lifecycle_facts import Ordered as Ordered
    from relcore.customers.lifecycle_facts import OverrideLifted as OverrideLifted
    from relcore.customers.lifecycle_facts import PaymentOverdue as PaymentOverdue
    from relcore.customers.lifecycle_facts import Recommended as Recommended
    from relcore.customers.lifecycle_facts import Recovered as Recovered
    from relcore.customers.lifecycle_facts import ReferralConverted as ReferralConverted
    from relcore.customers.lifecycle_facts import Scored as Scored
    from relcore.customers.lifecycle_facts import StageOverridden as StageOverridden
    from relcore.customers.lifecycle_facts import UsageDropped as UsageDropped
    from relcore.customers.lifecycle_facts import WalletShared as WalletShared
    from relcore.customers.lifecycle_facts import WonBack as WonBack
    from relcore.customers.lifecycle_policy import LifecyclePolicy as LifecyclePolicy
    from relcore.customers.merge import Merge as Merge
    from relcore.customers.merge import MergeFields as MergeFields
    from relcore.customers.merge import MergeState as MergeState
    from relcore.customers.merge import merge_lifecycle as merge_lifecycle
    from relcore.customers.redirect import Redirects as Redirects
    from relcore.customers.relationship import Relationship as Relationship
    from relcore.customers.relationship import RelationshipFields as RelationshipFields
    from relcore.customers.relationship import RelationshipState as RelationshipState
    from relcore.customers.relationship import RelationshipType as RelationshipType
    from relcore.customers.relationship import relationship_lifecycle as relationship_lifecycle
    from relcore.customers.relationship_graph import RelationshipGraph as RelationshipGraph
    from relcore.customers.role import PartyRole as PartyRole
    from relcore.customers.role import RoleHeld as RoleHeld
    from relcore.customers.stage import Stage as Stage
    from relcore.customers.survivorship import Claim as Claim
    from relcore.customers.survivorship import Criterion as Criterion
    from relcore.customers.survivorship import SurvivorshipPolicy as SurvivorshipPolicy

__all__ = [
    "Bounce",
    "BounceClass",
    "Candidates",
    "Claim",
    "Comparison",
    "ContactKind",
    "ContactPoint",
    "ContactPointFields",
    "ContactPointState",
    "ContractCancelled",
    "ContractLapsed",
    "ContractRenewed",
    "ContractStarted",
    "Criterion",
    "Customer",
    "CustomerFields",
    "CustomerHistory",
    "CustomerKind",
    "CustomerState",
    "Declined",
    "DeliverabilityPolicy",
    "Died",
    "ErasureRequested",
    "Evidence",
    "HealthScored",
    "IdentityPolicy",
    "IdentityRecord",
    "Ignored",
    "Interested",
    "Level",
    "LifecyclePolicy",
    "Match",
    "MatchVerdict",
    "Merge",
    "MergeFields",
    "MergeState",
    "NoticeGiven",
    "Ordered",
    "OverrideLifted",
    "PartyRole",
    "PaymentOverdue",
    "Purpose",
    "Recommended",
    "Recovered",
    "Redirects",
    "ReferralConverted",
    "Relationship",
    "RelationshipFields",
    "RelationshipGraph",
    "RelationshipState",
    "RelationshipType",
    "RoleHeld",
    "Scored",
    "SinceMerge",
    "Stage",
    "StageOverridden",
    "Stay",
    "SurvivorshipPolicy",
    "UsageDropped",
    "Validity",
    "WalletShared",
    "WonBack",
    "after_bounce",
    "apportioned",
    "candidates",
    "contact_point_lifecycle",
    "customer_lifecycle",
    "duplicates",
    "fold",
    "matches",
    "merge_lifecycle",
    "normal_form",
    "prefer_among",
    "relationship_lifecycle",
    "threshold",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Bounce": "relcore.customers.bounce",
        "BounceClass": "relcore.customers.bounce",
        "Candidates": "relcore.customers.blocking",
        "Claim": "relcore.customers.survivorship",
        "Comparison": "relcore.customers.comparison",
        "ContactKind": "relcore.customers.contact_kind",
        "ContactPoint": "relcore.customers.contact_point",
        "ContactPointFields": "relcore.customers.contact_point",
        "ContactPointState": "relcore.customers.contact_point",
        "ContractCancelled": "relcore.customers.lifecycle_facts",
        "ContractLapsed": "relcore.customers.lifecycle_facts",
        "ContractRenewed": "relcore.customers.lifecycle_facts",
        "ContractStarted": "relcore.customers.lifecycle_facts",
        "Criterion": "relcore.customers.survivorship",
        "Customer": "relcore.customers.customer",
        "CustomerFields": "relcore.customers.customer",
        "CustomerHistory": "relcore.customers.history",
        "CustomerKind": "relcore.customers.customer",
        "CustomerState": "relcore.customers.customer",
        "Declined": "relcore.customers.lifecycle_facts",
        "DeliverabilityPolicy": "relcore.customers.bounce",
        "Died": "relcore.customers.lifecycle_facts",
        "ErasureRequested": "relcore.customers.lifecycle_facts",
        "Evidence": "relcore.customers.comparison",
        "HealthScored": "relcore.customers.lifecycle_facts",
        "IdentityPolicy": "relcore.customers.identity",
        "IdentityRecord": "relcore.customers.identity_record",
        "Ignored": "relcore.customers.history",
        "Interested": "relcore.customers.lifecycle_facts",
        "Level": "relcore.customers.comparison",
        "LifecyclePolicy": "relcore.customers.lifecycle_policy",
        "Match": "relcore.customers.identity",
        "MatchVerdict": "relcore.customers.identity",
        "Merge": "relcore.customers.merge",
        "MergeFields": "relcore.customers.merge",
        "MergeState": "relcore.customers.merge",
        "NoticeGiven": "relcore.customers.lifecycle_facts",
        "Ordered": "relcore.customers.lifecycle_facts",
        "OverrideLifted": "relcore.customers.lifecycle_facts",
        "PartyRole": "relcore.customers.role",
        "PaymentOverdue": "relcore.customers.lifecycle_facts",
        "Purpose": "relcore.customers.contact_point",
        "Recommended": "relcore.customers.lifecycle_facts",
        "Recovered": "relcore.customers.lifecycle_facts",
        "Redirects": "relcore.customers.redirect",
        "ReferralConverted": "relcore.customers.lifecycle_facts",
        "Relationship": "relcore.customers.relationship",
        "RelationshipFields": "relcore.customers.relationship",
        "RelationshipGraph": "relcore.customers.relationship_graph",
        "RelationshipState": "relcore.customers.relationship",
        "RelationshipType": "relcore.customers.relationship",
        "RoleHeld": "relcore.customers.role",
        "Scored": "relcore.customers.lifecycle_facts",
        "SinceMerge": "relcore.customers.customer",
        "Stage": "relcore.customers.stage",
        "StageOverridden": "relcore.customers.lifecycle_facts",
        "Stay": "relcore.customers.history",
        "SurvivorshipPolicy": "relcore.customers.survivorship",
        "UsageDropped": "relcore.customers.lifecycle_facts",
        "Validity": "relcore.customers.contact_point",
        "WalletShared": "relcore.customers.lifecycle_facts",
        "WonBack": "relcore.customers.lifecycle_facts",
        "after_bounce": "relcore.customers.contact_point",
        "apportioned": "relcore.customers.apportionment",
        "candidates": "relcore.customers.blocking",
        "contact_point_lifecycle": "relcore.customers.contact_point",
        "customer_lifecycle": "relcore.customers.lifecycle",
        "duplicates": "relcore.customers.identity",
        "fold": "relcore.customers.history",
        "matches": "relcore.customers.identity",
        "merge_lifecycle": "relcore.customers.merge",
        "normal_form": "relcore.customers.contact_kind",
        "prefer_among": "relcore.customers.contact_point",
        "relationship_lifecycle": "relcore.customers.relationship",
        "threshold": "relcore.customers.identity",
    },
)
