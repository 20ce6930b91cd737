"""An entity as plain JSON: all of it, but what is personal only when it is asked for."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Case, Customer, Invalid, Money, Opportunity
from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.entity import personal_fields
from relcore.sales import Pipeline
from relcore.storage import to_json
from relcore.storage.serde import kind_of
from relcore.work import Approval
from tests.strategies import NOON, entities
from tests.walks import WALKS, chains

every_entity = entities | st.one_of(*(chains(kind).map(lambda walk: walk[-1].entity) for kind in WALKS))
PIPELINE = Pipeline.of("new business", {"qualify": 0.1})


@given(every_entity)
def test_it_is_json_in_the_order_of_the_class_and_holds_all_of_the_entity(held: Any) -> None:
    plain = to_json(held, personal=True)

    assert json.loads(json.dumps(plain)) == plain
    assert list(plain) == [field.name for field in attrs.fields(type(held))]
    hooks = kind_of(type(held)).hooks
    assert type(held)(**{name: hooks[name](value) for name, value in plain.items()}) == held


@given(every_entity)
def test_what_is_personal_is_absent_unless_asked_for(held: Any) -> None:
    secret = "Ada Byron, ada@example.org"
    held = attrs.evolve(held, **dict.fromkeys(personal_fields(type(held)), secret))

    plain = to_json(held)

    assert secret not in json.dumps(plain)
    assert not set(plain) & set(personal_fields(type(held)))
    assert list(plain) == [name for name, value in to_json(held, personal=True).items() if value != secret]


def test_what_is_personal_within_a_value_is_absent_too_unless_asked_for() -> None:
    held = WALKS[Approval].example

    (vote,), (whole,) = to_json(held)["votes"], to_json(held, personal=True)["votes"]

    assert whole.pop("comment") == "too dear"
    assert vote == whole


def test_every_kind_of_value_has_one_form() -> None:
    opened = Opportunity.open(
        OpportunityId.imported("crm", "1"), customer=CustomerId.imported("shop", "ada"), name="An engine",
        pipeline=PIPELINE, amount=Money("1200", "JPY"), at=NOON, expected_on=date(2026, 6, 30),
    ).entity  # fmt: skip
    plain = to_json(opened.override(0.5, at=NOON, by=Actor("person", "u-17")).entity)

    assert plain["id"] == str(opened.id)
    assert type(plain["id"]) is type(plain["state"]) is str
    assert plain["amount"] == {"amount": "1200", "currency": "JPY"}
    assert plain["opened_at"] == "2026-03-01T12:00:00+00:00"
    assert plain["expected_on"] == "2026-06-30"
    assert plain["overridden"] == {
        "probability": 0.5, "by": "person:u-17", "at": "2026-03-01T12:00:00+00:00",
    }  # fmt: skip
    assert (plain["owner"], plain["version"]) == (None, 0)


def test_what_is_no_entity_is_refused() -> None:
    with pytest.raises(Invalid, match="entity must be one of"):
        to_json(Money("1", "EUR"))  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        to_json(Case)  # type: ignore[arg-type]


def test_what_is_personal_is_asked_for_by_name() -> None:
    ada = Customer(CustomerId.imported("shop", "ada"), "Ada Byron")

    with pytest.raises(TypeError):
        to_json(ada, True)  # type: ignore[misc]
