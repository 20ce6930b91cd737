"""Rows of a database turned into columns, some hundred at a time, and handed on in chunks of the size asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

BLOCK = 512
"""Rows that are alive at once. Python's garbage collector looks through the young ones after 700 new objects
(``gc.get_threshold``): with a block that is gone before that, it never does, which halves the time of an export."""


@attrs.define
class ColumnChunks:
    """Takes rows, and gives columns once there are enough of them."""

    names: Sequence[str]
    chunk: int
    _columns: list[list[Any]] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._columns = [[] for _ in self.names]

    @property
    def block(self) -> int:
        """How many rows to take at a time."""
        return min(self.chunk, BLOCK)

    def full(self, rows: Sequence[Sequence[Any]]) -> Iterator[Mapping[str, Sequence[Any]]]:
        """The chunk that these rows fill, if they do: they are at most one block."""
        for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
        if len(self._columns[0]) >= self.chunk:
            yield {name: column[: self.chunk] for name, column in self._named()}
            self._columns = [column[self.chunk :] for column in self._columns]

    def rest(self) -> Iterator[Mapping[str, Sequence[Any]]]:
        """What is left when there are no more rows."""
        if self._columns[0]:
            yield dict(self._named())

    def _named(self) -> Iterator[tuple[str, list[Any]]]:
        return zip(self.names, self._columns, strict=True)
