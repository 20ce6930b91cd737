"""The checker of isolation, tried on histories that are bad in one way each, and on good ones."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest

from relcore.testing.isolation import Anomaly, Phenomenon, Transaction, anomalies

P = Phenomenon


def shown(history: list[Transaction], **final: tuple[int, ...]) -> set[Phenomenon]:
    return {found.phenomenon for found in anomalies(history, final)}


def test_one_after_the_other_shows_nothing() -> None:
    one = Transaction("one", {"x": (), "y": ()}, {"x": (1, 2)})
    two = Transaction("two", {"x": (1, 2), "y": ()}, {"y": (3,)})
    three = Transaction("three", {"x": (1, 2), "y": (3,)}, {"x": (4,)})

    assert anomalies([three, one, two], {"x": (1, 2, 4), "y": (3,)}) == []


def test_nobody_and_nothing_shows_nothing() -> None:
    assert anomalies([], {}) == []
    assert anomalies([Transaction("one", {"x": ()})], {"x": ()}) == []


@pytest.mark.parametrize("seed", range(20))
def test_no_random_serial_history_shows_anything(seed: int) -> None:
    chance, history = Random(seed), list[Transaction]()
    lists: dict[str, tuple[int, ...]] = dict.fromkeys("xyz", ())
    for n in range(30):
        reads = {where: lists[where] for where in chance.sample("xyz", chance.randint(1, 3))}
        appends = dict.fromkeys(list(reads)[: chance.randint(0, 1)], (2 * n, 2 * n + 1))
        heard = chance.random() < 0.7
        history.append(Transaction(str(n), reads, appends, heard))
        if heard:
            lists |= {where: lists[where] + values for where, values in appends.items()}

    chance.shuffle(history)

    assert anomalies(history, lists) == []


def test_two_who_wrote_on_the_same_version_lost_an_update() -> None:
    one = Transaction("one", {"x": ()}, {"x": (1,)})
    two = Transaction("two", {"x": ()}, {"x": (2,)})

    found = anomalies([one, two], {"x": (2,)})

    assert Anomaly(P.LOST_UPDATE, ("one",), "x") in found
    assert Anomaly(P.LOST_UPDATE, ("one", "two"), "x") in found


def test_two_who_wrote_on_the_same_version_lost_one_also_if_both_are_there() -> None:
    one = Transaction("one", {"x": ()}, {"x": (1,)})
    two = Transaction("two", {"x": ()}, {"x": (2,)})

    assert P.LOST_UPDATE in shown([one, two], x=(1, 2))


def test_writes_that_follow_each_other_in_a_circle_are_g0() -> None:
    one = Transaction("one", {}, {"x": (1,), "y": (2,)})
    two = Transaction("two", {}, {"x": (3,), "y": (4,)})

    assert shown([one, two], x=(1, 3), y=(4, 2)) == {P.G0}
    assert shown([one, two], x=(1, 3), y=(2, 4)) == set()


def test_what_was_never_committed_and_was_seen_is_g1a() -> None:
    one = Transaction("one", {"x": ()}, {"x": (1,)}, committed=False)
    two = Transaction("two", {"x": (1,)})

    assert anomalies([one, two], {"x": ()}) == [Anomaly(P.G1A, ("two", "one"), "x")]


def test_half_of_what_one_wrote_is_g1b() -> None:
    one = Transaction("one", {"x": ()}, {"x": (1, 2)})
    two = Transaction("two", {"x": (1,)})

    assert P.G1B in shown([one, two], x=(1, 2))
    assert shown([one, Transaction("two", {"x": (1, 2)})], x=(1, 2)) == set()


def test_two_who_saw_each_others_writes_are_g1c() -> None:
    one = Transaction("one", {"y": (2,)}, {"x": (1,)})
    two = Transaction("two", {"x": (1,)}, {"y": (2,)})

    assert shown([one, two], x=(1,), y=(2,)) == {P.G1C}


def test_one_who_saw_one_half_before_and_one_half_after_is_g_single() -> None:
    writer = Transaction("writer", {"x": (), "y": ()}, {"x": (1,), "y": (2,)})
    reader = Transaction("reader", {"x": (1,), "y": ()})

    assert shown([writer, reader], x=(1,), y=(2,)) == {P.G_SINGLE}


def test_two_doctors_who_both_went_home_are_g2() -> None:
    ada = Transaction("ada", {"x": (), "y": ()}, {"x": (1,)})
    bob = Transaction("bob", {"x": (), "y": ()}, {"y": (2,)})

    (found,) = anomalies([ada, bob], {"x": (1,), "y": (2,)})

    assert found.phenomenon is P.G2
    assert set(found.among) == {"ada", "bob"}


def test_two_readers_who_saw_two_writers_in_other_orders_are_told() -> None:
    """The long fork, which snapshot isolation on several machines allows and one order of all does not."""
    writers = [Transaction("w1", {}, {"x": (1,)}), Transaction("w2", {}, {"y": (2,)})]
    readers = [Transaction("r1", {"x": (1,), "y": ()}), Transaction("r2", {"x": (), "y": (2,)})]

    for history in permutations([*writers, *readers]):
        assert shown(list(history), x=(1,), y=(2,)) == {P.G2}
