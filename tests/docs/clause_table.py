"""``python -m tests.docs.clause_table`` writes the clauses of the kit into the page of guarantees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from relcore.kernel.repository import Level
from relcore.testing import Clause, clauses

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
MARK = "<!-- written by `python -m tests.docs.clause_table` -->\n"
ONLY = {
    None: "",
    "async": " *(async adapters)*",
    "shredding": " *(adapters that keep personal data under keys)*",
    "partial": " *(adapters that keep some kinds only)*",
    "custom": " *(where a host has declared fields of its own)*",
}


def table() -> str:
    """All clauses by level, as they stand on the page."""
    return "".join(part for level in Level for part in _of(level))


def _of(level: Level) -> Iterator[str]:
    held = [clause for clause in clauses() if clause.level is level]
    if held:
        yield f"\n### {level.name}\n\n| clause | promise |\n|---|---|\n"
        yield from (f"| {clause.id} | {_told(clause)} |\n" for clause in held)


def _told(clause: Clause) -> str:
    return clause.promise.replace("|", r"\|") + ONLY[clause.only]


if __name__ == "__main__":
    before, _, _ = PAGE.read_text("utf-8").partition(MARK)
    PAGE.write_text(before + MARK + table(), "utf-8")
