"""How far one field of two records agrees, and what that weighs.

I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", *JASA* 64 (1969), 1183-1210: if a field agrees in this way
for a share *m* of the pairs that are one customer, and for a share *u* of those that are two, the agreement weighs
``log2(m / u)``. Weights of fields that err independently add up. A field agrees in levels, not in yes and no, after
W. E. Winkler (1990); a field that one of the two does not know says nothing and weighs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from math import log2
from typing import Any

import attrs

from relcore.customers.identity_record import IdentityRecord
from relcore.customers.jaro_winkler import jaro_winkler
from relcore.kernel.errors import Illformed

Agrees = Callable[[Any, Any], bool]
DIFFERENT, UNKNOWN = "different", "unknown"


@attrs.frozen
class Level:
    """One way in which a field agrees, with the share of pairs that do so: ``m`` of one customer, ``u`` of two."""

    name: str
    agrees: Agrees = attrs.field(repr=False)
    m: float
    u: float

    @property
    def weight(self) -> float:
        """``log2(m / u)``, in bits: one bit doubles the odds."""
        return log2(self.m / self.u)


@attrs.frozen
class Evidence:
    """What one field says: which, how far it agrees, what that weighs. Never what stands in it."""

    field: str
    level: str
    weight: float


@attrs.frozen
class Comparison:
    """A field and its levels, the strictest first. What no level takes is *different*, with what is left of m and u."""

    field: str
    levels: tuple[Level, ...]

    def __attrs_post_init__(self) -> None:
        faults = [
            f"{name} of all levels must sum to less than 1, and each must be above 0"
            for name, shares in (("m", [x.m for x in self.levels]), ("u", [x.u for x in self.levels]))
            if not all(share > 0 for share in shares) or not 0 < sum(shares) < 1
        ]
        if self.field not in attrs.fields_dict(IdentityRecord):
            faults.append(f"a record has no field {self.field}")
        if faults:
            raise Illformed(f"comparison of {self.field}", faults)

    @property
    def different(self) -> float:
        """What it weighs that they differ: ``log2((1 - m) / (1 - u))``."""
        return log2((1 - sum(level.m for level in self.levels)) / (1 - sum(level.u for level in self.levels)))

    def evidence(self, one: IdentityRecord, other: IdentityRecord) -> Evidence:
        """How far the two agree in this field. Of several e-mail addresses the two that agree best count."""
        ours, theirs = _known(getattr(one, self.field)), _known(getattr(other, self.field))
        if not ours or not theirs:
            return Evidence(self.field, UNKNOWN, 0.0)
        for level in self.levels:
            if any(level.agrees(a, b) for a in ours for b in theirs):
                return Evidence(self.field, level.name, level.weight)
        return Evidence(self.field, DIFFERENT, self.different)


def _known(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        return () if value in (None, "") else (value,)
    several: tuple[Any, ...] = value  # pyright: ignore[reportUnknownVariableType]
    return several


def same(one: Any, other: Any) -> bool:
    """Nothing differs; records hold normal forms."""
    return bool(one == other)


def alike(least: float) -> Agrees:
    """Jaro-Winkler of at least this; asked in one order, for the measure may depend on it."""
    return lambda one, other: jaro_winkler(min(one, other), max(one, other)) >= least


def one_slip(one: date, other: date) -> bool:
    """Dates that a slip of the pen turns into each other: day and month swapped, or one of the three parts wrong."""
    ours, theirs = (one.year, one.month, one.day), (other.year, other.month, other.day)
    if sum(a == b for a, b in zip(ours, theirs, strict=True)) == len(ours) - 1:
        return True
    return ours == (other.year, other.day, other.month)


def same_local_part(one: str, other: str) -> bool:
    """The same name at another provider."""
    return one.rpartition("@")[0] == other.rpartition("@")[0]


def total(evidence: Iterable[Evidence]) -> float:
    """The weight of all fields together."""
    return sum(each.weight for each in evidence)
