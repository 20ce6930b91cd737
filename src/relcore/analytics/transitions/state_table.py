"""What a table of states says about a matrix that is estimated: which cells can be anything but zero.

A lifecycle constrains single jumps: its mask is that of the jump chain. From one month to the next several jumps can
be made, so that a matrix from period to period is masked by what can be reached at all. What was seen outside of the
mask is no probability but a question about the data, and is listed as such.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import Floats, sealed
from relcore.kernel.errors import Invalid


class StateTable(Protocol):
    """Anything that knows its states and the jumps between them, such as a ``relcore.kernel.lifecycle.Lifecycle``."""

    @property
    def states(self) -> Iterable[str]: ...

    def jumps(self) -> frozenset[tuple[Any, Any]]:
        """Every single change of state that can be."""
        ...

    def reachable(self, origin: Any) -> frozenset[Any]:
        """Every state that can follow in any number of jumps, and the origin itself."""
        ...


@attrs.frozen
class Unexpected:
    """What the table has no way for and the data show all the same: ``count`` times from ``source`` to ``target``."""

    source: str
    target: str
    count: float


def states_of(table: StateTable) -> tuple[str, ...]:
    """The states in the order of the table, as plain text."""
    return tuple(str(state) for state in table.states)


def jump_mask(table: StateTable) -> NDArray[np.bool_]:
    """(k, k) which single jumps the table allows; never from a state to itself."""
    known = states_of(table)
    return _mask(known, ((str(source), str(target)) for source, target in table.jumps()))


def reach_mask(table: StateTable) -> NDArray[np.bool_]:
    """(k, k) which states can follow each state in any number of jumps, itself included."""
    return _mask(states_of(table), ((str(s), str(t)) for s in table.states for t in table.reachable(s)))


def _mask(states: tuple[str, ...], pairs: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
    place = {state: n for n, state in enumerate(states)}
    mask = np.zeros((len(states), len(states)), dtype=np.bool_)
    for source, target in pairs:
        mask[place[source], place[target]] = True
    return mask


def in_order_of(states: tuple[str, ...], counts: NDArray[Any], held: tuple[str, ...]) -> Floats:
    """Counts between the states that ``held`` names, rearranged to the order of ``states``."""
    place = {state: n for n, state in enumerate(states)}
    there = np.flatnonzero(counts.any(axis=0) | counts.any(axis=1))
    if unknown := [held[n] for n in there.tolist() if held[n] not in place]:
        remedy = f"the table has {', '.join(states)}"
        raise Invalid("states", "must be those of the table", unknown, remedy)
    at = [place[held[n]] for n in there.tolist()]
    arranged = np.zeros((len(states), len(states)))
    arranged[np.ix_(at, at)] = counts[np.ix_(there, there)]
    return arranged


def parted(
    states: tuple[str, ...], counts: Floats, allowed: NDArray[np.bool_]
) -> tuple[Floats, tuple[Unexpected, ...]]:
    """The counts inside of the mask, and a list of those outside, the most frequent first."""
    outside = np.argwhere(~allowed & (counts > 0)).tolist()
    listed = [Unexpected(states[i], states[j], float(counts[i, j])) for i, j in outside]
    listed.sort(key=lambda jump: (-jump.count, jump.source, jump.target))
    return np.where(allowed, counts, 0.0), tuple(listed)


def square(values: Any, states: Sequence[str], field: str, dtype: type[Any]) -> NDArray[Any]:
    """A read-only (k, k) matrix for k states."""
    given = np.array(values, dtype=dtype)
    if given.shape != (len(states), len(states)):
        rule = f"must have one row and one column for each of {len(states)} states"
        raise Invalid(field, rule, given.shape)
    return sealed(given)
