"""Histories on a row of occasions: what they are read from, what they refuse, how they add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import BetaGeoBetaBernoulli, Ledger, OccasionHoldout, Occasions
from relcore.kernel.errors import Invalid, InvalidRows

HISTORY = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.integers(1, 3)).map(
    lambda row: (min(row[:3]), sorted(row[:3])[1] if min(row[:3]) else 0, max(row[:3]), row[3])
)


def made(rows, start=0):
    x, recency, age, weight = zip(*rows, strict=True) if rows else ((), (), (), ())
    ids = np.arange(start, start + len(rows))
    return Occasions.from_summary(
        frequency=x, recency=recency, age=age, weight=weight, ids=ids, period="year"
    )


def sorted_rows(rows):
    return sorted(zip(rows.ids, rows.frequency, rows.recency, rows.age, rows.weight, strict=True))


def test_each_calendar_period_of_a_log_is_an_occasion():
    days = {
        "a": [3, 5, 40, 100],
        "b": [70],
        "c": [110],
        "d": [10, 200],
    }  # c has ordered in the unfinished month only
    log = Ledger.from_log(
        customer=[who for who, on in days.items() for _ in on],
        day=[day for on in days.values() for day in on],
    )

    monthly = Occasions.from_ledger(log, period="month", until="1970-04-20")
    daily = Occasions.from_ledger(log, period="day", until="1970-04-11")

    assert monthly.ids.tolist() == ["a", "b", "d"]
    assert monthly.frequency.tolist() == [1, 0, 0]
    assert monthly.recency.tolist() == [1, 0, 0]
    assert monthly.age.tolist() == [2, 0, 2]
    assert daily.frequency.tolist() == [3, 0, 0]
    assert daily.recency.tolist() == [97, 0, 0]
    assert daily.age.tolist() == [97, 30, 90]


def test_a_month_counts_from_its_last_day_on():
    log = Ledger.from_log(customer=["a", "a"], day=[3, 58])  # 28 February
    assert Occasions.from_ledger(log, period="month", until="1970-02-28").frequency.tolist() == [1]
    assert Occasions.from_ledger(log, period="month", until="1970-02-27").age.tolist() == [0]
    assert len(Occasions.from_ledger(log, period="month", until="1970-01-30")) == 0


@settings(max_examples=40)
@given(st.lists(HISTORY, max_size=8), st.lists(HISTORY, max_size=8), st.lists(HISTORY, max_size=8))
def test_adding_is_associative_and_commutative_up_to_order(first, second, third):
    a, b, c = made(first), made(second, 100), made(third, 200)
    assert (a + b) + c == a + (b + c)
    assert sorted_rows(a + b) == sorted_rows(b + a)


@settings(max_examples=40)
@given(st.lists(HISTORY, min_size=1, max_size=30))
def test_collapsing_keeps_the_likelihood_and_knows_the_way_back(rows):
    occasions = made(rows)
    model = BetaGeoBetaBernoulli(alpha=1.2, beta=0.7, gamma=0.6, delta=2.8, period="year")

    collapsed = occasions.collapse()

    assert len({row[1:4] for row in sorted_rows(collapsed.rows)}) == len(collapsed.rows)
    assert collapsed.rows.weight.sum() == occasions.weight.sum()
    for name in ("frequency", "recency", "age"):
        assert np.array_equal(getattr(collapsed.rows, name)[collapsed.index], getattr(occasions, name))
    assert model.log_likelihood(collapsed.rows) == pytest.approx(model.log_likelihood(occasions), rel=1e-12)


def test_it_shows_how_many_were_taken_of_how_many():
    assert repr(made([(0, 0, 6, 1), (3, 5, 6, 1)])).splitlines() == [
        "Occasions of 2 customers, one a year",
        "  taken    mean 1.50 of 6.00",
        "  age      mean 6.00, most 6",
    ]
    assert repr(made([])) == "Occasions of 0 customers, one a year"


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("frequency", 1.5, "must be whole and >= 0"),
        ("frequency", -1, "must be whole and >= 0"),
        ("frequency", np.nan, "must be whole and >= 0"),
        ("frequency", 4, "must not exceed recency: an occasion is taken once"),
        ("recency", 7, r"must be whole and in \[0, age\]"),
        ("recency", np.nan, r"must be whole and in \[0, age\]"),
        ("recency", 2.5, r"must be whole and in \[0, age\]"),
        ("recency", 0, "must be 0 exactly where frequency is 0"),
        ("age", 6.5, "must be whole and >= 0"),
        ("age", np.inf, "must be whole and >= 0"),
        ("weight", 0, "must be finite and > 0"),
        ("weight", np.nan, "must be finite and > 0"),
    ],
)
def test_rows_that_cannot_be_are_told_with_column_row_and_value(column, value, rule):
    columns = {"frequency": [0, 2], "recency": [0, 3], "age": [4, 6], "weight": [1, 1]}
    columns[column] = [columns[column][0], value]
    with pytest.raises(InvalidRows, match=rule) as refusal:
        Occasions.from_summary(**columns, period="year")
    assert (refusal.value.faults[0].column, refusal.value.faults[0].row) == (column, 1)


def test_what_does_not_fit_together_is_refused():
    rows = made([(0, 0, 1, 1)])
    with pytest.raises(InvalidRows, match="a customer must be there once"):
        rows + rows
    with pytest.raises(Invalid, match="period must be the same on both sides"):
        rows + Occasions.from_summary(frequency=[0], recency=[0], age=[1], period="month", ids=[5])
    with pytest.raises(Invalid, match="of one kind"):
        rows + Occasions.from_summary(frequency=[0], recency=[0], age=[1], period="year", ids=["x"])
    with pytest.raises(Invalid, match="of one length"):
        Occasions.from_summary(frequency=[0], recency=[0, 0], age=[1], period="year")
    with pytest.raises(Invalid, match="one value per row"):
        rows.where([True, False])
    with pytest.raises(Invalid, match="period must be one of"):
        Occasions.from_summary(frequency=[0], recency=[0], age=[1], period="fortnight")
    assert len(rows.where([False])) == 0


# --- cut in two ---


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), min_size=1, max_size=40))
def test_a_split_counts_the_occasions_that_each_customer_took_after_the_cut(orders):
    log = Ledger.from_log(customer=[who for who, _ in orders], day=[day for _, day in orders])
    months = {(who, (np.datetime64("1970-01-01") + day).astype("datetime64[M]")) for who, day in orders}
    cut, until = np.datetime64("1970-07"), np.datetime64("1970-12")

    known, after = Occasions.split(log, period="month", cut="1970-07-31", until="1971-01-14")

    assert known == Occasions.from_ledger(log, period="month", until="1970-07-31")
    assert (after.ids.tolist(), after.length, after.period) == (known.ids.tolist(), 5, "month")
    assert after.purchases.tolist() == [
        sum(who == one and cut < month <= until for one, month in months) for who in known.ids.tolist()
    ]


def test_an_occasion_that_is_not_over_at_the_cut_is_held_out():
    log = Ledger.from_log(customer=["a", "a", "late"], day=[3, 40, 41])  # 4 January, 10 February

    known, after = Occasions.split(log, period="month", cut="1970-02-27", until="1970-02-28")

    assert (known.ids.tolist(), known.age.tolist()) == (["a"], [0])
    assert (after.length, after.purchases.tolist()) == (1, [1])
    assert repr(after) == (
        "OccasionHoldout of 1 customer on the next occasion, one a month: 1 purchase, by 1 of them"
    )


def test_nothing_is_held_out_before_another_occasion_is_over():
    log = Ledger.from_log(customer=["a"], day=[3])
    with pytest.raises(Invalid, match="until must lie a whole month after the cut, 1970-01-31"):
        Occasions.split(log, period="month", cut="1970-01-31", until="1970-02-27")


@pytest.mark.parametrize("made_", [-1, 1.5, 6, np.nan])
def test_nobody_buys_more_often_than_there_are_occasions(made_):
    with pytest.raises(InvalidRows, match=r"purchases.*must be whole and in \[0, 5\]"):
        OccasionHoldout(ids=[1, 2], purchases=[0, made_], length=5, period="year")
    with pytest.raises(Invalid, match="length must be a whole number of occasions"):
        OccasionHoldout(ids=[1], purchases=[0], length=0, period="year")
