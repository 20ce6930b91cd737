"""What can be told of a customer's story: each a value with two times, when it happened and since when we know.

Whether a customer is gone is known in two ways. Who has a contract says so, or lets it lapse: an event. Who buys when they
like says nothing, and silence is all there is to judge by (P. Fader and B. Hardie, Probability Models for Customer-Base
Analysis, Journal of Interactive Marketing 23, 2009, call these the contractual and the noncontractual setting). Both kinds
of facts may be told of one customer, who may have several contracts.

A late notice is told with both its times: a contract that ended in March and of which we heard in May has ``at`` in March
and ``recognised_at`` in May. A score that is computed today from the orders up to the end of last month is dated there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import attrs

from relcore.customers.stage import Stage
from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware
from relcore.kernel.entity import a, a_probability, hidden, text
from relcore.kernel.errors import Invalid


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

    @property
    def measure(self) -> float:
        """The number it carries, if it carries one."""
        return 0.0

    @property
    def detail(self) -> str:
        """What tells two facts of one kind and moment apart beyond the measure."""
        return ""


# --- interest and purchases -----------------------------------------------------------------------


class Interested(Fact):
    """The customer showed that they may buy: a quote asked for, a demo, a trial, a lead score that is high enough."""

    __slots__ = ()


class Ordered(Fact):
    """A purchase."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class ContractFact(Fact):
    """Something about a contract. ``contract`` is the host's own reference, for customers who may have several."""

    contract: str = attrs.field(default="", validator=a(str))

    @property
    def detail(self) -> str:
        return self.contract


class ContractStarted(ContractFact):
    """A contract began. While one goes on, silence says nothing: this customer is gone when they say so."""

    __slots__ = ()


class ContractRenewed(ContractFact):
    """A contract was prolonged. It counts like an order."""

    __slots__ = ()


# --- slipping, and no longer ----------------------------------------------------------------------


class NoticeGiven(ContractFact):
    """The customer said that they will leave; until then they may be talked to."""

    __slots__ = ()


class UsageDropped(Fact):
    """The customer makes much less use of what they pay for."""

    __slots__ = ()


class PaymentOverdue(Fact):
    """The customer does not pay: a dunning letter went out."""

    __slots__ = ()


class Recovered(Fact):
    """What put the customer at risk is over: usage is back, the debt was paid, the notice was withdrawn."""

    __slots__ = ()


class ContractCancelled(ContractFact):
    """A contract ended because the customer, or we, ended it. ``at`` is the end, not the notice."""

    __slots__ = ()


class ContractLapsed(ContractFact):
    """A contract ended because nobody prolonged it."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class WonBack(Fact):
    """Contact with a churned customer that may bring them back, by us or by them.

    ``permitted`` is False when we wrote without being allowed to: that begins nothing.
    """

    permitted: bool = attrs.field(default=True, validator=a(bool))

    @property
    def measure(self) -> float:
        return float(self.permitted)


# --- what was measured ----------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Scored(Fact):
    """What a model said: the probability that the customer is still one. A fact like others, dated when it was said."""

    probability_alive: float = attrs.field(validator=a_probability)

    @property
    def measure(self) -> float:
        return self.probability_alive


@attrs.frozen(kw_only=True)
class HealthScored(Fact):
    """How well a new customer got started, between 0 and 1: uses what they bought, was trained, has no open questions."""

    health: float = attrs.field(validator=a_probability)

    @property
    def measure(self) -> float:
        return self.health


@attrs.frozen(kw_only=True)
class WalletShared(Fact):
    """How much of what the customer spends on things like ours they spend with us, between 0 and 1."""

    share: float = attrs.field(validator=a_probability)

    @property
    def measure(self) -> float:
        return self.share


# --- speaking for us ------------------------------------------------------------------------------


class ReferralConverted(Fact):
    """Somebody whom this customer sent to us became a customer."""

    __slots__ = ()


def _an_answer(fact: Any, field: attrs.Attribute[Any], value: Any) -> None:
    if type(value) is not int or not 0 <= value <= 10:
        raise Invalid(f"Recommended.{field.name}", "must be a whole number from 0 to 10", value)


@attrs.frozen(kw_only=True)
class Recommended(Fact):
    """The customer spoke for us in public (a review, a reference, on a stage), and said when asked that they would.

    ``nps`` is the answer, 0 to 10, to how likely they are to recommend us (F. Reichheld, The One Number You Need to Grow,
    Harvard Business Review, December 2003). The answer alone is a promise and the act alone may be a favour.
    """

    nps: int = attrs.field(validator=_an_answer)

    @property
    def measure(self) -> float:
        return float(self.nps)


# --- ends -----------------------------------------------------------------------------------------


class Declined(Fact):
    """A prospect was turned away: they are not whom we serve, or said that they do not want to be."""

    __slots__ = ()


class Died(Fact):
    """``at`` is the day of death, ``recognised_at`` the notice of it."""

    __slots__ = ()


class ErasureRequested(Fact):
    """The person asked to be forgotten (GDPR article 17)."""

    __slots__ = ()


# --- what a person says against the table ---------------------------------------------------------


@attrs.frozen(kw_only=True)
class StageOverridden(Fact):
    """A colleague knows better, until then: whoever asks for the stage meanwhile gets this one.

    The facts go on being folded beneath it, so that nothing has to be repaired when it is over. What binds by law cannot
    be set by hand: a customer is deceased or erased by the fact of it.
    """

    stage: Stage = attrs.field(validator=a(Stage))
    until: datetime = attrs.field()
    by: Actor = attrs.field(validator=a(Actor))
    reason: str = attrs.field(repr=hidden, validator=text)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        object.__setattr__(self, "until", aware("until", self.until))
        if self.until <= self.at:
            raise Invalid("until", f"must lie after at ({self.at}): an override ends", self.until)
        if self.stage in (Stage.DECEASED, Stage.ERASED):
            remedy = "tell Died or ErasureRequested"
            raise Invalid(
                "StageOverridden.stage", "must be one that a colleague may judge", self.stage, remedy
            )

    @property
    def detail(self) -> str:
        return f"{self.until.isoformat()} {self.stage} {self.by} {self.reason}"


@attrs.frozen(kw_only=True)
class OverrideLifted(Fact):
    """What colleagues said before is taken back before its time."""

    by: Actor = attrs.field(validator=a(Actor))
    reason: str = attrs.field(repr=hidden, validator=text)

    @property
    def detail(self) -> str:
        return f"{self.by} {self.reason}"


AnyFact: TypeAlias = (
    Interested
    | Ordered
    | ContractStarted
    | ContractRenewed
    | NoticeGiven
    | UsageDropped
    | PaymentOverdue
    | Recovered
    | ContractCancelled
    | ContractLapsed
    | WonBack
    | Scored
    | HealthScored
    | WalletShared
    | ReferralConverted
    | Recommended
    | Declined
    | Died
    | ErasureRequested
    | StageOverridden
    | OverrideLifted
)

PURCHASES = (Ordered, ContractStarted, ContractRenewed)
"""What counts as an order."""

ENDINGS = (ContractCancelled, ContractLapsed)

SPOKEN = (StageOverridden, OverrideLifted)
"""What stands beside the table and moves nobody in it."""

KINDS: tuple[type[AnyFact], ...] = (
    Interested,
    ContractStarted,
    ContractRenewed,
    Ordered,
    ReferralConverted,
    Recommended,
    WalletShared,
    HealthScored,
    Recovered,
    UsageDropped,
    PaymentOverdue,
    NoticeGiven,
    ContractCancelled,
    ContractLapsed,
    WonBack,
    Scored,
    Declined,
    Died,
    ErasureRequested,
    StageOverridden,
    OverrideLifted,
)
"""The order in which facts of one moment count: what is good news first, and ends last."""
_PLACE = {kind: place for place, kind in enumerate(KINDS)}


def in_time(fact: AnyFact) -> tuple[datetime, int, datetime, float, str]:
    """``sorted(facts, key=in_time)``: the one order in which facts count, in whatever order they came.

    Of one kind, known at one moment, the highest measure counts first, so that the worst is the last word.
    """
    return fact.at, _PLACE[type(fact)], fact.recognised_at, -fact.measure, fact.detail
