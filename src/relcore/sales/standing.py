"""How an opportunity stood, from one moment to the next: its history, which only grows.

Each move that changes what a forecast would say adds one line, with stage, amount, expected day and probability as they
are from then on; what was before is the line above. Without both there is no slippage, no count of pushed days and no
funnel, for a field that is overwritten forgets what it promised. Time on hold is told apart, for nothing rots meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

import attrs
from attrs.validators import optional

from relcore.kernel.clock import aware, moment
from relcore.kernel.entity import a, a_day, a_probability, text, text_or_none
from relcore.kernel.money import Money

ZERO = timedelta(0)


class OpportunityState(StrEnum):
    """What a stage stands on."""

    OPEN = "open"
    ON_HOLD = "on_hold"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    MERGED = "merged"


OPEN, ON_HOLD = OpportunityState.OPEN, OpportunityState.ON_HOLD


@attrs.frozen
class Standing:
    """How it stood from ``at`` until the next line, the move that led there, and the reason that was given for it."""

    at: datetime = attrs.field(converter=moment)
    move: str = attrs.field(validator=text)
    state: OpportunityState = attrs.field(validator=a(OpportunityState))
    stage: str = attrs.field(validator=text)
    amount: Money = attrs.field(validator=a(Money))
    expected_on: date | None = attrs.field(validator=optional(a_day))
    probability: float = attrs.field(validator=a_probability)
    because: str | None = attrs.field(default=None, validator=text_or_none)


@attrs.frozen
class StageChange:
    """One step through the pipeline: how it stood before and after, and how long in the stage that it left."""

    before: Standing
    after: Standing
    dwell: timedelta
    """Open time in the stage: what passed on hold or closed is not in it."""


def stage_changes(history: Sequence[Standing]) -> tuple[StageChange, ...]:
    """Every change of stage, in order."""
    return tuple(
        StageChange(before, after, time_in_stage(history[: place + 1], after.at))
        for place, (before, after) in enumerate(pairwise(history))
        if after.stage != before.stage
    )


def time_in_stage(history: Sequence[Standing], at: datetime) -> timedelta:
    """Open time since it came into the stage of the last line, until ``at``; zero for a moment before that."""
    here = [history[-1]]
    for earlier in reversed(history[:-1]):
        if earlier.stage != here[0].stage or _closed(earlier):
            break
        here.insert(0, earlier)
    asked = aware("at", at)
    ends = [*(min(line.at, asked) for line in here[1:]), asked]
    open_for = (max(end - line.at, ZERO) for line, end in zip(here, ends, strict=True) if line.state is OPEN)
    return sum(open_for, ZERO)


def pushes(history: Sequence[Standing]) -> int:
    """How often the day on which it was expected to close was moved to a later one."""
    return sum(
        before.expected_on is not None
        and after.expected_on is not None
        and after.expected_on > before.expected_on
        for before, after in pairwise(history)
    )


def _closed(line: Standing) -> bool:
    return line.state not in (OPEN, ON_HOLD)
