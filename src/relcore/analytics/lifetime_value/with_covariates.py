"""Customers who differ in what is known of them: the covariates of one move how often he buys, and how soon he leaves.

Each model here says that customers differ as a Gamma (or Beta) distribution does. Covariates explain a part of that: they move
the scale of a customer's distribution and leave its shape, so that what is not explained stays as uneven as it was
(Gupta 1991, Stochastic Models of Interpurchase Time with Time-Dependent Covariates, Journal of Marketing Research 28(1), 1-15;
Fader and Hardie 2007, Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models). With z what is known of
customer i,

    buying:   alpha_i = alpha exp(-gamma' z),
    leaving:  beta_i = beta exp(-delta' z), or b_i = b exp(-delta' z) where chances to leave are Beta(a, b).

The mean rate to buy, r / alpha_i, is exp(gamma_j) times as high for one unit more of z_j, and so is, with delta, the rate to leave,
s / beta_i, or the odds of the mean chance to leave, a / b_i. For small chances Beta(a, b) is Gamma(a, b), so that both families
say the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Generic, Protocol, TypeVar

import attrs
import numpy as np

from relcore.analytics import uncertainty, wire
from relcore.analytics.arrays import Floats, Ids
from relcore.analytics.columns.covariates import Coding, Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.effects import EffectsSummary, LikelihoodRatio, effects_of
from relcore.analytics.lifetime_value.effects_by_name import Effects
from relcore.analytics.lifetime_value.given import Given
from relcore.analytics.lifetime_value.terms import Terms
from relcore.analytics.period import Period
from relcore.analytics.sheet import Sheet, as_html, as_text
from relcore.analytics.uncertainty import Evidence, Fitted
from relcore.kernel.errors import HIDDEN, Invalid
from relcore.kernel.frozen_mapping import FrozenMapping

_NONE = Effects({})
_UNCODED: Coding = FrozenMapping({})
_FARTHEST = 100.0  # the log of a scale: 3e43 periods, beyond all that purchases could tell


class Movable(Fitted, Protocol):
    """A model whose scales covariates can move.

    leaving_scale : the name of the parameter that leaving has for a scale; None where nobody leaves.
    """

    leaving_scale: ClassVar[str | None]

    @property
    def alpha(self) -> float: ...
    @property
    def period(self) -> Period: ...

    def terms(self, purchases: Purchases) -> Terms:
        """(n,) log-likelihoods with their derivatives."""
        ...


M = TypeVar("M", bound=Movable)


def _coding(coding: Mapping[str, tuple[str, ...]]) -> Coding:
    return FrozenMapping({column: tuple(levels) for column, levels in coding.items()})


@attrs.frozen(repr=False)
class WithCovariates(Generic[M]):
    """A fitted (or published) model with effects of covariates, on buying and on leaving.

    base : the model of a customer all of whose covariates are 0, without evidence of its own.
    buying, leaving : the effects by the name of the covariate, gamma and delta above, per unit of the covariate.
    coding : what the covariates were made of, for those of other customers.
    evidence : of the logs of the parameters of ``base``, then of the effects on buying, then of those on leaving.

    It says nothing of customers before it is `given` what is known of them.

    >>> from relcore.analytics import ParetoNBD
    >>> base = ParetoNBD(r=0.55, alpha=10.6, s=0.61, beta=11.7, period="week")
    >>> model = WithCovariates(base, buying={"web": 0.4}, leaving={"web": -0.2})
    >>> known = Covariates(ids=[0, 1], names=["web"], values=[[0], [1]])
    >>> rows = Purchases.from_summary(frequency=[2, 2], recency=[30, 30], age=[39, 39], period="week")
    >>> model.given(known).expected_purchases(rows, horizon=39).round(2)
    array([1.43, 1.56])
    >>> round(model.model_for({"web": 1}).alpha, 2)
    7.11
    """

    base: M
    buying: Effects = attrs.field(default=_NONE, converter=Effects, kw_only=True)
    leaving: Effects = attrs.field(default=_NONE, converter=Effects, kw_only=True)
    coding: Coding = attrs.field(default=_UNCODED, converter=_coding, kw_only=True)
    evidence: Evidence | None = attrs.field(default=None, kw_only=True)

    interval = uncertainty.interval

    def __attrs_post_init__(self) -> None:
        if not self.buying and not self.leaving:
            raise Invalid("effects", "must be of at least one covariate", 0, "use the model itself")
        if self.leaving and self.base.leaving_scale is None:
            name = type(self.base).__name__
            raise Invalid("leaving", f"must be empty, for nobody leaves in {name}", list(self.leaving))

    @property
    def period(self) -> Period:
        """The unit of time of the base."""
        return self.base.period

    @property
    def names(self) -> tuple[str, ...]:
        """The covariates that have an effect, on buying or on leaving."""
        return tuple(dict.fromkeys((*self.buying, *self.leaving)))

    def given(self, covariates: Covariates) -> Given[M]:
        """The model of these customers; it can be asked all that its base can.

        covariates : must have all those that have an effect; others are left out. Refuses those by which a customer would wait
        e^100 periods or more, or e^-100 or less: they are in another unit than those of the fit.
        """
        known = covariates.only(*self.names)
        for effects, log in zip(
            (self.buying, self.leaving), self._log_scales(known.names, known.values), strict=False
        ):
            far = np.abs(log) > _FARTHEST
            if far.any():
                parts = np.abs(known.only(*effects).values[far][0] * effects.array())
                rule = f"must not make anybody wait for ages, as it does {int(far.sum()):,} customers"
                raise Invalid(
                    list(effects)[int(parts.argmax())], rule, HIDDEN, "check the unit of the column"
                )
        return Given(self, known)

    def model_for(self, covariates: Mapping[str, float]) -> M:
        """The model of a customer with these covariates, without evidence: ``model_for({"age": 34, "channel=web": 1})``."""
        unknown = set(self.names) ^ set(covariates)
        if unknown:
            raise Invalid("covariates", f"must be {', '.join(self.names)}", sorted(covariates))
        one = np.array([list(covariates.values())], dtype=np.float64)
        scales = {name: float(scale[0]) for name, scale in self.scales(tuple(covariates), one).items()}
        open_: Any = self.base  # mypy's attrs plugin refuses evolve on a type variable
        model: M = attrs.evolve(open_, **scales)
        return model

    def covariates(self, frame: Any, *, customer: str, ids: Ids | None = None) -> Covariates:
        """The covariates of these or other customers from a frame, coded as those of the fit were; see `Covariates.from_frame`."""
        columns = self.coding or dict.fromkeys(self.names, ())
        return Covariates.from_frame(frame, customer=customer, of=columns, ids=ids).only(*self.names)

    def scales(self, names: Sequence[str], values: Floats) -> dict[str, Floats]:
        """(n,) what alpha, and the scale of leaving, are where the covariates of these names have the values (n, k)."""
        names_of = ("alpha", self.base.leaving_scale or "")
        logs = self._log_scales(names, values)
        return {
            name: np.exp(np.clip(log, -_FARTHEST, _FARTHEST))
            for name, log in zip(names_of, logs, strict=False)
        }

    def _log_scales(self, names: Sequence[str], values: Floats) -> list[Floats]:
        logs = [np.log(self.base.alpha) - _power(names, values, self.buying)]
        if (leaving := self.base.leaving_scale) is not None:
            logs.append(np.log(getattr(self.base, leaving)) - _power(names, values, self.leaving))
        return logs

    def parameters(self) -> dict[str, float]:
        """Those of the base by name, and the effects, called by what they act on, a dot, and the covariate: ``buying.web``."""
        sides = {"buying": self.buying, "leaving": self.leaving}
        told = {f"{side}.{name}": number for side, of in sides.items() for name, number in of.items()}
        return {**uncertainty.parameters(self.base), **told}

    def coordinates(self) -> Floats:
        """(k,) logs of the parameters, and the effects: what the covariance of the evidence is of."""
        base = np.log(list(uncertainty.parameters(self.base).values()))
        return np.concatenate([base, self.buying.array(), self.leaving.array()])

    # --- how sure ---

    def summary(self, *, level: float = 0.95) -> EffectsSummary:
        """Estimates with standard errors and intervals; raises `NoEvidence` for a model made from parameters alone.

        Where the likelihood has no peak, errors are infinite.
        """
        evidence = uncertainty.evidence_of(self)
        return EffectsSummary(
            title=f"{uncertainty.title_of(self.base)} with covariates",
            rows=uncertainty.rows_of(uncertainty.parameters(self.base), evidence, level),
            effects=effects_of(self.buying, self.leaving, evidence, level),
            level=level,
            footer=uncertainty.footer_of(evidence),
        )

    def sheet(self) -> Sheet:
        """What it shows of itself: its summary, or its constructor when it has no evidence."""
        if self.evidence is not None:
            return self.summary().sheet()
        effects = f"buying={dict(self.buying)}, leaving={dict(self.leaving)}"
        return Sheet((f"WithCovariates({self.base!r}, {effects})",))

    __repr__ = as_text
    _repr_html_ = as_html

    def stepped(self, steps: Floats) -> WithCovariates[M]:
        """The model with its parameters so much further on the scale of its evidence, without evidence of its own."""
        base = uncertainty.parameters(self.base)
        moved = np.exp(np.log(list(base.values())) + steps[: len(base)]).tolist()
        middle = len(base) + len(self.buying)
        open_: Any = self.base
        return WithCovariates(
            attrs.evolve(open_, **dict(zip(base, moved, strict=True))),
            buying=self.buying.further(steps[len(base) : middle]),
            leaving=self.leaving.further(steps[middle:]),
            coding=self.coding,
        )

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[WithCovariates[M]]:
        """``n`` models from the sampling distribution of parameters and effects, without evidence of their own."""
        covariance = uncertainty.covariance_of(self)
        steps = uncertainty.normals(np.zeros(len(covariance)), covariance, n, random)
        return (self.stepped(row) for row in steps)

    def likelihood_ratio(self, simpler: Fitted) -> LikelihoodRatio:
        """Whether these covariates tell more than a part of them does, or none.

        simpler : the same model with some of the effects, or without any (``ParetoNBD.fit(purchases)``), fitted to the same
        purchases. Refused if it is not a part of this one, or either has no evidence, or a prior, which is no likelihood.
        """
        mine, theirs = uncertainty.evidence_of(self), uncertainty.evidence_of(simpler)
        for fitted in (mine, theirs):
            if fitted.prior is not None:
                remedy = "fit both without, and look at the hold-out of those with a prior"
                raise Invalid("simpler", "must be compared without priors", fitted.prior.model, remedy)
        base, buying, leaving = _parts(simpler)
        told = uncertainty.title_of(base)
        nested = buying <= set(self.buying) and leaving <= set(self.leaving)
        if told != uncertainty.title_of(self.base) or not nested:
            raise Invalid("simpler", "must be the same model with a part of the effects", told)
        if theirs.customers != mine.customers:
            rule = f"must be fitted to the same {mine.customers:,.0f} customers"
            raise Invalid("simpler", rule, theirs.customers)
        degrees = len(self.buying) + len(self.leaving) - len(buying) - len(leaving)
        if not degrees:
            raise Invalid("simpler", "must have fewer effects", len(buying) + len(leaving))
        return LikelihoodRatio.of(theirs.log_likelihood, mine.log_likelihood, degrees=degrees)

    # --- kept ---

    def to_json(self) -> str:
        """The model as JSON: that of its base, effects, coding, and the evidence if there is any."""
        evidence = None if self.evidence is None else attrs.asdict(self.evidence)
        base: Any = self.base
        coding = {column: list(levels) for column, levels in self.coding.items()}
        tree = {
            "model": type(self).__name__, "schema": 1, "base": wire.tree(base),
            "buying": dict(self.buying), "leaving": dict(self.leaving), "coding": coding, "evidence": evidence,
        }  # fmt: skip
        return json.dumps(tree, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> WithCovariates[Any]:
        """The model that `to_json` wrote, equal to the last bit, whichever its base is."""
        held = wire.content(cls.__name__, text)
        base: Any = held.pop("base", None)
        name = str(base.get("model")) if isinstance(base, dict) else "nothing"  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        models = import_module("relcore.analytics.lifetime_value")
        known: Any = getattr(models, name) if name in models.__all__ else None
        if not hasattr(known, "leaving_scale"):
            raise Invalid("base", "must be a model that takes covariates", name)
        rest = wire.structured(_Rest, held)
        return WithCovariates(
            wire.from_json(known, json.dumps(base)), buying=rest.buying, leaving=rest.leaving,
            coding=rest.coding, evidence=rest.evidence,
        )  # fmt: skip


def _parts(model: Any) -> tuple[Any, set[str], set[str]]:
    """Its base, and what has an effect on buying and on leaving."""
    if not isinstance(model, WithCovariates):
        return model, set(), set()
    known: WithCovariates[Any] = model  # pyright: ignore[reportUnknownVariableType]
    return known.base, set(known.buying), set(known.leaving)


@attrs.frozen
class _Rest:
    """How all but the base is written."""

    buying: Effects
    leaving: Effects
    coding: dict[str, tuple[str, ...]]
    evidence: Evidence | None


def _power(names: Sequence[str], values: Floats, effects: Effects) -> Floats:
    """(n,) effects' z."""
    z = values[:, [names.index(name) for name in effects]]
    power: Floats = z @ effects.array()
    return power
