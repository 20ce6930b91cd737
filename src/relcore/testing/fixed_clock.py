"""A clock that stands where a test put it."""

from __future__ import annotations

from datetime import datetime, timedelta

import attrs

from relcore.kernel.clock import aware


def _moment(at: datetime | str) -> datetime:
    return aware("at", datetime.fromisoformat(at) if isinstance(at, str) else at)


@attrs.define
class FixedClock:
    """Stands still until it is told to move.

    >>> clock = FixedClock("2026-03-01T09:00:00Z")
    >>> clock.forward(hours=2)
    >>> clock.now().isoformat()
    '2026-03-01T11:00:00+00:00'
    """

    at: datetime = attrs.field(converter=_moment)

    def now(self) -> datetime:
        return self.at

    def forward(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Let that much time pass."""
        self.at += timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
