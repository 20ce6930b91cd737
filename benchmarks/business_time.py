"""The business time between ten million pairs of moments, all at once and one by one.

No peer measures it in absolute time, so the peer is our own calendar, asked for as many as one has patience for.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from relcore.service import Calendar

PAIRS = 10_000_000
ONE_BY_ONE = 20_000
MONTH = 30 * 86_400_000_000


def calendar() -> Calendar:
    from relcore.service import Calendar

    week = {"mon-fri": ["09:00-12:00", "13:00-17:30"], "sat": "10:00-14:00"}
    return Calendar.weekly("Europe/Berlin", week, exceptions={date(2026, 12, 25): Calendar.CLOSED})


def pairs(seed: int = 19910601) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Moments of two and a half years, in microseconds, and others up to a month later."""
    import numpy as np

    rng = np.random.default_rng(seed)
    start = rng.integers(1_700_000_000_000_000, 1_780_000_000_000_000, PAIRS)
    return start, start + rng.integers(0, MONTH, PAIRS)


def relcore() -> Task:
    from relcore.bridges import elapsed

    hours, (start, stop) = calendar(), pairs()

    def outcome(passed: NDArray[np.int64]) -> Outcome:
        return {"first ones": float(passed[:ONE_BY_ONE].sum())}

    return Task(lambda _: elapsed(hours, start, stop), outcome, operations=PAIRS)


def one_by_one() -> Task:
    from relcore.kernel.clock import from_microseconds, microseconds

    hours, (start, stop) = calendar(), pairs()
    few = [
        (from_microseconds(a), from_microseconds(b))
        for a, b in zip(start[:ONE_BY_ONE].tolist(), stop[:ONE_BY_ONE].tolist(), strict=True)
    ]
    epoch = from_microseconds(0)

    def outcome(passed: list[int]) -> Outcome:
        return {"first ones": float(sum(passed))}

    return Task(
        lambda _: [microseconds(epoch + hours.between(a, b)) for a, b in few], outcome, operations=ONE_BY_ONE
    )


QUESTIONS = (
    Question(
        "business_time.ten_million",
        "the business time of one of 10,000,000 pairs of moments",
        "two shifts a day, Saturdays, a holiday, a zone with daylight saving; one by one: 20,000 of them",
        Side("relcore", relcore),
        (Side("one by one", one_by_one),),
        promised={"one by one": 10},
        ceiling=5e-7,
        tolerance=1e-12,
    ),
)
