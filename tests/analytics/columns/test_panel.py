"""Panels: snapshots, and the pairs of states of two periods in a row."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import Panel
from relcore.analytics.columns.moments import label

SNAPSHOT = st.tuples(st.integers(0, 3), st.integers(0, 9))


def table(snapshots):
    days = [f"2026-{1 + step:02}-15" for (_, step) in snapshots]
    return {"who": [who for who, _ in snapshots], "at": days, "is": list(snapshots.values())}


@given(st.dictionaries(SNAPSHOT, st.sampled_from("xyz"), max_size=25))
def test_pairs_are_those_of_a_dict_whatever_the_order_of_rows_and_with_holes(snapshots):
    panel = Panel.from_frame(table(snapshots), subject="who", at="at", state="is", period="month")
    source, target, weight = panel.pairs()
    found = Counter((panel.states[s], panel.states[t]) for s, t in zip(source, target, strict=True))
    slow = Counter(
        (state, snapshots[who, step + 1])
        for (who, step), state in snapshots.items()
        if (who, step + 1) in snapshots
    )
    assert found == slow
    assert weight.tolist() == [1] * sum(slow.values())


def test_it_reads_dataframes_and_shows_itself():
    frame = pd.DataFrame(
        {"who": [1, 1], "at": pd.to_datetime(["2026-01-31", "2026-02-28"]), "is": ["x", "y"]}
    )
    panel = Panel.from_frame(frame, subject="who", at="at", state="is", period="month", states=["y", "x"])
    assert panel.state.tolist() == [1, 0]
    assert repr(panel) == "Panel of 1 subject at the end of 2 months from 2026-01 to 2026-02: 1 pair"


def test_no_rows_are_fine():
    panel = Panel.from_frame(
        {"who": [], "at": [], "is": []}, subject="who", at="at", state="is", period="week"
    )
    assert repr(panel) == "Panel of 0 subjects, by week"
    assert all(column.size == 0 for column in panel.pairs())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"at": ["2026-01-01", None]}, "column 'at', row 1: a moment must be there"),
        ({"is": ["x", 5]}, "column 'is', row 1: a label must be known text, got 5"),
        ({"who": [1, 1.5]}, "column 'who'"),
        ({"who": [1, 1], "at": ["2026-01-01", "2026-01-30"]}, r"one at a time, for each subject \(2026-01\)"),
    ],
)
def test_it_is_refused_with_the_row_and_the_value(given, says):
    rows = {"who": [1, 2], "at": ["2026-01-01", "2026-02-01"], "is": ["x", "y"]} | given
    with pytest.raises(Invalid, match=says):
        Panel.from_frame(rows, subject="who", at="at", state="is", period="month")


def test_periods_are_numbered_from_1970():
    panel = Panel.from_frame(
        {"who": [1, 1], "at": ["1969-12-31", "1970-01-01"], "is": ["x", "x"]},
        subject="who", at="at", state="is", period="year",
    )  # fmt: skip
    assert panel.step.tolist() == [-1, 0]
    assert label("year", -1) == "1969"
    assert np.array_equal(panel.pairs()[0], [0])
