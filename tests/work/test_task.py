"""A task: overdue as of a time, put off, handed on, and planned again once and only once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Refused, Task, VersionConflict, Workspace
from relcore.ids import CustomerId, LeadId, TaskId
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer, Category
from relcore.testing import CountingIds
from relcore.work import (
    Chain,
    Every,
    OpenPrerequisites,
    Recurrence,
    Spawn,
    TaskFields,
    TaskState,
    task_lifecycle,
)
from tests.strategies import NOON
from tests.walks import WALKS, chains, is_walked_everywhere, jumps, keeps_its_table
from tests.walks.walk import ADA, ME, YOU

IDS = CountingIds()
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEKLY = Recurrence(Every.WEEK, zone="Europe/Berlin")
MONDAYS = Recurrence(Every.WEEK, zone="Europe/Berlin", spawn=Spawn.ON_SCHEDULE)


def planned(**told: Any) -> Task:
    given = {"title": "Call Ada back", "owner": ME, "due": NOON + DAY, "at": NOON}
    return Task.plan(IDS.new(TaskId), **given | told).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Task)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Task, data)


def test_the_table_is_that_of_the_trade() -> None:
    undone = ("planned", "in_progress", "waiting", "deferred")

    assert jumps(Task) == {
        "planned -> in_progress", "deferred -> in_progress",
        "in_progress -> waiting", "waiting -> in_progress",
        "planned -> deferred", "in_progress -> deferred", "waiting -> deferred",
        *(f"{state} -> {end}" for state in undone for end in ("done", "failed", "cancelled")),
    }  # fmt: skip


def test_what_waits_is_paused_and_what_was_cancelled_is_void() -> None:
    categories = task_lifecycle.states

    assert categories[TaskState.WAITING] is categories[TaskState.DEFERRED] is Category.PAUSED
    assert categories[TaskState.CANCELLED] is Category.VOID
    assert categories[TaskState.FAILED] is Category.LOST


# --- overdue --------------------------------------------------------------------------------------


def test_a4_overdue_is_asked_as_of_a_time_and_never_stored() -> None:
    task = planned()

    assert [task.overdue(NOON + d) for d in (DAY - HOUR, DAY, DAY + HOUR)] == [False, False, True]
    assert not [name for name in type(task).__slots__ if "overdue" in name or "late" in name]  # type: ignore[attr-defined]


def test_a4_what_was_overdue_before_it_was_done_was_so_and_is_no_more() -> None:
    done = planned().complete("reached", at=NOON + 3 * DAY).entity

    assert done.overdue(NOON + 2 * DAY)
    assert not done.overdue(NOON + 3 * DAY)
    assert not done.overdue(NOON + 9 * DAY)


def test_a4_nothing_is_overdue_before_it_was_planned_or_without_a_date() -> None:
    assert not planned(due=NOON - DAY).overdue(NOON - HOUR)
    assert planned(due=NOON - DAY).overdue(NOON)
    assert not planned(due=None).overdue(NOON + 999 * DAY)


def test_a4_putting_it_off_does_not_excuse_it_and_a_new_date_does() -> None:
    task = planned()

    assert task.defer(NOON + 9 * DAY, at=NOON).entity.overdue(NOON + 2 * DAY)
    assert not task.reschedule(NOON + 9 * DAY, at=NOON).entity.overdue(NOON + 2 * DAY)


@given(chains(Task), st.timedeltas(timedelta(0), timedelta(days=300)))
def test_a4_on_any_walk_what_is_overdue_is_open_and_past_its_date(
    walk: list[Change[Task]], later: timedelta
) -> None:
    task, as_of = walk[-1].entity, NOON + later

    overdue = task.overdue(as_of)

    if overdue:
        assert task.due is not None
        assert task.due < as_of
        assert task.is_open(as_of)
    elif task.due is not None and task.due < as_of:
        assert task.ended_at is not None
        assert task.ended_at <= as_of


# --- handed on, put off ---------------------------------------------------------------------------


def test_whoever_it_is_given_to_it_keeps_the_date_it_was_first_due() -> None:
    task = planned().reschedule(NOON + 5 * DAY, at=NOON).entity

    handed_on = task.assign(YOU, at=NOON + DAY).entity.reschedule(NOON + 8 * DAY, at=NOON + DAY).entity

    assert (handed_on.owner, handed_on.due, handed_on.first_due) == (YOU, NOON + 8 * DAY, NOON + DAY)
    assert handed_on.slipped == 7 * DAY
    assert planned(due=None).slipped is None


def test_a_first_date_given_later_is_the_first_date() -> None:
    assert planned(due=None).reschedule(NOON + DAY, at=NOON).entity.first_due == NOON + DAY


def test_nobody_starts_what_nobody_is_to_do() -> None:
    nobodys = planned(owner=None)

    with pytest.raises(Refused, match="nobody is to do it yet; assign it first"):
        nobodys.start(at=NOON)
    assert nobodys.assign(ME, at=NOON).entity.start(at=NOON).entity.state is TaskState.IN_PROGRESS


def test_it_says_on_whom_it_waits_and_until_when_it_is_put_off() -> None:
    waiting = planned().start(at=NOON).entity.wait(ADA, at=NOON).entity
    deferred = waiting.defer(NOON + DAY, at=NOON).entity

    assert waiting.waiting_on == ADA
    assert (deferred.waiting_on, deferred.deferred_until) == (None, NOON + DAY)
    assert deferred.start(at=NOON + HOUR).entity.deferred_until is None
    assert waiting.resume(at=NOON).entity.waiting_on is None


def test_it_can_only_be_put_off_to_later() -> None:
    with pytest.raises(Refused, match="it can only be put off to a later time"):
        planned().defer(NOON, at=NOON)


@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
def test_what_ended_says_why_and_moves_no_more(end: str) -> None:
    ended = getattr(planned(), end)("because", at=NOON).entity

    assert ended.ended_at == NOON
    with pytest.raises(Refused, match="Possible now: nothing"):
        ended.assign(YOU, at=NOON)
    with pytest.raises(Refused, match="it needs"):
        getattr(planned(), end)("", at=NOON)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    started = planned().start(at=NOON + DAY).entity

    with pytest.raises(Refused, match="before the last thing that happened to it; look at the clock"):
        started.complete("done", at=NOON)


def test_what_was_to_be_done_for_a_lead_is_to_be_done_for_the_customer() -> None:
    ada = IDS.new(CustomerId)
    task = planned(lead=IDS.new(LeadId), customer=None)

    converted = task.reattribute(ada, at=NOON).entity

    assert (converted.customer, converted.lead) == (ada, task.lead)
    with pytest.raises(Refused, match="it is about this customer already"):
        converted.reattribute(ada, at=NOON)
    assert task.cancel("no need", at=NOON).entity.reattribute(ada, at=NOON).entity.customer == ada


# --- what must be done before ---------------------------------------------------------------------


def test_a_task_cannot_wait_for_itself_by_whichever_way() -> None:
    one, two, three = (planned() for _ in range(3))
    two = two.depend(Chain.of(one.id, [one]), at=NOON).entity
    three = three.depend(Chain.of(two.id, [one, two]), at=NOON).entity

    for other in (one, two, three):
        with pytest.raises(Refused, match="it would wait for itself"):
            one.depend(Chain.of(other.id, [one, two, three]), at=NOON)
    assert Chain.of(three.id, [one, two, three]).waits_for == tuple(sorted([one.id, two.id]))
    with pytest.raises(Invalid, match="depends_on must be other tasks"):
        Task(one.id, "x", NOON, NOON, depends_on=(one.id,))


def test_a_chain_that_was_not_read_whole_or_goes_round_is_refused() -> None:
    one, two = planned(), planned()
    waits = two.depend(Chain.of(one.id, [one]), at=NOON).entity
    round_ = Task(one.id, "x", NOON, NOON, depends_on=(two.id,))

    with pytest.raises(Invalid, match="tasks must hold all that it waits for"):
        Chain.of(waits.id, [waits])
    with pytest.raises(Invalid, match="tasks must not wait for themselves"):
        Chain.of(waits.id, [waits, round_])


def test_what_depends_on_others_is_done_when_they_are() -> None:
    other = planned()
    task = planned().depend(Chain.of(other.id, [other]), at=NOON).entity

    with pytest.raises(Refused, match="nobody told it OpenPrerequisites"):
        task.complete("done", at=NOON)
    with pytest.raises(Refused, match="the tasks that it depends on must be ended first"):
        task.start(at=NOON, prerequisites=OpenPrerequisites(1))
    assert task.complete("done", at=NOON, prerequisites=OpenPrerequisites(0)).entity.state is TaskState.DONE
    by_name = {option.move: option for option in task.moves(at=NOON)}
    assert by_name["complete"].answer is Answer.UNTOLD


def test_depending_twice_on_one_task_is_depending_on_it() -> None:
    other = planned()
    chain = Chain.of(other.id, [other])

    assert planned().depend(chain, at=NOON).entity.depend(chain, at=NOON).entity.depends_on == (other.id,)


# --- again ----------------------------------------------------------------------------------------


def test_what_recurs_needs_a_date() -> None:
    with pytest.raises(Invalid, match=r"Task.due must be told: what recurs is counted from it"):
        planned(due=None, recurrence=WEEKLY)


def test_on_done_the_next_is_planned_when_it_is_done_counted_from_then() -> None:
    task = planned(recurrence=WEEKLY)

    with pytest.raises(Refused, match="it comes again when it is done"):
        Task.recur(task, at=NOON + 9 * DAY)
    done = task.complete("reached", at=NOON + 3 * DAY).entity
    following = Task.recur(done, at=NOON + 3 * DAY).entity

    assert following.due == following.first_due == NOON + 10 * DAY
    assert (following.title, following.owner, following.state) == (task.title, ME, TaskState.PLANNED)
    assert following.series is not None
    assert (following.series.first, following.series.number) == (task.id, 2)
    assert following.depends_on == ()


def test_on_schedule_the_next_is_planned_when_this_one_was_due_done_or_not() -> None:
    task = planned(recurrence=MONDAYS).reschedule(NOON + 4 * DAY, at=NOON).entity

    with pytest.raises(Refused, match="its time has not come"):
        Task.recur(task, at=NOON + DAY - HOUR)
    assert not task.recurs(NOON)
    assert task.recurs(NOON + DAY)
    assert Task.recur(task, at=NOON + DAY).entity.due == NOON + 8 * DAY


def test_a_series_that_is_planned_late_catches_up_one_by_one() -> None:
    task, today = planned(recurrence=MONDAYS), NOON + 30 * DAY

    dates = []
    while task.recurs(today):
        task = Task.recur(task, at=today).entity
        dates.append(task.due)

    assert [date - NOON for date in dates if date] == [
        8 * DAY, 15 * DAY, 22 * DAY, 29 * DAY - HOUR, 36 * DAY - HOUR,  # the clocks changed on the 29th
    ]  # fmt: skip


def test_planning_the_next_twice_makes_one(workspace: Workspace) -> None:
    done = planned(recurrence=WEEKLY).complete("reached", at=NOON + DAY).entity
    first, second = (Task.recur(done, at=NOON + DAY + n * HOUR) for n in (0, 1))

    assert first.entity.id == second.entity.id
    workspace.commit(first)
    with pytest.raises(VersionConflict, match="is already there"):
        workspace.commit(second)


def test_the_next_is_named_by_the_first_and_its_number_whoever_plans_it() -> None:
    task = planned(recurrence=MONDAYS)
    first, ids = task, [task.id]
    for _ in range(4):
        task = Task.recur(task, at=NOON + 99 * DAY).entity
        ids.append(task.id)

    assert len(set(ids)) == 5
    assert ids[1:] == [TaskId.imported(first.id, str(n)) for n in range(2, 6)]


def test_a_series_ends_when_it_is_cancelled_or_has_come_often_enough() -> None:
    cancelled = planned(recurrence=MONDAYS).cancel("no need", at=NOON + DAY).entity
    twice = planned(recurrence=Recurrence(Every.DAY, count=2, spawn=Spawn.ON_SCHEDULE))
    second = Task.recur(twice, at=NOON + DAY).entity

    with pytest.raises(Refused, match="it was cancelled, and its series with it"):
        Task.recur(cancelled, at=NOON + 9 * DAY)
    with pytest.raises(Refused, match="it has come as often as it should"):
        Task.recur(second, at=NOON + 9 * DAY)
    with pytest.raises(Refused, match="it does not recur"):
        Task.recur(planned(), at=NOON + 9 * DAY)
    assert not cancelled.recurs(NOON + 9 * DAY)
    assert second.next_due is None


def test_what_failed_comes_again() -> None:
    failed = planned(recurrence=WEEKLY).fail("line was busy", at=NOON + DAY).entity

    assert Task.recur(failed, at=NOON + DAY).entity.due == NOON + 8 * DAY


# --- kept -----------------------------------------------------------------------------------------


def test_the_tasks_of_a_colleague_are_found_by_date(workspace: Workspace) -> None:
    soon, later, others = planned(), planned(due=NOON + 9 * DAY), planned(owner=YOU)
    for task in (soon, later, others):
        workspace.commit(Task.plan(task.id, title=task.title, owner=task.owner, due=task.due, at=NOON))

    mine = TaskFields.owner.is_(ME) & TaskFields.due.before(NOON + 2 * DAY)

    assert [row.id for row in workspace.find(Task, mine).rows] == [soon.id]


def test_a_task_with_all_it_carries_is_kept_and_given_back(workspace: Workspace) -> None:
    change = Task.plan(
        IDS.new(TaskId), title="Call", due=NOON, recurrence=MONDAYS, at=NOON, by=Actor("team", "a")
    )

    kept = workspace.commit(change).of(change)

    assert workspace.get(Task, kept.id) == kept
    assert kept.recurrence == MONDAYS
    assert WALKS[Task].example.recurrence is not None
