"""A service-level clock as a picture: it rises while it runs, is level while it stands still, and shows its deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relcore import Actor, Case, Invalid
from relcore.ids import CaseId, CustomerId
from relcore.plots import service_clock
from relcore.service import Calendar, Goal, ServiceLevel, Target
from relcore.testing import CountingIds

IDS = CountingIds()
ME = Actor("person", "u-17")
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LEVEL = ServiceLevel(
    "gold",
    version=1,
    calendar=Calendar.weekly("UTC", {"mon-fri": ["09:00-12:00", "13:00-17:00"]}),
    targets=[Target(first_response=HOUR, resolution=12 * HOUR)],
)


def waiting() -> Case:
    """Answered at ten, waits for the customer from eleven o'clock on until Tuesday at ten."""
    case = Case.open(IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", at=MONDAY).entity
    case = case.accept(ME, at=MONDAY).entity.respond(at=MONDAY + HOUR).entity
    return (
        case.wait_for_customer("which browser", at=MONDAY + 2 * HOUR)
        .entity.hear(at=MONDAY + 25 * HOUR)
        .entity
    )


def drawn(case: Case, goal: Goal, until: datetime) -> Any:
    axes = service_clock(LEVEL, case, goal, until=until)
    axes.figure.canvas.draw()
    return axes


def line(axes: Any) -> list[tuple[datetime, float]]:
    return list(zip(axes.lines[0].get_xdata(), axes.lines[0].get_ydata(), strict=True))


def test_the_line_bends_at_turns_and_where_windows_open_and_close() -> None:
    axes = drawn(waiting(), Goal.RESOLUTION, MONDAY + 27 * HOUR)

    hours = [((at - MONDAY) / HOUR, spent) for at, spent in line(axes)]
    assert hours == [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (8, 2), (24, 2), (25, 2), (27, 4)]
    assert len(axes.patches) == 3  # two windows of Monday, one of Tuesday so far


def test_it_says_what_is_promised_and_what_came_of_it() -> None:
    met = drawn(waiting(), Goal.FIRST_RESPONSE, MONDAY + 27 * HOUR)
    late = drawn(waiting(), Goal.RESOLUTION, MONDAY + 75 * HOUR)

    assert met.get_title(loc="left") == "first response, gold@1: met"
    assert late.get_title(loc="left") == "resolution, gold@1: missed by 6:00:00"
    assert {text.get_text() for text in late.texts} == {
        " deadline", "opened", "responded", "pending customer", "heard",
    }  # fmt: skip


def test_a_paused_clock_has_no_deadline_to_draw() -> None:
    axes = drawn(waiting(), Goal.RESOLUTION, MONDAY + 5 * HOUR)

    assert " deadline" not in {text.get_text() for text in axes.texts}


@pytest.mark.parametrize(("goal", "until"), [(Goal.NEXT_RESPONSE, MONDAY), (Goal.RESOLUTION, MONDAY - HOUR)])
def test_a_clock_that_is_none_cannot_be_drawn(goal: Goal, until: datetime) -> None:
    with pytest.raises(Invalid, match="must have a clock that has started"):
        service_clock(LEVEL, waiting(), goal, until=until)
