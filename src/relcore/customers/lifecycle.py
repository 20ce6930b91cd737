"""The customer lifecycle: prospect, customer, slipping, gone, back. Computed from facts as of a time, never stored.

A stored "lifecycle stage" is overwritten by workflows, imports and colleagues until nobody can say what it means. Here
the same facts, policy and moment always give the same answer, also for a moment in the past: what was *recognised* by
then decides where somebody stood; when it *happened* decides how long they stayed there.

The table is the whole rule. A fact moves a customer (an order, a win-back, a score of a model told as a fact), or the
passing of time does: a customer is at risk when the silence is long *for them*, and churned when it is longer still.
Every return from *churned* begins a new spell, so that a returned customer does not look like an old one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import ClassVar, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from relcore.ids import CustomerId
from relcore.kernel.clock import aware
from relcore.kernel.entity import a_probability
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Lifecycle, after, begin, guard, on

# --- facts ----------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Fact:
    """Something that happened ``at``, and that we knew of from ``recognised_at`` on (at once, unless said otherwise)."""

    at: datetime = attrs.field()
    recognised_at: datetime = attrs.field(default=attrs.Factory(lambda self: self.at, takes_self=True))

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "at", aware("at", self.at))
        object.__setattr__(self, "recognised_at", aware("recognised_at", self.recognised_at))
        if self.recognised_at < self.at:
            raise Invalid("recognised_at", f"must not lie before at ({self.at})", self.recognised_at)


@attrs.frozen(kw_only=True)
class Interested(Fact):
    """The customer showed that they may buy: a quote asked for, a demo, a trial."""


@attrs.frozen(kw_only=True)
class Ordered(Fact):
    """A purchase."""


@attrs.frozen(kw_only=True)
class WonBack(Fact):
    """Contact with a churned customer that may bring them back, by us or by them."""


@attrs.frozen(kw_only=True)
class Scored(Fact):
    """What a model said: the probability that the customer is still one. A fact like others, dated when it was said."""

    probability_alive: float = attrs.field(validator=a_probability)


AnyFact: TypeAlias = Interested | Ordered | WonBack | Scored


# --- policy ---------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class LifecyclePolicy:
    """What the words mean for this business. ``version`` names it wherever its answers are shown.

    Silence is measured in the customer's own rhythm: the median gap between days with orders, once there are
    ``own_gaps`` of them; until then, and that is most customers of most shops, ``default_gap`` stands in for it.
    """

    version: str = "1"
    default_gap: timedelta = timedelta(days=60)
    own_gaps: int = 2
    risk_after_gaps: float = 2.0
    churn_after_gaps: float = 4.0
    shortest_risk: timedelta = timedelta(days=30)
    """Nobody is at risk sooner, however quick their rhythm: two orders on two days are no rhythm of a day."""
    shortest_churn: timedelta = timedelta(days=90)
    loyal_from_orders: int = 4
    loyal_from_tenure: timedelta = timedelta(days=180)
    risk_below: float = 0.5
    """A score below this puts a customer at risk,"""
    churn_below: float = 0.1
    """... and one at risk out."""
    winback_window: timedelta = timedelta(days=60)
    zone: str = "UTC"
    """Orders of one calendar day in this zone are one purchase."""

    def __attrs_post_init__(self) -> None:
        rules = [
            (self.default_gap > timedelta(0), "default_gap", "must be longer than nothing", self.default_gap),
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
            (
                self.winback_window > timedelta(0),
                "winback_window",
                "must be longer than nothing",
                self.winback_window,
            ),
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


# --- where somebody stands ------------------------------------------------------------------------


class Stage(StrEnum):
    """How far a customer has come."""

    AWARE = "aware"
    CONSIDERING = "considering"
    NEW = "new"
    RETAINED = "retained"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    CHURNED = "churned"
    REACTIVATING = "reactivating"


AWARE, CONSIDERING, NEW, RETAINED = Stage.AWARE, Stage.CONSIDERING, Stage.NEW, Stage.RETAINED
LOYAL, AT_RISK, CHURNED, REACTIVATING = Stage.LOYAL, Stage.AT_RISK, Stage.CHURNED, Stage.REACTIVATING


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

    def gap(self, policy: LifecyclePolicy) -> timedelta:
        """The silence that is usual for this customer."""
        if len(self.gaps) < policy.own_gaps:
            return policy.default_gap
        middle = len(self.gaps) // 2
        if len(self.gaps) % 2:
            return timedelta(days=self.gaps[middle])
        return timedelta(days=(self.gaps[middle - 1] + self.gaps[middle]) / 2)

    def take(self, order: Ordered, policy: LifecyclePolicy) -> None:
        """An order, counted before the table is asked what it means."""
        day = policy.day(order.at)
        another_day = self.last_day is None or day > self.last_day
        if self.orders and not another_day:
            return
        if self.last_day is not None and another_day:
            insort(self.gaps, float((day - self.last_day).days))
        self.first_at = self.first_at or order.at
        self.last_at, self.last_day, self.orders = order.at, day, self.orders + 1


@guard("there must be an order on another day")
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


@guard("the score must be low enough to worry")
def doubtful(customer: Standing, given: Given) -> bool:
    return given[Scored].probability_alive < given[LifecyclePolicy].risk_below


@guard("the score must be low enough to give up")
def given_up(customer: Standing, given: Given) -> bool:
    return given[Scored].probability_alive < given[LifecyclePolicy].churn_below


def long_silence(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    return _silent(customer, max(policy.risk_after_gaps * customer.gap(policy), policy.shortest_risk))


def too_long_silence(customer: Standing, given: Given) -> datetime | None:
    policy = given[LifecyclePolicy]
    return _silent(customer, max(policy.churn_after_gaps * customer.gap(policy), policy.shortest_churn))


def winback_over(customer: Standing, given: Given) -> datetime | None:
    return None if customer.since is None else customer.since + given[LifecyclePolicy].winback_window


def _silent(customer: Standing, longer_than: timedelta) -> datetime | None:
    return None if customer.last_at is None else customer.last_at + longer_than


customer_lifecycle = Lifecycle["Standing", Stage, str](
    "customer_lifecycle",
    version=1,
    states={
        AWARE: Category.OPEN,
        CONSIDERING: Category.OPEN,
        NEW: Category.WON,
        RETAINED: Category.WON,
        LOYAL: Category.WON,
        AT_RISK: Category.WON,
        CHURNED: Category.LOST,
        REACTIVATING: Category.OPEN,
    },
    moves=(
        begin("known", to=AWARE),
        on(Interested, AWARE, to=CONSIDERING),
        on(Interested, CONSIDERING),
        on(Ordered, AWARE, CONSIDERING, to=NEW),
        on(Ordered, NEW, to=RETAINED, when=[ordered_again]),
        on(Ordered, RETAINED, to=LOYAL, when=[loyal_enough]),
        on(Ordered, LOYAL),
        on(Ordered, AT_RISK, to=LOYAL, when=[loyal_enough]),
        on(Ordered, AT_RISK, to=RETAINED, when=[~loyal_enough]),
        on(Ordered, CHURNED, REACTIVATING, to=RETAINED),
        on(WonBack, CHURNED, to=REACTIVATING),
        on(WonBack, REACTIVATING),
        on(Scored, NEW, RETAINED, LOYAL, to=AT_RISK, when=[doubtful]),
        on(Scored, AT_RISK, to=CHURNED, when=[given_up]),
        after(long_silence, NEW, RETAINED, LOYAL, to=AT_RISK),
        after(too_long_silence, AT_RISK, to=CHURNED),
        after(winback_over, REACTIVATING, to=CHURNED),
    ),
)
Standing.lifecycle = customer_lifecycle


# --- the fold -------------------------------------------------------------------------------------


@attrs.frozen
class Stay:
    """One stay in one stage, half-open: ``[start, stop)``; ``stop`` is None for the one that goes on."""

    stage: Stage
    start: datetime
    stop: datetime | None
    cause: str
    """The fact or the rule of time that began it."""
    spell: int
    """1 for the first time as a customer, one more for each return from churned."""

    @property
    def returned(self) -> bool:
        return self.spell > 1


@attrs.frozen
class Ignored:
    """A fact that the table has no row for: it changed nothing, and is a question about the data."""

    fact: AnyFact
    stage: Stage


@attrs.frozen
class CustomerHistory:
    """What the facts come to, as of a moment."""

    customer: CustomerId
    as_of: datetime
    stays: tuple[Stay, ...]
    """They tile the time from the first fact to ``as_of``: empty when nothing was known by then."""
    ignored: tuple[Ignored, ...]

    @property
    def stage(self) -> Stage | None:
        """Where the customer stands; None when nothing was known by then."""
        return self.stays[-1].stage if self.stays else None


def fold(
    customer: CustomerId, facts: Iterable[AnyFact], *, policy: LifecyclePolicy, as_of: datetime
) -> CustomerHistory:
    """The history of one customer, from the facts that were recognised by ``as_of``.

    Facts come in any order; those of one moment count in the order of ``Interested``, ``Ordered``, ``WonBack``,
    ``Scored`` (the highest first). The answer depends on nothing else.

    >>> from datetime import UTC, datetime
    >>> ada = CustomerId.imported("shop", "ada")
    >>> facts = [Ordered(at=datetime(2026, 1, 5, tzinfo=UTC)), Ordered(at=datetime(2026, 2, 3, tzinfo=UTC))]
    >>> history = fold(ada, facts, policy=LifecyclePolicy(), as_of=datetime(2026, 7, 1, tzinfo=UTC))
    >>> [(str(stay.stage), f"{stay.start:%d %B}", stay.cause) for stay in history.stays]
    [('new', '05 January', 'Ordered'), ('retained', '03 February', 'Ordered'), ('at_risk', '03 June', 'long_silence')]
    """
    as_of = aware("as_of", as_of)
    known = sorted((f for f in facts if f.recognised_at <= as_of and f.at <= as_of), key=_in_time)
    standing, stays, ignored = Standing(customer), list[Stay](), list[Ignored]()
    for fact in known:
        stays.extend(_passing(standing, policy, until=fact.at))
        if standing.since is None:
            standing.since = fact.at
            stays.append(Stay(AWARE, fact.at, None, "known", standing.spell))
        if not customer_lifecycle.knows(standing.state, type(fact)):
            ignored.append(Ignored(fact, standing.state))
            continue
        if isinstance(fact, Ordered):
            _count(standing, fact, policy)
        row = customer_lifecycle.told(standing, Given(fact.at, facts=(policy, fact)), fact)
        if row is not None and row.to is not None:
            stays.append(_moved(standing, row.to, fact.at, row.name))
    stays.extend(_passing(standing, policy, until=as_of))
    return CustomerHistory(customer, as_of, _tiled(stays), tuple(ignored))


def _passing(standing: Standing, policy: LifecyclePolicy, *, until: datetime) -> Iterator[Stay]:
    """What time alone does up to a moment, that moment included: a customer who comes too late was gone."""
    while True:
        ahead = customer_lifecycle.due(standing, Given(until, facts=(policy,)))
        if ahead is None:
            return
        moment, row = ahead
        if moment > until or row.to is None:
            return
        # Never before the present stage began: a score may have moved a customer earlier than the silence would have.
        yield _moved(standing, row.to, max(moment, standing.since or moment), row.name)


def _count(standing: Standing, order: Ordered, policy: LifecyclePolicy) -> None:
    if standing.state in (CHURNED, REACTIVATING):
        # A return begins a new spell: its orders and its tenure are counted from here.
        standing.spell, standing.orders, standing.first_at = standing.spell + 1, 0, None
    standing.take(order, policy)


def _moved(standing: Standing, to: Stage, at: datetime, cause: str) -> Stay:
    standing.state, standing.since = to, at
    return Stay(to, at, None, cause, standing.spell)


def _tiled(stays: list[Stay]) -> tuple[Stay, ...]:
    """Each stay ends where the next begins; one that took no time is passed over."""
    ends = [stay.start for stay in stays[1:]]
    closed = [
        attrs.evolve(stay, stop=end) for stay, end in zip(stays, ends, strict=False) if stay.start < end
    ]
    return (*closed, *stays[-1:])


_ORDER_OF_KINDS = {Interested: 0, Ordered: 1, WonBack: 2, Scored: 3}


def _in_time(fact: AnyFact) -> tuple[datetime, int, datetime, float]:
    score = fact.probability_alive if isinstance(fact, Scored) else 0.0
    return fact.at, _ORDER_OF_KINDS[type(fact)], fact.recognised_at, -score
