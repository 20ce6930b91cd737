"""A customer: a person or an organisation that the host knows, in whatever roles.

What is *stored* is little: active, merged into another, or erased. Whether somebody is a prospect, loyal, at risk or gone
is computed from what they did, as of a time: see ``relcore.customers.lifecycle``.

A merged record is not deleted. It stays as it was, with a redirect to the survivor, so that whatever points to it still
finds the customer and the merge can be taken back: see ``relcore.customers.merge``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.customers.role import PartyRole, RoleHeld
from relcore.ids import CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared, without_personal
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text
from relcore.kernel.errors import Invalid
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


CustomerMove = Literal[
    "create",
    "rename",
    "assign",
    "take_on_role",
    "end_role",
    "absorb",
    "release",
    "merge",
    "redirect",
    "unmerge",
    "erase",
]
ACTIVE, MERGED, ERASED = CustomerState.ACTIVE, CustomerState.MERGED, CustomerState.ERASED


@attrs.frozen
class MergeInto:
    """The customer that remains, told to the guard of a merge."""

    survivor: CustomerId


@attrs.frozen
class SinceMerge:
    """What became of a merge: told to the guards that decide whether it can be taken back."""

    survivor_active: bool
    survivor_edited: bool


@attrs.frozen
class TakesOn:
    """The role that is to begin, and when; without a moment, now."""

    role: PartyRole
    since: datetime | None = attrs.field(default=None, converter=moment_or_none)


@attrs.frozen
class Ends:
    """The role that is to end, and when; without a moment, now."""

    role: PartyRole
    until: datetime | None = attrs.field(default=None, converter=moment_or_none)


@guard("it cannot be merged into itself")
def into_another(customer: Customer, given: Given) -> bool:
    return given[MergeInto].survivor != customer.id


@guard("its survivor was itself merged or erased since; take that merge back first")
def survivor_still_there(customer: Customer, given: Given) -> bool:
    return given[SinceMerge].survivor_active


@guard(
    "its survivor was edited since, and what belongs to whom can no longer be told; create a new record instead"
)
def survivor_as_it_was_left(customer: Customer, given: Given) -> bool:
    return not given[SinceMerge].survivor_edited


@guard("it has that role then already")
def not_in_that_role(customer: Customer, given: Given) -> bool:
    asked = given[TakesOn]
    since = asked.since or given.at
    return not any(held.role is asked.role and held.reaches(since) for held in customer.roles)


@guard("only a person can be an employee")
def able_to_be_that(customer: Customer, given: Given) -> bool:
    return _possible(given[TakesOn].role, customer.kind)


@guard("it has no such role that began before and has no end yet")
def in_that_role(customer: Customer, given: Given) -> bool:
    asked = given[Ends]
    until = asked.until or given.at
    return any(_unended(held, asked.role) and held.since < until for held in customer.roles)


record = Lifecycle["Customer", CustomerState, CustomerMove](
    "customer",
    version=1,
    states={ACTIVE: Category.OPEN, MERGED: Category.VOID, ERASED: Category.VOID},
    final=(ERASED,),
    moves=(
        begin("create", to=ACTIVE, needs=["name"]),
        move("rename", ACTIVE, needs=["name"]),
        move("assign", ACTIVE, needs=["owner"]),
        move("take_on_role", ACTIVE, when=[not_in_that_role, able_to_be_that], needs=["roles"]),
        move("end_role", ACTIVE, when=[in_that_role], needs=["roles"]),
        move("absorb", ACTIVE, needs=["name"]),
        move("release", ACTIVE, needs=["name"]),
        move("merge", ACTIVE, to=MERGED, when=[into_another], needs=["survivor"]),
        move("redirect", MERGED, when=[into_another], needs=["survivor"]),
        move("unmerge", MERGED, to=ACTIVE, when=[survivor_still_there, survivor_as_it_was_left]),
        move("erase", ACTIVE, MERGED, to=ERASED, effects=["purge_log"]),
    ),
)


@attrs.frozen
class Customer(Entity[CustomerId, CustomerState, CustomerMove]):
    """A customer record. ``owner`` is the colleague who answers for the account, ``roles`` what the party is to us and
    when; ``survivor`` is where a merged record sends whoever asks for it.
    """

    lifecycle: ClassVar = record

    id: CustomerId = attrs.field(validator=a(CustomerId))
    name: str | None = attrs.field(repr=hidden, metadata=PERSONAL, validator=optional(text))
    kind: CustomerKind = attrs.field(default=CustomerKind.PERSON, validator=a(CustomerKind))
    state: CustomerState = attrs.field(default=ACTIVE, validator=a(CustomerState))
    created_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    survivor: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    roles: tuple[RoleHeld, ...] = attrs.field(default=(), validator=deep_iterable(a(RoleHeld)))
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def roles_at(self, at: datetime) -> frozenset[PartyRole]:
        """What the party is to us at that moment."""
        return frozenset(held.role for held in self.roles if held.holds(at))

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
        roles: Sequence[PartyRole] = (),
    ) -> Change[Customer]:
        """Somebody becomes known, in these roles from now on."""
        held = tuple(RoleHeld(role, at) for role in dict.fromkeys(roles))
        if impossible := [span.role for span in held if not _possible(span.role, kind)]:
            raise Invalid("roles", f"must be such as an {kind} can have", impossible[0])
        customer = cls(id, name, kind, created_at=at, owner=owner, roles=held)
        return record.begin(customer, "create", at=at, by=by)

    def rename(self, name: str, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        step = record.step(self, "rename", at=at, by=by)
        return step.change(evolve(self, name=name))

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """Another colleague answers for the account."""
        step = record.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner))

    def take_on_role(
        self, role: PartyRole, *, at: datetime, by: Actor | None = None, since: datetime | None = None
    ) -> Change[Customer]:
        """The party becomes something to us, now or at ``since``, which may lie before or ahead."""
        step = record.step(self, "take_on_role", at=at, by=by, facts=[TakesOn(role, since)])
        return step.change(evolve(self, roles=(*self.roles, RoleHeld(role, since or at))))

    def end_role(
        self, role: PartyRole, *, at: datetime, by: Actor | None = None, until: datetime | None = None
    ) -> Change[Customer]:
        """The party is that no longer, from now or from ``until`` on. That it was stays."""
        step = record.step(self, "end_role", at=at, by=by, facts=[Ends(role, until)])
        end = aware("until", until or at)
        ended = tuple(evolve(h, until=end) if _unended(h, role) else h for h in self.roles)
        return step.change(evolve(self, roles=ended))

    def absorb(
        self,
        *,
        name: str | None,
        owner: Actor | None,
        roles: Sequence[RoleHeld],
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Customer]:
        """Take over what a second record of the same party knew better: see ``relcore.workflows.merge``."""
        step = record.step(self, "absorb", at=at, by=by)
        return step.change(evolve(self, name=name, owner=owner, roles=tuple(roles)))

    def release(
        self,
        *,
        name: str | None,
        owner: Actor | None,
        roles: Sequence[RoleHeld],
        at: datetime,
        by: Actor | None = None,
    ) -> Change[Customer]:
        """Give back what was absorbed: the two were not one after all."""
        step = record.step(self, "release", at=at, by=by)
        return step.change(evolve(self, name=name, owner=owner, roles=tuple(roles)))

    def merge(self, survivor: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """This record was a second one of the same customer; what asks for it is sent on to the survivor."""
        step = record.step(self, "merge", at=at, by=by, facts=[MergeInto(survivor)])
        return step.change(evolve(self, state=step.to, survivor=survivor))

    def redirect(self, survivor: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """Its survivor was merged in turn: whoever asks is sent to the last one at once, not along a chain."""
        step = record.step(self, "redirect", at=at, by=by, facts=[MergeInto(survivor)])
        return step.change(evolve(self, survivor=survivor))

    def unmerge(self, since: SinceMerge, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """It was a customer of its own after all. Possible until the survivor was edited."""
        step = record.step(self, "unmerge", at=at, by=by, facts=[since])
        return step.change(evolve(self, state=step.to, survivor=None))

    def erase(self, *, at: datetime, by: Actor | None = None) -> Change[Customer]:
        """The personal data goes, the id stays. The log still tells it until the storage purges what was erased."""
        step = record.step(self, "erase", at=at, by=by)
        return step.change(evolve(self, state=step.to, name=None, roles=(), custom=without_personal(self)))


def _unended(held: RoleHeld, role: PartyRole) -> bool:
    return held.role is role and held.until is None


def _possible(role: PartyRole, kind: CustomerKind) -> bool:
    return role is not PartyRole.EMPLOYEE or kind is CustomerKind.PERSON


class CustomerFields:
    """What may be asked about customers."""

    kind = Choice(Customer, CustomerKind)
    state = Choice(Customer, CustomerState)
    created_at = Instant(Customer)
    owner = Who(Customer, index=True)
    survivor = Link(Customer, CustomerId, index=True)
