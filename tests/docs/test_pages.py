"""The pages have a place for all there is; what they look like when built is in test_site.py."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tables import every_table

ROOT = Path(__file__).parents[2]
DOCS, FRAGMENTS = ROOT / "docs", ROOT / "changelog.d"


def told(folder: str, directive: str) -> set[str]:
    """What the directives of a folder are about."""
    pages = (DOCS / folder).glob("*.md")
    return {
        name for page in pages for name in re.findall(rf"\{{{directive}\}} (\S+)", page.read_text("utf-8"))
    }


def test_every_lifecycle_has_a_page() -> None:
    named = {name.rpartition(".")[2] for name in told("lifecycles", "lifecycle-picture")}

    assert named == {name.rpartition(".")[2] for name in every_table()}


def test_a_lifecycle_page_tells_of_one_table_throughout() -> None:
    for page in (DOCS / "lifecycles").glob("*.md"):
        about = re.findall(r"\{lifecycle-(\w+)\} (\S+)", page.read_text("utf-8"))

        assert [part for part, _ in about] == ["picture", "moves", "states", "mermaid"], page.name
        assert len({name for _, name in about}) == 1, page.name


def test_every_front_door_has_a_page_in_the_reference() -> None:
    source = ROOT / "src" / "relcore"
    doors = {
        f"relcore.{path.parent.name}"
        for path in source.glob("*/__init__.py")
        if "lazily(" in path.read_text("utf-8")
    }

    assert doors <= told("reference", "names-of")


def test_every_fragment_has_a_known_type_and_says_one_thing() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["towncrier"]
    types = {kind["directory"] for kind in settings["type"]}

    for path in FRAGMENTS.glob("*"):
        if path.name == "README.md":
            continue
        _, kind, suffix = path.name.rsplit(".", 2)
        text = path.read_text("utf-8").strip()
        assert (kind in types, suffix) == (True, "md"), path.name
        assert text.endswith("."), path.name
        assert "\n" not in text, path.name


def test_the_next_release_can_be_told() -> None:
    pytest.importorskip("towncrier", reason="the extra `docs` is not installed")

    told = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-01"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert "## 9.9.9 (2026-01-01)" in told
    assert "### Added" in told
