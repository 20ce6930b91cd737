"""Pareto/NBD by maximum likelihood: from arrays of frequency, recency and age to parameters with their covariance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.fit_bg_nbd import INCLUDES, cdnow, simulated
from benchmarks.harness import Question, Side, Task

if TYPE_CHECKING:
    from benchmarks.data import Summary

NAMES = ("r", "alpha", "s", "beta")


def relcore(data: Callable[[], Summary]) -> Task:
    from relcore.analytics import ParetoNBD, Purchases

    x, recency, age, _ = data()

    def fit(_: None) -> ParetoNBD:
        return ParetoNBD.fit(Purchases.from_summary(frequency=x, recency=recency, age=age, period="week"))

    return Task(fit, lambda model: {name: getattr(model, name) for name in NAMES})


def lifetimes(data: Callable[[], Summary]) -> Task:
    import numpy as np
    from lifetimes import ParetoNBDFitter

    x, recency, age, _ = data()

    def fit(_: None) -> ParetoNBDFitter:
        # It starts from a random point.
        np.random.seed(1)  # noqa: NPY002
        return ParetoNBDFitter(penalizer_coef=0.0).fit(x, recency, age)

    return Task(fit, lambda model: {name: float(model.params_[name]) for name in NAMES})


QUESTIONS = (
    Question(
        "fit_pareto_nbd.cdnow",
        "Pareto/NBD fit, the 2,357 CDNOW customers",
        f"{INCLUDES} (lifetimes gives none)",
        Side("relcore", partial(relcore, cdnow)),
        (Side("lifetimes", partial(lifetimes, cdnow)),),
        promised={"lifetimes": 15},
    ),
    Question(
        "fit_pareto_nbd.simulated",
        "Pareto/NBD fit, 100,000 simulated customers",
        f"{INCLUDES} (lifetimes gives none)",
        Side("relcore", partial(relcore, partial(simulated, 100_000))),
        (Side("lifetimes", partial(lifetimes, partial(simulated, 100_000))),),
        promised={"lifetimes": 200},
        rounds=1,
    ),
)
