"""Running the kit: each clause once, and a verdict for each. Nothing is skipped in silence."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.metadata import version
from os.path import join
from textwrap import indent

import attrs

from relcore.kernel.errors import Invalid
from relcore.kernel.repository import Capabilities, Level
from relcore.testing.candidate import Candidate
from relcore.testing.clause import Broken, Clause, clauses
from relcore.testing.grid import with_custom_fields
from relcore.testing.refusals import refusal
from relcore.testing.trial import ANY_OF, Trial

_COMPARISONS, _CLAUSES = join("testing", "clause.py"), join("testing", "promises")


class Outcome(StrEnum):
    """What came of a clause."""

    HELD = "held"
    REFUSED = "refused"
    """It is of a higher level, and what it needs is refused by name."""
    NOT_PROMISED = "not promised"
    """It is of a higher level, or of another sort of adapter, and there is nothing that could be refused."""
    NOT_ASKED = "not asked"
    """It is about a kind of entity that is not kept. ``Verdict.why`` names the kind."""
    BROKEN = "broken"


@attrs.frozen
class Verdict:
    """A clause, and what came of it."""

    clause: Clause
    outcome: Outcome
    why: str = ""


@attrs.frozen
class Report:
    """What an adapter showed, clause by clause, and by which release of the kit it was asked."""

    capabilities: Capabilities
    verdicts: tuple[Verdict, ...]
    asked: tuple[Clause, ...]
    """Every clause that must have a verdict."""
    kit: str = attrs.field(factory=lambda: version("relcore"))

    @property
    def broken(self) -> tuple[Verdict, ...]:
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is Outcome.BROKEN)

    @property
    def silent(self) -> tuple[Clause, ...]:
        """The clauses of which nothing was heard."""
        told = {verdict.clause.id for verdict in self.verdicts}
        return tuple(clause for clause in self.asked if clause.id not in told)

    @property
    def holds(self) -> bool:
        """Nothing is broken, nothing was passed over, and something was tried at all."""
        return bool(self._count[Outcome.HELD]) and not self.broken and not self.silent

    def __str__(self) -> str:
        unasked = [verdict for verdict in self.verdicts if verdict.outcome is Outcome.NOT_ASKED]
        return "\n".join(
            [self._head(), *map(_complaint, self.broken), *map(_silence, self.silent), *_unasked(unasked)]
        )

    def _head(self) -> str:
        count = self._count
        tried = count[Outcome.HELD] + count[Outcome.BROKEN]
        said = [f"{count[Outcome.HELD]} of {tried} clauses hold"]
        if count[Outcome.REFUSED]:
            said.append(f"{count[Outcome.REFUSED]} clauses of higher levels refused cleanly")
        if count[Outcome.NOT_PROMISED]:
            said.append(f"{count[Outcome.NOT_PROMISED]} not promised")
        if count[Outcome.NOT_ASKED]:
            said.append(f"{count[Outcome.NOT_ASKED]} not asked")
        return f"level {self.capabilities.level.name}: {'; '.join(said)} (kit of relcore {self.kit})"

    @property
    def _count(self) -> Counter[Outcome]:
        return Counter(verdict.outcome for verdict in self.verdicts)


def _complaint(verdict: Verdict) -> str:
    return f"\n{verdict.clause.id} BROKEN  {verdict.clause.promise}\n{indent(verdict.why, '    ')}"


def _silence(clause: Clause) -> str:
    return f"\n{clause.id} HAS NO VERDICT  {clause.promise}"


def _unasked(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """One line for all that need the same: none of them is a fault."""
    ids: dict[str, list[str]] = {}
    for verdict in verdicts:
        ids.setdefault(verdict.why, []).append(verdict.clause.id)
    return (f"\nnot asked, for want of {why}: {' '.join(some)}" for why, some in ids.items())


def check(clause: Clause, candidate: Candidate, *, thorough: bool = False) -> Outcome:
    """Try one clause on a fresh tenant::

        @pytest.mark.parametrize("clause", clauses(), ids=str)
        def test_it_keeps_its_promises(clause):
            check(clause, Candidate(make_repository))

    What breaks the promise is raised; else it is said what came of it.
    """
    with Trial(candidate, thorough=thorough) as trial:
        if _is_promised(clause, trial):
            if _lacking(clause, trial):
                return Outcome.NOT_ASKED
            clause.tries(trial)
            return Outcome.HELD
        if clause.needs is None or trial.capabilities.level >= clause.level:
            return Outcome.NOT_PROMISED
        if not any(map(trial.keeps, ANY_OF)):
            return Outcome.NOT_ASKED
        refusal(clause.needs, trial)
        return Outcome.REFUSED


def report(candidate: Candidate, among: Iterable[Clause] | None = None, *, thorough: bool = False) -> Report:
    """Every clause, tried one after the other.

    Raises ``Invalid`` when the adapter does not say what it can.
    """
    asked = clauses() if among is None else tuple(among)
    with Trial(candidate) as trial:
        declared = _declared(trial)
    return Report(declared, tuple(_verdict(clause, candidate, thorough=thorough) for clause in asked), asked)


def _declared(trial: Trial) -> Capabilities:
    declared: object = getattr(trial.repository, "capabilities", None)
    if isinstance(declared, Capabilities) and isinstance(declared.level, Level):  # pyright: ignore[reportUnnecessaryIsInstance]
        return declared
    raise Invalid(
        "capabilities",
        "must be Capabilities of one Level",
        declared,
        "capabilities = Capabilities(Level.VERSIONED)",
    )


def _verdict(clause: Clause, candidate: Candidate, *, thorough: bool) -> Verdict:
    try:
        outcome = check(clause, candidate, thorough=thorough)
        return Verdict(
            clause, outcome, _lacking(clause, Trial(candidate)) if outcome is Outcome.NOT_ASKED else ""
        )
    except ModuleNotFoundError as missing:
        why = f"it could not be tried: {missing.name} is not installed (pip install {missing.name})"
        return Verdict(clause, Outcome.BROKEN, why)
    except Exception as broken:  # noqa: BLE001  # whatever an adapter does wrong is told, and the others are tried
        return Verdict(clause, Outcome.BROKEN, f"{_said(broken)}\n{_place(broken)}")


def _said(broken: Exception) -> str:
    return str(broken) if isinstance(broken, Broken) else traceback.format_exception_only(broken)[-1].strip()


def _place(broken: Exception) -> str:
    """The line of the clause that asked, and where it came to light, if that is elsewhere."""
    asking = [frame for frame in _frames(broken) if _CLAUSES in frame.filename]
    light = _frames(broken.__cause__ or broken)
    places = dict.fromkeys(
        f"in {frame.filename}, line {frame.lineno}" for frame in (*asking[-1:], *light[-1:])
    )
    return "\n".join(places)


def _frames(broken: BaseException) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(broken.__traceback__)
    return [frame for frame in frames if not frame.filename.endswith(_COMPARISONS)]


def _is_promised(clause: Clause, trial: Trial) -> bool:
    declared = trial.capabilities
    if clause.only == "async" and not trial.is_async:
        return False
    if clause.only == "shredding" and not declared.shredding:
        return False
    if clause.only == "partial" and not trial.candidate.kinds:
        return False
    if clause.only == "custom" and not any(map(trial.keeps, with_custom_fields())):
        return False
    return declared.level >= clause.level


def _lacking(clause: Clause, trial: Trial) -> str:
    """The kinds that it would have to keep to be asked this."""
    if not any(map(trial.keeps, ANY_OF)):
        return f"any of {', '.join(kind.__name__ for kind in ANY_OF)}"
    return " and ".join(kind.__name__ for kind in clause.kinds if not trial.keeps(kind))
