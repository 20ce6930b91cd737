"""Customers, walked."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from relcore import Customer
from relcore.customers.customer import MergeInto
from relcore.ids import CustomerId
from tests.strategies import NOON, actors, customer_ids, texts
from tests.walks.walk import ME, Walk

WALKS: dict[type[Any], Walk] = {
    Customer: Walk(
        Customer(
            CustomerId.imported("shop", "ada"),
            "Ada \u00c9 \U0001f600",
            created_at=NOON,
            owner=ME,
            survivor=CustomerId.imported("shop", "augusta"),
            version=3,
        ),
        st.builds(Customer.create, customer_ids, name=texts, at=st.just(NOON)),
        {
            "rename": {"name": texts},
            "assign": {"owner": actors},
            "merge": {"survivor": customer_ids},
            "erase": {},
        },
        lambda given: [MergeInto(given["survivor"])] if "survivor" in given else [],
    ),
}
