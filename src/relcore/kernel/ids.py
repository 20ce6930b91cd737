"""An id is its own text: ``case_0190163d8694739baea5966c26f8ad90``, sixteen bytes behind a spoken kind.

Four ways to come by one, all but the last of them UUIDs (RFC 9562): version 7 for what is new (ordered by time of making),
version 8 for what is imported (a hash of the source and its key, so that importing twice makes one thing) and for what is
kept in tables with integer keys (the integer itself, readable at the end), and the text.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b
from threading import Lock
from typing import ClassVar, Protocol, Self, TypeVar
from uuid import UUID

import attrs

from relcore.kernel.clock import Clock, SystemClock
from relcore.kernel.errors import Invalid

I = TypeVar("I", bound="Id")

_HEX = frozenset("0123456789abcdef")
_ABOVE = 2**62
"""The last field of a UUID has 62 bits."""


class Id(str):
    """The base: ``class CaseId(Id, kind="case")`` is all that a kind of id needs."""

    __slots__ = ()
    kind: ClassVar[str] = ""

    def __init_subclass__(cls, *, kind: str) -> None:
        cls.kind = kind

    def __new__(cls, text: str) -> Self:
        if type(text) is cls:
            return text
        kind, _, digits = text.partition("_") if isinstance(text, str) else ("", "", "")  # pyright: ignore[reportUnnecessaryIsInstance]
        if kind != cls.kind or len(digits) != 32 or not _HEX.issuperset(digits):
            raise Invalid(cls.__name__, f"must be '{cls.kind}_' and 32 hex digits", text)
        return super().__new__(cls, text)

    @classmethod
    def of(cls, uuid: UUID) -> Self:
        return cls(f"{cls.kind}_{uuid.hex}")

    @classmethod
    def imported(cls, source: str, key: str) -> Self:
        """The id of what another system calls ``key``: the same text each time, so imports can be repeated.

        Source and key are told apart by a byte that neither can hold, and the kind is part of the hash.
        """
        if "\x00" in source or "\x00" in key:
            raise Invalid("key", "must not hold a NUL character")
        digest = blake2b(f"{cls.kind}\x00{source}\x00{key}".encode(), digest_size=16).digest()
        return cls._holding(_stamped(int.from_bytes(digest), version=8))

    @classmethod
    def holding(cls, integer: int) -> Self:
        """The id of the row with this integer key, and of no other: for adapters over tables that were there before.

        >>> class TicketId(Id, kind="ticket"): ...
        >>> TicketId.holding(42)
        TicketId('ticket_0000000000008000800000000000002a')
        >>> TicketId.holding(42).integer
        42

        Version 8 with nothing but the integer in its last field, 0 to 2**62 - 1: ids are sorted as their integers are.
        """
        if type(integer) is not int or not 0 <= integer < _ABOVE:
            raise Invalid(cls.__name__, "can hold a whole number from 0 to 2**62 - 1", integer)
        return cls._holding(_stamped(integer, version=8))

    @property
    def integer(self) -> int:
        """The integer that it holds; ``Invalid`` if it was made otherwise.

        That a hash looks like one that holds an integer has a chance of one in 2**60.
        """
        integer = self.uuid.int % _ABOVE
        if self.uuid.int != _stamped(integer, version=8):
            raise Invalid(
                type(self).__name__,
                f"must hold an integer, as from {type(self).__name__}.holding(42)",
                str(self),
            )
        return integer

    @classmethod
    def _holding(cls, value: int) -> Self:
        """Of 128 bits: written as the check of a text would want it, so nothing is left to check."""
        return str.__new__(cls, f"{cls.kind}_{value:032x}")

    @property
    def uuid(self) -> UUID:
        return UUID(self[len(self.kind) + 1 :])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str.__repr__(self)})"


def _random_bits(count: int) -> int:
    return int.from_bytes(os.urandom((count + 7) // 8)) >> -count % 8


class BatchKey(Id, kind="batch"):
    """The idempotency key of a batch that was given none."""

    __slots__ = ()


class IdSource(Protocol):
    """Where new ids come from; a test hands in one that counts."""

    def new(self, kind: type[I], /) -> I: ...


@attrs.define(eq=False)
class TimeOrderedIds:
    """UUID version 7 (RFC 9562, 5.7): milliseconds, then a counter that keeps the order within one, then chance.

    Ordered within one process; between processes only as well as their clocks agree. The text tells when it was made.
    """

    clock: Clock = attrs.field(factory=SystemClock)
    entropy: Callable[[int], int] = _random_bits
    _last: int = attrs.field(init=False, default=0)
    _lock: Lock = attrs.field(init=False, factory=Lock)

    def new(self, kind: type[I], /) -> I:
        with self._lock:
            ticks = int(self.clock.now().timestamp() * 1000) << 12
            # 12 bits below the millisecond count on when ids are asked for faster than the clock moves, or it moves back.
            self._last = max(self._last + 1, ticks | self.entropy(11))
            ticks = self._last
        milliseconds, count = ticks >> 12, ticks & 0xFFF
        value = _stamped(milliseconds << 80 | count << 64 | self.entropy(62), version=7)
        return kind._holding(value)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _stamped(value: int, *, version: int) -> int:
    """The 128 bits with the version and the variant of RFC 9562 written over the six bits that hold them."""
    value &= ~(0xF << 76 | 0x3 << 62)
    return value | version << 76 | 0x2 << 62
