"""A lead becomes a customer: once, whole, and only after it is decided which customer it is.

Crosses sales and customers. The order is the point: the verdict (a customer whom we have, records that become one, or
somebody new) comes first, and nothing is made unless it can be kept. All changes are for one commit, and the ids of what is
made are derived from the lead's. So a second click, a resent message or a second worker makes no second customer and no
second opportunity: on a lead that is converted it is refused, and whoever was slower than another has a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any, TypeAlias

import attrs

from relcore.customers.customer import Customer, CustomerKind, CustomerState
from relcore.ids import CustomerId, LeadId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.entity import hidden
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money
from relcore.sales.lead import Lead
from relcore.sales.lead_table import Match, MatchedBy
from relcore.sales.opportunity import Opportunity
from relcore.sales.pipeline import Pipeline

SOURCE = "lead"
"""The source of ids that are derived from a lead's."""

Changes: TypeAlias = tuple[Change[Any], ...]
Carry: TypeAlias = Callable[[CustomerId], Iterable[Change[Any]]]
"""How something that belonged to the lead becomes the customer's: told which customer, it gives the changes."""


@attrs.frozen
class LinkTo:
    """The lead is a customer whom we have."""

    customer: Customer


@attrs.frozen
class MergeTo:
    """We have them more than once: ``merging`` are the changes by which the other records become ``survivor``."""

    survivor: Customer
    merging: Changes


@attrs.frozen
class CreateNew:
    """Nobody whom we have. A person is called by the lead's name, an organisation by its company."""

    kind: CustomerKind = CustomerKind.PERSON


Verdict: TypeAlias = LinkTo | MergeTo | CreateNew


@attrs.frozen
class NewOpportunity:
    """The sale that the lead is about, in the first stage of its pipeline; who owns the lead will own it."""

    name: str = attrs.field(repr=hidden)
    pipeline: Pipeline
    amount: Money
    expected_on: date | None = None


def customer_of(lead: LeadId) -> CustomerId:
    """The id of the customer that is made of this lead, if one is: the same each time."""
    return CustomerId.imported(SOURCE, lead)


def opportunity_of(lead: LeadId) -> OpportunityId:
    """The id of the opportunity that is made of this lead, if one is: the same each time."""
    return OpportunityId.imported(SOURCE, lead)


def conversion(
    lead: Lead,
    verdict: Verdict,
    *,
    opportunity: NewOpportunity | None = None,
    carry: Sequence[Carry] = (),
    at: datetime,
    by: Actor | None = None,
) -> Changes:
    """All changes of the conversion, the lead first.

    ``carry`` brings along what belonged to the lead: contact points, activities, consents. Each is asked with the id of
    the customer and answers with the changes, made by the commands of whatever it moves; their ids should be derived from
    the lead's as well (``imported("lead", ...)``).

    Raises ``Refused`` when the lead is not qualified or was converted before, and ``Invalid`` when the customer was merged
    or erased, the lead does not say what a new one is called, or something that is carried would belong to another one.
    """
    customer, made = _customer(lead, verdict, at, by)
    wanted = None if opportunity is None else opportunity_of(lead.id)
    match = Match(_MATCHED_BY[type(verdict)], customer)
    converted = lead.convert(match, opportunity=wanted, at=at, by=by)
    carried = tuple(change for part in carry for change in part(customer))
    for change in carried:
        _belongs(change, customer)
    return (converted, *made, *_opportunity(lead, opportunity, customer, at, by), *carried)


_MATCHED_BY: dict[type[Any], MatchedBy] = {
    LinkTo: MatchedBy.LINK,
    MergeTo: MatchedBy.MERGE,
    CreateNew: MatchedBy.CREATE,
}


def _customer(lead: Lead, verdict: Verdict, at: datetime, by: Actor | None) -> tuple[CustomerId, Changes]:
    """Which customer it is, and the changes that make it so."""
    match verdict:
        case LinkTo(customer):
            return _standing(customer), ()
        case MergeTo(survivor, merging):
            return _standing(survivor), merging
        case CreateNew(kind):
            name = lead.name if kind is CustomerKind.PERSON else lead.company
            if not name:
                word = "name" if kind is CustomerKind.PERSON else "company"
                raise Invalid(
                    "lead", f"must say its {word} to become a customer", lead.id, "correct it first"
                )
            id = customer_of(lead.id)
            new = Customer.create(id, name=name, kind=kind, owner=lead.owner, at=at, by=by)
            return id, (new,)


def _standing(customer: Customer) -> CustomerId:
    if customer.state is not CustomerState.ACTIVE:
        raise Invalid(
            "customer", f"must be active, and it is {customer.state}", customer.id, "match it again"
        )
    return customer.id


def _opportunity(
    lead: Lead, wanted: NewOpportunity | None, customer: CustomerId, at: datetime, by: Actor | None
) -> Changes:
    if wanted is None:
        return ()
    opened = Opportunity.open(
        opportunity_of(lead.id),
        customer=customer,
        name=wanted.name,
        pipeline=wanted.pipeline,
        amount=wanted.amount,
        expected_on=wanted.expected_on,
        owner=lead.owner,
        at=at,
        by=by,
    )
    return (opened,)


def _belongs(change: Change[Any], customer: CustomerId) -> None:
    owner = getattr(change.entity, "customer", customer)
    if owner != customer:
        raise Invalid("carry", f"must give changes of what belongs to {customer}", owner)
