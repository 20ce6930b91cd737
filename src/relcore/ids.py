"""Every kind of thing relcore keeps, by its id: the one page that all slices share."""

from relcore.kernel.ids import Id


class CustomerId(Id, kind="customer"):
    """A person or an organisation that the host knows."""

    __slots__ = ()


class OrderId(Id, kind="order"):
    """What a customer bought at one time."""

    __slots__ = ()


class CaseId(Id, kind="case"):
    """A customer's issue, from the first word to the confirmed answer."""

    __slots__ = ()


class InteractionId(Id, kind="interaction"):
    """One contact with a customer, on any channel."""

    __slots__ = ()


class OpportunityId(Id, kind="opportunity"):
    """A sale that may come about."""

    __slots__ = ()


class CampaignId(Id, kind="campaign"):
    """What we say to many, and why."""

    __slots__ = ()


class EnrolmentId(Id, kind="enrolment"):
    """One customer's way through one campaign."""

    __slots__ = ()


class ConsentId(Id, kind="consent"):
    """What one customer allows us on one channel for one purpose."""

    __slots__ = ()


class LeadId(Id, kind="lead"):
    """Somebody who may become a customer."""

    __slots__ = ()


class QuoteId(Id, kind="quote"):
    """An offer with a price, in one version."""

    __slots__ = ()


class ContactPointId(Id, kind="contactpoint"):
    """An address, a number or a handle under which somebody can be reached."""

    __slots__ = ()


class RelationshipId(Id, kind="relationship"):
    """What two parties are to each other, and when."""

    __slots__ = ()


class MessageId(Id, kind="message"):
    """One message to one customer."""

    __slots__ = ()


class SuppressionId(Id, kind="suppression"):
    """A standing reason not to contact somebody."""

    __slots__ = ()


class TaskId(Id, kind="task"):
    """Something that a colleague is to do."""

    __slots__ = ()


class ApprovalId(Id, kind="approval"):
    """A question of permission, put to those who may give it."""

    __slots__ = ()


class PromiseId(Id, kind="promise"):
    """What somebody said would be done, for whom and by when."""

    __slots__ = ()


class MergeId(Id, kind="merge"):
    """The statement that two records are one customer."""

    __slots__ = ()
