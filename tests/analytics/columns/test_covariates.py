"""What is known of customers, from a table or from arrays, and what is refused."""

import re

import numpy as np
import pytest

from relcore import frames
from relcore.analytics import Covariates
from relcore.kernel.errors import Invalid, InvalidRows

TABLE = {
    "who": ["a", "b", "c", "d"],
    "age": [34.0, 51.0, 28.0, 40.0],
    "channel": ["web", "store", "web", "app"],
    "vip": [True, False, True, True],
}


def read(table=None, *, of=("age", "channel", "vip"), ids=None):
    return Covariates.from_frame(TABLE if table is None else table, customer="who", of=of, ids=ids)


# --- from a table ---


def test_text_becomes_indicators_against_the_most_frequent_level():
    known = read()

    assert known.names == ("age", "channel=app", "channel=store", "vip")
    assert known.values.tolist() == [[34, 0, 0, 1], [51, 0, 1, 0], [28, 0, 0, 1], [40, 1, 0, 1]]
    assert known.coding == {"age": (), "channel": ("web", "app", "store"), "vip": ()}


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_every_dataframe_tells_the_same(library):
    assert read(frames.make(TABLE, library)) == read()


def test_rows_come_in_the_order_of_the_ids_asked_for_and_others_are_left_out():
    known = read(ids=["d", "a"])

    assert known.ids.tolist() == ["d", "a"]
    assert known.values[:, 0].tolist() == [40, 34]
    assert known.names == ("age", "channel=web", "vip")  # of those asked for, app comes first


def test_customers_of_next_year_are_coded_as_those_of_this_year():
    later = {"who": ["x", "y"], "age": [20, 30], "channel": ["store", "store"], "vip": [False, False]}

    known = read(later, of=read().coding)

    assert known.names == read().names
    assert known.values.tolist() == [[20, 0, 1, 0], [30, 0, 1, 0]]


def test_a_level_that_was_not_there_is_refused():
    later = {"who": ["x", "y"], "channel": ["store", "phone"]}

    with pytest.raises(
        InvalidRows, match=r"'channel', row 1: a level must be one of web, app, store, got 'phone'"
    ):
        read(later, of={"channel": ("web", "app", "store")})


@pytest.mark.parametrize(
    ("column", "values", "says"),
    [
        ("age", [1.0, None, None, 2.0], "column 'age', row 1: a covariate must be finite, got nan (2 such rows)"),
        ("age", [1.0, float("inf"), 3.0, 4.0], "column 'age', row 1: a covariate must be finite, got inf"),
        ("age", [1.0, "old", 3.0, 4.0], "column 'age', row 0: a covariate must be text in every row, got 1.0 (3 such rows)"),
        ("age", [b"1", b"2", b"3", b"4"], "column 'age', row 0: a covariate must be a number or text"),
        ("channel", ["web", None, "web", "app"], "column 'channel', row 1: a covariate must be there, got None"),
        ("channel", ["web"] * 4, "channel must have two levels or more, got 1"),
    ],
)  # fmt: skip
def test_what_is_no_covariate_is_refused_with_its_column_and_how_many_rows(column, values, says):
    with pytest.raises(Invalid, match=re.escape(says)):
        read(TABLE | {column: values})


def test_too_many_levels_are_refused():
    many = {"who": list(range(101)), "city": [f"city {n}" for n in range(101)]}

    with pytest.raises(Invalid, match="city must have at most 100 levels, got 101"):
        read(many, of=["city"])


def test_a_customer_who_is_there_twice_is_refused_without_his_name():
    with pytest.raises(InvalidRows, match="a customer must be there once") as told:
        read(TABLE | {"who": ["a", "b", "a", "a"]})

    assert told.value.faults[0].count == 2
    assert "'a'" not in str(told.value)


def test_customers_of_whom_nothing_is_known_are_counted_and_refused():
    with pytest.raises(Invalid, match="of 2 in 3 they do not"):
        read(ids=["a", "x", "y"])
    with pytest.raises(Invalid, match="of 4 in 4 they do not"):
        read(ids=[1, 2, 3, 4])


def test_columns_must_be_named():
    with pytest.raises(Invalid, match="must have the column 'income'"):
        read(of=["income"])
    with pytest.raises(Invalid, match="must name at least one column"):
        read(of=[])
    with pytest.raises(Invalid, match="must name at least one column"):
        read(of="age")


# --- from arrays ---


def test_they_are_read_only_and_nobody_elses():
    values = np.array([[1.0], [2.0]])
    known = Covariates([1, 2], ["age"], values)

    values[0] = 9.0

    assert known.values.tolist() == [[1.0], [2.0]]
    assert not known.values.flags.writeable


@pytest.mark.parametrize(
    ("ids", "names", "values", "says"),
    [
        ([1, 2], ["a"], [1.0, 2.0], "values must have two dimensions"),
        ([1, 2], ["a"], [[1.0]], "values must have a row per id and a column per name"),
        ([1, 2], ["a", "a"], [[1.0, 2.0], [3.0, 4.0]], "names must be distinct, got 'a'"),
        ([1, 1], ["a"], [[1.0], [2.0]], "a customer must be there once"),
        ([1, 2], ["a"], [[1.0], [np.nan]], "column 'a', row 1: a covariate must be finite"),
    ],
)
def test_what_does_not_fit_together_is_refused(ids, names, values, says):
    with pytest.raises(Invalid, match=says):
        Covariates(ids, names, values)


def test_a_column_of_text_by_its_name_stands_for_its_indicators():
    known = read()

    assert known.only("channel", "age").names == ("channel=app", "channel=store", "age")
    assert known.only("channel=store").values.tolist() == [[0], [1], [0], [0]]
    assert known.only("vip").coding == {"vip": ()}
    with pytest.raises(
        Invalid, match="names must be among age, channel=app, channel=store, vip, got 'income'"
    ):
        known.only("income")


def test_nobody_is_fine():
    nobody = read({"who": [], "age": []}, of=["age"])

    assert len(nobody) == 0
    assert nobody.of(np.array([], dtype=object)).values.shape == (0, 1)
    assert repr(nobody) == "Covariates of 0 customers"


def test_they_show_themselves_without_anybody():
    assert repr(read()).splitlines() == [
        "Covariates of 4 customers",
        "  age            mean 38.25, from 28 to 51",
        "  channel=app    25.0 % of them",
        "  channel=store  25.0 % of them",
        "  vip            75.0 % of them",
    ]
