"""Distinct rows are those that a set of tuples has, in order, each shown by its first row, whatever way they are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.analytics._numerics.distinct import distinct, distinct_if_few


@pytest.mark.parametrize("largest", [3.0, 1e6], ids=["few values, looked up", "many values, sorted"])
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=60))
def test_rows_are_told_apart_as_tuples_are(largest, rows):
    """Whole numbers of small and of large range."""
    held = [(float(x), y * largest / 7) for x, y in rows]
    columns = np.array(held).reshape(-1, 2)

    found = distinct([(columns[:, 0], 1.0), (columns[:, 1], 7.0)])

    expected = sorted(set(held))
    assert [tuple(row) for row in columns[found.first].tolist()] == expected
    assert found.index.tolist() == [expected.index(row) for row in held]
    assert found.first.tolist() == [held.index(row) for row in expected]


@pytest.mark.parametrize("largest", [3.0, 1e6], ids=["few values, looked up", "many values, sorted"])
@given(rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 9)), min_size=1))
def test_what_is_known_of_distinct_rows_goes_to_each_and_back_as_sums(largest, rows):
    """Weights add up over rows that are alike; each row gets what its like got."""
    column, weight = (
        np.array([x * largest + y / 2 for x, y, _ in rows]),
        np.array([float(w) for *_, w in rows]),
    )

    found = distinct([(column, 2.0)])

    assert np.array_equal(found.each(column[found.first]), column)
    alike = [sum(w for value, w in zip(column, weight, strict=True) if value == own) for own in column]
    assert found.each(found.sums(weight)).tolist() == alike


def test_columns_whose_values_are_too_many_for_one_number_are_told_apart_all_the_same():
    """Seven of them, far apart and not whole."""
    random = np.random.default_rng(20261126)
    columns = random.choice(np.exp(random.normal(0, 20, 2000)), (7, 5000))
    columns[:, 4000:] = columns[:, :1000]

    found = distinct([(column, 7.0) for column in columns])

    order = sorted(set(map(tuple, columns.T.tolist())))
    assert [tuple(columns[:, row]) for row in found.first] == order
    assert np.array_equal(found.index[4000:], found.index[:1000])


def test_far_columns_are_looked_up_only_if_they_are_whole_and_near():
    """Otherwise asking about each row is sooner done."""
    near, far = np.arange(100.0) % 7, np.arange(100.0) * 1e6

    assert distinct_if_few([(near, 1.0)]) is not None
    assert distinct_if_few([(near + 0.1, 1.0)]) is None
    assert distinct_if_few([(near, 1.0), (far, 1.0)]) is None


def test_more_rows_than_stay_in_a_cache_are_told_apart_as_numpy_does():
    """A hundred thousand, of which many are alike, and whose table would be ten times as long."""
    random = np.random.default_rng(20261127)
    columns = random.integers(0, (40, 270, 90), (100_000, 3)).astype(np.float64)
    columns[60_000:, 1:] = columns[:40_000, 1:] % 7

    found = distinct([(column, 1.0) for column in columns.T])

    _, first, index = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    assert np.array_equal(found.first, first)
    assert np.array_equal(found.index, index.ravel())
    assert np.array_equal(found.sums(np.ones(100_000)), np.bincount(index.ravel()))
