"""A policy names every combination of scores exactly once, or says which it does not."""

from __future__ import annotations

import pytest

from relcore import Invalid
from relcore.analytics import Segment, SegmentPolicy
from relcore.kernel.errors import Illformed


def test_the_standard_one_is_complete():
    policy = SegmentPolicy.standard()
    assert len(policy.names) == 10
    assert policy.table().shape == (5, 5, 5)
    assert policy.name_of(5, 5) == "champions"
    assert policy.name_of(1, 5) == "cannot lose them"


def test_holes_and_overlaps_are_told_all_at_once():
    rules = [
        Segment("left", recency=(1, 1), frequency=(1, 2)),
        Segment("low", recency=(1, 2), frequency=(1, 1)),
    ]
    with pytest.raises(Illformed) as refused:
        SegmentPolicy(rules, bins=2)
    assert refused.value.faults == (
        "recency 1, frequency 1 is left and low",
        "recency 2, frequency 2 has no name",
    )


def test_rules_over_amounts_are_checked_over_amounts():
    with pytest.raises(Illformed, match="monetary 2 has no name"):
        SegmentPolicy([Segment("poor", recency=(1, 2), frequency=(1, 2), monetary=(1, 1))], bins=2)


def test_many_faults_are_cut_short():
    with pytest.raises(Illformed, match="and 15 more"):
        SegmentPolicy([], bins=5)


def test_a_name_may_have_several_rules():
    corners = [(1, 1), (2, 2)]
    rules = [Segment("same", recency=c, frequency=c) for c in corners]
    rules += [Segment("other", recency=c, frequency=d) for c, d in (corners, corners[::-1])]
    assert SegmentPolicy(rules, bins=2).names == ("same", "other")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: SegmentPolicy.standard().name_of(6, 1), "recency must be a score from 1 to 5, got 6"),
        (lambda: SegmentPolicy.standard().name_of(1, 0), "frequency must be a score"),
        (lambda: SegmentPolicy([], bins=1), "bins must be 2 to 100"),
    ],
)
def test_it_is_refused_with_the_value(ask, says):
    with pytest.raises(Invalid, match=says):
        ask()
