"""From one month to the next: where they stand at its end, given where they stood at its beginning.

A Markov chain of first order, counted from a panel (Anderson and Goodman 1957, Annals of Mathematical Statistics 28(1),
89-110): where somebody goes depends on where they stand and not on how they got there. Times to reach a state are
those of Kemeny and Snell (1960), chapter III.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics._numerics.margins import deviate, margins
from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.codes import texts
from relcore.analytics.columns.pair_counts import pair_counts, pair_sums
from relcore.analytics.columns.panel import Panel
from relcore.analytics.interval import Interval
from relcore.analytics.period import Period, days_per
from relcore.analytics.transitions.jump_chain import check, told
from relcore.analytics.transitions.shares import shares, table, wilson
from relcore.analytics.transitions.state_table import (
    StateTable,
    Unexpected,
    in_order_of,
    parted,
    reach_mask,
    square,
    states_of,
)
from relcore.kernel.errors import Invalid

_STEP = 1e-5


@attrs.frozen(eq=False, repr=False)
class PeriodMatrix:
    """Counted pairs of states at the ends of two periods in a row: (k, k), row = from, column = to.

    states : k names. counts : how often each pair was seen, >= 0 and 0 outside of the mask.
    allowed : which states can follow. unexpected : pairs that were seen although they cannot be; not in ``counts``.
    period : from the end of one to the end of the next.
    """

    states: tuple[str, ...] = attrs.field(converter=texts)
    counts: Floats
    allowed: NDArray[np.bool_]
    period: Period
    unexpected: tuple[Unexpected, ...] = ()
    probabilities: Floats = attrs.field(
        kw_only=True, default=attrs.Factory(lambda self: shares(self.counts, self.allowed), takes_self=True)
    )
    """(k, k) the share of each column in its row: rows add up to 1. A row without counts is 0, unless the table leaves
    one way only."""

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @classmethod
    def fit(cls, panel: Panel, *, lifecycle: StateTable) -> Self:
        """Count the pairs of a panel that the lifecycle can bring about in any number of jumps; list the others.

        Raises `Invalid` for a state that the lifecycle does not know.
        """
        states, (source, target, weight) = states_of(lifecycle), panel.pairs()
        size = len(panel.states)
        plain = np.all(weight == 1)
        seen = pair_counts(source, target, size) if plain else pair_sums(source, target, weight, size)
        counts, allowed = in_order_of(states, seen, panel.states), reach_mask(lifecycle)
        inside, unexpected = parted(states, counts, allowed)
        return cls(states, sealed(inside), sealed(allowed), panel.period, unexpected)

    @classmethod
    def from_counts(
        cls, states: Sequence[str], counts: ArrayLike, *, period: Period, allowed: ArrayLike | None = None
    ) -> Self:
        """From published counts, (k, k); unless told otherwise every state may follow every state.

        >>> weather = PeriodMatrix.from_counts(["dry", "wet"], [[60, 20], [15, 5]], period="day")
        >>> weather.expected_time_to("wet")
        array([4., 0.])
        """
        where = np.ones((len(states), len(states)), dtype=np.bool_) if allowed is None else allowed
        return cls(
            states,
            square(counts, states, "counts", np.float64),
            square(where, states, "allowed", np.bool_),
            period,
        )

    def __attrs_post_init__(self) -> None:
        days_per(self.period)
        check(self.states, self.counts, self.allowed)

    # --- what it says ---

    @property
    def n(self) -> Floats:
        """(k,) how many pairs begin in each state: what the shares of its row rest on."""
        return sealed(self.counts.sum(axis=1))

    def after(self, periods: int) -> Floats:
        """(k, k) the probabilities of being in each state so many periods later."""
        if periods < 0:
            raise Invalid("periods", "must be >= 0", periods)
        return sealed(np.linalg.matrix_power(self.probabilities, periods))

    def expected_time_to(self, *targets: str) -> Floats:
        """(k,) how many periods from each state until one of the targets is reached for the first time.

        0 at the targets themselves. Infinite where they may never be reached: from a state that has no way to them,
        or that may lead to one that has none, or to one of which nothing was seen (a row without counts).
        """
        there, sure = self._targets(targets), self.probability_of_reaching(*targets)
        time = np.full(len(self.states), np.inf)
        inner = ~there & self._never_lost(there)
        time[there] = 0.0
        if inner.any():
            time[inner] = np.linalg.solve(_leaving(self.probabilities, inner), np.ones(int(inner.sum())))
        return sealed(np.where(sure > 0, time, np.inf))

    def probability_of_reaching(self, *targets: str) -> Floats:
        """(k,) the chance ever to reach one of the targets from each state: 1 at the targets themselves.

        Of what happens after a state of which nothing was seen nothing is known; it counts as not reaching them.
        """
        there = self._targets(targets)
        ways = _closure(self.probabilities > 0)
        chance = there.astype(np.float64)
        inner = ~there & (ways & there).any(axis=1)
        if inner.any():
            into = self.probabilities[np.ix_(inner, there)].sum(axis=1)
            chance[inner] = np.linalg.solve(_leaving(self.probabilities, inner), into)
        # A state that cannot miss them reaches them for certain, whatever the last bit of a solve says.
        chance[self._never_lost(there)] = 1.0
        return sealed(np.clip(chance, 0.0, 1.0))

    def stationary(self) -> Floats:
        """(k,) the shares in the long run: the only distribution that one period leaves as it is.

        By the elimination of Grassmann, Taksar and Heyman (1985), which subtracts nothing. Raises `Invalid` where the
        long run depends on the start (states that are never left for each other), or ends in a state of which nothing
        was seen.
        """
        ways = _closure(self.probabilities > 0)
        # A state is of the long run when it can be come back to from wherever it leads.
        lasting = np.array([bool(np.all(ways[ways[i], i])) for i in range(len(self.states))], dtype=np.bool_)
        silent = ~self.probabilities.any(axis=1)
        # Nobody was seen there, and nobody goes there: such a state has no part in any run.
        lasting &= ~(silent & ~self.probabilities.any(axis=0))
        if not lasting.any():
            raise Invalid("counts", "must not be empty", 0, "watch for longer")
        unseen = [self.states[i] for i in np.flatnonzero(lasting & silent).tolist()]
        if unseen:
            raise Invalid(
                "counts", "must say what follows each state of the long run", unseen, "watch for longer"
            )
        first = int(np.argmax(lasting))
        if apart := [self.states[i] for i in np.flatnonzero(lasting & ~ways[first]).tolist()]:
            pair = (self.states[first], apart[0])
            remedy = "ask for expected_time_to, or drop the states that nobody leaves"
            raise Invalid(
                "states", "must have one long run: these are never left for each other", pair, remedy
            )
        share = np.zeros(len(self.states))
        share[lasting] = _long_run(self.probabilities[np.ix_(lasting, lasting)])
        return sealed(share)

    # --- how sure it is ---

    def probability_interval(self, *, level: float = 0.95) -> Interval:
        """(k, k) how sure each share is: Wilson's score interval, [0, 0] where the table has no way."""
        return wilson(self.counts, self.allowed, level)

    def interval(
        self,
        quantity: Callable[[Self], Floats],
        *,
        level: float = 0.95,
        between: tuple[float, float] = (0.0, np.inf),
    ) -> Interval:
        """How sure it is of any quantity: ``monthly.interval(lambda m: m.expected_time_to("churned"))``.

        The delta method: each row is a multinomial sample of its own, and the quantity's slope along each of its
        cells is found by moving a little of the row there. On a scale without bounds, as for the other models.

        quantity : a function of the matrix that gives an array.
        between : the bounds of the quantity: (0, inf) is right for times; say (0, 1) for probabilities. What lies on
            a bound, or is infinite, stays there.

        A pair that was never seen does not add to it: with few counts the interval is too narrow, so look at ``n``.
        """
        z, p, n = deviate(level), self.probabilities, self.n
        low, high = between
        here = np.atleast_1d(np.asarray(quantity(self), dtype=np.float64))
        if here.size and not (here.min() >= low and here.max() <= high):
            worst = float(here.min() if here.min() < low else here.max())
            raise Invalid("between", f"must hold the quantity, which reaches {worst:g}", between)
        variance = np.zeros_like(here)
        with np.errstate(invalid="ignore"):
            for i, j in np.argwhere((p > 0) & (p < 1)).tolist():
                step = min(_STEP, p[i, j] / 2)
                slope = (quantity(self._leaning(i, j, step)) - quantity(self._leaning(i, j, -step))) / (
                    2 * step
                )
                variance += p[i, j] / n[i] * np.asarray(slope) ** 2
        below, above = margins(here, z * np.sqrt(variance), low, high)
        return Interval(sealed(here.copy()), sealed(below), sealed(above), level)

    def _leaning(self, row: int, column: int, step: float) -> Self:
        """The same with a little more of one row in one column, and as much less of the whole row."""
        moved = self.probabilities.copy()
        moved[row] *= 1 - step
        moved[row, column] += step
        return attrs.evolve(self, probabilities=sealed(moved))

    def _targets(self, targets: tuple[str, ...]) -> NDArray[np.bool_]:
        unknown = [str(target) for target in targets if target not in self.states]
        if unknown or not targets:
            raise Invalid("targets", f"must be some of {', '.join(self.states)}", unknown)
        return np.isin(np.array(self.states), np.array([str(target) for target in targets]))

    def _never_lost(self, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(k,) from where no way, as long as it has not met a target, leads to a state without a way to one."""
        steps = self.probabilities > 0
        lost = ~(_closure(steps) & there).any(axis=1)
        before = steps & ~there[:, None]
        return np.logical_not((_closure(before) & lost).any(axis=1))

    def __repr__(self) -> str:
        head = f"PeriodMatrix of {self.counts.sum():,.0f} pairs, from {self.period} to {self.period}"
        return "\n".join([head, table(self.states, self.counts, self.allowed), *told(self.unexpected)])


def _closure(steps: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(k, k) what can be reached in any number of steps, none included: squared until nothing is added."""
    ways = steps | np.eye(steps.shape[0], dtype=np.bool_)
    while True:
        further = ways @ ways
        if np.array_equal(further, ways):
            return ways
        ways = further


def _leaving(p: Floats, inner: NDArray[np.bool_]) -> Floats:
    """I - Q of the inner states, with 1 - p(i, i) as the sum of what leaves: exact where nearly all stay."""
    q = p[np.ix_(inner, inner)]
    others = p.copy()
    np.fill_diagonal(others, 0.0)
    system = -q
    np.fill_diagonal(system, others[inner].sum(axis=1))
    return system


def _long_run(p: Floats) -> Floats:
    """The stationary distribution of an irreducible chain: states are taken out one by one, and put back."""
    left = p.copy()
    for m in range(len(left) - 1, 0, -1):
        left[:m, m] /= left[m, :m].sum()
        left[:m, :m] += np.outer(left[:m, m], left[m, :m])
    share = np.ones(len(left))
    for m in range(1, len(left)):
        share[m] = share[:m] @ left[:m, m]
    whole: Floats = share / share.sum()
    return whole
