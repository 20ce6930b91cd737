"""Paths of covariates: read from the calendar, told from each customer's first purchase, and never filled in."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import CovariatePaths, Ledger
from relcore.kernel.errors import Invalid, InvalidRows

WEEKS = {
    "week": ["2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07"],
    "sale": [0, 1, 1, 0],
    "price": [9.0, 9.0, 9.0, 8.5],
}
LEDGER = Ledger.from_orders(
    {
        "who": ["a", "a", "a", "b", "b", "c"],
        "day": ["2026-11-16", "2026-11-23", "2026-12-06", "2026-11-18", "2026-12-07", "2026-12-10"],
    },
    customer="who", at="day",
)  # fmt: skip


def season(of=("sale",), **changes):
    return CovariatePaths.from_frame({**WEEKS, **changes}, at="week", every="week", of=of)


def by_customer(rows, of=("mail",), every="week"):
    who, week, mail = zip(*rows, strict=True)
    return CovariatePaths.from_frame(
        {"who": who, "week": week, "mail": mail}, customer="who", at="week", every=every, of=of
    )


# --- what they say ---


def test_neighbours_that_hold_the_same_are_one_piece():
    paths = season()

    days = [
        paths.begin.astype("datetime64[D]").astype(str).tolist(),
        paths.end.astype("datetime64[D]").astype(str).tolist(),
    ]
    assert days == [["2026-11-16", "2026-11-23", "2026-12-07"], ["2026-11-23", "2026-12-07", "2026-12-14"]]
    assert paths.value.ravel().tolist() == [0, 1, 0]
    assert repr(paths) == "CovariatePaths of everybody: sale, from 2026-11-16 to 2026-12-13"


def test_rows_in_any_order_and_frames_of_any_kind_say_the_same():
    straight = season(of=["sale", "price"])
    turned = {name: list(reversed(column)) for name, column in WEEKS.items()}
    dates = [dt.date.fromisoformat(day) for day in WEEKS["week"]]
    for frame in (turned, pl.DataFrame({**WEEKS, "week": dates, "sale": [False, True, True, False]})):
        other = CovariatePaths.from_frame(frame, at="week", every="week", of=["sale", "price"])

        assert other.begin.tolist() == straight.begin.tolist()
        assert other.value.tolist() == straight.value.tolist()


def test_months_are_those_of_the_calendar():
    months = {"month": ["2026-01-05", "2026-02-05", "2026-03-05"], "index": [1, 2, 3]}

    paths = CovariatePaths.from_frame(months, at="month", every="month", of=["index"])

    assert (paths.end - paths.begin).tolist() == [31, 28, 31]


# --- along a log ---


def test_a_purchase_is_made_in_what_holds_on_its_day():
    context = season().along(LEDGER, period="week", until="2026-12-10")

    # Of a: the first day of the sale and the last. Of b: the day after it.
    assert context.ids.tolist() == ["a", "b", "c"]
    assert context.at_purchases.ravel().tolist() == [2, 0, 0]
    assert context.purchases == LEDGER.purchases(period="week", until="2026-12-10")


def test_time_is_told_from_the_first_purchase():
    context = season().along(LEDGER, period="day", until="2026-12-10")

    pieces = context.pieces
    told = list(
        zip(
            pieces.owner.tolist(),
            pieces.begin.tolist(),
            pieces.end.tolist(),
            pieces.value.ravel().tolist(),
            strict=True,
        )
    )
    assert told == [
        (0, 0, 7, 0), (0, 7, 21, 1), (0, 21, 28, 0),
        (1, 0, 5, 0), (1, 5, 19, 1), (1, 19, 26, 0),
        (2, 0, 4, 0),
    ]  # fmt: skip
    assert context.known.tolist() == [28, 26, 4]


def test_each_customer_has_a_path_of_his_own_and_others_are_left_out():
    paths = by_customer(
        [("c", "2026-12-07", 5), ("a", "2026-11-16", 1), ("b", "2026-11-16", 3), ("z", "2020-01-06", 9)]
        + [(who, day, 2) for who in "ab" for day in ("2026-11-23", "2026-11-30", "2026-12-07")]
    )

    context = paths.along(LEDGER, period="day", until="2026-12-10")

    assert context.at_purchases.ravel().tolist() == [4, 2, 0]
    assert context.pieces.value.ravel().tolist() == [1, 2, 3, 2, 5]
    assert context.pieces.end.tolist() == [7, 28, 5, 26, 4]


def test_newcomers_have_no_history_yet():
    context = season().newcomers(["2026-11-22", "2026-12-13"], period="day")

    assert (context.purchases.frequency.tolist(), context.purchases.age.tolist()) == ([0, 0], [0, 0])
    assert context.pieces.end.tolist() == [1, 15, 22, 1]
    with pytest.raises(Invalid, match="must reach to 2026-12-14"):
        season().newcomers(["2026-12-14"], period="day")


@settings(max_examples=60, deadline=None)
@given(
    value=st.lists(st.integers(0, 2), min_size=60, max_size=60),
    days=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 49)), min_size=1, max_size=30),
    horizon=st.integers(0, 10),
)
def test_sums_over_days_are_those_of_the_calendar(value, days, horizon):
    calendar = {"day": (np.arange(60) + 20000).astype("datetime64[D]"), "z": value}
    paths = CovariatePaths.from_frame(calendar, at="day", every="day", of=["z"])
    ledger = Ledger.from_log(customer=[who for who, _ in days], day=[20000 + day for _, day in days])
    until = str(np.datetime64(20049, "D"))

    context = paths.along(ledger, period="day", until=until)

    ahead = context.ahead(horizon)
    for n, who in enumerate(context.ids.tolist()):
        mine = sorted({day for customer, day in days if customer == who})
        assert context.at_purchases[n, 0] == sum(value[day] for day in mine[1:])
        seen = context.pieces.of(n, n + 1).between(np.zeros(1), context.purchases.age[n : n + 1])
        assert (seen.end - seen.begin) @ seen.value[:, 0] == sum(value[mine[0] : 49])
        later = ahead.of(n, n + 1)
        assert (later.end - later.begin) @ later.value[:, 0] == sum(value[49 : 49 + horizon])


# --- what is refused ---


def test_paths_that_do_not_reach_are_refused_with_how_many():
    with pytest.raises(
        Invalid,
        match=r"reach back to the first purchase; of 1 customers.*got '2026-11-17': begin on 2026-11-16",
    ):
        CovariatePaths.from_frame(
            {"week": ["2026-11-17", "2026-11-24", "2026-12-01", "2026-12-08"], "sale": [1, 1, 1, 1]},
            at="week", every="week", of=["sale"],
        ).along(LEDGER, period="week", until="2026-12-10")  # fmt: skip
    with pytest.raises(
        Invalid, match=r"reach to 2026-12-14; of 3 customers they do not, got '2026-12-13': add rows"
    ):
        season().along(LEDGER, period="week", until="2026-12-14")


def test_customers_without_a_path_are_refused_and_not_named():
    rows = [("a", day, 1) for day in WEEKS["week"]]

    with pytest.raises(Invalid, match="must have a path of every customer, not for 2 of 3, got <personal>"):
        by_customer(rows).along(LEDGER, period="week", until="2026-12-10")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sale": [0, None, 1, None]}, r"column 'sale', row 1: a covariate must be a finite number, true or false, got None \(2 such"),
        ({"sale": [0, 1, float("nan"), 1]}, "column 'sale', row 2: a covariate must be a finite number"),
        ({"sale": ["no", "yes", "no", "no"]}, "column 'sale', row 0.*got 'no'.*a category is a column of 0 and 1"),
        ({"week": ["2026-11-16", "2026-11-23", "2026-11-23", "2026-11-30"]}, "row 2: a week must not begin before the one before is over"),
        ({"week": ["2026-11-16", "2026-11-23", "2026-12-07", "2026-12-14"]}, "row 2: a week must begin where the one before ends, got '2026-12-07'"),
        ({"week": ["2026-11-16", "soon", "2026-11-30", "2026-12-07"]}, "column 'week', row 1: must be a date, got 'soon'"),
    ],
)  # fmt: skip
def test_rows_that_cannot_be_are_refused_with_their_place(changes, says):
    with pytest.raises(InvalidRows, match=says):
        season(**changes)


def test_tables_that_cannot_be_are_refused():
    with pytest.raises(Invalid, match="of must name columns, each of them once, got 'sale'"):
        season(of="sale")
    with pytest.raises(Invalid, match="of must name columns"):
        season(of=[])
    with pytest.raises(Invalid, match="table must have the column 'price2'"):
        season(of=["price2"])
    with pytest.raises(Invalid, match="table must hold a row"):
        season(week=[], sale=[], price=[])
    with pytest.raises(Invalid, match="period must be one of"):
        CovariatePaths.from_frame(WEEKS, at="week", every="fortnight", of=["sale"])
    with pytest.raises(
        InvalidRows, match="a month must begin on a day that every month has, 1 to 28, got '2026-01-31'"
    ):
        CovariatePaths.from_frame({"m": ["2026-01-31"], "z": [1]}, at="m", every="month", of=["z"])
