"""The page of guarantees says what the code does: its clauses are those of the kit, its levels those of the adapters."""

from __future__ import annotations

import re
from pathlib import Path

from relcore.kernel.repository import Level
from relcore.storage import aio, in_memory, sqlite
from relcore.testing import clauses
from tests.docs.clause_table import MARK, PAGE, table

TEXT = PAGE.read_text("utf-8")


def test_every_clause_is_on_the_page_in_its_words_and_no_other() -> None:
    """After a change of clauses: ``python -m tests.docs.clause_table``."""
    _, _, written = TEXT.partition(MARK)

    assert written == table()
    assert set(re.findall(r"^\| ([A-Z]+\d+) \|", written, re.MULTILINE)) == {one.id for one in clauses()}


def test_a_family_that_a_promise_is_held_by_is_there() -> None:
    promises, _, _ = TEXT.partition("## Levels")

    cited = {
        letter for held in re.findall(r"clauses ([A-Z](?:, [A-Z])*)", promises) for letter in held.split(", ")
    }

    assert cited
    assert cited <= {one.id[0] for one in clauses()}


def test_every_level_is_explained_and_every_adapter_is_at_the_level_that_it_declares(tmp_path: Path) -> None:
    levels = dict(re.findall(r"^\| `(\w+)\(.*?`.*?\| `(\w+)` \|", TEXT, re.MULTILINE))
    explained = re.findall(r"^\| `([A-Z]+)` \|", TEXT, re.MULTILINE)
    kept = sqlite(tmp_path / "crm.db")

    declared = {"in_memory": in_memory(), "sqlite": kept}

    assert explained == [level.name for level in Level]
    assert {name: levels[name] for name in declared} == {
        name: adapter.capabilities.level.name for name, adapter in declared.items()
    }
    assert aio.in_memory().capabilities == in_memory().capabilities
    kept.close()
