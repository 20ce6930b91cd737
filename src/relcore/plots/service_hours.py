"""A service-level clock over time: when it ran, when it stood still, and when its target was used up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from relcore.kernel.clock import aware, from_microseconds
from relcore.kernel.errors import Invalid
from relcore.plots.canvas import BLUE, INK, ORANGE, PALE, QUIET, axes_or_own, headed
from relcore.service.case import Case
from relcore.service.service_level import ClockState, Goal, ServiceClock, ServiceLevel

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HOUR = timedelta(hours=1)


def service_clock(
    level: ServiceLevel,
    case: Case,
    goal: Goal,
    *,
    until: datetime,
    tier: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How the clock of a goal went, from the first mark of the case until a moment; in the time zone of the calendar.

    It rises while it runs and is level while it stands still; hours in which somebody is there are shaded. Of next
    responses the latest is drawn.

    ax : where to draw; a new figure's axes unless given. Returns the axes; saving and showing are the caller's.

    Raises ``Invalid`` when nothing is promised for this goal, or nothing has started its clock yet.
    """
    until = aware("until", until)
    last = _clock(level, case, goal, until, tier)
    if last is None or last.started_at is None:
        raise Invalid("goal", "must have a clock that has started", str(goal))
    axes: Any = axes_or_own(ax, width=9.0)
    zone = ZoneInfo(level.calendar.zone)
    _open_hours(axes, level, last.started_at, until, zone)
    moments = _moments(level, case, last.started_at, until)
    # As of each moment it shows what was known then: this is what makes it a picture and not a sum.
    seen = [_clock(level, case, goal, at, tier) for at in moments]
    spent = [0.0 if clock is None else clock.elapsed / HOUR for clock in seen]
    axes.plot([at.astimezone(zone) for at in moments], spent, color=BLUE, linewidth=2)
    axes.axhline(last.target / HOUR, color=INK, linestyle="--", linewidth=1)
    if last.deadline is not None:
        axes.axvline(last.deadline.astimezone(zone), color=ORANGE, linewidth=1.5)
        axes.annotate(" deadline", (last.deadline.astimezone(zone), 0), color=ORANGE, va="bottom")
    for mark in case.history:
        if last.started_at <= mark.at <= until:
            place = (mark.at.astimezone(zone), 1.0)
            axes.annotate(
                mark.kind.replace("_", " "), place, (2, -3), xycoords=("data", "axes fraction"), color=QUIET,
                textcoords="offset points", rotation=90, va="top", fontsize="small",
            )  # fmt: skip
            axes.axvline(place[0], color=QUIET, linewidth=0.6)
    axes.set_ylabel("hours of business time")
    # Room above for the names of the marks.
    axes.set_ylim(0, 1.35 * max(last.target / HOUR, *spent))
    headed(axes, f"{goal.replace('_', ' ')}, {last.policy}: {_said(last)}")
    return axes  # type: ignore[no-any-return]


def _clock(
    level: ServiceLevel, case: Case, goal: Goal, as_of: datetime, tier: str | None
) -> ServiceClock | None:
    clocks = [clock for clock in level.clocks(case, as_of=as_of, tier=tier) if clock.goal is goal]
    return clocks[-1] if clocks else None


def _moments(level: ServiceLevel, case: Case, since: datetime, until: datetime) -> list[datetime]:
    """Where the line may bend: at marks, and where a window opens or closes."""
    marks = [mark.at for mark in case.history]
    edges = [edge for window in _windows(level, since, until) for edge in window]
    return sorted({since, until, *(at for at in [*marks, *edges] if since <= at <= until)})


def _open_hours(axes: Any, level: ServiceLevel, since: datetime, until: datetime, zone: ZoneInfo) -> None:
    for opens, closes in _windows(level, since, until):
        axes.axvspan(opens.astimezone(zone), closes.astimezone(zone), color=PALE, linewidth=0)
    axes.set_xlim(since.astimezone(zone), until.astimezone(zone))


def _windows(level: ServiceLevel, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    years = [level.calendar.open_time(year) for year in range(since.year, until.year + 1)]
    windows = [
        (from_microseconds(opens), from_microseconds(closes))
        for year in years
        for opens, closes in zip(year.opens, year.closes, strict=True)
    ]
    return [
        (max(opens, since), min(closes, until))
        for opens, closes in windows
        if closes > since and opens < until
    ]


def _said(clock: ServiceClock) -> str:
    if clock.state is ClockState.MISSED:
        return f"missed by {clock.late_by}"
    return str(clock.state)
