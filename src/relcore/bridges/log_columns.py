"""The log of all entities of one kind, as columns of codes: read a chunk at a time, and no entity is built."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import count
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.columns.codes import narrow
from relcore.bridges.stay_columns import Counts
from relcore.kernel.entity import Entity
from relcore.kernel.lifecycle import Lifecycle
from relcore.storage.workspace import Workspace

REMOVED = -1
"""Stands for the state of what is no more."""


@attrs.frozen(eq=False, repr=False)
class LogColumns:
    """One row per line, those of an entity together and in the order of the log: all (n,) but the names.

    ids : (k,) the entities, as text, in order. who : position in ``ids``. state : where the line led, as a position in
    the states of the lifecycle as it is today, or `REMOVED`. move : position in ``moves``. at, recorded_at :
    microseconds since 1970-01-01 UTC, of when it happened and when it was known; neither ever before that of the line
    above of the same entity, for what a line builds on was there when it came.
    """

    ids: NDArray[Any]
    who: Counts
    state: NDArray[Any]
    move: NDArray[Any]
    at: Counts
    recorded_at: Counts
    moves: tuple[str, ...]

    @classmethod
    def read(cls, workspace: Workspace, entity: type[Entity[Any, Any, Any]]) -> LogColumns:
        """All that the log tells of this kind.

        What an earlier version of the table called a state is what ``Lifecycle.today`` makes of it. Raises ``Invalid``
        for a version that is still to come.
        """
        lifecycle: Lifecycle[Any, Any, Any] = entity.lifecycle
        machines, states, moves = _Names(), _Names(), _Names(row.name for row in lifecycle.moves)
        ids, columns = list[str](), list[tuple[NDArray[Any], ...]]()
        for chunk in workspace.scan_log(entity, "id", "machine", "move", "target", "at", "recorded_at"):
            id = np.array([*(ids[-1:] or [""]), *chunk["id"]], dtype=np.object_)
            fresh = (id[1:] != id[:-1]).astype(np.bool_)
            ids += id[1:][fresh].tolist()
            codes = machines.of(chunk["machine"]), states.of(chunk["target"]), moves.of(chunk["move"])
            moments = (np.array(chunk[column], dtype=np.int64) for column in ("at", "recorded_at"))
            columns.append((fresh, *codes, *moments))
        if not columns:
            none = np.empty(0, dtype=np.int64)
            return cls(np.empty(0, dtype=np.object_), none, none, none, none, none, tuple(moves))
        fresh, machine, target, move, at, recorded_at = map(np.concatenate, zip(*columns, strict=True))
        subjects = np.empty(len(ids), dtype=np.object_)
        subjects[:] = ids
        who = np.cumsum(fresh) - 1
        state = _today(lifecycle, machine, tuple(machines), target, tuple(states))
        return cls(
            subjects, who, state, move, _never_back(at, who), _never_back(recorded_at, who), tuple(moves)
        )

    def until(self, moment: int) -> LogColumns:
        """The lines that had happened and were known by then: of each entity the first ones."""
        known = (self.at <= moment) & (self.recorded_at <= moment)
        return LogColumns(
            self.ids,
            self.who[known],
            self.state[known],
            self.move[known],
            self.at[known],
            self.recorded_at[known],
            self.moves,
        )


class _Names(defaultdict[str, int]):
    """Names by their first appearance, and the code of each."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        super().__init__(count().__next__)
        for name in known:
            self[name]

    def of(self, values: Iterable[str]) -> NDArray[np.int16]:
        """A code for each; what was never seen gets the next one."""
        return np.fromiter(map(self.__getitem__, values), np.int16)


def _today(
    lifecycle: Lifecycle[Any, Any, Any],
    machine: NDArray[Any],
    machines: tuple[str, ...],
    target: NDArray[Any],
    targets: tuple[str, ...],
) -> NDArray[Any]:
    """The states in the words of the table as it is, asked once for each pair that occurs."""
    place = {state: n for n, state in enumerate(lifecycle.states)}
    table = np.full((len(machines), len(targets)), REMOVED, dtype=np.int64)
    pair = machine.astype(np.int64) * len(targets) + target
    occurring: list[int] = np.flatnonzero(np.bincount(pair)).tolist()
    for m, t in (divmod(code, len(targets)) for code in occurring):
        if targets[t]:
            table[m, t] = place[lifecycle.today(machines[m], targets[t])]
    now: NDArray[Any] = narrow(table, len(place))[machine, target]
    return now


def _never_back(moment: Counts, who: Counts) -> Counts:
    """The latest so far of each entity."""
    back = (moment[1:] < moment[:-1]) & (who[1:] == who[:-1])
    if not back.any():
        return moment
    odd = np.zeros(int(who[-1]) + 1, dtype=np.bool_)
    odd[who[1:][back]] = True
    rows = np.flatnonzero(odd[who])
    values, rank = np.unique(moment[rows], return_inverse=True)
    latest = np.maximum.accumulate(who[rows] * values.size + rank) % values.size
    held = moment.copy()
    held[rows] = values[latest]
    return held
