"""The floors of the house, as `lint-imports` checks them, and the front door that nobody inside goes through."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "relcore"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if path != SOURCE / "__init__.py")
ROOMS = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or path.is_dir()}
SLICES = ("customers", "interactions", "marketing", "privacy", "sales", "service", "strategy", "work")


def imported(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports say the whole way"
            # `from relcore import frames` names a module and not what the front door hands out.
            rooms = {f"relcore.{alias.name}" for alias in node.names if alias.name in ROOMS}
            names |= (
                rooms if node.module == "relcore" and len(rooms) == len(node.names) else {node.module or ""}
            )
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def test_the_floors_stand() -> None:
    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nobody_inside_goes_through_the_front_door(path: Path) -> None:
    assert "relcore" not in imported(path)


@pytest.mark.parametrize("slice_", [name for name in SLICES if (SOURCE / name).exists()])
def test_a_slice_never_imports_a_slice(slice_: str) -> None:
    others = tuple(f"relcore.{other}" for other in SLICES if other != slice_)

    for path in (SOURCE / slice_).rglob("*.py"):
        assert not [name for name in imported(path) if name.startswith(others)], path.name


def test_the_words_that_name_nothing_are_not_used_for_files() -> None:
    empty = {"utils", "common", "core", "helpers", "services", "managers", "base", "misc"}

    assert not empty & {path.stem for path in SOURCE.rglob("*")}
