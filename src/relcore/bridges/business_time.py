"""Business time for columns: the same answers as `Calendar` gives for one pair of moments, for millions of them.

The open intervals of all years in question are laid end to end once; how much open time has passed at each of their ends
is a running sum. Then the time between two moments is a difference of two look-ups, and a deadline one look-up back.
Moments and durations are whole microseconds (moments since 1970-01-01 UTC), so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.kernel.clock import from_microseconds
from relcore.kernel.errors import Fault, Invalid, InvalidRows
from relcore.service.business_time import LAST_YEAR, YEARS_AHEAD, Calendar

Counts = NDArray[np.int64]
BLOCK = 1 << 18
"""Rows looked up at a time: a block and what comes of it stay in the cache."""


@attrs.frozen(eq=False, repr=False)
class OpenIntervals:
    """The open time of several years on end, in order: all (m,), microseconds."""

    opens: Counts
    closes: Counts
    passed: Counts
    """How much open time has passed when each interval ends, since the beginning of the first year."""

    @classmethod
    def of(cls, calendar: Calendar, first: int, last: int) -> OpenIntervals:
        """Those of the years first to last, in UTC."""
        years = [calendar.open_time(year) for year in range(first, last + 1)]
        opens = np.array([moment for year in years for moment in year.opens], dtype=np.int64)
        closes = np.array([moment for year in years for moment in year.closes], dtype=np.int64)
        return cls(opens, closes, np.cumsum(closes - opens))

    @property
    def total(self) -> int:
        return int(self.passed[-1]) if self.passed.size else 0

    def until(self, at: Counts) -> Counts:
        """(n,) how much open time has passed at each moment; (n,) moments within these years."""
        if not self.opens.size:
            return np.zeros(at.size, dtype=np.int64)
        latest = np.searchsorted(self.opens, at, side="right") - 1
        np.maximum(latest, 0, out=latest)  # before the first opening more than all of it is left
        left = self.closes[latest]
        left -= at
        np.maximum(left, 0, out=left)
        passed = self.passed[latest]
        passed -= left
        return np.maximum(passed, 0, out=passed)

    def after(self, passed: Counts) -> Counts:
        """(n,) the first moment by which so much has passed; (n,) amounts in (0, total]."""
        which = np.searchsorted(self.passed, passed, side="left")
        moment: Counts = self.closes[which]
        moment -= self.passed[which]
        moment += passed
        return moment


def elapsed(calendar: Calendar, start: Counts, stop: Counts) -> Counts:
    """(n,) the open time between (n,) moments and (n,) later ones: `Calendar.between`, row by row.

    ``InvalidRows`` where the second moment lies before the first.
    """
    start, stop = _columns(start=start, stop=stop)
    _refuse(stop < start, "stop", "must not lie before start", stop)
    if not start.size:
        return np.empty(0, dtype=np.int64)
    intervals = OpenIntervals.of(calendar, _year(start.min()), _year(stop.max()))

    def between(block: slice) -> Counts:
        passed = intervals.until(stop[block])
        passed -= intervals.until(start[block])
        return passed

    return _in_blocks(between, start.size)


def deadline(calendar: Calendar, start: Counts, duration: Counts) -> Counts:
    """(n,) the first moments by which (n,) durations of open time have passed since (n,) moments: `Calendar.add`.

    ``InvalidRows`` where a duration is negative, or has not passed by the end of the fiftieth year after its start.
    """
    start, duration = _columns(start=start, duration=duration)
    _refuse(duration < 0, "duration", "must not be negative", duration)
    if not start.size:
        return np.empty(0, dtype=np.int64)
    first, last = _year(start.min()), _year(start.max())
    intervals = OpenIntervals.of(calendar, first, last)

    def used_up(block: slice) -> Counts:
        return intervals.until(start[block]) + duration[block]

    passed = _in_blocks(used_up, start.size)
    needed = int(passed.max())
    while intervals.total < needed and last < min(_year(start.max()) + YEARS_AHEAD, LAST_YEAR):
        last += 1
        intervals = OpenIntervals.of(calendar, first, last)
    too_long = "must pass within 50 years of opening hours"
    _refuse(passed > intervals.total, "duration", too_long, duration)

    def ended(block: slice) -> Counts:
        return np.where(duration[block] == 0, start[block], intervals.after(passed[block]))

    ends = _in_blocks(ended, start.size)
    if last - first > YEARS_AHEAD:
        late = _years(ends - 1) > _years(start) + YEARS_AHEAD
        _refuse(late & (duration > 0), "duration", too_long, duration)
    return ends


def _in_blocks(answer: Callable[[slice], Counts], rows: int) -> Counts:
    answers = np.empty(rows, dtype=np.int64)
    for begin in range(0, rows, BLOCK):
        block = slice(begin, begin + BLOCK)
        answers[block] = answer(block)
    return answers


def _columns(**columns: Counts) -> tuple[Counts, ...]:
    arrays = tuple(map(np.asarray, columns.values()))
    for name, array in zip(columns, arrays, strict=True):
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise Invalid(name, "must be a vector of whole microseconds", str(array.dtype))
    if len({array.size for array in arrays}) > 1:
        raise Invalid(", ".join(columns), "must have one length", [array.size for array in arrays])
    return tuple(array.astype(np.int64, copy=False) for array in arrays)


def _refuse(wrong: NDArray[np.bool_], column: str, rule: str, values: Counts) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidRows([Fault(column, row, rule, int(values[row]), int(wrong.sum()))])


def _year(moment: np.int64) -> int:
    try:
        at: datetime = from_microseconds(int(moment))
    except OverflowError:
        raise Invalid("at", "must lie in the years of a calendar", int(moment)) from None
    return at.year


def _years(moments: Counts) -> Counts:
    years: Counts = moments.astype("datetime64[us]").astype("datetime64[Y]").astype(np.int64) + 1970
    return years
