"""The clauses themselves: sentences to cite, and no more needed to try them than what is shipped."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from inspect import getmodule

import pytest

from relcore.kernel.errors import Illformed
from relcore.storage.decision import OFFERED
from relcore.testing import clauses
from relcore.testing.clause import Broken, clause, clause_of, raises, same
from relcore.testing.conformance import Level
from relcore.testing.refusals import REFUSALS


def test_a_clause_is_one_sentence() -> None:
    for one in clauses():
        assert re.fullmatch(r"[A-Z0-9].*[^.]\.", one.promise), one
        assert "  " not in one.promise, one


def test_a_file_holds_clauses_of_one_letter_in_the_order_of_their_numbers() -> None:
    families = defaultdict[object, list[str]](list)
    for one in sorted(clauses(), key=lambda one: one.tries.__code__.co_firstlineno):
        families[getmodule(one.tries)].append(one.id)

    for ids in families.values():
        numbers = [int(id[1:]) for id in ids]
        assert len({id[0] for id in ids}) == 1, ids
        assert numbers == sorted(numbers), ids


def test_what_a_clause_needs_can_be_refused() -> None:
    assert {one.needs for one in clauses()} - {None} <= set(REFUSALS)
    assert set(OFFERED) <= set(REFUSALS)


def test_an_id_is_given_once() -> None:
    with pytest.raises(Illformed, match="clause V1 is there twice"):
        clause("V1", "Again.", level=Level.VERSIONED)(lambda trial: None)
    assert clause_of("V1").id == "V1"


def test_what_broke_is_told_with_what_was_expected_and_not_at_endless_length() -> None:
    with pytest.raises(Broken, match=r"^the rows: got \[1\], expected \[\]$"):
        same("the rows", [1], [])
    with pytest.raises(Broken) as broken:
        same("the rows", "x" * 10_000, "")
    assert len(str(broken.value)) < 1000


def test_an_error_that_is_awaited_is_returned_and_every_other_breaks_the_promise() -> None:
    assert raises(ValueError, int, "x").args
    with pytest.raises(Broken, match="it raises nothing and returns: got 5, expected 'ValueError'"):
        raises(ValueError, int, "5")
    with pytest.raises(Broken, match="it raises: got TypeError"):
        raises(ValueError, int, None)


ALONE = """
import sys
class Refused:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("pytest", "_pytest", "hypothesis"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name.partition(".")[0])
sys.meta_path.insert(0, Refused())
from relcore.storage import in_memory
from relcore.testing import Candidate, clauses, report
held = in_memory()
told = report(Candidate(lambda: held), [one for one in clauses() if one.id[0] in "TAVUIQGNLOEX"])
print(told)
sys.exit(0 if told.holds else 1)
"""


def test_the_kit_runs_without_a_test_runner_and_without_assertions() -> None:
    done = subprocess.run([sys.executable, "-O", "-c", ALONE], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("level COLUMNAR: ")
