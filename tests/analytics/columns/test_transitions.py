"""Transitions: counted as a dict would count them, fast, and refused where they say nothing."""

from __future__ import annotations

import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import Transitions
from relcore.analytics.columns.pair_counts import pair_sums
from tests.oracles import markov

STATE = st.sampled_from(["new", "loyal", "gone", "back"])
ROWS = st.lists(st.tuples(st.integers(0, 5), STATE, STATE), max_size=40)


def made(rows, **more):
    who, source, target = map(list, zip(*rows, strict=True)) if rows else ([], [], [])
    return Transitions.from_arrays(
        subject=who, source=source, target=target, at=list(range(len(rows))), **more
    )


def counted(transitions):
    names, found = transitions.states, transitions.counts()
    return {(names[i], names[j]): found[i, j] for i, j in np.argwhere(found > 0).tolist()}


@given(ROWS)
def test_counts_are_those_of_a_dict(rows):
    assert counted(made(rows)) == markov.counts((source, target) for _, source, target in rows)


@given(ROWS, ROWS)
def test_adding_adds_the_counts_and_unites_the_states(first, second):
    both = made(first) + made(second)
    assert counted(both) == counted(made(first + second))
    assert len(both) == len(first) + len(second)


@pytest.mark.parametrize("states", [3, 100, 150, 200])
def test_counts_hold_for_any_number_of_states(states):
    random = np.random.default_rng(5)
    source, target = random.integers(0, states, (2, 70_000))
    names = tuple(f"s{n}" for n in range(states))
    n = np.arange(70_000)
    found = Transitions(subject=n, source=source, target=target, at=n, spell=n + 1, states=names).counts()
    slow = np.zeros((states, states), dtype=np.int64)
    np.add.at(slow, (source, target), 1)
    assert np.array_equal(found, slow)
    assert np.array_equal(pair_sums(source, target, np.full(70_000, 0.5), states), slow / 2)


def test_ten_million_are_counted_in_less_than_a_tenth_of_a_second():
    random = np.random.default_rng(5)
    source, target = random.integers(0, 8, (2, 10_000_000), dtype=np.int8)
    n = np.broadcast_to(np.int64(1), 10_000_000)
    moves = Transitions(subject=n, source=source, target=target, at=n, spell=n, states=tuple("abcdefgh"))
    took = []
    for _ in range(3):
        began = time.process_time()
        moves.counts()
        took.append(time.process_time() - began)
    assert min(took) < 0.1


def test_a_frame_brings_the_spells_and_the_order_of_states():
    frame = pl.DataFrame({"who": ["a"], "old": ["x"], "new": ["y"], "on": ["2026-01-05"], "time": [2]})
    moves = Transitions.from_frame(
        frame, subject="who", source="old", target="new", at="on", spell="time", states=["y", "x"]
    )
    assert (moves.source.tolist(), moves.target.tolist(), moves.spell.tolist()) == ([1], [0], [2])
    assert moves.where([False]).counts().tolist() == [[0, 0], [0, 0]]


def test_no_rows_are_fine():
    assert made([]).counts().shape == (0, 0)
    assert made([], states=["x", "y"]).counts().tolist() == [[0, 0], [0, 0]]
    assert repr(made([], states=["x"])) == "Transitions of 0 subjects between 1 states, 0 changes"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"source": ["x", None]}, "column 'source', row 1: a label must be known text, got None"),
        ({"at": [1, None]}, "column 'at', row 1: a moment must be there"),
        ({"spell": [1, 0]}, "column 'spell', row 1: must be >= 1, got 0"),
        ({"states": ["x"]}, r"column 'target', row 0: .* got 'y' .*; write one of x"),
        ({"states": ["x", "y", "x"]}, "source must have distinct names"),
        ({"subject": [1]}, "must have columns of one length"),
    ],
)
def test_it_is_refused_with_the_row_and_the_value(change, says):
    given = {"subject": [1, 2], "source": ["x", "x"], "target": ["y", "y"], "at": [1, 2]} | change
    with pytest.raises(Invalid, match=says):
        Transitions.from_arrays(**given)


def test_codes_without_a_name_are_refused():
    n = np.ones(1, dtype=np.int64)
    with pytest.raises(Invalid, match="column 'target', row 0: must be a position in 1 states"):
        Transitions(subject=n, source=n - 1, target=n, at=n, spell=n, states=["x"])
    with pytest.raises(Invalid, match="labels go to from_arrays"):
        Transitions(subject=n, source=["x"], target=n, at=n, spell=n, states=["x"])
