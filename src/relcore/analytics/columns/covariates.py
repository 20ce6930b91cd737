"""What is known of customers beside their purchases, and does not change: age, channel of the first order, region.

Numbers are taken as they are. Text becomes indicators, one for each level but the base: ``channel=web`` is 1 for those who
came by the web, and its effect is told against the base. How the levels were coded goes with the columns, so that
customers of next year are coded as those of this year were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import Counts, Floats, Ids, frozen, rows_of, sealed
from relcore.analytics.columns.purchases import distinct_ids
from relcore.analytics.columns.reading import customers
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.frames import Raw, read
from relcore.kernel.errors import HIDDEN, Fault, Invalid, InvalidRows
from relcore.kernel.frozen_mapping import FrozenMapping

Coding: TypeAlias = Mapping[str, tuple[str, ...]]
"""Of each column of the frame its levels, the base first; none of a column of numbers."""

_NO_CODING: Coding = FrozenMapping({})
_MOST_LEVELS = 100
_FILL = "leave these customers out, or fill the column in"


def _ids(values: Ids | Sequence[Any]) -> Ids:
    given = np.asarray(values)
    if given.dtype.kind in "iuO":
        return frozen(given)
    text = np.empty(given.size, dtype=np.object_)
    text[:] = given.tolist()
    return sealed(text)


def _texts(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _matrix(values: ArrayLike) -> Floats:
    given = np.asarray(values, dtype=np.float64)
    if given.ndim != 2:
        remedy = "give one row per customer and one column per covariate"
        raise Invalid("values", "must have two dimensions", given.shape, remedy)
    return sealed(given.copy()) if given.flags.writeable else given


def _coding(levels: Mapping[str, Sequence[str]]) -> Coding:
    return FrozenMapping({str(column): _texts(of) for column, of in levels.items()})


@attrs.frozen(eq=False, repr=False)
class Covariates:
    """One row per customer, one column per covariate. Checked when made, read-only ever after.

    ids : (n,) text or whole numbers, distinct, of the same kind as those of the purchases; their order is of no matter.
    names : (k,) what the columns are called, distinct.
    values : (n, k) finite numbers, as they are: nothing is scaled or centred.
    coding : what they were made of, by `from_frame`.

    >>> known = Covariates(ids=[7, 8], names=["age"], values=[[34], [51]])
    >>> known.values
    array([[34.],
           [51.]])
    """

    ids: Ids = attrs.field(converter=_ids)
    names: tuple[str, ...] = attrs.field(converter=_texts)
    values: Floats = attrs.field(converter=_matrix)
    coding: Coding = attrs.field(default=_NO_CODING, converter=_coding, kw_only=True)

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    def __attrs_post_init__(self) -> None:
        distinct_ids(self.ids)
        if self.values.shape != (self.ids.size, len(self.names)):
            shape = (self.ids.size, len(self.names))
            raise Invalid(
                "values", f"must have a row per id and a column per name, {shape}", self.values.shape
            )
        twice = [name for name, times in Counter(self.names).items() if times > 1]
        if twice:
            raise Invalid("names", "must be distinct", twice[0])
        faults = [
            Fault(name, int(np.argmax(bad)), "a covariate must be finite", float(column[bad][0]), int(bad.sum()), _FILL)
            for name, column in zip(self.names, self.values.T, strict=True)
            if (bad := ~np.isfinite(column)).any()
        ]  # fmt: skip
        if faults:
            raise InvalidRows(faults)

    def __len__(self) -> int:
        return self.ids.size

    def __eq__(self, other: object) -> bool:
        """The same customers in the same order, with the same columns."""
        if not isinstance(other, Covariates):
            return False
        same = self.names == other.names and self.coding == other.coding
        return same and np.array_equal(self.ids, other.ids) and np.array_equal(self.values, other.values)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        customer: str,
        of: Sequence[str] | Mapping[str, Sequence[str]],
        ids: Ids | Sequence[Any] | None = None,
    ) -> Covariates:
        """From a table with one row per customer: pandas, Polars, PyArrow, DuckDB, or a mapping of columns.

        customer : the column of ids.
        of : the columns of covariates: numbers, true or false, or text. Text becomes indicators against the level that most
            customers have (the first in the alphabet, if several are as frequent). Given a mapping, it says for each
            column of text which levels there are, the base first, and nothing of columns of numbers:
            ``{"age": (), "channel": ("store", "web")}``; other levels are refused then. `coding` is such a mapping.
        ids : whose rows are wanted, in this order, such as ``purchases.ids``; all there are, unless given. Customers of whom
            the table knows nothing are refused, others in it left out.

        Refused, with the column and the number of rows: what is missing or neither number nor text, and a customer who is
        there twice.

        >>> table = {"who": ["a", "b", "c"], "age": [34, 51, 28], "channel": ["store", "web", "store"]}
        >>> known = Covariates.from_frame(table, customer="who", of=["age", "channel"], ids=["c", "b"])
        >>> known.names, known.values.tolist()
        (('age', 'channel=web'), [[28.0, 0.0], [51.0, 1.0]])
        """
        if isinstance(of, str) or not len(of):
            raise Invalid("of", "must name at least one column", of, 'write of=["age", "channel"]')
        columns = {str(name): None for name in of} if not isinstance(of, Mapping) else _coding(of)
        raw = read(frame, [customer, *columns])
        found, code, faults = customers(raw[customer], customer)
        if faults:
            raise InvalidRows(faults)
        everybody = (
            cls(found[code], (), np.empty((code.size, 0))) if code.size else cls([], (), np.empty((0, 0)))
        )
        rows = np.arange(code.size) if ids is None else everybody.rows_of(_ids(ids))

        names: list[str] = []
        values: list[Floats] = []
        coding: dict[str, tuple[str, ...]] = {}
        for column, levels in columns.items():
            taken = _taken(raw[column], rows)
            if not _is_text(taken, levels):
                names.append(column)
                values.append(_numbers(taken, column))
                coding[column] = ()
                continue
            coding[column] = levels or _levels(taken, column)
            for level, indicator in _indicators(taken, column, coding[column]):
                names.append(f"{column}={level}")
                values.append(indicator)
        matrix = np.stack(values, axis=1) if values else np.empty((rows.size, 0))
        return cls(everybody.ids[rows], names, sealed(matrix), coding=coding)

    def rows_of(self, ids: Ids) -> Counts:
        """(m,) the rows of these customers; refuses those of whom nothing is known."""
        rows = rows_of(ids, self.ids)
        unknown = int(np.count_nonzero(rows < 0))
        if unknown:
            said = f"must tell of every customer of the purchases; of {unknown:,} in {ids.size:,} they do not"
            remedy = "ids must be of one kind, text or whole numbers; leave out customers who are not known"
            raise Invalid("covariates", said, HIDDEN, remedy)
        return rows

    def of(self, ids: Ids) -> Covariates:
        """Those of these customers, in this order; refuses customers of whom nothing is known."""
        rows = self.rows_of(ids)
        return Covariates(self.ids[rows], self.names, sealed(self.values[rows]), coding=self.coding)

    def only(self, *names: str) -> Covariates:
        """The columns of these names, in this order; a column of text by its own name stands for all its indicators.

        >>> table = {"who": [1, 2, 3], "age": [34, 51, 28], "channel": ["store", "web", "app"]}
        >>> Covariates.from_frame(table, customer="who", of=["age", "channel"]).only("channel").names
        ('channel=store', 'channel=web')
        """
        chosen: list[str] = []
        for name in names:
            levels = [f"{name}={level}" for level in self.coding.get(name, ())[1:]]
            chosen += levels or [name]
        unknown = [name for name in chosen if name not in self.names]
        if unknown:
            raise Invalid("names", f"must be among {', '.join(self.names)}", unknown[0])
        columns = [self.names.index(name) for name in chosen]
        coding = {
            column: levels
            for column, levels in self.coding.items()
            if {column, *(f"{column}={level}" for level in levels)} & set(chosen)
        }
        return Covariates(self.ids, chosen, sealed(self.values[:, columns]), coding=coding)

    def sheet(self) -> Sheet:
        """What they show of themselves."""
        head = f"Covariates of {len(self):,} customer{'' if len(self) == 1 else 's'}"
        if not len(self) or not self.names:
            return Sheet((head,))
        cells: list[tuple[str, str]] = []
        for name, column in zip(self.names, self.values.T, strict=True):
            if np.isin(column, (0.0, 1.0)).all():
                says = f"{column.mean():.1%} of them".replace("%", " %")
            else:
                says = f"mean {column.mean():.6g}, from {column.min():.6g} to {column.max():.6g}"
            cells.append((f"  {name}", says))
        wide = max(len(name) for name in self.names) + 4
        return Sheet((head, Grid((f"<{wide}", "<"), tuple(cells))))

    __repr__ = as_text
    _repr_html_ = as_html


# --- columns of a frame -----------------------------------------------------------------------------


def _taken(raw: Raw, rows: Counts) -> NDArray[Any] | list[Any]:
    return raw[rows] if isinstance(raw, np.ndarray) else [raw[row] for row in rows.tolist()]


def _is_text(raw: Raw, levels: tuple[str, ...] | None) -> bool:
    return bool(levels) or (not isinstance(raw, np.ndarray) and any(isinstance(value, str) for value in raw))


def _numbers(raw: Raw, column: str) -> Floats:
    """(n,) numbers; true is 1. What is missing is NaN here, and told when the covariates are made."""
    if isinstance(raw, np.ndarray) and raw.dtype.kind in "iuf":
        return raw.astype(np.float64)
    values: list[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    absent = [_is_missing(value) for value in values]
    odd = [
        row
        for row, value in enumerate(values)
        if not absent[row] and not isinstance(value, int | float | np.number | np.bool_)
    ]
    if odd:
        remedy = "give numbers, true or false, or text"
        fault = Fault(
            column, odd[0], "a covariate must be a number or text", values[odd[0]], len(odd), remedy
        )
        raise InvalidRows([fault])
    numbers = [np.nan if gone else float(value) for gone, value in zip(absent, values, strict=True)]
    return np.array(numbers, dtype=np.float64)


def _levels(raw: Raw, column: str) -> tuple[str, ...]:
    """The levels that occur, the most frequent first, the others in the order of the alphabet."""
    values: list[Any] = list(raw)
    odd = [row for row, value in enumerate(values) if not isinstance(value, str) and not _is_missing(value)]
    if odd:
        rule, remedy = "a covariate must be text in every row", "give all numbers, or all text"
        raise InvalidRows([Fault(column, odd[0], rule, values[odd[0]], len(odd), remedy)])
    times = Counter(value for value in values if isinstance(value, str))
    ordered = sorted(times)
    if len(ordered) == 1:
        remedy = "leave the column out, or name all levels there may be"
        raise Invalid(column, "must have two levels or more", len(ordered), remedy)
    if len(ordered) > _MOST_LEVELS:
        remedy = "put rare levels together, or give a number"
        raise Invalid(column, f"must have at most {_MOST_LEVELS} levels", len(ordered), remedy)
    base = max(ordered, key=lambda level: times[level])
    return (base, *(level for level in ordered if level != base))


def _indicators(raw: Raw, column: str, levels: tuple[str, ...]) -> Iterator[tuple[str, Floats]]:
    place = {level: n for n, level in enumerate(levels)}
    if len(place) < len(levels):
        raise Invalid(column, "must have distinct levels", levels)
    values: list[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    absent = [row for row, value in enumerate(values) if _is_missing(value)]
    if absent:
        raise InvalidRows([Fault(column, absent[0], "a covariate must be there", None, len(absent), _FILL)])
    odd = [row for row, value in enumerate(values) if not isinstance(value, str) or value not in place]
    if odd:
        rule = f"a level must be one of {', '.join(levels)}"
        remedy = "the effect of other levels is not known"
        raise InvalidRows([Fault(column, odd[0], rule, values[odd[0]], len(odd), remedy)])
    code = np.array([place[value] for value in values], dtype=np.int64)
    for n, level in enumerate(levels[1:], start=1):
        yield level, (code == n).astype(np.float64)


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT or pandas.NA: what does not equal itself, or will not say so."""
    try:
        return value is None or not bool(value == value)
    except (TypeError, ValueError):
        return True
