"""An approval: a question of permission, put to those who may give it.

The rules are those of four eyes (segregation of duties, COSO *Internal Control*, 2013; ISO/IEC 27002:2022, 5.3): nobody
approves what they asked for, neither in person nor through somebody who stands in for them; one person has one vote;
whoever stands in for another uses up that one's vote. Levels are asked one after the other, and of each so many have to
agree. When the time is over nobody has agreed: the question expires and may be escalated to others. Votes are kept as they
were given, also those of a level that did not decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Literal

import attrs
from attrs.validators import deep_iterable, optional

from relcore.ids import ApprovalId, CampaignId, CaseId, CustomerId, OpportunityId, OrderId, QuoteId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.clock import aware, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, declared
from relcore.kernel.entity import Entity, a, count, evolve, text, text_or_none
from relcore.kernel.errors import Invalid
from relcore.kernel.lifecycle import Category, Given, Guard, Lifecycle, begin, guard, move
from relcore.kernel.money import Money
from relcore.kernel.words import Amount, Choice, Instant, Link, Text, Who
from relcore.work.approval_rule import Level
from relcore.work.guards import in_order
from relcore.work.vote import Decision, Delegations, Vote


class ApprovalState(StrEnum):
    """Where a question stands."""

    PENDING = "pending"
    EXPIRED = "expired"
    ESCALATED = "escalated"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


ApprovalMove = Literal["request", "endorse", "approve", "object", "reject", "expire", "escalate", "cancel"]
PENDING, EXPIRED, ESCALATED = ApprovalState.PENDING, ApprovalState.EXPIRED, ApprovalState.ESCALATED
APPROVED, REJECTED, CANCELLED = ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.CANCELLED
ASKED = (PENDING, ESCALATED)


@attrs.frozen
class EscalateTo:
    """Who is asked instead, and until when, told to the guards."""

    level: Level = attrs.field(validator=a(Level))
    expires_at: datetime | None = attrs.field(default=None, converter=moment_or_none)


@guard("nobody votes on what they asked for")
def not_their_own(approval: Approval, given: Given) -> bool:
    return given.by is not None and given.by != approval.requested_by


@guard("they have voted already; one person has one vote")
def not_voted(approval: Approval, given: Given) -> bool:
    return given.by not in approval.have_voted


@guard("they are not asked now, and stand in for nobody who is")
def is_asked(approval: Approval, given: Given) -> bool:
    return _whose_vote(approval, given) is not None


@guard("the time to decide is over; escalate it")
def in_time(approval: Approval, given: Given) -> bool:
    return not approval.is_over(given.at)


@guard("its time to decide is not over")
def time_over(approval: Approval, given: Given) -> bool:
    return approval.is_over(given.at)


@guard("more have to agree than this one; endorse it")
def last_to_agree(approval: Approval, given: Given) -> bool:
    return approval.level == len(approval.levels) - 1 and approval.missing == 1


@guard("this one decides; approve it")
def not_last_to_agree(approval: Approval, given: Given) -> bool:
    return not last_to_agree.holds(approval, given)


@guard("enough may still agree without this one; object to it")
def out_of_reach(approval: Approval, given: Given) -> bool:
    return len(approval.may_still_agree) - 1 < approval.missing


@guard("without this one too few can agree; reject it")
def within_reach(approval: Approval, given: Given) -> bool:
    return not out_of_reach.holds(approval, given)


@guard("too few of those who would be asked may vote, or one of them is asked later on")
def can_agree(approval: Approval, given: Given) -> bool:
    level = given[EscalateTo].level
    later = {person for other in approval.levels[approval.level + 1 :] for person in other.approvers}
    return not later & set(level.approvers) and len(approval.eligible(level)) >= level.quorum


@guard("those who are asked instead need time: until later than now")
def leaves_time(approval: Approval, given: Given) -> bool:
    until = given[EscalateTo].expires_at
    return until is None or until > given.at


def _whose_vote(approval: Approval, given: Given) -> Actor | None:
    """Whose vote it would be: their own, or that of the first who is asked and for whom they stand in."""
    open_votes = approval.may_still_agree
    if given.by in open_votes:
        return given.by
    if any(given.by in level.approvers for level in approval.levels[approval.level :]):
        return None  # they have a vote of their own, or will have one
    stands_in_for = set(given.get(Delegations, Delegations()).approvers_of(given.by, given.at))
    return next((person for person in open_votes if person in stands_in_for), None)


A_VOTE: list[Guard[Approval]] = [not_their_own, not_voted, is_asked, in_time, in_order]

approval_lifecycle = Lifecycle["Approval", ApprovalState, ApprovalMove](
    "approval",
    version=1,
    states={
        PENDING: Category.OPEN,
        EXPIRED: Category.PAUSED,
        ESCALATED: Category.OPEN,
        APPROVED: Category.WON,
        REJECTED: Category.LOST,
        CANCELLED: Category.VOID,
    },
    final=(APPROVED, REJECTED, CANCELLED),
    moves=(
        begin("request", to=PENDING, needs=["kind", "levels", "requested_by"]),
        move("endorse", *ASKED, when=[*A_VOTE, not_last_to_agree], needs=["votes"]),
        move("approve", *ASKED, to=APPROVED, when=[*A_VOTE, last_to_agree], needs=["votes"]),
        move("object", *ASKED, when=[*A_VOTE, within_reach], needs=["votes"]),
        move("reject", *ASKED, to=REJECTED, when=[*A_VOTE, out_of_reach], needs=["votes"]),
        move("expire", *ASKED, to=EXPIRED, when=[time_over, in_order], effects=["tell_requester"]),
        move(
            "escalate",
            EXPIRED,
            to=ESCALATED,
            when=[can_agree, leaves_time, in_order],
            needs=["lapsed"],
            effects=["ask_approvers"],
        ),
        move("cancel", PENDING, EXPIRED, ESCALATED, to=CANCELLED, when=[in_order], needs=["cancel_reason"]),
    ),
)


@attrs.frozen
class Approval(Entity[ApprovalId, ApprovalState, ApprovalMove]):
    """A question of permission. ``kind`` and ``segment`` are codes of the host, ``rule`` the name of the rule that said
    whom to ask. ``customer``, ``opportunity``, ``quote``, ``order``, ``case`` and ``campaign`` say what it is about.
    """

    lifecycle: ClassVar = approval_lifecycle

    id: ApprovalId = attrs.field(validator=a(ApprovalId))
    kind: str = attrs.field(validator=text)
    levels: tuple[Level, ...] = attrs.field(validator=deep_iterable(a(Level)))
    requested_by: Actor = attrs.field(validator=a(Actor))
    requested_at: datetime = attrs.field(converter=moment)
    changed_at: datetime = attrs.field(converter=moment)
    state: ApprovalState = attrs.field(default=PENDING, validator=a(ApprovalState))
    rule: str | None = attrs.field(default=None, validator=text_or_none)
    amount: Money | None = attrs.field(default=None, validator=optional(a(Money)))
    segment: str | None = attrs.field(default=None, validator=text_or_none)
    expires_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    customer: CustomerId | None = attrs.field(default=None, validator=optional(a(CustomerId)))
    opportunity: OpportunityId | None = attrs.field(default=None, validator=optional(a(OpportunityId)))
    quote: QuoteId | None = attrs.field(default=None, validator=optional(a(QuoteId)))
    order: OrderId | None = attrs.field(default=None, validator=optional(a(OrderId)))
    case: CaseId | None = attrs.field(default=None, validator=optional(a(CaseId)))
    campaign: CampaignId | None = attrs.field(default=None, validator=optional(a(CampaignId)))
    votes: tuple[Vote, ...] = attrs.field(default=(), validator=deep_iterable(a(Vote)))
    lapsed: tuple[int, ...] = attrs.field(default=(), validator=deep_iterable(count))
    """The levels whose time was over: they decide no more."""
    decided_at: datetime | None = attrs.field(default=None, converter=moment_or_none)
    cancel_reason: str | None = attrs.field(default=None, validator=text_or_none)
    custom: Custom = attrs.field(default=NONE, kw_only=True, validator=declared)
    version: int = 0

    # what is derived

    @property
    def level(self) -> int:
        """The level that is asked now, from 0; after the last one, how many there are."""
        for index, level in enumerate(self.levels):
            if index not in self.lapsed and self._said(Decision.YES, index) < level.quorum:
                return index
        return len(self.levels)

    @property
    def missing(self) -> int:
        """How many of the level that is asked now still have to agree; 0 when nobody has to any more."""
        here = self.level
        return 0 if here == len(self.levels) else self.levels[here].quorum - self._said(Decision.YES, here)

    @property
    def may_still_agree(self) -> tuple[Actor, ...]:
        """Those of the level that is asked now who may vote and have not."""
        here = self.level
        return () if here == len(self.levels) else self.eligible(self.levels[here])

    @property
    def have_voted(self) -> frozenset[Actor]:
        """Whoever voted, and for whom somebody stood in."""
        named = [(vote.by, vote.instead_of) for vote in self.votes]
        return frozenset(person for pair in named for person in pair if person is not None)

    def eligible(self, level: Level) -> tuple[Actor, ...]:
        """Those of a level whose vote is not used up, and who did not ask for it themselves."""
        barred = self.have_voted | {self.requested_by}
        return tuple(person for person in level.approvers if person not in barred)

    def is_over(self, as_of: datetime) -> bool:
        """Whether the time to decide was over by then."""
        return self.expires_at is not None and self.expires_at <= aware("as_of", as_of)

    def _said(self, decision: Decision, level: int) -> int:
        return sum(vote.decision is decision and vote.level == level for vote in self.votes)

    # commands

    @classmethod
    def request(
        cls,
        id: ApprovalId,
        *,
        kind: str,
        levels: Iterable[Level],
        at: datetime,
        by: Actor,
        rule: str | None = None,
        amount: Money | None = None,
        segment: str | None = None,
        expires_at: datetime | None = None,
        customer: CustomerId | None = None,
        opportunity: OpportunityId | None = None,
        quote: QuoteId | None = None,
        order: OrderId | None = None,
        case: CaseId | None = None,
        campaign: CampaignId | None = None,
    ) -> Change[Approval]:
        """Somebody asks. The levels are those of a rule: ``ApprovalRules.rule_for``.

        Raises ``Invalid`` for levels that could never agree: too few who may vote, or somebody asked at two of them.
        """
        approval = cls(
            id,
            kind,
            tuple(levels),
            by,
            at,
            at,
            rule=rule,
            amount=amount,
            segment=segment,
            expires_at=expires_at,
            customer=customer,
            opportunity=opportunity,
            quote=quote,
            order=order,
            case=case,
            campaign=campaign,
        )
        _check_levels(approval)
        return approval_lifecycle.begin(approval, "request", at=at, by=by)

    def cast(self, vote: Vote, *, delegations: Delegations = Delegations()) -> Change[Approval]:
        """Whichever of the four commands the vote is: it decides, or others have to vote as well."""
        given = Given(vote.at, vote.by)
        if vote.decision is Decision.YES:
            command = self.approve if last_to_agree.holds(self, given) else self.endorse
        else:
            command = self.reject if out_of_reach.holds(self, given) else self.object
        return command(at=vote.at, by=vote.by, comment=vote.comment, delegations=delegations)

    def endorse(
        self, *, at: datetime, by: Actor, comment: str | None = None, delegations: Delegations = Delegations()
    ) -> Change[Approval]:
        """A yes that others have to join."""
        step = approval_lifecycle.step(self, "endorse", at=at, by=by, facts=[delegations])
        vote = self._vote(Decision.YES, step.given, comment)
        return step.change(evolve(self, votes=(*self.votes, vote), changed_at=at))

    def approve(
        self, *, at: datetime, by: Actor, comment: str | None = None, delegations: Delegations = Delegations()
    ) -> Change[Approval]:
        """The yes that decides."""
        step = approval_lifecycle.step(self, "approve", at=at, by=by, facts=[delegations])
        vote = self._vote(Decision.YES, step.given, comment)
        decided = evolve(self, state=step.to, votes=(*self.votes, vote))
        return step.change(evolve(decided, decided_at=at, changed_at=at))

    def object(
        self, *, at: datetime, by: Actor, comment: str | None = None, delegations: Delegations = Delegations()
    ) -> Change[Approval]:
        """A no that others may still outvote."""
        step = approval_lifecycle.step(self, "object", at=at, by=by, facts=[delegations])
        vote = self._vote(Decision.NO, step.given, comment)
        return step.change(evolve(self, votes=(*self.votes, vote), changed_at=at))

    def reject(
        self, *, at: datetime, by: Actor, comment: str | None = None, delegations: Delegations = Delegations()
    ) -> Change[Approval]:
        """The no after which too few can agree."""
        step = approval_lifecycle.step(self, "reject", at=at, by=by, facts=[delegations])
        vote = self._vote(Decision.NO, step.given, comment)
        decided = evolve(self, state=step.to, votes=(*self.votes, vote))
        return step.change(evolve(decided, decided_at=at, changed_at=at))

    def expire(self, *, at: datetime, by: Actor | None = None) -> Change[Approval]:
        """The time to decide is over. That nobody may vote any more holds from that moment, whenever this is said."""
        step = approval_lifecycle.step(self, "expire", at=at, by=by)
        return step.change(evolve(self, state=step.to, changed_at=at))

    def escalate(
        self, to: Level, *, at: datetime, by: Actor | None = None, expires_at: datetime | None = None
    ) -> Change[Approval]:
        """Others are asked in place of the level whose time was over; the levels after it stay."""
        escalation = EscalateTo(to, expires_at)
        step = approval_lifecycle.step(self, "escalate", at=at, by=by, facts=[escalation])
        here = self.level
        levels = (*self.levels[: here + 1], to, *self.levels[here + 1 :])
        asked = evolve(self, state=step.to, levels=levels, lapsed=(*self.lapsed, here))
        return step.change(evolve(asked, expires_at=expires_at, changed_at=at))

    def cancel(self, reason: str, *, at: datetime, by: Actor | None = None) -> Change[Approval]:
        """The question is withdrawn."""
        step = approval_lifecycle.step(self, "cancel", at=at, by=by)
        return step.change(evolve(self, state=step.to, cancel_reason=reason, decided_at=at, changed_at=at))

    def _vote(self, decision: Decision, given: Given, comment: str | None) -> Vote:
        voter = _whose_vote(self, given)
        if given.by is None or voter is None:
            raise Invalid("by", "must be somebody who is asked", given.by)
        instead_of = None if voter == given.by else voter
        return Vote(decision, given.by, given.at, comment, self.level, instead_of)


def _check_levels(approval: Approval) -> None:
    named = [person for level in approval.levels for person in level.approvers]
    if twice := sorted({str(person) for person in named if named.count(person) > 1}):
        raise Invalid("levels", "must ask each person once: one person has one vote", ", ".join(twice))
    for level in approval.levels:
        if len(approval.eligible(level)) < level.quorum:
            rule = f"must have {level.quorum} who may vote: whoever asks may not"
            raise Invalid("levels", rule, tuple(map(str, level.approvers)))


class ApprovalFields:
    """What may be asked about approvals."""

    kind = Text(Approval, index=True)
    requested_by = Who(Approval, index=True)
    requested_at = Instant(Approval)
    state = Choice(Approval, ApprovalState, index=True)
    rule = Text(Approval)
    amount = Amount(Approval)
    expires_at = Instant(Approval)
    customer = Link(Approval, CustomerId, index=True)
    opportunity = Link(Approval, OpportunityId, index=True)
    quote = Link(Approval, QuoteId, index=True)
    order = Link(Approval, OrderId)
    case = Link(Approval, CaseId)
    campaign = Link(Approval, CampaignId)
    decided_at = Instant(Approval)
