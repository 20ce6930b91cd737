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

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import attrs
import numpy as np

from relcore.analytics import uncertainty
from relcore.analytics._numerics.special import log_gamma
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.interval import Interval
from relcore.analytics.lifetime_value.predictions import Leaving, speaks_of
from relcore.analytics.prior import pull
from relcore.analytics.uncertainty import Fitted, Stepping
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


Histories = Purchases | Occasions
"""Columns with a weight per row."""

H = TypeVar("H", bound=Histories)
H_contra = TypeVar("H_contra", bound=Histories, contravariant=True)


class Scored(Fitted, Protocol[H_contra]):
    """A model that tells how likely each history is."""

    def log_likelihood_of_each(self, rows: H_contra, /) -> Floats:
        """(n,) how likely each history is."""
        ...


@runtime_checkable
class Scoring(Fitted, Protocol):
    """A model not all of whose parameters are positive numbers: it knows its slopes itself."""

    def scores(self, purchases: Purchases, /) -> Floats:
        """(n, k) the slopes of each customer's log-likelihood, on the scale of the covariance of its evidence."""
        ...


@runtime_checkable
class Believing(Fitted, Protocol):
    """The same of its prior."""

    def slope_of_prior(self, purchases: Purchases, /) -> Floats:
        """(k,) the slopes of the log density of its prior; 0 without one."""
        ...


M = TypeVar("M", bound=Scored[Any])
F = TypeVar("F", bound=Fitted)


@attrs.frozen(eq=False, repr=False)
class Resampled(Generic[F]):
    """A fit, and what it would have been with other samples of customers."""

    model: F
    models: tuple[F, ...]

    def interval(self, quantity: Callable[[F], Floats], *, level: float = 0.95) -> Interval:
        """How sure the model is of any quantity: ``model.bootstrap(...).interval(lambda m: m.probability_alive(purchases))``.

        The estimate is that of the model itself; the bounds are quantiles over the samples, and so keep to the range of
        the quantity by themselves. Of a thousand samples 25 lie beyond each bound of 95 %, give or take 5.
        """
        return between_quantiles(quantity(self.model), (quantity(model) for model in self.models), level)

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
    rows = _histories(purchases)
    scores = slopes(self, lambda model: model.log_likelihood_of_each(rows))
    return stepped(self, rows, scores, draws=draws, random=random)


def refits(self: M, purchases: Purchases, *, draws: int = 200, random: np.random.Generator) -> Resampled[M]:
    """The same with a climb for every sample: exact, and as long as that many fits. With the same seed the samples are the same.

    purchases : those that the model was fitted to. draws : how many samples, >= 1. random : where chance comes from.
    """
    cls: Any = type(self)
    prior = None if self.evidence is None else self.evidence.prior
    rows = _histories(purchases)
    return climbed(self, rows, lambda sample: cls.fit(sample, prior=prior), draws=draws, random=random)


def stepped(
    model: F, rows: Histories, scores: Floats, *, draws: int, random: np.random.Generator
) -> Resampled[F]:
    """A fit to these rows and its bootstrap, from the score (m, k) of each."""
    refuse_others(model, rows, scores)
    off = np.concatenate([(weight - rows.weight) @ scores for weight in samples(rows, draws, random)])
    return Resampled(model, moved_by(model, off))


def climbed(
    model: F,
    rows: H,
    fit: Callable[[H], F],
    *,
    draws: int,
    random: np.random.Generator,
) -> Resampled[F]:
    """A fit to these rows and what ``fit`` makes of other samples of them."""
    open_: Any = rows  # mypy's attrs plugin refuses evolve on a type variable
    found = (
        fit(attrs.evolve(open_, weight=weight)) for few in samples(rows, draws, random) for weight in few
    )
    return Resampled(model, tuple(found))


def between_quantiles(estimate: Floats, sampled: Iterable[Floats], level: float) -> Interval:
    """What was estimated, between quantiles of what it was in the samples."""
    if not 0 < level < 1:
        raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
    seen = np.stack([np.asarray(values, dtype=np.float64) for values in sampled])
    low, high = np.quantile(seen, [0.5 - level / 2, 0.5 + level / 2], axis=0)
    here = np.array(estimate, dtype=np.float64)
    return Interval(sealed(here), sealed(np.array(low)), sealed(np.array(high)), level)


_AT_THE_PEAK = 1e-2  # twice the log-likelihood that is still to be gained
_FARTHEST = 600.0  # exp of a little more overflows
_STEP = 1e-5
_BLOCK = 1 << 22  # weights that are held at a time: 32 MB


def _histories(purchases: Purchases) -> Purchases:
    return purchases.without_spend().collapse().rows


def scores_of(model: Scored[Purchases], purchases: Purchases) -> Floats:
    """(n, k) the slopes of each customer's log-likelihood in the parameters, on the scale of the evidence."""
    if isinstance(model, Scoring):
        return model.scores(purchases)
    shared = purchases.without_spend().collapse()
    scores: Floats = slopes(model, lambda m: m.log_likelihood_of_each(shared.rows))[shared.index]
    return scores


def slopes(model: F, of_each: Callable[[F], Floats]) -> Floats:
    """(m, k) of each log-likelihood in the logs of the parameters."""
    sides = [
        (of_each(uncertainty.moved(model, name, _STEP)), of_each(uncertainty.moved(model, name, -_STEP)))
        for name in uncertainty.parameters(model)
    ]
    return np.stack([(up - down) / (2 * _STEP) for up, down in sides], axis=1)


def refuse_others(model: Fitted, rows: Any, scores: Floats) -> None:
    """Refuse rows to which the model was not fitted: at a peak the scores, and the slope of the prior, add up to nothing."""
    covariance = uncertainty.covariance_of(model)
    gradient = rows.weight @ scores + _slope_of_prior(model, rows)
    if not gradient @ covariance @ gradient < _AT_THE_PEAK:
        remedy = "give those that it was fitted to"
        raise Invalid(
            "histories", "must be those of which the model is the best of its kind", len(rows), remedy
        )


def _slope_of_prior(model: Fitted, rows: Any) -> Floats:
    """(k,) of its log density; 0 without one."""
    if isinstance(model, Believing):
        return model.slope_of_prior(rows)
    known = uncertainty.parameters(model)
    believed = None if model.evidence is None else pull(model.evidence.prior, type(model), list(known), rows)
    return np.zeros(len(known)) if believed is None else believed.at(np.log(list(known.values()))).gradient


def moved_by(model: F, off: Floats) -> tuple[F, ...]:
    """The models to which sums of scores (draws, k) lead that differ from those of the fit by ``off``."""
    steps = off @ uncertainty.covariance_of(model)
    if isinstance(model, Stepping):
        return tuple(model.stepped(step) for step in steps)
    known = uncertainty.parameters(model)
    moved = np.log(list(known.values())) + steps
    drawn = np.exp(np.clip(moved, -_FARTHEST, _FARTHEST)).tolist()
    return tuple(
        uncertainty.with_parameters(model, dict(zip(known, values, strict=True))) for values in drawn
    )


def samples(rows: Histories, draws: int, random: np.random.Generator) -> Iterator[Floats]:
    """(some, m) weights that add up to the number of customers, until there are ``draws`` of them."""
    at_least_one(draws)
    uncertainty.generator(random)
    some = max(1, _BLOCK // max(len(rows), 1))
    for start in range(0, draws, some):
        drawn = random.gamma(rows.weight, size=(min(some, draws - start), len(rows)))
        weights: Floats = drawn * (rows.weight.sum() / drawn.sum(axis=1, keepdims=True))
        # A weight may round to 0, where purchases have none.
        yield np.maximum(weights, np.finfo(np.float64).tiny)


def at_least_one(draws: int) -> None:
    """Refuse to draw none."""
    if draws < 1:
        raise Invalid("draws", "must be at least 1", draws)
