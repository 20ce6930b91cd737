"""Customers in the middle of being folded: the twin of the slice's ``Standing``, one value per customer in each field."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.stay_columns import STAGES, Codes, Counts, Flags
from relcore.customers.lifecycle_policy import LifecyclePolicy
from relcore.customers.stage import Stage

Who: TypeAlias = "slice | Counts"
"""Some of the customers: the first few, or those at these positions."""

AWARE, CHURNED, REACTIVATING = (
    np.int8(STAGES.index(stage)) for stage in (Stage.AWARE, Stage.CHURNED, Stage.REACTIVATING)
)
_TICK = timedelta(microseconds=1)


@attrs.define(eq=False)
class Standings:
    """Where each of k customers stands, and what is known of them: all (k,), moments in microseconds.

    Nothing stands where ``None`` does in the slice: ``health`` is -1, and moments are not asked for before they are set.
    """

    policy: LifecyclePolicy
    since: Counts
    recognised: Counts
    stage: Codes = attrs.field(init=False)
    spell: Counts = attrs.field(init=False)
    orders: Counts = attrs.field(init=False)
    first_at: Counts = attrs.field(init=False)
    last_at: Counts = attrs.field(init=False)
    risk: Counts = attrs.field(init=False)
    churn: Counts = attrs.field(init=False)
    contracts: Counts = attrs.field(init=False)
    health: NDArray[np.float64] = attrs.field(init=False)
    health_at: Counts = attrs.field(init=False)
    advocated_at: Counts = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        k = self.since.size
        self.stage, self.spell = np.full(k, AWARE), np.ones(k, dtype=np.int64)
        self.orders, self.first_at, self.last_at, self.risk, self.churn, self.contracts = (
            np.zeros(k, dtype=np.int64) for _ in range(6)
        )
        self.health, self.health_at, self.advocated_at = (
            np.full(k, -1.0),
            np.zeros(k, dtype=np.int64),
            np.zeros(k, dtype=np.int64),
        )

    def length(self, name: str) -> int:
        """A time that the policy names, in microseconds."""
        length: timedelta = getattr(self.policy, name)
        return length // _TICK

    def buy(self, who: Who, at: Counts, another_day: Flags, risk: Counts, churn: Counts) -> None:
        """One purchase each: counted, unless it is of a day that is counted already."""
        stage = self.stage[who]
        back = (stage == CHURNED) | (stage == REACTIVATING)
        self.spell[who] += back
        orders = np.where(back, 0, self.orders[who])
        fresh = orders == 0
        counted = fresh | another_day
        self.orders[who] = orders + counted
        self.first_at[who] = np.where(fresh, at, self.first_at[who])
        self.last_at[who] = np.where(counted, at, self.last_at[who])
        self.risk[who], self.churn[who] = risk, churn
