"""What values show of themselves: the same words in a terminal and in a notebook, and HTML that any parser reads."""

import xml.etree.ElementTree as ET
from functools import cache
from html.parser import HTMLParser

import numpy as np
import pytest

from relcore import analytics
from relcore.analytics import (
    BetaGeoBetaBernoulli,
    BetaGeoNBD,
    CovariatePaths,
    Covariates,
    FrequencyHistogram,
    GammaGamma,
    HoldoutMeans,
    Interval,
    Ledger,
    Occasions,
    ParetoNBDInContext,
    PlainNBD,
    Prior,
    Renewals,
    RollingValidation,
    ShiftedBetaGeo,
    SpendIndependence,
    WithCovariates,
)
from relcore.analytics.sheet import Grid, Sheet
from relcore.datasets import cdnow


@cache
def ledger():
    return Ledger.from_orders(cdnow(), customer="customer", at="date", amount="amount", currency="USD")


@cache
def halves():
    return ledger().split(period="week", cut="1997-09-30", until="1998-06-30")


def purchases():
    return halves()[0]


@cache
def model():
    return BetaGeoNBD.fit(purchases())


@cache
def known():
    odd = np.arange(len(purchases())) % 2
    return Covariates(ids=purchases().ids, names=["R&D <web>"], values=odd[:, None])


@cache
def effects():
    return BetaGeoNBD.fit_with(purchases(), buying=known(), leaving=known())


@cache
def occasions():
    return Occasions.from_ledger(ledger(), period="month", until="1997-12-31")


def renewals():
    counts = [1000, 869, 743, 653, 593, 551]
    return Renewals.from_survivors(counts, period="year")


def rolling():
    cuts = ["1997-06-30", "1997-09-30"]
    return RollingValidation.of(
        PlainNBD.fit, ledger(), period="week", cuts=cuts, horizon=13, until="1998-06-30"
    )


def rolling_on_occasions():
    months = {"period": "month", "cuts": ["1997-06-30", "1997-09-30"], "horizon": 3, "until": "1998-06-30"}
    return RollingValidation.of(BetaGeoBetaBernoulli.fit, ledger(), **months, into=Occasions)


def season():
    weeks = {"week": ["2026-11-23", "2026-11-30"], "<advent>": [0, 1]}
    paths = CovariatePaths.from_frame(weeks, at="week", every="week", of=["<advent>"])
    return paths.newcomers(["2026-11-23", "2026-11-30"], period="week")


SHOWN = {
    "a fitted model": model,
    "its summary at another level": lambda: model().summary(level=0.8),
    "a published model": lambda: PlainNBD(r=0.8, alpha=10, period="week"),
    "a model with covariates": effects,
    "a published one": lambda: WithCovariates(PlainNBD(r=0.8, alpha=10, period="week"), buying={"<b>": 1}),
    "a published one in context": lambda: ParetoNBDInContext(
        r=0.8, alpha=10, s=0.6, beta=12, buying={"<b>": 0.7}, leaving={}, period="week"
    ),
    "a model of occasions": lambda: BetaGeoBetaBernoulli.fit(occasions()),
    "a model of contracts": lambda: ShiftedBetaGeo.fit(renewals()),
    "a model of spend": lambda: GammaGamma.fit(purchases()),
    "an interval": lambda: model().interval(lambda m: m.expected_purchases_of_newcomer([1, 39])),
    "the intervals of many": lambda: model().interval(lambda m: m.expected_purchases(purchases(), horizon=9)),
    "an interval of one number": lambda: Interval(np.float64(2), np.float64(1), np.float64(4), 0.9),
    "a matrix of intervals": lambda: Interval(np.eye(4), np.zeros((4, 4)), np.ones((4, 4)), 0.9),
    "no interval at all": lambda: Interval(np.zeros(0), np.zeros(0), np.zeros(0), 0.9),
    "a validation": lambda: model().validate(*halves()),
    "a rolling validation": rolling,
    "a rolling validation on occasions": rolling_on_occasions,
    "means of the hold-out": lambda: HoldoutMeans.of(model(), *halves()),
    "a histogram": lambda: FrequencyHistogram.of(model(), purchases()),
    "a test of independence": lambda: SpendIndependence.of(purchases()),
    "a prior": lambda: Prior.around(model(), factor=3),
    "purchases": purchases,
    "no purchases": lambda: purchases().where(np.zeros(len(purchases()))),
    "purchases in context": season,
    "occasions": occasions,
    "covariates": known,
    "renewals": renewals,
}

each = pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)


class Words(HTMLParser):
    """The words that somebody sees, cell by cell."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_data(self, data):
        self.found += data.split()


@each
def test_a_notebook_shows_the_words_of_the_terminal(shown):
    value, reader = shown(), Words()

    reader.feed(value._repr_html_())

    assert reader.found == str(value).split()


@each
def test_what_a_notebook_is_given_is_well_formed(shown):
    tree = ET.fromstring(shown()._repr_html_())

    assert {tag.tag for tag in tree.iter()} <= {"div", "p", "table", "thead", "tbody", "tr", "th", "td"}
    for table in tree.iter("table"):
        assert len({len(row) for row in table.iter("tr")}) <= 1


def test_a_notebook_aligns_numbers_on_the_right_and_names_on_the_left():
    tree = ET.fromstring(model()._repr_html_())

    sides = [[cell.attrib["style"] for cell in row] for row in tree.iter("tr")]

    assert len(sides) == 5
    assert all(row == ["text-align: left", *["text-align: right"] * 4] for row in sides)


def test_cells_of_a_grid_keep_to_their_columns():
    grid = Grid(("<6", ">8"), (("a & b", "1"), ("c", "1,000")), head=("", "how many"))

    assert str(Sheet(("Title", grid))).splitlines() == [
        "Title",
        "      how many",
        "a & b        1",
        "c        1,000",
    ]
    assert '<td style="text-align: left">a &amp; b</td>' in grid.html()


def test_only_the_first_of_many_intervals_are_shown_and_how_many_more_there_are():
    wide = Interval(np.arange(2357.0), np.zeros(2357), np.ones(2357), 0.9)

    title, *rows, more = str(wide).splitlines()

    assert title == "2,357 estimates, each with its interval"
    assert [row.split()[0] for row in rows[1:]] == [str(n) for n in range(10)]
    assert more == "and 2,347 more"


def test_every_model_that_can_be_fitted_has_a_table_for_notebooks():
    kinds = [getattr(analytics, name) for name in analytics.__all__]
    models = [kind for kind in kinds if hasattr(kind, "fit") and hasattr(kind, "summary")]

    assert len(models) >= 12
    assert all(hasattr(kind, "_repr_html_") for kind in models)
