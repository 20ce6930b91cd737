"""K: kills. A process dies at any moment, and what it was told is done is done, and nothing is half done.

``SIGKILL`` shows that a commit is atomic and acknowledged in time. It is no power cut: what the system had been handed is
still written. That an adapter waits for the disk is said by its settings, and is told at its page.
"""

from __future__ import annotations

from random import Random

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId
from relcore.kernel.repository import Level, replay
from relcore.service.case import Case
from relcore.storage.workspace import Workspace
from relcore.testing.clause import clause, same
from relcore.testing.trial import NOON, Trial
from relcore.testing.writer import Work, Writer

BATCHES = 500
"""More than a writer gets to before it is killed."""
CASES = 5


@clause(
    "K1",
    "What was acknowledged to a writer that was killed is there whole, in rows, log and receipts, and said again it "
    "writes nothing.",
    level=Level.DURABLE,
    kinds=(Customer, Case),
)
def nothing_acknowledged_is_lost(trial: Trial) -> None:
    chance, work, last = Random(1997), _work(trial), 1
    for _ in range(trial.rounds(2, 50)):
        # The last batch is said again by each writer but the first: under its key that changes nothing.
        work = _more(trial, work, last)
        with Writer(trial.candidate.open, work) as writer:
            for _ in range(chance.randint(1, 6)):
                last = writer.hear()
            # A moment that depends on nothing the writer waits for: somewhere within its next commits.
            sum(range(chance.randint(0, 400_000)))
            last = writer.kill() or last
        _check(trial.another_handle(), work, last)


@clause(
    "K2",
    "While a writer runs, others read whole batches only; when it is killed, the next one may write at once.",
    level=Level.DURABLE,
    kinds=(Customer, Case),
)
def others_are_not_held_up(trial: Trial) -> None:
    reader, work = trial.another_handle(), _work(trial)
    with Writer(trial.candidate.open, work) as writer:
        for _ in range(trial.rounds(10, 100)):
            number = writer.hear()
            same(f"the cases of batch {number}, acknowledged", _there(reader, work, number), CASES)
            ahead = _there(reader, work, number + 1)
            same(f"{ahead} cases of the next batch are all of it or none", ahead in (0, CASES), expected=True)
        last = writer.kill() or 1

    work = _more(trial, work, last)
    with Writer(trial.candidate.open, work) as another:
        same("what the next writer is told first", another.hear(), last)
        last = another.kill() or last
    _check(trial.another_handle(), work, last)


def _work(trial: Trial) -> Work:
    customer = trial.customer("0")
    trial.workspace.commit(customer)
    return _more(trial, Work(trial.tenant, customer.entity.id, {}), 1)


def _more(trial: Trial, work: Work, first: int) -> Work:
    """Work from this batch on; what was handed out before is handed out again."""
    cases = {
        number: work.cases.get(number) or tuple(trial.workspace.new(CaseId) for _ in range(CASES))
        for number in range(first, first + BATCHES)
    }
    return attrs.evolve(work, cases=cases)


def _there(workspace: Workspace, work: Work, number: int) -> int:
    """How many cases of a batch there are."""
    refs = [Case.ref(id, tenant=workspace.tenant) for id in work.cases[number]]
    return sum(row is not None for row in workspace.repository.fetch(refs))


def _check(workspace: Workspace, work: Work, last: int) -> None:
    """All up to the last acknowledged batch; the one after it whole or not at all; of the rest nothing."""
    customer = workspace.get(Customer, work.customer)
    reached = int(customer.name or "")
    same(f"the last batch, {last} being acknowledged", reached in (last, last + 1), expected=True)
    same("the version of the customer", customer.version, reached + 1)
    same("its log", replay(Customer, workspace.log(Customer, customer.id)), customer)
    first = min(work.cases)
    for number in range(first, reached + 3):
        whole = number <= reached
        same(f"the cases of batch {number}", _there(workspace, work, number), CASES if whole else 0)
        same(f"the receipt of batch {number}", workspace.receipt(work.key(number)) is not None, whole)
        for id in work.cases[number]:
            lines = [(entry.version, entry.recorded_at, entry.key) for entry in workspace.log(Case, id)]
            same(f"the log of batch {number}", lines, [(1, NOON, work.key(number))] if whole else [])
