"""A campaign: approved by another, run within its window, completed when the credit is over."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Campaign, Invalid, Money, Refused, Workspace
from relcore.channel import Channel
from relcore.ids import CampaignId
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.marketing import (
    CampaignFields,
    CampaignPolicy,
    CampaignResult,
    CampaignState,
    ChannelMessage,
    Complaints,
    Goal,
    Objective,
    PrivacyAnswers,
    booked,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
ANSWERS, PEACE = PrivacyAnswers(consents=True, suppressions=True), Complaints(0, 1000)
RESULT = CampaignResult(
    enrolled=80, converted=12, held_out=20, held_out_converted=2, cost=Money("400", "EUR")
)
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)


def drafted() -> Change[Campaign]:
    return Campaign.draft(
        IDS.new(CampaignId), name="Come back", objective=Objective.WIN_BACK, at=NOON, by=ME
    ).then(
        lambda c: c.revise(
            goal=Goal("orders", 20),
            audience="at risk",
            messages=(ChannelMessage(Channel.EMAIL, "we miss you"),),
            purpose="offers",
            budget=Money("500", "EUR"),
            at=NOON,
            by=ME,
        )
    )


def scheduled() -> Change[Campaign]:
    return (
        drafted()
        .then(lambda c: c.submit(at=NOON, by=ME))
        .then(lambda c: c.approve(at=NOON, by=YOU))
        .then(lambda c: c.schedule(starts_at=NOON + DAY, ends_at=NOON + 8 * DAY, at=NOON, by=ME))
    )


def measuring() -> Campaign:
    return (
        scheduled()
        .then(lambda c: c.start(ANSWERS, at=NOON + DAY))
        .then(lambda c: c.pause("budget spent", at=NOON + 2 * DAY))
        .then(lambda c: c.measure(at=NOON + 8 * DAY))
        .entity
    )


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Campaign)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Campaign, data)


def test_the_states_jump_as_the_trade_says() -> None:
    way = ["draft", "in_review", "approved", "scheduled", "running", "measuring", "completed"]
    steps = {f"{source} -> {to}" for source, to in pairwise(way)}
    pauses = {"running -> paused", "paused -> running", "paused -> measuring"}
    ends = {f"{source} -> cancelled" for source in [*way[:-1], "paused"]}

    assert jumps(Campaign) == steps | pauses | ends | {"in_review -> draft"}


def test_it_runs_from_the_idea_to_what_was_learned() -> None:
    frozen = measuring().freeze(RESULT, at=NOON + 38 * DAY).entity
    completed = frozen.complete("Tuesdays work", at=NOON + 38 * DAY).entity

    assert (completed.state, completed.lessons, completed.result) == (
        CampaignState.COMPLETED,
        "Tuesdays work",
        RESULT,
    )


@pytest.mark.parametrize("missing", ["goal", "audience", "purpose", "budget"])
def test_what_is_not_complete_is_not_submitted_and_moves_says_so_before(missing: str) -> None:
    draft = attrs.evolve(drafted().entity, **{missing: None})

    (option,) = (o for o in draft.moves(at=NOON) if o.move == "submit")

    assert option.refusals == (f"it does not say its {missing} yet; revise it",)
    with pytest.raises(Refused, match=f"it does not say its {missing} yet"):
        draft.submit(at=NOON, by=ME)


def test_nobody_approves_what_they_submitted_themselves() -> None:
    submitted = drafted().entity.submit(at=NOON, by=ME).entity

    with pytest.raises(Refused, match="nobody approves what they submitted themselves"):
        submitted.approve(at=NOON, by=ME)

    def answer(by: Actor | None) -> Answer:
        return next(o for o in submitted.moves(at=NOON, by=by) if o.move == "approve").answer

    assert (answer(ME), answer(None), answer(YOU)) == (Answer.REFUSED, Answer.REFUSED, Answer.ALLOWED)


def test_what_was_rejected_says_why_until_it_is_submitted_again() -> None:
    rejected = drafted().entity.submit(at=NOON, by=ME).entity.reject("too long", at=NOON, by=YOU).entity

    assert (rejected.state, rejected.rejection) == (CampaignState.DRAFT, "too long")
    assert rejected.submit(at=NOON, by=ME).entity.rejection is None


@pytest.mark.parametrize(
    ("at", "answer"),
    [
        (NOON + DAY - TICK, Answer.REFUSED),
        (NOON + DAY, Answer.ALLOWED),
        (NOON + 8 * DAY - TICK, Answer.ALLOWED),
        (NOON + 8 * DAY, Answer.REFUSED),
    ],
)
def test_it_runs_within_its_window_which_is_half_open(at: object, answer: Answer) -> None:
    options = {o.move: o.answer for o in scheduled().entity.moves(at=at, facts=[ANSWERS])}  # type: ignore[arg-type]

    assert options["start"] is answer


@pytest.mark.parametrize(
    ("starts", "ends"), [(DAY, DAY), (2 * DAY, DAY), (-3 * DAY, -DAY), (-DAY, timedelta(0))]
)
def test_a_window_that_is_empty_or_over_cannot_be(starts: timedelta, ends: timedelta) -> None:
    approved = drafted().then(lambda c: c.submit(at=NOON, by=ME)).then(lambda c: c.approve(at=NOON, by=YOU))

    with pytest.raises(Invalid, match="must lie after starts_at, and not in the past"):
        approved.entity.schedule(starts_at=NOON + starts, ends_at=NOON + ends, at=NOON)


def test_a_window_says_its_zone() -> None:
    approved = drafted().then(lambda c: c.submit(at=NOON, by=ME)).then(lambda c: c.approve(at=NOON, by=YOU))

    with pytest.raises(Invalid, match="starts_at must be a datetime with a time zone"):
        approved.entity.schedule(starts_at=NOON.replace(tzinfo=None), ends_at=NOON + DAY, at=NOON)


@pytest.mark.parametrize(("after", "answer"), [(30 * DAY - TICK, Answer.REFUSED), (30 * DAY, Answer.ALLOWED)])
def test_its_result_is_frozen_when_no_order_can_be_credited_any_more(
    after: timedelta, answer: Answer
) -> None:
    options = {o.move: o.answer for o in measuring().moves(at=NOON + 8 * DAY + after)}

    assert options["freeze"] is answer


def test_it_is_not_completed_before_its_result_is_frozen_and_something_was_learned() -> None:
    over = NOON + 38 * DAY
    with pytest.raises(Refused, match="its result is not frozen yet"):
        measuring().complete("Tuesdays work", at=over)
    frozen = measuring().freeze(RESULT, at=over).entity
    with pytest.raises(Refused, match="it needs lessons"):
        frozen.complete("", at=over)
    with pytest.raises(Refused, match="its result is frozen, and stands"):
        frozen.freeze(attrs.evolve(RESULT, converted=80), at=over)


def test_a_result_tells_the_lift_only_where_somebody_was_held_out() -> None:
    assert RESULT.lift == pytest.approx(12 / 80 - 2 / 20)
    assert attrs.evolve(RESULT, held_out=0, held_out_converted=0).lift is None
    with pytest.raises(Invalid, match="must not be more than were held out"):
        attrs.evolve(RESULT, held_out=1)


# --- what it must say -----------------------------------------------------------------------------


def test_each_channel_needs_a_message() -> None:
    draft = drafted().entity.revise(channels=(Channel.EMAIL, Channel.SMS), at=NOON).entity

    with pytest.raises(Refused, match="each of its channels needs a message"):
        draft.submit(at=NOON, by=ME)
    both = (*draft.messages, ChannelMessage(Channel.SMS, "psst"))
    assert draft.revise(messages=both, at=NOON).entity.submit(at=NOON, by=ME)
    with pytest.raises(Refused, match="it does not say its channels yet"):
        attrs.evolve(draft, channels=()).submit(at=NOON, by=ME)


@pytest.mark.parametrize("held_out", [None, 0.0])
def test_who_claims_a_lift_holds_somebody_out(held_out: float | None) -> None:
    claiming = attrs.evolve(drafted().entity, claims_lift=True, hold_out=held_out)

    with pytest.raises(Refused, match="it claims a lift, and holds nobody out"):
        claiming.submit(at=NOON, by=ME)
    assert attrs.evolve(claiming, hold_out=0.1).submit(at=NOON, by=ME)


def test_what_is_asked_at_the_submission_is_asked_again_at_the_approval() -> None:
    submitted = attrs.evolve(drafted().entity.submit(at=NOON, by=ME).entity, goal=None)

    with pytest.raises(Refused, match="it does not say its goal yet"):
        submitted.approve(at=NOON, by=YOU)


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, float("nan")])
def test_a_share_held_out_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(Invalid, match=r"hold_out must lie in \[0, 1\)"):
        drafted().entity.revise(hold_out=share, at=NOON)


# --- running ----------------------------------------------------------------------------------------


def running(**other: object) -> Campaign:
    return attrs.evolve(scheduled().entity.start(ANSWERS, at=NOON + DAY).entity, **other)


@pytest.mark.parametrize(
    "silent", [PrivacyAnswers(consents=False, suppressions=True), PrivacyAnswers(consents=True, suppressions=False)]
)  # fmt: skip
def test_it_does_not_run_when_nobody_can_say_who_must_not_be_contacted(silent: PrivacyAnswers) -> None:
    with pytest.raises(Refused, match="nobody is written to blindly"):
        scheduled().entity.start(silent, at=NOON + DAY)
    with pytest.raises(Refused, match="nobody told it PrivacyAnswers"):
        scheduled().entity.start(at=NOON + DAY)


def test_a_budget_that_is_used_up_pauses_it_and_no_running_campaign_is_without_budget() -> None:
    at = NOON + 2 * DAY
    with pytest.raises(Refused, match="this uses the budget up; exhaust it") as refused:
        running().spend(Money("500", "EUR"), at=at)
    assert "exhaust" in refused.value.allowed
    with pytest.raises(Refused, match="there is budget left; spend it"):
        running().exhaust(Money("499.99", "EUR"), at=at)

    spent = booked(running(), Money("499.99", "EUR"), at=at).entity
    exhausted = booked(spent, Money("0.01", "EUR"), at=at).entity

    assert (spent.state, spent.spent) == (CampaignState.RUNNING, Money("499.99", "EUR"))
    assert (exhausted.state, exhausted.pause_reason) == (CampaignState.PAUSED, "budget_exhausted")
    with pytest.raises(Refused, match="its budget is used up"):
        exhausted.resume(ANSWERS, PEACE, at=at)
    assert booked(exhausted, Money("20", "EUR"), at=at).entity.spent == Money("520", "EUR")


def test_what_is_spent_is_in_the_currency_of_the_budget_and_not_below_zero() -> None:
    with pytest.raises(Refused, match="it must be in the currency of the budget"):
        booked(running(), Money("1", "USD"), at=NOON + 2 * DAY)
    with pytest.raises(Invalid, match="must not be below zero"):
        booked(running(), Money("-1", "EUR"), at=NOON + 2 * DAY)


@pytest.mark.parametrize(
    ("complaints", "trips"),
    [
        (Complaints(3, 1000), True),
        (Complaints(30, 10_000), True),
        (Complaints(29, 10_000), False),
        (Complaints(0, 0), False),
        (Complaints(1, 1), True),
    ],
)
def test_d12_three_complaints_in_a_thousand_stop_it(complaints: Complaints, *, trips: bool) -> None:
    if not trips:
        with pytest.raises(Refused, match="not so many complain"):
            running().trip(complaints, at=NOON + 2 * DAY)
        return
    tripped = running().trip(complaints, at=NOON + 2 * DAY).entity

    assert (tripped.state, tripped.pause_reason) == (CampaignState.PAUSED, "complaints")


@pytest.mark.parametrize(
    ("complained", "answer"), [(3, Answer.REFUSED), (1, Answer.REFUSED), (0, Answer.ALLOWED)]
)
def test_d12_it_goes_on_only_below_one_in_a_thousand(complained: int, answer: Answer) -> None:
    tripped = running().trip(Complaints(3, 1000), at=NOON + 2 * DAY).entity
    facts = [ANSWERS, Complaints(complained, 1000)]

    assert (
        next(o for o in tripped.moves(at=NOON + 2 * DAY, facts=facts) if o.move == "resume").answer is answer
    )


def test_d12_nobody_who_counts_no_complaints_goes_on() -> None:
    paused = running().pause("second thoughts", at=NOON + 2 * DAY).entity

    with pytest.raises(Refused, match="nobody told it Complaints"):
        paused.resume(ANSWERS, at=NOON + 2 * DAY)
    assert paused.resume(ANSWERS, PEACE, at=NOON + 2 * DAY).entity.state is CampaignState.RUNNING


def test_d12_the_limits_are_a_policy_and_a_policy_has_to_make_sense() -> None:
    strict = CampaignPolicy(complaints_stop="0.001", complaints_target="0.0005")

    assert running().trip(Complaints(1, 1000), at=NOON + 2 * DAY, policy=strict)
    with pytest.raises(Invalid, match="complaints_target"):
        CampaignPolicy(complaints_stop="0.001", complaints_target="0.002")
    with pytest.raises(Invalid, match="must not be more than were delivered"):
        Complaints(2, 1)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    with pytest.raises(Refused, match="it cannot have happened before"):
        running().measure(at=NOON)


def test_what_ends_it_asks_for_its_enrolments_to_end() -> None:
    assert scheduled().entity.cancel("no", at=NOON).events[0].effects == ("exit_enrolments",)
    assert (
        scheduled().entity.start(ANSWERS, at=NOON + DAY).entity.measure(at=NOON + 2 * DAY).events[0].effects
        == ("exit_enrolments",)
    )  # fmt: skip


def test_revising_keeps_what_is_not_given_and_takes_a_zero_for_a_budget() -> None:
    revised = drafted().entity.revise(budget=Money("0", "EUR"), at=NOON).entity

    assert (revised.budget, revised.audience) == (Money("0", "EUR"), "at risk")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"objective": "fame"}, {"channels": ("pigeon",)}, {"channels": [Channel.EMAIL]}, {"messages": ("hello",)}, {"goal": "fame"}, {"claims_lift": 1}, {"budget": 5}, {"attribution_days": -1},
              {"attribution_days": 1.5}, {"starts_at": NOON.replace(tzinfo=None)}, {"owner": "u-1"}],
)  # fmt: skip
def test_what_storage_could_not_give_back_is_no_campaign(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(drafted().entity, **wrong)


def test_what_runs_is_found(workspace: Workspace) -> None:
    change = scheduled()
    workspace.commit(change, drafted())

    due = CampaignFields.state.is_(CampaignState.SCHEDULED) & ~CampaignFields.ends_at.before(NOON + DAY)

    assert [row.id for row in workspace.find(Campaign, due).rows] == [change.entity.id]
