"""What the kit says of an adapter, and how its command ends."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest

from relcore import Case, Customer, Opportunity
from relcore.kernel.errors import Invalid, Unsupported, VersionConflict
from relcore.kernel.repository import Capabilities, Level
from relcore.storage import in_memory
from relcore.testing import Candidate, Clause, Outcome, clauses, report
from relcore.testing.__main__ import main
from relcore.testing.clause import clause_of
from relcore.testing.trial import Trial

HELD = in_memory()
CHOSEN = [clause_of(id) for id in ("V1", "V2", "V13", "L1", "O1", "E1", "U1")]


KINDS = (Customer, Case, Opportunity)


class Bare:
    """No more than what every adapter must offer, for three kinds of entities."""

    capabilities: Any = Capabilities(Level.VERSIONED)

    def fetch(self, refs: Any) -> Any:
        return HELD.fetch([ref for ref in refs if kept(ref.entity)])

    def find(self, tenant: str, entity: Any, where: Any, **more: Any) -> Any:
        return HELD.find(tenant, kept(entity), where, **more)

    def commit(self, tenant: str, batch: Any) -> Any:
        assert all(kept(type(row)) for row in batch.rows)
        return HELD.commit(tenant, batch)


def kept(entity: Any) -> Any:
    if entity not in KINDS:
        raise Unsupported("Bare", f"to keep a {entity.__name__}")
    return entity


class Overwriting(Bare):
    """A saboteur, whose errors are not in our words."""

    def commit(self, tenant: str, batch: Any) -> Any:
        try:
            return super().commit(tenant, batch)
        except VersionConflict:
            raise ZeroDivisionError("not in our words") from None


class Silent(Bare):
    """It does not say what it can."""

    capabilities = None


def make_whole() -> Candidate:
    return Candidate(lambda: HELD)


def make_bare() -> Candidate:
    return Candidate(Bare, kinds=KINDS)


def make_overwriting() -> Candidate:
    return Candidate(Overwriting, kinds=KINDS)


def make_silent() -> Candidate:
    return Candidate(Silent)


HERE = "tests.testing.test_report"


def test_an_adapter_of_a_lower_level_holds_its_own_and_refuses_the_others() -> None:
    told = report(make_bare())

    outcomes = {verdict.clause: verdict.outcome for verdict in told.verdicts}
    own = [one for one in clauses() if one.level is Level.VERSIONED and one.only in (None, "partial")]
    above = [one for one in clauses() if one.level > Level.VERSIONED and one.needs]
    assert told.holds, str(told)
    assert {outcomes[one] for one in own if set(one.kinds) <= set(KINDS)} == {Outcome.HELD}
    assert {outcomes[one] for one in above} == {Outcome.REFUSED}


def test_what_is_said_of_it_can_be_read() -> None:
    told = report(make_bare(), CHOSEN)

    assert str(told) == (
        "level VERSIONED: 2 of 2 clauses hold; 4 clauses of higher levels refused cleanly; 1 not asked "
        f"(kit of relcore {told.kit})\n\nnot asked, for want of Quote: U1"
    )


def test_what_is_broken_is_told_with_its_promise_and_its_place() -> None:
    told = report(make_overwriting(), CHOSEN)

    (broken,) = told.broken
    assert (broken.clause.id, told.holds) == ("V2", False)
    _, _, promise, why, asked, place, *_ = str(told).splitlines()
    assert promise == f"V2 BROKEN  {broken.clause.promise}"
    assert "got ZeroDivisionError('not in our words'), expected 'VersionConflict'" in why
    assert "versions.py, line" in asked + place


def test_a_clause_without_a_verdict_is_no_success() -> None:
    whole = report(make_whole(), CHOSEN)

    missing = attrs.evolve(whole, verdicts=whole.verdicts[1:])

    assert whole.holds
    assert not missing.holds
    assert f"{whole.asked[0].id} HAS NO VERDICT" in str(missing)
    assert not report(make_whole(), []).holds


def test_a_clause_that_lacks_a_package_is_broken_and_says_which() -> None:
    def tries(trial: Trial) -> None:
        raise ModuleNotFoundError("No module named 'hypothesis'", name="hypothesis")

    told = report(make_whole(), [Clause("Z1", "It needs what is not there.", Level.VERSIONED, tries)])

    assert [verdict.outcome for verdict in told.verdicts] == [Outcome.BROKEN]
    assert "hypothesis is not installed" in str(told)


def test_an_adapter_that_does_not_say_what_it_can_is_not_tried() -> None:
    with pytest.raises(Invalid, match="capabilities must be Capabilities of one Level"):
        report(make_silent(), CHOSEN)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([f"{HERE}:make_whole", "--only", "V1"], 0),
        ([f"{HERE}:make_overwriting", "--only", "V1"], 0),
        ([f"{HERE}:make_overwriting", "--only", "V1", "V2"], 1),
    ],
)
def test_the_command_ends_with_whether_all_holds(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code
    assert main([*arguments, "--json"]) == code

    told = capsys.readouterr().out
    plain = json.loads(told[told.index("{") :])
    assert (plain["holds"], [v["clause"] for v in plain["verdicts"]]) == (code == 0, arguments[2:])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere:nothing"],
        ["relcore.storage:nothing"],
        [f"{HERE}:HERE"],
        [f"{HERE}:make_silent"],
        [f"{HERE}:make_whole", "--only", "V99"],
    ],
)
def test_the_command_says_when_nothing_was_tried(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2


def test_the_command_lists_what_would_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert main(["--list", "--json", "--only", "V1"]) == 0
    (plain,) = json.loads(capsys.readouterr().out)

    assert lines == [f"{one.id:<4} {one.level.name:<9}  {one.promise}" for one in clauses()]
    assert plain == {"clause": "V1", "level": "VERSIONED", "promise": clause_of("V1").promise}
