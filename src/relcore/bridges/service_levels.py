"""Service-level clocks of millions: the same answers as `ServiceLevel.read` gives for one case.

The stories of all cases lie end to end in columns. What makes a clock start, wait and stop is the policy's own `signal`,
asked once per kind of mark; the rest is running sums: how much business time passed in each run of each clock, and in which
run its target was used up. A property test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.business_time import Counts, OpenIntervals, deadline
from relcore.kernel.clock import aware, microseconds
from relcore.kernel.errors import Invalid
from relcore.service.case import Case
from relcore.service.case_state import MarkKind
from relcore.service.service_level import (
    STARTS,
    STARTS_WHEN_ANSWERED,
    STOPS,
    ClockState,
    Goal,
    ServiceLevel,
    Signal,
)

Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]
KINDS: tuple[MarkKind, ...] = tuple(MarkKind)
"""What a code in a column of marks stands for."""
CLOCK_STATES: tuple[ClockState, ...] = tuple(ClockState)
"""What a code in a column of clock states stands for."""
NOT_PROMISED = -1
"""Stands for the target of a case to which nothing is promised: it has no clock."""
NEVER = np.iinfo(np.int64).max
"""Stands for a moment that there is none of."""
CASES_AT_A_TIME = 50_000
"""What is worked out of so many stays in the cache."""

WAITING, RUNNING, PAUSED, MET, MISSED, CANCELLED = (np.int8(n) for n in range(len(CLOCK_STATES)))
_SIGNALS = {None: 0, Signal.RUN: 1, Signal.PAUSE: 2, Signal.STOP: 3}
_RUN, _STOP = _SIGNALS[Signal.RUN], _SIGNALS[Signal.STOP]


@attrs.frozen(eq=False, repr=False)
class Stories:
    """The marks of (n,) cases, those of a case together and in the order of time.

    first : (n + 1,) where the marks of each case begin, and the end of the last. kind : (m,) position in `KINDS`. at : (m,)
    microseconds since 1970-01-01 UTC.
    """

    first: Counts
    kind: Codes
    at: Counts

    def __attrs_post_init__(self) -> None:
        if self.kind.shape != self.at.shape or self.first.size == 0 or self.first[0] != 0:
            raise Invalid(
                "stories",
                "must have one kind and one moment per mark, and begin with the first",
                self.at.shape,
            )
        if self.first[-1] != self.at.size or (np.diff(self.first) < 0).any():
            raise Invalid("first", "must rise from 0 to the number of marks", self.first[-1])
        if self.kind.size and not (self.kind.min() >= 0 and self.kind.max() < len(KINDS)):
            raise Invalid("kind", f"must be a position in KINDS, 0 to {len(KINDS) - 1}", int(self.kind.max()))
        back = self.at[1:] < self.at[:-1]
        back[self.first[(self.first > 0) & (self.first < self.at.size)] - 1] = False  # another case begins
        if back.any():
            raise Invalid("at", "must be in the order of time within a case")

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Stories:
        """Those of cases at hand, as they come."""
        stories = [case.history for case in cases]
        codes = {kind: code for code, kind in enumerate(KINDS)}
        return cls(
            np.cumsum([0, *map(len, stories)]),
            np.array([codes[mark.kind] for story in stories for mark in story], dtype=np.int8),
            np.array([microseconds(mark.at) for story in stories for mark in story], dtype=np.int64),
        )

    def __len__(self) -> int:
        return self.first.size - 1

    def until(self, as_of: int) -> Stories:
        """What was known at a moment."""
        known = self.at <= as_of
        if known.all():
            return self
        before = np.append(0, np.cumsum(known))
        return Stories(before[self.first], self.kind[known], self.at[known])

    def blocks(self) -> Iterator[tuple[slice, Stories]]:
        """A share of the cases at a time."""
        for begin in range(0, len(self), CASES_AT_A_TIME):
            cases = slice(begin, min(begin + CASES_AT_A_TIME, len(self)))
            first = self.first[cases.start : cases.stop + 1]
            marks = slice(first[0], first[-1])
            yield cases, Stories(first - first[0], self.kind[marks], self.at[marks])


@attrs.frozen(eq=False, repr=False)
class ClockColumns:
    """One row per clock, those of a case together and in the order of time: all (k,).

    case : its position among the stories. state : position in `CLOCK_STATES`. elapsed, remaining, late_by : business time
    in microseconds. deadline : microseconds since 1970-01-01 UTC, or `NEVER`. at_risk, completed : flags.
    """

    case: Counts
    state: Codes
    elapsed: Counts
    remaining: Counts
    late_by: Counts
    deadline: Counts
    at_risk: Flags
    completed: Flags

    @classmethod
    def joined(cls, parts: Sequence[ClockColumns]) -> ClockColumns:
        """The rows of all of them, one after the other."""
        tables = [attrs.astuple(part, recurse=False) for part in parts]
        return cls(*(np.concatenate(column) for column in zip(*tables, strict=True)))


def clock_targets(
    level: ServiceLevel, goal: Goal, cases: Iterable[Case], *, tier: str | None = None
) -> Counts:
    """(n,) the target of each case for a goal, in microseconds; `NOT_PROMISED` where there is none."""
    chosen = (level.target_of(case, tier=tier) for case in cases)
    promised = [None if target is None else target.of(goal) for target in chosen]
    tick = timedelta(microseconds=1)
    return np.array([NOT_PROMISED if p is None else p // tick for p in promised], dtype=np.int64)


def service_clocks(
    level: ServiceLevel, goal: Goal, stories: Stories, target: Counts, *, as_of: datetime
) -> ClockColumns:
    """What the clocks of one goal show for all cases: `ServiceLevel.read`, case by case.

    target : (n,) microseconds of business time, or `NOT_PROMISED`.
    """
    now = microseconds(aware("as_of", as_of))
    target = np.asarray(target, dtype=np.int64)
    if target.shape != (len(stories),):
        raise Invalid("target", f"must have one value for each of {len(stories)} cases", target.shape)
    if ((target <= 0) & (target != NOT_PROMISED)).any():
        raise Invalid("target", "must be longer than nothing, or NOT_PROMISED", int(target.min()))
    first = _year(int(stories.at.min())) if stories.at.size else aware("as_of", as_of).year
    intervals = OpenIntervals.of(level.calendar, first, max(first, aware("as_of", as_of).year))
    rules = _Rules.of(level, goal)
    parts = [
        _clocks(level, rules, intervals, block.until(now), target[cases], now, cases.start)
        for cases, block in stories.blocks()
    ]
    return ClockColumns.joined(parts or [_clocks(level, rules, intervals, stories, target, now, 0)])


@attrs.frozen(eq=False)
class _Rules:
    """What each kind of mark does to the clocks of one goal: all (number of kinds,)."""

    signal: Codes
    starts: Flags
    starts_when_answered: Flags
    stops: Flags
    """Ends a clock for good: another one may start."""

    @classmethod
    def of(cls, level: ServiceLevel, goal: Goal) -> _Rules:
        def flags(kinds: Iterable[MarkKind]) -> Flags:
            listed = frozenset(kinds)
            return np.array([kind in listed for kind in KINDS])

        return cls(
            np.array([_SIGNALS[level.signal(goal, kind)] for kind in KINDS], dtype=np.int8),
            flags(STARTS[goal]),
            flags(STARTS_WHEN_ANSWERED[goal]),
            flags(() if level.goes_on(goal) else STOPS[goal]),
        )


def _clocks(
    level: ServiceLevel,
    rules: _Rules,
    intervals: OpenIntervals,
    stories: Stories,
    target: Counts,
    now: int,
    offset: int,
) -> ClockColumns:
    case = np.repeat(np.arange(len(stories)), np.diff(stories.first))
    void = np.zeros(len(stories), dtype=bool)
    void[case[stories.kind == KINDS.index(MarkKind.ENDED)]] = True
    heard, fresh = _heard(rules, stories, case, target)
    signal, at, whose = rules.signal[stories.kind[heard]], stories.at[heard], case[heard]

    begins = np.flatnonzero(fresh)  # (c,) the first row of each clock
    ends = np.append(begins[1:], heard.size)[: begins.size] - 1  # (c,) its last
    owner = whose[begins]
    goal_time = target[owner]
    clock = np.cumsum(fresh) - 1  # (rows,) the clock of each row

    # Runs: from a row that lets the clock run to the next row of that clock, or to the moment of asking.
    open_until = intervals.until(at)
    until_next = np.append(open_until[1:], 0)[: heard.size]
    until_next[ends] = intervals.until(np.array([now]))[0]
    runs = signal == _RUN
    passed = np.where(runs, until_next - open_until, 0)
    total = np.cumsum(passed)
    before = total - passed
    before -= before[begins][clock]
    elapsed = before[ends] + passed[ends]

    # The run in which the target is used up; the last one would go on to it.
    last_run = ends - (signal[ends] == _STOP)
    reaches = runs & (before + passed >= goal_time[clock])
    inside = last_run >= begins
    reaches[last_run[inside]] |= runs[last_run[inside]]
    row = np.where(reaches, np.arange(heard.size), heard.size)
    at_row = np.minimum.reduceat(row, begins) if begins.size else begins
    due = np.full(begins.size, NEVER)
    known = np.flatnonzero((at_row < heard.size) & ~void[owner])
    due[known] = deadline(level.calendar, at[at_row[known]], goal_time[known] - before[at_row[known]])
    stopped = signal[ends] == _STOP
    return _shown(level, target, void, owner, elapsed, due, stopped, runs[ends], offset)


def _heard(rules: _Rules, stories: Stories, case: Counts, target: Counts) -> tuple[Counts, Flags]:
    """The rows that some clock hears, and whether each is the first of a clock.

    A clock starts at the first mark that may start one since the last clock was stopped for good.
    """
    kind = stories.kind
    rows = kind.size
    if not rows:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=bool)
    stops = rules.stops[kind]
    new_case = np.append(True, case[1:] != case[:-1])
    new_group = new_case | np.append(False, stops[:-1])
    answers = np.cumsum(stops)
    answered: Flags = answers - stops > (answers - stops)[np.flatnonzero(new_case)][np.cumsum(new_case) - 1]
    starts = rules.starts[kind] | (rules.starts_when_answered[kind] & answered)
    so_far: Counts = np.cumsum(starts)
    before_group: Counts = (so_far - starts)[np.flatnonzero(new_group)][np.cumsum(new_group) - 1]
    hears = (so_far > before_group) & (rules.signal[kind] != 0) & (target[case] != NOT_PROMISED)
    heard = np.flatnonzero(hears)
    fresh = starts & (so_far - before_group == 1)
    return heard, fresh[heard]


def _shown(
    level: ServiceLevel,
    target: Counts,
    void: Flags,
    owner: Counts,
    elapsed: Counts,
    due: Counts,
    stopped: Flags,
    runs: Flags,
    offset: int,
) -> ClockColumns:
    """A row for each clock, and one that waits for each case in which nothing has started one."""
    started = np.bincount(owner, minlength=target.size)
    rows = np.where(target == NOT_PROMISED, 0, np.maximum(started, 1))
    case = np.repeat(np.arange(target.size), rows)
    first_row, first_clock = np.cumsum(rows) - rows, np.cumsum(started) - started
    place = first_row[owner] + np.arange(owner.size) - first_clock[owner]

    def spread(values: NDArray[np.generic], nothing: int | np.int8) -> NDArray[np.generic]:
        column = np.full(case.size, nothing, dtype=values.dtype)
        column[place] = values
        return column

    time, spent = target[case], spread(elapsed, 0).astype(np.int64)
    state = np.where(elapsed > target[owner], MISSED, np.where(stopped, MET, np.where(runs, RUNNING, PAUSED)))
    state = np.where(void[case], CANCELLED, spread(state.astype(np.int8), WAITING)).astype(np.int8)
    return ClockColumns(
        case=case + offset,
        state=state,
        elapsed=spent,
        remaining=np.maximum(time - spent, 0),
        late_by=np.where(state == MISSED, spent - time, 0),
        deadline=spread(due, NEVER).astype(np.int64),
        at_risk=(state == RUNNING) & (spent >= _warnings(level, time)),
        completed=spread(stopped, 0).astype(bool),
    )


def _warnings(level: ServiceLevel, target: Counts) -> Counts:
    """(k,) from when on a clock is at risk, by the policy's own arithmetic on each distinct target."""
    distinct, place = np.unique(target, return_inverse=True)
    tick = timedelta(microseconds=1)
    warned = [level.warn_at * timedelta(microseconds=time) // tick for time in distinct.tolist()]
    return np.array(warned, dtype=np.int64)[place]


def _year(moment: int) -> int:
    return int(np.int64(moment).astype("datetime64[us]").astype("datetime64[Y]").astype(int)) + 1970
