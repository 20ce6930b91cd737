"""Rows as columns, a chunk at a time: what a scan of a workspace returns.

A scan is a question that was not asked yet. Each reading of it asks anew, from one snapshot of its own, and holds one
chunk at a time: in a loop, or as an Arrow stream that pyarrow, Polars, DuckDB and pandas take as it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from relcore.kernel.errors import Invalid
from relcore.kernel.repository import LOG_COLUMNS, LOG_MOMENTS
from relcore.kernel.words import Field, Instant

Chunk: TypeAlias = Mapping[str, Sequence[Any]]
"""Some rows: column name to values, all of one length."""


@attrs.frozen(eq=False)
class Schema(Mapping[str, "type[str | int]"]):
    """The columns of a scan in their order, each with ``str`` or ``int``: known before a row is read, any may hold None.

    ``moments`` are the whole numbers among them that are microseconds since 1970-01-01 UTC.
    """

    columns: Mapping[str, type[str | int]]
    moments: frozenset[str]

    @classmethod
    def of(cls, fields: Sequence[Field[Any, Any]]) -> Schema:
        """What these words are held in; money takes two columns."""
        return cls(
            {name: kind for field in fields for name, kind in field.columns},
            frozenset(name for field in fields if isinstance(field, Instant) for name, _ in field.columns),
        )

    def only(self, names: Sequence[str]) -> Schema:
        """Some of the columns, in the order asked for; ``Invalid`` for one that there is not, or that is asked for twice."""
        for n, name in enumerate(names):
            if not isinstance(name, str) or name not in self.columns or name in names[:n]:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise Invalid("columns", f"must each be one of {', '.join(self.columns)}, and once", name)
        return Schema({name: self.columns[name] for name in names}, self.moments & {*names})

    def __getitem__(self, name: str) -> type[str | int]:
        return self.columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __str__(self) -> str:
        return ", ".join(
            f"{name} {'moment' if name in self.moments else kind.__name__}" for name, kind in self.items()
        )


LOG_SCHEMA = Schema(dict(LOG_COLUMNS), LOG_MOMENTS)


@attrs.frozen(eq=False, repr=False)
class Scan:
    """Columns of a repository, to be read in chunks or through Arrow, as often as one likes.

    ``for chunk in scan`` gives mappings from column name to values. A reading that is left half-way lets go of the
    database when it is forgotten or closed (``reading = iter(scan)``, ``reading.close()``).

    ``pyarrow.table(scan)``, ``polars.DataFrame(scan)``, ``duckdb.sql("FROM scan")`` and
    ``pandas.DataFrame.from_arrow(scan)`` take the scan itself, through the Arrow PyCapsule interface: text as ``string``,
    whole numbers as ``int64``, moments as ``timestamp[us, UTC]``. Who would rather have moments as ``int64`` says so in
    the schema: ``pyarrow.RecordBatchReader.from_stream(scan, schema=...)``. This takes pyarrow; ``ImportError`` without.
    """

    schema: Schema
    _read: Callable[[], Iterator[Chunk]]

    def __iter__(self) -> Iterator[Chunk]:
        return self._read()

    def __arrow_c_schema__(self) -> object:
        return _arrow_schema(_pyarrow(), self.schema).__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        pa = _pyarrow()
        schema = _arrow_schema(pa, self.schema)
        batches = (
            pa.record_batch([pa.array(chunk[f.name], f.type) for f in schema], schema=schema)
            for chunk in self
        )
        return pa.RecordBatchReader.from_batches(schema, batches).__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"Scan of {self.schema}"


@attrs.frozen(eq=False, repr=False)
class AsyncScan:
    """The same for ``async for``; Arrow streams know no waiting, so there is none.

    Leave a reading half-way with ``reading = aiter(scan)`` and ``await reading.aclose()``.
    """

    schema: Schema
    _read: Callable[[], AsyncIterator[Chunk]]

    def __aiter__(self) -> AsyncIterator[Chunk]:
        return self._read()

    def __repr__(self) -> str:
        return f"AsyncScan of {self.schema}"


def _arrow_schema(pa: Any, schema: Schema) -> Any:
    def kind(name: str) -> Any:
        if name in schema.moments:
            return pa.timestamp("us", tz="UTC")
        return pa.string() if schema[name] is str else pa.int64()

    return pa.schema([pa.field(name, kind(name)) for name in schema])


def _pyarrow() -> Any:
    try:
        import pyarrow as pa  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as missing:
        remedy = "a scan as an Arrow stream needs pyarrow: pip install 'relcore[arrow]', or read it in chunks"
        raise ImportError(remedy) from missing
    return pa
