"""Gamma-Gamma by maximum likelihood: from the mean spend of customers who came back to parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.harness import Question, Side, Task

if TYPE_CHECKING:
    from benchmarks.data import Summary

NAMES = ("p", "q", "v")


INCLUDES = (
    "checking the arrays, the fit, the covariance of the estimates, a test whether spend goes with frequency"
)


def cdnow() -> Summary:
    from benchmarks.data import cdnow_summary

    return cdnow_summary()


def simulated(customers: int) -> Summary:
    from benchmarks.data import simulated_spenders

    return simulated_spenders(customers)


def spenders(data: Callable[[], Summary]) -> Summary:
    """Whose spend the model is about: lifetimes refuses the others, relcore leaves them out."""
    from benchmarks.data import Summary

    rows = data()
    kept = (rows.frequency > 0) & (rows.mean_spend > 0)
    return Summary(*(column[kept] for column in rows))


def relcore(data: Callable[[], Summary]) -> Task:
    from relcore.analytics import GammaGamma, Purchases

    x, recency, age, mean = spenders(data)

    def fit(_: None) -> GammaGamma:
        rows = Purchases.from_summary(
            frequency=x, recency=recency, age=age, mean_spend=mean, period="week", currency="USD"
        )
        return GammaGamma.fit(rows)

    return Task(fit, lambda model: {name: getattr(model, name) for name in NAMES})


def lifetimes(data: Callable[[], Summary]) -> Task:
    from lifetimes import GammaGammaFitter

    x, _, _, mean = spenders(data)

    def fit(_: None) -> GammaGammaFitter:
        return GammaGammaFitter(penalizer_coef=0.0).fit(x, mean)

    return Task(fit, lambda model: {name: float(model.params_[name]) for name in NAMES})


QUESTIONS = (
    Question(
        "fit_gamma_gamma.cdnow",
        "Gamma-Gamma fit, the CDNOW customers who came back",
        INCLUDES,
        Side("relcore", partial(relcore, cdnow)),
        (Side("lifetimes", partial(lifetimes, cdnow)),),
        promised={"lifetimes": 25},
    ),
    Question(
        "fit_gamma_gamma.simulated",
        "Gamma-Gamma fit, 100,000 simulated customers",
        INCLUDES,
        Side("relcore", partial(relcore, partial(simulated, 100_000))),
        (Side("lifetimes", partial(lifetimes, partial(simulated, 100_000))),),
        promised={"lifetimes": 15},
    ),
    Question(
        "fit_gamma_gamma.million",
        "Gamma-Gamma fit, a million simulated customers",
        INCLUDES,
        Side("relcore", partial(relcore, partial(simulated, 1_000_000))),
        (Side("lifetimes", partial(lifetimes, partial(simulated, 1_000_000))),),
        promised={"lifetimes": 20},
    ),
)
