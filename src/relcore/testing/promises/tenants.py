"""N: neighbours. What one tenant has is nothing to another, not even in the words of an error."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from relcore.customers.customer import Customer
from relcore.ids import CaseId
from relcore.kernel.change import Change, removal
from relcore.kernel.errors import Conflict, KeyReused, NotFound, RelcoreError, VersionConflict
from relcore.kernel.repository import Level
from relcore.service.case import Case, CaseFields
from relcore.testing.clause import clause, raises, same
from relcore.testing.specimens import born, class_of, specimens
from relcore.testing.trial import ADA, BOB, NOON, Trial


@clause("N1", "What one tenant has is not found by another, by id or by question.", level=Level.VERSIONED)
def tenants_do_not_find_each_other(trial: Trial) -> None:
    other = trial.another_tenant()
    held = [trial.kept(born(entity)) for entity in specimens(trial)]

    for row in held:
        entity = class_of(row)
        raises(NotFound, other.get, entity, row.id)
        same(f"the {entity.__name__}s of the other tenant", other.find(entity).rows, ())
    there = other.commit(trial.customer(workspace=other)).entities
    same("what the other tenant finds", other.find(Customer).rows, there)


@clause("N2", "What one tenant has cannot be changed or relied on by another.", level=Level.VERSIONED)
def tenants_do_not_change_each_other(trial: Trial) -> None:
    other, held = trial.another_tenant(), trial.kept(trial.case())

    conflict = raises(VersionConflict, lambda: other.commit(held.accept(BOB, at=NOON)))
    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 0))
    conflict = raises(VersionConflict, lambda: other.commit(reads=[held]))
    same("the conflict", (conflict.id, conflict.expected, conflict.actual), (held.id, 1, 0))

    same("what is kept", trial.workspace.get(Case, held.id), held)


@clause(
    "N3",
    "What another tenant has is spoken of in the very words for what nobody has.",
    level=Level.VERSIONED,
)
def errors_do_not_tell_of_others(trial: Trial) -> None:
    other, theirs = trial.another_tenant(), trial.kept(trial.case())
    nobodys = attrs.evolve(theirs, id=trial.workspace.new(CaseId))

    def accepted(case: Case) -> Change[Case]:
        return case.accept(BOB, at=NOON)

    asks: tuple[Callable[[Case], object], ...] = (
        lambda case: other.get(Case, case.id),
        lambda case: other.commit(accepted(case)),
        lambda case: other.commit(reads=[case]),
        lambda case: other.apply(Case, case.id, accepted),
    )
    for ask in asks:
        told = [raises(RelcoreError, ask, case) for case in (theirs, nobodys)]
        same("the kinds of errors", type(told[0]), type(told[1]))
        same("the words", str(told[0]).replace(theirs.id, "it"), str(told[1]).replace(nobodys.id, "it"))


@clause(
    "N4",
    "An id that one tenant uses is free for another, or refused as a conflict, and what is there stays.",
    level=Level.VERSIONED,
)
def an_id_of_another_tenant_is_free_or_refused(trial: Trial) -> None:
    other = trial.another_tenant()
    ours = trial.kept(trial.case())
    theirs = trial.case(workspace=other).entity

    try:
        other.commit(born(attrs.evolve(theirs, id=ours.id, subject="Theirs")))
    except Conflict:
        raises(NotFound, lambda: other.get(Case, ours.id))
    else:
        same("theirs", other.get(Case, ours.id).subject, "Theirs")

    same("ours", trial.workspace.get(Case, ours.id), ours)


@clause(
    "N5",
    "Two tenants may use one id and one key, and each goes its own way.",
    level=Level.LOGGED,
    needs="keys",
)
def two_tenants_use_one_id_and_one_key(trial: Trial) -> None:
    other = trial.another_tenant()
    change = trial.case("Ours")
    ours = trial.workspace.commit(change, key="k").of(change)
    theirs = born(attrs.evolve(trial.case(workspace=other).entity, id=ours.id, subject="Theirs"))

    receipt = other.commit(theirs, key="k")
    other.apply(Case, ours.id, lambda case: case.accept(BOB, at=NOON))

    same("ours", trial.workspace.get(Case, ours.id), ours)
    same("theirs", (other.get(Case, ours.id).version, other.get(Case, ours.id).subject), (2, "Theirs"))
    same("their receipt", other.receipt("k"), receipt)
    raises(KeyReused, lambda: other.commit(trial.customer(workspace=other), key="k"))
    same("the lines of our log", len(trial.workspace.log(Case, ours.id)), 1)
    other.commit(removal(other.get(Case, ours.id), at=NOON))
    same("ours, changed", trial.kept(ours.accept(ADA, at=NOON)).version, 2)


@clause(
    "N6",
    "Another tenant has no log, no receipt, and nothing in its outbox.",
    level=Level.LOGGED,
    needs="a log",
)
def tenants_have_logs_of_their_own(trial: Trial) -> None:
    other, change = trial.another_tenant(), trial.case()
    trial.workspace.commit(change, key="k")

    same("the log", list(other.log(Case, change.entity.id)), [])
    same("the receipt", other.receipt("k"), None)
    same("the outbox", other.drain().entries, ())
    drained = other.drain().after
    trial.workspace.apply(Case, change.entity.id, lambda case: case.accept(ADA, at=NOON))
    same("the outbox behind its end", other.drain(after=drained).entries, ())


@clause("N7", "Another tenant scans nothing, of rows or of the log.", level=Level.COLUMNAR, needs="scan")
def tenants_scan_their_own(trial: Trial) -> None:
    other = trial.another_tenant()
    trial.kept(trial.case())

    same("the rows", list(other.scan(Case, CaseFields.state)), [])
    same("the log", list(other.scan_log(Case)), [])
