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
