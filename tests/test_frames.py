"""The boundary to dataframes."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from relcore import frames
from relcore.kernel.errors import Invalid


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_a_frame_made_is_a_frame_read(library):
    columns = {"n": np.array([1, 2]), "x": np.array([0.5, 1.5]), "who": ["a", "b"]}
    table = frames.read(frames.make(columns, library), ["who", "x", "n"])
    assert list(table["who"]) == ["a", "b"]
    assert table["x"].tolist() == [0.5, 1.5]
    assert table["n"].tolist() == [1, 2]


def test_a_library_that_makes_no_frames_is_refused():
    with pytest.raises(Invalid, match="library must be one that makes frames"):
        frames.make({"n": [1]}, "abacus")


def test_a_mapping_needs_no_dataframe_library_and_gives_a_mapping():
    assert frames.read({"a": [1, 2], "b": ("x", "y")}, ["b"]) == {"b": ["x", "y"]}
    assert frames.like({"z": 1}, {"a": np.array([1])}) == {"a": np.array([1])}
    with pytest.raises(Invalid, match="table must be a mapping to columns, got 'int'"):
        frames.read({"a": 3}, ["a"])


def test_a_relation_of_duckdb_is_read_and_given_back():
    columns = {"who": ["a", "b"], "day": pd.to_datetime(["2026-01-01", "2026-01-08"]), "paid": [1.5, 2.5]}
    table = pa.table(columns)
    relation = duckdb.from_arrow(table)

    assert frames.read(relation, ["who", "paid"])["who"] == ["a", "b"]
    made = frames.like(relation, {"x": np.array([1.0, 2.0]), "who": np.array(["a", "b"], dtype=object)})
    assert type(made) is type(relation)
    assert made.fetchall() == [(1.0, "a"), (2.0, "b")]


def test_days_before_1970_stay_on_their_day():
    times = pd.DataFrame({"at": pd.to_datetime(["1969-12-31 23:00", "1969-12-31 01:00"])})
    column = frames.read(times, ["at"])["at"]
    assert column.astype("datetime64[D]").astype(int).tolist() == [-1, -1]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"who": pd.array(["a", None], dtype="string"), "n": pd.array([1, None], dtype="Int64")}),
        pl.DataFrame({"who": ["a", None], "n": [1, None]}),
        pa.table({"who": ["a", None], "n": [1, None]}),
    ],
)
def test_what_an_engine_calls_missing_is_none_or_nan(frame):
    table = frames.read(frame, ["who", "n"])
    assert table["who"] == ["a", None]
    assert np.isnan(np.asarray(table["n"], dtype=float)).tolist() == [False, True]
