"""Forecasts from several days of the past: each knows what was known then, and no more."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore.analytics import (
    BetaGeoBetaBernoulli,
    BetaGeoNBD,
    Ledger,
    OccasionHoldout,
    Occasions,
    ParetoNBD,
    Purchases,
    Refunds,
    RollingValidation,
    Span,
    rolling_origins,
)
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid

CUTS = ["1997-06-30", "1997-09-30", "1997-12-30"]
END = "1998-06-30"


@pytest.fixture(scope="module")
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount")


def test_each_origin_is_the_split_at_its_cut(ledger):
    pairs = list(rolling_origins(ledger, period="week", cuts=CUTS, horizon=26, until=END))

    assert [known.until for known, _ in pairs] == [date(1997, 6, 30), date(1997, 9, 30), date(1997, 12, 30)]
    assert [after.length for _, after in pairs] == [26, 26, 26]
    known, after = ledger.split(period="week", cut="1997-09-30", until="1998-03-31")
    assert pairs[1][0] == known
    assert pairs[1][1] == after


def test_a_horizon_in_another_unit_is_rounded_down_to_days(ledger):
    pairs = rolling_origins(ledger, period="week", cuts=CUTS[:1], horizon=Span(6, "month"), until=END)
    # 6 x 365.25 / 12 = 182.625 days.
    assert next(pairs)[1].until == date(1997, 12, 29)


def test_every_origin_has_the_figures_of_its_own_fit(ledger):
    rolling = RollingValidation.of(BetaGeoNBD.fit, ledger, period="week", cuts=CUTS, horizon=26, until=END)

    known, after = ledger.split(period="week", cut="1997-09-30", until="1998-03-31")
    alone = BetaGeoNBD.fit(known).validate(known, after)
    assert rolling.origins[1].cut == date(1997, 9, 30)
    assert rolling.origins[1].validation == alone
    frame = rolling.to_frame(like={})
    assert frame["made"][1] == after.purchases.sum()
    assert frame["bias"][1] == pytest.approx(alone.bias)
    assert frame["cut"].tolist() == [date(1997, 6, 30), date(1997, 9, 30), date(1997, 12, 30)]
    assert (frame["squared"] < frame["naive"]).all()
    assert (np.abs(frame["held"] - 0.95) < 0.03).all()
    assert frame["captured"][1] <= frame["attainable"][1]


def test_the_table_has_one_line_per_origin(ledger):
    rolling = RollingValidation.of(ParetoNBD.fit, ledger, period="week", cuts=CUTS[:2], horizon=26, until=END)
    lines = repr(rolling).splitlines()
    assert lines[0] == "ParetoNBD from 2 origins, 26.00 weeks ahead each"
    assert [line.split()[0] for line in lines[1:]] == ["until", "1997-06-30", "1997-09-30"]
    assert lines[3].split()[1] == "2,357"


def test_impossible_origins_are_refused_before_the_first_fit(ledger):
    for cuts, horizon, said in (
        ([], 26, "cuts must name a day"),
        (["1997-09-30", "1997-06-30"], 26, "cuts must increase"),
        (["1997-09-30", "1997-09-30"], 26, "cuts must increase"),
        (["1997-09-30", "1998-03-31"], 26, "cuts must leave room for the horizon"),
        (["1997-09-30"], 0.1, "horizon must be a day at least"),
        (["September"], 26, "cuts must be a calendar day"),
    ):
        with pytest.raises(Invalid, match=said):
            rolling_origins(ledger, period="week", cuts=cuts, horizon=horizon, until=END)


# --- on occasions ---

MONTHLY = {"period": "month", "until": END, "into": Occasions}


def cut_by_hand(orders, period, cut, ahead):
    """One pair by plain loops: calendar periods as numbers from year 0, those of each customer as a set."""

    def number(day):
        months = day.year * 12 + day.month - 1
        monday = day.toordinal() - day.weekday()
        return {
            "day": day.toordinal(), "week": monday // 7, "month": months, "quarter": months // 3, "year": day.year
        }[period]  # fmt: skip

    first_ahead = number(cut + timedelta(days=1))
    taken = {}
    for who, day in orders:
        taken.setdefault(who, set()).add(number(day))
    rows = []
    for who in sorted(taken):
        before = [step for step in taken[who] if step < first_ahead]
        if before:
            recency, age = max(before) - min(before), first_ahead - 1 - min(before)
            after = sum(first_ahead <= step < first_ahead + ahead for step in taken[who])
            rows.append((who, len(before) - 1, recency, age, after))
    ids, x, recency, age, after = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    known = Occasions.from_summary(frequency=x, recency=recency, age=age, ids=np.array(ids), period=period)
    return known, OccasionHoldout(ids=known.ids, purchases=after, length=ahead, period=period)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 800)), min_size=1, max_size=40),
    st.sampled_from([("day", 1), ("week", 7), ("month", 31), ("quarter", 92), ("year", 366)]),
    st.lists(st.integers(0, 200), min_size=1, max_size=4),
    st.integers(1, 3),
)
def test_each_origin_on_occasions_is_what_loops_over_calendars_count(orders, occasions, gaps, ahead):
    log = Ledger.from_log(customer=[who for who, _ in orders], day=[day for _, day in orders])
    begin, (period, apart) = date(1970, 1, 1), occasions
    orders = [(who, begin + timedelta(days=day)) for who, day in orders]
    cuts = [begin + timedelta(days=int(day)) for day in np.cumsum(gaps) + apart * np.arange(len(gaps))]
    end = cuts[-1] + timedelta(days=apart * (ahead + 1))

    pairs = list(rolling_origins(log, period=period, cuts=cuts, horizon=ahead, until=end, into=Occasions))

    assert pairs == [cut_by_hand(orders, period, cut, ahead) for cut in cuts]


def test_every_origin_on_occasions_has_the_figures_of_its_own_fit(ledger):
    raw = cdnow()
    days = [date.fromisoformat(str(day)[:10]) for day in raw["date"]]
    orders = list(zip(raw["customer"], days, strict=True))

    cuts = ["1997-06-30", "1997-12-31"]  # the second has just room
    rolling = RollingValidation.of(BetaGeoBetaBernoulli.fit, ledger, cuts=cuts, horizon=6, **MONTHLY)

    for origin, cut in zip(rolling.origins, cuts, strict=True):
        known, after = cut_by_hand(orders, "month", date.fromisoformat(cut), 6)
        assert origin.cut == date.fromisoformat(cut)
        assert origin.validation == BetaGeoBetaBernoulli.fit(known).validate(known, after)
    frame = rolling.to_frame(like={})
    assert frame["cut"].tolist() == [date(1997, 6, 30), date(1997, 12, 31)]
    assert (frame["squared"] < frame["naive"]).all()


def test_the_table_of_occasions_is_that_of_purchases(ledger):
    months = {"period": "month", "cuts": CUTS[:2], "horizon": 6, "until": END}

    rolling = RollingValidation.of(BetaGeoBetaBernoulli.fit, ledger, into=Occasions, **months)
    continuous = RollingValidation.of(BetaGeoNBD.fit, ledger, into=Purchases, **months)

    lines, others = repr(rolling).splitlines(), repr(continuous).splitlines()
    assert lines[0] == "BetaGeoBetaBernoulli from 2 origins, 6.00 months ahead each"
    assert lines[1] == others[1]
    assert [line.split()[:2] for line in lines[2:]] == [["1997-06-30", "2,357"], ["1997-09-30", "2,357"]]
    assert rolling.to_frame(like={}).keys() == continuous.to_frame(like={}).keys()


def test_a_span_holds_the_occasions_that_end_within_it(ledger):
    for span, length in ((Span(0.5, "year"), 6), (Span(100, "day"), 3)):
        pairs = rolling_origins(ledger, cuts=["1997-09-30"], horizon=span, **MONTHLY)
        assert next(pairs)[1].length == length


def test_an_occasion_that_is_not_over_at_a_cut_is_the_first_ahead(ledger):
    early, late = (
        next(rolling_origins(ledger, cuts=[cut], horizon=3, **MONTHLY))
        for cut in ("1997-08-31", "1997-09-29")
    )
    assert early == late


def test_what_is_given_back_after_a_cut_was_bought_at_it():
    # a buys in January and February, and gives the second back in March.
    given_back = {"customer": ["a", "a", "a"], "day": [3, 40, 70], "amount": [5, 7, -7]}
    log = Ledger.from_log(**given_back, refunds=Refunds.NET)

    months = {"period": "month", "cuts": ["1970-02-28", "1970-03-31"], "horizon": 1}
    pairs = rolling_origins(log, **months, until="1970-04-30", into=Occasions)

    assert [known.frequency.tolist() for known, _ in pairs] == [[1], [0]]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cuts": []}, "cuts must name a day"),
        ({"cuts": ["1997-09-30", "1997-06-30"]}, "cuts must increase"),
        ({"cuts": ["1997-06-30", "1997-07-30"]}, "cuts must have the end of a month between them"),
        ({"cuts": ["1998-01-31"]}, "cuts must leave room for the horizon.*6 months more"),
        ({"cuts": ["1997-12-31"], "until": "1998-06-29"}, "cuts must leave room for the horizon"),
        ({"cuts": ["2001-01-31"]}, "cuts must leave room for the horizon"),
        ({"horizon": 1e300}, "cuts must leave room for the horizon"),
        ({"horizon": 0}, "horizon must be an occasion at least, one comes every month"),
        ({"horizon": Span(3, "week")}, "horizon must be an occasion at least"),
        ({"horizon": 1.5}, "horizon must be a whole number of occasions"),
        ({"horizon": -1}, "horizon must be a finite number of months"),
        ({"period": "fortnight"}, "period must be one of"),
        ({"into": Ledger}, "into must be Purchases or Occasions, got 'Ledger'"),
    ],
)
def test_impossible_origins_on_occasions_are_refused_before_the_first_fit(ledger, wrong, said):
    with pytest.raises(Invalid, match=said):
        rolling_origins(ledger, **{"cuts": ["1997-09-30"], "horizon": 6, **MONTHLY} | wrong)


@pytest.mark.parametrize("cut", ["1996-12-31", "1997-01-31"])  # nobody is known; nobody has come back
def test_a_refusal_of_a_fit_says_at_which_cut(ledger, cut):
    with pytest.raises(Invalid, match="must hold a customer who came back") as refusal:
        RollingValidation.of(BetaGeoBetaBernoulli.fit, ledger, cuts=[cut], horizon=6, **MONTHLY)
    assert refusal.value.__notes__ == [f"That was at the cut {cut}."]


def test_a_model_that_was_fitted_elsewhere_is_not_judged_by_nobody(ledger):
    published = BetaGeoBetaBernoulli(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78, period="month")
    with pytest.raises(Invalid, match="calibration must hold a customer"):
        RollingValidation.of(lambda _: published, ledger, cuts=["1996-12-31"], horizon=6, **MONTHLY)


def test_a_fit_of_the_other_kind_is_refused(ledger):
    months = {"period": "month", "cuts": CUTS, "horizon": 6, "until": END}
    with pytest.raises(Invalid, match="occasions must be Occasions, got 'Purchases'"):
        RollingValidation.of(BetaGeoBetaBernoulli.fit, ledger, **months)


def test_what_is_a_summary_already_cannot_be_cut(ledger):
    for given_ in (Occasions.from_ledger(ledger, period="month", until=END), np.eye(3)):
        with pytest.raises(Invalid, match=r"ledger must be a Ledger, got .*Ledger\.from_matrix"):
            rolling_origins(given_, cuts=CUTS, horizon=6, **MONTHLY)
