"""What an adapter does not offer is refused by name, and nothing is written: capabilities are checked both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relcore.kernel.change import removal
from relcore.kernel.errors import Unsupported
from relcore.service.case import Case, CaseFields
from relcore.testing.clause import raises, same
from relcore.testing.trial import ADA, NOON, Trial

Ask = Callable[[Trial, Case], object]

REFUSALS: Mapping[str, Ask] = {
    "keys": lambda trial, held: trial.workspace.commit(held.accept(ADA, at=NOON), key="k"),
    "receipts": lambda trial, _: trial.workspace.receipt("k"),
    "a log": lambda trial, held: trial.workspace.log(Case, held.id),
    "an outbox": lambda trial, _: trial.workspace.drain(),
    "removal": lambda trial, held: trial.workspace.commit(removal(held, at=NOON)),
    "scan": lambda trial, _: list(trial.workspace.scan(Case, CaseFields.state)),
    "scans of the log": lambda trial, _: list(trial.workspace.scan_log(Case)),
    "shredding": lambda trial, held: trial.workspace.shred(held.customer or held.id),
}
"""By what is needed: how to ask for it."""


def refusal(needs: str, trial: Trial) -> None:
    """Asking for what is not offered raises ``Unsupported`` and leaves everything as it was."""
    new = trial.case()
    held = trial.workspace.commit(new).of(new)
    raises(Unsupported, lambda: REFUSALS[needs](trial, held))
    same("the case afterwards", trial.workspace.get(Case, held.id), held)
