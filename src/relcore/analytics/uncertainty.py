"""What every fitted model can say about itself, written once and lent to each by assignment: no common ancestor."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import (
    Annotated,
    Any,
    NamedTuple,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    get_type_hints,
    runtime_checkable,
)

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Maximum
from relcore.analytics._numerics.special import log_odds, logistic, normal_quantile
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.interval import Interval
from relcore.analytics.prior import Prior
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid, NoEvidence

# --- parameters declare where they live -------------------------------------------------------------


class Support(NamedTuple):
    """The open interval in which a parameter lies, and the power of the unit of time in which it is told."""

    low: float
    high: float
    time: int = 0


Positive: TypeAlias = Annotated[float, Support(0.0, math.inf)]
Duration: TypeAlias = Annotated[float, Support(0.0, math.inf, time=1)]
Rate: TypeAlias = Annotated[float, Support(0.0, math.inf, time=-1)]


def checked(cls: type, fields: list[attrs.Attribute[Any]]) -> list[attrs.Attribute[Any]]:
    """``attrs.frozen(field_transformer=checked)``: a field annotated with a `Support` refuses values outside of it."""
    hints = get_type_hints(cls, include_extras=True)
    told: list[attrs.Attribute[Any]] = []
    for field in fields:
        marks = getattr(hints[field.name], "__metadata__", ())
        support = next((mark for mark in marks if isinstance(mark, Support)), None)
        if support is None:
            told.append(field)
        else:
            told.append(
                field.evolve(converter=float, validator=_within(support), metadata={"support": support})
            )
    return told


def _within(support: Support) -> Callable[[Any, attrs.Attribute[Any], float], None]:
    def check(_model: Any, field: attrs.Attribute[Any], value: float) -> None:
        if not support.low < value < support.high:
            raise Invalid(field.name, f"must lie in ({support.low:g}, {support.high:g})", value)

    return check


# --- what a fit knows -------------------------------------------------------------------------------


@attrs.frozen
class Evidence:
    """How well the data pinned the parameters down.

    covariance : (k, k) of the *log* parameters, as nested tuples; None where the likelihood has no peak.
    log_likelihood : at the estimates, up to nothing: all constants are in.
    customers : the sum of weights that was fitted. left_out : the sum of weights that could not say anything.
    converged : whether the estimates are a peak inside the parameters' range; if not, ``remark`` says what happened
        and what to do. It may also say that the data are not what the model takes them for.
    seen : of what the log-likelihood is, where a model can be fitted to more than one thing.
    prior : what was believed beside the data; the estimates are then the peak of both, and the covariance is that of both.
    log_prior : its log density at the estimates, in the logs of its quantities.
    """

    covariance: tuple[tuple[float, ...], ...] | None = attrs.field(repr=False)
    log_likelihood: float
    customers: float
    left_out: float
    converged: bool
    remark: str = ""
    seen: str = ""
    prior: Prior | None = None
    log_prior: float = 0.0

    @classmethod
    def of(
        cls,
        found: Maximum,
        *,
        customers: float,
        left_out: float = 0.0,
        seen: str = "",
        prior: Prior | None = None,
    ) -> Self:
        """What the climb to a maximum of the log-likelihood tells."""
        covariance = None
        if found.covariance is not None:
            rows: list[list[float]] = found.covariance.tolist()
            covariance = tuple(tuple(row) for row in rows)
        return cls(
            covariance,
            found.value,
            customers,
            left_out,
            found.converged,
            found.remark,
            seen,
            prior,
            found.pulled,
        )


class Fitted(Protocol):
    """Any model that may know how sure it is."""

    @property
    def evidence(self) -> Evidence | None: ...


@runtime_checkable
class Stepping(Fitted, Protocol):
    """A model not all of whose parameters are positive numbers: it knows itself how it is moved."""

    def stepped(self, steps: Floats) -> Self:
        """The model with its parameters these steps (k,) further, on the scale of the covariance of its evidence."""
        ...


M = TypeVar("M", bound=Fitted)
N = TypeVar("N", bound=Fitted)


@attrs.frozen
class Row:
    """One parameter: estimate, standard error, and bounds (from its logarithm, so that they are positive)."""

    name: str
    estimate: float
    standard_error: float
    low: float
    high: float


@attrs.frozen
class Summary:
    """A small table; ``rows`` for programs, ``str`` for people."""

    title: str
    rows: tuple[Row, ...]
    level: float
    footer: str

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        wide = max([8, *(len(row.name) + 1 for row in self.rows)])
        return Sheet((self.title, grid_of(self.rows, self.level, wide), self.footer))

    __str__ = as_text
    _repr_html_ = as_html


def grid_of(rows: Sequence[Row], level: float, wide: int) -> Grid:
    """A table of parameters, with names in so wide a column."""
    head = ("", "estimate", "std. error", f"{level:.0%} from", "to")
    cells = [(row.name, *map(_number, (row.estimate, row.standard_error, row.low, row.high))) for row in rows]
    return Grid((f"<{wide}", ">12", ">12", ">12", ">12"), tuple(cells), head)


def _number(value: float) -> str:
    return f"{value:.6g}"


# --- the lent methods -------------------------------------------------------------------------------


def parameters(self: Fitted) -> dict[str, float]:
    """The estimates by name."""
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(_attrs_class(self))
    return {field.name: getattr(self, field.name) for field in fields if "support" in field.metadata}


def summary(self: Fitted, *, level: float = 0.95) -> Summary:
    """Estimates with standard errors and intervals; raises `NoEvidence` for a model made from parameters alone.

    Where the likelihood has no peak, bounds are those of the parameter (0 and infinity) and the error is infinite.
    """
    evidence = evidence_of(self)
    return Summary(title_of(self), rows_of(parameters(self), evidence, level), level, footer_of(evidence))


def rows_of(values: dict[str, float], evidence: Evidence, level: float) -> tuple[Row, ...]:
    """The rows of these parameters, which are the first of those that the evidence is of."""
    z = quantile_of(level)
    if evidence.covariance is None:
        return tuple(Row(name, value, math.inf, 0.0, math.inf) for name, value in values.items())
    rows: list[Row] = []
    for n, (name, value) in enumerate(values.items()):
        error = math.sqrt(evidence.covariance[n][n])
        rows.append(
            Row(name, value, value * error, value * math.exp(-z * error), value * math.exp(z * error))
        )
    return tuple(rows)


def footer_of(evidence: Evidence) -> str:
    """How the fit went."""
    of = f" of {evidence.seen}" if evidence.seen else ""
    fitted = f"log-likelihood{of} {evidence.log_likelihood:.3f}, {evidence.customers:,.0f} customers"
    if evidence.left_out:
        fitted += f" ({evidence.left_out:,.0f} left out)"
    if evidence.prior is not None:
        fitted += f", log density of the prior {evidence.log_prior:.3f}"
    state = "converged" if evidence.converged else "NOT converged"
    if evidence.remark:
        state += f": {evidence.remark}"
    return f"{fitted}, {state}"


def table(self: Fitted) -> str:
    """A model shows itself as its table, or as its constructor when it has no evidence."""
    return str(_sheet(self))


def notebook(self: Fitted) -> str:
    """The same as HTML."""
    return _sheet(self).html()


def _sheet(self: Fitted) -> Sheet:
    if self.evidence is not None:
        return summary(self).sheet()
    says = [f"{name}={value!r}" for name, value in {**parameters(self), **_units(self)}.items()]
    return Sheet((f"{type(self).__name__}({', '.join(says)})",))


def interval(
    self: M,
    quantity: Callable[[M], Floats],
    *,
    level: float = 0.95,
    between: tuple[float, float] = (0.0, math.inf),
) -> Interval:
    """How sure the model is of any quantity: ``model.interval(lambda m: m.expected_purchases(purchases, horizon=39))``.

    The delta method (first order) on a scale on which the quantity has no bounds, so that the interval keeps to them.

    quantity : a function of the model that gives an array.
    between : the bounds of the quantity: (0, inf) is right for counts and amounts; say (0, 1) for probabilities.
        An estimate that lies on a bound stays there (P(alive) = 1 of a one-time buyer is no estimate).

    This is the uncertainty of the parameters, not of what one customer will do. Raises `NoEvidence` for a model made
    from parameters alone, and `Invalid` where the fit found no peak.
    """
    return _within_bounds(quantity(self), [(self, quantity)], level, between)


def joint_interval(
    quantity: Callable[[M, N], Floats],
    first: M,
    second: N,
    *,
    level: float = 0.95,
    between: tuple[float, float] = (0.0, math.inf),
) -> Interval:
    """How sure two models are of a quantity of both, fitted to different sides of the data: the verb `interval`, for two.

    ``joint_interval(lambda often, much: customer_value(often, much, purchases, horizon=39, discount=0.1), model, spend)``

    The errors of the two are independent of one another, and what they do to the quantity adds up: the likelihood of how often
    and how much is a product, without a parameter in common. ``level``, ``between`` and what is raised are those of `interval`.
    """
    parts: list[tuple[Any, Callable[[Any], Floats]]] = [
        (first, lambda model: quantity(model, second)),
        (second, lambda model: quantity(first, model)),
    ]
    return _within_bounds(quantity(first, second), parts, level, between)


def _within_bounds(
    estimate: Floats,
    parts: list[tuple[Any, Callable[[Any], Floats]]],
    level: float,
    between: tuple[float, float],
) -> Interval:
    """The estimate and its bounds, from models and what the quantity is of each, the others as they are."""
    z = quantile_of(level)
    low, high = between
    here = np.asarray(estimate, dtype=np.float64)
    if here.size and not (here.min() >= low and here.max() <= high):
        worst = float(here.min() if here.min() < low else here.max())
        raise Invalid("between", f"must hold the quantity, which reaches {worst:g}", between)
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.maximum(sum(_variance(model, of) for model, of in parts), 0.0))
        below, above = _bounds(here, z * error, low, high)
    # Beside a pole (a mean spend that is infinite for other parameters) nothing is known but the range.
    unknown = ~(np.isfinite(here) & np.isfinite(error))
    fixed = ~unknown & ((here <= low) | (here >= high))
    below = np.where(unknown, low, np.where(fixed, here, below))
    above = np.where(unknown, high, np.where(fixed, here, above))
    return Interval(_sealed(here), _sealed(below), _sealed(above), level)


def _variance(model: M, quantity: Callable[[M], Floats]) -> Floats:
    """Of the quantity, to first order in the parameters on the scale of their covariance."""
    covariance, step = covariance_of(model), 1e-5
    if isinstance(model, Stepping):
        # Along the columns of the root, errors are independent and of size 1, whatever the parameters' units are.
        reach = 1e-3
        steps = [reach * column for column in np.linalg.cholesky(covariance).T]
        sides = [(quantity(model.stepped(by)), quantity(model.stepped(-by))) for by in steps]
        total: Floats = np.sum(
            [((np.asarray(up) - np.asarray(down)) / (2 * reach)) ** 2 for up, down in sides], axis=0
        )
        return total
    slopes = [
        (np.asarray(quantity(moved(model, n, step))) - np.asarray(quantity(moved(model, n, -step))))
        / (2 * step)
        for n in parameters(model)
    ]
    jacobian = np.stack(slopes, axis=-1)
    variance: Floats = np.einsum("...i,ij,...j->...", jacobian, covariance, jacobian)
    return variance


def _bounds(here: Floats, width: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    with np.errstate(all="ignore"):
        if math.isinf(low) and math.isinf(high):
            return here - width, here + width
        if math.isinf(high):
            factor = np.exp(width / (here - low))
            return low + (here - low) / factor, low + (here - low) * factor
        if math.isinf(low):
            factor = np.exp(width / (high - here))
            return high - (high - here) * factor, high - (high - here) / factor
        share = (here - low) / (high - low)
        reach = width / ((high - low) * share * (1 - share))
        return (
            low + (high - low) * logistic(log_odds(share) - reach),
            low + (high - low) * logistic(log_odds(share) + reach),
        )


def draws(self: M, n: int, *, random: np.random.Generator) -> Iterator[M]:
    """``n`` models from the (log-normal) sampling distribution of the parameters, without evidence of their own."""
    covariance = covariance_of(self)
    names = list(parameters(self))
    centre = np.log(list(parameters(self).values()))
    for row in normals(centre, covariance, n, random):
        yield with_parameters(self, dict(zip(names, np.exp(row).tolist(), strict=True)))


def normals(centre: Floats, covariance: Floats, n: int, random: np.random.Generator) -> Floats:
    """(n, k) points from a normal distribution."""
    points: Floats = generator(random).multivariate_normal(centre, covariance, size=n, method="cholesky")
    return points


def generator(random: np.random.Generator) -> np.random.Generator:
    """Refuse a seed where a generator is asked for: two draws from one seed would be the same draw."""
    if not isinstance(random, np.random.Generator):  # pyright: ignore[reportUnnecessaryIsInstance]
        remedy = "write random=np.random.default_rng(1)"
        raise Invalid("random", "must be a numpy Generator", type(random).__name__, remedy)
    return random


def moved(model: M, name: str, step: float) -> M:
    """The model with one parameter a step further, in its logarithm."""
    return with_parameters(model, {name: parameters(model)[name] * math.exp(step)})


def with_parameters(model: M, changes: dict[str, float]) -> M:
    """The model with other parameters, of which there is no evidence."""
    open_: Any = model  # mypy's attrs plugin refuses evolve on a type variable
    changed: M = attrs.evolve(open_, **changes, evidence=None)
    return changed


def _attrs_class(model: Fitted) -> Any:
    return type(model)


def _units(model: Fitted) -> dict[str, Any]:
    known = {*parameters(model), "evidence"}
    return {f.name: getattr(model, f.name) for f in attrs.fields(_attrs_class(model)) if f.name not in known}


def title_of(model: Fitted) -> str:
    """Its name and what it counts in."""
    units = ", ".join(f"{name} {value}" for name, value in _units(model).items() if value is not None)
    return f"{type(model).__name__}({units})" if units else type(model).__name__


def evidence_of(model: Fitted) -> Evidence:
    """Its evidence; refuses a model that has none."""
    if model.evidence is None:
        raise NoEvidence(type(model).__name__)
    return model.evidence


def covariance_of(model: Fitted) -> Floats:
    """(k, k) of the log parameters; refuses a model that does not know it."""
    evidence = evidence_of(model)
    if evidence.covariance is None:
        raise Invalid(
            "covariance", f"is not known, for {evidence.remark}", None, "its point predictions stand alone"
        )
    return np.asarray(evidence.covariance, dtype=np.float64)


def quantile_of(level: float) -> float:
    """How many standard errors leave out as much on either side."""
    if not 0 < level < 1:
        raise Invalid("level", "must lie in (0, 1)", level, "0.95 gives a 95 % interval")
    return normal_quantile(0.5 + level / 2)


def _sealed(values: Floats) -> Floats:
    return sealed(np.array(values, dtype=np.float64))
