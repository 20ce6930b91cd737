"""No domain code reads a clock, makes an id, draws a number or does I/O: all of it is handed in."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "relcore"
ROOMS = (
    "customers",
    "interactions",
    "marketing",
    "privacy",
    "sales",
    "service",
    "work",
    "workflows",
    "analytics",
)
ELSEWHERE = {"random", "secrets", "time", "uuid", "socket", "subprocess", "os", "requests", "threading"}
NOW = {"now", "today", "utcnow", "uuid1", "uuid4", "urandom", "monotonic", "perf_counter", "default_rng"}
OPENING = {"open", "print", "input"}


def _files() -> list[Path]:
    return [path for room in ROOMS for path in sorted((SOURCE / room).rglob("*.py"))]


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a3_nothing_is_asked_of_the_world(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))

    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    asked = {f.attr for f in called if isinstance(f, ast.Attribute)} & NOW
    opened = {f.id for f in called if isinstance(f, ast.Name)} & OPENING

    assert not imported & ELSEWHERE
    assert not asked
    assert not opened
