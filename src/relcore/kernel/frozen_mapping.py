"""A mapping in a frozen value: nobody can write to it, and it can be hashed, copied and sent to another process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")


class FrozenMapping(Mapping[str, V]):
    """Values by name, in their order; equal to any mapping with the same content.

    >>> FrozenMapping({"web": 0.5}) == {"web": 0.5}
    True
    """

    __slots__ = ("_held",)

    def __init__(self, held: Mapping[str, V]) -> None:
        self._held = dict(held)

    def __getitem__(self, name: str) -> V:
        return self._held[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __hash__(self) -> int:
        return hash(frozenset(self._held.items()))

    def __repr__(self) -> str:
        return repr(self._held)
