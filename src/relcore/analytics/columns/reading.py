"""What a column of a log means: who, on which day, how much. Every fault is told with its column, row and value.

A customer id is never shown: it may be personal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import Counts, Floats, Ids, blocks
from relcore.analytics.period import day_number
from relcore.frames import Raw
from relcore.kernel.errors import HIDDEN, Fault, Invalid, InvalidRows

_EPOCH = date(1970, 1, 1).toordinal()
_TEXT_OR_WHOLE = "give text or whole numbers, the same kind in every row"


# --- who --------------------------------------------------------------------------------------------


def customers(raw: Raw | Sequence[Any], column: str) -> tuple[Ids, Counts, list[Fault]]:
    """The distinct ids in order, for each row the position of its id, and what is wrong.

    Text is compared character by character, whole numbers by size; the result does not depend on the order of rows.
    """
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iu":
        return *_whole(raw), []
    if isinstance(raw, np.ndarray) and raw.dtype.kind == "f" and raw.size:
        faults = _where(
            np.isnan(raw), column, "a customer id must be there", None, "leave the row out or fill it in"
        )
        unfit = (
            []
            if faults
            else [Fault(column, 0, "a customer id is no fraction", HIDDEN, raw.size, _TEXT_OR_WHOLE)]
        )
        return *_nobody(), faults + unfit
    values: Sequence[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    kinds: set[type] = set(map(type, values))
    if kinds and all(issubclass(kind, str) for kind in kinds):
        if "" not in (distinct := dict.fromkeys(values)):
            return *_text(distinct, values), []
    elif kinds and all(issubclass(kind, int | np.integer) and kind is not bool for kind in kinds):
        return *_whole(np.asarray(values, dtype=np.int64)), []
    return *_nobody(), _unfit_ids(values, column)


def _whole(values: NDArray[Any]) -> tuple[Ids, Counts]:
    if not values.size:
        return _nobody()
    low, high = int(values.min()), int(values.max())
    # A dense range is its own code: one bincount instead of a sort.
    if high - low <= 4 * values.size + 1024 and high < 2**62:
        code = np.empty(values.size, dtype=np.int64)
        there = np.zeros(high - low + 1, dtype=np.bool_)
        for rows in blocks(values.size):
            np.subtract(values[rows], low, out=code[rows], dtype=np.int64, casting="same_kind")
            there[code[rows]] = True
        ids = np.flatnonzero(there)
        if ids.size < there.size:
            place = np.cumsum(there, dtype=np.int32 if there.size < 2**31 else np.int64) - 1
            for rows in blocks(values.size):
                code[rows] = place.take(code[rows], mode="clip")
        return ids + low, code
    ids, code = np.unique(values, return_inverse=True)
    return ids.astype(np.int64), code.astype(np.int64)


def _text(distinct: Iterable[str], values: Sequence[str]) -> tuple[Ids, Counts]:
    ordered = sorted(distinct)
    place = {text: n for n, text in enumerate(ordered)}
    ids = np.empty(len(ordered), dtype=np.object_)
    ids[:] = ordered
    return ids, np.fromiter(map(place.__getitem__, values), np.int64, len(values))


def _nobody() -> tuple[Ids, Counts]:
    return np.empty(0, dtype=np.object_), np.empty(0, dtype=np.int64)


def _unfit_ids(values: Sequence[Any], column: str) -> list[Fault]:
    missing = [row for row, value in enumerate(values) if _is_missing(value) or value == ""]
    if missing:
        remedy = "leave the row out or fill it in"
        return [
            Fault(column, missing[0], "a customer id must be there", values[missing[0]], len(missing), remedy)
        ]
    usual = next((type(value) for value in values if isinstance(value, str)), int)
    odd = [row for row, value in enumerate(values) if not isinstance(value, usual) or isinstance(value, bool)]
    rule = "a customer id must be text or a whole number, in every row alike"
    return [Fault(column, odd[0], rule, HIDDEN, len(odd), _TEXT_OR_WHOLE)] if odd else []


# --- on which day -----------------------------------------------------------------------------------


def days(raw: Raw, column: str, zone: str | None) -> tuple[Counts, list[Fault]]:
    """Days since 1970-01-01 of dates, times or ISO 8601 texts; times with a zone become local days of ``zone``."""
    if not isinstance(raw, np.ndarray):
        return _days_of_objects(raw, column, zone)
    if raw.dtype.kind == "M":
        faults = _where(
            np.isnat(raw), column, "a date must be there", None, "leave the row out or fill it in"
        )
        return raw.astype("datetime64[D]").view(np.int64), faults
    if not raw.size:
        return np.empty(0, dtype=np.int64), []
    remedy = 'give dates, times or ISO 8601 text such as "2026-03-31"'
    return np.zeros(raw.size, dtype=np.int64), [
        Fault(column, 0, "must be a date", raw[0].item(), raw.size, remedy)
    ]


def _days_of_objects(values: list[Any], column: str, zone: str | None) -> tuple[Counts, list[Fault]]:
    place = _zone(zone) if zone is not None else None
    known: dict[Any, int] = {}
    unfit: dict[Any, str] = {}
    # What cannot be hashed is no date; it is told by its row below.
    distinct = dict.fromkeys(value for value in values if value.__hash__ is not None)
    for value in distinct:
        try:
            known[value] = _day_of(value, place, column)
        except Invalid:
            raise
        except ValueError:
            unfit[value] = "a date must be there" if _is_missing(value) else "must be a date"
    if not unfit and all(value.__hash__ is not None for value in set(map(type, values))):
        return np.fromiter(map(known.__getitem__, values), np.int64, len(values)), []
    wrong: dict[str, list[int]] = {}
    for row, value in enumerate(values):
        if value.__hash__ is None or value not in known:
            rule = "must be a date" if value.__hash__ is None else unfit[value]
            wrong.setdefault(rule, []).append(row)
    remedy = 'write dates as ISO 8601, "2026-03-31", or give date values'
    faults = [
        Fault(column, rows[0], rule, values[rows[0]], len(rows), remedy) for rule, rows in wrong.items()
    ]
    return np.zeros(len(values), dtype=np.int64), faults


def _day_of(value: Any, zone: ZoneInfo | None, column: str) -> int:
    if _is_missing(value):
        raise ValueError
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(moment, date):
        raise ValueError  # noqa: TRY004  # the caller turns it into a fault with row and remedy
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        if zone is None:
            remedy = 'say in which zone a day begins and ends: zone="Europe/Berlin"'
            raise Invalid(column, "must be calendar days", f"times with the zone {moment.tzinfo}", remedy)
        moment = moment.astimezone(zone)
    elif zone is not None:
        remedy = "leave zone= out: these already are calendar days"
        raise Invalid(column, "must have a time zone when zone= is given", "naive times", remedy)
    return moment.toordinal() - _EPOCH


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise Invalid("zone", "must be an IANA time zone", name, 'such as "Europe/Berlin"') from None


# --- how much ---------------------------------------------------------------------------------------


def amounts(raw: Raw, column: str) -> tuple[Floats, list[Fault]]:
    """Finite numbers as float64."""
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuf":
        values = raw.astype(np.float64, copy=False)
        absent: list[int] = []
    else:
        given: list[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
        fits: Callable[[Any], bool] = lambda v: isinstance(v, int | float | Decimal | np.number)  # noqa: E731
        odd = [
            row for row, v in enumerate(given) if isinstance(v, bool) or (not fits(v) and not _is_missing(v))
        ]
        if odd:
            fault = Fault(
                column, odd[0], "must be a number", given[odd[0]], len(odd), "cast the column to numbers"
            )
            return np.zeros(len(given)), [fault]
        absent = [row for row, v in enumerate(given) if _is_missing(v)]
        values = np.array([0.0 if _is_missing(v) else float(v) for v in given], dtype=np.float64)
    remedy = "leave the row out or give the amount"
    faults = _where(~np.isfinite(values), column, "an amount must be finite", values, remedy)
    if absent:
        faults.append(Fault(column, absent[0], "an amount must be there", None, len(absent), remedy))
    return values, faults


# --- shared -----------------------------------------------------------------------------------------


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas.NA: what does not equal itself, or will not say so."""
    try:
        return value is None or not bool(value == value)
    except (TypeError, ValueError):
        return True


def _where(bad: NDArray[np.bool_], column: str, rule: str, values: Floats | None, remedy: str) -> list[Fault]:
    if not bad.any():
        return []
    row = int(np.argmax(bad))
    value = None if values is None else float(values[row])
    return [Fault(column, row, rule, value, int(bad.sum()), remedy)]


# --- on which occasion ------------------------------------------------------------------------------


def occasions(taken: ArrayLike, on: Sequence[date | str]) -> tuple[Counts, Counts, int]:
    """From a table of customers by occasions: the row and the day of each that was taken, in order, and how many rows it has."""
    days = np.array([day_number(day, "on") for day in on], dtype=np.int64)
    if (days[1:] <= days[:-1]).any():
        raise Invalid("on", "must increase", [str(day) for day in on], "sort the columns by day")
    try:
        matrix: NDArray[Any] = np.asarray(taken)
    except ValueError:  # what numpy says of rows of several lengths
        remedy = "write 0 where nothing was taken"
        raise Invalid("taken", "must have rows of one length", "several lengths", remedy) from None
    if matrix.ndim != 2 or matrix.shape[1] != days.size:
        rule = f"must be a table with a row per customer and the columns of on=, which are {days.size}"
        raise Invalid("taken", rule, matrix.shape)
    unfit = (matrix != 0) & (matrix != 1)
    wrong = np.flatnonzero(unfit.any(axis=1))
    if wrong.size:
        row = int(wrong[0])
        remedy = "an occasion is taken or it is not: of counts, give counts > 0"
        value = matrix[row][unfit[row]].tolist()[0]
        raise InvalidRows([Fault("taken", row, "must be 0 or 1", value, wrong.size, remedy)])
    row_of_each, column = np.nonzero(matrix)
    return row_of_each, days[column], len(matrix)
