"""Ids that count: the same in every run, and readable in a failing test."""

from __future__ import annotations

from typing import TypeVar

import attrs

from relcore.kernel.ids import Id

I = TypeVar("I", bound=Id)


@attrs.define
class CountingIds:
    """1, 2, 3 for each kind of id.

    >>> from relcore.ids import CaseId
    >>> CountingIds().new(CaseId)
    CaseId('case_00000000000000000000000000000001')
    """

    _counts: dict[str, int] = attrs.field(init=False, factory=dict[str, int])

    def new(self, kind: type[I], /) -> I:
        count = self._counts[kind.kind] = self._counts.get(kind.kind, 0) + 1
        return kind(f"{kind.kind}_{count:032x}")
