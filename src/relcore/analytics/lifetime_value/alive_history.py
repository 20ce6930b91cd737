"""What a model would have said of one customer, day after day: how sure it was that he was still there.

Read it for a customer you know. It falls the faster the more often he used to come, and each purchase brings it back.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol, Self

import attrs
import numpy as np

from relcore.analytics.arrays import Counts, Floats, floats, frozen, sealed
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value.apart import Telling
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.kernel.errors import HIDDEN, Invalid


class AliveForecast(Protocol):
    """A model that says who is still a customer."""

    @property
    def period(self) -> Period: ...

    def probability_alive(self, purchases: Purchases) -> Floats:
        """(n,) the chance that somebody is still a customer."""
        ...


def _days(values: Any) -> Counts:
    return frozen(np.asarray(values, dtype=np.int64))


@attrs.frozen(eq=False, repr=False)
class AliveHistory:
    """P(alive) at the end of each day since the first purchase, by what was known then.

    first : the day of the first purchase.
    alive : (m,) the chance at the end of ``first``, of the day after, and so on.
    bought : (k,) the days of purchases, counted from ``first``; the first is 0.
    """

    first: date
    alive: Floats = attrs.field(converter=floats)
    bought: Counts = attrs.field(converter=_days)

    @classmethod
    def of(cls, model: AliveForecast, ledger: Ledger, customer: Any, *, until: date | str) -> Self:
        """The model is that of today; the history is told it day by day.

        customer : an id of the ledger. until : the last day, inclusive.

        Raises `Invalid` for a customer who had not ordered by then, or whom the ledger does not know.

        >>> from relcore.analytics import ParetoNBD
        >>> model = ParetoNBD(r=0.55, alpha=10.58, s=0.61, beta=11.67, period="week")
        >>> log = Ledger.from_log(customer=["a", "a"], day=[0, 2])
        >>> AliveHistory.of(model, log, "a", until="1970-01-04").alive.round(3)
        array([1.   , 0.993, 1.   , 0.993])
        """
        end = day_number(until)
        orders = ledger.order_days(until=until)
        mine = orders.day[np.isin(orders.customer, np.flatnonzero(ledger.ids == customer))]
        if not mine.size:
            remedy = "ask for somebody in ledger.ids, and not before the first order"
            raise Invalid("customer", f"must have ordered by {calendar_day(end)}", HIDDEN, remedy)
        bought = mine - mine[0]
        day: Counts = np.arange(int(end - mine[0]) + 1, dtype=np.int64)
        known = np.searchsorted(bought, day, side="right") - 1
        own: AliveForecast = model.model_of(customer) if isinstance(model, Telling) else model
        per = days_per(model.period)
        rows = Purchases.from_summary(
            frequency=known, recency=bought[known] / per, age=day / per, period=model.period
        )
        return cls(calendar_day(mine[0]), own.probability_alive(rows), sealed(bought))

    @property
    def days(self) -> Any:
        """(m,) the calendar days, as datetime64."""
        return np.datetime64(self.first) + np.arange(self.alive.size)

    def to_frame(self, *, like: Any) -> Any:
        """A frame of the kind of ``like`` with one row per day: date, alive, and whether he bought (0 or 1)."""
        from relcore import frames

        purchase = np.zeros(self.alive.size, dtype=np.int64)
        purchase[self.bought] = 1
        return frames.like(like, {"date": self.days, "alive": self.alive, "bought": purchase})

    def __repr__(self) -> str:
        return (
            f"AliveHistory of {self.alive.size:,} days from {self.first} with {self.bought.size:,} "
            f"purchase{'' if self.bought.size == 1 else 's'}: {self.alive[-1]:.1%} at the end"
        )
