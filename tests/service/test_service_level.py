"""Service-level clocks: what they show follows from the story of a case, the policy and a moment, and from nothing else."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relcore.service
from relcore import Actor, Case, Invalid
from relcore.channel import Channel
from relcore.ids import CaseId, CustomerId
from relcore.kernel.errors import Illformed
from relcore.service import (
    Calendar,
    CaseKind,
    CaseState,
    ClockState,
    Goal,
    Mark,
    MarkKind,
    OpenChildren,
    Priority,
    ServiceClock,
    ServiceLevel,
    Target,
)
from relcore.testing import CountingIds
from tests.stories import asked_at, goal_times, levels, stories

BERLIN = ZoneInfo("Europe/Berlin")
IDS = CountingIds()
ME = Actor("person", "u-17")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TICK = timedelta(microseconds=1)
OFFICE = Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"})
GOLD = ServiceLevel(
    "gold",
    version=2,
    calendar=OFFICE,
    targets=[
        Target(first_response=HOUR, next_response=2 * HOUR, resolution=8 * HOUR, priority=Priority.URGENT),
        Target(first_response=4 * HOUR, next_response=4 * HOUR, resolution=16 * HOUR),
    ],
)


def monday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=BERLIN)


def opened(priority: Priority = Priority.URGENT, at: datetime = monday(9)) -> Case:
    return (
        Case.open(
            IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", priority=priority, at=at
        )
        .entity.accept(ME, at=at)
        .entity
    )


def done(case: Case, at: datetime) -> Case:
    return case.resolve("reset", cause="unknown", at=at, by=ME, children=OpenChildren(0)).entity


def clock(case: Case, goal: Goal, as_of: datetime, level: ServiceLevel = GOLD) -> ServiceClock:
    return [clock for clock in level.clocks(case, as_of=as_of) if clock.goal is goal][-1]


# --- first response, next response, resolution ----------------------------------------------------


def test_the_first_response_stops_its_clock_and_the_next_word_of_the_customer_starts_another() -> None:
    case = opened().respond(at=monday(9, 30)).entity.hear(at=monday(11)).entity

    first = clock(case, Goal.FIRST_RESPONSE, monday(12))
    following = clock(case, Goal.NEXT_RESPONSE, monday(12))

    assert (first.state, first.elapsed, first.stopped_at) == (ClockState.MET, HOUR / 2, monday(9, 30))
    assert (following.state, following.elapsed, following.deadline) == (ClockState.RUNNING, HOUR, monday(13))


def test_each_turn_of_the_customer_has_a_clock_that_begins_with_its_first_word() -> None:
    case = opened().respond(at=monday(9)).entity
    for hour in (10, 11, 13):
        case = case.hear(at=monday(hour)).entity
    case = case.respond(at=monday(14)).entity.hear(at=monday(15)).entity

    marks = [c for c in GOLD.clocks(case, as_of=monday(16)) if c.goal is Goal.NEXT_RESPONSE]

    assert [(c.started_at, c.state, c.late_by) for c in marks] == [
        (monday(10), ClockState.MISSED, 2 * HOUR),
        (monday(15), ClockState.RUNNING, timedelta(0)),
    ]


def test_what_nobody_asked_for_yet_waits() -> None:
    case = opened().hear(at=monday(10)).entity  # once more, before anybody answered

    assert clock(case, Goal.NEXT_RESPONSE, monday(11)).state is ClockState.WAITING
    assert clock(case, Goal.FIRST_RESPONSE, monday(8)).state is ClockState.WAITING


def test_an_answer_that_resolves_it_is_a_response() -> None:
    case = done(opened(), monday(9, 45))

    assert clock(case, Goal.FIRST_RESPONSE, monday(12)).state is ClockState.MET
    assert clock(case, Goal.RESOLUTION, monday(12)).elapsed == HOUR * 3 / 4


def test_on_the_deadline_is_in_time_and_a_moment_after_it_is_late() -> None:
    case = opened()

    at_the_deadline = clock(case, Goal.FIRST_RESPONSE, monday(10))
    after = clock(case, Goal.FIRST_RESPONSE, monday(10) + TICK)

    assert (at_the_deadline.breached, at_the_deadline.remaining) == (False, timedelta(0))
    assert (after.breached, after.late_by) == (True, TICK)


def test_what_was_due_when_the_office_closed_may_be_done_until_it_opens_again() -> None:
    case = opened(at=monday(16))

    assert clock(case, Goal.FIRST_RESPONSE, monday(16)).deadline == monday(17)
    assert not clock(case, Goal.FIRST_RESPONSE, monday(9) + DAY).breached
    assert clock(case, Goal.FIRST_RESPONSE, monday(9) + DAY + TICK).late_by == TICK


def test_a_late_answer_is_late_and_completed() -> None:
    late = clock(opened().respond(at=monday(12)).entity, Goal.FIRST_RESPONSE, monday(16))

    assert (late.state, late.late_by, late.missed_completed) == (ClockState.MISSED, 2 * HOUR, True)
    assert not clock(opened(), Goal.FIRST_RESPONSE, monday(16)).missed_completed


@pytest.mark.parametrize(
    ("reopening", "elapsed", "state"), [("resume", 9, "missed"), ("restart", 2, "running")]
)
def test_a_reopened_case_goes_on_with_its_old_clock_or_gets_a_new_one(
    reopening: Any, elapsed: int, state: str
) -> None:
    level = attrs.evolve(GOLD, reopening=reopening)
    case = done(opened(), monday(16)).reopen(at=monday(9) + DAY).entity

    found = clock(case, Goal.RESOLUTION, monday(11) + DAY, level)

    assert (found.elapsed, found.state) == (elapsed * HOUR, state)
    assert clock(case, Goal.NEXT_RESPONSE, monday(11) + DAY, level).started_at == monday(9) + DAY


# --- pauses ---------------------------------------------------------------------------------------


def waiting(since: datetime) -> Case:
    asked = opened().respond(at=since).entity
    return asked.wait_for_customer("which browser", at=since).entity


def test_d3_a_pause_over_the_night_moves_the_deadline_within_business_hours_only() -> None:
    # Asked at four, answered next morning at ten: two hours of business time, eighteen on the wall.
    case = waiting(monday(16)).hear(at=monday(10) + DAY).entity

    found = clock(case, Goal.RESOLUTION, monday(10) + DAY)

    assert (found.elapsed, found.deadline) == (7 * HOUR, monday(11) + DAY)


def test_d3_a_pause_outside_of_business_hours_costs_nothing_and_gains_nothing() -> None:
    undisturbed = clock(opened().respond(at=monday(16)).entity, Goal.RESOLUTION, monday(9) + DAY)

    paused = clock(waiting(monday(17)).hear(at=monday(8) + DAY).entity, Goal.RESOLUTION, monday(9) + DAY)

    assert (paused.elapsed, paused.deadline, paused.state) == (
        undisturbed.elapsed, undisturbed.deadline, undisturbed.state,
    )  # fmt: skip


def test_d3_a_clock_that_stands_still_has_time_left_and_no_deadline() -> None:
    found = clock(waiting(monday(12)), Goal.RESOLUTION, monday(12) + 100 * DAY)

    assert (found.state, found.elapsed, found.remaining) == (ClockState.PAUSED, 3 * HOUR, 5 * HOUR)
    assert found.deadline is None
    assert not found.at_risk


def test_d3_a_case_that_is_resolved_out_of_a_long_hold_does_not_count_the_hold() -> None:
    level = attrs.evolve(GOLD, pauses={(Goal.RESOLUTION, CaseState.ON_HOLD)})
    held = opened().put_on_hold("the release", review_at=monday(9) + 180 * DAY, at=monday(11)).entity
    resolved = done(held, monday(11) + 180 * DAY)

    found = clock(resolved, Goal.RESOLUTION, monday(12) + 180 * DAY, level)

    assert (found.state, found.elapsed) == (ClockState.MET, 2 * HOUR)


def test_d3_what_the_policy_does_not_pause_runs_on() -> None:
    held = opened().put_on_hold("the release", review_at=monday(9) + DAY, at=monday(11)).entity

    assert clock(held, Goal.RESOLUTION, monday(14)).state is ClockState.RUNNING
    assert clock(held, Goal.RESOLUTION, monday(14)).elapsed == 5 * HOUR


@given(levels, stories(), goal_times, asked_at, st.sampled_from(Goal))
def test_d3_no_deadline_lies_where_nobody_is_there(level, story, target, as_of, goal):
    deadlines = [found.deadline for found in level.read(goal, story, target, as_of=as_of) if found.deadline]

    # The moment just before each is open: the deadline is when the last of the time passes.
    assert all(level.calendar.is_open(deadline - TICK) for deadline in deadlines)


# --- what changes the judgement -------------------------------------------------------------------


def test_d4_another_priority_judges_the_story_anew_with_its_pauses_kept() -> None:
    usual = opened(Priority.NORMAL).respond(at=monday(10)).entity
    case = usual.wait_for_customer("which browser", at=monday(10)).entity.hear(at=monday(15)).entity
    raised = case.prioritise(Priority.URGENT, at=monday(16)).entity

    before, after = (clock(c, Goal.RESOLUTION, monday(16)) for c in (case, raised))

    assert (before.target, before.elapsed) == (16 * HOUR, 2 * HOUR)
    assert (after.target, after.elapsed) == (8 * HOUR, 2 * HOUR)
    assert after.deadline == OFFICE.add(monday(15), 7 * HOUR)


def test_d4_another_version_of_the_policy_judges_the_same_story() -> None:
    case = opened().respond(at=monday(11)).entity
    stricter = attrs.evolve(GOLD, version=3, targets=[Target(first_response=4 * HOUR)])

    old, new = (clock(case, Goal.FIRST_RESPONSE, monday(12), level) for level in (GOLD, stricter))

    assert (old.policy, old.state) == ("gold@2", ClockState.MISSED)
    assert (new.policy, new.state) == ("gold@3", ClockState.MET)


def test_d4_one_target_never_overrules_another() -> None:
    case = opened().respond(at=monday(9, 10)).entity.hear(at=monday(10)).entity

    first = clock(case, Goal.FIRST_RESPONSE, monday(16))

    assert (first.target, first.deadline, first.state) == (HOUR, monday(10), ClockState.MET)


@pytest.mark.parametrize(
    "end",
    [
        lambda case, at: case.cancel("solved itself", at=at),
        lambda case, at: case.mark_spam(at=at),
        lambda case, at: case.merge(IDS.new(CaseId), at=at),
    ],
)
def test_d4_cancelled_is_never_missed_not_even_what_was_late_already(end: Any) -> None:
    late = opened().respond(at=monday(12)).entity
    assert clock(late, Goal.FIRST_RESPONSE, monday(16)).breached

    ended = end(late, monday(16)).entity

    assert {c.state for c in GOLD.clocks(ended, as_of=monday(17))} == {ClockState.CANCELLED}
    assert {c.late_by for c in GOLD.clocks(ended, as_of=monday(17))} == {timedelta(0)}


def test_d4_what_was_late_before_it_paused_is_not_met_by_being_closed_in_the_pause() -> None:
    late = waiting(monday(16)).hear(at=monday(9) + DAY).entity.respond(at=monday(12) + DAY).entity
    asked_again = late.wait_for_customer("and now?", at=monday(12) + DAY).entity

    resolved = clock(done(asked_again, monday(12) + 30 * DAY), Goal.RESOLUTION, monday(12) + 31 * DAY)

    assert (resolved.state, resolved.late_by) == (ClockState.MISSED, 2 * HOUR)


def test_d4_what_is_closed_in_a_pause_is_not_silently_met() -> None:
    in_a_pause = clock(
        done(waiting(monday(12)), monday(12) + 30 * DAY), Goal.RESOLUTION, monday(12) + 31 * DAY
    )
    at_work = clock(done(opened(), monday(12)), Goal.RESOLUTION, monday(12) + DAY)

    assert (in_a_pause.state, in_a_pause.stopped_in_a_pause) == (ClockState.MET, True)
    assert (at_work.state, at_work.stopped_in_a_pause) == (ClockState.MET, False)


# --- as of a time ---------------------------------------------------------------------------------


def test_a4_at_risk_and_breached_follow_from_the_moment_of_asking_alone() -> None:
    case = opened()

    seen = [
        clock(case, Goal.FIRST_RESPONSE, at)
        for at in (monday(9, 44), monday(9, 45), monday(10), monday(10, 1))
    ]

    assert [(c.at_risk, c.breached) for c in seen] == [
        (False, False), (True, False), (True, False), (False, True),
    ]  # fmt: skip


@given(levels, stories(), goal_times, asked_at, st.sampled_from(Goal))
def test_a4_what_was_seen_then_is_seen_of_then_later(level, story, target, as_of, goal):
    then = tuple(mark for mark in story if mark.at <= as_of)

    assert level.read(goal, story, target, as_of=as_of) == level.read(goal, then, target, as_of=as_of)


@given(levels, stories(), goal_times, asked_at, st.sampled_from(Goal))
def test_a4_it_is_late_exactly_if_business_time_has_passed_since_its_deadline(
    level, story, target, as_of, goal
):
    unpaused = attrs.evolve(level, pauses=[], reopening="restart")

    for found in unpaused.read(goal, story, target, as_of=as_of):
        if found.deadline is None:
            assert found.state in (ClockState.WAITING, ClockState.CANCELLED)
            continue
        until = as_of if found.stopped_at is None else found.stopped_at
        late = until > found.deadline and level.calendar.between(found.deadline, until) > timedelta(0)
        assert found.breached is late


@given(levels, stories(), goal_times, asked_at, st.sampled_from(Goal))
def test_the_numbers_of_a_clock_agree_with_each_other(level, story, target, as_of, goal):
    for found in level.read(goal, story, target, as_of=as_of):
        assert found.breached is (found.late_by > timedelta(0))
        assert found.remaining == timedelta(0) or found.elapsed + found.remaining == target
        assert not (found.at_risk and found.state is not ClockState.RUNNING)
        assert (found.started_at is not None) or not found.elapsed


# --- which target ---------------------------------------------------------------------------------


def test_the_first_target_that_suits_is_chosen() -> None:
    level = ServiceLevel(
        "by everything",
        version=1,
        calendar=OFFICE,
        targets=[
            Target(resolution=HOUR, tier="gold", priority=Priority.URGENT),
            Target(resolution=2 * HOUR, kind=CaseKind.COMPLAINT),
            Target(resolution=3 * HOUR, channel=Channel.PHONE),
            Target(resolution=4 * HOUR, tier="gold"),
        ],
    )
    case = opened()

    def hours(tier: str | None = None, **changed: Any) -> float | None:
        target = level.target_of(attrs.evolve(case, **changed), tier=tier)
        return None if target is None or target.resolution is None else target.resolution / HOUR

    assert hours("gold") == 1
    assert hours("gold", kind=CaseKind.COMPLAINT, priority=Priority.LOW) == 2
    assert hours(channel=Channel.PHONE) == 3
    assert hours("gold", priority=Priority.LOW) == 4
    assert hours("bronze") is None
    assert level.clocks(case, as_of=monday(12)) == ()


def test_what_is_not_promised_has_no_clock() -> None:
    level = attrs.evolve(GOLD, targets=[Target(resolution=HOUR)])

    assert [c.goal for c in level.clocks(opened(), as_of=monday(12))] == [Goal.RESOLUTION]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"targets": []}, "it promises nothing"),
        ({"targets": [Target()]}, "target 1 promises nothing"),
        (
            {"targets": [Target(resolution=HOUR, tier="gold"), Target(resolution=HOUR, tier="gold", kind=CaseKind.ISSUE)]},
            "target 2 is never chosen, for target 1 suits",
        ),
        ({"pauses": {(Goal.RESOLUTION, CaseState.RESOLVED)}}, "cannot pause in resolved"),
        ({"reopening": "forget"}, "not 'forget'"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_work_is_refused_when_it_is_written(changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(Illformed, match=fault):
        attrs.evolve(GOLD, **changes)


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(Invalid, match="must be longer than nothing"):
        Target(resolution=timedelta(0))
    with pytest.raises(Invalid, match="time zone"):
        GOLD.clocks(opened(), as_of=monday(9).replace(tzinfo=None))
    backwards = (Mark(MarkKind.OPENED, monday(9)), Mark(MarkKind.RESPONDED, monday(8)))
    with pytest.raises(Invalid, match="in the order of time"):
        GOLD.read(Goal.RESOLUTION, backwards, HOUR, as_of=monday(12))


def test_a3_no_file_of_the_slice_reads_a_clock() -> None:
    files = sorted(Path(relcore.service.__path__[0]).glob("*.py"))

    assert len(files) > 4
    for file in files:
        assert not re.findall(
            r"\.(?:now|utcnow|today)\(|^import time", file.read_text("utf-8"), re.MULTILINE
        ), file.name
