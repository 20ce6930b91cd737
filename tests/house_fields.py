"""The custom fields of the house that the tests live in: every type of word, on kinds with and without a host's table.

Declared here for all of them, as a table is built once in a process. Pages and docstrings declare some of these again.
"""

from __future__ import annotations

from enum import StrEnum

from relcore import Case, Customer, Task
from relcore.ids import CustomerId
from relcore.kernel.custom import CustomFields
from relcore.kernel.words import Amount, Choice, Count, Instant, Link, Text, Unique, Who


class Tier(StrEnum):
    GOLD = "gold"
    SILVER = "silver"


class ShopFields(CustomFields, personal=["nickname"], retired=["fax"]):
    """Of customers, as a shop may keep them."""

    tier = Choice(Customer, Tier, index=True)
    seats = Count(Customer)
    nickname = Text(Customer)
    fax = Text(Customer)


class DeskFields(CustomFields):
    """Of cases, as a service desk may keep them."""

    asset = Text(Case)


class ErrandFields(CustomFields, personal=["note"]):
    """Of tasks: one of every type."""

    route = Choice(Task, Tier)
    stops = Count(Task)
    starts_at = Instant(Task, index=True)
    fare = Amount(Task)
    on_behalf_of = Link(Task, CustomerId, index=True)
    driver = Who(Task)
    plate = Text(Task)
    note = Text(Task)
    ticket = Text(Task)
    once = Unique(ticket)
