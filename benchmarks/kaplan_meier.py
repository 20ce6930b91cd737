"""How long customers stay, without a model: the product-limit curve of a million durations, some of them still running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

DURATIONS = 1_000_000
ASKED = (10, 100, 250, 400)


def durations(seed: int = 19580601) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Whole days until leaving, in two years that ended for everybody on the same day."""
    import numpy as np

    rng = np.random.default_rng(seed)
    length, watched = np.ceil(rng.weibull(0.8, DURATIONS) * 300), rng.integers(1, 730, DURATIONS)
    return np.minimum(length, watched), length <= watched


def outcome(survival: ArrayLike) -> Outcome:
    import numpy as np

    return {f"S({day})": float(s) for day, s in zip(ASKED, np.asarray(survival), strict=True)}


def relcore() -> Task:
    from relcore.analytics import KaplanMeier

    length, observed = durations()
    return Task(
        lambda _: KaplanMeier.fit(length, observed, period="day"),
        lambda curve: outcome(curve.survival_at(ASKED)),
    )


def lifelines() -> Task:
    from lifelines import KaplanMeierFitter

    length, observed = durations()
    return Task(
        lambda _: KaplanMeierFitter().fit(length, observed),
        lambda curve: outcome(curve.survival_function_at_times(ASKED)),
    )


QUESTIONS = (
    Question(
        "kaplan_meier.million",
        "Kaplan-Meier of 1,000,000 durations",
        "checking the arrays, the curve; lifelines' includes its confidence band, which relcore computes when asked",
        Side("relcore", relcore),
        (Side("lifelines", lifelines),),
        promised={"lifelines": 8},
        tolerance=1e-9,
    ),
)
