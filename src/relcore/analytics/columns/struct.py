"""What every struct of arrays can do, written once and lent to each by assignment in its class body."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.arrays import blocks
from relcore.kernel.errors import Fault, Invalid, InvalidRows

C = TypeVar("C", bound=attrs.AttrsInstance)

Rule: TypeAlias = "tuple[str, str, NDArray[np.bool_]]"
"""The column it speaks of, a sentence, and the mask of the rows that keep it."""


def columns(self: attrs.AttrsInstance) -> dict[str, NDArray[Any]]:
    """The arrays of a struct by name, in the order of its fields."""
    held = {name: getattr(self, name) for name in _names(type(self))}
    return {name: value for name, value in held.items() if isinstance(value, np.ndarray)}


def units(self: attrs.AttrsInstance) -> dict[str, Any]:
    """What is said once for all rows: period, currency, end of observation."""
    held = {name: getattr(self, name) for name in _names(type(self))}
    return {name: value for name, value in held.items() if not isinstance(value, np.ndarray)}


@cache
def _names(kind: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in attrs.fields(kind))


def length(self: attrs.AttrsInstance) -> int:
    """The number of rows."""
    return len(next(iter(columns(self).values())))


def equal(self: attrs.AttrsInstance, other: object) -> bool:
    """The same rows in the same order, in the same units."""
    if type(self) is not type(other):
        return False
    same_kind: Any = other
    mine, theirs = columns(self), columns(same_kind)
    return (
        units(self) == units(same_kind)
        and mine.keys() == theirs.keys()
        and all(np.array_equal(mine[name], theirs[name]) for name in mine)
    )


def same_units(self: attrs.AttrsInstance, other: attrs.AttrsInstance) -> None:
    """Refuse to put together what is told in different units."""
    mine, theirs = units(self), units(other)
    for name in {**mine, **theirs}:
        if mine.get(name) != theirs.get(name) or (name in mine) != (name in theirs):
            pair = (_told(mine, name), _told(theirs, name))
            raise Invalid(
                name, "must be the same on both sides", pair, "read both logs with the same arguments"
            )


def _told(units: dict[str, Any], name: str) -> object:
    value = units.get(name, "a column")
    return value if isinstance(value, str | None) else str(value)


def with_columns(self: C, fresh: Mapping[str, NDArray[Any]]) -> C:
    """The same struct with other arrays, which nobody else holds."""
    for column in fresh.values():
        column.flags.writeable = False
    open_: Any = self  # mypy's attrs plugin refuses evolve on a type variable
    changed: C = attrs.evolve(open_, **fresh)
    return changed


def derived(self: C, fresh: Mapping[str, Any]) -> C:
    """The same struct with other fields that follow from its own, which were checked when it was made."""
    changed = copy.copy(self)
    for name, value in fresh.items():
        if isinstance(value, np.ndarray):
            value.flags.writeable = False
        object.__setattr__(changed, name, value)
    return changed


def rows(self: C, chosen: Any) -> C:
    """Some of the rows, by a mask, a slice or their positions."""
    return derived(self, {name: column[chosen] for name, column in columns(self).items()})


def same_length(self: attrs.AttrsInstance) -> None:
    """Refuse columns of different lengths."""
    sizes = {name: len(column) for name, column in columns(self).items()}
    if len(set(sizes.values())) > 1:
        raise Invalid("columns", "must be of one length", sizes, "give one value per customer in each")


def keeps(self: C, rules: Callable[[C], Sequence[Rule]]) -> None:
    """Refuse rows that break a rule, all rules at once."""
    faults: dict[int, Fault] = {}
    size = length(self)
    for block in blocks(size):
        part = self if block.stop >= size and not block.start else rows(self, block)
        for number, (column, says, holds) in enumerate(rules(part)):
            if holds.all():
                continue
            row = block.start + int(np.argmin(holds))
            first = Fault(column, row, says, columns(self)[column][row].item(), 0)
            faults.setdefault(number, first).count += int(holds.size - np.count_nonzero(holds))
    if faults:
        raise InvalidRows([faults[number] for number in sorted(faults)])
