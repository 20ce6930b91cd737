"""A forecast made on several days of the past, each time from what was known then: one good hold-out may be luck.

Rolling origins (Tashman 2000, Out-of-sample tests of forecasting accuracy: an analysis and review, International Journal of
Forecasting 16(4), 437-450): cut the log at several days, fit to what came before each, and judge by what came after. All
forecasts reach equally far, so that their figures can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Self, overload

import attrs
import numpy as np

from relcore.analytics.columns import moments
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.occasion_holdout import OccasionHoldout
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.occasion_count import occasions_within
from relcore.analytics.lifetime_value.validation import CountForecast, Validation, judged
from relcore.analytics.period import Period, Span, calendar_day, day_number, days_per, horizon_in
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid


@overload
def rolling_origins(
    ledger: Ledger,
    *,
    period: Period,
    cuts: Sequence[date | str],
    horizon: float | Span,
    until: date | str,
    into: type[Purchases] = ...,
) -> Iterator[tuple[Purchases, Holdout]]: ...
@overload
def rolling_origins(
    ledger: Ledger,
    *,
    period: Period,
    cuts: Sequence[date | str],
    horizon: float | Span,
    until: date | str,
    into: type[Occasions],
) -> Iterator[tuple[Occasions, OccasionHoldout]]: ...
def rolling_origins(
    ledger: Ledger,
    *,
    period: Period,
    cuts: Sequence[date | str],
    horizon: float | Span,
    until: date | str,
    into: type[Purchases | Occasions] = Purchases,
) -> Iterator[tuple[Purchases, Holdout]] | Iterator[tuple[Occasions, OccasionHoldout]]:
    """For each cut the histories known at its end, and what the same customers did in the ``horizon`` after it.

    cuts : last days of calibration, increasing.
    horizon : periods, or a `Span`; rounded down to whole days.
    until : the last day of the log. A hold-out that would end later is refused: what it lacks would look like a forecast
        that was too high.
    into : what the log is cut into, for models that are fitted to it. Of ``Occasions``, which are calendar periods, the horizon
        holds a whole number, one at least; the one that is not over at a cut is the first ahead, so two cuts must have the
        end of one between them. See `Occasions.split`.

    Customers whose first order lies after a cut are not in its pair. All is checked before the first pair is made.

    >>> log = Ledger.from_log(customer=["a", "b", "a"], day=[0, 10, 20])
    >>> cuts = ["1970-01-08", "1970-01-15"]
    >>> pairs = rolling_origins(log, period="week", cuts=cuts, horizon=2, until="1970-01-31")
    >>> [(len(known), float(after.purchases.sum())) for known, after in pairs]
    [(1, 1.0), (2, 1.0)]

    >>> log = Ledger.from_log(customer=["a", "b", "a"], day=[0, 40, 70])
    >>> cuts = ["1970-01-31", "1970-02-28"]
    >>> pairs = rolling_origins(log, period="month", cuts=cuts, horizon=2, until="1970-04-30", into=Occasions)
    >>> [(len(known), float(after.purchases.sum()), after.length) for known, after in pairs]
    [(1, 1.0, 2), (2, 1.0, 2)]
    """
    _must_be_a_log(ledger)
    last, numbers = day_number(until), [day_number(cut, "cuts") for cut in cuts]
    if not numbers:
        raise Invalid("cuts", "must name a day", [])
    if any(late <= early for early, late in pairwise(numbers)):
        raise Invalid("cuts", "must increase", [str(cut) for cut in cuts])
    ends = _ends(into, period, numbers, horizon)
    if ends[-1] > last:
        remedy = f"the log ends on {until}: leave it out, or ask for a shorter horizon"
        told = f"{cuts[-1]} and {horizon_in(period, horizon):g} {period}s more"
        raise Invalid("cuts", "must leave room for the horizon", told, remedy)
    days = [(calendar_day(cut), calendar_day(end)) for cut, end in zip(numbers, ends, strict=True)]
    if into is Occasions:
        return (Occasions.split(ledger, period=period, cut=cut, until=end) for cut, end in days)
    return (ledger.split(period=period, cut=cut, until=end) for cut, end in days)


def _must_be_a_log(given: object) -> None:
    if not isinstance(given, Ledger):
        remedy = (
            "summaries cannot be cut: read the log itself with Ledger.from_orders, or with Ledger.from_matrix"
        )
        raise Invalid("ledger", "must be a Ledger", type(given).__name__, remedy)


def _ends(into: object, period: Period, cuts: list[int], horizon: float | Span) -> list[int]:
    """The last days of the hold-outs."""
    if into is Purchases:
        return _days_later(period, cuts, horizon)
    if into is Occasions:
        return _occasions_later(period, cuts, horizon)
    raise Invalid("into", "must be Purchases or Occasions", getattr(into, "__name__", into))


_ROUNDING = 1e-9  # three weeks of seven days are 21 of them, whatever the last bit says


def _days_later(period: Period, cuts: list[int], horizon: float | Span) -> list[int]:
    days = int(horizon_in(period, horizon) * days_per(period) + _ROUNDING)
    if days < 1:
        raise Invalid("horizon", "must be a day at least", horizon)
    return [cut + days for cut in cuts]


def _occasions_later(period: Period, cuts: list[int], horizon: float | Span) -> list[int]:
    ahead = occasions_within(period, horizon)
    if ahead < 1:
        raise Invalid("horizon", f"must be an occasion at least, one comes every {period}", horizon)
    unfinished = moments.numbers(period, (np.array(cuts) + 1) * moments.DAY, None)
    for (early, late), ended in zip(pairwise(cuts), np.diff(unfinished), strict=True):
        if not ended:
            pair = [str(calendar_day(early)), str(calendar_day(late))]
            remedy = "leave one out: the same is known at both"
            raise Invalid("cuts", f"must have the end of a {period} between them", pair, remedy)
    beyond = int(min(ahead, _FAR))
    return [int(day) - 1 for day in moments.first_days(period, unfinished + beyond)]


_FAR = 10_000_000  # occasions after which no log goes on, and days can still be told


@attrs.frozen
class Origin:
    """One day on which a forecast was made: the last of the calibration, and how it came out."""

    cut: date
    validation: Validation


@attrs.frozen(repr=False)
class RollingValidation:
    """How good a kind of model was on several days of the past. ``str`` is for people, ``origins`` are for programs."""

    origins: tuple[Origin, ...]

    @overload
    @classmethod
    def of(
        cls,
        fit: Callable[[Purchases], CountForecast[Purchases]],
        ledger: Ledger,
        *,
        period: Period,
        cuts: Sequence[date | str],
        horizon: float | Span,
        until: date | str,
        into: type[Purchases] = ...,
    ) -> Self: ...
    @overload
    @classmethod
    def of(
        cls,
        fit: Callable[[Occasions], CountForecast[Occasions]],
        ledger: Ledger,
        *,
        period: Period,
        cuts: Sequence[date | str],
        horizon: float | Span,
        until: date | str,
        into: type[Occasions],
    ) -> Self: ...
    @classmethod
    def of(
        cls,
        fit: Callable[[Any], CountForecast[Any]],
        ledger: Ledger,
        *,
        period: Period,
        cuts: Sequence[date | str],
        horizon: float | Span,
        until: date | str,
        into: Any = Purchases,
    ) -> Self:
        """Fit to each calibration alone, and validate on what came after it.

        fit : makes a model of purchases, such as ``BetaGeoNBD.fit``; with ``into=Occasions`` one of occasions, such as
            ``BetaGeoBetaBernoulli.fit``. The other arguments are those of `rolling_origins`. What a fit refuses (a cut at
            which nobody had come back yet) is refused here.
        """
        pairs_of: Callable[..., Iterator[tuple[Any, Any]]] = rolling_origins  # of either kind
        pairs = pairs_of(ledger, period=period, cuts=cuts, horizon=horizon, until=until, into=into)
        days = [calendar_day(day_number(cut)) for cut in cuts]
        return cls(tuple(_origin(fit, cut, *pair) for cut, pair in zip(days, pairs, strict=True)))

    def to_frame(self, *, like: Any) -> Any:
        """A frame of the kind of ``like`` with one row per origin; ``like={}`` gives a dict of arrays.

        cut, customers, made and expected (purchases in all), bias, absolute and squared (errors per customer, see `Score`),
        naive (the smallest squared error of a baseline), captured and attainable (by the top tenth), held (the share in
        the intervals of 95 %).
        """
        from relcore import frames

        rows = [dict(_figures(origin)) for origin in self.origins]
        return frames.like(like, {name: np.array([row[name] for row in rows]) for name in rows[0]})

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        first = self.origins[0].validation
        ahead = f"{first.horizon:.2f} {first.period}s"
        title = f"{first.model.name} from {len(self.origins)} origins, {ahead} ahead each"
        head = ("until", "customers", "made", "expected", "bias", "rms error", "naive", "top tenth", "95 %")
        cells: list[tuple[str, ...]] = []
        for origin in self.origins:
            told = dict(_figures(origin))
            counts = (f"{told['customers']:,}", f"{told['made']:,.0f}", f"{told['expected']:,.0f}")
            errors = (f"{told['bias']:+.1%}", f"{told['squared']:.3f}", f"{told['naive']:.3f}")
            cells.append(
                (str(told["cut"]), *counts, *errors, f"{told['captured']:.1%}", f"{told['held']:.1%}")
            )
        layout = ("<12", ">10", ">9", ">10", ">9", ">11", ">8", ">11", ">8")
        return Sheet((title, Grid(layout, tuple(cells), head)))

    __repr__ = as_text
    _repr_html_ = as_html


def _origin(fit: Callable[[Any], CountForecast[Any]], cut: date, known: Any, after: Any) -> Origin:
    try:
        model = fit(known)
        after.must_follow(known)
        return Origin(cut, judged(model, known, after))
    except Invalid as refusal:
        refusal.add_note(f"That was at the cut {cut}.")
        raise


def _figures(origin: Origin) -> Iterator[tuple[str, Any]]:
    said = origin.validation
    yield "cut", np.datetime64(origin.cut)
    yield "customers", said.customers
    yield "made", said.made
    yield "expected", said.model.expected
    yield "bias", said.bias
    yield "absolute", said.model.absolute
    yield "squared", said.model.squared
    yield "naive", min(score.squared for score in said.baselines)
    yield "captured", said.model.captured
    yield "attainable", said.attainable
    yield "held", said.coverage[-1].actual
