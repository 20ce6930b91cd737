"""Labels as small whole numbers: a column of states costs a byte per row, and counting pairs is one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import frozen
from relcore.frames import Raw
from relcore.kernel.errors import Fault, Invalid

Codes: TypeAlias = NDArray[Any]
"""Positions in a tuple of names, as the smallest signed integers that hold them."""


def texts(values: Iterable[str]) -> tuple[str, ...]:
    """What codes stand for, as plain text: the members of an enumeration become their values."""
    return tuple(str(value) for value in values)


def codes(values: ArrayLike) -> Codes:
    """A read-only vector of whole numbers; a writeable array is copied, a read-only one is shared."""
    given = np.asarray(values)
    if given.size and given.dtype.kind not in "iu":
        raise Invalid("codes", "must be whole numbers", str(given.dtype), "labels go to from_arrays")
    return frozen(given if given.dtype.kind == "i" else given.astype(np.int64))


def narrow(values: Codes, count: int) -> Codes:
    """The same codes in the smallest type for so many names."""
    return values.astype(np.int8 if count <= 127 else np.int16 if count <= 32_767 else np.int64, copy=False)


def coded(
    raw: Raw | Sequence[Any], column: str, names: Sequence[str] | None
) -> tuple[Codes, tuple[str, ...], list[Fault]]:
    """Labels as codes, the names they stand for, and what is wrong.

    names : what the labels may be, in the order wanted; without them all that occur, in the order of the alphabet.
    """
    values: Sequence[Any] = raw.tolist() if isinstance(raw, np.ndarray) else raw
    distinct: dict[Any, None] = dict.fromkeys(value if isinstance(value, str) else None for value in values)
    known = texts(names) if names is not None else tuple(sorted(map(str, distinct.keys() - {None})))
    if len(set(known)) < len(known):
        raise Invalid(column, "must have distinct names", known)
    place: dict[Any, int] = {name: n for n, name in enumerate(known)}
    if distinct.keys() <= place.keys():
        found = np.fromiter(map(place.__getitem__, values), np.int64, len(values))
        return narrow(found, len(known)), known, []
    odd = [row for row, value in enumerate(values) if not isinstance(value, str) or value not in place]
    remedy = f"write one of {', '.join(known)}" if names is not None else "leave the row out or fill it in"
    fault = Fault(column, odd[0], "a label must be known text", values[odd[0]], len(odd), remedy)
    return np.zeros(len(values), dtype=np.int8), known, [fault]


def recoded(values: Codes, names: tuple[str, ...], into: tuple[str, ...]) -> Codes:
    """The same labels as positions in other names; -1 where a label is not among them."""
    if names == into:
        return values
    place = {name: n for n, name in enumerate(into)}
    table = narrow(np.array([place.get(name, -1) for name in names], dtype=np.int64), len(into))
    return table[values] if names else narrow(values, len(into))


def united(names: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The names of both, in the order of their first appearance."""
    return tuple(dict.fromkeys((*names, *others)))
