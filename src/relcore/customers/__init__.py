"""Who the customers are, and how far each has come with us."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.customers.customer import Customer as Customer
    from relcore.customers.customer import CustomerFields as CustomerFields
    from relcore.customers.customer import CustomerKind as CustomerKind
    from relcore.customers.customer import CustomerState as CustomerState
    from relcore.customers.history import CustomerHistory as CustomerHistory
    from relcore.customers.history import Ignored as Ignored
    from relcore.customers.history import Stay as Stay
    from relcore.customers.history import fold as fold
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
    from relcore.customers.stage import Stage as Stage

__all__ = [
    "ContractCancelled",
    "ContractLapsed",
    "ContractRenewed",
    "ContractStarted",
    "Customer",
    "CustomerFields",
    "CustomerHistory",
    "CustomerKind",
    "CustomerState",
    "Declined",
    "Died",
    "ErasureRequested",
    "HealthScored",
    "Ignored",
    "Interested",
    "LifecyclePolicy",
    "NoticeGiven",
    "Ordered",
    "OverrideLifted",
    "PaymentOverdue",
    "Recommended",
    "Recovered",
    "ReferralConverted",
    "Scored",
    "Stage",
    "StageOverridden",
    "Stay",
    "UsageDropped",
    "WalletShared",
    "WonBack",
    "customer_lifecycle",
    "fold",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "ContractCancelled": "relcore.customers.lifecycle_facts",
        "ContractLapsed": "relcore.customers.lifecycle_facts",
        "ContractRenewed": "relcore.customers.lifecycle_facts",
        "ContractStarted": "relcore.customers.lifecycle_facts",
        "Customer": "relcore.customers.customer",
        "CustomerFields": "relcore.customers.customer",
        "CustomerHistory": "relcore.customers.history",
        "CustomerKind": "relcore.customers.customer",
        "CustomerState": "relcore.customers.customer",
        "Declined": "relcore.customers.lifecycle_facts",
        "Died": "relcore.customers.lifecycle_facts",
        "ErasureRequested": "relcore.customers.lifecycle_facts",
        "HealthScored": "relcore.customers.lifecycle_facts",
        "Ignored": "relcore.customers.history",
        "Interested": "relcore.customers.lifecycle_facts",
        "LifecyclePolicy": "relcore.customers.lifecycle_policy",
        "NoticeGiven": "relcore.customers.lifecycle_facts",
        "Ordered": "relcore.customers.lifecycle_facts",
        "OverrideLifted": "relcore.customers.lifecycle_facts",
        "PaymentOverdue": "relcore.customers.lifecycle_facts",
        "Recommended": "relcore.customers.lifecycle_facts",
        "Recovered": "relcore.customers.lifecycle_facts",
        "ReferralConverted": "relcore.customers.lifecycle_facts",
        "Scored": "relcore.customers.lifecycle_facts",
        "Stage": "relcore.customers.stage",
        "StageOverridden": "relcore.customers.lifecycle_facts",
        "Stay": "relcore.customers.history",
        "UsageDropped": "relcore.customers.lifecycle_facts",
        "WalletShared": "relcore.customers.lifecycle_facts",
        "WonBack": "relcore.customers.lifecycle_facts",
        "customer_lifecycle": "relcore.customers.lifecycle",
        "fold": "relcore.customers.history",
    },
)
