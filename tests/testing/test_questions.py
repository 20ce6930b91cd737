"""Patterns of questions, filled with what rows hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relcore import Case
from relcore.kernel.paging import checked_order
from relcore.kernel.query import Compare, Missing, OneOf, StartsWith, predicate
from relcore.kernel.query_json import from_json, to_json
from relcore.testing.questions import filled, orders, patterns
from tests.strategies import cases


@given(rows=st.lists(cases, max_size=3), pattern=patterns(Case))
def test_a_filled_pattern_is_a_question_that_can_be_asked_and_written(
    rows: list[Case], pattern: object
) -> None:
    query = filled(pattern, Case, rows)  # type: ignore[arg-type]

    assert from_json(to_json(query, Case), Case) == query
    assert [predicate(query.tree)(row) for row in rows].count(None) == 0


@given(keys=orders(Case))
def test_every_order_is_one_that_the_entity_has(keys: list[object]) -> None:
    assert checked_order(Case, keys) == tuple(keys)  # type: ignore[arg-type]


@given(row=cases)
def test_values_are_those_of_the_rows(row: Case) -> None:
    patterns_of_one = [
        (Compare("state", "is", 5), Compare("state", "is", str(row.state))),
        (OneOf("state", (1, 2)), OneOf("state", (str(row.state),) * 2)),
        (StartsWith("resolution", "3"), StartsWith("resolution", (row.resolution or "")[:3])),
        (
            Compare("owner", "is", 1),
            Missing("owner") if row.owner is None else Compare("owner", "is", row.owner),
        ),
    ]

    for pattern, expected in patterns_of_one:
        assert filled(pattern, Case, [row]).tree == expected


def test_of_no_rows_it_is_asked_who_has_nothing() -> None:
    assert filled(Compare("owner", "is", 1), Case, []).tree == Missing("owner")
