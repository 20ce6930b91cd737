"""Words: what may be asked about a field, how it is kept in columns, how it is written in JSON."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Case, Customer, Invalid, Money, Order
from relcore.customers import CustomerFields
from relcore.kernel.entity import personal_fields
from relcore.kernel.errors import Illformed, UnknownQuery
from relcore.kernel.query import Query
from relcore.kernel.words import Choice, Field, Instant, word, words
from relcore.sales import OrderFields
from relcore.service import CaseFields
from tests.queries import values_of

# The words of an entity are known once the class that holds them is.
ALL = [
    field
    for holder in (CustomerFields, OrderFields, CaseFields)
    for field in vars(holder).values()
    if isinstance(field, Field)
]
every_field = pytest.mark.parametrize("field", ALL, ids=repr)


@every_field
@given(data=st.data())
def test_a_value_is_kept_in_its_columns_and_comes_back(field: Field[Any, Any], data: st.DataObject) -> None:
    value = field.check(data.draw(values_of(field)))

    stored = field.store(value)

    assert len(stored) == len(field.columns)
    assert [type(held) for held in stored] == [of for _, of in field.columns]
    assert field.load(stored) == value


@every_field
def test_nothing_is_kept_as_nothing(field: Field[Any, Any]) -> None:
    assert set(field.store(None)) == {None}
    assert field.load(field.store(None)) is None


@every_field
@given(data=st.data())
def test_a_value_is_written_as_json_and_comes_back(field: Field[Any, Any], data: st.DataObject) -> None:
    value = field.check(data.draw(values_of(field)))

    assert field.parse(field.dump(value)) == value


@every_field
def test_json_may_ask_what_code_may_ask(field: Field[Any, Any]) -> None:
    spoken = {"since": "at_least", "before": "below", "is_": "is"}
    methods = {name for name, method in inspect.getmembers(field, inspect.ismethod) if _asks(method)}

    assert {spoken.get(name, name) for name in methods} == field.tests


def _asks(method: Any) -> bool:
    return not method.__name__.startswith("_") and "Query" in str(inspect.signature(method).return_annotation)


@pytest.mark.parametrize("entity", [Customer, Order, Case])
def test_nothing_can_be_asked_about_personal_fields(entity: type[Any]) -> None:
    assert not set(personal_fields(entity)) & set(words(entity))


def test_a_word_for_a_field_that_is_not_there_is_refused_where_it_is_written() -> None:
    with pytest.raises((Illformed, RuntimeError)) as refused:
        type("MoreFields", (), {"opend_at": Instant(Case)})

    assert "Case has no field opend_at" in str(refused.value) + str(refused.value.__cause__)


def test_an_unknown_field_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        UnknownQuery,
        match=r"must be one of kind, state, created_at, owner, survivor, custom\.tier, .*, got 'name'",
    ):
        word(Customer, "name")


def test_money_beyond_what_a_column_holds_is_refused() -> None:
    beyond = Money.from_minor(2**63, "JPY")

    with pytest.raises(Invalid, match="below 2\\*\\*63 minor units"):
        OrderFields.amount.store(beyond)
    with pytest.raises(UnknownQuery, match="below 2\\*\\*63 minor units"):
        OrderFields.amount.at_least(beyond)


def test_a_field_says_whose_it_is() -> None:
    assert repr(CaseFields.state) == "Case.state"
    assert isinstance(CaseFields.state, Choice)
    assert isinstance(CaseFields.state.missing(), Query)


@every_field
def test_a_field_is_asked_in_words_and_never_with_the_equals_sign(field: Field[Any, Any]) -> None:
    with pytest.raises(TypeError, match=r"ask .* in words"):
        assert field == "anything"
