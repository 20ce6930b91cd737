"""A customer is handed over: what was said and what is open, of them and of nobody else."""

from __future__ import annotations

from datetime import timedelta

from relcore import Case, Customer, Lead, Promise, Task
from relcore.customers import Redirects
from relcore.ids import CaseId, CustomerId, LeadId, PromiseId, TaskId
from relcore.interactions import Entry
from relcore.sales import Checklist, Likeness, Reachable
from relcore.workflows import CreateNew, conversion, handover
from tests.interactions.test_timeline import ADAS, AUGUSTAS, BOBS, HOUR, IDS, contact
from tests.strategies import NOON
from tests.walks.walk import ADA, ME


def task(customer: object = ADAS, hours: float = 1) -> Task:
    id = IDS.new(TaskId)
    return Task.plan(id, title="call", due=NOON + hours * HOUR, owner=ME, customer=customer, at=NOON).entity  # type: ignore[arg-type]


def promise(customer: object = ADAS, hours: float = 2) -> Promise:
    return Promise.make(
        IDS.new(PromiseId), what="a call", promiser=ME, promisee=ADA, due=NOON + hours * HOUR,
        customer=customer, at=NOON,
    ).entity  # type: ignore[arg-type]  # fmt: skip


def case(customer: object = ADAS) -> Case:
    return Case.open(IDS.new(CaseId), customer=customer, subject="leak", at=NOON).entity  # type: ignore[arg-type]


def test_what_is_open_is_told_by_its_date() -> None:
    tasks, promises, cases = [task()], [promise()], [case()]

    told = handover(ADAS, [contact(0)], as_of=NOON + HOUR, tasks=tasks, promises=promises, cases=cases)

    assert told.contacts == 1
    assert [(entry.what, entry.id) for entry in told.open] == [
        ("task", tasks[0].id), ("promise", promises[0].id), ("case", cases[0].id),
    ]  # fmt: skip
    assert "a call" in told.text(personal=True)


def test_what_is_done_is_not_told_and_what_was_open_then_is() -> None:
    done = task().complete("reached", at=NOON + 2 * HOUR).entity
    kept = promise().keep(at=NOON + 2 * HOUR).entity
    cancelled = case().cancel("no need", at=NOON).entity

    def told(hours: float) -> tuple[Entry, ...]:
        return handover(
            ADAS, [], as_of=NOON + hours * HOUR, tasks=[done], promises=[kept], cases=[cancelled]
        ).open

    assert len(told(1)) == 2
    assert told(2) == ()


def test_c2_what_merged_records_are_owed_is_told_and_what_others_are_is_not() -> None:
    tasks = [task(), task(AUGUSTAS), task(BOBS), task(None)]
    promises = [promise(AUGUSTAS), promise(BOBS), promise(None)]

    told = handover(
        AUGUSTAS, [contact(0, customer=AUGUSTAS), contact(0, customer=BOBS)], as_of=NOON,
        tasks=tasks, promises=promises, cases=[case(BOBS)], redirects={AUGUSTAS: ADAS},
    )  # fmt: skip

    assert told.customer == ADAS
    assert told.contacts == 1
    assert {entry.id for entry in told.open} == {tasks[0].id, tasks[1].id, promises[0].id}


def test_c2_the_redirects_of_merged_records_are_those_that_are_read_through() -> None:
    ada, augusta = (Customer.create(IDS.new(CustomerId), name="Ada", at=NOON).entity for _ in range(2))
    merged = augusta.merge(ada.id, at=NOON).entity
    interactions = [contact(0, customer=augusta.id), contact(1, customer=ada.id)]

    told = handover(
        augusta.id, interactions, as_of=NOON + HOUR, promises=[promise(augusta.id)],
        redirects=Redirects.of([ada, merged]).to,
    )  # fmt: skip

    assert (told.customer, told.contacts, len(told.open)) == (ada.id, 2, 1)


def test_b1_what_was_said_with_and_promised_to_a_lead_comes_along_when_it_is_converted() -> None:
    begun = Lead.capture(IDS.new(LeadId), source="fair", likeness=Likeness.DISTINCT, name="Ada", at=NOON)
    worked = begun.then(lambda lead: lead.work(ME, at=NOON))
    lead = worked.then(
        lambda lead: lead.qualify(Checklist(), reachable=Reachable(reachable=True), at=NOON)
    ).entity
    said = [contact(n, customer=None, lead=lead.id) for n in (0, 1)]
    owed = Promise.make(
        IDS.new(PromiseId),
        what="notes",
        promiser=ME,
        promisee=ADA,
        due=NOON + 9 * HOUR,
        lead=lead.id,
        at=NOON,
    ).entity
    todo = Task.plan(IDS.new(TaskId), title="call", lead=lead.id, at=NOON).entity
    later = NOON + timedelta(days=1)

    changes = conversion(
        lead,
        CreateNew(),
        carry=[
            lambda ada: [i.reattribute(ada, reason="conversion", at=later, by=ME) for i in said],
            lambda ada: [owed.reattribute(ada, at=later), todo.reattribute(ada, at=later)],
        ],
        at=later,
    )

    ada = changes[1].entity.id
    moved = [change.entity for change in changes[2:]]
    told = handover(ada, moved[:2], as_of=later, promises=[moved[2]], tasks=[moved[3]])
    assert told.contacts == 2
    assert [entry.what for entry in told.open] == ["promise", "task"]
    assert {held.lead for held in moved} == {lead.id}
