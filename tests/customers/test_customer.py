"""The stored customer: active, merged or erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Actor, Customer, Invalid, Refused
from relcore.customers import CustomerKind, PartyRole, SinceMerge
from relcore.customers.customer import MergeInto
from relcore.ids import CustomerId
from relcore.kernel.lifecycle import Answer
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
OTHER = IDS.new(CustomerId)
ME = Actor("person", "u-1")


def ada() -> Customer:
    return Customer.create(IDS.new(CustomerId), name="Ada Byron", at=NOON, by=ME).entity


def test_somebody_becomes_known() -> None:
    customer = Customer.create(
        OTHER, name="Analytical Engines", kind=CustomerKind.ORGANISATION, owner=ME, at=NOON
    ).entity

    assert (customer.name, customer.kind, customer.owner) == (
        "Analytical Engines",
        CustomerKind.ORGANISATION,
        ME,
    )
    assert (customer.created_at, customer.version) == (NOON, 0)


@pytest.mark.parametrize("name", ["", " ", None])
def test_a_customer_has_a_name(name: str) -> None:
    with pytest.raises((Invalid, Refused)):
        Customer.create(OTHER, name=name, at=NOON)


def test_a_merged_customer_points_to_the_survivor_and_moves_no_more() -> None:
    merged = ada().merge(OTHER, at=NOON).entity

    assert merged.survivor == OTHER
    with pytest.raises(Refused, match=r"there is no rename from merged. Possible now: erase."):
        merged.rename("Ada", at=NOON)


def test_a_customer_is_not_merged_into_itself() -> None:
    customer = ada()

    with pytest.raises(Refused, match="it cannot be merged into itself"):
        customer.merge(customer.id, at=NOON)


def test_whether_it_may_be_merged_depends_on_the_survivor() -> None:
    customer = ada()

    def answer(*facts: object) -> Answer:
        return next(o.answer for o in customer.moves(at=NOON, facts=facts) if o.move == "merge")

    assert answer() is Answer.UNTOLD
    assert answer(MergeInto(OTHER)) is Answer.ALLOWED
    assert answer(MergeInto(customer.id)) is Answer.REFUSED


@pytest.mark.parametrize("merged", [False, True])
def test_an_erased_customer_keeps_only_the_id_and_asks_for_the_purge(merged: bool) -> None:
    customer = ada().merge(OTHER, at=NOON).entity if merged else ada()

    change = customer.erase(at=NOON)

    assert change.entity.name is None
    assert change.events[0].effects == ("purge_log",)
    assert {o.answer for o in change.entity.moves(at=NOON)} == {Answer.REFUSED}


# --- roles ----------------------------------------------------------------------------------------

DAY = timedelta(days=1)


def test_one_party_is_several_things_at_once_and_not_for_ever() -> None:
    ada = Customer.create(OTHER, name="Ada", roles=[PartyRole.PROSPECT], at=NOON).entity

    ada = ada.end_role(PartyRole.PROSPECT, at=NOON + DAY).entity
    ada = ada.take_on_role(PartyRole.CUSTOMER, at=NOON + DAY).entity
    ada = ada.take_on_role(PartyRole.DONOR, since=NOON, at=NOON + 2 * DAY).entity

    assert ada.roles_at(NOON) == {PartyRole.PROSPECT, PartyRole.DONOR}
    assert ada.roles_at(NOON + DAY) == {PartyRole.CUSTOMER, PartyRole.DONOR}


def test_a_role_is_not_taken_on_while_it_is_held() -> None:
    held = ada().take_on_role(PartyRole.VENDOR, since=NOON + 5 * DAY, at=NOON).entity

    with pytest.raises(Refused, match="it has that role then already"):
        held.take_on_role(PartyRole.VENDOR, at=NOON)


def test_a_role_that_ended_can_be_taken_on_again() -> None:
    held = ada().take_on_role(PartyRole.VENDOR, at=NOON).entity
    held = held.end_role(PartyRole.VENDOR, at=NOON + DAY).entity

    again = held.take_on_role(PartyRole.VENDOR, at=NOON + DAY).entity

    assert [span.since for span in again.roles] == [NOON, NOON + DAY]


def test_only_a_role_that_began_and_has_no_end_can_be_ended() -> None:
    held = ada().take_on_role(PartyRole.VENDOR, at=NOON + DAY).entity

    for role, at in ((PartyRole.VENDOR, NOON + DAY), (PartyRole.DONOR, NOON + 2 * DAY)):
        with pytest.raises(Refused, match="it has no such role that began before"):
            held.end_role(role, at=at)


def test_an_organisation_is_nobody_s_employee() -> None:
    firm = Customer.create(OTHER, name="Engines", kind=CustomerKind.ORGANISATION, at=NOON).entity

    with pytest.raises(Refused, match="only a person can be an employee"):
        firm.take_on_role(PartyRole.EMPLOYEE, at=NOON)
    with pytest.raises(Invalid, match="must be such as an organisation can have"):
        Customer.create(
            OTHER, name="Engines", kind=CustomerKind.ORGANISATION, roles=[PartyRole.EMPLOYEE], at=NOON
        )


# --- being merged ---------------------------------------------------------------------------------


def test_a_merged_customer_comes_back_as_it_was() -> None:
    before = ada()

    merged = before.merge(OTHER, at=NOON).entity
    back = merged.unmerge(SinceMerge(survivor_active=True, survivor_edited=False), at=NOON).entity

    assert back == before


@pytest.mark.parametrize(
    ("since", "reason"),
    [
        (SinceMerge(survivor_active=True, survivor_edited=True), "its survivor was edited since"),
        (SinceMerge(survivor_active=False, survivor_edited=False), "was itself merged or erased since"),
    ],
)
def test_a_merge_whose_survivor_went_on_is_not_taken_back(since: SinceMerge, reason: str) -> None:
    merged = ada().merge(OTHER, at=NOON).entity

    with pytest.raises(Refused, match=reason):
        merged.unmerge(since, at=NOON)


def test_a_redirect_is_shortened_and_never_leads_to_itself() -> None:
    merged, last = ada().merge(OTHER, at=NOON).entity, IDS.new(CustomerId)

    assert merged.redirect(last, at=NOON).entity.survivor == last
    with pytest.raises(Refused, match="it cannot be merged into itself"):
        merged.redirect(merged.id, at=NOON)


def test_erasing_takes_the_roles_as_well() -> None:
    held = ada().take_on_role(PartyRole.DONOR, at=NOON).entity

    assert held.erase(at=NOON).entity.roles == ()
