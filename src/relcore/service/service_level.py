"""A service level: what we promise about time, and the clocks that say whether it is kept.

Three promises are usual: how soon a colleague first answers, how soon each later word of the customer is answered, and how
soon the issue is resolved. Each has a clock: waiting, running, paused, met, missed by so much, or cancelled. Nothing of a
clock is stored. What it shows follows from the story of the case, this policy and a moment, so a case that becomes more
urgent, or a policy that is changed, is judged anew from the beginning, with every pause in its place.

Time is business time: a pause from Friday evening to Monday morning costs nothing and gains nothing, and no deadline lies in
the night. A clock is *missed* when business time passes after its deadline; an answer on Saturday to what was due on
Friday at closing time is in time, for nobody's working time has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

import attrs
from attrs.validators import optional

from relcore.channel import Channel
from relcore.kernel.clock import aware
from relcore.kernel.entity import a, a_probability, count, text, text_or_none
from relcore.kernel.errors import Illformed, Invalid
from relcore.service.business_time import Calendar
from relcore.service.case import Case
from relcore.service.case_state import CaseKind, CaseState, Mark, MarkKind, Priority, in_order

NOTHING = timedelta(0)


class Goal(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"
    """From the opening to our first word; an answer that resolves it is one."""
    NEXT_RESPONSE = "next_response"
    """From the first word of the customer that nobody has answered yet to our next one: one clock for each such turn."""
    RESOLUTION = "resolution"
    """From the opening to the answer."""


class ClockState(StrEnum):
    """Where a clock stands."""

    WAITING = "waiting"
    """Nothing has started it yet."""
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    """Whether or not it was completed later."""
    CANCELLED = "cancelled"
    """Of a case that was cancelled, spam or merged: it counts neither as met nor as missed."""


class Signal(StrEnum):
    """What a mark does to one clock."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


Reopening: TypeAlias = Literal["resume", "restart"]
"""Whether a reopened case goes on with its old clock of resolution, or gets a new one."""
Stretch: TypeAlias = Sequence[tuple[datetime, Signal]]
"""All that one clock heard."""

ANSWERS = frozenset({MarkKind.RESPONDED, MarkKind.RESOLVED})
WAITS = frozenset({MarkKind.PENDING_CUSTOMER, MarkKind.PENDING_THIRD_PARTY, MarkKind.ON_HOLD})
NO_TURN = frozenset[MarkKind]()
STARTS: Mapping[Goal, frozenset[MarkKind]] = {
    Goal.FIRST_RESPONSE: frozenset({MarkKind.OPENED}),
    Goal.NEXT_RESPONSE: NO_TURN,
    Goal.RESOLUTION: frozenset({MarkKind.OPENED, MarkKind.REOPENED}),
}
STARTS_WHEN_ANSWERED: Mapping[Goal, frozenset[MarkKind]] = {
    Goal.FIRST_RESPONSE: NO_TURN,
    Goal.NEXT_RESPONSE: frozenset({MarkKind.HEARD, MarkKind.REOPENED}),
    Goal.RESOLUTION: NO_TURN,
}
STOPS: Mapping[Goal, frozenset[MarkKind]] = {
    Goal.FIRST_RESPONSE: ANSWERS | {MarkKind.ENDED},
    Goal.NEXT_RESPONSE: ANSWERS | {MarkKind.ENDED},
    Goal.RESOLUTION: frozenset({MarkKind.RESOLVED, MarkKind.ENDED}),
}
HEARD_LAST = {Signal.RUN: ClockState.RUNNING, Signal.PAUSE: ClockState.PAUSED, Signal.STOP: ClockState.MET}


def _positive(target: Target, field: attrs.Attribute[timedelta], value: timedelta | None) -> None:
    if value is not None and value <= NOTHING:
        raise Invalid(f"Target.{field.name}", "must be longer than nothing", value)


@attrs.frozen(kw_only=True)
class Target:
    """What is promised to whom, in business time. What is None is not promised, or not asked for."""

    first_response: timedelta | None = attrs.field(default=None, validator=_positive)
    next_response: timedelta | None = attrs.field(default=None, validator=_positive)
    resolution: timedelta | None = attrs.field(default=None, validator=_positive)
    tier: str | None = attrs.field(default=None, validator=text_or_none)
    priority: Priority | None = attrs.field(default=None, validator=optional(a(Priority)))
    kind: CaseKind | None = attrs.field(default=None, validator=optional(a(CaseKind)))
    channel: Channel | None = attrs.field(default=None, validator=optional(a(Channel)))

    @property
    def asked(self) -> tuple[object, ...]:
        """Tier, priority, kind and channel of the cases it is for; None for any."""
        return self.tier, self.priority, self.kind, self.channel

    def suits(self, *found: object) -> bool:
        """Whether it is for a case of this tier, priority, kind and channel."""
        return all(asked in (None, was) for asked, was in zip(self.asked, found, strict=True))

    def of(self, goal: Goal) -> timedelta | None:
        """How much time this goal has, if it is promised at all."""
        promised: timedelta | None = getattr(self, goal)
        return promised


@attrs.frozen
class ServiceClock:
    """What one clock shows as of a moment."""

    goal: Goal
    policy: str
    """Name and version of the service level: ``gold@2``."""
    target: timedelta
    state: ClockState
    started_at: datetime | None
    stopped_at: datetime | None
    elapsed: timedelta
    deadline: datetime | None
    """When the target is used up. None while it waits or is paused, for each hour of a pause moves it; and None when it
    was stopped in a pause, or cancelled."""
    at_risk: bool
    """It runs, and not much is left."""
    stopped_in_a_pause: bool
    """It was stopped while it stood still: somebody should look whether the pause was one."""

    @property
    def remaining(self) -> timedelta:
        return max(self.target - self.elapsed, NOTHING)

    @property
    def late_by(self) -> timedelta:
        """In business time."""
        return max(self.elapsed - self.target, NOTHING) if self.state is ClockState.MISSED else NOTHING

    @property
    def breached(self) -> bool:
        return self.state is ClockState.MISSED

    @property
    def missed_completed(self) -> bool:
        """Late, but done."""
        return self.breached and self.stopped_at is not None


def _as_given(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(targets)


def _pauses(pauses: Iterable[tuple[Goal, CaseState]]) -> frozenset[tuple[Goal, CaseState]]:
    return frozenset(pauses)


@attrs.frozen
class ServiceLevel:
    """A policy, in a version: what was promised under an old one can still be judged by it.

    The target of a case is the first that suits it, so the special stand before the general. Raises ``Illformed`` with
    every target that can never be chosen.
    """

    name: str = attrs.field(validator=text)
    version: int = attrs.field(validator=count, kw_only=True)
    calendar: Calendar = attrs.field(validator=a(Calendar), kw_only=True)
    targets: tuple[Target, ...] = attrs.field(converter=_as_given, kw_only=True)
    warn_at: float = attrs.field(default=0.75, validator=a_probability, kw_only=True)
    """The share of a target from which on a running clock is at risk."""
    pauses: frozenset[tuple[Goal, CaseState]] = attrs.field(
        default=frozenset({(Goal.RESOLUTION, CaseState.PENDING_CUSTOMER)}), converter=_pauses, kw_only=True
    )
    """Which clock stands still in which state."""
    reopening: Reopening = attrs.field(default="resume", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if faults := tuple(self._faults()):
            raise Illformed(f"service level {self.stamp}", faults)

    @property
    def stamp(self) -> str:
        """``gold@2``."""
        return f"{self.name}@{self.version}"

    def target_of(self, case: Case, *, tier: str | None = None) -> Target | None:
        """The first target that suits the case as it is now; None if nothing is promised."""
        found = tier, case.priority, case.kind, case.channel
        return next((target for target in self.targets if target.suits(*found)), None)

    def clocks(self, case: Case, *, as_of: datetime, tier: str | None = None) -> tuple[ServiceClock, ...]:
        """What all its clocks show: first response, then each turn that asked for a next one, then resolution.

        Judged by what was known at ``as_of``, and by the target of the case as it is now.
        """
        target = self.target_of(case, tier=tier)
        if target is None:
            return ()
        return tuple(
            clock
            for goal in Goal
            if (time := target.of(goal)) is not None
            for clock in self.read(goal, case.history, time, as_of=as_of)
        )

    def read(
        self, goal: Goal, story: tuple[Mark, ...], target: timedelta, *, as_of: datetime
    ) -> tuple[ServiceClock, ...]:
        """The clocks of one goal, given a story: one, but of next responses as many as were asked for."""
        as_of = aware("as_of", as_of)
        in_order(story)
        known = [mark for mark in story if mark.at <= as_of]
        void = any(mark.kind is MarkKind.ENDED for mark in known)
        stretches = self.stretches(goal, known) or [()]
        return tuple(self._clock(goal, stretch, target, as_of, void=void) for stretch in stretches)

    def stretches(self, goal: Goal, story: Iterable[Mark]) -> list[Stretch]:
        """What the clocks of one goal heard, each for itself."""
        stretches = list[list[tuple[datetime, Signal]]]()
        listens, answered = False, False
        for mark in story:
            starts = mark.kind in STARTS[goal] or (answered and mark.kind in STARTS_WHEN_ANSWERED[goal])
            if starts and not listens:
                stretches.append([])
                listens = True
            if listens and (signal := self.signal(goal, mark.kind)):
                stretches[-1].append((mark.at, signal))
                listens = signal is not Signal.STOP or self.goes_on(goal)
            answered = answered or mark.kind in ANSWERS
        return list(stretches)

    def signal(self, goal: Goal, kind: MarkKind) -> Signal | None:
        """What a mark says to a clock that has started."""
        if kind in STOPS[goal]:
            return Signal.STOP
        if kind is MarkKind.RESPONDED:
            return None
        paused = kind in WAITS and (goal, CaseState(kind)) in self.pauses
        return Signal.PAUSE if paused else Signal.RUN

    def goes_on(self, goal: Goal) -> bool:
        """Whether a clock that was stopped may run again."""
        return goal is Goal.RESOLUTION and self.reopening == "resume"

    def _clock(
        self, goal: Goal, stretch: Stretch, target: timedelta, as_of: datetime, *, void: bool
    ) -> ServiceClock:
        elapsed, deadline = NOTHING, None
        last_run = len(stretch) - (2 if stretch and stretch[-1][1] is Signal.STOP else 1)
        for place, (start, heard) in enumerate(stretch):
            if heard is not Signal.RUN:
                continue
            # The moment of asking ends the last run, as a mark would; were it not ended, it would go on to the deadline.
            stop = stretch[place + 1][0] if place + 1 < len(stretch) else as_of
            passed = self.calendar.between(start, stop)
            if deadline is None and (elapsed + passed >= target or place == last_run):
                deadline = self.calendar.add(start, target - elapsed)
            elapsed += passed
        stopped = bool(stretch) and stretch[-1][1] is Signal.STOP
        state = ClockState.CANCELLED if void else _state(stretch, late=elapsed > target)
        return ServiceClock(
            goal=goal,
            policy=self.stamp,
            target=target,
            state=state,
            started_at=stretch[0][0] if stretch else None,
            stopped_at=stretch[-1][0] if stopped else None,
            elapsed=elapsed,
            deadline=None if void else deadline,
            at_risk=state is ClockState.RUNNING and elapsed >= self.warn_at * target,
            stopped_in_a_pause=stopped and stretch[-2][1] is Signal.PAUSE,
        )

    def _faults(self) -> Iterator[str]:
        if not self.targets:
            yield "it promises nothing; give it a target"
        if self.reopening not in ("resume", "restart"):
            yield f"a clock may resume or restart when a case is reopened, not {self.reopening!r}"
        for goal, state in self.pauses:
            if state not in [str(wait) for wait in WAITS]:
                yield f"the clock of {goal} cannot pause in {state}, in which nobody is waited for"
        for place, target in enumerate(self.targets):
            if not any(target.of(goal) for goal in Goal):
                yield f"target {place + 1} promises nothing"
            wider = (n for n, other in enumerate(self.targets[:place], 1) if other.suits(*target.asked))
            if (first := next(wider, None)) is not None:
                yield f"target {place + 1} is never chosen, for target {first} suits whatever it would"


def _state(stretch: Stretch, *, late: bool) -> ClockState:
    if not stretch:
        return ClockState.WAITING
    if late:
        return ClockState.MISSED
    return HEARD_LAST[stretch[-1][1]]
