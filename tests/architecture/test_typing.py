"""Both type checkers refuse the lines that are marked ``# refuse``, and no other line."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from os.path import relpath
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
FILES = sorted((ROOT / "typing_tests").glob("*.py"))

Found = dict[str, set[int]]


def mypy(files: list[Path]) -> Found:
    # Files that are named are checked whatever the configuration leaves out; beside them the cache of `make lint` serves.
    said = subprocess.run(
        [BIN / "mypy", *files], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    found: Found = {}
    for name, line in re.findall(r"(\w+\.py):(\d+): error", said):
        found.setdefault(name, set()).add(int(line))
    return found


def pyright(files: list[Path]) -> Found:
    """With the settings of the project, but for what it leaves out."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pyright"]
    del settings["exclude"]
    with TemporaryDirectory() as folder:
        home = relpath(ROOT, folder)  # pyright passes over whole paths in silence
        settings |= {"include": [f"{home}/{path.relative_to(ROOT)}" for path in files], "venvPath": home}
        settings["extraPaths"] = [f"{home}/src"]
        project = Path(folder) / "pyrightconfig.json"
        project.write_text(json.dumps(settings), encoding="utf-8")
        command = [BIN / "pyright", "--pythonpath", sys.executable, "--outputjson", "--project", project]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    found: Found = {}
    for problem in json.loads(said)["generalDiagnostics"]:
        if problem["severity"] == "error":
            found.setdefault(Path(problem["file"]).name, set()).add(problem["range"]["start"]["line"] + 1)
    return found


def marked(path: Path) -> set[int]:
    return {
        n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "# refuse" in line
    }


def test_only_files_that_are_named_so_hold_refused_lines() -> None:
    assert FILES
    for path in FILES:
        assert bool(marked(path)) is path.name.startswith("refused_")


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_the_checkers_refuse_what_they_should_and_nothing_else(
    checker: Callable[[list[Path]], Found],
) -> None:
    assert checker(FILES) == {path.name: marked(path) for path in FILES if marked(path)}
