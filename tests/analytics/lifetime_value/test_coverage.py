"""Intervals of 95 % hold the truth in 92 to 98 of a hundred worlds in which it is known, for every model."""

import numpy as np
import pytest

from tests.analytics.lifetime_value import coverage

each = pytest.mark.parametrize("study", coverage.STUDIES, ids=lambda study: study.name)
FEW = 8


@each
def test_intervals_hold_the_truth_about_as_often_as_they_say(study):
    found = coverage.run(study, FEW, seed=2)
    assert found.without_peak <= 1
    # Of 8 worlds intervals of 95 % leave out more than 3 once in three thousand times.
    assert all(row.held >= 5 / FEW for row in found.rows)
    assert np.mean([row.held for row in found.rows]) > 0.8


@pytest.mark.verify
@each
def test_intervals_hold_the_truth_as_often_as_they_say(study):
    found = coverage.run(study, study.repetitions)
    assert found.without_peak <= 0.02 * study.repetitions
    for row in found.rows:
        assert 0.92 < row.held < 0.98, row


def test_the_page_has_every_study_and_its_shares_are_as_they_should_be():
    lines = coverage.PAGE.read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    told = [row for row in rows if row[6][:1].isdigit()]
    assert len(told) == sum(len(study.truth.parameters()) + 1 for study in coverage.STUDIES)
    assert [row[0] for row in told if row[0]] == [study.name for study in coverage.STUDIES]
    assert [row[5] for row in told if row[5]] == [
        f"{value:g}" for study in coverage.STUDIES for value in study.truth.parameters().values()
    ]
    assert all(92 < float(row[6].removesuffix("\N{NO-BREAK SPACE}%")) < 98 for row in told)
