"""Stays in the stages of the customer lifecycle, as columns: what a million histories come to.

Stays of anything else in the states of its own table look the same, and come to the same spells and transitions.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.columns.spells import Spells
from relcore.analytics.columns.transitions import Transitions
from relcore.customers.lifecycle import customer_lifecycle
from relcore.customers.stage import Stage
from relcore.kernel.clock import microseconds

Counts = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

STAGES: tuple[Stage, ...] = tuple(Stage)
"""What a code in a column of stages stands for."""
CAUSES: tuple[str, ...] = tuple(dict.fromkeys(row.name for row in customer_lifecycle.moves))
"""What a code in a column of causes stands for: the rows of the customer lifecycle by the name of their trigger."""
GOES_ON = np.iinfo(np.int64).max
"""Stands for the stop of a stay that goes on: later than every moment."""


@attrs.frozen(eq=False, repr=False)
class StayColumns:
    """One row per stay, the stays of a customer together and in order of time: all (m,).

    customer : whose, as the code that was given. stage : position in `STAGES`. start : microseconds since 1970-01-01
    UTC. stop : the same, or `GOES_ON`. cause : position in `CAUSES`, of what began the stay. spell : 1 for the first
    time as a customer, one more for each return from churned. recognised : microseconds, when the last of all that the
    stay rests on was known.
    """

    customer: Counts
    stage: Codes
    start: Counts
    stop: Counts
    cause: Codes
    spell: Counts
    recognised: Counts

    def spells(
        self,
        ids: NDArray[Any],
        *,
        states: tuple[str, ...],
        causes: tuple[str, ...],
        as_of: datetime,
        zone: str,
    ) -> Spells:
        """One spell per stay; stays in one state with nothing between them are one.

        ids, states, causes : what the codes of this table stand for.
        as_of : those that go on are censored just after it. One that stops with no stay behind it is censored there.

        ``cause`` is what began the stay behind it.
        """
        fresh = self._fresh
        begins = np.flatnonzero(fresh)
        last = np.append(begins[1:], fresh.size)[: begins.size] - 1  # the row in which each spell ends
        who, stop, start = self.customer[begins], self.stop[last], self.start[begins]
        ended = np.append(who[1:] == who[:-1], False)[: begins.size]
        cause = np.append(self.cause, np.int8(0))[last + 1] + np.int8(1)
        return Spells(
            subject=ids[who],
            state=self.stage[begins],
            start=start,
            stop=np.where(stop == GOES_ON, microseconds(as_of) + 1, stop),
            cause=np.where(ended, cause, np.int8(0)),
            observed=ended,
            entry=start,
            weight=np.ones(begins.size),
            group=np.zeros(begins.size, dtype=np.int8),
            states=states,
            causes=("", *causes),
            zone=zone,
        )

    def transitions(self, ids: NDArray[Any], *, states: tuple[str, ...], zone: str) -> Transitions:
        """One row per change of state, with the number of the spell that it belongs to or begins."""
        begins = np.flatnonzero(self._fresh)
        who = self.customer[begins]
        goes = np.flatnonzero(who[1:] == who[:-1])
        later = begins[goes + 1]
        return Transitions(
            subject=ids[who[goes]],
            source=self.stage[begins[goes]],
            target=self.stage[later],
            at=self.start[later],
            spell=self.spell[later],
            states=states,
            zone=zone,
        )

    @property
    def _fresh(self) -> Flags:
        """Which rows do not go on with the state of the row before."""
        fresh = np.ones(self.customer.size, dtype=np.bool_)
        fresh[1:] = (self.customer[1:] != self.customer[:-1]) | (self.stage[1:] != self.stage[:-1])
        return fresh
