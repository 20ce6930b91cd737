"""What was expected of those who came so often, and what they did: the published tables of CDNOW."""

from __future__ import annotations

import attrs
import pytest

from relcore.analytics import BetaGeoNBD, HoldoutMeans, Ledger, ParetoNBD
from relcore.datasets import cdnow
from relcore.kernel.errors import Invalid

MODELS = {
    # Parameters and means of the BTYD walkthrough, PlotFreqVsConditionalExpectedFrequency, 39 weeks after.
    "BG/NBD": (
        BetaGeoNBD(r=0.2425982, alpha=4.4136842, a=0.7929899, b=2.4261667, period="week"),
        pytest.approx(
            [0.2250893, 0.5231364, 1.044126, 1.520256, 2.163824, 2.653789, 3.503957, 6.157036], rel=1e-5
        ),
    ),
    "Pareto/NBD": (
        ParetoNBD(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562, period="week"),
        # Their fit is known to four decimals.
        pytest.approx([0.138, 0.600, 1.196, 1.714, 2.399, 2.907, 3.819, 6.403], abs=1e-3),
    ),
}


@pytest.fixture(scope="module")
def parts():
    ledger = Ledger.from_orders(cdnow(), customer="customer", at="date")
    return ledger.split(period="week", cut="1997-09-30", until="1998-06-30")


@pytest.mark.parametrize(("model", "printed"), MODELS.values(), ids=MODELS)
def test_the_means_of_cdnow_are_the_published_ones(parts, model, printed):
    found = HoldoutMeans.of(model, *parts)

    assert found.customers.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert found.actual == pytest.approx([0.237, 0.697, 1.393, 1.560, 2.532, 2.947, 3.862, 6.359], abs=6e-4)
    assert found.expected == printed


def test_all_together_are_the_totals_of_the_validation(parts):
    model, _ = MODELS["BG/NBD"]

    found, judged = HoldoutMeans.of(model, *parts), model.validate(*parts)

    assert found.customers @ found.expected == pytest.approx(judged.model.expected, rel=1e-12)
    assert found.customers @ found.actual == pytest.approx(judged.made, rel=1e-12)


def test_counts_of_nobody_are_left_out(parts):
    calibration, holdout = parts
    few = calibration.frequency >= 2
    known, after = calibration.where(few), _where(holdout, few)

    found = HoldoutMeans.of(MODELS["BG/NBD"][0], known, after, most=3)

    assert found.count.tolist() == [2, 3]
    assert found.labels == ("2", "3 or more")
    assert list(found.to_frame(like={})) == ["count", "customers", "expected", "actual"]
    assert str(found).splitlines()[-1] == "mean purchases per customer in the 39.00 weeks that followed"


def test_parts_of_different_logs_and_no_counts_at_all_are_refused(parts):
    calibration, holdout = parts
    model, _ = MODELS["BG/NBD"]

    with pytest.raises(Invalid, match=r"take both from one Purchases\.split"):
        HoldoutMeans.of(model, calibration.where(calibration.frequency > 0), holdout)
    with pytest.raises(Invalid, match="most must be 1 or more"):
        HoldoutMeans.of(model, calibration, holdout, most=0)


def _where(holdout, chosen):
    return attrs.evolve(holdout, ids=holdout.ids[chosen], purchases=holdout.purchases[chosen])
