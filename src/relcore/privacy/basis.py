"""The basis of a consent: why we may, and for how long.

Canada's CASL lets consent that is implied by a purchase hold for two years, and by an inquiry for six months (S.C. 2010,
c. 23, section 10 (10)). Express consent does not run out.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from enum import StrEnum


class Basis(StrEnum):
    """Why we may: article 6 (1) of the GDPR, and the implied consents of CASL."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGITIMATE_INTEREST = "legitimate_interest"
    IMPLIED_BY_PURCHASE = "implied_by_purchase"
    IMPLIED_BY_INQUIRY = "implied_by_inquiry"


MONTHS = {Basis.IMPLIED_BY_PURCHASE: 24, Basis.IMPLIED_BY_INQUIRY: 6}
"""How many months an implied consent holds, from the purchase or the inquiry. The other bases do not run out."""


def runs_out(basis: Basis, since: datetime) -> datetime | None:
    """When a consent on this basis runs out, counted from the purchase or the inquiry; None for never.

    >>> from datetime import UTC
    >>> runs_out(Basis.IMPLIED_BY_INQUIRY, datetime(2025, 8, 31, tzinfo=UTC))
    datetime.datetime(2026, 2, 28, 0, 0, tzinfo=datetime.timezone.utc)
    """
    if basis not in MONTHS:
        return None
    month = since.month - 1 + MONTHS[basis]
    year, month = since.year + month // 12, month % 12 + 1
    return since.replace(year=year, month=month, day=min(since.day, monthrange(year, month)[1]))
