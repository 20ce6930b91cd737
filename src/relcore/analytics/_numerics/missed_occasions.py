"""A customer who let the last occasions pass: he was there and did not buy, or he had left before one of them.

Of n occasions x were taken, the last of them d occasions before the end. With the chance to buy ~ Beta(alpha, beta) and the
chance to leave before an occasion ~ Beta(gamma, delta), having left before the e-th occasion from the end (1 <= e <= d) is
exp(o_e) times as likely as being there still, where

    o_e = ln(gamma / (gamma + delta + n)) + sum over k = n - 1, ..., n - e of
          ln((alpha + beta + k) / (beta + k - x)) + ln((gamma + delta + k + 1) / (delta + k))

grows with e: positive terms, no case is special. The odds of having left are the sum of exp(o_e) over e <= d. They depend on d
by the number of terms only, so that customers with the same x and n share them; one pass along the occasions, from the last
backwards, serves all customers at once, and carries the averages over the moment of leaving of which the derivatives are made.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics.arrays import Counts, Floats


@attrs.frozen(eq=False)
class LogOdds:
    """Of having left, for r rows, as a function of alpha + beta, beta, delta and gamma + delta (in this order), and gamma.

    value : (r,) minus infinity for d = 0. slope : (4, r). bend : (4, 4, r) the second derivatives. gamma adds ln gamma to all.
    """

    value: Floats
    slope: Floats
    bend: Floats


@attrs.frozen(eq=False)
class MissedOccasions:
    """Rows (r,) of x, d and n, arranged for the pass: pairs (x, n) by how far back any of their rows looks."""

    x: Floats  # (g,) of the distinct pairs, the longest look back first, like n
    n: Floats
    reach: Counts  # (longest,) how many of the pairs look back so far: those are the first ones
    pair: Counts  # (r,) to which of them a row belongs
    ends: tuple[Counts, ...]  # (longest,) the rows whose d it is

    @classmethod
    def of(cls, x: Floats, d: Floats, n: Floats) -> MissedOccasions:
        """All (r,), whole and >= 0, with x + d <= n."""
        shared = distinct([(x, 1.0), (n, 1.0)])
        back = d.astype(np.int64)
        farthest = np.zeros(shared.first.size, dtype=np.int64)
        np.maximum.at(farthest, shared.index, back)
        order = np.argsort(-farthest, kind="stable")
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(order.size)
        longest = int(farthest.max(initial=0))
        reach = np.searchsorted(-farthest[order], -np.arange(1, longest + 1), side="right")
        rows = np.argsort(back, kind="stable")
        edges = np.searchsorted(back[rows], np.arange(1, longest + 2))
        ends = tuple(rows[a:b] for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        first = shared.first[order]
        return cls(x[first], n[first], reach.astype(np.int64), place[shared.index], ends)

    def log_odds(self, alpha: float, beta: float, gamma: float, delta: float) -> Floats:
        """(r,) the log odds of having left."""
        odds = np.full(self.pair.size, -np.inf)
        one, total = self._begin(gamma, delta)
        for some, k, ended in self._backwards():
            x = self.x[some]
            one[some] += np.log1p((alpha + x) / (beta + k - x)) + np.log1p((gamma + 1) / (delta + k))
            total[some] = np.logaddexp(total[some], one[some])
            odds[ended] = total[self.pair[ended]]
        return odds

    def derivatives(self, alpha: float, beta: float, gamma: float, delta: float) -> LogOdds:
        """The same with both derivatives."""
        rows, pairs = self.pair.size, self.x.size
        found = LogOdds(np.full(rows, -np.inf), np.zeros((4, rows)), np.zeros((4, 4, rows)))
        one, total = self._begin(gamma, delta)
        slope, bend = np.zeros((4, pairs)), np.zeros((4, pairs))
        mean, bent, spread = np.zeros((4, pairs)), np.zeros((4, pairs)), np.zeros((4, 4, pairs))
        diagonal = np.arange(4)
        for some, k, ended in self._backwards():
            x = self.x[some]
            one[some] += np.log1p((alpha + x) / (beta + k - x)) + np.log1p((gamma + 1) / (delta + k))
            total[some] = np.logaddexp(total[some], one[some])
            parts = np.stack([1 / (alpha + beta + k), -1 / (beta + k - x), -1 / (delta + k)])
            slope[:3, some] += parts
            bend[:3, some] -= parts * np.abs(parts)
            # The mean and the spread of the slopes over the moment of leaving, one moment more (West 1979).
            share = np.exp(one[some] - total[some])
            off = slope[:, some] - mean[:, some]
            mean[:, some] += share * off
            bent[:, some] += share * (bend[:, some] - bent[:, some])
            spread[:, :, some] += share * (off[:, None] * off[None, :])
            spread[:, :, some] *= 1 - share
            last = 1 / (gamma + delta + k)
            slope[3, some] += last
            bend[3, some] -= last**2
            mine = self.pair[ended]
            found.value[ended], found.slope[:, ended] = total[mine], mean[:, mine]
            found.bend[:, :, ended] = spread[:, :, mine]
            found.bend[diagonal, diagonal, ended[:, None]] += bent[:, mine].T
        return found

    def _begin(self, gamma: float, delta: float) -> tuple[Floats, Floats]:
        return np.log(gamma / (gamma + delta + self.n)), np.full(self.n.size, -np.inf)

    def _backwards(self) -> Iterator[tuple[slice, Floats, Counts]]:
        """The pairs that look back so far, what came before the occasion, and the rows whose first miss it was."""
        for back, (reach, ended) in enumerate(zip(self.reach.tolist(), self.ends, strict=True), start=1):
            some = slice(0, reach)
            yield some, self.n[some] - back, ended
