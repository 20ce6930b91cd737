"""I: idempotency. A key tells what became of a commit whose acknowledgement was lost."""

from __future__ import annotations

from typing import Any

from relcore.customers.customer import Customer
from relcore.kernel.change import removal
from relcore.kernel.errors import Invalid, KeyReused, VersionConflict
from relcore.kernel.repository import Level, Receipt
from relcore.service.case import Case
from relcore.service.case_state import CaseState
from relcore.testing.clause import Broken, clause, raises, same
from relcore.testing.trial import ADA, BOB, NOON, Trial, assigned_to


@clause(
    "I1", "The same batch under the same key is written once, and its receipt is the same.",
    level=Level.LOGGED, needs="keys", kinds=(Customer, Case),
)  # fmt: skip
def a_batch_is_written_once_under_its_key(trial: Trial) -> None:
    case, customer = trial.case(), trial.customer("Bob")

    receipts = [trial.workspace.commit(case, customer, key="k") for _ in range(3)]

    same("the receipts", receipts, [receipts[0]] * 3)
    same("the receipt that is remembered", trial.workspace.receipt("k"), receipts[0])
    same("the version", trial.workspace.get(Case, case.entity.id).version, 1)
    same("the lines of the log", len(trial.workspace.log(Case, case.entity.id)), 1)


@clause(
    "I2",
    "A key is not used for a batch of other entities.",
    level=Level.LOGGED,
    needs="keys",
    kinds=(Customer, Case),
)
def a_key_is_not_used_for_another_batch(trial: Trial) -> None:
    held = trial.kept(trial.case())
    first = trial.customer("Ada")
    receipt = trial.workspace.commit(first, key="k")

    for change in (trial.customer("Bob"), held.accept(ADA, at=NOON)):
        reused = raises(KeyReused, trial.workspace.commit, change, key="k")
        same("the key that is named", reused.key, "k")
    raises(KeyReused, lambda: trial.workspace.commit(first, held.accept(ADA, at=NOON), key="k"))
    raises(KeyReused, lambda: trial.workspace.commit(key="k"))

    same("what is remembered", trial.workspace.receipt("k"), receipt)
    same("the case", trial.workspace.get(Case, held.id), held)
    names = {row.name for row in trial.workspace.find(Customer)}
    same("whether the second customer is there", "Bob" in names, False)  # noqa: FBT003


@clause(
    "I3", "A receipt recalls each entity as its commit left it, whatever came later.",
    level=Level.LOGGED, needs="receipts", kinds=(Customer, Case),
)  # fmt: skip
def a_receipt_recalls_what_was_left(trial: Trial) -> None:
    case, customer = trial.case(), trial.customer("Bob")
    opened = trial.workspace.commit(case, customer, key="opened")
    id = case.entity.id
    trial.workspace.apply(Case, id, lambda held: held.accept(ADA, at=NOON), key="accepted")
    trial.workspace.apply(Case, id, lambda held: held.cancel("no", at=NOON))
    same("the first receipt, two changes later", trial.workspace.receipt("opened"), opened)
    trial.workspace.commit(removal(trial.workspace.get(Case, id), at=NOON), key="removed")

    same("the first receipt, after the removal", trial.workspace.receipt("opened"), opened)
    same("the batch sent again", trial.workspace.commit(case, customer, key="opened"), opened)
    accepted = trial.workspace.receipt("accepted")
    left = [] if accepted is None else [(row.version, _state(row)) for row in accepted.entities]
    same("what the second receipt recalls", left, [(2, CaseState.OPEN)])
    same("what the last one recalls", trial.workspace.receipt("removed"), Receipt("removed", (), (id,)))


@clause("I4", "Nothing is known of a key that was not used.", level=Level.LOGGED, needs="receipts")
def an_unknown_key_is_none(trial: Trial) -> None:
    trial.workspace.commit(trial.new(), key="k")

    for unknown in ("K", "k ", "k%", "_", "kk"):
        same(f"the receipt of {unknown!r}", trial.workspace.receipt(unknown), None)


@clause("I5", "The key of a batch that failed is free.", level=Level.LOGGED, needs="keys")
def a_key_of_a_failed_batch_is_free(trial: Trial) -> None:
    held = trial.kept(trial.new())
    accepted = trial.kept(held.assign(ADA, at=NOON))
    raises(VersionConflict, lambda: trial.workspace.commit(held.assign(BOB, at=NOON), key="k"))
    same("the receipt", trial.workspace.receipt("k"), None)

    another = accepted.assign(BOB, at=NOON).then(assigned_to(ADA))

    same("the version", trial.workspace.commit(another, key="k").of(another).version, 3)


@clause(
    "I6", "A decision under a key is taken once, and answers only for what it was about.",
    level=Level.LOGGED, needs="keys", kinds=(Case,),
)  # fmt: skip
def a_decision_under_a_key_is_taken_once(trial: Trial) -> None:
    held, other = trial.kept(trial.case()), trial.kept(trial.case())
    once = trial.workspace.apply(Case, held.id, lambda case: case.accept(ADA, at=NOON), key="accept")
    trial.workspace.apply(Case, held.id, lambda case: case.mark_spam(at=NOON))

    def again(case: Case) -> Any:
        raise Broken("the decision is taken again, on version", case.version, "never")

    same("what is told", trial.workspace.apply(Case, held.id, again, key="accept"), once)
    raises(KeyReused, lambda: trial.workspace.apply(Case, other.id, again, key="accept"))
    same("what is kept", trial.workspace.get(Case, held.id).state, CaseState.SPAM)


@clause("I7", "A key that one handle used answers through every other.", level=Level.LOGGED, needs="keys")
def a_key_answers_through_every_handle(trial: Trial) -> None:
    change = trial.new()
    receipt = trial.workspace.commit(change, key="k")

    other = trial.another_handle()

    same("the receipt there", other.receipt("k"), receipt)
    same("the batch sent again there", other.commit(change, key="k"), receipt)
    raises(KeyReused, lambda: other.commit(trial.bystander(), key="k"))


@clause(
    "I8", "An empty batch is remembered under its key, and so is a removal.",
    level=Level.LOGGED, needs="keys",
)  # fmt: skip
def an_empty_batch_is_remembered(trial: Trial) -> None:
    gone = removal(trial.kept(trial.new()), at=NOON)

    same("the receipt of nothing", trial.workspace.commit(key="nothing"), Receipt("nothing", ()))
    same("the same, remembered", trial.workspace.receipt("nothing"), Receipt("nothing", ()))
    removed = trial.workspace.commit(gone, key="gone")
    same("the receipt of a removal", removed, Receipt("gone", (), (gone.entity.id,)))
    same("the removal sent again", trial.workspace.commit(gone, key="gone"), removed)


@clause(
    "I9", "A key is printable text of up to 200 characters in any script, and no other.",
    level=Level.LOGGED, needs="keys", kinds=(Customer,),
)  # fmt: skip
def a_key_is_printable_text(trial: Trial) -> None:
    for key in ("import/2026-03-02#7", "'; --", "Schlüssel", "鍵" * 200):
        receipt = trial.workspace.commit(trial.customer(), key=key)
        same(f"the receipt under {key!r}", trial.workspace.receipt(key), receipt)
    before = len(trial.workspace.find(Customer))
    for key in ("", "a\x00b", "a\nb", "k" * 201):
        invalid = raises(Invalid, trial.workspace.commit, trial.customer(), key=key)
        same("the field that is named", invalid.field, "key")
    same("how many customers there are", len(trial.workspace.find(Customer)), before)


def _state(row: Any) -> CaseState:
    state: CaseState = row.state
    return state
