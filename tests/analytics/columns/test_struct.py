"""Rules of columns are checked by blocks of rows, and told as if there were none; what follows from checked rows is theirs."""

from __future__ import annotations

import numpy as np
import pytest

from relcore.analytics import Purchases
from relcore.kernel.errors import InvalidRows

ROWS = 100_000  # several blocks


def summary(**columns):
    zeros = np.zeros(ROWS)
    return Purchases.from_summary(
        **{"frequency": zeros, "recency": zeros, "age": zeros + 9, "period": "week"} | columns
    )


def test_a_rule_that_is_broken_in_several_blocks_is_told_once_with_its_first_row_and_all_it_counts():
    """The second rule is broken in an earlier row than the first."""
    frequency, age = np.zeros(ROWS), np.full(ROWS, 9.0)
    frequency[[70_000, 99_999]] = 0.5
    age[[40_000, 70_001, 70_002]] = -1

    with pytest.raises(InvalidRows) as refused:
        summary(frequency=frequency, age=age)

    told = [(fault.column, fault.row, fault.value, fault.count) for fault in refused.value.faults[:2]]
    assert told == [("frequency", 70_000, 0.5, 2), ("age", 40_000, -1.0, 3)]


def test_rows_that_follow_from_checked_ones_are_as_closed_as_they():
    """Where, histories and collapse."""
    rows = summary(mean_spend=np.zeros(ROWS))

    derived = [rows.where(np.arange(ROWS) % 2 == 0), rows.histories(), rows.collapse().rows]

    assert [len(some) for some in derived] == [ROWS // 2, ROWS, 1]
    assert derived[1].spend is None
    assert derived[2].weight.tolist() == [ROWS]
    for some in derived:
        for column in (some.ids, some.frequency, some.recency, some.age, some.weight):
            assert not column.flags.writeable


def test_what_the_caller_writes_later_does_not_reach_the_rows():
    """Nor do the rows reach the caller's array."""
    age = np.full(ROWS, 9.0)
    rows = summary(age=age)

    age[:] = -1

    assert rows.age.min() == 9
    assert age.flags.writeable
