"""Pareto/NBD in context: a customer buys and leaves at rates that change with the season, with prices, with campaigns.

The story (Bachmann, Meierer and Naef 2021, The Role of Time-Varying Contextual Factors in Latent Attrition Models for Customer
Base Analysis, Marketing Science 40(4), 783-809; proportional rates as in Fader and Hardie 2007, "Incorporating Time-Invariant
Covariates into the Pareto/NBD and BG/NBD Models"): while alive, purchases are a Poisson process with the rate
lambda exp(gamma . z(t)); a customer leaves at the rate mu exp(delta . w(t)); lambda differs between customers as Gamma(r, alpha), mu
as Gamma(s, beta), independently. The covariates z and w are constant from day to day, week to week or however they are known.

All of it is Pareto/NBD on two clocks, X(u) = alpha + integral of exp(gamma . z) and Y(u) = beta + integral of exp(delta . w), which
run faster in some weeks than in others; the likelihood is derived in `context_likelihood`. Who is alive at T has the rates
Gamma(r + x, X(T)) and Gamma(s, Y(T)), so that he is still there at u > T with (Y(T) / Y(u))^s, and buys until then

    (r + x) / X(T) * integral over (T, u) of exp(gamma . z(v)) (Y(T) / Y(v))^s dv

times: a sum over pieces, each of which is elementary.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Self

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics._numerics.newton import Maximum
from relcore.analytics._numerics.stay import time_there
from relcore.analytics.arrays import Floats, sealed, summed
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.columns.purchases_in_context import PurchasesInContext
from relcore.analytics.lifetime_value import (
    bootstrap_in_context,
    context_fit,
    counts_in_context,
    next_in_context,
    predictions,
    validation,
)
from relcore.analytics.lifetime_value.context_likelihood import log_ratio
from relcore.analytics.lifetime_value.effects_by_name import Effects
from relcore.analytics.lifetime_value.futures import Futures
from relcore.analytics.lifetime_value.in_context import InContext
from relcore.analytics.lifetime_value.pareto_nbd import ParetoNBD
from relcore.analytics.lifetime_value.standing_in_context import Standing, in_context
from relcore.analytics.lifetime_value.validation import Validation
from relcore.analytics.period import Period, Span, horizon_in, is_a_period
from relcore.analytics.prior import Prior
from relcore.analytics.sheet import Sheet, as_html, as_text
from relcore.analytics.uncertainty import Evidence, Positive, Row, Summary, checked

_NAMES = ("r", "alpha", "s", "beta")


@attrs.frozen(repr=False, field_transformer=checked)
class ParetoNBDInContext:
    """A fitted (or published) Pareto/NBD model with covariates that change over time.

    r, alpha : purchase rates are Gamma(r, alpha), with mean r / alpha per ``period`` where all covariates are 0.
    s, beta : rates of leaving are Gamma(s, beta), with mean s / beta per ``period`` where all covariates are 0.
    buying, leaving : by the exponential of what one unit more of a covariate multiplies these rates.
    period : the unit of time of alpha and beta; purchases in another unit are refused.

    >>> from relcore.analytics import CovariatePaths
    >>> weeks = {"week": ["2026-11-23", "2026-11-30", "2026-12-07"], "advent": [0, 1, 1]}
    >>> season = CovariatePaths.from_frame(weeks, at="week", every="week", of=["advent"])
    >>> model = ParetoNBDInContext(
    ...     r=0.8, alpha=10, s=0.6, beta=12, buying={"advent": 0.7}, leaving={}, period="week"
    ... )
    >>> early, late = "2026-11-23", "2026-11-30"
    >>> model.expected_purchases(season.newcomers([early, late], period="week"), horizon=1).round(3)
    array([0.078, 0.157])
    """

    r: Positive
    alpha: Positive
    s: Positive
    beta: Positive
    buying: Effects = attrs.field(converter=Effects)
    leaving: Effects = attrs.field(converter=Effects)
    period: Period = attrs.field(validator=is_a_period)
    evidence: Evidence | None = None

    interval = uncertainty.interval
    to_json = wire.to_json
    probability_of_none = counts_in_context.probability_of_none
    probability_of_purchases = counts_in_context.probability_of_purchases
    probability_of_exactly = counts_in_context.probability_of_exactly
    next_purchase_within = next_in_context.next_purchase_within
    log_likelihood = bootstrap_in_context.log_likelihood
    log_likelihood_of_each = bootstrap_in_context.log_likelihood_of_each
    bootstrap = bootstrap_in_context.bootstrap
    refits = bootstrap_in_context.refits
    slope_of_prior = bootstrap_in_context.slope_of_prior

    @property
    def base(self) -> ParetoNBD:
        """The model of a customer all of whose covariates are 0."""
        return ParetoNBD(self.r, self.alpha, self.s, self.beta, period=self.period)

    def parameters(self) -> dict[str, float]:
        """The estimates by name; that of a covariate has the name of what it acts on, a dot, and its own: ``buying.price``."""
        sides = {"buying": self.buying, "leaving": self.leaving}
        told = {f"{side}.{name}": number for side, of in sides.items() for name, number in of.items()}
        return {**uncertainty.parameters(self), **told}

    def coordinates(self) -> Floats:
        """(k,) the logs of the parameters, and the effects: what the covariance of the evidence is of."""
        base = np.log([self.r, self.alpha, self.s, self.beta])
        return np.concatenate([base, self.buying.array(), self.leaving.array()])

    def summary(self, *, level: float = 0.95) -> Summary:
        """Estimates with standard errors and intervals; raises `NoEvidence` for a model made from parameters alone.

        Intervals of effects lie symmetrically around them, on both sides of 0 where it is not clear that there is an effect. Where
        the likelihood has no peak, errors are infinite.
        """
        base = uncertainty.summary(self, level=level)
        covariance = None if self.evidence is None else self.evidence.covariance
        rows = list(base.rows)
        for n, (name, effect) in enumerate(list(self.parameters().items())[4:], start=4):
            error = math.inf if covariance is None else math.sqrt(covariance[n][n])
            reach = uncertainty.quantile_of(level) * error
            rows.append(Row(name, effect, error, effect - reach, effect + reach))
        return attrs.evolve(base, title=f"{type(self).__name__}(period {self.period})", rows=tuple(rows))

    def sheet(self) -> Sheet:
        """What it shows of itself: its summary, or its constructor when it has no evidence."""
        if self.evidence is not None:
            return self.summary().sheet()
        fields = ("r", "alpha", "s", "beta", "buying", "leaving", "period")
        told = ", ".join(f"{name}={getattr(self, name)!r}" for name in fields)
        return Sheet((f"{type(self).__name__}({told})",))

    __repr__ = as_text
    _repr_html_ = as_html

    def stepped(self, steps: Floats) -> Self:
        """The model with its parameters so much further on the scale of its evidence: logs, but for the effects."""
        plain = np.exp(np.log([self.r, self.alpha, self.s, self.beta]) + steps[:4]).tolist()
        middle = 4 + len(self.buying)
        return attrs.evolve(
            self, **dict(zip(_NAMES, plain, strict=True)), buying=self.buying.further(steps[4:middle]),
            leaving=self.leaving.further(steps[middle:]), evidence=None,
        )  # fmt: skip

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Self]:
        """``n`` models from the sampling distribution of parameters (log-normal) and effects, without evidence of their own."""
        covariance = uncertainty.covariance_of(self)
        steps = uncertainty.normals(np.zeros(len(covariance)), covariance, n, random)
        return (self.stepped(row) for row in steps)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The model that `to_json` wrote, equal to the last bit."""
        return wire.from_json(cls, text)

    def probability_alive(self, context: PurchasesInContext, *, ahead: float | Span = 0.0) -> Floats:
        """(n,) chance of not having left, in [0, 1].

        ahead : how long after the end of observation: a number of the model's periods, or a `Span`; now, unless given.
            Refused where the covariates are not known so far.
        """
        standing = Standing.of(self, context)
        later = horizon_in(self.period, ahead)
        if later == 0:
            return sealed(standing.alive)
        leaving = standing.clocks(self, context, context.ahead(later))[1]
        return sealed(standing.alive * np.exp(-self.s * log_ratio(leaving.end[0], standing.leaves)))

    def expected_purchases(self, context: PurchasesInContext, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected in the ``horizon`` after the end of observation, >= 0.

        horizon : a number of the model's periods, or a `Span`; 0 gives 0. Refused where the covariates are not known so far.

        What will hold is taken from the context: for another plan of campaigns, read other paths.
        """
        return self._bought(context, horizon_in(self.period, horizon), 0.0)

    def expected_purchases_of_newcomers(self, newcomers: PurchasesInContext, elapsed: Floats) -> Floats:
        """(k, n) purchases after the first that these customers (n,), of whom nothing is known yet, make within times (k, n).

        newcomers : made by `CovariatePaths.newcomers`. elapsed : periods since the first purchase, >= 0. See `Tracking.in_context`.
        """
        return sealed(np.stack([self._bought(newcomers, until, 0.0) for until in elapsed]))

    def discounted_purchases(
        self, context: PurchasesInContext, *, horizon: float | Span, discount: float
    ) -> Floats:
        """(n,) purchases expected within the horizon, each counted by what one unit of money then is worth now, >= 0.

        horizon : a number of the model's periods, or a `Span`; ``math.inf`` for the whole future, which needs a discount > 0
            and a context that is known for ever: `PurchasesInContext.held`.
        discount : per year, in [0, inf), whatever the model's period.
        """
        rate, end = predictions.rate_and_end(self.period, horizon, discount)
        return self._bought(context, math.inf if horizon == math.inf else end, rate)

    def futures(
        self,
        context: PurchasesInContext,
        *,
        horizon: float | Span,
        draws: int = 1000,
        random: np.random.Generator,
    ) -> Futures:
        """How many purchases each customer makes in the ``horizon``, in each of so many futures: see `Futures`.

        The context is the same in all of them: what it does not know, such as the weather, is not drawn. draws : >= 1. random :
        where chance comes from. Raises `NoEvidence` for a model made from parameters alone, and `Invalid` where the fit found no peak.
        """
        return self.given(context).futures(context.purchases, horizon=horizon, draws=draws, random=random)

    def given(self, context: PurchasesInContext) -> InContext:
        """The model with this context, for whatever takes a model and purchases, such as `customer_value`."""
        return InContext(self, context)

    def validate(self, context: PurchasesInContext, holdout: Holdout) -> Validation:
        """Forecast the hold-out and compare it with what happened: `BetaGeoNBD.validate`, in context.

        context : of the calibration, and known to the end of the hold-out. holdout : the second that `Ledger.split` returns.
        """
        return validation.validate(self.given(context), context.purchases, holdout)

    def _bought(self, context: PurchasesInContext, end: float | Floats, rate: float) -> Floats:
        standing = Standing.of(self, context)
        pieces = context.ahead(end)
        buying, leaving = standing.clocks(self, context, pieces)
        since, shown = pieces.begin - context.purchases.age[pieces.owner], leaving.start[0]
        there = time_there(self.s, shown / leaving.rate, pieces.end - pieces.begin, rate)
        there *= np.exp(-rate * since - self.s * log_ratio(shown, standing.leaves[pieces.owner]))
        bought = summed(pieces.owner, buying.rate * there, len(context))
        return sealed(standing.alive * standing.shape / standing.buys * bought)

    @classmethod
    def fit(
        cls,
        context: PurchasesInContext,
        *,
        buying: Sequence[str] | None = None,
        leaving: Sequence[str] | None = None,
        prior: Prior | None = None,
    ) -> Self:
        """Maximum likelihood by Newton's method with the exact Hessian, from `ParetoNBD` of the same purchases on.

        context : n >= 1 customers of whom somebody came back; weights count.
        buying, leaving : the covariates that act on purchases and on leaving; all of them, unless named. ``[]`` is none of them.
        prior : what is known beside these data, of the model of a customer all of whose covariates are 0, and of effects: see
            `Prior.around`.

        Covariates are centred and scaled within, so that their units are of no matter. Always finite parameters; where the data
        have no interior maximum, ``evidence.converged`` is False and ``evidence.remark`` names what ran away. Raises `Invalid` when
        nobody came back, when a covariate was the same for everybody as long as they were observed, or when the others tell it.
        """
        names = in_context(context).names
        for chosen in (buying, leaving):
            context.columns(() if chosen is None else chosen)
        buys, leaves = (names if chosen is None else tuple(chosen) for chosen in (buying, leaving))
        found = context_fit.peak(context, buys, leaves, prior)
        return cls._at(found, buys, leaves, context.purchases, prior)

    def refitted(self, context: PurchasesInContext) -> Self:
        """The same covariates and the same prior, fitted to this context: climbed to from the estimates there are."""
        predictions.speaks_of(self, context.purchases)
        prior = None if self.evidence is None else self.evidence.prior
        found = context_fit.peak(
            context, self.buying.names, self.leaving.names, prior, near=self.coordinates()
        )
        return self._at(found, self.buying.names, self.leaving.names, context.purchases, prior)

    @classmethod
    def _at(
        cls,
        found: Maximum,
        buying: Sequence[str],
        leaving: Sequence[str],
        purchases: Purchases,
        prior: Prior | None,
    ) -> Self:
        """The model at the peak that these purchases and the prior have."""
        r, alpha, s, beta = np.exp(found.theta[:4]).tolist()
        effects: list[float] = found.theta[4:].tolist()
        evidence = Evidence.of(found, customers=float(purchases.weight.sum()), prior=prior)
        return cls(
            r, alpha, s, beta, Effects(dict(zip(buying, effects, strict=False))),
            Effects(dict(zip(leaving, effects[len(buying) :], strict=True))), purchases.period, evidence,
        )  # fmt: skip
