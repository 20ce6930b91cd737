"""relcore: what a CRM means, as a library.

Six nouns carry it: an *entity* moves along its *lifecycle* by commands that return a *change*, which a *workspace* keeps;
the log of changes becomes *columns*, and *models* are fitted to columns. See docs/six_nouns.md.

Importing this imports nothing else: every name is resolved when it is first used.
"""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.customers.contact_point import ContactPoint as ContactPoint
    from relcore.customers.customer import Customer as Customer
    from relcore.customers.relationship import Relationship as Relationship
    from relcore.interactions.interaction import Interaction as Interaction
    from relcore.kernel.actor import Actor as Actor
    from relcore.kernel.change import removal as removal
    from relcore.kernel.custom import CustomFields as CustomFields
    from relcore.kernel.errors import Conflict as Conflict
    from relcore.kernel.errors import Gone as Gone
    from relcore.kernel.errors import Invalid as Invalid
    from relcore.kernel.errors import NotFound as NotFound
    from relcore.kernel.errors import Refused as Refused
    from relcore.kernel.errors import RelcoreError as RelcoreError
    from relcore.kernel.errors import UniqueConflict as UniqueConflict
    from relcore.kernel.errors import VersionConflict as VersionConflict
    from relcore.kernel.money import Money as Money
    from relcore.marketing.campaign import Campaign as Campaign
    from relcore.marketing.enrolment import Enrolment as Enrolment
    from relcore.marketing.message import Message as Message
    from relcore.privacy.consent import Consent as Consent
    from relcore.privacy.suppression import Suppression as Suppression
    from relcore.sales.lead import Lead as Lead
    from relcore.sales.opportunity import Opportunity as Opportunity
    from relcore.sales.order import Order as Order
    from relcore.sales.quote import Quote as Quote
    from relcore.service.case import Case as Case
    from relcore.storage.async_workspace import AsyncWorkspace as AsyncWorkspace
    from relcore.storage.workspace import Workspace as Workspace
    from relcore.work.promise import Promise as Promise
    from relcore.work.task import Task as Task

__all__ = [
    "Actor",
    "AsyncWorkspace",
    "Campaign",
    "Case",
    "Conflict",
    "Consent",
    "ContactPoint",
    "CustomFields",
    "Customer",
    "Enrolment",
    "Gone",
    "Interaction",
    "Invalid",
    "Lead",
    "Message",
    "Money",
    "NotFound",
    "Opportunity",
    "Order",
    "Promise",
    "Quote",
    "Refused",
    "Relationship",
    "RelcoreError",
    "Suppression",
    "Task",
    "UniqueConflict",
    "VersionConflict",
    "Workspace",
    "removal",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Actor": "relcore.kernel.actor",
        "AsyncWorkspace": "relcore.storage.async_workspace",
        "Campaign": "relcore.marketing.campaign",
        "Case": "relcore.service.case",
        "Conflict": "relcore.kernel.errors",
        "Consent": "relcore.privacy.consent",
        "ContactPoint": "relcore.customers.contact_point",
        "CustomFields": "relcore.kernel.custom",
        "Customer": "relcore.customers.customer",
        "Enrolment": "relcore.marketing.enrolment",
        "Gone": "relcore.kernel.errors",
        "Interaction": "relcore.interactions.interaction",
        "Invalid": "relcore.kernel.errors",
        "Lead": "relcore.sales.lead",
        "Message": "relcore.marketing.message",
        "Money": "relcore.kernel.money",
        "NotFound": "relcore.kernel.errors",
        "Opportunity": "relcore.sales.opportunity",
        "Order": "relcore.sales.order",
        "Promise": "relcore.work.promise",
        "Quote": "relcore.sales.quote",
        "Refused": "relcore.kernel.errors",
        "Relationship": "relcore.customers.relationship",
        "RelcoreError": "relcore.kernel.errors",
        "Suppression": "relcore.privacy.suppression",
        "Task": "relcore.work.task",
        "UniqueConflict": "relcore.kernel.errors",
        "VersionConflict": "relcore.kernel.errors",
        "Workspace": "relcore.storage.workspace",
        "removal": "relcore.kernel.change",
    },
)
