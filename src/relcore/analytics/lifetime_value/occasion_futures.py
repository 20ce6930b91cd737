"""What customers on occasions may do, and how sure a fit to them is if the model is wrong: see `futures` and `bootstrap`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, Self, TypeVar

import numpy as np

from relcore.analytics._numerics.rising_ratio import log_rising_ratio
from relcore.analytics._numerics.special import logistic
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.lifetime_value import bootstrap as weighted
from relcore.analytics.lifetime_value.bootstrap import Resampled
from relcore.analytics.lifetime_value.futures import Futures
from relcore.analytics.lifetime_value.occasion_count import occasions_within
from relcore.analytics.lifetime_value.occasion_predictions import OnOccasions, speaks_of
from relcore.analytics.period import Span
from relcore.analytics.uncertainty import Fitted
from relcore.kernel.errors import Invalid


class Acting(OnOccasions, Protocol):
    """BG/BB with parameters as sure as the data made them."""

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Acting]:
        """``n`` models with parameters that the data might as well have come from."""
        ...


class Fitting(OnOccasions, Fitted, Protocol):
    """BG/BB, which can be fitted to others."""

    def log_likelihood_of_each(self, occasions: Occasions, /) -> Floats:
        """(n,) how likely each history is."""
        ...

    @classmethod
    def fit(cls, occasions: Occasions, /) -> Self:
        """The model of these histories."""
        ...


M = TypeVar("M", bound=Fitting)


def futures(
    self: Acting,
    occasions: Occasions,
    *,
    horizon: float | Span,
    draws: int = 1000,
    random: np.random.Generator,
) -> Futures:
    """On how many occasions of the ``horizon`` each customer buys, in each of so many futures.

    occasions : one row per customer. horizon : a whole number of occasions, or a `Span`, which is rounded down to one.
    draws : how many futures, >= 1; they are kept, with 8 bytes per customer and future.
    random : where chance comes from: ``np.random.default_rng(1)`` draws the same futures again.

    Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit found no peak.
    """
    speaks_of(self, occasions)
    if not (occasions.weight == 1).all():
        remedy = "do not collapse them: everybody has a future of his own"
        raise Invalid("occasions", "must hold one row per customer", f"{len(occasions):,} rows", remedy)
    weighted.at_least_one(draws)
    ahead = occasions_within(self.period, horizon)
    outcomes = np.empty((draws, len(occasions)))
    for future, model in zip(outcomes, self.draws(draws, random=random), strict=True):
        future[:] = _acted(model, occasions, ahead, random)
    return Futures(occasions.ids, sealed(outcomes))


def _acted(model: Acting, occasions: Occasions, ahead: float, random: np.random.Generator) -> Floats:
    """(n,) purchases of one future: on so many of the occasions for which he is there, each by a chance of his own."""
    x, age = occasions.frequency, occasions.age
    alive = random.random(len(occasions)) < logistic(-model.log_odds_of_having_left(occasions))
    leaves, buys = (
        random.beta(model.gamma, model.delta + age),
        random.beta(model.alpha + x, model.beta + age - x),
    )
    with np.errstate(divide="ignore", over="ignore"):
        there = np.floor(random.standard_exponential(len(occasions)) / -np.log1p(-leaves))
    made = random.binomial(np.minimum(there, ahead).astype(np.int64), buys)
    return np.where(alive, made.astype(np.float64), 0.0)


def log_likelihood_of_each(self: OnOccasions, occasions: Occasions) -> Floats:
    """(n,) how likely the model finds each history, without its weight: `log_likelihood` is the weighted sum.

    Where two models differ in it says whose customers they are.
    """
    speaks_of(self, occasions)
    x, age = occasions.frequency, occasions.age
    # x occasions are taken and the others are not, in the order in which they were: (a)_x (b)_(n - x) / (a + b)_n.
    takes = log_rising_ratio(np.asarray(self.alpha), self.beta, x)
    passes = log_rising_ratio(np.asarray(self.beta), self.alpha + x, age - x)
    stays = log_rising_ratio(np.asarray(self.delta), self.gamma, age)
    return sealed(takes + passes + stays + np.logaddexp(0.0, self.log_odds_of_having_left(occasions)))


def bootstrap(
    self: M, occasions: Occasions, *, draws: int = 1000, random: np.random.Generator
) -> Resampled[M]:
    """Where the estimates would have gone with other samples of these customers, to first order and without fitting again.

    occasions : those that the model was fitted to; others are refused. draws : how many samples, >= 1.
    random : where chance comes from. Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit
    found no peak.
    """
    rows = occasions.collapse().rows
    scores = weighted.slopes(self, lambda model: model.log_likelihood_of_each(rows))
    return weighted.stepped(self, rows, scores, draws=draws, random=random)


def refits(self: M, occasions: Occasions, *, draws: int = 200, random: np.random.Generator) -> Resampled[M]:
    """The same with a climb for every sample: exact, and as long as that many fits. With the same seed the samples are the same.

    occasions : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
    """
    return weighted.climbed(self, occasions.collapse().rows, type(self).fit, draws=draws, random=random)
