"""What an adapter does not offer is refused by name, and nothing is written: capabilities are checked both ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from relcore.kernel.change import removal
from relcore.kernel.errors import Unsupported
from relcore.kernel.words import word
from relcore.testing.clause import raises, same
from relcore.testing.trial import ADA, NOON, Trial

Ask = Callable[[Trial, Any], object]

REFUSALS: Mapping[str, Ask] = {
    "keys": lambda trial, held: trial.workspace.commit(held.assign(ADA, at=NOON), key="k"),
    "receipts": lambda trial, _: trial.workspace.receipt("k"),
    "a log": lambda trial, held: trial.workspace.log(trial.kind, held.id),
    "an outbox": lambda trial, _: trial.workspace.drain(),
    "removal": lambda trial, held: trial.workspace.commit(removal(held, at=NOON)),
    "scan": lambda trial, _: list(trial.workspace.scan(trial.kind, word(trial.kind, "state"))),
    "scans of the log": lambda trial, _: list(trial.workspace.scan_log(trial.kind)),
    "shredding": lambda trial, _: trial.workspace.shred(trial.kept_customer()),
}
"""By what is needed: how to ask for it."""


def refusal(needs: str, trial: Trial) -> None:
    """Asking for what is not offered raises ``Unsupported`` and leaves everything as it was."""
    new = trial.new()
    held = trial.workspace.commit(new).of(new)
    raises(Unsupported, lambda: REFUSALS[needs](trial, held))
    same("what it was asked about", trial.now(held), held)
