"""What is compared when we ask whether two records are one customer: a plain value, made of what is known of each."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Self

import attrs
from attrs.validators import optional

from relcore.customers.contact_kind import ContactKind, comparable
from relcore.customers.contact_point import ContactPoint
from relcore.customers.customer import Customer, CustomerKind
from relcore.ids import CustomerId
from relcore.kernel.entity import a, a_day, hidden, text

_TELEPHONES = (ContactKind.PHONE, ContactKind.MOBILE)


def _tuple(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))


@attrs.frozen
class IdentityRecord:
    """One record, ready to be compared. ``controller`` is in whose name it is kept: records of two controllers are never
    compared, however alike they are, for each may know only its own customers (GDPR article 4 (7)).

    A host may hand in what it knows beside relcore's entities, such as the day of birth.
    """

    id: CustomerId = attrs.field(validator=a(CustomerId))
    controller: str = attrs.field(validator=text)
    kind: CustomerKind = attrs.field(default=CustomerKind.PERSON, validator=a(CustomerKind))
    name: str = attrs.field(default="", repr=hidden)
    """Its words in small letters, without accents and in the order of the alphabet."""
    emails: tuple[str, ...] = attrs.field(default=(), converter=_tuple, repr=hidden)
    phones: tuple[str, ...] = attrs.field(default=(), converter=_tuple, repr=hidden)
    addresses: tuple[str, ...] = attrs.field(default=(), converter=_tuple, repr=hidden)
    born: date | None = attrs.field(default=None, repr=hidden, validator=optional(a_day))

    @classmethod
    def of(
        cls,
        customer: Customer,
        points: Iterable[ContactPoint] = (),
        *,
        controller: str,
        born: date | None = None,
    ) -> Self:
        """The record of a customer and the contact points that are theirs, whatever state these are in."""
        own = [p for p in points if p.customer == customer.id and p.value is not None]

        def values(*kinds: ContactKind) -> Iterable[str]:
            return (comparable(p.kind, p.value) for p in own if p.value is not None and p.kind in kinds)

        return cls(
            customer.id,
            controller,
            customer.kind,
            comparable_name(customer.name or ""),
            values(ContactKind.EMAIL),
            values(*_TELEPHONES),
            values(ContactKind.POST),
            born,
        )


def comparable_name(name: str) -> str:
    """A name so that writing, accents and the order of its words make no difference.

    >>> comparable_name("Byron, Ada  Augusta"), comparable_name("René MÜLLER-Weiß")
    ('ada augusta byron', 'muller rene weiss')
    """
    folded = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return " ".join(sorted(plain.split()))
