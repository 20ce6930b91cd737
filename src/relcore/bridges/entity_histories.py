"""The log becomes histories: where every entity of one kind went, and how long it stayed, as columns for models.

A log line that leads to the state it came from (a case is assigned, an offer gets another line) ends no stay. Neither does
a removal: that a record is no more says nothing about how long what it told of would have gone on, so the stay is censored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from relcore.analytics.columns.spells import Spells
from relcore.analytics.columns.transitions import Transitions
from relcore.bridges.as_of import last_moment
from relcore.bridges.log_columns import REMOVED, LogColumns
from relcore.bridges.stay_columns import GOES_ON, Counts, StayColumns
from relcore.kernel.clock import microseconds
from relcore.kernel.entity import Entity
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Lifecycle
from relcore.storage.workspace import Workspace

_AT_WORK = (Category.OPEN, Category.PAUSED)


def transitions(
    workspace: Workspace,
    entity: type[Entity[Any, Any, Any]],
    *,
    as_of: datetime | date | str | None = None,
    zone: str = "UTC",
) -> Transitions:
    """Every change of state of all entities of one kind, straight from the log: what `JumpChain` counts.

    entity : ``Case``, ``Opportunity``, ...: whatever a workspace keeps.
    as_of : what had happened and was known by then, inclusive: a moment, or a calendar day to its end. All, unless given.
    zone : in which days begin and end.

    Subjects are ids as text, in order. States are those of the lifecycle as it is today; what earlier versions of it
    called otherwise is told in its words. ``spell`` counts how often an entity was at work: what follows a reopening, out
    of a state that is won, lost or void into one that is open or paused, is of the second. A line that tells of an
    earlier time than the line above it took effect with that one.

    >>> from relcore import Case
    >>> from relcore.storage import in_memory
    >>> transitions(Workspace(in_memory(), tenant="acme"), Case)
    Transitions of 0 subjects between 10 states, 0 changes
    """
    lines = _lines(workspace, entity, None if as_of is None else last_moment(as_of, zone))
    states = _states(entity)
    return _stays(lines, _closed(entity)).transitions(lines.ids, states=states, zone=zone)


def spells(
    workspace: Workspace,
    entity: type[Entity[Any, Any, Any]],
    *,
    as_of: datetime | date | str,
    zone: str = "UTC",
    together: Mapping[str, Iterable[str]] | None = None,
) -> Spells:
    """Who was in which state from when to when, of all entities of one kind, straight from the log.

    entity, zone : as for `transitions`.
    as_of : what had happened and was known by then, inclusive: a moment, or a calendar day to its end. What goes on is
        censored just after it.
    together : states that are told as one, by the name that they are to have: ``{"unresolved": ["new", "open"]}``. A
        move from one of them to another ends no spell.

    The spells of an entity follow each other without a gap, from its beginning to ``as_of`` or to its removal, by which
    the last one is censored. ``cause`` is the move that ended a spell. A spell in a final state is there, so that one
    knows where everybody stood, and never ends: choose states with ``of_state`` before fitting a curve. A spell may be of
    no length at all, when two moves were made at one moment.

    Raises ``Invalid`` if ``together`` names what is no state of the lifecycle, one state twice, or a state that is not
    among its own.

    >>> from relcore import Case
    >>> from relcore.storage import in_memory
    >>> spells(Workspace(in_memory(), tenant="acme"), Case, as_of="2026-03-31")
    Spells of 0 subjects, 0 spells
    """
    moment = last_moment(as_of, zone)
    lines = _lines(workspace, entity, moment)
    names, label = _labels(_states(entity), together or {})
    stays = _stays(lines, _closed(entity), label)
    return stays.spells(lines.ids, states=names, causes=lines.moves, as_of=moment, zone=zone)


def _lines(workspace: Workspace, entity: type[Entity[Any, Any, Any]], as_of: datetime | None) -> LogColumns:
    lines = LogColumns.read(workspace, entity)
    return lines if as_of is None else lines.until(microseconds(as_of))


def _stays(lines: LogColumns, closed: NDArray[np.bool_], label: NDArray[Any] | None = None) -> StayColumns:
    """One stay per line that leads somewhere, until the next line of its entity."""
    who, state, goes_on = lines.who, lines.state, np.append(lines.who[1:] == lines.who[:-1], False)
    goes_on = goes_on[: who.size]
    stop = np.where(goes_on, np.append(lines.at[1:], 0)[: who.size], GOES_ON)
    here = state != REMOVED
    reopened = np.zeros(who.size, dtype=np.int64)
    # A removal is the last line of its entity: where there is a next one, both states are known.
    reopened[1:] = goes_on[:-1] & here[1:] & closed[state[:-1]] & ~closed[state[1:]]
    return StayColumns(
        customer=who[here],
        stage=state[here] if label is None else label[state[here]],
        start=lines.at[here],
        stop=stop[here],
        cause=lines.move[here],
        spell=_counted(reopened, who)[here],
        recognised=lines.recorded_at[here],
    )


def _counted(events: Counts, who: Counts) -> Counts:
    """1, and one more from each event of the same entity on."""
    total = np.cumsum(events)
    first = np.ones(who.size, dtype=np.bool_)
    first[1:] = who[1:] != who[:-1]
    starts = np.flatnonzero(first)
    before = np.repeat(total[starts] - events[starts], np.diff(np.append(starts, who.size)))
    counted: Counts = 1 + total - before
    return counted


def _states(entity: type[Entity[Any, Any, Any]]) -> tuple[str, ...]:
    lifecycle: Lifecycle[Any, Any, Any] = entity.lifecycle
    return tuple(str(state) for state in lifecycle.states)


def _closed(entity: type[Entity[Any, Any, Any]]) -> NDArray[np.bool_]:
    lifecycle: Lifecycle[Any, Any, Any] = entity.lifecycle
    return np.array([category not in _AT_WORK for category in lifecycle.states.values()])


def _labels(
    states: tuple[str, ...], together: Mapping[str, Iterable[str]]
) -> tuple[tuple[str, ...], NDArray[Any]]:
    """The names that spells are told by, and the one of each state."""
    told: dict[str, str] = {}
    for name, some in together.items():
        of = [str(state) for state in some]
        for state in of:
            if state not in states:
                raise Invalid("together", f"must name states: one of {', '.join(states)}", state)
            if told.setdefault(state, name) != name:
                raise Invalid("together", f"must name {state!r} once", (told[state], name))
        if name in states and name not in of:
            remedy = f"choose another name, or let {name!r} be among its states"
            raise Invalid("together", "must not tell states by the name of another", name, remedy)
    told = {state: told.get(state, state) for state in states}
    names = tuple(dict.fromkeys(told.values()))
    return names, np.array([names.index(told[state]) for state in states], dtype=np.int16)
