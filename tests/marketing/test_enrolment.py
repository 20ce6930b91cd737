"""An enrolment: in, held out, or left out with the reason; and what came of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Enrolment, Invalid, Refused, Workspace
from relcore.ids import CampaignId, CustomerId, EnrolmentId
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.marketing import (
    Contactable,
    EnrolmentFields,
    EnrolmentState,
    ExitReason,
    Happened,
    ReentryPolicy,
    reentered,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
YES, NO = Contactable(True, "granted", NOON), Contactable(False, "withdrawn", NOON)


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
    on_the_way = ["enrolled", "active", "waiting"]
    assert jumps(Enrolment) == {
        "candidate -> suppressed", "candidate -> control", "candidate -> enrolled",
        "enrolled -> active", "active -> waiting", "waiting -> active",
        *(f"{state} -> responded" for state in on_the_way),
        *(f"{state} -> {end}" for state in [*on_the_way, "responded"] for end in ("converted", "exited")),
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
    possible = {o.move for o in suppressed.moves(at=NOON, facts=[YES]) if o.answer is Answer.ALLOWED}
    assert possible == {"note_conversion"}


def test_who_is_in_may_answer_and_do_what_it_is_for() -> None:
    enrolled = proposed().enrol(YES, at=NOON)
    converted = enrolled.entity.respond(at=NOON).entity.convert(at=NOON).entity

    assert enrolled.entity.activate(at=NOON).events[0].effects == ("plan_message",)
    assert (converted.enrolled_at, converted.responded_at, converted.converted_at) == (NOON, NOON, NOON)


def test_who_leaves_gets_no_message_any_more() -> None:
    change = proposed().enrol(YES, at=NOON).entity.exit(ExitReason.OPT_OUT, at=NOON)

    assert change.events[0].effects == ("cancel_queued_messages",)
    assert change.entity.exit_reason == "opt_out"


def test_a_word_of_privacy_has_a_reason() -> None:
    with pytest.raises(Invalid):
        Contactable(allowed=False, reason="", at=NOON)


def test_who_must_merely_wait_is_not_left_out() -> None:
    later = Contactable(False, "quiet_hours", NOON, until=NOON + DAY)

    assert proposed().enrol(later, at=NOON).entity.state is EnrolmentState.ENROLLED
    for wrong in ({"allowed": True, "until": NOON + DAY}, {"allowed": False, "until": NOON}):
        with pytest.raises(Invalid, match="must lie ahead, and only where it is not allowed now"):
            Contactable(reason="x", at=NOON, **wrong)  # type: ignore[arg-type]


# --- on the way -------------------------------------------------------------------------------------


def active() -> Enrolment:
    return proposed().enrol(YES, at=NOON).entity.activate(at=NOON).entity


def test_it_waits_until_a_moment_that_lies_ahead() -> None:
    waiting = active().wait_until(NOON + DAY, at=NOON).entity

    with pytest.raises(Refused, match="the moment to wait for must lie ahead"):
        active().wait_until(NOON, at=NOON)
    with pytest.raises(Refused, match="what it waits for has not come"):
        waiting.resume(at=NOON + DAY - TICK)
    resumed = waiting.resume(at=NOON + DAY).entity
    assert (resumed.state, resumed.waiting_until) == (EnrolmentState.ACTIVE, None)


def test_it_waits_for_something_to_happen_or_for_long_enough() -> None:
    waiting = active().wait_for("order", until=NOON + DAY, at=NOON).entity

    with pytest.raises(Refused, match="nobody told it Happened"):
        waiting.resume(at=NOON)
    with pytest.raises(Refused, match="what it waits for has not come"):
        waiting.resume(Happened("call"), at=NOON)
    assert waiting.resume(Happened("order"), at=NOON).entity.waiting_for is None
    assert waiting.resume(at=NOON + DAY).entity.state is EnrolmentState.ACTIVE


def test_who_answers_waits_no_longer() -> None:
    responded = active().wait_for("order", at=NOON).entity.respond(at=NOON).entity

    assert (responded.waiting_for, responded.waiting_until) == (None, None)


def test_the_left_out_and_the_held_out_are_kept_rows_of_whom_it_is_noted_what_they_did() -> None:
    control = proposed().hold_out(YES, at=NOON).entity
    suppressed = proposed().suppress("no_consent", at=NOON).entity

    for out in (control, suppressed):
        did = out.note_conversion(at=NOON + DAY).entity
        assert (did.state, did.converted_at) == (out.state, NOON + DAY)
        assert did.note_conversion(at=NOON + 2 * DAY).entity.converted_at == NOON + DAY
        assert "exit" not in {o.move for o in out.moves(at=NOON) if o.answer is Answer.ALLOWED}


# --- coming in again --------------------------------------------------------------------------------

TWICE = ReentryPolicy(rotations=2, rest=30 * DAY)


def ended(reason: ExitReason = ExitReason.TIMEOUT) -> Enrolment:
    return active().exit(reason, at=NOON).entity


def test_who_comes_in_again_does_so_as_the_next_rotation_and_the_old_one_stays_as_it_was() -> None:
    old, new = reentered(ended(), at=NOON + 30 * DAY, policy=TWICE)

    assert (new.entity.rotation, new.entity.state) == (2, EnrolmentState.CANDIDATE)
    assert (new.entity.customer, new.entity.campaign) == (old.entity.customer, old.entity.campaign)
    assert (old.entity.state, old.entity.followed_by) == (EnrolmentState.EXITED, new.entity.id)


def test_nobody_comes_in_too_soon_too_often_or_twice_from_one_end() -> None:
    with pytest.raises(Refused, match="the policy lets nobody come in as often as that, or as soon"):
        reentered(ended(), at=NOON + 900 * DAY)
    with pytest.raises(Refused, match="the policy lets nobody come in as often as that, or as soon"):
        reentered(ended(), at=NOON + 30 * DAY - TICK, policy=TWICE)
    old, new = reentered(ended(), at=NOON + 30 * DAY, policy=TWICE)
    with pytest.raises(Refused, match="they came in again already"):
        reentered(old.entity, at=NOON + 90 * DAY, policy=TWICE)
    second = new.entity.enrol(YES, at=NOON + 30 * DAY).entity.convert(at=NOON + 31 * DAY).entity
    with pytest.raises(Refused, match="as often as that"):
        reentered(second, at=NOON + 900 * DAY, policy=TWICE)


@pytest.mark.parametrize("reason", ExitReason)
def test_who_opted_out_does_not_come_in_again(reason: ExitReason) -> None:
    for_good = reason in (ExitReason.OPT_OUT, ExitReason.MERGED)

    if for_good:
        with pytest.raises(Refused, match="the customer left for good"):
            reentered(ended(reason), at=NOON + 900 * DAY, policy=TWICE)
    else:
        assert reentered(ended(reason), at=NOON + 900 * DAY, policy=TWICE)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    with pytest.raises(Refused, match="it cannot have happened before"):
        active().convert(at=NOON - TICK)


def test_the_left_out_are_counted_by_reason(workspace: Workspace) -> None:
    reasons = ["objection", "withdrawn", "objection"]
    workspace.commit(new(), *(new().then(lambda e, r=r: e.suppress(r, at=NOON)) for r in reasons))

    left_out = EnrolmentFields.state.is_(EnrolmentState.SUPPRESSED)
    (columns,) = workspace.scan(Enrolment, EnrolmentFields.left_out_because, where=left_out)

    assert sorted(columns["left_out_because"]) == sorted(reasons)
