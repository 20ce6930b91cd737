"""Spells: what they refuse, where they come from, how they add up, and where everybody stood at the end of a month."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import Spells
from relcore.analytics.columns.moments import DAY, label
from relcore.kernel.errors import InvalidRows

TABLE = {
    "who": ["a", "a", "b"],
    "is": ["new", "loyal", "new"],
    "from": ["2026-01-10", "2026-02-15", "2026-03-01"],
    "to": ["2026-02-15", None, None],
}
COLUMNS = {"subject": "who", "state": "is", "start": "from", "stop": "to"}


def read(table=TABLE, **more):
    return Spells.from_frame(table, **COLUMNS, **({"until": "2026-03-31"} | more))


def day(text):
    return int(np.datetime64(text, "D").astype(np.int64)) * DAY


# --- where they come from ----------------------------------------------------------------------------


def test_a_spell_without_a_stop_is_censored_at_the_end_of_the_last_day():
    spells = read()
    assert spells.observed.tolist() == [True, False, False]
    assert spells.stop.tolist() == [day("2026-02-15"), day("2026-04-01"), day("2026-04-01")]
    assert spells.start.tolist() == spells.entry.tolist()
    assert spells.weight.tolist() == [1, 1, 1]
    assert [spells.states[code] for code in spells.state] == ["new", "loyal", "new"]


def test_what_was_not_yet_known_is_not_known():
    """As of the end of January: later starts are left out, later stops not seen."""
    spells = read(until="2026-01-31")
    assert len(spells) == 1
    assert (spells.observed[0], spells.stop[0]) == (False, day("2026-02-01"))


def frame(library):
    times = {
        name: [None if v is None else dt.datetime.fromisoformat(v) for v in TABLE[name]]
        for name in ("from", "to")
    }
    table = {**TABLE, **times}
    return {"pandas": pd.DataFrame, "polars": pl.DataFrame, "lazy": pl.LazyFrame, "pyarrow": pa.table}[
        library
    ](table)


@pytest.mark.parametrize("library", ["pandas", "polars", "lazy", "pyarrow"])
def test_every_dataframe_says_the_same(library):
    assert read(frame(library)) == read()


def test_times_with_a_zone_are_moments_and_months_begin_in_the_zone_that_is_named():
    berlin = ZoneInfo("Europe/Berlin")
    moment = dt.datetime(2026, 2, 1, 0, 30, tzinfo=berlin)  # still January in UTC
    table = {"who": [1], "is": ["new"], "from": [moment], "to": [None]}
    spells = read(table, zone="Europe/Berlin")
    assert spells.start[0] == day("2026-01-31") + 23.5 * 3_600_000_000
    assert spells.stop[0] == day("2026-03-31") + 22 * 3_600_000_000  # summer time
    assert [label("month", step) for step in spells.by("month").step] == ["2026-02", "2026-03"]
    assert read(pd.DataFrame(table), zone="Europe/Berlin") == spells


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame])
def test_times_with_a_zone_need_one_to_be_named_and_others_must_not(make):
    aware = {
        **TABLE,
        "from": [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)] * 3,
        "to": [dt.datetime(2026, 2, 1, tzinfo=dt.UTC)] * 3,
    }
    with pytest.raises(Invalid, match="zone="):
        read(make(aware))
    naive = {**TABLE, "from": [dt.datetime(2026, 1, 1)] * 3, "to": [dt.datetime(2026, 2, 1)] * 3}  # noqa: DTZ001
    with pytest.raises(Invalid, match="zone="):
        read(make(naive), zone="UTC")


def test_further_columns_are_read():
    more = {"why": ["moved", None, None], "seen": [True, False, False], "met": ["2026-01-20", None, None]}
    more |= {"many": [2, 1, 1], "land": ["DE", "DE", "FR"]}
    names = {"cause": "why", "observed": "seen", "entry": "met", "weight": "many", "group": "land"}
    spells = read({**TABLE, **more}, **names)
    assert [spells.causes[code] for code in spells.cause] == ["moved", "", ""]
    assert spells.entry.tolist() == [day("2026-01-20"), *spells.start[1:].tolist()]
    assert spells.of_group("DE").weight.tolist() == [2, 1]
    assert spells.of_state("loyal").subject.tolist() == ["a"]


def test_microseconds_of_a_log_are_taken_as_they_are():
    spells = Spells.from_arrays(subject=[1], state=["x"], start=np.array([5]), stop=np.array([7]))
    assert (spells.start.tolist(), spells.stop.tolist()) == ([5], [7])


def test_no_rows_are_fine():
    empty = Spells.from_arrays(subject=[], state=[], start=[], stop=[])
    assert len(empty) == len(empty.by("month")) == 0
    assert repr(empty) == "Spells of 0 subjects, 0 spells"
    assert empty.duration("day").size == 0
    assert len(empty + read()) == 3


# --- refused -----------------------------------------------------------------------------------------

REFUSED = {
    "a spell that goes on for nobody knows how long": (
        {},
        {"until": None},
        r"column 'to', row 1: a spell that goes on",
    ),
    "no subject": ({"who": ["a", None, "b"]}, {}, "column 'who', row 1"),
    "no state": (
        {"is": ["new", None, "new"]},
        {},
        "column 'is', row 1: a label must be known text, got None",
    ),
    "an unknown state": ({}, {"states": ["new"]}, r"column 'is', row 1: .* got 'loyal'; write one of new"),
    "no start": ({"from": ["2026-01-01", None, None]}, {}, r"column 'from', row 1: a moment must be there"),
    "no moment": (
        {"from": ["2026-01-01", "soon", "2026-01-01"]},
        {},
        "column 'from', row 1: must be a moment, got 'soon'",
    ),
    "no list": ({"from": ["2026-01-01", [], "2026-01-01"]}, {}, "column 'from', row 1"),
    "an end before the start": (
        {"to": ["2026-01-01", None, None]},
        {},
        "column 'stop', row 0: must not lie before start",
    ),
    "a missing column": ({"weight": [1, 1, 1]}, {"weight": "heavy"}, "must have the column 'heavy'"),
    "no weight": (
        {"heavy": [1, 0, 1]},
        {"weight": "heavy"},
        "column 'weight', row 1: must be finite and > 0",
    ),
    "a day that is none": ({}, {"until": "soon"}, "until must be a calendar day"),
    "an unknown zone": (
        {"from": [1, 2, 3], "to": [9, 9, 9]},
        {"zone": "Mars/Base", "until": None},
        "zone must be a name",
    ),
}


@pytest.mark.parametrize(("table", "more", "says"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused_with_the_row_and_the_value(table, more, says):
    with pytest.raises(Invalid, match=says):
        read({**TABLE, **table}, **more)


def test_a_refusal_never_shows_who_it_is():
    with pytest.raises(InvalidRows) as refused:
        read({**TABLE, "who": ["ada@example.org", 7, "b"]})
    assert "ada" not in str(refused.value)


def test_an_entry_outside_of_the_spell_is_refused():
    with pytest.raises(InvalidRows, match="entry"):
        Spells.from_arrays(subject=[1], state=["x"], start=[1], stop=[5], entry=[6])


def test_codes_without_a_name_are_refused():
    one, none = np.array([1]), np.zeros(1, dtype=np.int8)
    with pytest.raises(InvalidRows, match="column 'state', row 0: must be a position in 1 states"):
        Spells(
            subject=one, state=one, start=one, stop=one, cause=none, observed=[True], entry=one, weight=[1], group=none,
            states=["only"],
        )  # fmt: skip


@pytest.mark.parametrize("ask", [lambda s: s.of_state("gone"), lambda s: s.of_group("gone")])
def test_a_name_that_nobody_has_is_refused(ask):
    with pytest.raises(Invalid, match="got 'gone'"):
        ask(read())


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(Invalid, match="one value per row"):
        read().where([True])


def test_arrays_are_read_only_and_the_callers_stay_theirs():
    start = np.array([1, 2, 3])
    spells = Spells.from_arrays(subject=[1, 2, 3], state=["x"] * 3, start=start, stop=[9, 9, 9])
    start[0] = 7
    assert spells.start.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="read-only"):
        spells.weight[0] = 7


# --- adding up ---------------------------------------------------------------------------------------

SPELL = st.tuples(st.integers(0, 3), st.sampled_from("xyz"), st.integers(0, 50), st.integers(0, 50))


def made(rows):
    who, state, start, length = map(list, zip(*rows, strict=True)) if rows else ([], [], [], [])
    stop = [s + d for s, d in zip(start, length, strict=True)]
    return Spells.from_arrays(subject=np.array(who, dtype=np.int64), state=state, start=start, stop=stop)


@given(st.lists(SPELL, max_size=5), st.lists(SPELL, max_size=5), st.lists(SPELL, max_size=5))
def test_adding_is_associative_and_unites_the_names_of_states(first, second, third):
    a, b, c = made(first), made(second), made(third)
    both = a + b
    assert (a + b) + c == a + (b + c)
    assert [both.states[n] for n in both.state] == [row[1] for row in first + second]


def test_text_and_numbers_do_not_add_up():
    with pytest.raises(Invalid, match="subject must be of one kind"):
        read() + made([(1, "x", 0, 1)])


def test_zones_must_agree():
    with pytest.raises(Invalid, match="zone must be the same"):
        read() + read({**TABLE, "from": [1, 2, 3], "to": [9, 9, 9]}, zone="UTC")


# --- by the month ------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from("xyz")), min_size=1, max_size=8),
    st.integers(1, 60),
)
def test_the_panel_is_where_each_stood_in_the_last_moment_of_each_period(changes, tail):
    """Asked day by day, by looking at every spell."""
    start = sorted(dict(changes).items())
    stops = [d for d, _ in start[1:]] + [start[-1][0] + tail]
    spells = Spells.from_arrays(
        subject=["a"] * len(start),
        state=[state for _, state in start],
        start=[d * DAY for d, _ in start],
        stop=[d * DAY for d in stops],
    )
    for period, length in (("day", 1), ("week", 7)):
        expected = {}
        for step in range(40 if period == "week" else 170):
            end = (step + 1) * length - (3 if period == "week" else 0)  # 1970-01-01 was a Thursday
            last = end - 1e-9
            here = [state for (d, state), stop in zip(start, stops, strict=True) if d <= last < stop]
            if here:
                expected[step] = here[0]
        panel = spells.by(period)
        assert {int(s): panel.states[c] for s, c in zip(panel.step, panel.state, strict=True)} == expected


def test_months_quarters_and_years_are_those_of_the_calendar():
    spells = Spells.from_arrays(subject=["a"], state=["x"], start=["2024-01-31"], stop=["2025-03-01"])
    assert [label("month", s) for s in spells.by("month").step] == [
        f"2024-{m:02}" for m in range(1, 13)
    ] + ["2025-01", "2025-02"]  # fmt: skip
    assert [label("quarter", s) for s in spells.by("quarter").step] == [
        "2024-Q1",
        "2024-Q2",
        "2024-Q3",
        "2024-Q4",
    ]
    assert [label("year", s) for s in spells.by("year").step] == ["2024"]
    weeks = spells.by("week").step
    assert (label("week", weeks[0]), label("day", 0)) == ("2024-01-29", "1970-01-01")


def test_who_was_met_later_is_not_there_before():
    spells = Spells.from_arrays(
        subject=["a"], state=["x"], start=["2026-01-01"], stop=["2026-04-01"], entry=["2026-02-10"]
    )
    assert [label("month", s) for s in spells.by("month").step] == ["2026-02", "2026-03"]


def test_two_states_at_one_time_are_refused():
    rows = {"start": ["2026-01-01", "2026-01-20"], "stop": ["2026-03-01", "2026-03-01"]}
    spells = Spells.from_arrays(subject=["ada", "ada"], state=["new", "loyal"], **rows)
    with pytest.raises(Invalid, match=r"one at a time, for each subject \(2026-01\)") as refused:
        spells.by("month")
    assert "ada" not in str(refused.value)


def test_an_unknown_period_is_refused():
    with pytest.raises(Invalid, match="period must be one of"):
        read().by("fortnight")
