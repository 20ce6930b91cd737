"""X: exactness. An adapter offers what it declares, and what it does not declare it refuses by name."""

from __future__ import annotations

from typing import Any

from relcore.kernel.errors import RelcoreError, Unsupported
from relcore.kernel.repository import Capabilities, Level
from relcore.storage.decision import OFFERED
from relcore.storage.serde import KINDS
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.refusals import REFUSALS
from relcore.testing.specimens import born, class_of, specimen
from relcore.testing.trial import Trial

VERBS = {
    Level.VERSIONED: ("fetch", "find", "commit"),
    Level.LOGGED: ("receipt", "log", "drain"),
    Level.COLUMNAR: ("scan", "scan_log"),
}


@clause(
    "X1",
    "The level is one of the four, and the same through every handle and at any time.",
    level=Level.VERSIONED,
)
def the_level_is_one_of_four(trial: Trial) -> None:
    declared: Any = trial.capabilities

    same("what is declared", class_of(declared), Capabilities)
    same("the level", class_of(declared.level), Level)
    trial.kept(trial.new())
    same("what is declared later", trial.repository.capabilities, declared)
    same("what another handle declares", trial.reopened().capabilities, declared)


@clause("X2", "What is declared is there: every verb of the level.", level=Level.VERSIONED)
def what_is_declared_is_there(trial: Trial) -> None:
    declared = trial.capabilities
    wanted = [verb for level, verbs in VERBS.items() if declared.level >= level for verb in verbs]
    offered: Any = trial.repository
    if declared.shredding:
        wanted.append("shred")

    missing = [verb for verb in wanted if not callable(getattr(offered, verb, None))]

    same("verbs that are missing", missing, [])


@clause(
    "X3",
    "What is not declared is refused by name, with what to do instead, and leaves everything as it was.",
    level=Level.VERSIONED,
)
def what_is_not_declared_is_refused(trial: Trial) -> None:
    held, declared = trial.kept(trial.new()), trial.capabilities
    above = [what for what, (level, _) in OFFERED.items() if level > declared.level]
    if not declared.shredding:
        above.append("shredding")

    for what in above:
        ask = REFUSALS[what]
        refused = raises(Unsupported, ask, trial, held)
        same("what is refused", refused.what, what)
        same("whether it says what to do instead", bool(refused.remedy), True)  # noqa: FBT003
    same("what it was asked about", trial.now(held), held)


@clause(
    "X4",
    "A kind that is not kept is refused and not swallowed.",
    level=Level.VERSIONED,
    only="partial",
)
def a_kind_that_is_not_kept_is_refused(trial: Trial) -> None:
    for kind in KINDS:
        if not trial.keeps(kind.entity):
            entity: Any = specimen(trial, kind.entity)
            new = trial.bystander()
            raises(RelcoreError, trial.workspace.commit, new, born(entity))
            raises(RelcoreError, trial.workspace.find, kind.entity)
            raises(RelcoreError, trial.workspace.get, kind.entity, entity.id)
            there = [row.id for row in trial.workspace.find(class_of(new.entity), limit=1000)]
            if new.entity.id in there:
                raise Broken("what else was in a batch that was refused", new.entity.id, "nothing")
