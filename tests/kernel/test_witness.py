"""An example for every question that can be answered with yes, and none for those that cannot."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Case, Invalid, Money, Opportunity
from relcore.kernel.query import Query, predicate
from relcore.kernel.witness import Witness, implies, witness
from relcore.sales import OpportunityFields
from relcore.service import CaseFields, CaseState
from tests.queries import case_queries
from tests.strategies import cases


def standing_for(found: Witness) -> SimpleNamespace:
    custom = {name.removeprefix("custom."): value for name, value in found.items()}
    return SimpleNamespace(**found, custom=custom)


@settings(max_examples=300)
@given(case_queries, cases)
def test_a_question_that_some_entity_answers_has_a_witness(question: Query[Case], held: Case) -> None:
    try:
        found = witness(Case, question)
    except Invalid:
        return  # wider than can be tried

    assert found is not None or not predicate(question.tree)(held)


@given(case_queries)
def test_a_witness_answers_the_question_it_was_made_for(question: Query[Case]) -> None:
    try:
        found = witness(Case, question)
    except Invalid:
        return

    assert found is None or predicate(question.tree)(standing_for(found))


@given(case_queries)
def test_nothing_answers_a_question_and_its_opposite(question: Query[Case]) -> None:
    try:
        assert witness(Case, question & ~question) is None
        assert implies(Case, question, question)
    except Invalid:
        return


def test_a_field_that_is_always_filled_is_never_missing() -> None:
    assert witness(Case, CaseFields.state.missing()) is None
    assert witness(Case, CaseFields.owner.missing()) == {"owner": None}


def test_all_states_together_leave_none() -> None:
    assert witness(Case, ~CaseFields.state.one_of(*CaseState)) is None


def test_an_amount_in_another_currency_lies_on_neither_side() -> None:
    five = Money("5", "EUR")
    neither = ~OpportunityFields.amount.below(five) & ~OpportunityFields.amount.at_least(five)

    found = witness(Opportunity, neither)

    assert found is not None
    assert found["amount"].currency != "EUR"


def test_a_text_can_begin_as_asked_and_still_be_another() -> None:
    found = witness(
        Case, CaseFields.cause.starts_with("pass") & ~CaseFields.cause.is_("pass"), CaseFields.cause.is_("x")
    )

    assert found is not None
    assert found["cause"].startswith("pass")


def test_a_question_that_is_too_wide_is_refused_and_not_begun() -> None:
    wide = Query[Case]()
    for n in range(60):
        wide |= (
            CaseFields.cause.is_(f"c{n}") & CaseFields.resolution.is_(f"r{n}") & CaseFields.reopened.is_(n)
        )

    with pytest.raises(Invalid, match="ask about fewer fields"):
        witness(Case, wide)


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_whole_numbers_have_nothing_between_neighbours(low: int, high: int) -> None:
    between = ~CaseFields.reopened.at_most(low) & ~CaseFields.reopened.at_least(high)

    assert (witness(Case, between) is not None) is (high - low >= 2)
