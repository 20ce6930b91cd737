"""A table of who bought on which occasion is a log like any other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import Ledger, Occasions
from relcore.kernel.errors import Invalid, InvalidRows

YEARS = ["1995-12-31", "1996-06-30", "1997-01-01", "1998-02-28"]
ROW = st.lists(st.integers(0, 1), min_size=4, max_size=4)


@settings(max_examples=60)
@given(st.lists(ROW, max_size=12))
def test_a_table_holds_the_histories_that_loops_count_in_it(rows):
    ledger = Ledger.from_matrix(np.array(rows).reshape(-1, 4), on=YEARS)

    known = Occasions.from_ledger(ledger, period="year", until="1998-12-31")

    expected = []
    for who, row in enumerate(rows):
        taken = [n for n, one in enumerate(row) if one]
        if taken:
            expected.append((who, len(taken) - 1, taken[-1] - taken[0], 3 - taken[0]))
    assert [*zip(known.ids, known.frequency, known.recency, known.age, strict=True)] == expected


def test_a_table_is_the_log_of_its_ones():
    table = pd.DataFrame({"1995-12-31": [True, False], "1996-12-31": [True, True]})

    ledger = Ledger.from_matrix(table, on=list(table.columns), ids=["b", "a"])

    log = {"who": ["b", "b", "a"], "day": ["1995-12-31", "1996-12-31", "1996-12-31"]}
    read = Ledger.from_orders(log, customer="who", at="day")
    ends = {"period": "day", "until": "1997-12-31"}
    assert ledger.purchases(**ends) == read.purchases(**ends)


def test_nobody_who_never_bought_is_a_customer():
    assert Ledger.from_matrix([[0, 0, 0, 0]], on=YEARS, ids=["a"]).ids.size == 0
    assert Ledger.from_matrix(np.zeros((0, 4)), on=YEARS).ids.size == 0


@pytest.mark.parametrize(
    ("row", "value"), [([0, 2, 0, -1], "2"), ([0, np.nan, 0, 1], "nan"), ([1, None, 0, 0], "None")]
)
def test_a_value_that_is_neither_0_nor_1_is_told_with_its_row(row, value):
    with pytest.raises(InvalidRows, match=f"must be 0 or 1, got {value}.*counts > 0") as refusal:
        Ledger.from_matrix([[1, 0, 0, 1], row, row], on=YEARS)
    (fault,) = refusal.value.faults
    assert (fault.column, fault.row, fault.count) == ("taken", 1, 2)


@pytest.mark.parametrize(
    ("taken", "more", "said"),
    [
        ([[1, 0, 0]], {}, "taken must be a table .* which are 4"),
        ([1, 0, 0, 1], {}, "taken must be a table"),
        ([[1, 0, 0, 1], [1]], {}, "taken must have rows of one length"),
        ([[1, 0, 0, 1]], {"on": YEARS[::-1]}, "on must increase"),
        ([[1, 0, 0, 1]], {"on": [YEARS[0], *YEARS[:3]]}, "on must increase"),
        ([[1, 0, 0, 1]], {"on": ["1995", "1996", "1997", "1998"]}, "on must be a calendar day"),
        ([[1, 0, 0, 1]], {"ids": ["a", "b"]}, "ids must be one for each of the 1 rows"),
        ([[1, 0, 0, 1]] * 2, {"ids": ["a", "a"]}, "a customer must be there once"),
        ([[1, 0, 0, 1]], {"ids": [""]}, "a customer id must be there"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(taken, more, said):
    with pytest.raises(Invalid, match=said):
        Ledger.from_matrix(taken, **{"on": YEARS} | more)
