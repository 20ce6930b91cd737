"""Gamma-Gamma by maximum likelihood: from the mean spend of customers who came back to parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.harness import Question, Side, Task

if TYPE_CHECKING:
    from benchmarks.data import Summary

NAMES = ("p", "q", "v")


def spenders() -> Summary:
    """Whose spend the model is about: lifetimes refuses the others, relcore leaves them out."""
    from benchmarks.data import Summary, cdnow_summary

    rows = cdnow_summary()
    kept = (rows.frequency > 0) & (rows.mean_spend > 0)
    return Summary(*(column[kept] for column in rows))


def relcore() -> Task:
    from relcore.analytics import GammaGamma, Purchases

    x, recency, age, mean = spenders()

    def fit(_: None) -> GammaGamma:
        rows = Purchases.from_summary(
            frequency=x, recency=recency, age=age, mean_spend=mean, period="week", currency="USD"
        )
        return GammaGamma.fit(rows)

    return Task(fit, lambda model: {name: getattr(model, name) for name in NAMES})


def lifetimes() -> Task:
    from lifetimes import GammaGammaFitter

    x, _, _, mean = spenders()

    def fit(_: None) -> GammaGammaFitter:
        return GammaGammaFitter(penalizer_coef=0.0).fit(x, mean)

    return Task(fit, lambda model: {name: float(model.params_[name]) for name in NAMES})


QUESTIONS = (
    Question(
        "fit_gamma_gamma.cdnow",
        "Gamma-Gamma fit, the CDNOW customers who came back",
        "checking the arrays, the fit, the covariance of the estimates",
        Side("relcore", relcore),
        (Side("lifetimes", lifetimes),),
    ),
)
