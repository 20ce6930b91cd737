"""The jump chain: shares of what the table allows, a list of what it does not, and how sure each share is."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.analytics import JumpChain, Transitions
from relcore.analytics.transitions import StateTable, Unexpected
from relcore.customers import Stage, customer_lifecycle
from relcore.service.case import Case
from tests.oracles import markov

STAGES = [str(stage) for stage in Stage]
LEGAL = {(str(source), str(target)) for source, target in customer_lifecycle.jumps()}
MOVES = st.lists(st.tuples(st.sampled_from(STAGES), st.sampled_from(STAGES)), max_size=60)


def moved(pairs):
    source, target = ([pair[side] for pair in pairs] for side in (0, 1))
    n = list(range(len(pairs)))
    return Transitions.from_arrays(subject=n, source=source, target=target, at=n)


@given(MOVES)
def test_what_the_table_allows_is_counted_and_the_rest_is_listed(pairs):
    chain, seen = JumpChain.fit(moved(pairs), lifecycle=customer_lifecycle), Counter(pairs)
    assert list(chain.states) == STAGES
    for i, source in enumerate(STAGES):
        for j, target in enumerate(STAGES):
            legal = (source, target) in LEGAL
            assert chain.allowed[i, j] == legal
            assert chain.counts[i, j] == (seen[source, target] if legal else 0)
    listed = {(jump.source, jump.target): jump.count for jump in chain.unexpected}
    assert listed == {pair: count for pair, count in seen.items() if pair not in LEGAL}
    assert [jump.count for jump in chain.unexpected] == sorted(listed.values(), reverse=True)


@given(MOVES)
def test_probabilities_are_the_shares_of_each_row_and_zero_where_the_table_has_no_way(pairs):
    chain = JumpChain.fit(moved(pairs), lifecycle=customer_lifecycle)
    slow = markov.shares(chain.counts.astype(int).tolist())
    for i in range(len(STAGES)):
        if chain.n[i] or chain.allowed[i].sum() != 1:
            assert chain.probabilities[i] == pytest.approx([float(share) for share in slow[i]], abs=1e-15)
    assert np.all(chain.probabilities[~chain.allowed] == 0)
    assert np.all(np.isin(chain.probabilities.sum(axis=1).round(12), [0, 1]))


def test_a_state_with_one_way_out_takes_it_seen_or_not_and_for_the_others_nothing_is_made_up():
    chain = JumpChain.fit(moved([]), lifecycle=customer_lifecycle)
    row = dict(zip(STAGES, chain.probabilities.tolist(), strict=True))
    assert row["deceased"][STAGES.index("erased")] == 1
    assert sum(row["retained"]) == 0
    band = chain.probability_interval()
    assert (band.low[STAGES.index("deceased")].max(), band.high[STAGES.index("retained")].max()) == (1, 1)
    assert band.low[STAGES.index("retained")].max() == 0


def test_wilsons_interval_as_published():
    """Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    cases = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (count, n), (low, high) in cases.items():
        chain = JumpChain.from_counts(["a", "b", "c"], [[0, count, n - count], [0, 0, 0], [0, 0, 0]])
        band = chain.probability_interval(level=0.95)
        assert (band.low[0, 1], band.high[0, 1]) == pytest.approx((low, high), abs=5e-5)
        assert band.low[0, 2] == pytest.approx(1 - high, abs=5e-5)


def test_any_lifecycle_is_a_table_of_states():
    """An entity's own lifecycle, and anything else with states, jumps() and reachable()."""
    table: StateTable = Case.lifecycle
    source, target = min(Case.lifecycle.jumps())
    chain = JumpChain.fit(moved([(source, target)]), lifecycle=table)
    assert chain.counts.sum() == 1
    final = [str(state) for state in Case.lifecycle.final]
    assert not chain.allowed[[chain.states.index(state) for state in final]].any()


def test_an_unknown_state_is_refused():
    with pytest.raises(Invalid, match=r"states must be those of the table, got \['gold'\]"):
        JumpChain.fit(moved([("new", "gold")]), lifecycle=customer_lifecycle)


@pytest.mark.parametrize(
    ("counts", "more", "says"),
    [
        ([[0, 1]], {}, "one row and one column for each of 2 states"),
        ([[0, -1], [0, 0]], {}, "finite and >= 0, got -1"),
        ([[0, np.nan], [0, 0]], {}, "finite and >= 0"),
        ([[1, 0], [0, 0]], {}, "0 outside of the mask, got 1"),
        ([[0, 1], [0, 0]], {"states": ["a", "a"]}, "states must be distinct"),
        ([[0, 1], [0, 0]], {"allowed": [[True]]}, "allowed must have one row"),
    ],
)
def test_it_is_refused_with_the_value(counts, more, says):
    with pytest.raises(Invalid, match=says):
        JumpChain.from_counts(**({"states": ["a", "b"], "counts": counts} | more))


def test_it_shows_what_it_left_out():
    chain = JumpChain.fit(
        moved([("new", "retained"), ("new", "aware"), ("new", "aware")]), lifecycle=customer_lifecycle
    )
    assert chain.unexpected == (Unexpected("new", "aware", 2),)
    assert repr(chain).endswith("left out: 2 that the table has no way for, such as new -> aware")


def test_arrays_are_read_only():
    chain = JumpChain.from_counts(["a", "b"], [[0, 1], [1, 0]])
    for array in (chain.counts, chain.allowed, chain.probabilities, chain.n):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
