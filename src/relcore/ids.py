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
