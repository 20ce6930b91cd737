"""What the words of the customer lifecycle mean for one business: numbers, with a version."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from relcore.kernel.errors import Invalid


@attrs.frozen(kw_only=True)
class LifecyclePolicy:
    """What the words mean for this business. ``version`` names it wherever its answers are shown.

    Silence is measured in the customer's own rhythm: the median gap between days with orders, once there are
    ``own_gaps`` of them; until then, and that is most customers of most shops, ``default_gap`` stands in for it. It is
    not measured at all while a contract goes on.
    """

    version: str = "1"
    default_gap: timedelta = timedelta(days=60)
    own_gaps: int = 2
    risk_after_gaps: float = 2.0
    churn_after_gaps: float = 4.0
    shortest_risk: timedelta = timedelta(days=30)
    """Nobody is at risk sooner, however quick their rhythm: two orders on two days are no rhythm of a day."""
    shortest_churn: timedelta = timedelta(days=90)
    onboarding: timedelta = timedelta(days=90)
    """Who is healthy after so long is retained without a second order,"""
    onboarded_from_health: float = 0.5
    """... and this is healthy."""
    loyal_from_orders: int = 4
    loyal_from_tenure: timedelta = timedelta(days=180)
    loyal_from_share: float = 0.5
    """A share of wallet from here on makes a retained customer loyal, too."""
    advocate_from_nps: int = 9
    advocacy_window: timedelta = timedelta(days=365)
    """Nobody is an advocate for ever: after so long without a word for us they are loyal again."""
    risk_below: float = 0.5
    """A score below this puts a customer at risk,"""
    churn_below: float = 0.1
    """... and one at risk out."""
    winback_window: timedelta = timedelta(days=60)
    zone: str = "UTC"
    """Orders of one calendar day in this zone are one purchase."""

    def __attrs_post_init__(self) -> None:
        nothing = timedelta(0)
        rules = [
            (self.default_gap > nothing, "default_gap", "must be longer than nothing", self.default_gap),
            (self.own_gaps >= 1, "own_gaps", "must be at least 1", self.own_gaps),
            (self.risk_after_gaps > 0, "risk_after_gaps", "must be > 0", self.risk_after_gaps),
            (isfinite(self.churn_after_gaps), "churn_after_gaps", "must be finite", self.churn_after_gaps),
            (
                self.churn_after_gaps > self.risk_after_gaps and self.shortest_churn > self.shortest_risk,
                "churn_after_gaps",
                "and shortest_churn must be longer than those of risk",
                (self.churn_after_gaps, self.shortest_churn),
            ),
            (
                0 <= self.churn_below <= self.risk_below <= 1,
                "churn_below",
                "must be <= risk_below",
                self.churn_below,
            ),
            (self.loyal_from_tenure >= nothing, "loyal_from_tenure", "must be >= 0", self.loyal_from_tenure),
            (
                0 <= self.advocate_from_nps <= 10,
                "advocate_from_nps",
                "must lie in 0..10",
                self.advocate_from_nps,
            ),
        ]
        rules += [
            (0 <= share <= 1, field, "must lie in [0, 1]", share)
            for field in ("onboarded_from_health", "loyal_from_share")
            for share in [getattr(self, field)]
        ]
        rules += [
            (window > nothing, field, "must be longer than nothing", window)
            for field in ("onboarding", "advocacy_window", "winback_window")
            for window in [getattr(self, field)]
        ]
        for holds, field, rule, value in rules:
            if not holds:
                raise Invalid(f"LifecyclePolicy.{field}", rule, value)
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise Invalid(
                "LifecyclePolicy.zone", "must be a time zone of the IANA database", self.zone
            ) from None

    @cached_property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def day(self, at: datetime) -> date:
        """The calendar day on which something happened."""
        return at.astimezone(self.timezone).date()
