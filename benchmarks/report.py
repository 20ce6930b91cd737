"""What was measured, as a table for people and as JSON for programs: ratios first, then with what and where."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.harness import FILES, ONE_THREAD, Answer, Measured

KEPT = Path(__file__).with_name("results.json")
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
    "polars",
    "duckdb",
    "narwhals",
)
HEAD = ("question", "peer", "ratio", "promised", "of medians", "relcore", "peer's", "peak MiB", "day")
UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
NUMBERS = frozenset({"ratio", "promised", "of medians", "relcore", "peer's", "peak MiB"})


def circumstances() -> dict[str, Any]:
    """With what and where."""
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": 1,
        "environment": ONE_THREAD,
        "packages": {name: version(name) for name in PACKAGES},
    }


@dataclass(frozen=True)
class Results:
    """What was measured under the same circumstances: the latest answers to each question, each with its day."""

    where: dict[str, Any]
    answers: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls) -> Results:
        """Those that are kept; none, if they were measured elsewhere or with other versions."""
        kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
        where = circumstances()
        return cls(where, tuple(kept["answers"]) if kept.get("where") == where else ())

    def after(self, question: str, answers: Sequence[Answer]) -> Results:
        """With these in the place of the last ones, in the order in which questions are asked."""
        others = [answer for answer in self.answers if answer["question"] != question]
        files = [*others, *map(record, answers)]
        files.sort(key=lambda answer: FILES.index(answer["question"].partition(".")[0]))
        return Results(self.where, tuple(files))

    def write(self) -> None:
        """For programs, and for people."""
        kept = {"where": self.where, "answers": self.answers}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        KEPT.with_suffix(".md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        rule = ["--:" if name in NUMBERS else "---" for name in HEAD]
        table = [_line(HEAD), _line(rule), *(_line(row(answer)) for answer in self.answers)]
        included = {answer["title"]: answer["includes"] for answer in self.answers}
        packages = ", ".join(f"{name} {number}" for name, number in self.where["packages"].items())
        machine = "{cpu}, {cores} cores, {system}, {python}".format(**self.where)
        return "\n".join(
            [
                "# Results",
                "",
                "By `make bench`, each on the day that stands beside it; how to read this is in [README.md](README.md).",
                "",
                *table,
                "",
                "What the times include:",
                "",
                *(f"- **{title}**: {includes}." for title, includes in included.items()),
                "",
                f"Machine: {machine}.",
                "",
                f"Packages: {packages}.",
                "",
            ]
        )


def record(answer: Answer) -> dict[str, Any]:
    """All that is kept of one answer; the load says whether the machine was busy with something else."""
    return {
        "question": answer.question.name,
        "title": answer.question.title,
        "includes": answer.question.includes,
        "peer": answer.peer,
        "date": datetime.now(UTC).date().isoformat(),
        "load": round(os.getloadavg()[0], 2),
        "ratio": _round(answer.ratio),
        "ratio_of_medians": _round(answer.ratio_of_medians),
        "promised": answer.promised,
        "ceiling_s": answer.question.ceiling,
        "memory_mib": answer.question.memory,
        "holds": answer.holds,
        "relcore": _measured(answer.ours),
        "peer_measured": _measured(answer.theirs),
    }


def row(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """One line of the table, in the order of HEAD."""
    ours, theirs = answer["relcore"], answer["peer_measured"]
    return (
        answer["title"],
        answer["peer"],
        _times(answer["ratio"]),
        promised(answer) if answer["holds"] else f"{promised(answer)} BROKEN",
        _times(answer["ratio_of_medians"]),
        duration(ours["cpu_best_s"]),
        duration(theirs["cpu_best_s"]),
        f"{ours['peak_mib']:.0f} / {theirs['peak_mib']:.0f}",
        answer["date"],
    )


def promised(answer: Mapping[str, Any]) -> str:
    """What is promised of one answer, in words."""
    floor, ceiling, memory = answer["promised"], answer["ceiling_s"], answer["memory_mib"]
    return ", ".join(
        [
            *([] if floor is None else [f"≥ {floor:g}"]),
            *([] if ceiling is None else [f"≤ {duration(ceiling)}"]),
            *([] if memory is None else [f"≤ {memory:g} MiB more"]),
        ]
    )


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
