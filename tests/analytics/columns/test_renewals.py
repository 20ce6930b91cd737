"""Cohorts and their renewals: what they are counted from, what they refuse, how they add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import KaplanMeier, Renewals, Spells
from relcore.kernel.errors import Invalid, InvalidRows

CUSTOMER = st.tuples(
    st.integers(1, 5), st.booleans(), st.integers(0, 4), st.sampled_from(["x", "y"]), st.integers(1, 3)
).map(lambda c: (c[0], c[1], min(c[2], c[0] - 1), c[3], float(c[4])))


def counted(customers):
    duration, left, entry, cohort, weight = zip(*customers, strict=True) if customers else ((),) * 5
    return Renewals.from_durations(
        duration, left, entry=entry, cohort=np.array(cohort, dtype=object), weight=weight, period="month"
    )


def one_by_one(customers):
    """The same with a loop over customers and their renewals."""
    cells = {}
    for duration, left, entry, cohort, weight in customers:
        for t in range(entry + 1, duration + 1):
            there = cells.setdefault((cohort, t), [0.0, 0.0])
            there[0] += weight
            there[1] += weight * (not (left and t == duration))
    return [(*key, *cells[key]) for key in sorted(cells)]


def rows_of(renewals):
    columns = (renewals.cohort, renewals.renewal, renewals.at_risk, renewals.renewed)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_cohort_table_is_who_came_up_and_who_renewed():
    rows = Renewals.from_survivors(
        {"2024": [1000, 869, 743], "2025": [800, 690], "2026": [700]}, period="year"
    )
    assert rows_of(rows) == [("2024", 1, 1000, 869), ("2024", 2, 869, 743), ("2025", 1, 800, 690)]
    assert rows_of(rows.latest()) == [("2024", 2, 869, 743), ("2025", 1, 800, 690)]
    assert rows_of(rows.collapse()) == [("all", 1, 1800, 1559), ("all", 2, 869, 743)]


def test_a_cohort_may_have_been_watched_from_later_on():
    rows = Renewals.from_survivors([500, 450], period="year", since=3)
    assert rows_of(rows) == [("all", 4, 500, 450)]


@settings(max_examples=60)
@given(st.lists(CUSTOMER, max_size=20))
def test_durations_are_counted_as_one_would_by_hand(customers):
    assert rows_of(counted(customers)) == one_by_one(customers)


@settings(max_examples=40)
@given(st.lists(CUSTOMER, max_size=12), st.lists(CUSTOMER, max_size=12))
def test_shards_add_up_to_the_whole(first, second):
    assert rows_of(counted(first) + counted(second)) == rows_of(counted(first + second))
    assert counted(first) + counted(second) == counted(second) + counted(first)


def test_the_retention_rates_are_those_of_kaplan_and_meier():
    random = np.random.default_rng(5)
    duration, left = random.integers(1, 8, 200), random.uniform(size=200) < 0.6
    curve = KaplanMeier.fit(duration, left, period="month")

    rows = Renewals.from_durations(duration, left, period="month")

    assert np.cumprod(rows.renewed / rows.at_risk) == pytest.approx(curve.survival_at(rows.renewal))


def test_spells_are_cut_into_calendar_months():
    spells = Spells.from_arrays(
        subject=list("abcde"),
        state=["paying"] * 5,
        # a leaves in his first month, b where January ends, c in February, d and e go on
        start=["2026-01-03", "2026-01-10", "2026-01-31", "2026-01-31", "2026-02-01"],
        stop=["2026-01-20", "2026-02-01", "2026-02-10", None, None],
        until="2026-03-15",
    )

    rows = Renewals.from_spells(spells, period="month")

    assert rows_of(rows) == [("2026-01", 1, 4, 2), ("2026-01", 2, 2, 1), ("2026-02", 1, 1, 1)]


def test_who_was_met_late_is_not_at_risk_before():
    spells = Spells.from_arrays(
        subject=["a", "b"], state=["paying"] * 2, start=["2026-01-03", "2026-01-10"], stop=[None, "2026-04-10"],
        entry=["2026-01-03", "2026-03-05"], until="2026-04-30",
    )  # fmt: skip

    rows = Renewals.from_spells(spells, period="month")

    assert rows.at_risk.tolist() == [1, 1, 2, 2]
    assert rows.renewed.tolist() == [1, 1, 2, 1]


def test_months_begin_where_the_zone_says():
    moment = ["2026-01-31T23:30:00+00:00"]  # February already in Berlin
    spells = Spells.from_arrays(
        subject=["a"], state=["paying"], start=moment, stop=[None], until="2026-02-28", zone="Europe/Berlin"
    )
    assert rows_of(Renewals.from_spells(spells, period="month")) == [("2026-02", 1, 1, 1)]


def test_it_shows_the_rates_of_all_cohorts_together():
    rows = Renewals.from_survivors({1: [10, 8, 4], 2: [10, 9]}, period="year")
    assert repr(rows).splitlines() == [
        "Renewals of 2 cohorts, by year",
        "  renewal   at risk   renewed     rate",
        "        1        20        17   85.0 %",
        "        2         8         4   50.0 %",
    ]
    assert repr(rows.where([False] * 3)) == "Renewals of 0 cohorts, by year"
    assert rows.cohort.dtype.kind == "i"


@pytest.mark.parametrize(
    ("survivors", "says"),
    [
        (
            [100, 120],
            r"row 1: survivors must be finite, >= 0 and never more than before \(cohort all\), got 120.0",
        ),
        ([100, np.nan], "never more than before .* got nan"),
        ([-1], "never more than before .* got -1.0"),
    ],
)
def test_a_row_of_survivors_falls(survivors, says):
    with pytest.raises(InvalidRows, match=says):
        Renewals.from_survivors(survivors, period="year")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"duration": [1, 2.5]}, "column 'duration', row 1: must be whole and >= 0, got 2.5"),
        ({"duration": [1, np.nan]}, "must be whole and >= 0, got nan"),
        ({"duration": [1, 0]}, "must be >= 1 of whoever left, got 0.0"),
        ({"entry": [0, 3]}, "column 'entry', row 1: must come before the end, got 3.0"),
        ({"entry": [-1, 0]}, "column 'entry', row 0: must be whole and >= 0"),
        ({"weight": [1, 0]}, "column 'weight', row 1: must be finite and > 0"),
        ({"cohort": ["a"]}, "must be of one length"),
        ({"cohort": np.array(["a", 3], dtype=object)}, "cohort must be text or whole numbers"),
    ],
)
def test_customers_who_cannot_be_are_told(given, says):
    with pytest.raises(Invalid, match=says):
        Renewals.from_durations(**({"duration": [1, 2], "left": [True, True]} | given), period="month")


def test_counts_that_cannot_be_are_told():
    columns = {"cohort": ["a", "a"], "renewal": [1, 2], "at_risk": [9, 8], "renewed": [8, 7]}
    for change, says in [
        ({"renewal": [0, 1]}, "column 'renewal', row 0: must be whole and >= 1"),
        ({"renewal": [1, 1]}, "cohort must have each renewal once"),
        ({"at_risk": [9, np.inf]}, "column 'at_risk', row 1: must be finite and >= 0"),
        ({"renewed": [8, 9]}, r"column 'renewed', row 1: must lie in \[0, at_risk\]"),
    ]:
        with pytest.raises(Invalid, match=says):
            Renewals(**(columns | change), period="month")
    rows = Renewals(**columns, period="month")
    with pytest.raises(Invalid, match="period must be the same"):
        rows + Renewals(**columns, period="year")
    with pytest.raises(Invalid, match="one value per row"):
        rows.where([True])
    with pytest.raises(Invalid, match="since must be a number of renewals"):
        Renewals.from_survivors([2, 1], period="year", since=-1)
