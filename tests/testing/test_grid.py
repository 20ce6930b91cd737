"""A grid that is alike throughout, or questions that find all or nothing, would prove nothing."""

from __future__ import annotations

from typing import Any

import pytest

from relcore.kernel.custom import value_of
from relcore.kernel.query import Compare, Missing, OneOf, StartsWith, predicate
from relcore.kernel.words import words
from relcore.storage import in_memory
from relcore.testing import Candidate
from relcore.testing.grid import grid, grids, leaves, sortable
from relcore.testing.trial import Trial


@pytest.fixture(params=grids(), ids=lambda kind: kind.__name__)
def rows(request: pytest.FixtureRequest) -> list[Any]:
    held = in_memory()
    with Trial(Candidate(lambda: held)) as trial:
        return grid(trial, request.param)


def test_every_field_differs_from_row_to_row(rows: list[Any]) -> None:
    for name, field in words(type(rows[0])).items():
        assert field.retired or len({field.held_by(row) for row in rows}) > 1, name


def test_every_field_that_has_an_order_has_ties_or_differs_throughout(rows: list[Any]) -> None:
    tied = [
        name for name in sortable(type(rows[0])) if len({value_of(name)(row) for row in rows}) < len(rows)
    ]

    assert tied


def test_every_test_of_every_field_finds_some_rows_and_not_all(rows: list[Any]) -> None:
    kind = type(rows[0])
    useful = {
        (leaf.field, leaf.op if isinstance(leaf, Compare) else type(leaf).__name__)
        for leaf in leaves(kind, rows)
        if isinstance(leaf, Compare | OneOf | StartsWith | Missing)
        and 0 < sum(map(predicate(leaf), rows)) < len(rows)
    }

    for name, field in words(kind).items():
        if field.personal or field.retired:
            continue
        tests = {"one_of": "OneOf", "starts_with": "StartsWith"}
        for test in field.tests - {"missing"}:
            assert (name, tests.get(test, test)) in useful
        if any(field.held_by(row) is None for row in rows):
            assert (name, "Missing") in useful
