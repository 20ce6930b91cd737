"""The table of a quote: its states and moves, and what must be so for them.

Approval comes before presentation, and nobody approves what they submitted themselves. What was presented ends in one of
five ways; only an acceptance can be followed by anything, and that is its cancellation by a compensating event.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import attrs

from relcore.ids import OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.clock import moment
from relcore.kernel.entity import a, text
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.sales.closing import AcceptedQuotes

if TYPE_CHECKING:
    from relcore.sales.quote import Quote


class QuoteState(StrEnum):
    """How far an offer has come."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    APPROVED = "approved"
    REJECTED = "rejected"
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


QuoteMove = Literal[
    "draft",
    "draft_revision",
    "revise",
    "submit",
    "approve",
    "reject",
    "rework",
    "present",
    "view",
    "accept",
    "decline",
    "expire",
    "withdraw",
    "supersede",
    "cancel",
]
DRAFT, IN_APPROVAL, APPROVED = QuoteState.DRAFT, QuoteState.IN_APPROVAL, QuoteState.APPROVED
REJECTED, PRESENTED, ACCEPTED = QuoteState.REJECTED, QuoteState.PRESENTED, QuoteState.ACCEPTED
DECLINED, EXPIRED, WITHDRAWN = QuoteState.DECLINED, QuoteState.EXPIRED, QuoteState.WITHDRAWN
SUPERSEDED, CANCELLED = QuoteState.SUPERSEDED, QuoteState.CANCELLED


# --- facts ----------------------------------------------------------------------------------------


@attrs.frozen
class Checked:
    """What price book and configurator found wrong: a fact, empty when every price holds and the whole can be built.

    A host that has neither tells ``Checked()``.
    """

    faults: tuple[str, ...] = ()


@attrs.frozen
class Authority:
    """The largest discount that the approver may give, from 0 to 1: a fact, asked of the host's rules."""

    up_to: Decimal


@attrs.frozen
class Acceptance:
    """Proof that the customer said yes: who, how, when, and to what, by its hash."""

    signer: Actor = attrs.field(validator=a(Actor))
    method: str = attrs.field(validator=text)
    """The host's code: a signature on paper, a click, a reply."""
    at: datetime = attrs.field(converter=moment)
    content_hash: str = attrs.field(validator=text)


@attrs.frozen
class EarlierRevisions:
    """How many earlier revisions of the offer the customer would still have beside this one: a fact."""

    still_presented: int


@attrs.frozen
class Successor:
    """What is to take its place: told to the guards of ``supersede``."""

    opportunity: OpportunityId
    number: str
    revision: int
    state: QuoteState


# --- guards ---------------------------------------------------------------------------------------


@guard("it offers nothing yet; revise its lines")
def has_lines(quote: Quote, given: Given) -> bool:
    return bool(quote.lines)


@guard("it does not say how long it is valid, or no longer is; revise it")
def still_valid(quote: Quote, given: Given) -> bool:
    return quote.valid_until is not None and given.at <= quote.valid_until


@guard("its prices or its configuration do not hold")
def found_right(quote: Quote, given: Given) -> bool:
    return not given[Checked].faults


@guard("nobody approves what they submitted themselves")
def by_another(quote: Quote, given: Given) -> bool:
    return given.by is not None and given.by != quote.submitted_by


@guard("its discount is beyond what the approver may give")
def within_authority(quote: Quote, given: Given) -> bool:
    return quote.discount <= given[Authority].up_to


@guard("the customer would have two revisions of one offer; use present_revision")
def the_only_revision(quote: Quote, given: Given) -> bool:
    return quote.revision == 1 or given[EarlierRevisions].still_presented == 0


@guard("what was accepted is not what was presented")
def unaltered(quote: Quote, given: Given) -> bool:
    return given[Acceptance].content_hash == quote.content_hash


@guard("it was not accepted while it was presented and valid")
def accepted_in_time(quote: Quote, given: Given) -> bool:
    if quote.presented_at is None or quote.valid_until is None:
        return False
    accepted_at = given[Acceptance].at
    return quote.presented_at <= accepted_at <= min(quote.valid_until, given.at)


@guard("another quote of its option group is accepted")
def the_only_one(quote: Quote, given: Given) -> bool:
    return given[AcceptedQuotes].count == 0


@guard("it is still valid")
def past_validity(quote: Quote, given: Given) -> bool:
    return quote.valid_until is not None and given.at > quote.valid_until


@guard("only a later revision of the same offer takes its place")
def by_its_successor(quote: Quote, given: Given) -> bool:
    successor = given[Successor]
    same_offer = (successor.opportunity, successor.number) == (quote.opportunity, quote.number)
    return same_offer and successor.revision > quote.revision


@guard("the revision that takes its place is not presented")
def successor_presented(quote: Quote, given: Given) -> bool:
    return given[Successor].state is PRESENTED


quote_lifecycle = Lifecycle["Quote", QuoteState, QuoteMove](
    "quote",
    version=1,
    states={
        DRAFT: Category.OPEN,
        IN_APPROVAL: Category.OPEN,
        APPROVED: Category.OPEN,
        REJECTED: Category.OPEN,
        PRESENTED: Category.OPEN,
        ACCEPTED: Category.WON,
        DECLINED: Category.LOST,
        EXPIRED: Category.LOST,
        WITHDRAWN: Category.VOID,
        SUPERSEDED: Category.VOID,
        CANCELLED: Category.VOID,
    },
    final=(DECLINED, EXPIRED, WITHDRAWN, SUPERSEDED, CANCELLED),
    moves=(
        begin("draft", to=DRAFT, needs=["opportunity", "number", "currency"]),
        begin("draft_revision", to=DRAFT, needs=["opportunity", "number", "currency"]),
        move("revise", DRAFT),
        move("submit", DRAFT, to=IN_APPROVAL, when=[has_lines, still_valid, found_right]),
        move("approve", IN_APPROVAL, to=APPROVED, when=[by_another, within_authority], needs=["approved_by"]),
        move("reject", IN_APPROVAL, to=REJECTED, needs=["rejection"]),
        move("rework", REJECTED, to=DRAFT),
        move(
            "present", APPROVED, to=PRESENTED, when=[still_valid, the_only_revision], needs=["content_hash"]
        ),
        move("view", PRESENTED, needs=["viewed_at"]),
        move(
            "accept",
            PRESENTED,
            to=ACCEPTED,
            when=[unaltered, accepted_in_time, the_only_one],
            needs=["acceptance"],
            effects=["take_total"],
        ),
        move("decline", PRESENTED, to=DECLINED, needs=["decline_reason"]),
        move("expire", PRESENTED, to=EXPIRED, when=[past_validity]),
        move(
            "withdraw",
            DRAFT,
            IN_APPROVAL,
            REJECTED,
            APPROVED,
            PRESENTED,
            to=WITHDRAWN,
            needs=["withdrawal_reason"],
        ),
        move(
            "supersede",
            PRESENTED,
            to=SUPERSEDED,
            when=[by_its_successor, successor_presented],
            needs=["superseded_by"],
        ),
        move("cancel", ACCEPTED, to=CANCELLED, needs=["cancel_reason", "compensated_by"]),
    ),
)
