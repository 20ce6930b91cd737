"""Every dataframe in, the same kind out: the one place that knows what a dataframe is.

narwhals is imported when a frame is passed, and only what it does alike on every engine is used: select, collect,
time zones, casts. A mapping of columns (``{"customer": [...], "date": [...]}``) needs no dataframe library at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from relcore.kernel.errors import Invalid

Raw: TypeAlias = "NDArray[Any] | list[Any]"
"""A column as it came: an array of numbers or of datetime64, or a list of Python objects."""


def read(table: Any, names: Sequence[str], *, zone: str | None = None) -> dict[str, Raw]:
    """The named columns of a table, in the table's order of rows; a lazy frame is collected here.

    table : pandas, Polars (eager or lazy), PyArrow, DuckDB or whatever else narwhals knows, or a mapping of columns.
    zone : where the times of columns with a time zone become naive local times; such a column is refused without it,
        and a column of naive times is refused with it.
    """
    if isinstance(table, Mapping):
        return _read_mapping(table, names)  # pyright: ignore[reportUnknownArgumentType]
    frame = _narwhal(table)
    _has(names, frame.collect_schema().names())
    chosen = frame.select(*dict.fromkeys(names))
    eager = chosen.collect() if hasattr(chosen, "collect") else chosen
    return {name: _of_series(eager[name], name, zone) for name in names}


def _read_mapping(table: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Raw]:
    _has(names, list(table))
    columns = {name: _of_values(table[name]) for name in names}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise Invalid("table", "must have columns of one length", lengths)
    return columns


def like(frame: Any, columns: Mapping[str, NDArray[Any]]) -> Any:
    """These columns as a frame of the same kind: Polars for Polars (lazy for lazy), a dict for a mapping."""
    if isinstance(frame, Mapping):
        return dict(columns)
    import narwhals as nw

    given = _narwhal(frame)
    if not isinstance(given, nw.LazyFrame):
        return make(columns, str(given.implementation))
    if given.implementation.is_polars():
        return make(columns, "polars").lazy()
    # An engine that only asks questions, such as DuckDB, is handed a table to ask.
    return nw.from_native(make(columns, "pyarrow")).lazy(given.implementation).to_native()


def make(columns: Mapping[str, Any], library: str) -> Any:
    """These columns as a frame of the named library: "pandas", "polars", "pyarrow", ..."""
    import narwhals as nw

    chosen: Any = library
    try:
        return nw.from_dict(dict(columns), backend=chosen).to_native()
    except (ValueError, TypeError, ModuleNotFoundError) as error:
        remedy = "name one that is installed: pandas, polars, pyarrow or modin"
        raise Invalid("library", f"must be one that makes frames ({error})", library, remedy) from None


def _narwhal(frame: Any) -> Any:
    import narwhals as nw

    try:
        return nw.from_native(frame)
    except TypeError:
        remedy = "give a pandas, Polars or PyArrow frame, or a mapping of columns"
        raise Invalid("table", "must be a frame or a mapping", type(frame).__name__, remedy) from None


def _has(names: Sequence[str], there: Sequence[str]) -> None:
    missing = [name for name in names if name not in there]
    if missing:
        raise Invalid("table", f"must have the column {missing[0]!r}", list(there))


def _of_values(values: Any) -> Raw:
    array: NDArray[Any] = values
    if isinstance(values, np.ndarray):
        return array if array.dtype.kind in "iufM" else array.tolist()
    if isinstance(values, str) or not hasattr(values, "__len__"):
        raise Invalid("table", "must be a mapping to columns", type(values).__name__)
    return list(values)


def _of_series(series: Any, name: str, zone: str | None) -> Raw:
    import narwhals as nw

    kind = series.dtype
    if isinstance(kind, nw.Datetime):
        return np.asarray(_local(series, name, kind.time_zone, zone).to_numpy())
    if kind == nw.Date:
        if zone is not None:
            raise _has_no_zone(name)
        return np.asarray(series.to_numpy(), dtype="datetime64[D]")
    if isinstance(kind, nw.Decimal):
        return np.asarray(series.cast(nw.Float64).to_numpy())
    if kind.is_numeric():
        return np.asarray(series.to_numpy())
    if isinstance(kind, nw.Categorical | nw.Enum):
        series = series.cast(nw.String)
    # What an engine calls missing (None, NaN, NaT, pd.NA) is None from here on.
    missing = np.flatnonzero(np.asarray(series.is_null().to_numpy()))
    values: list[Any] = series.to_list()
    for row in missing.tolist():
        values[row] = None
    return values


def _local(series: Any, name: str, has: str | None, zone: str | None) -> Any:
    if has is None and zone is not None:
        raise _has_no_zone(name)
    if has is None:
        return series
    if zone is None:
        remedy = 'say in which zone a day begins and ends: zone="Europe/Berlin"'
        raise Invalid(name, "must be calendar days", f"times with the zone {has}", remedy)
    # Engines differ on casting an aware time to a day, so the zone is taken off first.
    return series.dt.convert_time_zone(zone).dt.replace_time_zone(None)


def _has_no_zone(name: str) -> Invalid:
    remedy = "leave zone= out: these already are calendar days"
    return Invalid(name, "must have a time zone when zone= is given", "naive times", remedy)
