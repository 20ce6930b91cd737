"""Do they come back at all? The time from the first order to the second, one spell per customer."""

from __future__ import annotations

from datetime import date

import numpy as np

from relcore.analytics.arrays import sealed
from relcore.analytics.columns.ledger import Ledger
from relcore.analytics.columns.moments import DAY
from relcore.analytics.columns.spells import Spells
from relcore.analytics.period import day_number


def until_second_order(ledger: Ledger, *, until: date | str) -> Spells:
    """From the day of the first order to the day of the second, in the state "one order".

    until : the last day of observation, inclusive: who had not come back by then is censored on that day. Customers
        whose first order is later are left out.

    Days are calendar days, so that durations are whole days and at least 1 where the second order was seen.

    >>> log = Ledger.from_log(customer=["a", "b", "a"], day=[10000, 10001, 10007])
    >>> spells = until_second_order(log, until="1997-06-01")
    >>> spells.duration("day"), spells.observed
    (array([ 7., 12.]), array([ True, False]))
    """
    end = day_number(until)
    known = ledger.order_days(until=until)
    fresh = np.ones(known.customer.size, dtype=np.bool_)
    fresh[1:] = known.customer[1:] != known.customer[:-1]
    first = np.flatnonzero(fresh)
    # The row after a first one is of the same customer exactly when it is no first one itself.
    again = ~np.append(fresh, True)[first + 1]
    second = np.append(known.day, 0)[first + 1]
    start = known.day[first]
    one = np.zeros(first.size, dtype=np.int8)
    return Spells(
        subject=sealed(ledger.ids[known.customer[first]]),
        state=one,
        start=sealed(start * DAY),
        stop=sealed(np.where(again, second, end) * DAY),
        cause=one,
        observed=again,
        entry=sealed(start * DAY),
        weight=np.ones(first.size),
        group=one,
        states=("one order",),
        causes=("second order",),
    )
