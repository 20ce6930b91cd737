"""How a model with covariates is fitted: by Newton's method, as without, in coordinates in which covariates are alike.

Columns are centred and scaled for the climb alone; the result is told of the columns as they came (`covariate_scale`). The
climb begins where the model without covariates has its peak. The log-likelihood of a history has all its derivatives in the logs of its own parameters (`terms`), and those are linear in what is sought:

    ln alpha_i = ln alpha - gamma' z_i,   so that   d / d gamma = -z_i d / d ln alpha_i,

and as well for the second derivatives and for leaving.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import attrs
import numpy as np

from relcore.analytics import uncertainty
from relcore.analytics._numerics.distinct import distinct
from relcore.analytics._numerics.newton import Maximum, Point, Pull, maximum
from relcore.analytics.arrays import Floats, summed
from relcore.analytics.columns.covariates import Coding, Covariates
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.apart import told_apart
from relcore.analytics.lifetime_value.covariate_scale import (
    CovariateScale,
    apart_from_each_other,
    way_back,
)
from relcore.analytics.lifetime_value.with_covariates import Movable, WithCovariates
from relcore.analytics.period import days_per
from relcore.analytics.prior import Prior, pull
from relcore.analytics.uncertainty import Evidence
from relcore.kernel.errors import HIDDEN, Invalid

M = TypeVar("M", bound=Movable)

_BLOCK = 1 << 13  # rows at a time: their Hessians stay in the cache
_CONSTANT = (
    1e-6  # of the mean: a column that spreads no more leaves nothing to tell the scale of somebody with 0 by
)
_SLACKEST = 1e-2  # information of less puts no bound on an effect, in standard deviations of its column
_FARTHEST = 600.0  # exp of a little more overflows
_LOOSE = 0.3  # the share in a direction without bound from which on an effect is named


def fit_with(
    model: M,
    purchases: Purchases,
    buying: Covariates | None,
    leaving: Covariates | None,
    *,
    otherwise: Callable[[], Floats],
    prior: Prior | None = None,
) -> WithCovariates[M]:
    """The model with effects of these covariates; ``model`` is it without, fitted to the same purchases.

    otherwise : the logs of the parameters at which the climb begins as well where the model without has no peak: what ran away
        may come back when groups are told apart.
    prior : what is known beside these data, of the model of a customer all of whose covariates are 0, and of effects.
    """
    if buying is None and leaving is None:
        raise Invalid("covariates", "must be given, of buying, of leaving or of both", None, "or use fit")
    likelihood = Likelihood.of(model, purchases, buying, leaving)
    starts = [likelihood.beside(np.log(list(uncertainty.parameters(model).values())))]
    if model.evidence is not None and not model.evidence.converged:
        starts.append(likelihood.beside(otherwise()))
    return _fitted(model, likelihood, starts, purchases, prior)


def refit(model: WithCovariates[M], purchases: Purchases, covariates: Covariates) -> WithCovariates[M]:
    """The same model fitted to other weights of these purchases, from the estimates there are."""
    known = covariates.of(purchases.ids)
    buying, leaving = (known.only(*side) if side else None for side in (model.buying, model.leaving))
    likelihood = Likelihood.of(model.base, purchases, buying, leaving)
    start = np.asarray(np.linalg.solve(likelihood.way_back(), model.coordinates()), dtype=np.float64)
    prior = None if model.evidence is None else model.evidence.prior
    return _fitted(model.base, likelihood, [start], purchases, prior)


def _fitted(
    model: M, likelihood: Likelihood, starts: Sequence[Floats], purchases: Purchases, prior: Prior | None
) -> WithCovariates[M]:
    believed = pull(prior, type(model), likelihood.quantities, purchases)
    if believed is not None:
        believed = believed.turned(likelihood.way_back())
    climbs = [maximum(likelihood.at, start, likelihood.names, believed) for start in starts]
    found = max(climbs, key=lambda climb: climb.value + climb.pulled)
    if found.covariance is None:
        found = _named(found, likelihood, believed)
    theta, covariance = likelihood.as_they_came(found)
    size, buys, leaves = len(likelihood.parameters), likelihood.buys, likelihood.leaves
    effects = theta[size:].tolist()
    evidence = Evidence.of(
        attrs.evolve(found, covariance=covariance), customers=float(purchases.weight.sum()), prior=prior
    )
    open_: Any = model  # mypy's attrs plugin refuses evolve on a type variable
    natural = dict(zip(likelihood.parameters, np.exp(theta[:size]).tolist(), strict=True))
    return WithCovariates(
        attrs.evolve(open_, **natural, evidence=None),
        buying=dict(zip(buys.names, effects, strict=False)),
        leaving=dict(zip(leaves.names, effects[len(buys.names) :], strict=True)),
        coding=_together(buys.coding, leaves.coding),
        evidence=evidence,
    )


@attrs.frozen(eq=False)
class _Design:
    """The covariates of one process, row by row of the purchases, centred and scaled."""

    process: str
    names: tuple[str, ...]
    coding: Coding
    z: Floats  # (n, k)
    scale: CovariateScale

    @classmethod
    def of(cls, covariates: Covariates | None, purchases: Purchases, process: str) -> _Design:
        if covariates is None:
            nothing = CovariateScale(np.empty(0), np.empty(0))
            return cls(process, (), {}, np.empty((len(purchases), 0)), nothing)
        if len(covariates) > len(purchases):
            rule = f"must be of the {len(purchases):,} customers of the purchases"
            remedy = "take those of purchases.ids, and do not collapse purchases before"
            raise Invalid(process, rule, f"{len(covariates):,}", remedy)
        values = covariates.of(purchases.ids).values
        share = purchases.weight / purchases.weight.sum()
        scale = CovariateScale.of(values, share)
        constant = scale.spread <= _CONSTANT * np.abs(scale.mean)
        if constant.any():
            first = int(np.argmax(constant))
            name, value = covariates.names[first], float(scale.mean[first])
            rule = f"must differ between customers to have an effect on {process}"
            raise Invalid(name, rule, f"{value:g} of all {len(purchases):,}", "leave it out")
        z = scale.applied(values)
        apart_from_each_other((z * share[:, None]).T @ z, covariates.names, process)
        return cls(process, covariates.names, covariates.coding, z, scale)


def _together(coding: Coding, other: Coding) -> Coding:
    both = {**coding, **other}
    for column in coding.keys() & other.keys():
        if coding[column] != other[column]:
            rule = "must be coded alike for buying and for leaving"
            raise Invalid(column, rule, (coding[column], other[column]), "take both from one Covariates")
    return both


@attrs.frozen(eq=False)
class _Block:
    """Some of the distinct histories and covariates."""

    rows: Purchases
    buys: Floats
    leaves: Floats


@attrs.frozen(eq=False)
class Likelihood:
    """Of theta = (logs of the p parameters where covariates have their means, effects on buying, effects on leaving)."""

    model: Any
    parameters: tuple[str, ...]
    buys: _Design
    leaves: _Design
    blocks: tuple[_Block, ...]

    @classmethod
    def of(
        cls, model: Movable, purchases: Purchases, buying: Covariates | None, leaving: Covariates | None
    ) -> Likelihood:
        """What these purchases tell, collapsed to what is distinct in them and in the covariates."""
        buys = _Design.of(buying, purchases, "buying")
        leaves = _Design.of(leaving, purchases, "leaving")
        per, gaps = days_per(purchases.period), purchases.log_gaps
        keys = [(purchases.frequency, 1.0), (purchases.recency, per), (purchases.age, per)]
        z = np.concatenate([buys.z, leaves.z], axis=1)
        shared = distinct(keys + [(column, 1.0) for column in z.T])
        first, size = shared.first, shared.first.size
        weight = summed(shared.index, purchases.weight, size)
        # Only their sum counts, so that the mean does for all.
        mean_gaps = None if gaps is None else summed(shared.index, purchases.weight * gaps, size) / weight
        rows = Purchases.from_summary(
            frequency=purchases.frequency[first], recency=purchases.recency[first], age=purchases.age[first],
            weight=weight, log_gaps=mean_gaps, period=purchases.period,
        )  # fmt: skip
        blocks: list[_Block] = []
        for start in range(0, size, _BLOCK):
            some = np.zeros(size, dtype=np.bool_)
            some[start : start + _BLOCK] = True
            here = first[some]
            blocks.append(_Block(rows.where(some), buys.z[here], leaves.z[here]))
        return cls(model, tuple(uncertainty.parameters(model)), buys, leaves, tuple(blocks))

    @property
    def names(self) -> tuple[str, ...]:
        """What the coordinates are called."""
        effects = [f"{name} on {of.process}" for of in (self.buys, self.leaves) for name in of.names]
        return (*self.parameters, *effects)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What a prior calls them."""
        effects = [f"{of.process}.{name}" for of in (self.buys, self.leaves) for name in of.names]
        return (*self.parameters, *effects)

    def beside(self, parameters: Floats) -> Floats:
        """These logs of the parameters, and no effects."""
        return np.append(parameters, np.zeros(len(self.names) - parameters.size))

    def at(self, theta: Floats) -> Point:
        """Value, gradient and Hessian."""
        size, total = len(self.parameters), theta.size
        own = dict(zip(self.parameters, np.exp(theta[:size]).tolist(), strict=True))
        places = [(n, where) for n, where, _ in self._effects()]
        value, gradient, hessian = 0.0, np.zeros(total), np.zeros((total, total))
        for block in self.blocks:
            designs = (block.buys, block.leaves)[: len(places)]
            scales = {
                self.parameters[n]: own[self.parameters[n]] * np.exp(-(z @ theta[where]))
                for (n, where), z in zip(places, designs, strict=True)
            }
            with np.errstate(all="ignore"):  # far from the peak, where the climb does not follow
                terms = told_apart(self.model, {**own, **scales}).terms(block.rows)
            weight = block.rows.weight
            slope, bend = terms.gradient * weight, terms.hessian * weight
            value += float(weight @ terms.value)
            gradient[:size] += slope.sum(axis=1)
            hessian[:size, :size] += bend.sum(axis=2)
            for (n, where), z in zip(places, designs, strict=True):
                gradient[where] -= slope[n] @ z
                cross = bend[n] @ z
                hessian[:size, where] -= cross
                hessian[where, :size] -= cross.T
                for (m, there), y in zip(places, designs, strict=True):
                    hessian[where, there] += (z * bend[n, m, :, None]).T @ y
        return Point(theta, value, gradient, hessian)

    def way_back(self) -> Floats:
        """From these coordinates to those of the columns as they came."""
        sides = [(n, where, design.scale) for n, where, design in self._effects()]
        return way_back(len(self.names), sides)

    def as_they_came(self, found: Maximum) -> tuple[Floats, Floats | None]:
        """The estimates and their covariance where all covariates are 0, per unit of each."""
        back = self.way_back()
        theta = back @ found.theta
        for n, where, design in self._effects():
            if abs(theta[n]) > _FARTHEST:
                far = design.names[int(np.abs(theta[where] * design.scale.mean).argmax())]
                rule = "must not be so far from 0 that no number holds the scale of somebody with 0"
                raise Invalid(far, rule, HIDDEN, "subtract a constant, such as the mean")
        covariance = None if found.covariance is None else back @ found.covariance @ back.T
        return theta, covariance

    def _effects(self) -> Iterator[tuple[int, slice, _Design]]:
        size = len(self.parameters)
        middle = size + len(self.buys.names)
        yield self.parameters.index("alpha"), slice(size, middle), self.buys
        if self.model.leaving_scale is not None:
            yield self.parameters.index(self.model.leaving_scale), slice(middle, None), self.leaves


def _named(found: Maximum, likelihood: Likelihood, believed: Pull | None) -> Maximum:
    """The same, with a remark that begins with the effects that ran away."""
    size = len(likelihood.parameters)
    hessian = likelihood.at(found.theta).hessian
    if believed is not None:
        hessian = hessian + believed.at(found.theta).hessian
    information, directions = np.linalg.eigh(-hessian)
    loose = np.abs(directions[size:, information < _SLACKEST]).max(axis=1, initial=0.0)
    names = [
        name for name, part in zip(likelihood.names[size:], loose.tolist(), strict=True) if part > _LOOSE
    ]
    if not names:
        return found
    remark = (
        f"the data put no bound on the effect of {' and of '.join(names)}: customers with it may never do what others do; "
        "leave it out, or observe longer"
    )
    return attrs.evolve(found, remark=remark)
