"""Newton's method for a log-likelihood with exact gradient and Hessian, in the logs of positive parameters.

Steps follow the absolute eigenvalues of the Hessian, so that they lead uphill also where it is not concave, are capped,
and are halved until they do lead uphill. A likelihood that keeps growing as a parameter runs to 0 or infinity is
stopped at the edge of a wide box, and the report says which parameter ran where.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import attrs
import numpy as np

from relcore.analytics.arrays import Floats

_LONGEST_STEP = 2.0  # in log parameters: a factor of seven
_REACH = 16.0  # the box: a factor of nine million to either side of the start
# Information below which the data do not tell a log parameter: a standard error above 10.
_SLACKEST = 1e-2
_REMEDY = "predictions hold for customers like these, errors are not known: observe more customers, or longer"
_HALVINGS = (
    14  # a step that leads uphill only ten thousand times shorter follows rounding, not the likelihood
)
_CLOSE = 1e-8  # expected gain in log-likelihood of the last full step: it leaves about the square of that
# Expected gain of a step so short, 1e-5 standard errors, that the parabola tells where it leads.
_THERE = 1e-10
_NOTHING = 1e-12  # a gain that is none
_ROUNDING = 64 * float(np.finfo(np.float64).eps)


@attrs.frozen(eq=False)
class Point:
    """A log-likelihood at theta: ``value``, ``gradient`` (k,) and ``hessian`` (k, k)."""

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats


def in_logs(theta: Floats, value: float, gradient: Floats, hessian: Floats) -> Point:
    """The point at theta, from the derivatives in the parameters exp(theta) themselves."""
    natural = np.exp(theta)
    slope = gradient * natural
    bend = hessian * natural * natural[:, None]
    bend.flat[:: theta.size + 1] += slope
    return Point(theta, value, slope, bend)


@attrs.frozen(eq=False)
class Pull:
    """What is known beside the data: normal densities of linear combinations of theta.

    directions : (m, k). centre, spread : (m,) means and standard deviations of directions @ theta.
    """

    directions: Floats
    centre: Floats
    spread: Floats

    def at(self, theta: Floats) -> Point:
        """The log density and its derivatives."""
        off, steep = (self.directions @ theta - self.centre) / self.spread, self.directions.T / self.spread
        value = -0.5 * off @ off - np.log(self.spread).sum() - 0.5 * np.log(2 * np.pi) * off.size
        return Point(theta, float(value), -steep @ off, -steep @ steep.T)

    def turned(self, matrix: Floats) -> Pull:
        """The same as a function of other coordinates, of which theta is ``matrix @ other``."""
        return attrs.evolve(self, directions=self.directions @ matrix)


@attrs.frozen(eq=False)
class Maximum:
    """Where the climb ended. ``covariance`` is None where the likelihood has no peak.

    value : of the log-likelihood alone. pulled : what else was added to it there.
    """

    theta: Floats
    value: float
    covariance: Floats | None
    converged: bool
    remark: str
    pulled: float = 0.0


def maximum(
    of: Callable[[Floats], Point],
    start: Floats,
    names: Sequence[str],
    pull: Pull | None = None,
    *,
    least: Floats | None = None,
) -> Maximum:
    """Climb from ``start``; ``of`` gives the point at theta (k,), ``names`` are what the k parameters are called.

    pull : what is added to ``of``, if anything.
    least : (k,) where the box ends below, if sooner than it would: what is smaller cannot be told from 0.
    """
    if pull is None:
        return _peak(of, start, names, least)
    found = _peak(lambda theta: _both(of(theta), pull.at(theta)), start, names, least)
    pulled = pull.at(found.theta).value
    return attrs.evolve(found, value=found.value - pulled, pulled=pulled)


def _both(here: Point, more: Point) -> Point:
    return Point(
        here.theta, here.value + more.value, here.gradient + more.gradient, here.hessian + more.hessian
    )


def _peak(
    of: Callable[[Floats], Point], start: Floats, names: Sequence[str], least: Floats | None
) -> Maximum:
    here = of(start)
    low, high = start - _REACH, start + _REACH
    if least is not None:
        low = np.maximum(low, least)
    for _ in range(200):
        step = _uphill(here, low, high)
        gain = float(here.gradient @ step)
        if gain <= _THERE:
            here = _along_parabola(here, _within(here.theta + step, low, high))
            break
        close = gain <= _CLOSE
        there = _climbed(of, here, step, low, high)
        if there is None:
            break
        # What was gained is below what the value can be told to: on a ridge that does not end, all further steps are.
        stalled = there.value - here.value <= max(_noise(here), _NOTHING)
        here = there
        if close or stalled:
            break
    return _report(here, low, high, names)


def _along_parabola(here: Point, theta: Floats) -> Point:
    """The point at theta, as the derivatives here tell it."""
    step = theta - here.theta
    turned = here.hessian @ step
    value = here.value + float(step @ (here.gradient + 0.5 * turned))
    return Point(theta, value, here.gradient + turned, here.hessian)


def _uphill(here: Point, low: Floats, high: Floats) -> Floats:
    """The step, in the coordinates that are not pressed against the box."""
    if _inside(here.theta, low, high):
        return _step(here.gradient, here.hessian)
    pressed = ((here.theta <= low) & (here.gradient < 0)) | ((here.theta >= high) & (here.gradient > 0))
    free = np.flatnonzero(~pressed)
    step = np.zeros_like(here.theta)
    if free.size:
        step[free] = _step(here.gradient[free], here.hessian[np.ix_(free, free)])
    return step


def _inside(theta: Floats, low: Floats, high: Floats) -> bool:
    # Of so few numbers a loop is done before numpy has begun.
    edges = zip(low.tolist(), theta.tolist(), high.tolist(), strict=True)
    return all(lowest < at < highest for lowest, at, highest in edges)


def _step(gradient: Floats, hessian: Floats) -> Floats:
    values, vectors = np.linalg.eigh(hessian)
    stiffest = max(1.0, -float(values[0]), float(values[-1]))  # they come in their order
    step: Floats = vectors @ ((gradient @ vectors) / np.maximum(np.abs(values), 1e-8 * stiffest))
    parts: list[float] = step.tolist()
    longest = max(abs(part) for part in parts)
    return step * (_LONGEST_STEP / longest) if longest > _LONGEST_STEP else step


def _climbed(
    of: Callable[[Floats], Point], here: Point, step: Floats, low: Floats, high: Floats
) -> Point | None:
    noise = _noise(here)
    for halving in range(_HALVINGS):
        theta = _within(here.theta + step * 0.5**halving, low, high)
        there = of(theta)
        if math.isfinite(there.value) and there.value >= here.value - noise:
            return there
    return None


def _within(theta: Floats, low: Floats, high: Floats) -> Floats:
    inside: Floats = np.minimum(np.maximum(theta, low), high)
    return inside


def _noise(here: Point) -> float:
    """How far rounding moves the value."""
    return _ROUNDING * abs(here.value)


def _report(here: Point, low: Floats, high: Floats, names: Sequence[str]) -> Maximum:
    if not _inside(here.theta, low, high):
        fell = [name for name, t, edge in zip(names, here.theta, low, strict=True) if t <= edge]
        rose = [name for name, t, edge in zip(names, here.theta, high, strict=True) if t >= edge]
        return Maximum(here.theta, here.value, None, converged=False, remark=_ran_away(fell, rose))
    information, directions = np.linalg.eigh(-here.hessian)
    if not information[0] > _SLACKEST:
        loose = directions[:, 0]
        loose_names = [name for name, part in zip(names, loose, strict=True) if abs(part) > 0.3]
        remark = (
            f"the data do not tell {' and '.join(loose_names)} apart from very different values; {_REMEDY}"
        )
        return Maximum(here.theta, here.value, None, converged=False, remark=remark)
    covariance = (directions / information) @ directions.T
    left = float(here.gradient @ covariance @ here.gradient)
    if left > 1e-6:
        remark = (
            f"the climb stopped about {left:.1g} in log-likelihood below the peak; take the errors as rough"
        )
        return Maximum(here.theta, here.value, covariance, converged=False, remark=remark)
    return Maximum(here.theta, here.value, covariance, converged=True, remark="")


def _ran_away(fell: Sequence[str], rose: Sequence[str]) -> str:
    says = [f"{' and '.join(rose)} grow{'s' if len(rose) == 1 else ''} without bound"] if rose else []
    says += [f"{' and '.join(fell)} fall{'s' if len(fell) == 1 else ''} to 0"] if fell else []
    return f"{' while '.join(says)}; {_REMEDY}"
