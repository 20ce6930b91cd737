"""N10 and on: whoever else there is, and whatever they do, a tenant's days are the same.

Non-interference, said as a property: the same history is lived twice, alone and beside a noisy neighbour, and everything
that is seen on the way is compared: rows, versions, counts, the words of errors, log, outbox, exports. Texts that an
adapter means to be opaque, the cursors, are followed but not read: a number in one may count for everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from relcore.customers.customer import Customer
from relcore.kernel.errors import RelcoreError
from relcore.kernel.repository import Level
from relcore.testing.clause import clause, same
from relcore.testing.life import COLUMNS, LOG, ROWS, Act, Life
from relcore.testing.trial import Trial

Noise = Callable[[Life, Life], None]


@clause(
    "N10",
    "A tenant sees the same rows, versions, pages and errors whether or not it has a noisy neighbour.",
    level=Level.VERSIONED,
    kinds=(Customer,),
)
def rows_are_undisturbed(trial: Trial) -> None:
    _lived_twice(trial, ROWS, _knocks)


@clause(
    "N11",
    "A tenant sees the same log, outbox, receipts and tombstones beside a neighbour who uses its very ids and keys.",
    level=Level.LOGGED,
    kinds=(Customer,),
)
def log_and_keys_are_undisturbed(trial: Trial) -> None:
    _lived_twice(trial, ROWS + LOG, _mimics)


@clause(
    "N12",
    "What a tenant exports is the same whether or not it has a noisy neighbour.",
    level=Level.COLUMNAR,
    kinds=(Customer,),
)
def exports_are_undisturbed(trial: Trial) -> None:
    _lived_twice(trial, ROWS + COLUMNS, _mimics)


def _lived_twice(trial: Trial, acts: Sequence[Act], noise: Noise) -> None:
    for seed in range(trial.rounds(2, 40)):
        alone = Life.begin(trial, Random(seed), acts)
        expected = [alone.step() for _ in range(STEPS)]

        beside, neighbour = (Life.begin(trial, Random(n), acts) for n in (seed, seed + 1000))
        for number in range(STEPS):
            neighbour.step()
            noise(neighbour, beside)
            same(f"what is seen in step {number} of history {seed}", beside.step(), expected[number])


STEPS = 30


def _knocks(neighbour: Life, other: Life) -> None:
    """The neighbour asks for what is not its own, and decides about it."""
    for row in other.rows[-2:]:
        for act in (neighbour.get, neighbour.change):
            with suppress(RelcoreError):
                act(row)


def _mimics(neighbour: Life, other: Life) -> None:
    """The neighbour knocks, and then has something of the same id, under the same key."""
    _knocks(neighbour, other)
    for row in other.rows[-1:]:
        with suppress(RelcoreError):
            kind: Any = row.__class__
            neighbour.commit([neighbour.begun(kind, row.id)])
