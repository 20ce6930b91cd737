"""Orders become histories: each customer's lifecycle, computed from what is kept, as columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.analytics.columns import reading
from relcore.analytics.columns.moments import timezone
from relcore.analytics.columns.spells import Spells
from relcore.analytics.columns.transitions import Transitions
from relcore.bridges.as_of import last_moment
from relcore.bridges.fact_columns import FactColumns
from relcore.bridges.order_fold import FoldedFacts, fold_facts
from relcore.bridges.stay_columns import CAUSES, GOES_ON, STAGES, Counts, StayColumns
from relcore.customers.history import CustomerHistory, Ignored, Stay, in_force
from relcore.customers.lifecycle import Standing, customer_lifecycle
from relcore.customers.lifecycle_facts import SPOKEN, AnyFact, Ordered, StageOverridden, in_time
from relcore.customers.lifecycle_policy import LifecyclePolicy
from relcore.customers.stage import Stage
from relcore.ids import CustomerId
from relcore.kernel.clock import from_microseconds
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Lifecycle
from relcore.sales.order import Order, OrderFields, OrderState
from relcore.storage.workspace import Workspace


@attrs.frozen(eq=False, repr=False)
class Histories(Mapping[CustomerId, CustomerHistory]):
    """Where every customer stood and stands, as of a moment: columns for models, a `CustomerHistory` for each id.

    ids : (k,) the customers of whom anything was known by then, as text, in order.
    stays : one row per stay; ``stays.customer`` are positions in ``ids``.
    as_of : the moment, inclusive. zone : in which its day ended, and in which months begin.

    As a mapping it gives ``histories[customer_id]``, in the order of ids; a history is built when it is asked for.
    Stays, spells and transitions are what the facts come to; ``stages()`` and a history's ``stage`` also heed what a
    colleague says against them.
    """

    ids: NDArray[Any]
    stays: StayColumns
    as_of: datetime
    zone: str
    _ignored: Mapping[CustomerId, tuple[Ignored, ...]]
    _overrides: Mapping[CustomerId, StageOverridden]

    # --- one by one ---

    def __getitem__(self, customer: CustomerId) -> CustomerHistory:
        place = int(np.searchsorted(self.ids, customer)) if self.ids.size else 0
        if place == self.ids.size or self.ids[place] != customer:
            raise KeyError("nothing was known of this customer by then; is it their id, and of this tenant?")
        first, end = np.searchsorted(self.stays.customer, [place, place + 1]).tolist()
        kept, here = self.stays, slice(first, end)
        stages: list[int] = kept.stage[here].tolist()
        causes: list[int] = kept.cause[here].tolist()
        moments = zip(
            kept.start[here].tolist(), kept.stop[here].tolist(), kept.recognised[here].tolist(), strict=True
        )
        stays = tuple(
            Stay(
                STAGES[stage],
                from_microseconds(start),
                None if stop == GOES_ON else from_microseconds(stop),
                CAUSES[cause],
                spell,
                from_microseconds(recognised),
            )
            for stage, cause, spell, (start, stop, recognised) in zip(
                stages, causes, kept.spell[here].tolist(), moments, strict=True
            )
        )
        ignored, override = self._ignored.get(customer, ()), self._overrides.get(customer)
        return CustomerHistory(customer, self.as_of, stays, ignored, override)

    def __iter__(self) -> Iterator[CustomerId]:
        return map(CustomerId, self.ids.tolist())

    def __len__(self) -> int:
        return int(self.ids.size)

    # --- all at once ---

    def stages(self) -> dict[Stage, int]:
        """How many customers stand in each stage, in the order of the lifecycle; stages without anybody are left out."""
        here = np.bincount(self.stays.stage[self.stays.stop == GOES_ON], minlength=len(STAGES)).tolist()
        count = Counter(dict(zip(STAGES, here, strict=True)))
        for customer, override in self._overrides.items():
            count[override.stage] += 1
            count[_computed(self[customer])] -= 1
        return {stage: count[stage] for stage in STAGES if count[stage]}

    def ignored(self) -> tuple[Ignored, ...]:
        """The facts that the table has no row for, of all customers: questions about the data."""
        return tuple(chain.from_iterable(self._ignored.values()))

    @cached_property
    def spells(self) -> Spells:
        """One spell per stay; those that go on are censored just after ``as_of``. ``cause`` is what ended it.

        Stays in one stage with nothing between them (a customer was at risk for no time at all) are one spell.
        """
        return self.stays.spells(self.ids, states=STAGES, causes=CAUSES, as_of=self.as_of, zone=self.zone)

    @cached_property
    def transitions(self) -> Transitions:
        """One row per change of stage, numbered by the spell as a customer that it belongs to or begins."""
        return self.stays.transitions(self.ids, states=STAGES, zone=self.zone)

    def __repr__(self) -> str:
        stages = " · ".join(f"{stage.replace('_', ' ')} {count:,}" for stage, count in self.stages().items())
        whom = f"{len(self):,} customer{'' if len(self) == 1 else 's'}"
        return f"Histories of {whom} as of {self.as_of.astimezone(timezone(self.zone)).isoformat()}: {stages or 'none'}"


def histories(
    workspace: Workspace,
    lifecycle: Lifecycle[Standing, Stage, str] = customer_lifecycle,
    policy: LifecyclePolicy = LifecyclePolicy(),
    *,
    as_of: datetime | date | str,
    zone: str | None = None,
    facts: Mapping[CustomerId, Iterable[AnyFact]] | None = None,
) -> Histories:
    """Every customer with a paid order by ``as_of``, or with a fact among ``facts``, in the order of their ids.

    lifecycle : the customer lifecycle; entities have their own, and a log of their own.
    policy : what its words mean for this business.
    as_of : a moment, inclusive, or a calendar day (a date, or "2026-09-30"), to its end.
    zone : in which days and months begin for as_of and for what is counted later; the policy's unless given.
    facts : what else is known of a customer, such as ``Scored`` by a model, ``ContractStarted`` or ``StageOverridden``.

    No entity is built: orders are read as columns, and all customers are folded at once. Facts that are no objects, a
    million scores for instance, go through `fold_facts` as columns of their own.

    >>> from relcore.storage import in_memory
    >>> histories(Workspace(in_memory(), tenant="acme"), as_of="2026-09-30")
    Histories of 0 customers as of 2026-09-30T23:59:59.999999+00:00: none
    """
    if lifecycle is not customer_lifecycle:
        remedy = "pass customer_lifecycle; what an entity went through is in its own log"
        raise Invalid("lifecycle", "must be the one that facts move", lifecycle.name, remedy)
    place = policy.zone if zone is None else zone
    moment = last_moment(as_of, place)
    customer, at = _paid_orders(workspace)
    more = {CustomerId(who): sorted(told, key=in_time) for who, told in (facts or {}).items()}
    ids, code, _ = reading.customers([*customer, *more], "customer")
    orders, others = code[: at.size], code[at.size :]
    told = list(chain.from_iterable(more.values()))
    whose = np.repeat(others, [len(theirs) for theirs in more.values()])
    columns = FactColumns.joined(FactColumns.orders(orders, at), FactColumns.of(whose, told))
    folded = fold_facts(columns, policy=policy, as_of=moment)
    there, position = np.unique(folded.stays.customer, return_inverse=True)
    seen = Histories(
        ids[there],
        attrs.evolve(folded.stays, customer=position.astype(np.int64)),
        moment,
        place,
        _ignored(folded, columns, told, ids),
        {},
    )
    return attrs.evolve(seen, overrides=dict(_overrides(seen, more)))


def _ignored(
    folded: FoldedFacts, facts: FactColumns, told: list[AnyFact], ids: NDArray[Any]
) -> dict[CustomerId, tuple[Ignored, ...]]:
    """Orders come first among the facts, and then those that were told."""
    found: dict[CustomerId, list[Ignored]] = defaultdict(list)
    orders = facts.at.size - len(told)
    rows: list[int] = folded.ignored.tolist()
    stages: list[int] = folded.ignored_in.tolist()
    for row, stage in zip(rows, stages, strict=True):
        fact = told[row - orders] if row >= orders else Ordered(at=from_microseconds(int(facts.at[row])))
        customer = CustomerId(str(ids[facts.customer[row]]))
        found[customer].append(Ignored(fact, STAGES[stage]))
    return {customer: tuple(ignored) for customer, ignored in found.items()}


def _overrides(
    seen: Histories, facts: Mapping[CustomerId, list[AnyFact]]
) -> Iterator[tuple[CustomerId, StageOverridden]]:
    """What colleagues say at that moment, of the few of whom they say anything."""
    for customer, told in facts.items():
        spoken = [fact for fact in told if isinstance(fact, SPOKEN) and fact.recognised_at <= seen.as_of]
        if spoken and (word := in_force(spoken, as_of=seen.as_of, computed=_computed(seen[customer]))):
            yield customer, word


def _computed(history: CustomerHistory) -> Stage:
    return history.stays[-1].stage


def _paid_orders(workspace: Workspace) -> tuple[list[str], Counts]:
    paid = OrderFields.state.is_(OrderState.PAID)
    chunks = list(workspace.scan(Order, OrderFields.customer, OrderFields.placed_at, where=paid))
    customer = list(chain.from_iterable(chunk["customer"] for chunk in chunks))
    placed_at = chain.from_iterable(chunk["placed_at"] for chunk in chunks)
    return customer, np.fromiter(placed_at, np.int64, len(customer))
