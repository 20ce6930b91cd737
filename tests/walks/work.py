"""Tasks, approvals and promises, walked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Actor, Money, Promise, Task
from relcore.ids import (
    ApprovalId,
    CampaignId,
    CaseId,
    CustomerId,
    InteractionId,
    LeadId,
    OpportunityId,
    OrderId,
    PromiseId,
    QuoteId,
    TaskId,
)
from relcore.kernel.change import Change
from relcore.work import (
    Approval,
    ApprovalState,
    BelongsTo,
    Chain,
    Decision,
    DeferTo,
    Delegation,
    Delegations,
    Done,
    EscalateTo,
    Every,
    Level,
    MonthEnd,
    OpenPrerequisites,
    PromiseState,
    Recurrence,
    ReplacedBy,
    Series,
    Spawn,
    TaskState,
    Vote,
    Weekday,
)
from tests.strategies import NOON, actors, customer_ids, maybe, texts
from tests.walks.sales import prices
from tests.walks.walk import ADA, ME, YOU, Given, Walk, people, soon

TASK_ENDED = (TaskState.DONE, TaskState.CANCELLED, TaskState.FAILED)
PROMISE_ENDED = tuple(state for state in PromiseState if state is not PromiseState.OPEN)
BOB, EVE = Actor("person", "u-3"), Actor("person", "u-4")
later = st.timedeltas(timedelta(0), timedelta(days=800)).map(lambda after: NOON + after)
"""Long enough to be ahead of a walk that has come far."""
task_ids = st.integers(1, 3).map(lambda n: TaskId(f"task_{n:032x}"))
promise_ids = st.integers(1, 3).map(lambda n: PromiseId(f"promise_{n:032x}"))
prerequisites = {"prerequisites": st.none() | st.integers(0, 1).map(OpenPrerequisites)}
reattributed = {"customer": customer_ids}
recurrences = st.builds(
    Recurrence,
    st.sampled_from(Every),
    st.integers(1, 3),
    month_end=st.sampled_from(MonthEnd),
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
    spawn=st.sampled_from(Spawn),
    count=maybe(st.integers(1, 3)),
)


def _task_facts(given: Given) -> list[object]:
    if "until" in given:
        return [DeferTo(given["until"])]
    if "customer" in given:
        return [BelongsTo(given["customer"])]
    return [given[name] for name in ("prerequisites",) if given.get(name) is not None] + (
        [given["on"]] if isinstance(given.get("on"), Chain) else []
    )


VOTERS = (YOU, BOB, EVE)
ABOVE = (ADA, Actor("person", "u-5"), Actor("person", "u-6"))
"""Who is asked when those did not answer in time; one of them is somebody's stand-in as well."""
voters = st.sampled_from([*VOTERS, *VOTERS, *ABOVE, *ABOVE, ME])
delegations = st.sampled_from(
    [
        Delegations(),
        Delegations([Delegation(YOU, ADA, NOON, NOON + timedelta(days=400))]),
        Delegations([Delegation(ME, ADA, NOON, NOON + timedelta(days=400))]),
    ]
)
votes = {"by": voters, "comment": maybe(texts), "delegations": delegations}


@st.composite
def _approvals(draw: st.DrawFn) -> Change[Any]:
    among = list(draw(st.permutations(VOTERS)))
    first = draw(st.integers(1, 3))
    levels = [Level(among[:first], draw(st.integers(1, first)))]
    if (rest := among[first:]) and draw(st.booleans()):
        levels.append(Level(rest, draw(st.integers(1, len(rest)))))
    return Approval.request(
        ApprovalId.of(draw(st.uuids())),
        kind="discount",
        levels=levels,
        at=NOON,
        by=ME,
        amount=draw(maybe(prices)),
        expires_at=draw(maybe(soon)),
    )


@st.composite
def _escalated(draw: st.DrawFn) -> Change[Any]:
    """Nobody answered in time, or no walk would come far enough to vote."""
    instead = draw(st.builds(Level, st.just(ABOVE), st.integers(1, 3)))
    asked = Approval.request(
        ApprovalId.of(draw(st.uuids())),
        kind="discount",
        levels=[Level(VOTERS)],
        at=NOON,
        by=ME,
        expires_at=NOON,
    )
    return asked.then(lambda a: a.expire(at=NOON)).then(
        lambda a: a.escalate(instead, at=NOON, expires_at=NOON + timedelta(days=30))
    )


def _approval_facts(given: Given) -> list[object]:
    if "delegations" in given:
        return [given["delegations"]]
    return [EscalateTo(given["to"], given["expires_at"])] if "to" in given else []


def _promise_facts(given: Given) -> list[object]:
    if "successor" in given:
        return [ReplacedBy(given["successor"])]
    if "customer" in given:
        return [BelongsTo(given["customer"])]
    # Where nobody says when it was done, it is done when it is said: the walk always says.
    return [Done(given["done_at"])] if "done_at" in given else []


@st.composite
def _tasks(draw: st.DrawFn) -> Change[Any]:
    due: datetime | None = draw(maybe(soon))
    return Task.plan(
        draw(task_ids),
        title=draw(texts),
        due=due,
        owner=draw(maybe(actors)),
        customer=draw(maybe(customer_ids)),
        recurrence=None if due is None else draw(maybe(recurrences)),
        at=NOON,
    )


@st.composite
def _tasks_again(draw: st.DrawFn) -> Change[Any]:
    """The second of a series, planned when the first was done."""
    weekly = Recurrence(Every.WEEK, spawn=draw(st.sampled_from(Spawn)))
    first = Task.plan(draw(task_ids), title=draw(texts), due=NOON, owner=ME, recurrence=weekly, at=NOON)
    return Task.recur(first.then(lambda task: task.complete("done", at=NOON)).entity, at=NOON)


def first_due_does_not_move(task: Task) -> bool:
    """It is there as soon as there is a date, and a series counts from its own first."""
    at_the_first = task.series is None or task.series.number > 1 or task.series.first_due == task.first_due
    return (task.due is None) == (task.first_due is None) and at_the_first


def a_task_never_waits_for_itself(task: Task) -> bool:
    return task.id not in task.depends_on


def an_end_has_its_moment(held: Task | Promise) -> bool:
    ended = held.state in (*TASK_ENDED, *PROMISE_ENDED)
    return ended == (held.ended_at is not None)


def one_person_has_one_vote(approval: Approval) -> bool:
    used = [vote.instead_of or vote.by for vote in approval.votes]
    by = [vote.by for vote in approval.votes]
    return len({*used}) == len(used) and len({*by}) == len(by) and approval.requested_by not in {*used, *by}


def what_is_asked_can_still_be_approved(approval: Approval) -> bool:
    asked = approval.state in (ApprovalState.PENDING, ApprovalState.ESCALATED)
    return not asked or len(approval.may_still_agree) >= approval.missing > 0


def nothing_is_kept_late(promise: Promise) -> bool:
    return promise.kept_at is None or promise.made_at <= promise.kept_at <= promise.due


WALKS: dict[type[Any], Walk] = {
    Task: Walk(
        Task(
            TaskId.imported("crm", "2"),
            "Call Ada back",
            NOON,
            NOON,
            TaskState.WAITING,
            owner=ME,
            due=NOON,
            first_due=NOON.replace(hour=9),
            customer=CustomerId.imported("shop", "ada"),
            lead=LeadId.imported("crm", "1"),
            case=CaseId.imported("desk", "1"),
            opportunity=OpportunityId.imported("crm", "1"),
            campaign=CampaignId.imported("crm", "1"),
            promise=PromiseId.imported("crm", "1"),
            depends_on=(TaskId.imported("crm", "0"),),
            waiting_on=ADA,
            deferred_until=NOON,
            recurrence=Recurrence(
                Every.WEEK,
                2,
                (Weekday.TUESDAY, Weekday.FRIDAY),
                MonthEnd.OMIT,
                "Europe/Berlin",
                Spawn.ON_SCHEDULE,
                12,
                NOON.replace(year=2027),
            ),
            series=Series(TaskId.imported("crm", "1"), NOON, 2),
            ended_at=NOON,
            outcome="reached",
            end_reason="no need",
            version=4,
        ),
        _tasks() | _tasks_again(),
        {
            "assign": {"owner": actors},
            "reschedule": {"due": soon},
            "depend": {"on": st.builds(Chain, task_ids, st.lists(task_ids, max_size=1).map(tuple))},
            "start": prerequisites,
            "wait": {"on": people},
            "resume": {},
            "defer": {"until": later},
            "complete": {"outcome": texts, **prerequisites},
            "fail": {"reason": texts},
            "cancel": {"reason": texts},
            "reattribute": reattributed,
        },
        _task_facts,
        (first_due_does_not_move, a_task_never_waits_for_itself, an_end_has_its_moment),
    ),
    Approval: Walk(
        Approval(
            ApprovalId.imported("crm", "1"),
            "discount",
            (Level((YOU, BOB), 2), Level((EVE,))),
            ME,
            NOON,
            NOON,
            ApprovalState.ESCALATED,
            rule="big discounts",
            amount=Money("1200", "EUR"),
            segment="key accounts",
            expires_at=NOON,
            customer=CustomerId.imported("shop", "ada"),
            opportunity=OpportunityId.imported("crm", "1"),
            quote=QuoteId.imported("crm", "1"),
            order=OrderId.imported("shop", "1"),
            case=CaseId.imported("desk", "1"),
            campaign=CampaignId.imported("crm", "1"),
            votes=(Vote(Decision.NO, ADA, NOON, "too dear", 0, YOU),),
            lapsed=(0,),
            decided_at=NOON,
            cancel_reason="no need",
            version=3,
        ),
        _approvals() | _escalated(),
        {
            "endorse": votes,
            "approve": votes,
            "object": votes,
            "reject": votes,
            "expire": {},
            "escalate": {
                "to": st.sampled_from([Level(ABOVE), Level(ABOVE, 2), Level([YOU, ADA], 2), Level([ME])]),
                "expires_at": maybe(later),
            },
            "cancel": {"reason": texts},
        },
        _approval_facts,
        (one_person_has_one_vote, what_is_asked_can_still_be_approved),
    ),
    Promise: Walk(
        Promise(
            PromiseId.imported("crm", "2"),
            "send the engine's notes",
            ME,
            ADA,
            NOON,
            NOON.replace(hour=9),
            NOON,
            NOON,
            PromiseState.BROKEN,
            customer=CustomerId.imported("shop", "ada"),
            lead=LeadId.imported("crm", "1"),
            case=CaseId.imported("desk", "1"),
            opportunity=OpportunityId.imported("crm", "1"),
            order=OrderId.imported("shop", "1"),
            campaign=CampaignId.imported("crm", "1"),
            said_in=InteractionId.imported("phone", "1"),
            instead_of=PromiseId.imported("crm", "1"),
            successor=PromiseId.imported("crm", "3"),
            kept_at=NOON,
            ended_at=NOON,
            reason="forgotten",
            version=2,
        ),
        st.builds(
            Promise.make,
            promise_ids,
            what=texts,
            promiser=st.just(ME),
            promisee=st.just(ADA),
            due=soon,
            customer=maybe(customer_ids),
            at=st.just(NOON),
        ),
        {
            "keep": {"done_at": soon},
            "breach": {"reason": texts},
            "renegotiate": {"successor": promise_ids},
            "release": {"reason": texts},
            "reattribute": reattributed,
        },
        _promise_facts,
        (nothing_is_kept_late, an_end_has_its_moment),
    ),
}
