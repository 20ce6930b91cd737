"""V: versions. Who read something outdated does not overwrite what is new, and what was removed does not come back."""

from __future__ import annotations

from typing import Any

import attrs

from relcore.kernel.change import Change, removal
from relcore.kernel.errors import Gone, Illformed, NotFound, Refused, VersionConflict
from relcore.kernel.repository import Level
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import class_of
from relcore.testing.trial import ADA, BOB, NOON, Trial, assigned_to


@clause(
    "V1", "A new entity is at version 1, and each commit that changes it counts one.", level=Level.VERSIONED
)
def each_commit_counts_one(trial: Trial) -> None:
    new = trial.new()

    held = trial.workspace.commit(new).of(new)
    change = held.assign(ADA, at=NOON).then(assigned_to(BOB))
    later = trial.workspace.commit(change).of(change)

    same("its versions", (held.version, later.version), (1, 2))
    same("what is kept", trial.workspace.get(trial.kind, held.id), later)


@clause(
    "V2",
    "A decision on an outdated version is refused with the actual one, and changes nothing.",
    level=Level.VERSIONED,
)
def a_stale_write_is_refused(trial: Trial) -> None:
    new = trial.new()
    held = trial.workspace.commit(new).of(new)
    accepted = trial.workspace.apply(trial.kind, held.id, assigned_to(ADA))

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(held.assign(BOB, at=NOON)))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 2))
    same("what is kept", trial.workspace.get(trial.kind, held.id), accepted)


@clause("V3", "What exists is not created again.", level=Level.VERSIONED)
def what_exists_is_not_created_again(trial: Trial) -> None:
    new = trial.new()
    held = trial.kept(new)

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(attrs.evolve(new, entity=new.entity)))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 0, 1))
    same("what is kept", trial.workspace.get(trial.kind, held.id), held)


@clause("V4", "What was never committed is not updated, and does not come into being.", level=Level.VERSIONED)
def what_is_not_there_is_not_updated(trial: Trial) -> None:
    ghost = attrs.evolve(trial.new().entity, version=3)

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(ghost.assign(ADA, at=NOON)))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (ghost.id, 3, 0))
    raises(NotFound, lambda: trial.workspace.get(trial.kind, ghost.id))


@clause(
    "V5", "A version that is ahead of what is kept is refused like one that is behind.", level=Level.VERSIONED
)
def a_version_ahead_is_refused(trial: Trial) -> None:
    held = trial.kept(trial.new())
    ahead = attrs.evolve(held, version=2)

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(ahead.assign(ADA, at=NOON)))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 2, 1))
    same("what is kept", trial.workspace.get(trial.kind, held.id), held)


@clause(
    "V6",
    "What a decision rests on must still be as it was read: of two that each rest on the other, one is refused.",
    level=Level.VERSIONED,
)
def what_was_read_must_be_as_it_was(trial: Trial) -> None:
    on_call = [trial.kept(trial.new()), trial.kept(trial.new())]

    # Each leaves because the other stays: the classical write skew.
    first = trial.workspace.commit(trial.ended(on_call[0]), reads=[on_call[1]])
    conflict = raises(
        VersionConflict, lambda: trial.workspace.commit(trial.ended(on_call[1]), reads=[on_call[0]])
    )

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (on_call[0].id, 1, 2))
    same("what was written", dict(first.versions), {on_call[0].id: 2})
    same("what is kept", trial.workspace.get(trial.kind, on_call[1].id), on_call[1])


@clause("V7", "What a decision rests on and was never committed is refused.", level=Level.VERSIONED)
def what_was_read_must_be_there(trial: Trial) -> None:
    ghost, new = attrs.evolve(trial.new().entity, version=1), trial.bystander()

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(new, reads=[ghost]))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (ghost.id, 1, 0))
    _is_not_there(trial, new)


@clause("V8", "Reading changes no version.", level=Level.VERSIONED)
def reading_changes_no_version(trial: Trial) -> None:
    held = trial.kept(trial.new())

    trial.workspace.commit(trial.bystander(), reads=[held])
    trial.workspace.find(trial.kind)

    same("what was read", trial.workspace.get(trial.kind, held.id), held)


@clause(
    "V9",
    "A decision is taken again on what somebody faster left, and gives up after its attempts.",
    level=Level.VERSIONED,
)
def a_decision_is_taken_again(trial: Trial) -> None:
    held, asked = trial.kept(trial.new()), list[int]()

    def overtaken(row: Any, times: int = 3) -> Change[Any]:
        asked.append(row.version)
        if len(asked) < times:
            trial.workspace.apply(trial.kind, row.id, assigned_to(BOB))
        change: Change[Any] = row.assign(ADA, at=NOON)
        return change

    accepted = trial.workspace.apply(trial.kind, held.id, overtaken)
    same("the versions it was decided on", asked, [1, 2, 3])
    same("what is kept", (accepted.version, accepted.owner), (4, ADA))

    other = trial.kept(trial.new())
    asked.clear()
    raises(
        VersionConflict,
        lambda: trial.workspace.apply(trial.kind, other.id, lambda row: overtaken(row, 99), attempts=2),
    )
    same("how often it was decided", len(asked), 2)
    same("who has it", trial.workspace.get(trial.kind, other.id).owner, BOB)


@clause("V10", "A decision that the lifecycle refuses changes nothing.", level=Level.VERSIONED)
def a_refused_decision_changes_nothing(trial: Trial) -> None:
    ended = trial.kept(trial.ended(trial.kept(trial.new())))

    raises(Refused, trial.workspace.apply, trial.kind, ended.id, assigned_to(ADA))

    same("what is kept", trial.workspace.get(trial.kind, ended.id), ended)


@clause(
    "V11",
    "What is not there is not found, and of many references each is answered in its place.",
    level=Level.VERSIONED,
)
def references_are_answered_in_their_order(trial: Trial) -> None:
    new = [trial.new() for _ in range(600)]
    trial.workspace.commit(*new)
    missing = trial.workspace.new(trial.kind.id_type)
    there = [change.entity.id for change in new]
    asked = [there[5], missing, *reversed(there), there[5]]

    raises(NotFound, lambda: trial.workspace.get(trial.kind, missing))
    rows = trial.repository.fetch([trial.kind.ref(id, tenant=trial.tenant) for id in asked])

    told = [None if row is None else row.id for row in rows]
    same("the answers", told == [None if id == missing else id for id in asked], True)  # noqa: FBT003
    same("the answers to nothing", list(trial.repository.fetch([])), [])


@clause("V12", "What was committed through one handle is read through every other.", level=Level.VERSIONED)
def another_handle_sees_it(trial: Trial) -> None:
    held = trial.kept(trial.new())
    other = trial.another_handle()

    same("what the other handle has", other.get(trial.kind, held.id), held)
    accepted = other.apply(trial.kind, held.id, assigned_to(BOB))
    same("what this handle has", trial.workspace.get(trial.kind, held.id), accepted)
    conflict = raises(VersionConflict, lambda: trial.workspace.commit(held.assign(ADA, at=NOON)))
    same("the conflict", (conflict.expected, conflict.actual), (1, 2))


@clause("V13", "What was removed is found no more.", level=Level.LOGGED, needs="removal")
def what_was_removed_is_found_no_more(trial: Trial) -> None:
    held, other = trial.kept(trial.new()), trial.kept(trial.new())

    receipt = trial.workspace.commit(removal(held, at=NOON, by=ADA))

    same("the receipt", (receipt.removed, receipt.entities), ((held.id,), ()))
    raises(NotFound, lambda: trial.workspace.get(trial.kind, held.id))
    same("what is found", trial.workspace.find(trial.kind).rows, (other,))


@clause(
    "V14",
    "What was removed never comes back: its id is used up for every write and every read that a decision rests on.",
    level=Level.LOGGED,
    needs="removal",
)
def what_was_removed_never_comes_back(trial: Trial) -> None:
    new = trial.new()
    held = trial.kept(new)
    trial.workspace.commit(removal(held, at=NOON))
    bystander = trial.bystander()

    for change in (new, trial.ended(held), removal(held, at=NOON)):
        gone = raises(Gone, trial.workspace.commit, bystander, change)
        same("what is told of it", (gone.id, gone.version), (held.id, 2))
    raises(Gone, lambda: trial.workspace.commit(bystander, reads=[held]))

    same("what is found", trial.workspace.find(trial.kind).rows, ())
    _is_not_there(trial, bystander)


@clause(
    "V15",
    "A removal checks the version like any write, and is refused for what was never kept.",
    level=Level.LOGGED,
    needs="removal",
)
def a_removal_checks_the_version(trial: Trial) -> None:
    held = trial.kept(trial.new())
    accepted = trial.kept(held.assign(ADA, at=NOON))

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(removal(held, at=NOON)))
    ghost = attrs.evolve(trial.new().entity, version=1)
    unknown = raises(VersionConflict, lambda: trial.workspace.commit(removal(ghost, at=NOON)))
    raises(Illformed, lambda: trial.workspace.commit(trial.new().then(lambda new: removal(new, at=NOON))))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 2))
    same("the conflict of what is not there", (unknown.expected, unknown.actual), (1, 0))
    same("what is kept", trial.workspace.get(trial.kind, held.id), accepted)


def _is_not_there(trial: Trial, change: Change[Any]) -> None:
    raises(NotFound, trial.workspace.get, class_of(change.entity), change.entity.id)
