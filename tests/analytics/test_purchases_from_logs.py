"""Every way in, and everything that may not come in."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import BetaGeoNBD, GammaGamma, Ledger, Purchases, Refunds
from relcore.datasets import cdnow
from relcore.kernel.errors import HIDDEN, Invalid, InvalidRows

COLUMNS = {"customer": "who", "at": "day", "amount": "paid"}


def read(log, **more):
    return Purchases.from_orders(log, **{**COLUMNS, "period": "day", "until": "2026-01-31"} | more)


def log(**columns):
    return {
        "who": ["b", "a", "b", "a"],
        "day": ["2026-01-01", "2026-01-11", "2026-01-02", "2026-01-21"],
        "paid": [10, 20, 30.5, 40],
    } | columns


# --- what comes out ---


def test_a_log_becomes_one_row_per_customer_in_the_order_of_ids():
    purchases = read(log())
    assert purchases.ids.tolist() == ["a", "b"]
    assert purchases.frequency.tolist() == [1, 1]
    assert purchases.recency.tolist() == [10, 1]
    assert purchases.age.tolist() == [20, 30]
    assert purchases.spend.tolist() == [40, 30.5]
    assert purchases.weight.tolist() == [1, 1]
    assert purchases.until == dt.date(2026, 1, 31)


def test_columns_cannot_be_written_to():
    purchases = read(log())
    for name in ("ids", "frequency", "recency", "age", "spend", "weight"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(purchases, name)[0] = 0


def test_orders_of_one_day_are_one_purchase_and_identical_rows_are_two_orders():
    rows = {"who": [7, 7, 7], "day": ["2026-01-01", "2026-01-05", "2026-01-05"], "paid": [1, 2.5, 2.5]}
    purchases = read(rows)
    assert purchases.frequency.tolist() == [1]
    assert purchases.spend.tolist() == [5]


def test_a_coarser_grain_merges_what_falls_into_one_week_or_month():
    rows = {"who": ["a"] * 3, "day": ["2026-01-05", "2026-01-11", "2026-01-12"], "paid": [1, 2, 4]}
    assert read(rows).frequency.tolist() == [2]
    weekly = read(rows, grain="week")  # 2026-01-05 is a Monday
    assert (weekly.frequency.tolist(), weekly.recency.tolist(), weekly.spend.tolist()) == ([1], [7], [4])
    assert read(rows, grain="month").frequency.tolist() == [0]
    with pytest.raises(Invalid, match="grain must be day, week or month, got 'year'"):
        read(rows, grain="year")


def test_orders_after_until_are_left_out_and_so_are_customers_who_came_later():
    purchases = read(log(), until="2026-01-10")
    assert purchases.ids.tolist() == ["b"]
    assert purchases.frequency.tolist() == [1]


def test_until_is_inclusive():
    assert read(log(), until=dt.date(2026, 1, 21)).frequency.tolist() == [1, 1]
    assert read(log(), until="2026-01-20").frequency.tolist() == [0, 1]


def test_an_empty_log_is_no_customers_and_works_everywhere_but_in_a_fit():
    nobody = read({"who": [], "day": [], "paid": []})
    assert len(nobody) == 0
    assert repr(nobody) == "Purchases of 0 customers, in days until 2026-01-31"
    assert len(nobody + nobody) == 0
    assert len(nobody.collapse().rows) == 0
    assert nobody.to_frame(like={})["customer"].size == 0
    model = BetaGeoNBD(r=1, alpha=1, a=1, b=1, period="day")
    assert model.expected_purchases(nobody, horizon=3).size == 0
    assert model.probability_alive(nobody).size == 0
    assert model.log_likelihood(nobody) == 0
    assert GammaGamma(p=2, q=3, v=4).expected_spend(nobody).size == 0
    for fit in (BetaGeoNBD.fit, GammaGamma.fit):
        with pytest.raises(Invalid, match="must hold a customer who came back"):
            fit(nobody)


def test_a_log_of_which_everything_is_later_is_no_customers():
    assert len(read(log(), until="2025-01-01")) == 0


def test_amounts_are_added_exactly_when_they_are_whole_cents():
    rows = {"who": ["a"] * 11, "day": ["2026-01-01"] + ["2026-01-02"] * 10, "paid": ["1"] + ["0.1"] * 10}
    assert read(rows | {"paid": [Decimal(p) for p in rows["paid"]]}).spend.tolist() == [1.0]


def test_without_amounts_there_is_no_spend():
    purchases = Purchases.from_orders(log(), customer="who", at="day", period="week", until="2026-01-31")
    assert purchases.spend is None
    with pytest.raises(Invalid, match="spend must be known"):
        GammaGamma.fit(purchases)


@pytest.mark.parametrize("period", ["day", "week", "month", "quarter", "year"])
def test_time_is_told_in_the_asked_period(period):
    lengths = {"day": 1, "week": 7, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
    assert read(log(), period=period).age.tolist() == [20 / lengths[period], 30 / lengths[period]]


def test_an_unknown_period_is_refused():
    with pytest.raises(Invalid, match="period must be one of day, week, month, quarter, year, got 'weeks'"):
        read(log(), period="weeks")


# --- every kind of table ---


FRAMES = {
    "pandas": lambda rows: pd.DataFrame(rows),
    "pandas with dates": lambda rows: pd.DataFrame(rows).assign(day=lambda d: pd.to_datetime(d["day"])),
    "pandas with arrow": lambda rows: pd.DataFrame(rows).convert_dtypes(dtype_backend="pyarrow"),
    "pandas categories": lambda rows: pd.DataFrame(rows).astype({"who": "category"}),
    "polars": lambda rows: pl.DataFrame(rows, strict=False),
    "polars with dates": lambda rows: pl.DataFrame(rows, strict=False).with_columns(
        pl.col("day").str.to_date()
    ),
    "polars with times": lambda rows: pl.DataFrame(rows, strict=False).with_columns(
        pl.col("day").str.to_datetime()
    ),
    "polars with decimals": lambda rows: pl.DataFrame(rows, strict=False).with_columns(
        pl.col("paid").cast(pl.Decimal(12, 2))
    ),
    "lazy polars": lambda rows: pl.LazyFrame(rows, strict=False),
    "arrow": lambda rows: pa.table(rows),
    "arrow with dates": lambda rows: pa.table(
        rows | {"day": [dt.date.fromisoformat(day) for day in rows["day"]]}
    ),
    "mapping of arrays": lambda rows: {
        "who": np.array(rows["who"]),
        "day": np.array(rows["day"], dtype="datetime64[s]"),
        "paid": np.array(rows["paid"], dtype=float),
    },
    "mapping of times": lambda rows: rows | {"day": [dt.datetime.fromisoformat(day) for day in rows["day"]]},
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_kind_of_table_says_the_same(kind):
    assert read(FRAMES[kind](log())) == read(log())


def test_the_whole_cdnow_log_says_the_same_from_every_library():
    names = {
        "customer": "customer",
        "at": "date",
        "amount": "amount",
        "period": "week",
        "until": "1997-09-30",
    }
    plain = Purchases.from_orders(cdnow(), **names)
    for library in ("pandas", "polars", "pyarrow"):
        assert Purchases.from_orders(cdnow().to_frame(library), **names) == plain
    days = np.array(cdnow().date, dtype="datetime64[D]").astype(int)
    amounts = np.array(cdnow().amount, dtype=float)
    more = {"period": "week", "until": dt.date(1997, 9, 30)}
    assert Purchases.from_log(customer=cdnow().customer, day=days, amount=amounts, **more) == plain


def test_times_with_a_zone_become_local_days_when_the_zone_is_told():
    late = ["2026-01-05T23:30:00+00:00", "2026-01-06T12:00:00+00:00"]
    rows = {"who": ["a", "a"], "day": late, "paid": [1, 2]}
    frames = [
        rows,
        rows | {"day": [dt.datetime.fromisoformat(day) for day in late]},
        pl.DataFrame(rows).with_columns(pl.col("day").str.to_datetime(time_zone="UTC")),
        pd.DataFrame(rows).assign(day=lambda d: pd.to_datetime(d["day"])),
        pa.table(
            rows | {"day": pa.array([dt.datetime.fromisoformat(d) for d in late], pa.timestamp("us", "UTC"))}
        ),
    ]
    for frame in frames:
        assert read(frame, zone="UTC").frequency.tolist() == [1]
        assert read(frame, zone="Europe/Berlin").frequency.tolist() == [0]
        with pytest.raises(Invalid, match=r"day must be calendar days.*zone=\"Europe/Berlin\""):
            read(frame)


def test_a_zone_for_naive_times_is_refused():
    for frame in (log(), pl.DataFrame(log(), strict=False).with_columns(pl.col("day").str.to_datetime())):
        with pytest.raises(Invalid, match="day must have a time zone when zone= is given"):
            read(frame, zone="UTC")
    with pytest.raises(Invalid, match="zone must be an IANA time zone, got 'Middle/Earth'"):
        read(log(), zone="Middle/Earth")


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(-3, 5), st.integers(-800, 800), st.integers(0, 5000)), min_size=1, max_size=40
    ),
    random=st.randoms(use_true_random=False),
)
def test_the_order_of_rows_makes_no_difference_and_loops_agree(rows, random):
    shuffled = rows.copy()
    random.shuffle(shuffled)

    def summary(rows):
        who, day, cents = map(np.array, zip(*rows, strict=True))
        return Purchases.from_log(
            customer=who, day=day, amount=cents / 100, period="week", until=dt.date(1971, 1, 1)
        )

    found = summary(rows)
    assert summary(shuffled) == found
    for n, id in enumerate(found.ids.tolist()):
        days = sorted({day for who, day, _ in rows if who == id and day <= 365})
        assert found.frequency[n] == len(days) - 1
        assert found.recency[n] == (days[-1] - days[0]) / 7
        assert found.age[n] == (365 - days[0]) / 7
        later = [cents for who, day, cents in rows if who == id and days[0] < day <= 365]
        assert found.spend[n] == sum(later) / 100


def test_amounts_that_are_no_cents_are_added_in_an_order_of_their_own():
    rows = [("a", 1, 0.1), ("a", 2, 1 / 3), ("a", 2, 1e-9), ("a", 2, 7e5), ("b", 4, 2.0)]
    who, day, amount = zip(*rows, strict=True)
    more = {"period": "day", "until": "1970-02-01"}
    forth = Purchases.from_log(customer=who, day=day, amount=amount, **more)
    back = Purchases.from_log(customer=who[::-1], day=day[::-1], amount=amount[::-1], **more)
    assert forth == back
    assert forth.spend[0] == pytest.approx(1 / 3 + 1e-9 + 7e5, rel=1e-15)


def test_sparse_and_huge_numbers_are_ids_too():
    for who in ([2**62, 5, 2**62], np.array([2**62, 5, 2**62]), [10**9, 5, 10**9]):
        purchases = Purchases.from_log(customer=who, day=[0, 1, 2], period="day", until="1970-01-10")
        assert purchases.ids.tolist() == [5, max(who)]
        assert purchases.frequency.tolist() == [0, 1]


def test_an_empty_frame_is_no_customers_whatever_its_types():
    empty = pl.DataFrame(
        {"who": [], "day": [], "paid": []}, schema=dict.fromkeys(("who", "day", "paid"), pl.Int64)
    )
    assert len(read(empty)) == 0
    assert len(read(pd.DataFrame(log()).iloc[:0])) == 0


# --- what may not come in ---


def faults_of(**columns):
    with pytest.raises(InvalidRows) as refusal:
        read(log(**columns))
    return refusal.value.faults


@pytest.mark.parametrize("missing", [None, "", float("nan"), pd.NA, pd.NaT])
def test_a_missing_customer_id_is_told_with_its_row(missing):
    (fault,) = faults_of(who=["b", "a", missing, "a"])
    assert (fault.column, fault.row, fault.count) == ("who", 2, 1)
    assert "a customer id must be there" in str(fault)


def test_a_missing_id_is_found_in_every_kind_of_table():
    rows = log(who=["b", None, "b", None])
    for frame in (pd.DataFrame(rows), pl.DataFrame(rows, strict=False), pa.table(rows)):
        with pytest.raises(
            InvalidRows, match=r"column 'who', row 1: a customer id must be there.*2 such rows"
        ):
            read(frame)
    numbers = log(who=[1, None, 2, 3])
    for frame in (pd.DataFrame(numbers), pl.DataFrame(numbers, strict=False), pa.table(numbers)):
        with pytest.raises(InvalidRows, match="column 'who', row 1: a customer id must be there"):
            read(frame)


@pytest.mark.parametrize(
    "who", [["b", "a", 3, "a"], [1.5, 2.5, 1.5, 3.0], [b"x", b"y", b"x", b"y"], [True] * 4]
)
def test_an_id_of_another_kind_is_refused_without_showing_it(who):
    (fault,) = faults_of(who=who if not isinstance(who[0], float) else np.array(who))
    assert fault.value is HIDDEN
    assert fault.column == "who"


@pytest.mark.parametrize("day", ["01/13/2026", "yesterday", "today", "2026-02-30", "soon", 20260101, [1]])
def test_a_date_that_cannot_be_read_is_told_with_row_and_value(day):
    (fault,) = faults_of(day=["2026-01-01", day, "2026-01-02", day])
    assert (fault.column, fault.row, fault.value, fault.count) == ("day", 1, day, 2)
    assert "ISO 8601" in fault.remedy


@pytest.mark.parametrize("day", [None, pd.NaT, float("nan")])
def test_a_missing_date_is_told_with_its_row(day):
    (fault,) = faults_of(day=["2026-01-01", "2026-01-01", "2026-01-02", day])
    assert (fault.row, fault.rule) == (3, "a date must be there")


def test_missing_dates_of_a_frame_and_days_as_numbers_are_refused():
    frame = pd.DataFrame(log()).assign(day=pd.to_datetime(["2026-01-01", None, "2026-01-02", "2026-01-03"]))
    with pytest.raises(InvalidRows, match="column 'day', row 1: a date must be there"):
        read(frame)
    (fault,) = faults_of(day=np.array([20260101, 20260102, 20260103, 20260104]))
    assert (fault.value, fault.count) == (20260101, 4)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), None])
def test_an_amount_that_is_missing_or_not_finite_is_told_with_its_row(bad):
    faults = faults_of(paid=[10, 20, bad, 40])
    assert (faults[0].column, faults[0].row) == ("paid", 2)
    with pytest.raises(InvalidRows, match="column 'paid', row 2"):
        read(pl.DataFrame(log(paid=[10.0, 20.0, bad, 40.0])), refunds=Refunds.NET)


def test_an_amount_that_is_text_is_refused():
    (fault,) = faults_of(paid=["10", "20", "30", "40"])
    assert (fault.value, fault.rule) == ("10", "must be a number")


def test_all_faults_are_told_at_once():
    faults = faults_of(who=["b", None, "b", "a"], day=["?", "2026-01-01"] * 2, paid=[1, -2, float("nan"), 4])
    assert [fault.column for fault in faults] == ["day", "who", "paid", "paid"]


def test_a_column_that_is_not_there_and_a_thing_that_is_no_table_are_refused():
    with pytest.raises(Invalid, match="table must have the column 'buyer'"):
        read(log(), customer="buyer")
    with pytest.raises(Invalid, match="table must have the column 'buyer'"):
        read(pl.LazyFrame(log(), strict=False), customer="buyer")
    with pytest.raises(Invalid, match="table must be a frame or a mapping"):
        read(42)
    with pytest.raises(Invalid, match="table must have columns of one length"):
        read(log(paid=[1, 2]))
    with pytest.raises(Invalid, match="columns must be of one length"):
        Purchases.from_log(customer=["a"], day=[1, 2], period="day", until="2026-01-01")
    with pytest.raises(Invalid, match="day must be whole days"):
        Purchases.from_log(customer=["a"], day=[1.5], period="day", until="2026-01-01")


@pytest.mark.parametrize("until", ["2026-13-01", "end", dt.datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_end_of_observation_that_is_no_day_is_refused(until):
    with pytest.raises(Invalid, match="until must be a calendar day"):
        read(log(), until=until)


def test_a_currency_is_an_iso_code_and_comes_with_amounts():
    assert read(log(), currency="EUR").currency == "EUR"
    for unknown in ("euro", "EURO", "XYZ"):
        with pytest.raises(Invalid, match=f"currency must be an ISO 4217 code, got '{unknown}'"):
            read(log(), currency=unknown)
    with pytest.raises(Invalid, match="currency must come with amounts"):
        read(log(), currency="EUR", amount=None)


# --- refunds ---


REFUND = {
    "who": ["a", "a", "a", "a", "b", "c", "c"],
    "day": ["2026-01-01", "2026-01-05", "2026-01-05", "2026-01-09", "2026-01-02", "2026-01-03", "2026-01-04"],
    "paid": [10, 20, -5, -15, -7, 8, 9],
}


def test_a_refund_is_refused_unless_it_is_told_what_it_means():
    with pytest.raises(
        InvalidRows, match=r"column 'paid', row 2: an order is not negative, got -5.0 \(3 such rows\)"
    ):
        read(REFUND)
    with pytest.raises(Invalid, match=r"refunds must be Refunds\.REFUSE, NET or DROP"):
        read(REFUND, refunds="ignore")


def test_dropped_refunds_leave_the_orders_as_they_were():
    purchases = read(REFUND, refunds=Refunds.DROP)
    assert purchases.ids.tolist() == ["a", "c"]
    assert purchases.frequency.tolist() == [1, 1]
    assert purchases.spend.tolist() == [20, 9]


def test_netted_refunds_lower_the_latest_order_day_and_undo_it_when_they_cover_it():
    purchases = read(REFUND, refunds=Refunds.NET)
    assert purchases.ids.tolist() == ["a", "c"]
    assert purchases.frequency.tolist() == [0, 1]
    assert purchases.spend.tolist() == [0, 9]


def test_a_refund_is_not_known_before_it_is_made():
    purchases = read(REFUND, refunds=Refunds.NET, until="2026-01-08")
    assert purchases.frequency.tolist() == [1, 1]
    assert purchases.spend.tolist() == [15, 9]


def test_a_free_order_is_a_purchase():
    purchases = read(
        {"who": ["a", "a"], "day": ["2026-01-01", "2026-01-02"], "paid": [0, 0]}, refunds=Refunds.NET
    )
    assert (purchases.frequency.tolist(), purchases.spend.tolist()) == ([1], [0])


# --- ledgers ---


def test_a_ledger_counts_what_came_after_the_calibration():
    ledger = Ledger.from_orders(log(), **COLUMNS)
    assert repr(ledger) == "Ledger of 2 customers with 4 order days from 2026-01-01 to 2026-01-21"
    later = ledger.orders_of(["b", "a", "nobody"], after="2026-01-01", until="2026-01-11")
    assert later.tolist() == [1, 1, 0]
    assert ledger.purchases(period="day", until="2026-01-31") == read(log())


def test_a_million_orders_take_a_blink():
    import time

    random = np.random.default_rng(5)
    n = 1_000_000
    who, day = random.integers(0, n // 8, n), random.integers(9000, 10000, n)
    amount = random.integers(100, 99999, n) / 100
    start = time.process_time()
    purchases = Purchases.from_log(customer=who, day=day, amount=amount, period="week", until="1997-09-30")
    assert time.process_time() - start < 1.5
    assert (purchases.frequency + 1).sum() == len(np.unique(who * 10_000 + day))


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_ids_of_every_width_are_the_same_customers(kind):
    low = -128 if kind is np.int8 else 0
    customer = np.array([127, low, 127, 5], dtype=kind)

    rows = Purchases.from_log(customer=customer, day=[0, 1, 7, 3], period="week", until="1970-01-15")

    assert rows.ids.tolist() == [low, 5, 127]
    assert rows.frequency.tolist() == [0, 0, 1]
