"""A customer is handed over: what was said and what is open, of them and of nobody else."""

from __future__ import annotations

from relcore import Case, Promise, Task
from relcore.ids import CaseId, PromiseId, TaskId
from relcore.interactions import Entry
from relcore.workflows import handover
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
