"""An enrolment: in, held out, or left out with the reason; and what came of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Enrolment, Invalid, Refused, Workspace
from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.marketing import Contactable, EnrolmentFields, EnrolmentState
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
YES, NO = Contactable(allowed=True, reason="granted"), Contactable(allowed=False, reason="withdrawn")


def new() -> Change[Enrolment]:
    return Enrolment.propose(
        IDS.new(EnrolmentId), campaign=IDS.new(CampaignId), customer=IDS.new(CustomerId), at=NOON
    )


def proposed() -> Enrolment:
    return new().entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Enrolment)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Enrolment, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert jumps(Enrolment) == {
        "candidate -> suppressed", "candidate -> control", "candidate -> enrolled",
        "enrolled -> responded", "enrolled -> converted", "responded -> converted",
        "enrolled -> exited", "responded -> exited",
    }  # fmt: skip


@pytest.mark.parametrize("command", ["enrol", "hold_out"])
def test_nobody_is_in_or_held_out_who_may_not_be_contacted_or_was_not_asked_about(command: str) -> None:
    with pytest.raises(Refused, match="the customer may not be contacted for this"):
        getattr(proposed(), command)(NO, at=NOON)

    def answer(*facts: object) -> Answer:
        return next(o for o in proposed().moves(at=NOON, facts=facts) if o.move == command).answer

    assert (answer(), answer(NO), answer(YES)) == (Answer.UNTOLD, Answer.REFUSED, Answer.ALLOWED)


def test_who_is_left_out_is_left_out_for_a_reason_and_for_good() -> None:
    with pytest.raises(Refused, match="it needs left_out_because"):
        proposed().suppress("", at=NOON)

    suppressed = proposed().suppress("objection", at=NOON).entity

    assert suppressed.left_out_because == "objection"
    assert {o.answer for o in suppressed.moves(at=NOON, facts=[YES])} == {Answer.REFUSED}


def test_who_is_in_may_answer_and_do_what_it_is_for() -> None:
    enrolled = proposed().enrol(YES, at=NOON)
    converted = enrolled.entity.respond(at=NOON).entity.convert(at=NOON).entity

    assert enrolled.events[0].effects == ("send",)
    assert (converted.enrolled_at, converted.responded_at, converted.converted_at) == (NOON, NOON, NOON)


def test_who_leaves_gets_no_message_any_more() -> None:
    change = proposed().enrol(YES, at=NOON).entity.exit("opt_out", at=NOON)

    assert change.events[0].effects == ("cancel_queued_messages",)
    assert change.entity.exit_reason == "opt_out"


def test_a_word_of_privacy_has_a_reason() -> None:
    with pytest.raises(Invalid):
        Contactable(allowed=False, reason="")


def test_the_left_out_are_counted_by_reason(workspace: Workspace) -> None:
    reasons = ["objection", "withdrawn", "objection"]
    workspace.commit(new(), *(new().then(lambda e, r=r: e.suppress(r, at=NOON)) for r in reasons))

    left_out = EnrolmentFields.state.is_(EnrolmentState.SUPPRESSED)
    (columns,) = workspace.scan(Enrolment, EnrolmentFields.left_out_because, where=left_out)

    assert sorted(columns["left_out_because"]) == sorted(reasons)
