"""The customer lifecycle: prospect, customer, slipping, gone, back. Computed from facts as of a time, never stored.

A stored "lifecycle stage" is overwritten by workflows, imports and colleagues until nobody can say what it means. Here
the same facts, policy and moment always give the same answer, also for a moment in the past: see ``fold``.

The table is the whole rule. A fact moves a customer (an order, a notice, a score of a model told as a fact), or the
passing of time does: a customer is at risk when the silence is long *for them*, and churned when it is longer still.
Who has a contract is not judged by silence: they are gone when it ends. Every return from *churned* begins a new spell,
so that a returned customer does not look like an old one.
"""

from __future__ import annotations

from bisect import insort
from datetime import date, datetime, timedelta
from itertools import chain
from typing import ClassVar, TypeAlias

import attrs

from relcore.customers.lifecycle_facts import (
    ENDINGS,
    PURCHASES,
    AnyFact,
    ContractRenewed,
    ContractStarted,
    Declined,
    Died,
    ErasureRequested,
    HealthScored,
    Interested,
    NoticeGiven,
    Ordered,
    PaymentOverdue,
    Recommended,
    Recovered,
    ReferralConverted,
    Scored,
    UsageDropped,
    WalletShared,
    WonBack,
)
from relcore.customers.lifecycle_policy import LifecyclePolicy
from relcore.customers.stage import Stage
from relcore.ids import CustomerId
from relcore.kernel.lifecycle import Category, Given, Lifecycle, Move, after, begin, guard, on

AWARE, CONSIDERING, NEW, RETAINED = Stage.AWARE, Stage.CONSIDERING, Stage.NEW, Stage.RETAINED
LOYAL, ADVOCATE, AT_RISK, CHURNED = Stage.LOYAL, Stage.ADVOCATE, Stage.AT_RISK, Stage.CHURNED
REACTIVATING, DECLINED, DECEASED, ERASED = (
    Stage.REACTIVATING,
    Stage.DECLINED,
    Stage.DECEASED,
    Stage.ERASED,
)
CUSTOMER = (NEW, RETAINED, LOYAL, ADVOCATE)
"""Those who buy, and about whom nobody worries."""


@attrs.define
class Standing:
    """What the table is asked about: a customer in the middle of being folded. It lives only inside ``fold``."""

    lifecycle: ClassVar[Lifecycle[Standing, Stage, str]]

    id: CustomerId
    state: Stage = AWARE
    since: datetime | None = None
    spell: int = 1
    orders: int = 0
    """Days with orders in this spell."""
    first_at: datetime | None = None
    last_at: datetime | None = None
    last_day: date | None = None
    gaps: list[float] = attrs.field(factory=list[float])
    """Days between days with orders, over all spells, in order of size: the rhythm of a person stays theirs."""
    contracts: set[str] = attrs.field(factory=set[str])
    """Those that go on."""
    health: float | None = None
    health_at: datetime | None = None
    advocated_at: datetime | None = None

    def gap(self, policy: LifecyclePolicy) -> timedelta:
        """The silence that is usual for this customer."""
        if len(self.gaps) < policy.own_gaps:
            return policy.default_gap
        middle = len(self.gaps) // 2
        if len(self.gaps) % 2:
            return timedelta(days=self.gaps[middle])
        return timedelta(days=(self.gaps[middle - 1] + self.gaps[middle]) / 2)

    def sign(self, fact: AnyFact) -> None:
        """Contracts begin and end, whatever the table makes of it."""
        if isinstance(fact, ContractStarted | ContractRenewed):
            self.contracts.add(fact.contract)
        elif isinstance(fact, ENDINGS):
            self.contracts.discard(fact.contract)

    def take(self, fact: AnyFact, policy: LifecyclePolicy) -> None:
        """What the fact adds to what is known, before the table is asked what it means."""
        match fact:
            case Ordered() | ContractStarted() | ContractRenewed():
                self._buy(fact.at, policy)
            case Recovered():
                self.last_at = fact.at
            case HealthScored():
                self.health, self.health_at = fact.health, fact.at
            case ReferralConverted():
                self.advocated_at = fact.at
            case Recommended() if fact.nps >= policy.advocate_from_nps:
                self.advocated_at = fact.at
            case _:
                pass

    def _buy(self, at: datetime, policy: LifecyclePolicy) -> None:
        if self.state in (CHURNED, REACTIVATING):
            # A return begins a new spell: its orders and its tenure are counted from here.
            self.spell, self.orders, self.first_at = self.spell + 1, 0, None
        day = policy.day(at)
        another_day = self.last_day is None or day > self.last_day
        if self.orders and not another_day:
            return
        if self.last_day is not None and another_day:
            insort(self.gaps, float((day - self.last_day).days))
        self.first_at = self.first_at or at
        self.last_at, self.last_day, self.orders = at, day, self.orders + 1


# --- rules about facts ----------------------------------------------------------------------------


@guard("there must be an order on another day, or a renewal")
def ordered_again(customer: Standing, given: Given) -> bool:
    return customer.orders >= 2


@guard("it takes more orders over a longer time to be loyal")
def loyal_enough(customer: Standing, given: Given) -> bool:
    policy = given[LifecyclePolicy]
    if customer.first_at is None:
        return False
    return (
        customer.orders >= policy.loyal_from_orders
        and given.at - customer.first_at >= policy.loyal_from_tenure
    )


@guard("they must spend more of their budget with us")
def most_of_wallet(customer: Standing, given: Given) -> bool:
    return given[WalletShared].share >= given[LifecyclePolicy].loyal_from_share


@guard("they must be likely to recommend us")
def recommends(customer: Standing, given: Given) -> bool:
    return given[Recommended].nps >= given[LifecyclePolicy].advocate_from_nps


@guard("the score must be low enough to worry")
def doubtful(customer: Standing, given: Given) -> bool:
    return given[Scored].probability_alive < given[LifecyclePolicy].risk_below


@guard("the score must be low enough to give up")
def given_up(customer: Standing, given: Given) -> bool:
    return given[Scored].probability_alive < given[LifecyclePolicy].churn_below


@guard("no contract of theirs may go on")
def no_contract_left(customer: Standing, given: Given) -> bool:
    return not customer.contracts


@guard("we must have been allowed to write")
def permitted(customer: Standing, given: Given) -> bool:
    return given[WonBack].permitted


# --- rules of time --------------------------------------------------------------------------------


def onboarded(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    if customer.first_at is None or customer.health is None or customer.health_at is None:
        return None
    if customer.health < policy.onboarded_from_health:
        return None
    return max(customer.first_at + policy.onboarding, customer.health_at)


def tenure_reached(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    if customer.first_at is None or customer.orders < policy.loyal_from_orders:
        return None
    return customer.first_at + policy.loyal_from_tenure


def advocacy_over(customer: Standing, given: Given) -> datetime | None:
    return customer.advocated_at and customer.advocated_at + given[LifecyclePolicy].advocacy_window


def long_silence(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    return _silent(customer, max(policy.risk_after_gaps * customer.gap(policy), policy.shortest_risk))


def too_long_silence(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    return _silent(customer, max(policy.churn_after_gaps * customer.gap(policy), policy.shortest_churn))


def winback_over(customer: Standing, given: Given) -> datetime | None:
    return customer.since and customer.since + given[LifecyclePolicy].winback_window


def _silent(customer: Standing, longer_than: timedelta) -> datetime | None:
    if customer.last_at is None or customer.contracts:
        return None
    return customer.last_at + longer_than


# --- the table ------------------------------------------------------------------------------------

Rows: TypeAlias = "tuple[Move[Standing, Stage, str], ...]"


def _purchase(fact: type[AnyFact]) -> Rows:
    """An order, a new contract and a renewal lead to the same places."""
    return (
        on(fact, AWARE, CONSIDERING, to=NEW),
        on(fact, NEW, to=RETAINED, when=[ordered_again]),
        on(fact, RETAINED, to=LOYAL, when=[loyal_enough]),
        on(fact, LOYAL, ADVOCATE),
        on(fact, AT_RISK, to=LOYAL, when=[loyal_enough]),
        on(fact, AT_RISK, to=RETAINED, when=[~loyal_enough]),
        on(fact, CHURNED, REACTIVATING, to=RETAINED),
    )


def _worry(fact: type[AnyFact]) -> Rows:
    return on(fact, *CUSTOMER, to=AT_RISK), on(fact, AT_RISK)


customer_lifecycle = Lifecycle["Standing", Stage, str](
    "customer_lifecycle",
    version=1,
    states={
        AWARE: Category.OPEN,
        CONSIDERING: Category.OPEN,
        NEW: Category.WON,
        RETAINED: Category.WON,
        LOYAL: Category.WON,
        ADVOCATE: Category.WON,
        AT_RISK: Category.WON,
        CHURNED: Category.LOST,
        REACTIVATING: Category.OPEN,
        DECLINED: Category.LOST,
        DECEASED: Category.VOID,
        ERASED: Category.VOID,
    },
    final=(ERASED,),
    moves=(
        begin("known", to=AWARE),
        on(Interested, AWARE, to=CONSIDERING),
        on(Interested, CONSIDERING),
        *chain.from_iterable(map(_purchase, PURCHASES)),
        after(onboarded, NEW, to=RETAINED),
        on(HealthScored, *CUSTOMER, AT_RISK),
        after(tenure_reached, RETAINED, to=LOYAL),
        on(WalletShared, RETAINED, to=LOYAL, when=[most_of_wallet]),
        on(WalletShared, NEW, LOYAL, ADVOCATE, AT_RISK),
        on(ReferralConverted, RETAINED, LOYAL, to=ADVOCATE),
        on(ReferralConverted, ADVOCATE),
        on(Recommended, RETAINED, LOYAL, to=ADVOCATE, when=[recommends]),
        on(Recommended, ADVOCATE),
        after(advocacy_over, ADVOCATE, to=LOYAL),
        after(long_silence, *CUSTOMER, to=AT_RISK),
        on(Scored, *CUSTOMER, to=AT_RISK, when=[doubtful]),
        *chain.from_iterable(map(_worry, (NoticeGiven, UsageDropped, PaymentOverdue))),
        on(Recovered, *CUSTOMER),
        on(Recovered, AT_RISK, to=LOYAL, when=[loyal_enough]),
        on(Recovered, AT_RISK, to=RETAINED, when=[~loyal_enough]),
        after(too_long_silence, AT_RISK, to=CHURNED),
        on(Scored, AT_RISK, to=CHURNED, when=[given_up, no_contract_left]),
        *(on(ending, *CUSTOMER, AT_RISK, to=CHURNED, when=[no_contract_left]) for ending in ENDINGS),
        on(WonBack, CHURNED, to=REACTIVATING, when=[permitted]),
        on(WonBack, REACTIVATING),
        after(winback_over, REACTIVATING, to=CHURNED),
        on(Declined, AWARE, CONSIDERING, to=DECLINED),
        on(Died, *(stage for stage in Stage if stage not in (DECEASED, ERASED)), to=DECEASED),
        on(ErasureRequested, *(stage for stage in Stage if stage is not ERASED), to=ERASED),
    ),
)
Standing.lifecycle = customer_lifecycle
