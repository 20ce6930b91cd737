"""The table of an opportunity: its moves, what must be so for them, and where they lead.

Advancing along the pipeline stays in the state *open*, for stages are the host's labels. Won and lost are closed and may
reopen; void (it never was one) and merged are final.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from relcore.ids import OpportunityId
from relcore.kernel.lifecycle import Category, Given, Lifecycle, begin, guard, move
from relcore.sales.closing import (
    day_has_come,
    decision_maker_known,
    not_invoiced,
    quote_accepted,
    reopening_permitted,
    worth_something,
)
from relcore.sales.objection import Concerning
from relcore.sales.stage_gate import ahead, behind, criteria_met, fields_filled, may_go_back, skips_nothing
from relcore.sales.standing import OpportunityState

if TYPE_CHECKING:
    from relcore.sales.opportunity import Opportunity

OpportunityMove = Literal[
    "open",
    "advance",
    "step_back",
    "revise",
    "assign",
    "override",
    "follow_stage",
    "plan",
    "touch",
    "involve",
    "release",
    "name_competitor",
    "drop_competitor",
    "raise_objection",
    "answer_objection",
    "settle_objection",
    "share",
    "hold",
    "resume",
    "win",
    "lose",
    "void",
    "reopen",
    "merge",
]
OPEN, ON_HOLD, WON = OpportunityState.OPEN, OpportunityState.ON_HOLD, OpportunityState.WON
LOST, VOID, MERGED = OpportunityState.LOST, OpportunityState.VOID, OpportunityState.MERGED


@attrs.frozen
class MergeInto:
    """The opportunity that remains, told to the guards of a merge."""

    survivor: OpportunityId
    state: OpportunityState


@guard("the clock went back: its history tells of a later moment")
def in_order(opportunity: Opportunity, given: Given) -> bool:
    return given.at >= opportunity.history[-1].at


@guard("there is no such objection")
def objection_known(opportunity: Opportunity, given: Given) -> bool:
    return given[Concerning].among(opportunity.objections) is not None


@guard("that objection is settled")
def objection_unsettled(opportunity: Opportunity, given: Given) -> bool:
    objection = given[Concerning].among(opportunity.objections)
    return objection is None or objection.is_open


@guard("it cannot be merged into itself")
def into_another(opportunity: Opportunity, given: Given) -> bool:
    return given[MergeInto].survivor != opportunity.id


@guard("the opportunity that is to remain was itself merged; name the one that remained")
def into_one_that_stands(opportunity: Opportunity, given: Given) -> bool:
    return given[MergeInto].state is not MERGED


UNDECIDED = (OPEN, ON_HOLD)
GATE = (in_order, criteria_met, fields_filled)

opportunity_lifecycle = Lifecycle["Opportunity", OpportunityState, OpportunityMove](
    "opportunity",
    version=1,
    states={
        OPEN: Category.OPEN,
        ON_HOLD: Category.PAUSED,
        WON: Category.WON,
        LOST: Category.LOST,
        VOID: Category.VOID,
        MERGED: Category.VOID,
    },
    final=(VOID, MERGED),
    moves=(
        begin("open", to=OPEN, needs=["customer", "name", "stage"]),
        move("advance", OPEN, when=[ahead, skips_nothing, *GATE], needs=["stage"]),
        move(
            "step_back",
            OPEN,
            when=[behind, may_go_back, in_order, fields_filled],
            needs=["stage", "setback_reason"],
        ),
        move("revise", *UNDECIDED, when=[in_order]),
        move("assign", *UNDECIDED, needs=["owner"]),
        move("override", *UNDECIDED, when=[in_order], needs=["overridden"]),
        move("follow_stage", *UNDECIDED, when=[in_order]),
        move("plan", *UNDECIDED, needs=["next_action_at"]),
        move("touch", *UNDECIDED),
        move("involve", *UNDECIDED, needs=["contacts"]),
        move("release", *UNDECIDED),
        move("name_competitor", *UNDECIDED, needs=["competitors"]),
        move("drop_competitor", *UNDECIDED),
        move("raise_objection", *UNDECIDED, needs=["objections"]),
        move("answer_objection", *UNDECIDED, when=[objection_known, objection_unsettled]),
        move("settle_objection", *UNDECIDED, when=[objection_known, objection_unsettled]),
        move("share", *UNDECIDED, WON, needs=["shares"]),
        move("hold", OPEN, to=ON_HOLD, when=[in_order], needs=["hold_reason", "review_at"]),
        move("resume", ON_HOLD, to=OPEN, when=[in_order]),
        move(
            "win",
            OPEN,
            to=WON,
            when=[worth_something, in_order, day_has_come, quote_accepted, decision_maker_known],
            needs=["closed_on"],
            effects=["hand_over"],
        ),
        move("lose", *UNDECIDED, to=LOST, when=[in_order], needs=["lost_because", "lost_to"]),
        move("void", *UNDECIDED, to=VOID, when=[in_order], needs=["void_reason"]),
        move(
            "reopen",
            WON,
            LOST,
            to=OPEN,
            when=[in_order, reopening_permitted, not_invoiced],
            needs=["reopen_reason"],
        ),
        move(
            "merge",
            *UNDECIDED,
            to=MERGED,
            when=[in_order, into_another, into_one_that_stands],
            needs=["survivor"],
        ),
    ),
)
