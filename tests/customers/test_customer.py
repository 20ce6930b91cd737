"""The stored customer: active, merged or erased."""

from __future__ import annotations

import pytest

from relcore import Actor, Customer, Invalid, Refused
from relcore.customers import CustomerKind
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
