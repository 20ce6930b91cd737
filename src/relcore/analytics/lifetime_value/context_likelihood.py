"""Pareto/NBD on two clocks: the likelihood of histories under rates that change, with both derivatives.

Conditional on lambda and mu a customer buys at the rate lambda a(t) and leaves at the rate mu b(t), with a(t) = exp(gamma . z(t))
and b(t) = exp(delta . z(t)) constant from piece to piece. On the clocks

    X(u) = alpha + integral of a over (0, u),    Y(u) = beta + integral of b over (0, u)

the two ways in which a history of x purchases, the last at t_x, has come about by T are those of Pareto/NBD:

    stayed until T:  X(T)^-(r + x) Y(T)^-s
    left at u:       s b(u) X(u)^-(r + x) Y(u)^-(s + 1) du,    t_x < u < T,

both times Gamma(r + x) / Gamma(r) alpha^r beta^s and the a(t_j) of the repeat purchases (Bachmann, Meierer and Naef 2021,
section 3, derived here anew). Within a piece both clocks run evenly, so that the integral over it is that of a silence
(`_numerics.silence`) on the clock of leaving, of somebody whose alpha is X b / a. All terms are positive, and derivatives are averages
over the moment at which he left.
"""

from __future__ import annotations

from typing import Self, TypeAlias

import attrs
import numpy as np

from relcore.analytics._numerics.newton import Point
from relcore.analytics._numerics.pieces import Clock, Pieces, blocks, factors, total
from relcore.analytics._numerics.rising_factorial import RisingFactorials
from relcore.analytics._numerics.silence import Silences, silences
from relcore.analytics._numerics.special import log_sum_exp
from relcore.analytics.arrays import Counts, Floats, summed
from relcore.analytics.columns.purchases_in_context import PurchasesInContext

_BLOCK = 1 << 14  # pieces at a time: what stays in the cache

Terms: TypeAlias = "tuple[float, Floats, Floats]"
"""A part of a log-likelihood: value, gradient and Hessian."""


@attrs.frozen(eq=False)
class Silent:
    """Silences (n,) along pieces (m,): how likely it is to have left in one, rather than to be there at the end of the path.

    log_odds : (n,) of having left at all; minus infinity where there is no silence.
    parts : the moments in each piece, with log odds against being there at the end of the piece. later : (m,) what is to be
        added to them, for being there at the end of the path.
    """

    log_odds: Floats
    parts: list[Silences]
    later: Floats

    @classmethod
    def along(cls, pieces: Pieces, shape: Floats, s: float, buying: Clock, leaving: Clock) -> Self:
        """Of customers whose purchases have the shape (n,) r + x, and whose clocks these are."""
        owner, length = pieces.owner, pieces.end - pieces.begin
        early, late = buying.start[0], leaving.start[0]
        grown = leaving.rate * length
        parts = list(silences(shape[owner], early * (leaving.rate / buying.rate), s, late, grown))
        log = np.full(owner.size, -np.inf)
        for part in parts:
            log[part.rows] = log_sum_exp(part.log_odds)
        later = shape[owner] * log_ratio(buying.end[0][owner], early + buying.rate * length)
        later += s * log_ratio(leaving.end[0][owner], late + grown)
        return cls(_log_total(log + later, owner, shape.size), parts, later)


def _log_total(logs: Floats, owner: Counts, paths: int) -> Floats:
    """(n,) ln of the sum of exp over each path; minus infinity where there is nothing."""
    top = np.full(paths, -np.inf)
    np.maximum.at(top, owner, logs)
    shift = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        sums: Floats = shift + np.log(summed(owner, np.exp(logs - shift[owner]), paths))
    return sums


def log_ratio(more: Floats, less: Floats) -> Floats:
    """ln(more / less), also where they are nearly the same."""
    ratio: Floats = np.log1p((more - less) / less)
    return ratio


@attrs.frozen(eq=False)
class Likelihood:
    """Of theta = (ln r, ln alpha, ln s, ln beta, gamma, delta).

    frequency, weight : (n,). before, silent : the pieces until t_x, and from there to T. at_purchases : (n, k) the sums of the
    values at the repeat purchases. buying, leaving : which of the k values act on what.
    """

    frequency: Floats
    weight: Floats
    counts: RisingFactorials
    before: Pieces
    silent: Pieces
    at_purchases: Floats
    buying: Counts
    leaving: Counts

    @classmethod
    def of(cls, context: PurchasesInContext, *, buying: Counts, leaving: Counts) -> Self:
        """What these customers tell of the covariates with these places among theirs."""
        known = context.purchases
        used, place = np.unique(np.append(buying, leaving), return_inverse=True)
        pieces = context.pieces.columns(used).joined()
        return cls(
            known.frequency, known.weight, RisingFactorials.of(known.frequency, known.weight),
            pieces.between(np.zeros(len(known)), known.recency), pieces.between(known.recency, known.age),
            context.at_purchases[:, used], place[: buying.size], place[buying.size :],
        )  # fmt: skip

    def at(self, theta: Floats) -> Point:
        """Value, gradient (4 + j + l,) and Hessian, in the order of theta."""
        k, width = self.buying.size, theta.size
        natural = np.append(np.exp(theta[:4]), np.ones(width - 4))
        plain: list[float] = natural[:4].tolist()
        gamma, delta = theta[4 : 4 + k], theta[4 + k :]
        # Within, a clock's offset stands before its effects: r, alpha, gamma, s, beta, delta.
        order = np.concatenate([[0, 1], 2 + k + np.arange(2), 2 + np.arange(k), np.arange(4 + k, width)])
        value, gradient, hessian = 0.0, np.zeros(width), np.zeros((width, width))
        customers = self.weight.size
        for first, last in blocks(self.before.sizes(customers) + self.silent.sizes(customers) + 1, _BLOCK):
            part = self._some(first, last, plain, gamma, delta)
            value += part[0]
            gradient += part[1]
            hessian += part[2]
        shapes = self.counts.at(plain[0])
        value += shapes.value
        gradient[0] += shapes.slope
        hessian[0, 0] += shapes.curvature
        gradient, hessian = gradient[order], hessian[np.ix_(order, order)]
        slope = gradient * natural
        curve = hessian * np.outer(natural, natural)
        curve[np.arange(4), np.arange(4)] += slope[:4]
        return Point(theta, float(value), slope, curve)

    def _some(self, first: int, last: int, plain: list[float], gamma: Floats, delta: Floats) -> Terms:
        """What the customers ``first`` to ``last`` - 1 add, but for the Gamma terms."""
        r, alpha, s, beta = plain
        weight, shape = self.weight[first:last], r + self.frequency[first:last]
        before, silent = self.before.of(first, last), self.silent.of(first, last)
        buys = _Side.of(before, silent, self.buying, gamma, alpha, weight.size)
        leaves = _Side.of(before, silent, self.leaving, delta, beta, weight.size)
        made = weight @ self.at_purchases[first:last][:, self.buying]
        stayed = _stayed(plain, weight, shape, buys, leaves)
        left = _left(s, weight, shape, silent, buys, leaves)
        slope = stayed[1] + left[1]
        slope[2 : 2 + gamma.size] += made
        return stayed[0] + left[0] + float(made @ gamma), slope, stayed[2] + left[2]


def _stayed(plain: list[float], weight: Floats, shape: Floats, buys: _Side, leaves: _Side) -> Terms:
    """The sum of ln(alpha^r X(T)^-(r + x) beta^s Y(T)^-s): as if everybody were still there."""
    r, alpha, s, beta = plain
    customers, middle, exponent = float(weight.sum()), buys.width, np.full(weight.size, s)
    value = customers * (r * np.log(alpha) + s * np.log(beta))
    value -= float((weight * shape) @ np.log(buys.end)) + s * float(weight @ np.log(leaves.end))
    gradient = np.append(buys.stayed(weight, shape), leaves.stayed(weight, exponent))
    gradient[[0, middle]] += customers * np.log([alpha, beta])
    gradient[[1, middle + 1]] += customers * np.array([r / alpha, s / beta])
    hessian = np.zeros((gradient.size, gradient.size))
    hessian[:middle, :middle] = buys.bends_at_end(weight, shape)
    hessian[middle:, middle:] = leaves.bends_at_end(weight, exponent)
    for n, scale, turned in ((0, alpha, r), (middle, beta, s)):
        hessian[[n, n + 1], [n + 1, n]] += customers / scale
        hessian[n + 1, n + 1] -= customers * turned / scale**2
    return value, gradient, hessian


def _left(s: float, weight: Floats, shape: Floats, silent: Pieces, buys: _Side, leaves: _Side) -> Terms:
    """The sum of ln(1 + e^L): averages over the moments at which customers may have left."""
    quiet = Silent.along(silent, shape, s, buys.clock, leaves.clock)
    norm, middle = np.logaddexp(0.0, quiet.log_odds), buys.width
    width = middle + leaves.width
    mean, gone, hessian = np.zeros((width, weight.size)), np.zeros(weight.size), np.zeros((width, width))
    for part in quiet.parts:
        i, whose = part.rows, silent.owner[part.rows]
        chance = np.exp(part.log_odds + (quiet.later[i] - norm[whose])[:, None])
        since, later = part.at / leaves.clock.rate[i, None], np.full(i.size, s + 1)
        # d ln(term) at a moment, less what it is for those who stayed.
        slopes = np.empty((width, *chance.shape))
        bought = buys.slopes(slopes[:middle], i, whose, since, part.early, shape[whose], shape[whose])
        worn = leaves.slopes(slopes[middle:], i, whose, since, part.late, later, later - 1)
        slopes[middle] += 1 / s
        slopes[middle + 2 :] += leaves.value[:, i][:, :, None]
        np.add.at(gone, whose, chance.sum(axis=1))
        mean += total(np.einsum("pmk,mk->pm", slopes, chance), whose, weight.size)
        # E[second derivative] + E[slope slope'], and below - E[slope] E[slope]'.
        weighted = chance * weight[whose, None]
        flat = slopes.reshape(width, -1)
        hessian += (flat * weighted.ravel()) @ flat.T
        hessian[:middle, :middle] += buys.bends(i, since, weighted, bought, shape[whose])
        hessian[middle:, middle:] += leaves.bends(i, since, weighted, worn, later)
    hessian -= (mean * weight) @ mean.T
    hessian[middle, middle] -= float(weight @ gone) / s**2
    hessian[:middle, :middle] -= buys.bends_at_end(weight * gone, shape)
    hessian[middle:, middle:] -= leaves.bends_at_end(weight * gone, np.full(weight.size, s))
    return float(weight @ norm), mean @ weight, hessian


@attrs.frozen(eq=False)
class _Side:
    """One of the two clocks along the silences of a block, and X^-w with its derivatives in w, its offset and its effects.

    value : (k, m) of the pieces.
    """

    clock: Clock
    value: Floats

    @classmethod
    def of(
        cls, before: Pieces, silent: Pieces, chosen: Counts, effect: Floats, offset: float, customers: int
    ) -> Self:
        early, late = before.columns(chosen), silent.columns(chosen)
        passed = early.rate(effect) * (early.end - early.begin) * factors(early, derivatives=True)
        origin = total(passed, early.owner, customers)
        origin[0] += offset
        return cls(Clock.along(late, effect, origin), np.ascontiguousarray(late.value.T))

    @property
    def width(self) -> int:
        """How many parameters it has: exponent, offset, effects."""
        return 2 + len(self.value)

    @property
    def end(self) -> Floats:
        """(n,) what it shows at the end."""
        shown: Floats = self.clock.end[0]
        return shown

    def stayed(self, weight: Floats, exponent: Floats) -> Floats:
        """(2 + k,) the slopes of ln X^-w at the end, summed."""
        push = weight * exponent / self.end
        k = len(self.value)
        slopes = [-float(weight @ np.log(self.end)), -float(push.sum())]
        return np.append(slopes, -(self.clock.end[1 : 1 + k] @ push))

    def slopes(
        self,
        into: Floats,
        i: Counts,
        whose: Counts,
        since: Floats,
        grown: Floats,
        exponent: Floats,
        at_end: Floats,
    ) -> Floats:
        """Those of ln X^-w at moments ``since`` (m, q) the beginnings of the pieces i, less those at the end.

        Returns (1 + k, m, q): X and its derivatives in offset and effects, all over X, but for the first, which is 1 / X.
        """
        clock, k = self.clock, len(self.value)
        passed = clock.rate[i, None] * since
        inverse = 1.0 / (clock.start[0, i, None] + passed)
        moved = np.empty((1 + k, *since.shape))
        moved[0] = inverse
        for n in range(k):
            moved[1 + n] = (clock.start[1 + n, i, None] + self.value[n, i, None] * passed) * inverse
        ended = np.concatenate([np.ones((1, whose.size)), clock.end[1 : 1 + k, whose]]) / clock.end[0, whose]
        into[0] = log_ratio(clock.end[0, whose], clock.start[0, i])[:, None] - grown
        into[1:] = (at_end * ended)[:, :, None] - exponent[:, None] * moved
        return moved

    def bends(self, i: Counts, since: Floats, weighted: Floats, moved: Floats, exponent: Floats) -> Floats:
        """(2 + k, 2 + k) the second derivatives of ln X^-w at these moments, weighted and summed."""
        k = len(self.value)
        flat, load = moved.reshape(1 + k, -1), weighted.ravel()
        push = weighted * exponent[:, None]
        bend = np.zeros((2 + k, 2 + k))
        bend[0, 1:] = bend[1:, 0] = -(flat @ load)
        bend[1:, 1:] = (flat * push.ravel()) @ flat.T
        push = push * moved[0]
        still, run = push.sum(axis=1), (push * since).sum(axis=1) * self.clock.rate[i]
        values = self.value[:, i]
        twice = self.clock.start[1 + k :, i] @ still
        bend[2:, 2:] -= twice.reshape(k, k) + (values * run) @ values.T
        return bend

    def bends_at_end(self, weight: Floats, exponent: Floats) -> Floats:
        """(2 + k, 2 + k) the same at the end of each path."""
        clock, k = self.clock, len(self.value)
        inverse, push = 1.0 / self.end, weight * exponent
        moved = np.concatenate([inverse[None], clock.end[1 : 1 + k] * inverse])
        bend = np.zeros((2 + k, 2 + k))
        bend[0, 1:] = bend[1:, 0] = -(moved @ weight)
        bend[1:, 1:] = (moved * push) @ moved.T
        bend[2:, 2:] -= (clock.end[1 + k :] @ (push * inverse)).reshape(k, k)
        return bend
