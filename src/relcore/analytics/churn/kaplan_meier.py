"""How many are still there after a time, without a model: the product-limit estimate.

At each time at which somebody leaves, the share of those who were there and stayed is multiplied in; who was still
there when observation ended counts for as long as they were watched. Kaplan and Meier (1958), JASA 53(282), 457-481;
the variance of Greenwood (1926), with bounds from log(-log S) (Kalbfleisch and Prentice 2002, section 1.4), which
keep to [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics._numerics.margins import deviate
from relcore.analytics._numerics.tally import tally
from relcore.analytics.arrays import Floats, floats, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.spells import Spells
from relcore.analytics.interval import Interval
from relcore.analytics.period import Period, Span, days_per, horizon_in
from relcore.kernel.errors import Fault, Invalid, InvalidRows

_ROUNDING = 1e-12
"""A curve that reaches 1/2 by a product of fractions has reached it."""


@attrs.frozen(eq=False, repr=False, kw_only=True)
class KaplanMeier:
    """A survival curve: 1 before the first of ``times``, then ``survival[i]`` from ``times[i]`` on.

    times : (k,) distinct and increasing: every time at which somebody left or stopped being watched.
    survival : (k,) the share that stays longer than this.
    at_risk : (k,) who were there and watched just before; those who leave or are censored at this time are among them.
    events, censored : (k,) who left, and who stopped being watched, at this time.
    period : the unit of times.

    Counts are sums of weights. Nobody at all (k = 0) gives the curve that stays at 1 and knows nothing.
    """

    times: Floats = attrs.field(converter=floats)
    survival: Floats = attrs.field(converter=floats)
    at_risk: Floats = attrs.field(converter=floats)
    events: Floats = attrs.field(converter=floats)
    censored: Floats = attrs.field(converter=floats)
    period: Period

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @classmethod
    def fit(
        cls,
        durations: ArrayLike,
        observed: ArrayLike | None = None,
        *,
        entry: ArrayLike | None = None,
        weight: ArrayLike | None = None,
        period: Period,
    ) -> Self:
        """From how long each was there, in periods.

        durations : (n,) finite, >= 0: until leaving, or until the last time it was watched.
        observed : (n,) whether it was seen to leave; all were, unless given.
        entry : (n,) at which age it began to be watched (left truncation): 0, or less than its duration. It is at
            risk from then on, not before: who left early was never met, and counting those who were as if they had
            been watched from the start makes survival look better than it is.
        weight : (n,) how many each row stands for, > 0.
        period : the unit of durations.

        Of those who leave and those who are censored at one time, the former left first. With entries the number at
        risk may be small early on, and one who leaves alone takes the curve to 0 for good: look at ``at_risk``.

        >>> curve = KaplanMeier.fit([1, 2, 2, 4], [True, True, False, True], period="month")
        >>> curve.survival
        array([0.75, 0.5 , 0.  ])
        >>> curve.median
        2.0
        """
        length = _numbers(durations)
        left = np.ones(length.size, dtype=np.bool_) if observed is None else _flags(observed)
        late = None if entry is None else floats(entry)
        heavy = None if weight is None else floats(weight)
        _check(length, left, late, heavy)
        found = tally(length, left, heavy)
        leaving = found.marked + found.plain
        at_risk = leaving[::-1].cumsum()[::-1]
        if late is not None:
            # A sum of weights minus a sum of weights: exact for whole ones, and never less than who is known to leave.
            at_risk = np.maximum(at_risk - _not_yet(found.value, late, heavy), leaving)
        # The complement is not 1 - d / n: where nobody is left it is 0 exactly.
        stayed = (at_risk - found.marked) / at_risk if found.value.size else at_risk
        columns = (found.value, np.cumprod(stayed), at_risk, found.marked, found.plain)
        names = ("times", "survival", "at_risk", "events", "censored")
        return cls(**dict(zip(names, map(sealed, columns), strict=True)), period=period)

    @classmethod
    def from_spells(cls, spells: Spells, *, period: Period) -> Self:
        """From when each spell began to when it ended; choose those of one state or group before.

        Each row is a spell: customers with several of them count as often.
        """
        unit = days_per(period) * 86_400_000_000
        return cls.fit(
            spells.duration(period),
            spells.observed,
            entry=None
            if np.array_equal(spells.entry, spells.start)
            else (spells.entry - spells.start) / unit,
            weight=None if np.all(spells.weight == 1) else spells.weight,
            period=period,
        )

    # --- what it says ---

    def survival_at(self, times: ArrayLike) -> Floats:
        """(m,) the share that stays longer than each of m times, in periods; 1 before the first.

        Beyond the longest time watched the curve is carried on, for nothing is known; `interval` says so by a lower
        bound of 0.
        """
        asked = np.atleast_1d(np.asarray(times, dtype=np.float64))
        if asked.size and not np.all(asked >= 0):
            raise Invalid("times", "must be >= 0", float(asked[~(asked >= 0)][0]))
        place = np.searchsorted(self.times, asked, side="right")
        return sealed(np.append(1.0, self.survival)[place])

    def quantile(self, share: ArrayLike) -> Floats:
        """(m,) after which time these shares have left, in periods; infinite where so many were not seen to.

        The earliest time at which no more than 1 - share are there.
        """
        asked = np.atleast_1d(np.asarray(share, dtype=np.float64))
        if asked.size and not np.all((asked > 0) & (asked < 1)):
            raise Invalid("share", "must lie in (0, 1)", asked.tolist(), "0.5 is the median")
        # Survival falls: the first place at which it is low enough is found from the other end.
        place = np.searchsorted(-self.survival, -(1 - asked + _ROUNDING), side="left")
        return sealed(np.append(self.times, np.inf)[place])

    @property
    def median(self) -> float:
        """After which time half have left, in periods; infinite where fewer than half were seen to."""
        return float(self.quantile(0.5)[0])

    def restricted_mean(self, horizon: float | Span) -> float:
        """The mean time there within the horizon, in periods: the area under the curve up to it.

        Who stays longer counts with the horizon. Beyond the longest time watched the curve is carried on.
        """
        return float(self._areas(horizon_in(self.period, horizon))[0])

    def restricted_mean_error(self, horizon: float | Span) -> float:
        """The standard error of the restricted mean: the areas after each time, weighed by Greenwood's terms."""
        reach = horizon_in(self.period, horizon)
        early = self.times < reach
        after = self._areas(reach)[1:]
        # Where the curve is 0 there is no area left to be unsure of.
        some = early & (self.events < self.at_risk)
        n, left = self.at_risk[some], self.events[some]
        return float(np.sqrt(np.sum(after[some] ** 2 * left / (n * (n - left)))))

    def _areas(self, horizon: float) -> Floats:
        """(k + 1,) the areas under the curve from 0 and from each of the times, up to the horizon."""
        corners = np.minimum(np.append(0.0, self.times), horizon)
        widths = np.diff(np.append(corners, horizon))
        area = widths * np.append(1.0, self.survival)
        areas: Floats = area[::-1].cumsum()[::-1]
        return areas

    # --- how sure it is ---

    def interval(
        self, quantity: Callable[[Self], ArrayLike] | None = None, *, level: float = 0.95
    ) -> Interval:
        """The band of the curve, or how sure it is of a quantity: ``curve.interval(lambda c: c.survival_at([30, 60]))``.

        quantity : what is read off the curve; its ``survival`` unless given, (k,) along ``times``. The bounds are
            what is read off the edges of the band: for `survival_at` the pointwise interval, for `quantile` and
            ``median`` that of Brookmeyer and Crowley (1982). For a restricted mean they are too wide, because the
            curve is not at its edge everywhere at once: use `restricted_mean_error`.

        Where nobody has left yet the formula has no width; there the lower bound is that of a count without events
        (all n at risk stayed: (1/2 - level/2) ^ (1/n)). Where nobody is left the upper bound is the one before.
        """
        low, high = self._edges(level)
        read: Callable[[Any], ArrayLike] = quantity or _survival
        here, one, other = (np.atleast_1d(np.asarray(read(c), dtype=np.float64)) for c in (self, low, high))
        # The low edge carries one time more than the curve; what is read along the times is cut to them.
        one, other = one[: here.size], other[: here.size]
        bounds = np.minimum(one, other), np.maximum(one, other)
        return Interval(sealed(here), sealed(bounds[0]), sealed(bounds[1]), level)

    def _edges(self, level: float) -> tuple[Self, Self]:
        z, rare = deviate(level), 0.5 - level / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.cumsum(self.events / (self.at_risk * (self.at_risk - self.events)))
            hazard = -np.log(self.survival)
            factor = np.exp(z * np.sqrt(variance) / hazard)
            low, high = np.exp(-hazard * factor), np.exp(-hazard / factor)
            untouched = rare ** (1 / self.at_risk)
        low, high = np.where(hazard == 0, untouched, low), np.where(hazard == 0, 1.0, high)
        gone = self.survival == 0
        if gone.any():
            first = int(np.argmax(gone))
            alone = 1 - rare ** (1 / float(self.at_risk[first]))
            low[first:], high[first:] = 0.0, high[first - 1] if first else alone
        # Past the longest time watched, all of them may be gone at once.
        beyond = np.nextafter(self.times[-1], np.inf) if self.times.size else 0.0
        longer: Any = {
            name: np.append(getattr(self, name), 0.0) for name in ("at_risk", "events", "censored")
        }
        lower = attrs.evolve(
            self, times=np.append(self.times, beyond), survival=np.append(low, 0.0), **longer
        )
        return lower, attrs.evolve(self, survival=high)

    def __repr__(self) -> str:
        whom, left = (self.events + self.censored).sum(), self.events.sum()
        says = f"KaplanMeier of {whom:,.0f}, {left:,.0f} of whom left"
        if not self.times.size:
            return says
        half = self.interval(lambda curve: curve.quantile(0.5))
        middle = [f"{value:,.4g}" for value in (half.estimate[0], half.low[0], half.high[0])]
        within = np.append(0.0, self.times)[-1]
        return (
            f"{says} within {within:,.4g} {self.period}s\n"
            f"  median    {middle[0]} {self.period}s (95 % from {middle[1]} to {middle[2]})\n"
            f"  at the end {100 * self.survival[-1]:.1f} % were there"
        )


def _survival(curve: KaplanMeier) -> Floats:
    return curve.survival


def _not_yet(times: Floats, entry: Floats, weight: Floats | None) -> Floats:
    """The weight of those who are not watched yet just before each time. An entry at 0 is watched from the very start."""
    late = entry > 0
    if weight is None:
        begins = np.sort(entry[late])
        return (begins.size - np.searchsorted(begins, times, side="left")).astype(np.float64)
    order = np.argsort(entry[late])
    begins = entry[late][order]
    to_come = np.append(weight[late][order][::-1].cumsum()[::-1], 0.0)
    return to_come[np.searchsorted(begins, times, side="left")]


def _numbers(values: ArrayLike) -> NDArray[np.float64 | np.int64]:
    given = np.asarray(values)
    if given.ndim != 1:
        raise Invalid("durations", "must have one dimension", given.shape, "give one value per spell")
    return given.astype(np.int64 if given.size and given.dtype.kind in "iu" else np.float64, copy=False)


def _flags(values: ArrayLike) -> NDArray[np.bool_]:
    given = np.asarray(values)
    if given.dtype != np.bool_ and not np.all((given == 0) | (given == 1)):
        raise Invalid(
            "observed", "must be true or false", str(given.dtype), "1 for seen to leave, 0 for censored"
        )
    return given.astype(np.bool_, copy=False)


def _check(
    length: NDArray[np.float64 | np.int64],
    left: NDArray[np.bool_],
    late: Floats | None,
    heavy: Floats | None,
) -> None:
    given = {"durations": length, "observed": left, "entry": late, "weight": heavy}
    sizes = {name: column.size for name, column in given.items() if column is not None}
    if len(set(sizes.values())) > 1:
        raise Invalid("columns", "must be of one length", sizes, "give one value per spell in each")
    if not length.size:
        return
    # NaN is no minimum of anything, so that two numbers tell whether all are fit.
    if not (length.min() >= 0 and length.max() < np.inf):
        raise InvalidRows(
            [_fault("durations", "must be finite and >= 0", length, (length >= 0) & (length < np.inf))]
        )
    if late is not None:
        fits = (late == 0) | ((late > 0) & (late < length))
        if not fits.all():
            raise InvalidRows([_fault("entry", "must be 0 or lie in (0, duration)", late, fits)])
    if heavy is not None and not (heavy.min() > 0 and heavy.max() < np.inf):
        raise InvalidRows([_fault("weight", "must be finite and > 0", heavy, (heavy > 0) & (heavy < np.inf))])


def _fault(column: str, rule: str, values: NDArray[Any], fits: NDArray[np.bool_]) -> Fault:
    row = int(np.argmin(fits))
    return Fault(column, row, rule, values[row].item(), int(fits.size - np.count_nonzero(fits)))
