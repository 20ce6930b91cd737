"""A customer is handed over to a colleague: what was said, and what is still to be done, in one value.

Crosses interactions, work and service: interactions know what was said, work and service what is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from relcore.ids import CaseId, CustomerId
from relcore.interactions.handover import Handover
from relcore.interactions.interaction import Interaction
from relcore.interactions.timeline import NO_REDIRECTS, Entry, Timeline
from relcore.kernel.actor import Actor
from relcore.kernel.ids import Id
from relcore.kernel.lifecycle import Category
from relcore.service.case import Case
from relcore.work.promise import Promise
from relcore.work.task import Task


def handover(
    customer: CustomerId,
    interactions: Iterable[Interaction],
    *,
    as_of: datetime,
    tasks: Iterable[Task] = (),
    promises: Iterable[Promise] = (),
    cases: Iterable[Case] = (),
    redirects: Mapping[CustomerId, CustomerId] = NO_REDIRECTS,
) -> Handover:
    """What whoever takes over must know. Of all that is handed in, what is about this customer is told, and of work what
    is open: tasks and promises as of the moment, cases as they are now.

    redirects : which record was merged into which; all of their affairs are told.
    """
    timeline = Timeline.of(customer, interactions, as_of=as_of, redirects=redirects)
    theirs = {timeline.customer, *timeline.merged}
    entries = (*_tasks(tasks, timeline.as_of), *_promises(promises, timeline.as_of), *_cases(cases))
    return Handover.of(timeline, open=(entry for entry in entries if entry.customer in theirs))


def _tasks(tasks: Iterable[Task], as_of: datetime) -> Iterator[Entry]:
    for t in tasks:
        if t.is_open(as_of):
            yield from _told(t.customer, t.planned_at, t.id, "task", t.case, t.owner, t.due, t.title)


def _promises(promises: Iterable[Promise], as_of: datetime) -> Iterator[Entry]:
    for p in promises:
        if p.is_open(as_of):
            yield from _told(p.customer, p.made_at, p.id, "promise", p.case, p.promiser, p.due, p.what)


def _cases(cases: Iterable[Case]) -> Iterator[Entry]:
    for c in cases:
        if c.opened_at is not None and Case.lifecycle.states[c.state] in (Category.OPEN, Category.PAUSED):
            yield from _told(c.customer, c.opened_at, c.id, "case", c.id, c.owner, None, c.subject)


def _told(
    customer: CustomerId | None,
    at: datetime,
    id: Id,
    what: str,
    case: CaseId | None,
    by: Actor | None,
    due: datetime | None,
    note: str,
) -> Iterator[Entry]:
    """What is about nobody whom we know by name is told to nobody."""
    if customer is not None:
        yield Entry(at, id, what, customer, case=case, by=by, due=due, note=note)
