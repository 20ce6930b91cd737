"""A question has sides; each side answers in fresh processes, in turn, and only after all were seen to agree.

Only the standard library is imported here: a worker must not carry what the side it measures did not ask for.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FILES = (
    "fit_bg_nbd",
    "fit_pareto_nbd",
    "fit_gamma_gamma",
    "expected_purchases",
    "lifecycle_move",
    "order_summary",
    "kaplan_meier",
    "transition_counts",
    "customer_histories",
    "business_time",
    "entity_json",
    "storage_commit",
    "storage_read",
    "export",
    "import_time",
)
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "PYTHONHASHSEED": "0",
}

Outcome = Mapping[str, float | str]


@dataclass(frozen=True)
class Task:
    """What is timed. ``fresh`` makes the argument of one call and ``outcome`` reads its result, both off the clock."""

    call: Callable[[Any], Any]
    outcome: Callable[[Any], Outcome]
    fresh: Callable[[], Any] = lambda: None
    operations: int = 1
    """How many there are in one call: times are told per operation."""


@dataclass(frozen=True)
class Side:
    """One library's way. ``prepare`` imports it: nothing of it is loaded before."""

    name: str
    prepare: Callable[[], Task]


@dataclass(frozen=True)
class Question:
    name: str
    """The file it is in, a dot, and which of those."""
    title: str
    includes: str
    """What the times of each side hold, for the reader who wants to know whether this is fair."""
    ours: Side
    peers: tuple[Side, ...]
    promised: Mapping[str, float] = field(default_factory=dict)
    """By peer: how many times as fast we are at least."""
    ceiling: float | None = None
    """CPU seconds per operation that ours does not exceed, where a peer says little."""
    memory: float | None = None
    """MiB that ours adds at most to what the process held before it was called, where it must not grow with the data."""
    tolerance: float = 1e-3
    """Relative difference up to which two numbers are the same outcome."""
    rounds: int = 3
    cold: bool = False
    """One call per process, the first: for what happens once in the life of a process."""

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.ours, *self.peers)


@dataclass(frozen=True)
class Measured:
    """One side over all rounds: seconds per operation, and MiB."""

    cpu: tuple[float, ...]
    wall: tuple[float, ...]
    peak: float
    peak_before: float
    """What the process had needed before the first call: the libraries and the data."""

    @property
    def grown(self) -> float:
        """What the calls needed above that."""
        return self.peak - self.peak_before

    @property
    def best(self) -> float:
        return min(self.cpu)

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)

    @property
    def median_wall(self) -> float:
        return statistics.median(self.wall)


@dataclass(frozen=True)
class Answer:
    """Our measurement beside one peer's."""

    question: Question
    peer: str
    ours: Measured
    theirs: Measured

    @property
    def ratio(self) -> float:
        """The peer's best CPU time over ours: noise only ever adds, so the best is the least disturbed."""
        return self.theirs.best / self.ours.best

    @property
    def ratio_of_medians(self) -> float:
        return self.theirs.median / self.ours.median

    @property
    def promised(self) -> float | None:
        return self.question.promised.get(self.peer)

    @property
    def holds(self) -> bool:
        ceiling = self.question.ceiling
        if ceiling is not None and self.ours.best > ceiling:
            return False
        memory = self.question.memory
        if memory is not None and self.ours.grown > memory:
            return False
        return self.promised is None or self.ratio >= self.promised


class DisagreementError(Exception):
    """Two sides came to different results: there is nothing to compare."""


def questions(files: Sequence[str] = FILES) -> Iterator[Question]:
    """Those of the named files."""
    for file in files:
        yield from import_module(f"benchmarks.{file}").QUESTIONS


def answers(question: Question, seconds: float) -> Iterator[Answer]:
    """First the proof that all sides compute the same, then the rounds."""
    _agree(question, {side.name: _worker(question, side, 0)["outcome"] for side in question.sides})
    reports: dict[str, list[dict[str, Any]]] = {side.name: [] for side in question.sides}
    for n in range(question.rounds):
        # Every other round runs backwards, so that no side is always the one after another.
        for side in question.sides if n % 2 == 0 else question.sides[::-1]:
            reports[side.name].append(_worker(question, side, seconds))
    measured = {name: _measured(of_side) for name, of_side in reports.items()}
    for peer in question.peers:
        yield Answer(question, peer.name, measured[question.ours.name], measured[peer.name])


def _worker(question: Question, side: Side, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.worker", question.name, side.name, str(seconds)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, text=True, check=True
    )
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


def _measured(reports: list[dict[str, Any]]) -> Measured:
    return Measured(
        cpu=tuple(seconds for report in reports for seconds in report["cpu"]),
        wall=tuple(seconds for report in reports for seconds in report["wall"]),
        peak=max(report["peak"] for report in reports),
        peak_before=max(report["peak_before"] for report in reports),
    )


def _agree(question: Question, outcomes: Mapping[str, Outcome]) -> None:
    ours = outcomes[question.ours.name]
    for name, theirs in outcomes.items():
        if ours.keys() != theirs.keys():
            raise DisagreementError(f"{question.name}: {sorted(ours)} here, {sorted(theirs)} with {name}")
        for what, value in ours.items():
            if not _same(value, theirs[what], question.tolerance):
                raise DisagreementError(
                    f"{question.name}: {what} is {value} here, {theirs[what]} with {name}"
                )


def _same(one: float | str, other: float | str, tolerance: float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return math.isclose(one, other, rel_tol=tolerance)
