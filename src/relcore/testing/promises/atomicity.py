"""A: atomicity. A batch is written as one: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from relcore.kernel.change import Change
from relcore.kernel.errors import Illformed, NotFound, VersionConflict
from relcore.kernel.repository import Batch, Level
from relcore.sales.opportunity import Opportunity
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import class_of
from relcore.testing.trial import ADA, BOB, NOON, Trial, assigned_to


def _of_several_kinds(trial: Trial) -> list[Change[Any]]:
    """Something new of each kind, about a customer who is committed; where one kind is kept, two of it."""
    changes = [trial.bystander(), trial.new()]
    if trial.keeps(Opportunity):
        changes.append(trial.opportunity())
    return changes


_changed = assigned_to(BOB)
"""The next decision on any of them."""


def _is_as_it_was(trial: Trial, rows: Sequence[Any]) -> None:
    for row in rows:
        same(f"the {type(row).__name__} afterwards", trial.now(row), row)


def _is_not_there(trial: Trial, changes: Sequence[Change[Any]]) -> None:
    for change in changes:
        entity = change.entity
        kind = class_of(entity)
        raises(NotFound, trial.workspace.get, kind, entity.id)
        found = [row.id for row in trial.workspace.find(kind) if row.id == entity.id]
        same(f"the {kind.__name__} among what is found", found, [])


@clause(
    "A1",
    "A batch of several kinds is written as one, and its receipt tells all of it, and its key.",
    level=Level.VERSIONED,
)
def a_batch_is_written_as_one(trial: Trial) -> None:
    held = [trial.kept(change) for change in _of_several_kinds(trial)]
    new = _of_several_kinds(trial)

    batch = Batch((*new, *map(_changed, held)), (), "a key that is told back", trial.clock.now())
    receipt = trial.repository.commit(trial.tenant, batch)

    same("the key on the receipt", receipt.key, batch.key)
    versions = {change.entity.id: 1 for change in new} | {row.id: 2 for row in held}
    same("the versions on the receipt", dict(receipt.versions), versions)
    for row in receipt.entities:
        same(f"the {type(row).__name__}", trial.now(row), row)


@clause(
    "A2",
    "A batch with one outdated row writes nothing, whichever of its kinds that is and wherever it stands.",
    level=Level.VERSIONED,
)
def one_stale_row_stops_all(trial: Trial) -> None:
    for place in range(len(_of_several_kinds(trial))):
        read = [trial.kept(change) for change in _of_several_kinds(trial)]
        stale = read[place]
        now = list(read)
        now[place] = trial.kept(_changed(stale))
        new = _of_several_kinds(trial)
        changes = [_changed(row) for row in read]

        for batch in ([*new, *changes], [*changes, *new]):
            conflict = raises(VersionConflict, trial.workspace.commit, *batch)
            same("the conflict", (conflict.id, conflict.expected, conflict.actual), (stale.id, 1, 2))
            _is_as_it_was(trial, now)
            _is_not_there(trial, new)


@clause(
    "A3",
    "A batch with one row that exists already writes nothing, whichever of its kinds that is and wherever it stands.",
    level=Level.VERSIONED,
)
def one_that_exists_stops_all(trial: Trial) -> None:
    for place in range(len(_of_several_kinds(trial))):
        new = _of_several_kinds(trial)
        there = trial.kept(new[place])

        conflict = raises(VersionConflict, trial.workspace.commit, *new)

        same("the conflict", (conflict.id, conflict.expected, conflict.actual), (there.id, 0, 1))
        _is_as_it_was(trial, [there])
        _is_not_there(trial, [*new[:place], *new[place + 1 :]])


@clause("A4", "A batch whose reads are outdated writes nothing.", level=Level.VERSIONED)
def a_stale_read_stops_all(trial: Trial) -> None:
    for place in range(len(_of_several_kinds(trial))):
        read = [trial.kept(change) for change in _of_several_kinds(trial)]
        stale = read[place]
        trial.kept(_changed(stale))
        new = _of_several_kinds(trial)

        conflict = raises(VersionConflict, trial.workspace.commit, *new, reads=read)

        same("the conflict", (conflict.id, conflict.expected, conflict.actual), (stale.id, 1, 2))
        _is_not_there(trial, new)


@clause("A5", "An empty batch is written, and changes nothing.", level=Level.VERSIONED)
def an_empty_batch_is_written(trial: Trial) -> None:
    held = trial.kept(trial.new())

    receipt = trial.workspace.commit()

    same("what the receipt tells", (receipt.entities, receipt.removed), ((), ()))
    _is_as_it_was(trial, [held])


@clause(
    "A6",
    "A batch that only reads is refused when what it read is outdated, and changes nothing else.",
    level=Level.VERSIONED,
)
def a_batch_may_only_read(trial: Trial) -> None:
    held, other = trial.kept(trial.new()), trial.kept(trial.new())

    same("the receipt", trial.workspace.commit(reads=[held, other]).entities, ())
    _is_as_it_was(trial, [held, other])
    now = trial.kept(held.assign(BOB, at=NOON))
    conflict = raises(VersionConflict, lambda: trial.workspace.commit(reads=[other, held]))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 2))
    _is_as_it_was(trial, [now, other])


@clause(
    "A7",
    "A batch that changes one entity twice, or reads what it changes, is refused and writes nothing.",
    level=Level.VERSIONED,
)
def one_entity_stands_once_in_a_batch(trial: Trial) -> None:
    held, new = trial.kept(trial.new()), trial.bystander()
    later = attrs.evolve(held, version=2)

    raises(Illformed, lambda: trial.workspace.commit(new, new))
    raises(
        Illformed, lambda: trial.workspace.commit(new, held.assign(ADA, at=NOON), held.assign(BOB, at=NOON))
    )
    raises(Illformed, lambda: trial.workspace.commit(new, held.assign(ADA, at=NOON), reads=[held]))
    raises(Illformed, lambda: trial.workspace.commit(new, reads=[held, later]))

    _is_as_it_was(trial, [held])
    _is_not_there(trial, [new])


@clause("A8", "A batch of hundreds is written as one, or not at all.", level=Level.VERSIONED)
def a_large_batch_is_one(trial: Trial) -> None:
    stale = trial.kept(trial.new())
    now = trial.kept(stale.assign(BOB, at=NOON))
    new = [trial.bystander() for _ in range(400)]
    kind = class_of(new[0].entity)
    before = len(trial.workspace.find(kind, limit=1000))

    raises(VersionConflict, lambda: trial.workspace.commit(*new, stale.assign(ADA, at=NOON)))
    same(
        "how many there are of a batch that failed",
        len(trial.workspace.find(kind, limit=1000)) - before,
        0,
    )
    trial.workspace.commit(*new, now.assign(ADA, at=NOON))
    same(
        "how many there are of a batch that was written",
        len(trial.workspace.find(kind, limit=1000)) - before,
        400,
    )


@clause(
    "A9",
    "A batch that failed leaves no line in the log, no receipt, and nothing in the outbox.",
    level=Level.LOGGED,
    needs="a log",
)
def a_failed_batch_leaves_no_trace(trial: Trial) -> None:
    stale = trial.kept(trial.new())
    trial.kept(stale.assign(BOB, at=NOON))
    new = trial.bystander()
    drained = trial.workspace.drain().after

    raises(VersionConflict, lambda: trial.workspace.commit(new, stale.assign(ADA, at=NOON), key="failed"))

    same("the receipt", trial.workspace.receipt("failed"), None)
    same("the log of what was to be new", list(trial.workspace.log(class_of(new.entity), new.entity.id)), [])
    same("the lines of what was outdated", len(trial.workspace.log(trial.kind, stale.id)), 2)
    same("what is new in the outbox", trial.workspace.drain(after=drained).entries, ())


@clause(
    "A10",
    "When several rows are in the way, the conflict names the first: what was read before what is changed.",
    level=Level.LOGGED,
)
def the_first_conflict_is_named(trial: Trial) -> None:
    changed, read = trial.kept(trial.new()), trial.kept(trial.new())
    for held in (changed, read):
        trial.kept(held.assign(BOB, at=NOON))

    conflict = raises(
        VersionConflict, lambda: trial.workspace.commit(changed.assign(ADA, at=NOON), reads=[read])
    )

    same("the one that is named", conflict.id, read.id)
