"""A customer: a person or an organisation that the host knows, in whatever role.

What is *stored* is little: active, merged into another, or erased. Whether somebody is a prospect, loyal, at risk or gone
is computed from what they did, as of a time: see ``relcore.customers.lifecycle``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import optional

from relcore.ids import CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import moment_or_none
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Who


class CustomerState(StrEnum):
    """What is stored of a customer's standing."""

    ACTIVE = "active"
    MERGED = "merged"
    ERASED = "erased"


class CustomerKind(StrEnum):
    """Whom the record is about."""

    PERSON = "person"
    ORGANISATION = "organisation"


CustomerMove = Literal["create", "rename", "assign", "merge", "erase"]
ACTIVE, MERGED, ERASED = CustomerState.ACTIVE, CustomerState.MERGED, CustomerState.ERASED


@attrs.frozen
class MergeInto:
    """The customer that remains, told to the guard of a merge."""

    survivor: CustomerId


@guard("it cannot be merged into itself")
def into_another(customer: Customer, given: Given) -> bool:
    return given[MergeInto].survivor != customer.id


record = Lifecycle["Customer", CustomerState, CustomerMove](
    "customer",
    version=1,
    states={ACTIVE: Category.OPEN, MERGED: Category.VOID, ERASED: Category.VOID},
    final=(ERASED,),
    moves=(
        begin("create", to=ACTIVE, needs=["name"]),
        move("rename", ACTIVE, needs=["name"]),
        move("assign", ACTIVE, needs=["owner"]),
        move("merge", ACTIVE, to=MERGED, when=[into_another], needs=["survivor"]),
        move("erase", ACTIVE, MERGED, to=ERASED, effects=["purge_log"]),
    ),
)


@attrs.frozen
class Customer(Entity[CustomerId, CustomerState, CustomerMove]):
    """A customer record. ``owner`` is the colleague who answers for the account."""

    lifecycle: ClassVar = record

    id: CustomerId = attrs.field(validator=a(CustomerId))
    name: str | None = attrs.field(repr=hidden, metadata=PERSONAL, validator=optional(text))
    kind: CustomerKind = attrs.field(default=CustomerKind.PERSON, validator=a(CustomerKind))
    state: CustomerState = attrs.field(default=ACTIVE, validator=a(CustomerState))
    created_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    survivor: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    version: int = 0

    @classmethod
    def create(
        cls,
        id: CustomerId,
        *,
        name: str,
        at: datetime,
        by: Actor | None = None,
        kind: CustomerKind = CustomerKind.PERSON,
        owner: Actor | None = None,
    ) -> Change[Customer]:
        """Somebody becomes known."""
        return record.begin(cls(id, name, kind, created_at=at, owner=owner), "create", at=at, by=by)

    def rename(self, name: str, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        step = record.step(self, "rename", at=at, by=by)
        return step.change(evolve(self, name=name))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """Another colleague answers for the account."""
        step = record.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner))

    def merge(self, survivor: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """This record was a second one of the same customer; what asks for it is sent on to the survivor."""
        step = record.step(self, "merge", at=at, by=by, facts=[MergeInto(survivor)])
        return step.change(evolve(self, state=step.to, survivor=survivor))

    def erase(self, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """The personal data goes, the id stays. The log still tells it until the storage purges what was erased."""
        step = record.step(self, "erase", at=at, by=by)
        return step.change(evolve(self, state=step.to, name=None))


class CustomerFields:
    """What may be asked about customers."""

    kind = Choice(Customer, CustomerKind)
    state = Choice(Customer, CustomerState)
    created_at = Instant(Customer)
    owner = Who(Customer, index=True)
    survivor = Link(Customer, CustomerId, index=True)
