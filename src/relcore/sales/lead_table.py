"""The table of a lead: its states and moves, and what must be so for them.

Everything that a lead cannot know of itself (a checklist, a consent, a contact point that works) is a fact that is told.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import attrs

from relcore.ids import CustomerId, LeadId
from relcore.kernel.clock import moment
from relcore.kernel.entity import a
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move

if TYPE_CHECKING:
    from relcore.sales.lead import Lead


class LeadState(StrEnum):
    """Where a lead stands."""

    NEW = "new"
    WORKING = "working"
    NURTURING = "nurturing"
    QUALIFIED = "qualified"
    CONVERTED = "converted"
    DISQUALIFIED = "disqualified"
    JUNK = "junk"
    RECYCLED = "recycled"
    MERGED = "merged"


class Likeness(StrEnum):
    """What the search for duplicates said when the lead came in."""

    LINK = "link"
    """It is somebody whom we know."""
    POSSIBLE = "possible"
    """It may be; a person has to look."""
    DISTINCT = "distinct"


class MatchedBy(StrEnum):
    """How the customer of a lead is found."""

    LINK = "link"
    """The lead is a customer whom we have."""
    MERGE = "merge"
    """We have them more than once; the records become one, and the lead is that one."""
    CREATE = "create"
    """Nobody whom we have: a new customer."""


LeadMove = Literal[
    "capture",
    "work",
    "assign",
    "correct",
    "rate",
    "nurture",
    "warm_up",
    "qualify",
    "convert",
    "disqualify",
    "mark_junk",
    "recycle",
    "merge",
    "forget",
]
NEW, WORKING, NURTURING = LeadState.NEW, LeadState.WORKING, LeadState.NURTURING
QUALIFIED, CONVERTED, DISQUALIFIED = LeadState.QUALIFIED, LeadState.CONVERTED, LeadState.DISQUALIFIED
JUNK, RECYCLED, MERGED = LeadState.JUNK, LeadState.RECYCLED, LeadState.MERGED
OPEN = (NEW, RECYCLED, WORKING, NURTURING, QUALIFIED)


# --- facts and policy -----------------------------------------------------------------------------


@attrs.frozen
class LeadPolicy:
    """When a lead is warm again, and how long it rests. A fact with a default: hand another one to the command."""

    warm_at: int = 50
    """The score from which a nurtured lead goes back to work."""
    cool_off: timedelta = timedelta(days=90)


@attrs.frozen
class Checklist:
    """What the host's qualification still misses (budget, authority, need, time, ...): a fact, empty when it is met."""

    missing: tuple[str, ...] = ()


@attrs.frozen
class Reachable:
    """Whether there is a contact point that works: a fact, asked of the contact points."""

    reachable: bool


@attrs.frozen
class NurtureConsent:
    """Whether consent for the purpose of nurturing was given: a fact, asked of the consents."""

    given: bool


@attrs.frozen
class OptedOut:
    """Whether they said that they do not want to hear from us: a fact, asked of consents and suppressions."""

    opted_out: bool


@attrs.frozen
class Signal:
    """They stirred: a reply, a visit, a request."""

    at: datetime = attrs.field(converter=moment)


@attrs.frozen
class Match:
    """Which customer the lead is, decided before anything is made."""

    by: MatchedBy = attrs.field(validator=a(MatchedBy))
    customer: CustomerId = attrs.field(validator=a(CustomerId))


@attrs.frozen
class MergeInto:
    """The lead that remains, told to the guards of a merge."""

    survivor: LeadId
    state: LeadState


# --- guards ---------------------------------------------------------------------------------------


@guard("the clock went back: it came to where it is at a later moment")
def in_order(lead: Lead, given: Given) -> bool:
    return given.at >= lead.since


@guard("they did not consent to being nurtured")
def may_be_nurtured(lead: Lead, given: Given) -> bool:
    return given[NurtureConsent].given


@guard("it is not warm yet: neither its score is high enough, nor did they answer since")
def warm(lead: Lead, given: Given) -> bool:
    score = -1 if lead.score is None else lead.score
    return score >= given.get(LeadPolicy, LeadPolicy()).warm_at or _stirred(lead, given)


@guard("the qualification checklist is not met")
def checklist_met(lead: Lead, given: Given) -> bool:
    return not given[Checklist].missing


@guard("there is no contact point at which they can be reached")
def can_be_reached(lead: Lead, given: Given) -> bool:
    return given[Reachable].reachable


@guard("match first: which customer it is must be decided before anything is made")
def matched(lead: Lead, given: Given) -> bool:
    return bool(given[Match].customer)


@guard("it rests: neither is the cool-off over, nor did they stir since")
def rested(lead: Lead, given: Given) -> bool:
    cool_off = given.get(LeadPolicy, LeadPolicy()).cool_off
    return given.at - lead.since >= cool_off or _stirred(lead, given)


@guard("they opted out")
def not_opted_out(lead: Lead, given: Given) -> bool:
    return not given[OptedOut].opted_out


@guard("it cannot be merged into itself")
def into_another(lead: Lead, given: Given) -> bool:
    return given[MergeInto].survivor != lead.id


@guard("the lead that is to remain was itself merged; name the one that remained")
def into_one_that_stands(lead: Lead, given: Given) -> bool:
    return given[MergeInto].state is not MERGED


def _stirred(lead: Lead, given: Given) -> bool:
    return any(isinstance(fact, Signal) and lead.since <= fact.at <= given.at for fact in given.facts)


lead_lifecycle = Lifecycle["Lead", LeadState, LeadMove](
    "lead",
    version=1,
    states={
        NEW: Category.OPEN,
        WORKING: Category.OPEN,
        NURTURING: Category.OPEN,
        QUALIFIED: Category.OPEN,
        CONVERTED: Category.WON,
        DISQUALIFIED: Category.LOST,
        JUNK: Category.VOID,
        RECYCLED: Category.OPEN,
        MERGED: Category.VOID,
    },
    final=(CONVERTED, MERGED),
    moves=(
        begin("capture", to=NEW, needs=["source", "likeness"], effects=["score"]),
        move(
            "work",
            NEW,
            RECYCLED,
            to=WORKING,
            when=[in_order],
            needs=["owner"],
            effects=["start_response_clock"],
        ),
        move("assign", *OPEN, needs=["owner"]),
        move("correct", *OPEN, DISQUALIFIED),
        move("rate", *OPEN, needs=["score"]),
        move("nurture", WORKING, to=NURTURING, when=[in_order, may_be_nurtured], effects=["enrol"]),
        move("warm_up", NURTURING, to=WORKING, when=[in_order, warm], effects=["exit_enrolment"]),
        move(
            "qualify",
            WORKING,
            NURTURING,
            to=QUALIFIED,
            when=[in_order, checklist_met, can_be_reached],
            effects=["tell_qualified"],
        ),
        move("convert", QUALIFIED, to=CONVERTED, when=[in_order, matched], needs=["matched_by", "customer"]),
        move("disqualify", *OPEN, to=DISQUALIFIED, when=[in_order], needs=["disqualified_because"]),
        move("mark_junk", *OPEN, to=JUNK, when=[in_order], needs=["junk_because"]),
        move("recycle", DISQUALIFIED, to=RECYCLED, when=[in_order, rested, not_opted_out]),
        move(
            "merge",
            *OPEN,
            DISQUALIFIED,
            JUNK,
            to=MERGED,
            when=[in_order, into_another, into_one_that_stands],
            needs=["survivor"],
        ),
        move("forget", *LeadState, effects=["purge_log"]),
    ),
)
