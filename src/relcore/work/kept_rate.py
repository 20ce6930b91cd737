"""The share of promises kept, with its denominator said.

A share without its denominator cannot be compared. Two are in use, and they answer differently:

- of those that were *due*: whose time was over by then. It counts as not kept what was silently let lie, so it cannot be
  made better by not saying what became of a promise;
- of those that were *settled*: that somebody said were kept or broken.

Promises that were released or renegotiated are in neither: the one to whom they were made agreed. What took the place of a
renegotiated one is a promise of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import attrs

from relcore.kernel.clock import aware
from relcore.work.promise import Promise, PromiseState


class Denominator(StrEnum):
    """Of which promises the share is."""

    DUE = "due"
    """Whose time was over by then, or of which it was said before that they were kept or broken."""
    SETTLED = "settled"
    """Of which it was said by then that they were kept or broken."""


@attrs.frozen
class KeptRate:
    """So many were kept, of so many."""

    kept: int
    out_of: int
    denominator: Denominator
    as_of: datetime

    @property
    def rate(self) -> float | None:
        """The share, in [0, 1]; None of none."""
        return None if self.out_of == 0 else self.kept / self.out_of


def promise_kept_rate(
    promises: Iterable[Promise], *, as_of: datetime, denominator: Denominator = Denominator.DUE
) -> KeptRate:
    """How reliable were we, as it was known then? What became of a promise later does not change the answer.

    promises : those to be judged by: ours, one colleague's, those of the customers; each once.
    """
    now = aware("as_of", as_of)
    kept = out_of = 0
    for promise in promises:
        state = _state(promise, now)
        settled = state in (PromiseState.KEPT, PromiseState.BROKEN)
        silent = state is PromiseState.OPEN and promise.due < now
        kept += state is PromiseState.KEPT
        out_of += settled or (silent and denominator is Denominator.DUE)
    return KeptRate(kept, out_of, denominator, now)


def _state(promise: Promise, as_of: datetime) -> PromiseState | None:
    """Where it stood then; None before it was made."""
    if as_of < promise.made_at:
        return None
    return promise.state if promise.ended_at is not None and promise.ended_at <= as_of else PromiseState.OPEN
