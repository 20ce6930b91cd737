"""One side of one question in this process: ``python -m benchmarks.worker QUESTION SIDE SECONDS``.

The first call is the warm-up, and its result is what the sides are compared by. SECONDS 0 stops there.
"""

from __future__ import annotations

import gc
import json
import sys
from contextlib import suppress
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import Any

from benchmarks.harness import Task, questions

LEAST_CALLS, MOST_CALLS = 2, 200


def main(question: str, side: str, seconds: str) -> None:
    asked = next(q for q in questions([question.partition(".")[0]]) if q.name == question)
    task = next(s for s in asked.sides if s.name == side).prepare()
    print(json.dumps(report(task, float(seconds), cold=asked.cold)))


def report(task: Task, seconds: float, *, cold: bool) -> dict[str, Any]:
    forget_peak()
    peak_before = peak()
    result, *times = timed(task)
    outcome = task.outcome(result)
    calls = [times] if cold else []
    if not cold and seconds:
        del result
        end = perf_counter() + seconds
        while len(calls) < LEAST_CALLS or (perf_counter() < end and len(calls) < MOST_CALLS):
            _, *times = timed(task)
            calls.append(times)
    return {
        "outcome": outcome,
        "cpu": [cpu / task.operations for cpu, _ in calls],
        "wall": [wall / task.operations for _, wall in calls],
        "peak": peak(),
        "peak_before": peak_before,
    }


def timed(task: Task) -> tuple[Any, float, float]:
    given = task.fresh()
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    result = task.call(given)
    return result, process_time() - cpu, perf_counter() - wall


def forget_peak() -> None:
    """What making the data needed is nobody's: from here on, where the system can (Linux, proc_pid_clear_refs(5))."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak() -> float:
    """MiB that this process has held at once, libraries and data included."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return getrusage(RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main(*sys.argv[1:])
