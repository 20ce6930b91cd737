"""Where merged records send whoever asks for them.

History is not moved when records are merged: interactions, cases, opportunities, orders and addresses keep the id they were
recorded under and are *read* through the redirect. So nothing can be forgotten on the way, no kind that comes later has to
be taught to move, and a merge that is taken back leaves each record with its own history. (Consents and suppressions alone
are carried over, for whoever forgets to ask through the redirect must not find a customer without a no.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CustomerId
from relcore.kernel.errors import Illformed


@attrs.frozen
class Redirects:
    """From merged records to those that survived them."""

    to: Mapping[CustomerId, CustomerId] = attrs.field(factory=dict[CustomerId, CustomerId])

    @classmethod
    def of(cls, customers: Iterable[Customer]) -> Self:
        """The redirects of these records; those that were never merged have none. A merged record that was erased keeps
        its redirect: what somebody objected to must still be found.
        """
        return cls({c.id: c.survivor for c in customers if c.survivor is not None})

    def resolve(self, customer: CustomerId) -> CustomerId:
        """The record that stands for this one today, along however many merges. ``Illformed`` if they go in a ring."""
        seen = {customer}
        while (onward := self.to.get(customer)) is not None:
            if onward in seen:
                raise Illformed("redirects", [f"{onward} is sent on to itself"])
            seen.add(onward)
            customer = onward
        return customer

    def family(self, customer: CustomerId) -> tuple[CustomerId, ...]:
        """Every id under which this customer is or was known, the surviving one first: ask for history of all of them.

        ``CaseFields.customer.one_of(*redirects.family(ada))``
        """
        survivor = self.resolve(customer)
        return survivor, *sorted(id for id in self.to if self.resolve(id) == survivor)
