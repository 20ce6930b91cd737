"""A silence of a customer who ages: he is still there, or he left during it, the more probably the later.

With purchases at the rate lambda ~ Gamma(w, alpha), and leaving at the rate eta b exp(b v) with eta ~ Gamma(s, beta) (a Gompertz
law), everything as of the beginning of the silence, he has stayed until v with

    exp(-s grown(v)),  grown(v) = ln(1 + (exp(b v) - 1) / beta),

and a silence of length g has two parts, up to what is common to both:

    still there:  (1 + g / alpha)^-w exp(-s grown(g))
    left at v:    s b / B(v) (1 + v / alpha)^-w exp(-s grown(v)) dv,   B(v) = beta exp(-b v) + 1 - exp(-b v),   0 < v < g.

B(v) is also what beta has become at v. The density may fall like a power, rise like exp(b v) to a late peak, and fall again. So
Gauss-Legendre rules go from panel to panel, each as long as the distance to what is singular in the complex plane and the
decay allow, until nothing that counts is left. All terms are positive.
"""

from __future__ import annotations

import attrs
import numpy as np

from relcore.analytics._numerics.special import log_sum_exp
from relcore.analytics.arrays import Counts, Floats

_NODE, _WEIGHT = np.polynomial.legendre.leggauss(16)
_SHARE, _LOG_WEIGHT = (_NODE + 1) / 2, np.log(_WEIGHT / 2)
_STEEPEST = 16.0  # how many times e the density may fall in a panel: errors of 1e-14
_NEGLIGIBLE = 38.0  # exp(-38) = 3e-17 of the whole
_AT_MOST = 500  # panels; a silence of a million lives takes a hundred


def grown(b: float, beta: Floats | float, v: Floats) -> Floats:
    """ln(1 + (exp(b v) - 1) / beta), also where exp(b v) overflows."""
    late = b * v
    if np.max(late, initial=0.0) < 30.0:
        soon: Floats = np.log1p(np.expm1(late) / beta)
        return soon
    early = np.minimum(late, 30.0)
    result: Floats = np.where(
        late < 30.0,
        np.log1p(np.expm1(early) / beta),
        late - np.log(beta) + np.log1p((beta - 1) * np.exp(-np.maximum(late, 30.0))),
    )
    return result


def aged(b: float, beta: Floats | float, v: Floats | float) -> Floats:
    """What beta becomes in the time v: beta exp(-b v) + 1 - exp(-b v)."""
    left: Floats = beta * np.exp(-b * v) - np.expm1(-b * v)
    return left


@attrs.frozen(eq=False)
class Growth:
    """G(u) = ln((beta + exp(b u) - 1) / beta) at some moments, elementwise, with derivatives in b and beta."""

    value: Floats
    of_b: Floats
    of_beta: Floats
    of_b_twice: Floats
    of_both: Floats
    of_beta_twice: Floats
    shrunk: Floats  # 1 / B(u), the hazard in parts of s b
    inverse: Floats  # 1 / (beta + exp(b u) - 1)

    @classmethod
    def of(cls, b: float, beta: Floats | float, u: Floats) -> Growth:
        shrunk = 1.0 / aged(b, beta, u)
        inverse = np.exp(-b * u) * shrunk
        # d ln(1 / beta) is part of G.
        return cls(
            grown(b, beta, u), u * shrunk, inverse - 1 / beta,
            u**2 * shrunk * (1 - shrunk), -u * shrunk * inverse, 1 / beta**2 - inverse**2, shrunk, inverse,
        )  # fmt: skip


@attrs.frozen(eq=False)
class Panel:
    """rows : (m,) of those asked for. at : (m, 16) the moments v. log : (m, 16) of the part that left around each."""

    rows: Counts
    at: Floats
    log: Floats


@attrs.frozen(eq=False)
class Silence:
    """still, left : (n,) logs of both parts; minus infinity of those who left where the silence is none."""

    still: Floats
    left: Floats
    panels: list[Panel]


@attrs.frozen(eq=False)
class Aging:
    """Customers (n,) at the beginning of a silence; ``rate`` discounts besides."""

    w: Floats
    alpha: Floats
    b: float
    s: float
    beta: Floats
    rate: float = 0.0

    def where(self, rows: Counts) -> Aging:
        """These customers."""
        return attrs.evolve(self, w=self.w[rows], alpha=self.alpha[rows], beta=self.beta[rows])

    def decay(self, v: Floats) -> Floats:
        """How many times e less probable it is to be there and silent at v, (m,)."""
        fallen: Floats = (
            self.w * np.log1p(v / self.alpha) + self.s * grown(self.b, self.beta, v) + self.rate * v
        )
        return fallen

    def stride(self, v: Floats, most: Floats) -> Floats:
        """How long a panel may be from v on, (m,): ellipses that leave out what is singular make errors of 3^-32."""
        # exp(b v) = 1 - beta at the age real +- i turn, ahead for large beta.
        real = np.log(np.abs(1 - self.beta), out=np.full(v.size, -np.inf), where=self.beta != 1) / self.b
        turn, ahead = np.where(self.beta > 1, np.pi / self.b, 0.0), real - v
        towards = np.minimum(0.75 * ahead + 0.8 * turn, _STEEPEST / self.b)
        length = np.where(ahead > 0, towards, -2.6 * ahead + 1.6 * turn)
        length = np.minimum(np.minimum(length, 2.6 * (v + self.alpha)), most)
        before = self.decay(v)
        for _ in range(60):
            fallen = self.decay(v + length) - before
            steep = fallen > 1.25 * _STEEPEST
            if not steep.any():
                break
            length = np.where(steep, length * _STEEPEST / np.maximum(fallen, _STEEPEST), length)
        return length


def silence(of: Aging, gap: Floats) -> Silence:
    """Both parts of silences of these lengths (n,) >= 0, finite."""
    still, left = -of.decay(gap), np.full(gap.size, -np.inf)
    panels: list[Panel] = []
    rows, v = np.flatnonzero(gap > 0), np.zeros(gap.size)
    for _ in range(_AT_MOST):
        if not rows.size:
            break
        some = of.where(rows)
        length = some.stride(v[rows], gap[rows] - v[rows])
        at = v[rows, None] + length[:, None] * _SHARE
        wide = attrs.evolve(some, w=some.w[:, None], alpha=some.alpha[:, None], beta=some.beta[:, None])
        log = np.log(of.s * of.b * length)[:, None] + _LOG_WEIGHT - np.log(aged(of.b, wide.beta, at))
        log -= wide.decay(at)
        panels.append(Panel(rows, at, log))
        left[rows] = np.logaddexp(left[rows], log_sum_exp(log))
        v[rows] += length
        # Who is there and silent at v leaves later with a chance of at most 1.
        rest = -some.decay(v[rows])
        on = (v[rows] < gap[rows] * (1 - 1e-15)) & (rest > np.maximum(left[rows], still[rows]) - _NEGLIGIBLE)
        rows = rows[on]
    return Silence(still, left, panels)


def time_there(of: Aging, ahead: Floats) -> Floats:
    """(n,) the expected time there within the time ahead (n,), discounted; the rate of purchases is of no matter."""
    total, v = np.zeros(ahead.size), np.zeros(ahead.size)
    alone = attrs.evolve(of, w=np.zeros(ahead.size), alpha=np.full(ahead.size, np.inf))
    rows = np.flatnonzero(ahead > 0)
    slowest = of.s * of.b + of.rate  # the rate at which those are lost who have grown old
    for _ in range(_AT_MOST):
        if not rows.size:
            break
        some = alone.where(rows)
        length = some.stride(v[rows], ahead[rows] - v[rows])
        at = v[rows, None] + length[:, None] * _SHARE
        wide = attrs.evolve(some, w=some.w[:, None], alpha=some.alpha[:, None], beta=some.beta[:, None])
        total[rows] += length * (np.exp(-wide.decay(at)) @ (_WEIGHT / 2))
        v[rows] += length
        speed = np.minimum(of.s * of.b / aged(of.b, some.beta, v[rows]) + of.rate, slowest)
        rest = np.exp(-some.decay(v[rows])) / speed
        on = (v[rows] < ahead[rows] * (1 - 1e-15)) & (rest > total[rows] * np.exp(-_NEGLIGIBLE))
        rows = rows[on]
    return total
