"""A task: something that a colleague is to do, with a day it is due, and again if it recurs.

It is planned, worked on, waits for somebody or is put off; it ends done, failed or cancelled. Whether it is overdue is
asked as of a time and never stored: no job has to keep it true. A task that is given to somebody else, or a new date, keeps
the date it was first due, so that what slips can be seen to slip.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.ids import CampaignId, CaseId, CustomerId, LeadId, OpportunityId, PromiseId, TaskId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import PERSONAL, Entity, a, evolve, hidden, text, text_or_none
from relcore.kernel.errors import Invalid, Refused
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.kernel.words import Choice, Instant, Link, Who
from relcore.work.guards import BelongsTo, in_order, to_another
from relcore.work.prerequisites import Chain, OpenPrerequisites
from relcore.work.recurrence import Recurrence, Spawn


class TaskState(StrEnum):
    """Where a task stands."""

    PLANNED = "planned"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    DEFERRED = "deferred"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


TaskMove = Literal[
    "plan",
    "recur",
    "assign",
    "reschedule",
    "depend",
    "start",
    "wait",
    "resume",
    "defer",
    "complete",
    "fail",
    "cancel",
    "reattribute",
]
PLANNED, IN_PROGRESS, WAITING = TaskState.PLANNED, TaskState.IN_PROGRESS, TaskState.WAITING
DEFERRED, DONE, CANCELLED, FAILED = TaskState.DEFERRED, TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED
UNDONE = (PLANNED, IN_PROGRESS, WAITING, DEFERRED)
ENDED = (DONE, CANCELLED, FAILED)


@attrs.frozen
class Series:
    """The place of a task among those that recur: the first of them, when that was due, and its own number from 1."""

    first: TaskId = attrs.field(validator=a(TaskId))
    first_due: datetime = attrs.field(converter=moment)
    number: int


@attrs.frozen
class DeferTo:
    """The moment until which it is put off, told to the guard."""

    until: datetime = attrs.field(converter=moment)


@guard("nobody is to do it yet; assign it first")
def has_owner(task: Task, given: Given) -> bool:
    return task.owner is not None


@guard("the tasks that it depends on must be ended first")
def prerequisites_ended(task: Task, given: Given) -> bool:
    return not task.depends_on or given[OpenPrerequisites].count == 0


@guard("it can only be put off to a later time")
def to_later(task: Task, given: Given) -> bool:
    return given[DeferTo].until > given.at


@guard("it would wait for itself")
def no_circle(task: Task, given: Given) -> bool:
    chain = given[Chain]
    return task.id != chain.on and task.id not in chain.waits_for


task_lifecycle = Lifecycle["Task", TaskState, TaskMove](
    "task",
    version=1,
    states={
        PLANNED: Category.OPEN,
        IN_PROGRESS: Category.OPEN,
        WAITING: Category.PAUSED,
        DEFERRED: Category.PAUSED,
        DONE: Category.WON,
        CANCELLED: Category.VOID,
        FAILED: Category.LOST,
    },
    final=ENDED,
    moves=(
        begin("plan", to=PLANNED, needs=["title"]),
        begin("recur", to=PLANNED, needs=["title", "due", "recurrence", "series"]),
        move("assign", *UNDONE, when=[in_order], needs=["owner"]),
        move("reschedule", *UNDONE, when=[in_order], needs=["due"]),
        move("depend", *UNDONE, when=[no_circle, in_order], needs=["depends_on"]),
        move("start", PLANNED, DEFERRED, to=IN_PROGRESS, when=[has_owner, prerequisites_ended, in_order]),
        move("wait", IN_PROGRESS, to=WAITING, when=[in_order], needs=["waiting_on"]),
        move("resume", WAITING, to=IN_PROGRESS, when=[in_order]),
        move(
            "defer",
            PLANNED,
            IN_PROGRESS,
            WAITING,
            to=DEFERRED,
            when=[to_later, in_order],
            needs=["deferred_until"],
        ),
        move("complete", *UNDONE, to=DONE, when=[prerequisites_ended, in_order], needs=["outcome"]),
        move("fail", *UNDONE, to=FAILED, when=[in_order], needs=["end_reason"]),
        move("cancel", *UNDONE, to=CANCELLED, when=[in_order], needs=["end_reason"]),
        move("reattribute", *UNDONE, *ENDED, when=[to_another, in_order], needs=["customer"]),
    ),
)


@attrs.frozen
class Task(Entity[TaskId, TaskState, TaskMove]):
    """A task. ``customer``, ``lead``, ``case``, ``opportunity``, ``campaign`` and ``promise`` say what it is about, as
    far as it is about any of them. ``outcome`` is a code of the host.
    """

    lifecycle: ClassVar = task_lifecycle

    id: TaskId = attrs.field(validator=a(TaskId))
    title: str = attrs.field(repr=hidden, metadata=PERSONAL, validator=text)
    planned_at: datetime = attrs.field(converter=moment)
    changed_at: datetime = attrs.field(converter=moment)
    state: TaskState = attrs.field(default=PLANNED, validator=a(TaskState))
    owner: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    due: datetime | None = attrs.field(default=None, converter=moment_or_none)
    first_due: datetime | None = attrs.field(default=None, converter=moment_or_none)
    """When it was to be done before anybody moved it."""
    customer: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    lead: LeadId | None = attrs.field(default=None, validator=optional(a(LeadId)))
    case: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    opportunity: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    campaign: CampaignId | None = attrs.field(default=None, validator=optional(a(CampaignId)))
    promise: PromiseId | None = attrs.field(default=None, validator=optional(a(PromiseId)))
    """The promise that is kept by doing it."""
    depends_on: tuple[TaskId, ...] = attrs.field(default=(), validator=deep_iterable(a(TaskId)))
    waiting_on: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    deferred_until: datetime | None = attrs.field(default=None, converter=moment_or_none)
    recurrence: Recurrence | None = attrs.field(default=None, validator=optional(a(Recurrence)))
    series: Series | None = attrs.field(default=None, validator=optional(a(Series)))
    ended_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    outcome: str | None = attrs.field(default=None, validator=text_or_none)
    end_reason: str | None = attrs.field(default=None, validator=text_or_none)
    """Why it was cancelled, or why it failed."""
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    def __attrs_post_init__(self) -> None:
        if self.id in self.depends_on:
            raise Invalid("Task.depends_on", "must be other tasks", self.id)
        if self.recurrence is not None and (self.due is None or self.series is None):
            raise Invalid("Task.due", "must be told: what recurs is counted from it", self.due)

    # what is derived

    def is_open(self, as_of: datetime) -> bool:
        """Whether it was there and not ended yet."""
        now = aware("as_of", as_of)
        return self.planned_at <= now and (self.ended_at is None or now < self.ended_at)

    def overdue(self, as_of: datetime) -> bool:
        """Whether it was due before then and not ended by then. Putting it off does not excuse it, a new date does."""
        return self.due is not None and self.due < aware("as_of", as_of) and self.is_open(as_of)

    @property
    def slipped(self) -> timedelta | None:
        """How far its date was moved from the first; None without a date."""
        return None if self.due is None or self.first_due is None else self.due - self.first_due

    @property
    def next_due(self) -> datetime | None:
        """When the next of its series will be due; None when there is none, or it waits for this one to end."""
        if self.recurrence is None or self.series is None or self.state is CANCELLED:
            return None
        if self.recurrence.spawn is Spawn.ON_DONE and self.ended_at is None:
            return None
        return self.recurrence.after(self.series.first_due, number=self.series.number, done_at=self.ended_at)

    def recurs(self, as_of: datetime) -> bool:
        """Whether the next of its series may be planned by then."""
        return not _why_it_does_not_recur(self, aware("as_of", as_of))

    # commands

    @classmethod
    def plan(
        cls,
        id: TaskId,
        *,
        title: str,
        at: datetime,
        by: Actor | None = None,
        owner: Actor | None = None,
        due: datetime | None = None,
        customer: CustomerId | None = None,
        lead: LeadId | None = None,
        case: CaseId | None = None,
        opportunity: OpportunityId | None = None,
        campaign: CampaignId | None = None,
        promise: PromiseId | None = None,
        recurrence: Recurrence | None = None,
    ) -> Change[Task]:
        """Something is to be done. Raises ``Invalid`` for one that recurs and has no date."""
        task = cls(
            id,
            title,
            at,
            at,
            owner=owner,
            due=due,
            first_due=due,
            customer=customer,
            lead=lead,
            case=case,
            opportunity=opportunity,
            campaign=campaign,
            promise=promise,
            recurrence=recurrence,
            series=None if recurrence is None or due is None else Series(id, due, 1),
        )
        return task_lifecycle.begin(task, "plan", at=at, by=by)

    @classmethod
    def recur(cls, before: Task, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """The next of a series. Its id follows from the first task and its number, so that planning it twice, by two
        workers or after a crash, makes one task: the second commit is told that it is there.

        Raises ``Refused`` when it does not recur, not yet, or no more.
        """
        now = aware("at", at)
        due, series = before.next_due, before.series
        if (why := _why_it_does_not_recur(before, now)) or due is None or series is None:
            raise Refused(before.id, before.state, "recur", (why,), ())
        number = series.number + 1
        task = cls(
            TaskId.imported(series.first, str(number)),
            before.title,
            now,
            now,
            owner=before.owner,
            due=due,
            first_due=due,
            customer=before.customer,
            lead=before.lead,
            case=before.case,
            opportunity=before.opportunity,
            campaign=before.campaign,
            recurrence=before.recurrence,
            series=Series(series.first, series.first_due, number),
        )
        return task_lifecycle.begin(task, "recur", at=at, by=by)

    def assign(self, owner: Actor, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """Somebody else does it. When it is due, and was first due, stays."""
        step = task_lifecycle.step(self, "assign", at=at, by=by)
        return step.change(evolve(self, owner=owner, changed_at=at))

    def reschedule(self, due: datetime, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It gets another date. The first one is kept, and a series goes on as if this one had not been moved."""
        step = task_lifecycle.step(self, "reschedule", at=at, by=by)
        first = due if self.first_due is None else self.first_due
        return step.change(evolve(self, due=due, first_due=first, changed_at=at))

    def depend(self, on: Chain, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It can only be done when another is: ``Chain.of(other, tasks)`` says which, and what that one waits for."""
        step = task_lifecycle.step(self, "depend", at=at, by=by, facts=[on])
        needed = tuple(dict.fromkeys((*self.depends_on, on.on)))
        return step.change(evolve(self, depends_on=needed, changed_at=at))

    def start(
        self, *, at: datetime, by: Actor | None = None, prerequisites: OpenPrerequisites | None = None
    ) -> Change[Task]:
        """Somebody works on it."""
        step = task_lifecycle.step(self, "start", at=at, by=by, facts=_told(prerequisites))
        return step.change(evolve(self, state=step.to, deferred_until=None, changed_at=at))

    def wait(self, on: Actor, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It waits for somebody: a colleague, the customer."""
        step = task_lifecycle.step(self, "wait", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_on=on, changed_at=at))

    def resume(self, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """What it waited for is there."""
        step = task_lifecycle.step(self, "resume", at=at, by=by)
        return step.change(evolve(self, state=step.to, waiting_on=None, changed_at=at))

    def defer(self, until: datetime, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """Nobody looks at it until then."""
        step = task_lifecycle.step(self, "defer", at=at, by=by, facts=[DeferTo(until)])
        put_off = evolve(self, state=step.to, deferred_until=until, waiting_on=None)
        return step.change(evolve(put_off, changed_at=at))

    def complete(
        self,
        outcome: str,
        *,
        at: datetime,
        by: Actor | None = None,
        prerequisites: OpenPrerequisites | None = None,
    ) -> Change[Task]:
        """It is done, and this came of it."""
        step = task_lifecycle.step(self, "complete", at=at, by=by, facts=_told(prerequisites))
        done = evolve(self, state=step.to, outcome=outcome, waiting_on=None, deferred_until=None)
        return step.change(evolve(done, ended_at=at, changed_at=at))

    def fail(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It was tried, and did not work. A series goes on: the next is a new chance."""
        step = task_lifecycle.step(self, "fail", at=at, by=by)
        failed = evolve(self, state=step.to, end_reason=reason, waiting_on=None, deferred_until=None)
        return step.change(evolve(failed, ended_at=at, changed_at=at))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It need not be done, and its series ends. To leave out one of a series, complete it with such an outcome."""
        step = task_lifecycle.step(self, "cancel", at=at, by=by)
        dropped = evolve(self, state=step.to, end_reason=reason, waiting_on=None, deferred_until=None)
        return step.change(evolve(dropped, ended_at=at, changed_at=at))

    def reattribute(self, customer: CustomerId, *, at: datetime, by: Actor | None = None) -> Change[Task]:
        """It is about this customer: two records were one, or a lead became one. The log keeps about whom it was."""
        step = task_lifecycle.step(self, "reattribute", at=at, by=by, facts=[BelongsTo(customer)])
        return step.change(evolve(self, customer=customer, changed_at=at))


def _told(prerequisites: OpenPrerequisites | None) -> tuple[Any, ...]:
    return () if prerequisites is None else (prerequisites,)


def _why_it_does_not_recur(task: Task, at: datetime) -> str:
    """Why the next of its series may not be planned at that moment; empty when it may."""
    if task.recurrence is None or task.series is None or task.first_due is None:
        return "it does not recur"
    if task.state is CANCELLED:
        return "it was cancelled, and its series with it"
    on_done = task.recurrence.spawn is Spawn.ON_DONE
    if on_done and (task.ended_at is None or at < task.ended_at):
        return "it comes again when it is done"
    if not on_done and at < task.first_due:
        return "its time has not come"
    return "" if task.next_due is not None else "it has come as often as it should"


class TaskFields:
    """What may be asked about tasks."""

    state = Choice(Task, TaskState, index=True)
    owner = Who(Task, index=True)
    due = Instant(Task, index=True)
    first_due = Instant(Task)
    planned_at = Instant(Task)
    customer = Link(Task, CustomerId, index=True)
    lead = Link(Task, LeadId, index=True)
    case = Link(Task, CaseId, index=True)
    opportunity = Link(Task, OpportunityId, index=True)
    campaign = Link(Task, CampaignId)
    promise = Link(Task, PromiseId)
    waiting_on = Who(Task)
    deferred_until = Instant(Task)
    ended_at = Instant(Task)
