"""A query is a closed, two-valued tree: it means the same everywhere, and what is not understood is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Case, Invalid, Order
from relcore.ids import CaseId, CustomerId
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree, predicate
from relcore.kernel.query_json import from_json, to_json
from relcore.sales import OrderFields
from relcore.service import CaseFields, CaseState
from relcore.testing import CountingIds
from tests.queries import case_queries, order_queries
from tests.strategies import NOON, cases, orders

CASE = Case(CountingIds().new(CaseId), CountingIds().new(CustomerId), "a subject")


def holds(tree: Tree, entity: Any) -> bool:  # noqa: C901  # one line for each kind of question
    """What a tree means, slowly and in the plainest words."""
    if isinstance(tree, Not):
        return not holds(tree.tree, entity)
    if isinstance(tree, All):
        return False not in [holds(t, entity) for t in tree.trees]
    if isinstance(tree, AnyOf):
        return True in [holds(t, entity) for t in tree.trees]
    found = (
        entity.custom.get(tree.field[7:]) if tree.field.startswith("custom.") else getattr(entity, tree.field)
    )
    if isinstance(tree, Missing):
        return found is None
    if found is None:
        return False
    if isinstance(tree, StartsWith):
        return bool(found[: len(tree.prefix)] == tree.prefix)
    if isinstance(tree, OneOf):
        return any(found == value for value in tree.values)
    here, there = found, tree.value
    if hasattr(found, "currency"):
        if found.currency != there.currency:
            return False
        here, there = found.minor, there.minor
    answers = {"is": here == there}
    if tree.op != "is":
        answers = {
            "below": here < there,
            "at_most": here <= there,
            "above": here > there,
            "at_least": here >= there,
        }
    return answers[tree.op]


@given(case_queries, cases)
def test_a_question_about_cases_means_what_its_words_say(query: Query[Case], case: Case) -> None:
    assert predicate(query.tree)(case) is holds(query.tree, case)


@given(order_queries, orders)
def test_a_question_about_orders_means_what_its_words_say(query: Query[Order], order: Order) -> None:
    assert predicate(query.tree)(order) is holds(query.tree, order)


@given(case_queries, cases)
def test_not_is_the_exact_complement(query: Query[Case], case: Case) -> None:
    assert predicate((~query).tree)(case) is not predicate(query.tree)(case)


@given(case_queries, case_queries, cases)
def test_joined_questions_are_and_and_or(one: Query[Case], other: Query[Case], case: Case) -> None:
    yes, also = predicate(one.tree)(case), predicate(other.tree)(case)

    assert predicate((one & other).tree)(case) is (yes and also)
    assert predicate((one | other).tree)(case) is (yes or also)


def test_a_comparison_with_nothing_is_false() -> None:
    assert not predicate(CaseFields.resolved_at.before(NOON).tree)(CASE)
    assert predicate((~CaseFields.resolved_at.before(NOON)).tree)(CASE)
    assert predicate(CaseFields.resolved_at.missing().tree)(CASE)


def test_the_empty_question_asks_for_all_and_one_of_nothing_for_none() -> None:
    assert predicate(Query[Case]().tree)(CASE)
    assert not predicate(CaseFields.state.one_of().tree)(CASE)


def test_a_query_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"join queries with &, | and ~"):
        bool(CaseFields.cause.is_("unknown"))


UNBUILT: list[Any] = [
    lambda: Compare("state", "zz", "open"),  # type: ignore[arg-type]
    lambda: Compare("state", [], "open"),  # type: ignore[arg-type]
    lambda: Compare(5, "is", "open"),  # type: ignore[arg-type]
    lambda: Compare("state", "is", None),  # type: ignore[arg-type]
    lambda: Compare("state", "is", 1.5),  # type: ignore[arg-type]
    lambda: Compare("state", "is", ["open"]),  # type: ignore[arg-type]
    lambda: Compare("cause", "is", "\ud800"),
    lambda: Compare("cause", "is", "a\x00b"),
    lambda: OneOf("state", 5),  # type: ignore[arg-type]
    lambda: OneOf("state", "open"),  # type: ignore[arg-type]
    lambda: OneOf("state", ("open", None)),  # type: ignore[arg-type]
    lambda: OneOf("cause", ("\ud800",)),
    lambda: OneOf(None, ()),  # type: ignore[arg-type]
    lambda: Missing(5),  # type: ignore[arg-type]
    lambda: StartsWith("cause", 5),  # type: ignore[arg-type]
    lambda: StartsWith("cause", "\ud800"),
    lambda: Not(5),  # type: ignore[arg-type]
    lambda: Not(Query()),  # type: ignore[arg-type]
    lambda: All(5),  # type: ignore[arg-type]
    lambda: All([Missing("cause")]),  # type: ignore[arg-type]
    lambda: AnyOf((Missing("cause"), "cause")),  # type: ignore[arg-type]
    lambda: Query("x"),  # type: ignore[arg-type]
    lambda: Query(None),  # type: ignore[arg-type]
    lambda: Query(Query()),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("build", UNBUILT)
def test_what_is_no_node_of_a_question_is_refused_when_it_is_built(build: Any) -> None:
    with pytest.raises(UnknownQuery, match="write it in words") as unknown:
        build()

    str(unknown.value).encode()


@given(case_queries)
def test_a_query_is_written_as_json_and_read_back(query: Query[Case]) -> None:
    written = json.dumps(to_json(query, Case))

    assert from_json(json.loads(written), Case) == query


@given(order_queries)
def test_a_query_about_money_is_written_as_json_and_read_back(query: Query[Order]) -> None:
    written = json.dumps(to_json(query, Order))

    assert from_json(json.loads(written), Order) == query


def test_a_long_chain_is_wide_and_not_deep() -> None:
    chain = CaseFields.cause.is_("c0")
    for n in range(1, 300):
        chain |= CaseFields.cause.is_(f"c{n}")

    assert from_json(to_json(chain, Case), Case) == chain


REFUSED: list[Any] = [
    None,
    [],
    "all",
    {},
    {"field": "state"},
    {"field": "nope", "is": "open"},
    {"field": "subject", "is": "Cannot log in"},
    {"field": "state", "is": "opne"},
    {"field": "state", "is": None},
    {"field": "state", "is": []},
    {"field": "state", "starts_with": "o"},
    {"field": "state", "starts_with": "open"},
    {"field": "state", "above": "open"},
    {"field": "opened_at", "above": "2026-03-01T09:00:00Z"},
    {"field": "opened_at", "one_of": ["2026-03-01T09:00:00Z"]},
    {"field": "state", "is": "open", "one_of": []},
    {"field": "state", "like": "open"},
    {"field": "cause", "is": 5},
    {"field": "cause", "is": "\x00"},
    {"field": "cause", "is": "\ud800"},
    {"field": "cause", "missing": False},
    {"field": "cause", "missing": 1},
    {"field": "cause", "one_of": "unknown"},
    {"field": "reopened", "at_least": 1.0},
    {"field": "reopened", "at_least": True},
    {"field": "reopened", "at_least": 2**63},
    {"field": "customer", "is": 5},
    {"field": "customer", "is": "case_" + "0" * 32},
    {"field": "owner", "is": "u-17"},
    {"field": "owner", "is": 17},
    {"field": "opened_at", "below": "2026-03-01T09:00:00"},
    {"field": "opened_at", "below": "0001-01-01T00:00:00+14:00"},
    {"field": "opened_at", "below": 5},
    {"not": []},
    {"not": {"all": []}, "all": []},
    {"all": {"field": "state", "is": "open"}},
    {"any": [{"none": []}]},
    {"xor": []},
]


@pytest.mark.parametrize("plain", REFUSED, ids=repr)
def test_what_is_not_understood_is_refused_and_never_ignored(plain: Any) -> None:
    with pytest.raises(UnknownQuery):
        from_json(plain, Case)


@pytest.mark.parametrize(
    "amount",
    [5, "5 EUR", {"amount": 5, "currency": "EUR"}, {"amount": "5"}, {"amount": "x", "currency": "EUR"}, {"amount": "5", "currency": "XXX"}, {"amount": str(2**63), "currency": "JPY"}],
    ids=repr,
)  # fmt: skip
def test_an_amount_that_is_none_is_refused(amount: Any) -> None:
    with pytest.raises(UnknownQuery):
        from_json({"field": "amount", "at_least": amount}, Order)


plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["state", "opened_at", "customer", "owner", "cause", "reopened", "open", "person:u-1"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["field", "is", "one_of", "missing", "below", "at_least", "starts_with", "not", "all", "any"]),
        inner,
        max_size=2,
    ),
    max_leaves=12,
)  # fmt: skip


@given(plain_json)
def test_any_json_is_a_query_or_a_refusal(plain: Any) -> None:
    try:
        query = from_json(plain, Case)
    except UnknownQuery:
        return

    assert from_json(to_json(query, Case), Case) == query


def test_a_question_nested_without_end_is_refused() -> None:
    plain: Any = {"all": []}
    for _ in range(60):
        plain = {"not": plain}

    with pytest.raises(UnknownQuery, match="nested at most 50 deep"):
        from_json(plain, Case)


def nested(depth: int, innermost: Any) -> Any:
    for _ in range(depth):
        innermost = [innermost]
    return innermost


@pytest.mark.parametrize(
    ("plain", "rule"),
    [
        ({"any": [{"field": "state", "missing": True}] * 501}, "at most 500 tests"),
        ({"field": "state", "one_of": ["open"] * 20_000}, "at most 20,000 values"),
        ({"field": "subject", "is": "x" * 3_000_000}, "at most 2,000,000 characters"),
        ({"field": "reopened", "is": 10**5_000}, "whole numbers below 2**64"),
        ({"field": "state", "is": nested(100_000, "open")}, "at most 50 deep"),
        (nested(100_000, "open"), "at most 50 deep"),
    ],
    ids=["tests", "values", "text", "number", "depth of a value", "depth"],
)
def test_a_question_without_measure_is_refused_and_can_be_shown(plain: Any, rule: str) -> None:
    with pytest.raises(UnknownQuery) as refused:
        from_json(plain, Case)

    assert rule in str(refused.value)


def test_a_question_of_five_hundred_tests_is_understood() -> None:
    plain = {
        "any": [{"field": "state", "is": "new"}] * 499 + [{"field": "state", "one_of": ["new"] * 10_000}]
    }

    assert to_json(from_json(plain, Case), Case) == plain


@pytest.mark.parametrize(
    "ask",
    [
        lambda: CaseFields.owner.is_("u-17"),
        lambda: CaseFields.customer.is_("customer_1"),
        lambda: CaseFields.state.is_("opne"),
        lambda: CaseFields.cause.is_(5),
        lambda: CaseFields.cause.starts_with("\x00"),
        lambda: CaseFields.reopened.at_least(1.5),
        lambda: CaseFields.reopened.at_least(True),
        lambda: CaseFields.reopened.at_most(2**63),
        lambda: CaseFields.opened_at.before(NOON.replace(tzinfo=None)),
        lambda: OrderFields.amount.at_least(5),
    ],
)
def test_a_value_of_another_type_is_refused_where_the_question_is_written(ask: Any) -> None:
    with pytest.raises(Invalid):
        ask()


def test_equal_questions_are_equal_trees() -> None:
    assert CaseFields.state.is_(CaseState.OPEN).tree == Compare("state", "is", "open")
    assert CaseFields.state.is_(CaseState.OPEN) == from_json({"field": "state", "is": "open"}, Case)
