"""How good was a forecast? Asked of customers whose future is known: in total, one by one, and in how sure it was.

A model that is right on average may still be useless: whoever expects the same of everybody is right on average too. So
each error stands beside those of forecasts that cost nothing, and what the model says about its own doubt is counted
out as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Protocol, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics.arrays import Floats
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.occasion_holdout import OccasionHoldout
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Period, Span
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text

_LEVELS = (0.5, 0.8, 0.9, 0.95)
_EDGES = np.linspace(0.0, 1.0, 6)
_TENTHS = np.linspace(0.0, 1.0, 11)
_TOP = 0.1


H_contra = TypeVar("H_contra", contravariant=True)


class CountForecast(Protocol[H_contra]):
    """A model that says who is alive, how many purchases to expect, and how likely each number of them is."""

    @property
    def period(self) -> Period: ...

    def probability_alive(self, purchases: H_contra, /) -> Floats:
        """(n,) the chance that somebody is still a customer."""
        ...

    def expected_purchases(self, purchases: H_contra, /, *, horizon: float | Span) -> Floats:
        """(n,) purchases expected within the horizon."""
        ...

    def probability_of_purchases(
        self, purchases: H_contra, /, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of at least so many purchases within the horizon."""
        ...


H = TypeVar("H", Purchases, Occasions)


@attrs.frozen
class Score:
    """One forecast: of the model, or of a baseline that needs none.

    expected : purchases in total. absolute : mean error per customer, sign apart. squared : root of the mean square.
    captured : the share of all purchases that were made by the tenth of the customers of whom it expected most.
    """

    name: str
    expected: float
    absolute: float
    squared: float
    captured: float


@attrs.frozen
class AliveGroup:
    """Customers with P(alive) from ``low`` to ``high``: the share expected to buy, and the share that did."""

    low: float
    high: float
    customers: int
    expected: float
    actual: float


@attrs.frozen
class BuyerGroup:
    """Customers with a chance to buy from ``low`` to ``high``: the share expected to, and the share that did."""

    low: float
    high: float
    customers: int
    expected: float
    actual: float


@attrs.frozen
class Coverage:
    """The share of customers whose purchases fell into the middle ``level`` of what the model held possible."""

    level: float
    actual: float


@attrs.frozen(repr=False)
class Validation:
    """A forecast of the hold-out beside what happened. ``str`` is for people, the fields are for programs.

    model : its score. baselines : *as before* (everybody keeps their own rate), *all alike* (everybody has the rate of
        all together), *nobody* (no purchase at all). Whole counts that are mostly 0 make *nobody* hard to beat in mean
        absolute error: look at the squared one.
    made : purchases in all. attainable : ``captured`` of a forecast that had known.
    alive : P(alive) cannot be seen, but who is alive buys: groups of customers by it, empty ones left out.
    buyers : the same by the chance to buy itself, in tenths.
    coverage : of the predictive intervals. A calibrated model has each ``actual`` near its ``level``.
    transform : the probability integral transform: the shares of customers whose purchases fell into each tenth of what the
        model held possible, from few to many. A calibrated model has 0.1 in each; high ends are intervals that are too
        narrow, a high middle ones that are too wide, a slope a forecast that is too high or too low.
    """

    customers: int
    horizon: float
    period: Period
    made: float
    model: Score
    baselines: tuple[Score, ...]
    attainable: float
    alive: tuple[AliveGroup, ...]
    buyers: tuple[BuyerGroup, ...]
    coverage: tuple[Coverage, ...]
    transform: tuple[float, ...]

    @property
    def bias(self) -> float:
        """How far the total is off, as a share of what was made: -0.1 is a tenth too few. Infinite if none was made."""
        return self.model.expected / self.made - 1 if self.made else math.inf

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        ahead = f"{self.horizon:.2f} {self.period}s"
        title = f"Validation on {self.customers:,} customers, {ahead} ahead: {self.made:,.0f} purchases made"
        held = ", ".join(f"{row.level:.0%}: {row.actual:.1%}" for row in self.coverage)
        return Sheet((title, self._scores(), self._alive(), f"intervals hold  {held}"))

    def _scores(self) -> Grid:
        cells: list[tuple[str, ...]] = []
        for score in (self.model, *self.baselines):
            bias = f"{score.expected / self.made - 1:+.1%}" if self.made else ""
            errors = (f"{score.absolute:.3f}", f"{score.squared:.3f}")
            cells.append((score.name, f"{score.expected:,.0f}", bias, *errors, f"{score.captured:.1%}"))
        cells.append(("had one known", f"{self.made:,.0f}", "", "", "", f"{self.attainable:.1%}"))
        head = ("", "expected", "bias", "abs. error", "rms error", "top tenth")
        wide = max(14, len(self.model.name) + 1)
        return Grid((f"<{wide}", ">10", ">9", ">12", ">11", ">11"), tuple(cells), head)

    def _alive(self) -> Grid:
        cells = [
            (
                f"{row.low:.1f} to {row.high:.1f}",
                f"{row.customers:,}",
                f"{row.expected:.1%}",
                f"{row.actual:.1%}",
            )
            for row in self.alive
        ]
        head = ("P(alive)", "customers", "expected to buy", "bought")
        return Grid(("<14", ">10", ">18", ">10"), tuple(cells), head)

    __repr__ = as_text
    _repr_html_ = as_html


def validate(self: CountForecast[Purchases], calibration: Purchases, holdout: Holdout) -> Validation:
    """Forecast the hold-out from the calibration and compare it with what happened.

    calibration, holdout : the two that `Purchases.split` returns, n >= 1 customers. The model should have been fitted to
        the calibration alone; nothing here fits.

    Intervals are those of what each customer will do, at the model's parameters. Counts are whole, so no interval has
    just the level asked for: an outcome on the edge counts with the part of its chance that lies inside (Czado, Gneiting
    and Held 2009, "Predictive Model Assessment for Count Data", Biometrics 65, 1254-1261).
    """
    holdout.must_follow(calibration)
    return judged(self, calibration, holdout)


def judged(model: CountForecast[H], calibration: H, holdout: Holdout | OccasionHoldout) -> Validation:
    """The forecast beside what happened, of customers who are known to be the same."""
    made, ahead = holdout.purchases, holdout.length
    expected = model.expected_purchases(calibration, horizon=ahead)
    name = type(model).__name__
    alive = model.probability_alive(calibration)
    buys = model.probability_of_purchases(calibration, horizon=ahead)
    steps = _Steps.of(model, calibration, holdout)
    return Validation(
        customers=len(calibration),
        horizon=ahead,
        period=holdout.period,
        made=float(made.sum()),
        model=_score(name, expected, made),
        baselines=tuple(_score(*baseline, made) for baseline in _baselines(calibration, ahead)),
        attainable=_captured(made, made),
        alive=tuple(AliveGroup(*told) for told in _groups(alive, _EDGES, buys, made)),
        buyers=tuple(BuyerGroup(*told) for told in _groups(buys, _TENTHS, buys, made)),
        coverage=tuple(Coverage(level, steps.within(0.5 - level / 2, 0.5 + level / 2)) for level in _LEVELS),
        transform=tuple(steps.within(low, high) for low, high in pairwise(_TENTHS.tolist())),
    )


def _baselines(known: Purchases | Occasions, ahead: float) -> Iterator[tuple[str, Floats]]:
    seen = known.age > 0
    yield "as before", np.divide(known.frequency, known.age, out=np.zeros(len(known)), where=seen) * ahead
    watched = float(known.age.sum())
    alike = float(known.frequency.sum()) / watched * ahead if watched else 0.0
    yield "all alike", np.full(len(known), alike)
    yield "nobody", np.zeros(len(known))


def _score(name: str, expected: Floats, made: Floats) -> Score:
    off = expected - made
    return Score(
        name,
        float(expected.sum()),
        float(np.abs(off).mean()),
        float(np.sqrt(np.square(off).mean())),
        _captured(expected, made),
    )


def _captured(expected: Floats, made: Floats) -> float:
    """Customers of whom as much is expected as of the last in the top tenth share the places that are left."""
    if not made.any():
        return 0.0
    places = math.ceil(_TOP * made.size)
    last = np.partition(expected, made.size - places)[made.size - places]
    above, level = expected > last, expected == last
    share = (places - np.count_nonzero(above)) / np.count_nonzero(level)
    return float((made[above].sum() + share * made[level].sum()) / made.sum())


def _groups(
    score: Floats, edges: Floats, buys: Floats, made: Floats
) -> Iterator[tuple[float, float, int, float, float]]:
    """Between which edges, how many, the share expected to buy, and the share that did; empty groups are left out."""
    group = np.clip(np.searchsorted(edges, score, side="right") - 1, 0, edges.size - 2)
    for n, (low, high) in enumerate(pairwise(edges.tolist())):
        mine = group == n
        if mine.any():
            yield low, high, int(mine.sum()), float(buys[mine].mean()), float((made[mine] > 0).mean())


@attrs.frozen(eq=False)
class _Steps:
    """Where each customer's purchases fell in what the model held possible: a step of its distribution."""

    below: Floats  # (n,) the chance of fewer purchases than were made
    upto: Floats  # (n,) the chance of as many or fewer

    @classmethod
    def of(cls, model: CountForecast[H], known: H, holdout: Holdout | OccasionHoldout) -> _Steps:
        made, ahead = holdout.purchases, holdout.length
        below = 1.0 - model.probability_of_purchases(known, at_least=made, horizon=ahead)
        upto = 1.0 - model.probability_of_purchases(known, at_least=made + 1, horizon=ahead)
        return cls(below, upto)

    def within(self, low: float, high: float) -> float:
        """The share of customers between two levels; a step on an edge counts with the part of it that lies inside."""
        size = np.maximum(self.upto - self.below, np.finfo(np.float64).tiny)
        part = (np.minimum(self.upto, high) - np.maximum(self.below, low)) / size
        return float(np.clip(part, 0.0, 1.0).mean())
