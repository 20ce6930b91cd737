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

BOB, EVE = Actor("person", "u-3"), Actor("person", "u-4")
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
voters = st.sampled_from([*VOTERS, *VOTERS, ME, ADA])
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
    if rest := among[first:]:
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
        _tasks(),
        {
            "assign": {"owner": actors},
            "reschedule": {"due": soon},
            "depend": {"on": st.builds(Chain, task_ids, st.frozensets(task_ids, max_size=1))},
            "start": prerequisites,
            "wait": {"on": people},
            "resume": {},
            "defer": {"until": soon},
            "complete": {"outcome": texts, **prerequisites},
            "fail": {"reason": texts},
            "cancel": {"reason": texts},
            "reattribute": reattributed,
        },
        _task_facts,
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
        _approvals(),
        {
            "endorse": votes,
            "approve": votes,
            "object": votes,
            "reject": votes,
            "expire": {},
            "escalate": {
                "to": st.sampled_from([Level([ADA]), Level([EVE]), Level([ME]), Level([YOU, ADA], 2)]),
                "expires_at": maybe(soon),
            },
            "cancel": {"reason": texts},
        },
        _approval_facts,
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
    ),
}
