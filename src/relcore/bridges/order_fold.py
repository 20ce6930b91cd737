"""The customer lifecycle of millions: the same answer as ``fold`` gives for one customer, for whole columns of facts.

``relcore.customers.fold`` walks the table with one customer. Here the same table is walked with all customers at once:
first everybody's first fact, then everybody's second, and so on. A property test holds the two together, for every kind
of fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.fact_columns import FactColumns
from relcore.bridges.rhythm import Rhythm
from relcore.bridges.standings import AWARE, Standings, Who
from relcore.bridges.stay_columns import CAUSES, GOES_ON, STAGES, Codes, Counts, Flags, StayColumns
from relcore.bridges.table_rows import FACT_ROWS, KNOWN, TIME_ROWS, Occasion, TableRow
from relcore.customers.lifecycle_facts import (
    ENDINGS,
    KINDS,
    PURCHASES,
    ContractRenewed,
    ContractStarted,
    HealthScored,
    Recommended,
    Recovered,
    ReferralConverted,
)
from relcore.customers.lifecycle_policy import LifecyclePolicy
from relcore.kernel.clock import aware, microseconds
from relcore.kernel.errors import Invalid

_SIGNED = np.array([kind in (ContractStarted, ContractRenewed) for kind in KINDS])
_ENDED = np.array([kind in ENDINGS for kind in KINDS])
_BOUGHT = np.array([kind in PURCHASES for kind in KINDS])
_RECOVERED, _HEALTH, _REFERRAL, _RECOMMENDED = (
    KINDS.index(kind) for kind in (Recovered, HealthScored, ReferralConverted, Recommended)
)
_BEGAN = np.int8(CAUSES.index("known"))


@attrs.frozen(eq=False, repr=False)
class FoldedFacts:
    """What the facts come to: the stays of all customers, and which facts the table has no row for.

    ignored : (j,) rows of the facts that were given, by customer and in the order in which they count. ignored_in :
    (j,) the stages in which they were told, as positions in `STAGES`.
    """

    stays: StayColumns
    ignored: Counts
    ignored_in: Codes


def fold_orders(customer: Counts, at: Counts, *, policy: LifecyclePolicy, as_of: datetime) -> StayColumns:
    """The stays of each customer, from the orders that were placed by ``as_of``: what `fold` answers for each alone.

    customer : (n,) codes >= 0. at : (n,) microseconds since 1970-01-01 UTC. Rows in any order; who has no order by
    ``as_of`` has no stay.
    """
    if customer.shape != at.shape:
        sizes = (customer.shape, at.shape)
        raise Invalid("columns", "must be of one length", sizes, "give one value per order in each")
    return fold_facts(FactColumns.orders(customer, at), policy=policy, as_of=as_of).stays


def fold_facts(facts: FactColumns, *, policy: LifecyclePolicy, as_of: datetime) -> FoldedFacts:
    """The same from facts of every kind that were recognised by ``as_of``."""
    end = microseconds(aware("as_of", as_of))
    known = np.flatnonzero(facts.recognised <= end)
    if known.size < facts.at.size:
        facts = facts.rows(known)
    order = facts.in_time()
    walk = _Walk.begin(facts.rows(order), policy)
    stays = _tiled(walk.moves(end), walk.customer)
    ignored, stage = walk.ignored()
    return FoldedFacts(stays, known[order[ignored]], stage)


# --- the walk ---------------------------------------------------------------------------------------


@attrs.frozen(eq=False)
class _Moves:
    """Some customers' moves at one step of the walk; ``who`` are places among all of them."""

    who: Counts
    to: Codes
    at: Counts
    cause: Codes
    spell: Counts
    recognised: Counts


@attrs.define(eq=False)
class _Walk:
    """Customers on the way through the table, those with the most facts first: at each rank the first few are left."""

    facts: FactColumns  # (n,) by customer and time
    customer: Counts  # (k,) their codes, in order
    place: Counts  # (k,) each one's place among these
    first_row: Counts  # (k,) where the facts of each customer begin
    size: Counts  # (k,) how many there are
    contracts: Counts  # (n,) how many go on after the fact
    rhythm: Rhythm  # (n,) of the purchases; nothing where there is none
    now: Standings  # (k,)
    unknown: list[tuple[Counts, Codes]] = attrs.field(factory=list["tuple[Counts, Codes]"])

    @classmethod
    def begin(cls, facts: FactColumns, policy: LifecyclePolicy) -> _Walk:
        fresh = np.ones(facts.customer.size, dtype=np.bool_)
        fresh[1:] = facts.customer[1:] != facts.customer[:-1]
        first = np.flatnonzero(fresh)
        size = np.diff(first, append=facts.customer.size)
        codes, most = facts.customer[first], np.argsort(-size, kind="stable")
        first, size = first[most], size[most]
        now = Standings(policy, facts.at[first], facts.recognised[first])
        contracts = _contracts(facts, fresh)
        return cls(facts, codes, most, first, size, contracts, _rhythm(facts, policy), now)

    def moves(self, end: int) -> Iterator[_Moves]:
        """Every move of every customer, in order of time for each."""
        if not self.customer.size:
            return
        for rank in range(int(self.size[0])):
            here = slice(0, int(np.searchsorted(-self.size, -rank, side="left")))
            row = self.first_row[here] + rank
            yield from self._passing(here, self.facts.at[row])
            known = self.now.recognised[here]
            np.maximum(known, self.facts.recognised[row], out=known)
            yield from self._hearing(here, row)
            if rank == 0:
                # Who moved on with the first fact was aware for no time at all.
                who = np.flatnonzero(self.now.stage == AWARE)
                yield self._moved(who, AWARE, self.now.since[who], np.full(who.size, _BEGAN))
        yield from self._passing(slice(0, self.size.size), np.full(self.size.size, end))

    def ignored(self) -> tuple[Counts, Codes]:
        """The rows of the facts that the table has no row for, and the stages: by customer and time."""
        rows = np.concatenate([np.empty(0, dtype=np.int64), *(row for row, _ in self.unknown)])
        stage = np.concatenate([np.empty(0, dtype=np.int8), *(stage for _, stage in self.unknown)])
        order = np.argsort(rows)
        return rows[order], stage[order]

    def _passing(self, who: Who, until: Counts) -> Iterator[_Moves]:
        """What time alone does up to a moment, that moment included."""
        now = self.now
        while until.size:
            stage = now.stage[who]
            soonest, to, cause = (
                np.full(stage.size, GOES_ON),
                stage.copy(),
                np.zeros(stage.size, dtype=np.int8),
            )
            for row in _leading_from(stage, TIME_ROWS):
                assert row.due is not None
                due = row.due(now, who)
                sooner = row.sources[stage] & (due < soonest)
                soonest[sooner], to[sooner], cause[sooner] = due[sooner], row.to, row.cause
            here = np.flatnonzero(soonest <= until)
            if not here.size:
                return
            who, until = _among(who, here), until[here]
            # Never before the present stage began: a score may have moved a customer earlier than the silence would.
            yield self._moved(who, to[here], np.maximum(soonest[here], now.since[who]), cause[here])

    def _hearing(self, here: slice, row: Counts) -> Iterator[_Moves]:
        """One fact each, kind by kind."""
        kind = self.facts.kind[row]
        present = np.flatnonzero(np.bincount(kind, minlength=len(KINDS)))
        for code in present.tolist():
            if present.size == 1:
                yield from self._heard(code, here, row)
            else:
                who = np.flatnonzero(kind == code)
                yield from self._heard(code, who, row[who])

    def _heard(self, code: int, who: Who, row: Counts) -> Iterator[_Moves]:
        now = self.now
        if _SIGNED[code] or _ENDED[code]:
            now.contracts[who] = self.contracts[row]
        stage = now.stage[who]
        known = KNOWN[code][stage]
        if not known.all():
            self.unknown.append((row[~known], stage[~known]))
            who, row, stage = _among(who, np.flatnonzero(known)), row[known], stage[known]
        told = Occasion(who, self.facts.at[row], self.facts.measure[row])
        self._take(code, told, row)
        to, cause = stage.copy(), np.zeros(stage.size, dtype=np.int8)
        for table_row in _leading_from(stage, FACT_ROWS[code]):
            taken = table_row.holds(now, told, stage)
            to[taken], cause[taken] = table_row.to, table_row.cause
        moved = np.flatnonzero(to != stage)
        if moved.size:
            yield self._moved(_among(who, moved), to[moved], told.at[moved], cause[moved])

    def _take(self, code: int, told: Occasion, row: Counts) -> None:
        """What the fact adds to what is known, before the table is asked what it means."""
        now, who = self.now, told.who
        if _BOUGHT[code]:
            beat = self.rhythm
            gap = beat.gap[row]
            now.buy(who, told.at, beat.another_day[row], beat.risk[gap], beat.churn[gap])
        elif code == _RECOVERED:
            now.last_at[who] = told.at
        elif code == _HEALTH:
            now.health[who], now.health_at[who] = told.measure, told.at
        elif code == _REFERRAL:
            now.advocated_at[who] = told.at
        elif code == _RECOMMENDED:
            likely = told.measure >= now.policy.advocate_from_nps
            now.advocated_at[who] = np.where(likely, told.at, now.advocated_at[who])

    def _moved(self, who: Counts, to: Codes | np.int8, at: Counts, cause: Codes) -> _Moves:
        now = self.now
        now.stage[who], now.since[who] = to, at
        recognised = np.maximum(at, now.recognised[who])
        return _Moves(self.place[who], now.stage[who], at, cause, now.spell[who], recognised)


def _among(who: Who, chosen: Counts) -> Counts:
    """The positions of those chosen by their place among some of the customers; a slice begins with the first."""
    return chosen if isinstance(who, slice) else who[chosen]


def _leading_from(stage: Codes, rows: tuple[TableRow, ...]) -> Iterator[TableRow]:
    """The rows that lead from a stage in which anybody is."""
    occupied = np.bincount(stage, minlength=len(STAGES)) > 0
    return (row for row in rows if bool((row.sources & occupied).any()))


def _contracts(facts: FactColumns, fresh: Flags) -> Counts:
    """(n,) how many contracts of the customer go on after each fact.

    A contract goes on after its beginning and each renewal, and not after its end, whatever was said before.
    """
    signed, n = np.flatnonzero((_SIGNED | _ENDED)[facts.kind]), facts.at.size
    if not signed.size:
        return np.broadcast_to(np.int64(0), (n,))
    order = signed[np.lexsort((signed, facts.contract[signed], facts.customer[signed]))]
    customer, contract = facts.customer[order], facts.contract[order]
    goes_on = _SIGNED[facts.kind[order]].astype(np.int64)
    same = (customer[1:] == customer[:-1]) & (contract[1:] == contract[:-1])
    change = np.zeros(n, dtype=np.int64)
    change[order] = goes_on - np.append(0, np.where(same, goes_on[:-1], 0))
    total = np.cumsum(change)
    first = np.flatnonzero(fresh)
    before = total[first] - change[first]
    going_on: Counts = total - before[np.cumsum(fresh) - 1]
    return going_on


def _rhythm(facts: FactColumns, policy: LifecyclePolicy) -> Rhythm:
    """(n,) of all facts; only those of purchases say anything."""
    bought = np.flatnonzero(_BOUGHT[facts.kind])
    if bought.size == facts.at.size:
        return Rhythm.of(facts.customer, facts.at, policy)
    return Rhythm.of(facts.customer[bought], facts.at[bought], policy).spread(bought, facts.at.size)


def _tiled(moves: Iterator[_Moves], customer: Counts) -> StayColumns:
    """Each stay ends where the next begins; one that took no time is passed over."""
    made = list(moves)
    if not made:
        none = np.empty(0, dtype=np.int64)
        return StayColumns(none, none.astype(np.int8), none, none, none.astype(np.int8), none, none)
    place, n = _places(made, customer.size), sum(step.who.size for step in made)
    who, stage, start, cause, spell, recognised = (
        _put([getattr(step, name) for step in made], place, n)
        for name in ("who", "to", "at", "cause", "spell", "recognised")
    )
    last = np.append(who[1:] != who[:-1], True)
    stop = np.where(last, GOES_ON, np.append(start[1:], GOES_ON))
    kept = start < stop
    return StayColumns(
        customer[who[kept]], stage[kept], start[kept], stop[kept], cause[kept], spell[kept], recognised[kept]
    )


def _places(made: list[_Moves], customers: int) -> list[Counts]:
    """Where the moves of each step stand among all, by customer and as they were made: counted, not sorted."""
    count = np.zeros(customers, dtype=np.int64)
    for step in made:
        count[step.who] += 1
    free = np.cumsum(count) - count
    places: list[Counts] = []
    for step in made:
        places.append(free[step.who])
        free[step.who] += 1
    return places


def _put(parts: list[NDArray[Any]], places: list[Counts], n: int) -> NDArray[Any]:
    column = np.empty(n, dtype=parts[0].dtype)
    for part, place in zip(parts, places, strict=True):
        column[place] = part
    return column
