"""F: faults. A connection that breaks at any call leaves all of a commit or nothing, and its key tells which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from relcore.customers.customer import Customer
from relcore.kernel.change import Change, removal
from relcore.kernel.entity import Ref
from relcore.kernel.errors import CommitUnknown, RelcoreError
from relcore.kernel.repository import Level
from relcore.sales.opportunity import Opportunity
from relcore.service.case import Case
from relcore.storage.memory import in_memory
from relcore.storage.workspace import Workspace
from relcore.testing.clause import clause, same
from relcore.testing.faulty import Fault, Faulty
from relcore.testing.specimens import class_of
from relcore.testing.trial import ADA, BOB, NOON, Trial, assigned_to

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
    kinds=(Customer,),
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
    begins: tuple[Change[Any], ...]
    """What it is about: entities of whatever kinds are kept."""
    level: Level

    @property
    def steps(self) -> Sequence[Step]:
        steps: Sequence[Step] = (self.meet, self.open, self.accept, self.answer, self.forget)
        return steps if self.level >= Level.LOGGED else steps[:-1]

    def key(self, number: int) -> str | None:
        return f"{self.name}/{number}" if self.level >= Level.LOGGED else None

    def meet(self, workspace: Workspace, key: str | None) -> object:
        first, *_ = self.begins
        return workspace.commit(first, key=key)

    def open(self, workspace: Workspace, key: str | None) -> object:
        _, *others = self.begins
        return workspace.commit(*others, key=key)

    def accept(self, workspace: Workspace, key: str | None) -> object:
        _, (kind, id), _ = self.about
        return workspace.apply(kind, id, assigned_to(ADA), key=key)

    def answer(self, workspace: Workspace, key: str | None) -> object:
        if key is not None and (done := workspace.receipt(key)) is not None:
            return done
        first, *others = (workspace.get(kind, id) for kind, id in self.about)
        return workspace.commit(*(held.assign(BOB, at=NOON) for held in others), reads=[first], key=key)

    def forget(self, workspace: Workspace, key: str | None) -> object:
        if key is not None and (done := workspace.receipt(key)) is not None:
            return done
        *_, (kind, id) = self.about
        return workspace.commit(removal(workspace.get(kind, id), at=NOON), key=key)

    @property
    def about(self) -> Sequence[tuple[Any, Any]]:
        return [(class_of(new.entity), new.entity.id) for new in self.begins]

    def seen(self, workspace: Workspace) -> list[Any]:
        """All that is there of it: rows, and where there are such, log and receipts."""
        refs = [Ref[Any](workspace.tenant, id, entity) for entity, id in self.about]
        seen: list[Any] = list(workspace.repository.fetch(refs))
        if self.level >= Level.LOGGED:
            seen += [list(workspace.log(entity, id)) for entity, id in self.about]
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
    """Of three entities: whom the others are about, if such are kept, one to decide on, and one to remove."""
    first = trial.bystander()
    of = first.entity.id if trial.keeps(Customer) else trial.kept_customer()
    second = trial.case(of=of) if trial.keeps(Case) else trial.new()
    third = trial.opportunity(of=of) if trial.keeps(Opportunity) else trial.new()
    return Story(name, (first, second, third), trial.capabilities.level)


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
