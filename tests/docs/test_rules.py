"""Every rule of the page is held by tests that carry its number, and every number is a rule of the page."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_rule_is_held_by_a_test_of_its_name() -> None:
    page = (ROOT / "docs" / "rules.md").read_text("utf-8")
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))

    rules = set(re.findall(r"^\| ([A-D]\d+) \|", page, re.MULTILINE))
    held = {number.upper() for number in re.findall(r"def test_([a-d]\d+)_", tests)}

    assert rules == held
