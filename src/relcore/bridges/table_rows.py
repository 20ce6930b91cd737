"""The rows of the customer lifecycle, read from its table, with what they ask said for columns.

A row says from which stages it leads where; that is taken from ``customer_lifecycle`` as it stands. What it asks is a
function there, of one customer; here it is one of many, under the same name. A row that asks something without a twin
here cannot be imported.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.standings import Standings, Who
from relcore.bridges.stay_columns import CAUSES, GOES_ON, STAGES, Counts, Flags
from relcore.customers.lifecycle import customer_lifecycle
from relcore.customers.lifecycle_facts import KINDS, SPOKEN


@attrs.frozen(eq=False)
class Occasion:
    """One fact for each of some customers: whose, when, and its number."""

    who: Who
    at: Counts
    measure: NDArray[np.float64]


def _loyal_enough(now: Standings, told: Occasion) -> Flags:
    enough: Flags = now.orders[told.who] >= now.policy.loyal_from_orders
    return enough & (told.at - now.first_at[told.who] >= now.length("loyal_from_tenure"))


GUARDS: dict[str, Callable[[Standings, Occasion], Flags]] = {
    "ordered_again": lambda now, told: now.orders[told.who] >= 2,
    "loyal_enough": _loyal_enough,
    "most_of_wallet": lambda now, told: told.measure >= now.policy.loyal_from_share,
    "recommends": lambda now, told: told.measure >= now.policy.advocate_from_nps,
    "doubtful": lambda now, told: told.measure < now.policy.risk_below,
    "given_up": lambda now, told: told.measure < now.policy.churn_below,
    "no_contract_left": lambda now, told: now.contracts[told.who] == 0,
    "permitted": lambda _, told: told.measure > 0,
}


def _onboarded(now: Standings, who: Who) -> Counts:
    ready = np.maximum(now.first_at[who] + now.length("onboarding"), now.health_at[who])
    return np.where(now.health[who] >= now.policy.onboarded_from_health, ready, GOES_ON)


def _tenure_reached(now: Standings, who: Who) -> Counts:
    reached = now.first_at[who] + now.length("loyal_from_tenure")
    return np.where(now.orders[who] >= now.policy.loyal_from_orders, reached, GOES_ON)


def _silent(now: Standings, who: Who, longer_than: Counts) -> Counts:
    return np.where(now.contracts[who] == 0, now.last_at[who] + longer_than[who], GOES_ON)


DUES: dict[str, Callable[[Standings, Who], Counts]] = {
    "onboarded": _onboarded,
    "tenure_reached": _tenure_reached,
    "advocacy_over": lambda now, who: now.advocated_at[who] + now.length("advocacy_window"),
    "long_silence": lambda now, who: _silent(now, who, now.risk),
    "too_long_silence": lambda now, who: _silent(now, who, now.churn),
    "winback_over": lambda now, who: now.since[who] + now.length("winback_window"),
}


@attrs.frozen(eq=False)
class TableRow:
    """One row of the table that leads somewhere else."""

    sources: Flags
    """For each stage, whether it leads from there."""
    to: np.int8
    cause: np.int8
    when: tuple[tuple[Callable[[Standings, Occasion], Flags], bool], ...] = ()
    """What it asks, and the answer it wants."""
    due: Callable[[Standings, Who], Counts] | None = None

    def holds(self, now: Standings, told: Occasion, stage: NDArray[np.int8]) -> Flags:
        """For which of the customers it is set off."""
        taken: Flags = self.sources[stage]
        for ask, wanted in self.when:
            taken &= ask(now, told) == wanted
        return taken


def _from(sources: tuple[str, ...]) -> Flags:
    return np.array([stage in sources for stage in STAGES])


def _read(*, fact: type | None) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(
            _from(row.sources),
            np.int8(STAGES.index(row.to)),
            np.int8(CAUSES.index(row.name)),
            tuple(
                (GUARDS[rule.name.removeprefix("not ")], not rule.name.startswith("not "))
                for rule in row.when
            ),
            DUES[row.name] if row.due else None,
        )
        for row in customer_lifecycle.moves
        if row.to is not None and row.sources and row.fact is fact
    )


FACT_ROWS = tuple(_read(fact=kind) for kind in KINDS)
"""By the code of the fact's kind."""
TIME_ROWS = _read(fact=None)
KNOWN = np.array(
    [[kind in SPOKEN or customer_lifecycle.knows(stage, kind) for stage in STAGES] for kind in KINDS]
)
"""(kinds, stages) whether the table has any row for the fact there."""
