"""The struct itself: what it refuses, how it adds up, collapses and shows itself."""

from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import BetaGeoNBD, Purchases, Renewals, Span
from relcore.kernel.errors import Invalid, InvalidRows

ROW = st.tuples(st.integers(0, 4), st.integers(0, 30), st.integers(0, 30), st.integers(1, 3)).map(
    lambda row: (row[0], min(row[1], row[2]) + 1.0 if row[0] else 0.0, max(row[1], row[2]) + 1.0, row[3])
)


def made(rows, start=0, **more):
    x, recency, age, weight = zip(*rows, strict=True) if rows else ((), (), (), ())
    ids = np.arange(start, start + len(rows))
    return Purchases.from_summary(
        frequency=x, recency=recency, age=age, weight=weight, ids=ids, period="day", **more
    )


def sorted_rows(purchases):
    return sorted(zip(purchases.ids, purchases.frequency, purchases.recency, purchases.age, strict=True))


@settings(max_examples=50, deadline=None)
@given(st.lists(ROW, max_size=8), st.lists(ROW, max_size=8), st.lists(ROW, max_size=8))
def test_adding_is_associative_and_commutative_up_to_order(first, second, third):
    a, b, c = made(first), made(second, 100), made(third, 200)
    assert (a + b) + c == a + (b + c)
    assert sorted_rows(a + b) == sorted_rows(b + a)


@settings(max_examples=50, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=30))
def test_collapsing_keeps_the_likelihood_and_knows_the_way_back(rows):
    purchases = made(rows)
    collapsed = purchases.collapse()
    model = BetaGeoNBD(r=0.4, alpha=3, a=0.8, b=2, period="day")

    assert len(set(sorted_rows(collapsed.rows.without_spend()))) == len(collapsed.rows)
    assert collapsed.rows.weight.sum() == purchases.weight.sum()
    for name in ("frequency", "recency", "age"):
        assert np.array_equal(getattr(collapsed.rows, name)[collapsed.index], getattr(purchases, name))
    assert model.log_likelihood(collapsed.rows) == pytest.approx(model.log_likelihood(purchases), rel=1e-12)
    assert np.array_equal(collapsed.rows.collapse().rows.age, collapsed.rows.age)


def test_collapsing_finds_rows_that_differ_in_the_last_bit_only():
    age = [3.7, np.nextafter(3.7, 4), 3.7]
    rows = Purchases.from_summary(frequency=[0, 0, 0], recency=[0, 0, 0], age=age, period="week")
    assert rows.collapse().index.tolist() == [0, 1, 0]


def test_collapsing_ranks_what_does_not_fit_into_one_integer():
    random = np.random.default_rng(4)
    age = random.uniform(1, 2, 500).repeat(2) * 1e9
    spend = random.uniform(1, 2, 500).repeat(2) * 1e9
    recency, x = age * 0.7, np.full(1000, 2**39)
    rows = Purchases.from_summary(
        frequency=x + np.arange(1000) // 4, recency=recency, age=age, mean_spend=spend / x, period="day"
    )
    collapsed = rows.collapse()
    assert len(collapsed.rows) == 500
    assert np.array_equal(collapsed.rows.age[collapsed.index], age)


def test_collapsed_shards_add_up_to_the_fit_of_the_whole():
    random = np.random.default_rng(8)
    x = random.integers(0, 4, 300)
    recency = np.where(x > 0, random.integers(1, 20, 300), 0)
    whole = Purchases.from_summary(frequency=x, recency=recency, age=recency + 5, period="week")
    shards = [whole.where(np.arange(300) % 3 == k).collapse().rows for k in range(3)]
    together = shards[0] + shards[1] + shards[2]
    assert len(together) < 300
    assert BetaGeoNBD.fit(together).parameters() == pytest.approx(
        BetaGeoNBD.fit(whole).parameters(), rel=1e-9
    )


def test_what_is_told_in_different_units_does_not_add_up():
    base = {"frequency": [0], "recency": [0], "age": [1]}
    a = Purchases.from_summary(**base, period="week")
    for other, field in [
        (Purchases.from_summary(**base, period="day", ids=[9]), "period"),
        (Purchases.from_summary(**base, period="week", until="2026-01-01", ids=[9]), "until"),
        (Purchases.from_summary(**base, period="week", mean_spend=[0], ids=[9]), "spend"),
        (Purchases.from_summary(**base, period="week", currency="EUR", ids=[9]), "currency"),
    ]:
        with pytest.raises(Invalid, match=f"{field} must be the same on both sides"):
            a + other
    with pytest.raises(
        InvalidRows, match=r"column 'ids', row 1: a customer must be there once, got <personal>"
    ):
        a + a
    with pytest.raises(Invalid, match="ids must be of one kind"):
        a + Purchases.from_summary(**base, period="week", ids=["x"])


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("frequency", 1.5, "must be whole and >= 0"),
        ("frequency", -1, "must be whole and >= 0"),
        ("frequency", np.nan, "must be whole and >= 0"),
        ("recency", 9, "must lie in"),
        ("recency", np.nan, "must lie in"),
        ("recency", 0, "must be 0 exactly where frequency is 0"),
        ("age", np.inf, "must be finite and >= 0"),
        ("weight", 0, "must be finite and > 0"),
        ("mean_spend", -1, "must be finite and >= 0"),
        ("mean_spend", np.nan, "must be finite and >= 0"),
    ],
)
def test_rows_that_cannot_be_are_told_with_column_row_and_value(column, value, rule):
    columns = {"frequency": [0, 2], "recency": [0, 3], "age": [4, 5], "weight": [1, 1], "mean_spend": [0, 7]}
    columns[column] = [columns[column][0], value]
    with pytest.raises(InvalidRows, match=rule) as refusal:
        Purchases.from_summary(**columns, period="week")
    assert refusal.value.faults[0].row == 1


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(Invalid, match="columns must be of one length"):
        Purchases.from_summary(frequency=[0, 1], recency=[0], age=[4, 5], period="week")
    with pytest.raises(Invalid, match="mean_spend must be as long as frequency"):
        Purchases.from_summary(frequency=[0], recency=[0], age=[4], mean_spend=[1, 2], period="week")
    with pytest.raises(Invalid, match="column must have one dimension"):
        Purchases.from_summary(frequency=[[0]], recency=[0], age=[4], period="week")


def test_equality_is_of_values_and_units_and_nothing_is_hashed():
    a = made([(1, 2.0, 3.0, 1)])
    assert a == made([(1, 2.0, 3.0, 1)])
    assert a != made([(1, 2.0, 4.0, 1)])
    assert a != "purchases"
    with pytest.raises(TypeError, match="unhashable"):
        hash(a)


def test_they_show_themselves_in_the_words_of_the_trade():
    rows = Purchases.from_summary(
        frequency=[0, 2], recency=[0, 3], age=[4, 5], mean_spend=[0, 7], period="month", weight=[3, 1],
        until="2026-03-31", currency="EUR",
    )  # fmt: skip
    assert repr(rows).splitlines() == [
        "Purchases of 4 customers in 2 rows, in months until 2026-03-31",
        "  came back     1 of 4 (25.0 %)",
        "  frequency     mean 0.50, most 2",
        "  recency       mean 3.00 months, of those who came back",
        "  age           mean 4.25, most 5.00 months",
        "  repeat spend  mean 7.00 EUR per purchase",
    ]


@pytest.mark.parametrize(
    ("like", "kind"),
    [
        (pd.DataFrame({"a": [1]}), pd.DataFrame),
        (pl.DataFrame({"a": [1]}), pl.DataFrame),
        (pl.LazyFrame({"a": [1]}), pl.LazyFrame),
        (pa.table({"a": [1]}), pa.Table),
        ({}, dict),
    ],
)
def test_a_frame_comes_back_as_the_kind_it_was(like, kind):
    rows = Purchases.from_summary(frequency=[0, 2], recency=[0, 3], age=[4, 5], ids=["x", "y"], period="week")
    frame = rows.to_frame(like=like, alive=[1.0, 0.5])
    assert type(frame) is kind
    names = frame.collect_schema().names() if kind is pl.LazyFrame else getattr(frame, "column_names", None)
    names = names if names is not None else list(getattr(frame, "columns", frame))
    assert names == ["customer", "frequency", "recency", "age", "alive"]


def test_a_column_that_does_not_fit_the_frame_is_refused():
    rows = Purchases.from_summary(
        frequency=[0], recency=[0], age=[4], period="week", weight=[2], mean_spend=[0]
    )
    assert list(rows.to_frame(like={})) == ["customer", "frequency", "recency", "age", "spend", "weight"]
    with pytest.raises(Invalid, match="alive must have one value per customer"):
        rows.to_frame(like={}, alive=[1, 2])
    with pytest.raises(Invalid, match="age is there already"):
        rows.to_frame(like={}, age=[1])
    with pytest.raises(Invalid, match="mask must have one value per row"):
        rows.where([True, False])


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        (np.array([70], dtype="m8[D]"), "timedelta64"),
        (np.array(["2024-01-01"], dtype="M8[D]"), "datetime64"),
        (["7"], "<U1|str"),
        ([timedelta(7)], "object"),
    ],
)
def test_a_length_of_time_a_date_and_a_text_are_no_numbers(given_, kind):
    with pytest.raises(Invalid, match=f"age must hold numbers, got '({kind})"):
        Purchases.from_summary(frequency=[0], recency=[0], age=given_, period="week")


@pytest.mark.parametrize("ids", [["a", None], ["a", 1], [1.0, float("nan")], [True, False]])
def test_ids_are_text_or_whole_numbers_in_every_row_alike(ids):
    with pytest.raises(InvalidRows, match="text or a whole number, in every row alike"):
        Purchases.from_summary(frequency=[0, 0], recency=[0, 0], age=[3, 4], ids=ids, period="week")


@pytest.mark.parametrize("mask", [["no", "no"], [float("nan"), 1.0], [0, 2], [None, True]])
def test_a_mask_is_made_of_truth_values(mask):
    rows = Purchases.from_summary(frequency=[0, 0], recency=[0, 0], age=[3, 4], period="week")

    with pytest.raises(Invalid, match="mask must hold True or False, or 1 and 0, in every row"):
        rows.where(mask)


@pytest.mark.parametrize("left", [["True", "False"], ["yes", "no"], [1, float("nan")], [1, 2]])
def test_whether_somebody_left_is_true_or_false(left):
    with pytest.raises(Invalid, match="left must hold True or False, or 1 and 0, in every row"):
        Renewals.from_durations([1, 2], left, period="month")


def test_a_horizon_is_a_number_of_periods_or_a_span():
    model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    rows = Purchases.from_summary(frequency=[1], recency=[1], age=[3], period="week")

    year = model.expected_purchases_of_newcomer(Span(1, "year"))
    assert year == model.expected_purchases_of_newcomer(365.25 / 7)
    for wrong in ("3 weeks", None, [3, 4], timedelta(7), "5"):
        with pytest.raises(Invalid, match="horizon must be a finite number of weeks, 0 or more"):
            model.expected_purchases(rows, horizon=wrong)
    with pytest.raises(Invalid, match="discount must be a yearly rate"):
        model.discounted_purchases(rows, horizon=4, discount="10%")
    for wrong in (None, {}, rows.histories):
        with pytest.raises(Invalid, match="purchases must be Purchases"):
            BetaGeoNBD.fit(wrong)
