"""V: versions. Who read something outdated does not overwrite what is new."""

from __future__ import annotations

from relcore.kernel.errors import VersionConflict
from relcore.kernel.repository import Level
from relcore.service.case import Case
from relcore.testing.clause import clause, raises, same
from relcore.testing.trial import ADA, BOB, NOON, Trial


@clause(
    "V1", "A new entity is at version 1, and each commit that changes it counts one.", level=Level.VERSIONED
)
def each_commit_counts_one(trial: Trial) -> None:
    new = trial.case()

    held = trial.workspace.commit(new).of(new)
    change = held.accept(ADA, at=NOON).then(lambda case: case.respond(at=NOON))
    later = trial.workspace.commit(change).of(change)

    same("its versions", (held.version, later.version), (1, 2))
    same("what is kept", trial.workspace.get(Case, held.id), later)


@clause(
    "V2",
    "A decision on an outdated version is refused with the actual one, and changes nothing.",
    level=Level.VERSIONED,
)
def a_stale_write_is_refused(trial: Trial) -> None:
    new = trial.case()
    held = trial.workspace.commit(new).of(new)
    accepted = trial.workspace.apply(Case, held.id, lambda case: case.accept(ADA, at=NOON))

    conflict = raises(VersionConflict, lambda: trial.workspace.commit(held.accept(BOB, at=NOON)))

    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 2))
    same("what is kept", trial.workspace.get(Case, held.id), accepted)
