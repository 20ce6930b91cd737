"""How sure is the fit, if the model is wrong? Other samples of customers, made from this one, with or without fitting again.

`model.interval` believes that customers are as the model says. The bootstrap only believes that they are independent: it weighs
them anew and looks where the estimates go. Weights are exponential, one for each customer (Rubin 1981, The Bayesian
Bootstrap, Annals of Statistics 9(1), 130-134; Newton and Raftery 1994, Approximate Bayesian Inference with the Weighted
Likelihood Bootstrap, JRSS B 56(1), 3-48): nobody is ever left out altogether, so that a fit that has a peak keeps it, and w
customers with one history share a weight that is Gamma(w, 1).

`refits` climbs anew for every sample. `bootstrap` takes the first step of that climb, from the scores s_i at the estimates:

    theta + C sum g_i s_i,    C the inverse of the information,

which costs a product of matrices for all samples together. Its spread is that of the sandwich, C (sum w_i s_i s_i') C (Huber 1967;
White 1982, Maximum Likelihood Estimation of Misspecified Models, Econometrica 50(1), 1-25), and it is off by what is second order
in the size of the step: about as much as the delta method is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, Self, TypeVar

import attrs
import numpy as np

from relcore.analytics import uncertainty
from relcore.analytics._numerics.special import log_gamma
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.predictions import Leaving, speaks_of
from relcore.analytics.uncertainty import Fitted, Interval
from relcore.kernel.errors import Invalid


class ByChance(Leaving, Protocol):
    """A model of purchases by chance, at rates that are Gamma(r, alpha), and of leaving."""

    @property
    def r(self) -> float: ...
    @property
    def alpha(self) -> float: ...

    def log_chance_to_stay(self, frequency: Floats, age: Floats, /) -> Floats:
        """(n,) log of the chance not to have left until this age and at any of these purchases."""
        ...


H = TypeVar("H", Purchases, Occasions)
H_contra = TypeVar("H_contra", Purchases, Occasions, contravariant=True)


class Scored(Fitted, Protocol[H_contra]):
    """A model that tells how likely each history is."""

    def log_likelihood_of_each(self, rows: H_contra, /) -> Floats:
        """(n,) how likely each history is."""
        ...


class Fitting(Scored[Purchases], Protocol):
    """A model that can be fitted to others."""

    @classmethod
    def fit(cls, purchases: Purchases) -> Self:
        """The model of these histories."""
        ...


M = TypeVar("M", bound=Scored[Any])
F = TypeVar("F", bound=Fitting)


@attrs.frozen(eq=False, repr=False)
class Resampled(Generic[M]):
    """A fit, and what it would have been with other samples of customers."""

    model: M
    models: tuple[M, ...]

    def interval(self, quantity: Callable[[M], Floats], *, level: float = 0.95) -> Interval:
        """How sure the model is of any quantity: ``model.bootstrap(...).interval(lambda m: m.probability_alive(purchases))``.

        The estimate is that of the model itself; the bounds are quantiles over the samples, and so keep to the range of
        the quantity by themselves. Of a thousand samples 25 lie beyond each bound of 95 %, give or take 5.
        """
        if not 0 < level < 1:
            raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
        estimate = np.array(quantity(self.model), dtype=np.float64)
        seen = np.stack([np.asarray(quantity(model), dtype=np.float64) for model in self.models])
        low, high = np.quantile(seen, [0.5 - level / 2, 0.5 + level / 2], axis=0)
        return Interval(sealed(estimate), sealed(np.array(low)), sealed(np.array(high)), level)

    def __repr__(self) -> str:
        return f"Resampled {type(self.model).__name__}, {len(self.models):,} times"


def log_likelihood_of_each(self: ByChance, purchases: Purchases) -> Floats:
    """(n,) how likely the model finds each history, without its weight: `log_likelihood` is the weighted sum.

    Where two models differ in it says whose customers they are.
    """
    speaks_of(self, purchases)
    x, age = purchases.frequency, purchases.age
    buys = log_gamma(self.r + x) - log_gamma(self.r) - x * np.log(self.alpha)
    buys -= (self.r + x) * np.log1p(age / self.alpha)
    left = np.logaddexp(0.0, self.log_odds_of_having_left(purchases))
    return sealed(buys + self.log_chance_to_stay(x, age) + left)


def bootstrap(
    self: M, purchases: Purchases, *, draws: int = 1000, random: np.random.Generator
) -> Resampled[M]:
    """Where the estimates would have gone with other samples of these customers, to first order and without fitting again.

    purchases : those that the model was fitted to; others are refused. draws : how many samples, >= 1.
    random : where chance comes from. Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit
    found no peak.
    """
    rows = purchases.without_spend().collapse().rows
    scores = slopes(self, lambda model: model.log_likelihood_of_each(rows))
    return stepped(self, rows, scores, draws=draws, random=random)


def refits(self: F, purchases: Purchases, *, draws: int = 200, random: np.random.Generator) -> Resampled[F]:
    """The same with a climb for every sample: exact, and as long as that many fits. With the same seed the samples are the same.

    purchases : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
    """
    rows = purchases.without_spend().collapse().rows
    return climbed(self, rows, type(self).fit, draws=draws, random=random)


def stepped(
    model: M, rows: Purchases | Occasions, scores: Floats, *, draws: int, random: np.random.Generator
) -> Resampled[M]:
    """A fit to these distinct rows and its bootstrap, from the score (m, k) of each."""
    at_least_one(draws)
    covariance, known = uncertainty.covariance_of(model), uncertainty.parameters(model)
    gradient = rows.weight @ scores
    if not gradient @ covariance @ gradient < _AT_THE_PEAK:
        says = "must be those of which the model is the best of its kind"
        raise Invalid("histories", says, len(rows), "give those that it was fitted to")
    steps = (_weights(rows, draws, random) - rows.weight) @ scores @ covariance
    moved = np.log(list(known.values())) + steps
    drawn = np.exp(np.clip(moved, -_FARTHEST, _FARTHEST)).tolist()
    models = (uncertainty.with_parameters(model, dict(zip(known, row, strict=True))) for row in drawn)
    return Resampled(model, tuple(models))


def climbed(
    model: M, rows: H, fit: Callable[[H], M], *, draws: int, random: np.random.Generator
) -> Resampled[M]:
    """A fit to these distinct rows and what ``fit`` makes of other samples of them."""
    at_least_one(draws)
    open_: Any = rows  # mypy's attrs plugin refuses evolve on a type variable
    weights = _weights(rows, draws, random)
    return Resampled(model, tuple(fit(attrs.evolve(open_, weight=weight)) for weight in weights))


def slopes(model: M, of_each: Callable[[M], Floats]) -> Floats:
    """(m, k) of each log-likelihood in the logs of the parameters."""
    sides = [
        (of_each(uncertainty.moved(model, name, _STEP)), of_each(uncertainty.moved(model, name, -_STEP)))
        for name in uncertainty.parameters(model)
    ]
    return np.stack([(up - down) / (2 * _STEP) for up, down in sides], axis=1)


_AT_THE_PEAK = 1e-2  # twice the log-likelihood that is still to be gained
_FARTHEST = 600.0  # exp of a little more overflows
_STEP = 1e-5


def at_least_one(draws: int) -> None:
    """Refuse to draw none."""
    if draws < 1:
        raise Invalid("draws", "must be at least 1", draws)


def _weights(rows: Purchases | Occasions, draws: int, random: np.random.Generator) -> Floats:
    """(draws, m) that add up to the number of customers."""
    drawn = random.gamma(rows.weight, size=(draws, len(rows)))
    weights: Floats = drawn * (rows.weight.sum() / drawn.sum(axis=1, keepdims=True))
    # A weight may round to 0, where purchases have none.
    return np.maximum(weights, np.finfo(np.float64).tiny)
