"""What the pages say is run: every Python block of a page, in order, in one namespace, in an empty folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from relcore.storage import SqlRepository

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WIDEST = 90
"""Characters of code that the site shows side by side; what is longer is cut at the edge until somebody scrolls."""
BLOCK = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def close(namespace: dict[str, Any]) -> None:
    """Pages leave their files open, as a newcomer does."""
    for value in namespace.values():
        repository = getattr(value, "repository", value)
        if isinstance(repository, SqlRepository):
            repository.engine.dispose()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_works(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text, namespace = page.read_text(encoding="utf-8"), {"__name__": page.stem}

    try:
        for block in BLOCK.finditer(text):
            # Empty lines in front, so that a traceback names the line of the page.
            before = "\n" * text.count("\n", 0, block.start(1))
            exec(compile(before + block[1], str(page), "exec"), namespace)  # our own pages
        for name in re.findall(r"^```\{drawn\} (\w+)$", text, re.MULTILINE):
            assert namespace[name].figure, name
    finally:
        close(namespace)


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.name)
def test_the_code_of_a_page_is_seen_without_scrolling(page: Path) -> None:
    blocks = BLOCK.findall(page.read_text(encoding="utf-8"))

    assert not [line for block in blocks for line in block.splitlines() if len(line) > WIDEST]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_pages_that_docstrings_name_are_there() -> None:
    named = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"docs/\w+\.md", path.read_text(encoding="utf-8"))
    }

    assert not [name for name in named if not (ROOT / name).exists()]
