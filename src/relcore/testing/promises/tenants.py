"""N: neighbours. What one tenant has is nothing to another, not even in the words of an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.change import removal
from relcore.kernel.errors import Conflict, KeyReused, NotFound, RelcoreError, VersionConflict
from relcore.kernel.repository import Level
from relcore.kernel.words import word
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import born, class_of, specimens
from relcore.testing.trial import ADA, BOB, NOON, Trial, assigned_to

THEIRS = Actor("team", "theirs")


@clause("N1", "What one tenant has is not found by another, by id or by question.", level=Level.VERSIONED)
def tenants_do_not_find_each_other(trial: Trial) -> None:
    other = trial.another_tenant()
    held = [trial.kept(born(entity)) for entity in specimens(trial)]

    for row in held:
        entity = class_of(row)
        raises(NotFound, other.get, entity, row.id)
        same(f"the {entity.__name__}s of the other tenant", other.find(entity).rows, ())
    there = other.commit(trial.new(workspace=other)).entities
    same("what the other tenant finds", other.find(trial.kind).rows, there)


@clause("N2", "What one tenant has cannot be changed or relied on by another.", level=Level.VERSIONED)
def tenants_do_not_change_each_other(trial: Trial) -> None:
    other, held = trial.another_tenant(), trial.kept(trial.new())

    conflict = raises(VersionConflict, lambda: other.commit(held.assign(BOB, at=NOON)))
    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 0))
    conflict = raises(VersionConflict, lambda: other.commit(reads=[held]))
    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 0))

    same("what is kept", trial.workspace.get(trial.kind, held.id), held)


@clause(
    "N3",
    "What another tenant has is spoken of in the very words for what nobody has.",
    level=Level.VERSIONED,
)
def errors_do_not_tell_of_others(trial: Trial) -> None:
    other, theirs = trial.another_tenant(), trial.kept(trial.new())
    nobodys = attrs.evolve(theirs, id=trial.workspace.new(trial.kind.id_type))

    asks: tuple[Callable[[Any], object], ...] = (
        lambda row: other.get(trial.kind, row.id),
        lambda row: other.commit(assigned_to(BOB)(row)),
        lambda row: other.commit(reads=[row]),
        lambda row: other.apply(trial.kind, row.id, assigned_to(BOB)),
    )
    for ask in asks:
        told = [raises(RelcoreError, ask, row) for row in (theirs, nobodys)]
        same("the kinds of errors", type(told[0]), type(told[1]))
        same("the words", str(told[0]).replace(theirs.id, "it"), str(told[1]).replace(nobodys.id, "it"))


@clause(
    "N4",
    "An id that one tenant uses is free for another, or refused as a conflict, and what is there stays.",
    level=Level.VERSIONED,
)
def an_id_of_another_tenant_is_free_or_refused(trial: Trial) -> None:
    other = trial.another_tenant()
    ours = trial.kept(trial.new())
    theirs = trial.new(workspace=other).entity

    try:
        other.commit(born(attrs.evolve(theirs, id=ours.id, owner=THEIRS)))
    except Conflict:
        raises(NotFound, lambda: other.get(trial.kind, ours.id))
    else:
        same("theirs", other.get(trial.kind, ours.id).owner, THEIRS)

    same("ours", trial.workspace.get(trial.kind, ours.id), ours)


@clause(
    "N5",
    "Two tenants may use one id and one key, and each goes its own way.",
    level=Level.LOGGED,
    needs="keys",
)
def two_tenants_use_one_id_and_one_key(trial: Trial) -> None:
    other = trial.another_tenant()
    change = trial.new()
    ours = trial.workspace.commit(change, key="k").of(change)
    theirs = born(attrs.evolve(trial.new(workspace=other).entity, id=ours.id, owner=THEIRS))

    receipt = other.commit(theirs, key="k")
    other.apply(trial.kind, ours.id, assigned_to(BOB))

    same("ours", trial.workspace.get(trial.kind, ours.id), ours)
    now = other.get(trial.kind, ours.id)
    same("theirs", (now.version, now.owner), (2, BOB))
    same("their receipt", other.receipt("k"), receipt)
    raises(KeyReused, lambda: other.commit(trial.new(workspace=other), key="k"))
    same("the lines of our log", len(trial.workspace.log(trial.kind, ours.id)), 1)
    other.commit(removal(other.get(trial.kind, ours.id), at=NOON))
    same("ours, changed", trial.kept(ours.assign(ADA, at=NOON)).version, 2)


@clause(
    "N6",
    "Another tenant has no log, no receipt, and nothing in its outbox.",
    level=Level.LOGGED,
    needs="a log",
)
def tenants_have_logs_of_their_own(trial: Trial) -> None:
    other, change = trial.another_tenant(), trial.new()
    trial.workspace.commit(change, key="k")

    same("the log", list(other.log(trial.kind, change.entity.id)), [])
    same("the receipt", other.receipt("k"), None)
    same("the outbox", other.drain().entries, ())
    drained = other.drain().after
    trial.workspace.apply(trial.kind, change.entity.id, assigned_to(ADA))
    same("the outbox behind its end", other.drain(after=drained).entries, ())


@clause("N7", "Another tenant scans nothing, of rows or of the log.", level=Level.COLUMNAR, needs="scan")
def tenants_scan_their_own(trial: Trial) -> None:
    other = trial.another_tenant()
    trial.kept(trial.new())

    same("the rows", list(other.scan(trial.kind, word(trial.kind, "state"))), [])
    same("the log", list(other.scan_log(trial.kind)), [])
