"""BG/NBD by maximum likelihood: from arrays of frequency, recency and age to parameters with their covariance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.harness import Question, Side, Task

if TYPE_CHECKING:
    from benchmarks.data import Summary

NAMES = ("r", "alpha", "a", "b")
INCLUDES = "checking the arrays, the fit, the covariance of the estimates"


def cdnow() -> Summary:
    from benchmarks.data import cdnow_summary

    return cdnow_summary()


def simulated(customers: int) -> Summary:
    from benchmarks.data import simulated_summary

    return simulated_summary(customers)


def relcore(data: Callable[[], Summary]) -> Task:
    from relcore.analytics import BetaGeoNBD, Purchases

    x, recency, age, _ = data()

    def fit(_: None) -> BetaGeoNBD:
        return BetaGeoNBD.fit(Purchases.from_summary(frequency=x, recency=recency, age=age, period="week"))

    return Task(fit, lambda model: {name: getattr(model, name) for name in NAMES})


def lifetimes(data: Callable[[], Summary]) -> Task:
    from lifetimes import BetaGeoFitter

    x, recency, age, _ = data()

    def fit(_: None) -> BetaGeoFitter:
        return BetaGeoFitter(penalizer_coef=0.0).fit(x, recency, age)

    return Task(fit, lambda model: {name: float(model.params_[name]) for name in NAMES})


QUESTIONS = (
    Question(
        "fit_bg_nbd.cdnow",
        "BG/NBD fit, the 2,357 CDNOW customers",
        INCLUDES,
        Side("relcore", partial(relcore, cdnow)),
        (Side("lifetimes", partial(lifetimes, cdnow)),),
        promised={"lifetimes": 25},
        rounds=5,
    ),
    Question(
        "fit_bg_nbd.simulated",
        "BG/NBD fit, 100,000 simulated customers",
        INCLUDES,
        Side("relcore", partial(relcore, partial(simulated, 100_000))),
        (Side("lifetimes", partial(lifetimes, partial(simulated, 100_000))),),
        promised={"lifetimes": 60},
    ),
    Question(
        "fit_bg_nbd.million",
        "BG/NBD fit, a million simulated customers",
        INCLUDES,
        Side("relcore", partial(relcore, partial(simulated, 1_000_000))),
        (Side("lifetimes", partial(lifetimes, partial(simulated, 1_000_000))),),
        promised={"lifetimes": 120},
        rounds=1,  # a call of the peer takes long enough to be its own average
    ),
)
