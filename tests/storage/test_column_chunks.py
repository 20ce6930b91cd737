"""Rows become columns in chunks of the size asked for, whatever size they are taken in."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from relcore.storage.column_chunks import BLOCK, ColumnChunks

NAMES = ("id", "at")


def read(rows: Sequence[tuple[str, int]], chunk: int) -> Iterator[Mapping[str, Sequence[Any]]]:
    """As the adapters do it."""
    chunks = ColumnChunks(NAMES, chunk)
    for start in range(0, len(rows), chunks.block):
        yield from chunks.full(rows[start : start + chunks.block])
    yield from chunks.rest()


@given(count=st.integers(0, 4 * BLOCK), chunk=st.integers(1, 3 * BLOCK))
def test_every_chunk_is_full_but_the_last_and_together_they_are_the_rows(count: int, chunk: int) -> None:
    rows = [(f"order_{n}", n) for n in range(count)]

    told = list(read(rows, chunk))

    sizes = [len(one["id"]) for one in told]
    assert sizes == [chunk] * (count // chunk) + [count % chunk] * (count % chunk > 0)
    assert [row for one in told for row in zip(one["id"], one["at"], strict=True)] == rows
    assert all(tuple(one) == NAMES for one in told)


def test_a_block_is_gone_before_the_garbage_collector_looks() -> None:
    young, *_ = gc.get_threshold()

    assert ColumnChunks(NAMES, 100_000).block < young
    assert ColumnChunks(NAMES, 7).block == 7
