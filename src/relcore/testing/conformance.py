"""Running the kit: each clause once, and a verdict for each. Nothing is skipped in silence."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import attrs

from relcore.kernel.repository import Capabilities
from relcore.testing.candidate import Candidate
from relcore.testing.clause import Clause, clauses
from relcore.testing.refusals import refusal
from relcore.testing.trial import Trial


class Outcome(StrEnum):
    """What came of a clause."""

    HELD = "held"
    REFUSED = "refused"
    """It is of a higher level, and what it needs is refused by name."""
    NOT_PROMISED = "not promised"
    """It is of a higher level, or of another sort of adapter, and there is nothing that could be refused."""
    BROKEN = "broken"


@attrs.frozen
class Verdict:
    """A clause, and what came of it."""

    clause: Clause
    outcome: Outcome
    why: str = ""


@attrs.frozen
class Report:
    """What an adapter showed, clause by clause."""

    capabilities: Capabilities
    verdicts: tuple[Verdict, ...]

    @property
    def broken(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is Outcome.BROKEN)

    def __str__(self) -> str:
        count = Counter(verdict.outcome for verdict in self.verdicts)
        tried = count[Outcome.HELD] + count[Outcome.BROKEN]
        said = [f"{count[Outcome.HELD]} of {tried} clauses hold"]
        if count[Outcome.REFUSED]:
            said.append(f"{count[Outcome.REFUSED]} clauses of higher levels refused cleanly")
        if count[Outcome.NOT_PROMISED]:
            said.append(f"{count[Outcome.NOT_PROMISED]} not promised")
        head = f"level {self.capabilities.level.name}: {'; '.join(said)}"
        return "\n".join([head, *(f"{v.clause.id} BROKEN  {v.clause.promise}\n{v.why}" for v in self.broken)])


def check(clause: Clause, candidate: Candidate, *, thorough: bool = False) -> Outcome:
    """Try one clause on a fresh tenant; what breaks it is raised.

    @pytest.mark.parametrize("clause", clauses(), ids=str)
    def test_it_keeps_its_promises(clause):
        check(clause, Candidate(make_repository))
    """
    with Trial(candidate, thorough=thorough) as trial:
        promised = _promised(clause, trial)
        if promised:
            clause.tries(trial)
            return Outcome.HELD
        if clause.needs is None or trial.capabilities.level >= clause.level:
            return Outcome.NOT_PROMISED
        refusal(clause.needs, trial)
        return Outcome.REFUSED


def report(candidate: Candidate, among: Iterable[Clause] | None = None, *, thorough: bool = False) -> Report:
    """Every clause, tried one after the other."""
    with Trial(candidate) as trial:
        capabilities = trial.capabilities
    tried = clauses() if among is None else among
    return Report(capabilities, tuple(_verdict(clause, candidate, thorough=thorough) for clause in tried))


def _verdict(clause: Clause, candidate: Candidate, *, thorough: bool) -> Verdict:
    try:
        return Verdict(clause, check(clause, candidate, thorough=thorough))
    except Exception as broken:  # noqa: BLE001  # whatever an adapter does wrong is told, and the others are tried
        return Verdict(clause, Outcome.BROKEN, "".join(traceback.format_exception_only(broken)).strip())


def _promised(clause: Clause, trial: Trial) -> bool:
    declared = trial.capabilities
    if clause.only == "async" and not trial.is_async:
        return False
    if clause.only == "shredding" and not declared.shredding:
        return False
    return declared.level >= clause.level
