"""Clocks along paths: what a loop over pieces says, however fast the clock of the neighbour runs."""

import numpy as np
import pytest

from relcore.analytics._numerics.pieces import Clock, Pieces, blocks


def random_pieces(seed, paths=9, k=2):
    random = np.random.default_rng(seed)
    counts = random.integers(0, 40, paths)
    owner = np.repeat(np.arange(paths), counts)
    ends = np.concatenate([np.cumsum(random.uniform(0.1, 2, count)) for count in counts])
    begin = np.zeros(owner.size)
    begin[1:] = np.where(owner[1:] == owner[:-1], ends[:-1], 0.0)
    return Pieces(owner, begin, ends, random.normal(size=(owner.size, k))), paths


def test_a_clock_is_the_sum_of_its_pieces():
    pieces, paths = random_pieces(1)
    effect = np.array([0.7, -1.1])
    random = np.random.default_rng(2)
    origin = random.uniform(1, 2, (7, paths))

    clock = Clock.along(pieces, effect, origin)

    for path in range(paths):
        sums = origin[:, path].copy()
        for n in np.flatnonzero(pieces.owner == path):
            assert clock.start[:, n] == pytest.approx(sums, rel=1e-13)
            z = pieces.value[n]
            grown = np.exp(z @ effect) * (pieces.end[n] - pieces.begin[n])
            sums += grown * np.concatenate([[1], z, np.outer(z, z).ravel()])
        assert clock.end[:, path] == pytest.approx(sums, rel=1e-13)


def test_a_slow_clock_beside_a_fast_one_loses_nothing():
    pieces = Pieces(
        np.array([0, 0, 1, 1]),
        np.array([0.0, 1, 0, 1]),
        np.array([1.0, 2, 1, 2]),
        np.array([[60.0], [60], [-60], [-60]]),
    )

    clock = Clock.along(pieces, np.ones(1), np.zeros((1, 2)))

    assert clock.end[0] == pytest.approx(2 * np.exp([60, -60]), rel=1e-14)


def test_neighbours_that_hold_the_same_are_joined_within_a_path_alone():
    pieces = Pieces(
        np.array([0, 0, 0, 1, 1]),
        np.array([0.0, 1, 2, 0, 5]),
        np.array([1.0, 2, 3, 5, 9]),
        np.array([[1.0], [1], [2], [2], [2]]),
    )

    joined = pieces.joined()

    assert (joined.owner.tolist(), joined.begin.tolist()) == ([0, 0, 1], [0, 2, 0])
    assert (joined.end.tolist(), joined.value.ravel().tolist()) == ([2, 3, 9], [1, 2, 2])


@pytest.mark.parametrize("most", [1, 7, 30, 10_000])
def test_blocks_hold_every_path_once(most):
    pieces, paths = random_pieces(3, paths=25)

    runs = list(blocks(pieces.sizes(paths), most))

    assert [path for first, last in runs for path in range(first, last)] == list(range(paths))
    assert sum(pieces.of(*run).owner.size for run in runs) == pieces.owner.size
