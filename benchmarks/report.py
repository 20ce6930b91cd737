"""What was measured, as a table for people and as JSON for programs: ratios first, then with what and where."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.harness import ONE_THREAD, Answer, Measured

PACKAGES = (
    "relcore",
    "lifetimes",
    "lifelines",
    "python-statemachine",
    "transitions",
    "SQLAlchemy",
    "numpy",
    "scipy",
    "pandas",
    "autograd",
    "attrs",
    "cattrs",
    "pydantic",
    "narwhals",
)
HEAD = ("question", "peer", "ratio", "promised", "of medians", "relcore", "peer's", "peak MiB")
UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
NUMBERS = frozenset({"ratio", "promised", "of medians", "relcore", "peer's", "peak MiB"})


def circumstances() -> dict[str, Any]:
    """With what, where and when; the load says whether the machine was quiet before we began."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "threads": 1,
        "environment": ONE_THREAD,
        "packages": {name: version(name) for name in PACKAGES},
    }


def row(answer: Answer) -> tuple[str, ...]:
    """One line of the table, in the order of HEAD."""
    ceiling, memory = answer.question.ceiling, answer.question.memory
    promised = ", ".join(
        [
            *([] if answer.promised is None else [f"≥ {answer.promised:g}"]),
            *([] if ceiling is None else [f"≤ {duration(ceiling)}"]),
            *([] if memory is None else [f"≤ {memory:g} MiB more"]),
        ]
    )
    return (
        answer.question.title,
        answer.peer,
        _times(answer.ratio),
        promised if answer.holds else f"{promised} BROKEN",
        _times(answer.ratio_of_medians),
        duration(answer.ours.best),
        duration(answer.theirs.best),
        f"{answer.ours.peak:.0f} / {answer.theirs.peak:.0f}",
    )


def markdown(answers: Sequence[Answer], circumstances: dict[str, Any]) -> str:
    rule = ["--:" if name in NUMBERS else "---" for name in HEAD]
    table = [_line(HEAD), _line(rule), *(_line(row(answer)) for answer in answers)]
    included = {a.question.title: a.question.includes for a in answers}
    packages = ", ".join(f"{name} {number}" for name, number in circumstances["packages"].items())
    where = "{cpu}, {cores} cores (load {load} at the start), {system}, {python}".format(**circumstances)
    return "\n".join(
        [
            "# Results",
            "",
            f"{circumstances['date']}, by `make bench`; how to read this is in [README.md](README.md).",
            "",
            *table,
            "",
            "What the times include:",
            "",
            *(f"- **{title}**: {includes}." for title, includes in included.items()),
            "",
            f"Machine: {where}.",
            "",
            f"Packages: {packages}.",
            "",
        ]
    )


def record(answers: Sequence[Answer], circumstances: dict[str, Any]) -> dict[str, Any]:
    """All that the table is made of, with every single call counted in."""
    return {
        **circumstances,
        "answers": [
            {
                "question": answer.question.name,
                "title": answer.question.title,
                "includes": answer.question.includes,
                "peer": answer.peer,
                "ratio": _round(answer.ratio),
                "ratio_of_medians": _round(answer.ratio_of_medians),
                "promised": answer.promised,
                "ceiling_s": answer.question.ceiling,
                "holds": answer.holds,
                "relcore": _measured(answer.ours),
                "peer_measured": _measured(answer.theirs),
            }
            for answer in answers
        ],
    }


def duration(seconds: float) -> str:
    """Three digits, in the unit that suits: 13.4 µs, 2.81 ms, 1.13 s."""
    unit, size = next(((u, s) for u, s in UNITS if seconds >= s), UNITS[-1])
    value = seconds / size
    return f"{value:.{max(0, 3 - len(str(int(value))))}f} {unit}"


def _times(ratio: float) -> str:
    return f"{ratio:.0f}x" if ratio >= 20 else f"{ratio:.1f}x" if ratio >= 3 else f"{ratio:.2f}x"


def _measured(side: Measured) -> dict[str, Any]:
    return {
        "calls": len(side.cpu),
        "cpu_best_s": _round(side.best),
        "cpu_median_s": _round(side.median),
        "wall_median_s": _round(side.median_wall),
        "peak_mib": _round(side.peak),
        "peak_before_first_call_mib": _round(side.peak_before),
    }


def _round(value: float) -> float:
    return float(f"{value:.4g}")


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
