"""Distinct rows are those that a set of tuples has, in order, each shown by its first row, whatever way they are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.analytics._numerics.distinct import distinct


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
