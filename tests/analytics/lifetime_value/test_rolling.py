"""Forecasts from several days of the past: each knows what was known then, and no more."""

from datetime import date

import numpy as np
import pytest

from relcore.analytics import BetaGeoNBD, Ledger, ParetoNBD, RollingValidation, Span, rolling_origins
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
