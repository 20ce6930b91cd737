"""F: faults. A connection that breaks at any call leaves all of a commit or nothing, and its key tells which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId, CustomerId, OpportunityId
from relcore.kernel.change import removal
from relcore.kernel.entity import Ref
from relcore.kernel.errors import CommitUnknown, RelcoreError
from relcore.kernel.money import Money
from relcore.kernel.repository import Level
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.storage.memory import in_memory
from relcore.storage.workspace import Workspace
from relcore.testing.clause import clause, same
from relcore.testing.faulty import Fault, Faulty
from relcore.testing.trial import ADA, BOB, NOON, PIPELINE, Trial

Step = Callable[[Workspace, str | None], object]
LONGEST = 100
"""More calls than any history makes."""


@clause(
    "F1",
    "Whichever call of a history breaks, and on whichever way, each commit is there wholly or not at all.",
    level=Level.VERSIONED,
)
def what_breaks_is_there_wholly_or_not_at_all(trial: Trial) -> None:
    host = trial.another_handle()
    for broken in _broken(trial):
        same(f"what is there when {broken.when}", broken.story.seen(host), broken.expected)


@clause(
    "F2",
    "A history that broke at any call, and is said again from its beginning under its keys, was done once.",
    level=Level.LOGGED,
)
def what_is_said_again_is_done_once(trial: Trial) -> None:
    host = trial.another_handle()
    for broken in _broken(trial):
        story = broken.story

        for number, step in enumerate(story.steps):
            step(host, story.key(number))

        same(f"said again when {broken.when}", story.seen(host), broken.last)


@clause(
    "F3",
    "A decision whose acknowledgement was lost is asked for again, and not taken twice.",
    level=Level.LOGGED,
)
def a_decision_is_not_applied_twice(trial: Trial) -> None:
    for key in (None, "rename"):
        customer = trial.kept_customer()
        deaf = Faulty(trial.repository, 1 if key is None else 2, Fault.AFTER)

        decided = trial.workspace_of(trial.tenant, deaf).apply(
            Customer, customer, lambda held: held.rename(f"{held.name}, once", at=NOON), key=key
        )

        same("the acknowledgement was lost", deaf.broke, expected=True)
        same("what was decided", (decided.name, decided.version), ("Ada Byron, once", 2))
        same("what is kept", trial.workspace.get(Customer, customer), decided)
        same("its log", [e.version for e in trial.workspace.log(Customer, customer)], [1, 2])


# --- a history, and its faults --------------------------------------------------------------------


@attrs.frozen
class Story:
    """Commits that rest on each other. Each step begins with what it reads, so that it may be said again."""

    name: str
    customer: CustomerId
    case: CaseId
    opportunity: OpportunityId
    level: Level

    @property
    def steps(self) -> Sequence[Step]:
        steps: Sequence[Step] = (self.meet, self.open, self.accept, self.answer, self.forget)
        return steps if self.level >= Level.LOGGED else steps[:-1]

    def key(self, number: int) -> str | None:
        return f"{self.name}/{number}" if self.level >= Level.LOGGED else None

    def meet(self, workspace: Workspace, key: str | None) -> object:
        return workspace.commit(Customer.create(self.customer, name="Ada Byron", at=NOON), key=key)

    def open(self, workspace: Workspace, key: str | None) -> object:
        case = Case.open(self.case, customer=self.customer, subject="Cannot log in", at=NOON)
        opportunity = Opportunity.open(
            self.opportunity,
            customer=self.customer,
            name="Forty seats",
            pipeline=PIPELINE,
            amount=Money("1200.00", "EUR"),
            at=NOON,
            by=ADA,
        )
        return workspace.commit(case, opportunity, key=key)

    def accept(self, workspace: Workspace, key: str | None) -> object:
        return workspace.apply(Case, self.case, lambda case: case.accept(ADA, at=NOON), key=key)

    def answer(self, workspace: Workspace, key: str | None) -> object:
        if key is not None and (done := workspace.receipt(key)) is not None:
            return done
        case, customer = workspace.get(Case, self.case), workspace.get(Customer, self.customer)
        opportunity = workspace.get(Opportunity, self.opportunity)
        changes = case.respond(at=NOON), opportunity.assign(BOB, at=NOON)
        return workspace.commit(*changes, reads=[customer], key=key)

    def forget(self, workspace: Workspace, key: str | None) -> object:
        if key is not None and (done := workspace.receipt(key)) is not None:
            return done
        return workspace.commit(removal(workspace.get(Opportunity, self.opportunity), at=NOON), key=key)

    def seen(self, workspace: Workspace) -> list[Any]:
        """All that is there of it: rows, and where there are such, log and receipts."""
        kept: list[tuple[Any, Any]] = [(Customer, self.customer), (Case, self.case)]
        kept.append((Opportunity, self.opportunity))
        refs = [Ref[Any](workspace.tenant, id, entity) for entity, id in kept]
        seen: list[Any] = list(workspace.repository.fetch(refs))
        if self.level >= Level.LOGGED:
            seen += [list(workspace.log(entity, id)) for entity, id in kept]
            seen += [workspace.receipt(f"{self.name}/{number}") for number in range(len(self.steps))]
        return seen

    def told(self, trial: Trial) -> list[list[Any]]:
        """What is seen of it before its first step, and after each, where nothing breaks."""
        reference = trial.workspace_of(trial.tenant, in_memory())
        told = [self.seen(reference)]
        for number, step in enumerate(self.steps):
            step(reference, self.key(number))
            told.append(self.seen(reference))
        return told


@attrs.frozen
class Broken:
    """A story in which one call went wrong."""

    story: Story
    when: str
    expected: list[Any]
    last: list[Any]
    """What is to be seen when it has been told to its end."""


def _broken(trial: Trial) -> Iterator[Broken]:
    """The story once for each call it makes and each way in which that can break."""
    for fault in Fault:
        for at in range(LONGEST):
            story = _new(trial, f"{fault} {at}")
            faulty = Faulty(trial.repository, at, fault)
            told, done = story.told(trial), _told_until_it_breaks(story, trial, faulty)
            if not faulty.broke:
                same("what is seen where nothing breaks", story.seen(trial.workspace), told[-1])
                break
            yield Broken(story, f"call {at} broke {fault} it was done", told[done], told[-1])


def _new(trial: Trial, name: str) -> Story:
    new = trial.workspace.new
    return Story(name, new(CustomerId), new(CaseId), new(OpportunityId), trial.capabilities.level)


def _told_until_it_breaks(story: Story, trial: Trial, faulty: Faulty) -> int:
    """How many of its steps are done."""
    host = trial.workspace_of(trial.tenant, faulty)
    for number, step in enumerate(story.steps):
        try:
            step(host, story.key(number))
        except CommitUnknown:
            return number + 1
        except RelcoreError:
            return number
    return len(story.steps)
