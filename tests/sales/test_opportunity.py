"""An opportunity: stages of the host on states of ours, an amount, a day, and two chances kept apart."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Money, Opportunity, Refused, Workspace
from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.lifecycle import Answer, Category
from relcore.kernel.repository import replay
from relcore.sales import (
    AcceptedQuotes,
    BuyingRole,
    ExchangeRate,
    Invoiced,
    Met,
    ObjectionOutcome,
    OpportunityFields,
    OpportunityState,
    Permission,
    Pipeline,
    PipelineStage,
    Severity,
    Share,
    Target,
    WinPolicy,
    credited,
    opportunity_lifecycle,
    pushes,
    stage_changes,
)
from relcore.testing import CountingIds
from tests.strategies import NOON, actors
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME = Actor("person", "u-17")
DAY = timedelta(days=1)
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})
GATED = Pipeline(
    "new business",
    (
        PipelineStage("qualify", 0.1, criteria=("budget", "need"), rots_after=10 * DAY),
        PipelineStage("propose", 0.5, fields=("expected_on", "owner")),
        PipelineStage("negotiate", 0.8),
    ),
    skipping=False,
    stepping_back=False,
)


def opened(amount: str = "100.00") -> Opportunity:
    return Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money(amount, "EUR"), at=NOON, by=ME, expected_on=date(2026, 6, 30),
    ).entity  # fmt: skip


def proposed() -> Opportunity:
    return opened().advance("propose", pipeline=PIPELINE, at=NOON + DAY).entity


def lost(because: str = "price", lost_to: str = "Difference & Co") -> Opportunity:
    return proposed().lose(because, lost_to=lost_to, at=NOON + 2 * DAY).entity


def reopened(opportunity: Opportunity, *, at: datetime = NOON + 9 * DAY, **told: Any) -> Opportunity:
    may = {"permission": Permission(True), "invoiced": Invoiced(False), "pipeline": PIPELINE} | told
    return opportunity.reopen("they called", **may, at=at).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Opportunity)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Opportunity, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert jumps(Opportunity) == {
        "open -> on_hold", "on_hold -> open",
        "open -> won", "open -> lost", "open -> void", "open -> merged",
        "on_hold -> lost", "on_hold -> void", "on_hold -> merged",
        "won -> open", "lost -> open",
    }  # fmt: skip
    assert opportunity_lifecycle.states[OpportunityState.ON_HOLD] is Category.PAUSED


# --- the chance -----------------------------------------------------------------------------------


@given(chains(Opportunity))
def test_won_is_certain_and_what_is_over_cannot_be_whatever_anybody_said(walk: list[object]) -> None:
    for change in walk:
        opportunity: Opportunity = change.entity  # type: ignore[attr-defined]
        category = opportunity_lifecycle.states[opportunity.state]
        if category is Category.WON:
            assert opportunity.probability == 1
        elif category in (Category.LOST, Category.VOID):
            assert opportunity.probability == 0
        elif opportunity.overridden is not None:
            assert opportunity.probability == opportunity.overridden.probability
        else:
            assert opportunity.probability == PIPELINE.probability(opportunity.stage)
        assert 0 <= opportunity.expected_amount.amount <= opportunity.amount.amount


def test_a_persons_word_counts_until_the_stage_changes_and_says_whose_it_was() -> None:
    sure = proposed().override(0.9, at=NOON + 2 * DAY, by=ME).entity

    assert sure.probability == 0.9
    assert sure.auto == 0.5
    assert sure.overridden is not None
    assert (sure.overridden.by, sure.overridden.at) == (ME, NOON + 2 * DAY)
    assert sure.advance("negotiate", pipeline=PIPELINE, at=NOON + 3 * DAY).entity.probability == 0.8
    assert sure.follow_stage(at=NOON + 3 * DAY).entity.probability == 0.5


def test_b2_a_persons_word_and_the_stages_are_two_and_the_word_ends_with_the_stage() -> None:
    sure = proposed().override(0.9, at=NOON + DAY, by=ME).entity

    lost = sure.lose("price", lost_to=Opportunity.NO_DECISION, at=NOON + 2 * DAY).entity

    assert (sure.auto, sure.probability) == (0.5, 0.9)
    assert lost.probability == 0
    assert not lost.expected_amount
    assert lost.stage == "propose"
    assert reopened(lost).probability == 0.5


def test_b2_reopening_takes_the_chance_from_the_pipeline_as_it_is_now() -> None:
    today = Pipeline.of("new business", {"qualify": 0.2, "propose": 0.3})

    assert reopened(lost(), pipeline=today).probability == 0.3
    assert reopened(lost(), pipeline=today, stage="qualify").probability == 0.2


@given(st.floats(0, 1), actors)
def test_b3_won_is_one_and_lost_is_nothing_whatever_anybody_says(chance: float, by: Actor) -> None:
    sure = proposed().override(chance, at=NOON + DAY, by=by).entity

    assert sure.win(at=NOON + DAY).entity.probability == 1
    assert sure.lose("price", lost_to="Difference & Co", at=NOON + DAY).entity.probability == 0


@pytest.mark.parametrize(("because", "lost_to", "missing"), [("", "x", "lost_because"), ("x", "", "lost_to")])
def test_b3_nothing_is_lost_without_a_reason_and_to_nobody_in_particular(
    because: str, lost_to: str, missing: str
) -> None:
    with pytest.raises(Refused, match=f"it needs {missing}"):
        proposed().lose(because, lost_to=lost_to, at=NOON + DAY)


@pytest.mark.parametrize("chance", [-0.01, 1.01, float("nan"), "0.5", None])
def test_a_chance_lies_between_never_and_certain(chance: object) -> None:
    with pytest.raises(Invalid, match=r"must lie in \[0, 1\]"):
        opened().override(chance, at=NOON, by=ME)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "chance", "expected"), [("100.00", 0.1, "10.00"), ("0.05", 0.1, "0.00"), ("0.15", 0.1, "0.02")]
)
def test_the_expected_amount_is_exact_to_the_cent_with_ties_to_the_even(
    amount: str, chance: float, expected: str
) -> None:
    assert opened(amount).override(chance, at=NOON, by=ME).entity.expected_amount == Money(expected, "EUR")


def test_a_weighted_pipeline_adds_up_in_decimals() -> None:
    opportunities = [opened("19.99").override(0.3, at=NOON, by=ME).entity for _ in range(3)]

    assert sum((o.expected_amount.amount for o in opportunities), Decimal(0)) == Decimal("18.00")


# --- the stages -----------------------------------------------------------------------------------


def test_it_opens_in_the_first_stage() -> None:
    assert (opened().stage, opened().probability, opened().state) == ("qualify", 0.1, OpportunityState.OPEN)


def test_a_stage_may_be_skipped_and_its_clock_starts_again() -> None:
    far = opened().advance("negotiate", pipeline=PIPELINE, at=NOON + 5 * DAY).entity

    assert far.stage == "negotiate"
    assert (far.age(NOON + 9 * DAY), far.age_in_stage(NOON + 9 * DAY)) == (9 * DAY, 4 * DAY)


def test_back_is_another_move_and_says_why() -> None:
    with pytest.raises(Refused, match="to go back, say why with step_back"):
        proposed().advance("qualify", pipeline=PIPELINE, at=NOON + DAY)
    with pytest.raises(Refused, match="to go on, use advance"):
        proposed().step_back("negotiate", "budget cut", pipeline=PIPELINE, at=NOON + DAY)
    with pytest.raises(Refused, match="it needs setback_reason"):
        proposed().step_back("qualify", "", pipeline=PIPELINE, at=NOON + DAY)

    back = proposed().step_back("qualify", "budget cut", pipeline=PIPELINE, at=NOON + DAY).entity

    assert (back.stage, back.setback_reason, back.probability) == ("qualify", "budget cut", 0.1)
    assert back.advance("propose", pipeline=PIPELINE, at=NOON + DAY).entity.setback_reason is None


@pytest.mark.parametrize("move", ["advance", "step_back"])
def test_a_move_to_where_it_stands_is_none(move: str) -> None:
    more = {"reason": "none"} if move == "step_back" else {}

    with pytest.raises(Refused):
        getattr(proposed(), move)("propose", pipeline=PIPELINE, at=NOON + DAY, **more)


def test_a_stage_or_a_pipeline_that_is_not_its_own_cannot_be() -> None:
    with pytest.raises(Invalid, match="must be one of qualify, propose, negotiate"):
        opened().advance("sign", pipeline=PIPELINE, at=NOON)
    with pytest.raises(Invalid, match="the one it was opened in"):
        opened().advance("propose", pipeline=attrs.evolve(PIPELINE, name="renewals"), at=NOON)


def test_moves_says_untold_until_it_is_told_the_stage() -> None:
    def answer(*facts: object) -> Answer:
        return next(o for o in proposed().moves(at=NOON + DAY, facts=facts) if o.move == "advance").answer

    assert answer() is Answer.UNTOLD
    assert answer(Target("negotiate", PIPELINE)) is Answer.ALLOWED
    assert answer(Target("qualify", PIPELINE)) is Answer.REFUSED


def test_a_team_that_renames_a_stage_leaves_no_opportunity_stuck() -> None:
    renamed = Pipeline.of("new business", {"qualify": 0.1, "offer": 0.4, "negotiate": 0.8})

    assert proposed().advance("offer", pipeline=renamed, at=NOON + DAY).entity.probability == 0.4
    assert proposed().advance("qualify", pipeline=renamed, at=NOON + DAY).entity.stage == "qualify"


def test_a_gate_opens_when_its_criteria_are_met_and_the_fields_of_the_next_stage_are_filled() -> None:
    def advance(opportunity: Opportunity, *criteria: str) -> Opportunity:
        return opportunity.advance("propose", pipeline=GATED, met=Met(criteria), at=NOON + DAY).entity

    owned = opened().assign(ME, at=NOON).entity

    with pytest.raises(Refused, match="nobody told it Met"):
        owned.advance("propose", pipeline=GATED, at=NOON + DAY)
    with pytest.raises(Refused, match="the exit criteria of the stage in which it stands are not met"):
        advance(owned, "budget")
    with pytest.raises(Refused, match="fields that the stage asks for are not filled"):
        advance(opened(), "budget", "need")
    assert advance(owned, "need", "budget", "timing").stage == "propose"


def test_a_pipeline_may_forbid_skipping_and_going_back() -> None:
    owned = opened().assign(ME, at=NOON).entity
    met = Met(("budget", "need"))

    with pytest.raises(Refused, match="no stage is skipped"):
        owned.advance("negotiate", pipeline=GATED, met=met, at=NOON)
    there = owned.advance("propose", pipeline=GATED, met=met, at=NOON).entity
    with pytest.raises(Refused, match="nothing goes back"):
        there.step_back("qualify", "budget cut", pipeline=GATED, at=NOON)


def test_what_the_first_stage_asks_for_is_asked_of_a_new_opportunity() -> None:
    strict = Pipeline("renewals", (PipelineStage("due", 0.7, fields=("amount", "expected_on")),))

    with pytest.raises(Refused, match="it needs amount; it needs expected_on"):
        Opportunity.open(
            IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="More", pipeline=strict,
            amount=Money("0", "EUR"), at=NOON,
        )  # fmt: skip


def test_a_stage_that_asks_for_a_field_that_no_opportunity_has_is_told_so() -> None:
    wrong = Pipeline(
        "new business", (PipelineStage("qualify", 0.1), PipelineStage("b", 0.2, fields=("budgt",)))
    )

    with pytest.raises(Invalid, match="must be fields of an opportunity"):
        opened().advance("b", pipeline=wrong, at=NOON)


# --- its clocks -----------------------------------------------------------------------------------


def test_b6_age_age_in_stage_and_idle_time_are_three_clocks() -> None:
    touched = proposed().touch(at=NOON + 5 * DAY).entity

    later = NOON + 9 * DAY

    assert (touched.age(later), touched.age_in_stage(later), touched.idle_for(later)) == (
        9 * DAY,
        8 * DAY,
        4 * DAY,
    )


def test_b6_nothing_rots_before_the_action_that_is_planned() -> None:
    planned = opened().plan(NOON + 20 * DAY, at=NOON).entity

    assert planned.idle_for(NOON + 15 * DAY) == timedelta(0)
    assert planned.idle_for(NOON + 26 * DAY) == 6 * DAY
    assert [planned.rots(NOON + n * DAY, GATED) for n in (15, 30, 31)] == [False, False, True]
    assert opened().rots(NOON + 11 * DAY, GATED)
    assert not opened().rots(NOON + 11 * DAY, PIPELINE)


def test_b6_on_hold_the_clock_stands_still() -> None:
    held = proposed().hold("budget", review_at=NOON + 9 * DAY, at=NOON + 3 * DAY).entity
    resumed = held.resume(at=NOON + 10 * DAY).entity

    assert held.age_in_stage(NOON + 8 * DAY) == 2 * DAY
    assert held.idle_for(NOON + 8 * DAY) == timedelta(0)
    assert resumed.age_in_stage(NOON + 11 * DAY) == 3 * DAY
    assert resumed.age(NOON + 11 * DAY) == 11 * DAY


def test_b6_what_is_closed_grows_no_older() -> None:
    won = proposed().win(at=NOON + 4 * DAY).entity

    later = NOON + 50 * DAY

    assert (won.age(later), won.age_in_stage(later), won.idle_for(later)) == (
        4 * DAY,
        3 * DAY,
        timedelta(0),
    )


def test_b6_a_clock_that_goes_back_is_refused_and_gives_no_negative_age() -> None:
    with pytest.raises(Refused, match="the clock went back"):
        proposed().advance("negotiate", pipeline=PIPELINE, at=NOON)
    with pytest.raises(Refused, match="the clock went back"):
        proposed().win(at=NOON)

    early = proposed().touch(at=NOON).entity

    assert early.touched_at == NOON + DAY
    assert (early.age(NOON - DAY), early.age_in_stage(NOON), early.idle_for(NOON)) == (timedelta(0),) * 3


# --- its history ----------------------------------------------------------------------------------


def test_b7_the_history_tells_amount_day_and_chance_before_and_after_each_stage() -> None:
    dearer = proposed().revise(amount=Money("150", "EUR"), at=NOON + 2 * DAY).entity
    later = dearer.revise(expected_on=date(2026, 9, 30), at=NOON + 3 * DAY).entity
    held = later.hold("holidays", review_at=NOON + 9 * DAY, at=NOON + 4 * DAY).entity
    there = held.resume(at=NOON + 10 * DAY).entity.advance("negotiate", pipeline=PIPELINE, at=NOON + 11 * DAY)

    first, second = stage_changes(there.entity.history)

    assert (first.before.stage, first.after.stage, first.dwell) == ("qualify", "propose", DAY)
    assert (first.before.probability, first.after.probability) == (0.1, 0.5)
    assert (second.before.amount, second.before.expected_on) == (Money("150", "EUR"), date(2026, 9, 30))
    assert (second.before.probability, second.after.probability) == (0.5, 0.8)
    assert second.dwell == 4 * DAY  # ten days, six of them on hold
    assert pushes(there.entity.history) == 1


def test_b7_how_it_was_closed_before_stays_in_the_history() -> None:
    again = reopened(lost())

    closing = again.history[-2]

    assert (closing.state, closing.because, closing.probability) == (OpportunityState.LOST, "price", 0)
    assert (again.history[-1].move, again.history[-1].because) == ("reopen", "they called")
    assert again.age_in_stage(NOON + 10 * DAY) == DAY


@given(chains(Opportunity))
def test_b7_the_history_only_grows_in_order_and_ends_in_how_it_stands(walk: list[Any]) -> None:
    for change in walk:
        held, before = change.entity, getattr(change.before, "history", ())
        last = held.history[-1]
        assert held.history[: len(before)] == before
        assert 0 <= len(held.history) - len(before) <= len(change.events)
        assert [line.at for line in held.history] == sorted(line.at for line in held.history)
        assert (last.state, last.stage, last.amount) == (held.state, held.stage, held.amount)
        assert (last.expected_on, last.probability) == (held.expected_on, held.probability)


@given(chains(Opportunity), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_b6_the_clocks_are_never_negative_and_the_stage_is_never_older_than_the_whole(
    walk: list[Any], later: timedelta
) -> None:
    held: Opportunity = walk[-1].entity

    assert timedelta(0) <= held.age_in_stage(NOON + later) <= held.age(NOON + later)
    assert held.idle_for(NOON + later) >= timedelta(0)


# --- who and what stands in the way ---------------------------------------------------------------


def test_people_play_parts_and_one_may_play_several_and_leave_them_all() -> None:
    ada = IDS.new(CustomerId)
    known = opened().involve(ada, BuyingRole.INFLUENCER, at=NOON).entity
    twice = known.involve(ada, BuyingRole.INFLUENCER, at=NOON).entity
    more = twice.involve(ada, BuyingRole.EXECUTIVE_SPONSOR, at=NOON).entity

    assert twice.contacts == known.contacts
    assert [contact.role for contact in more.contacts] == ["influencer", "executive_sponsor"]
    assert more.release(ada, at=NOON).entity.contacts == ()


def test_an_objection_is_raised_answered_and_settled_once() -> None:
    ada = Actor("customer", "ada")
    raised = (
        opened().raise_objection("price", severity=Severity.BLOCKING, raised_by=ada, at=NOON, by=ME).entity
    )
    answered = raised.answer_objection(0, "payback", at=NOON + DAY).entity
    settled = answered.settle_objection(0, ObjectionOutcome.OVERCOME, at=NOON + 2 * DAY).entity

    (objection,) = settled.objections

    assert (objection.about, objection.severity, objection.raised_by) == ("price", "blocking", ada)
    assert (objection.answer, objection.answered_at, objection.outcome) == ("payback", NOON + DAY, "overcome")
    assert (raised.objections[0].is_open, objection.is_open) == (True, False)
    with pytest.raises(Refused, match="that objection is settled"):
        settled.answer_objection(0, "again", at=NOON + 3 * DAY)
    for place in (1, -1):
        with pytest.raises(Refused, match="there is no such objection"):
            settled.settle_objection(place, ObjectionOutcome.STANDS, at=NOON + 3 * DAY)


def test_the_competitor_that_won_is_among_the_competitors() -> None:
    racing = proposed().name_competitor("Loom Ltd", at=NOON + DAY).entity

    assert racing.drop_competitor("Loom Ltd", at=NOON + DAY).entity.competitors == ()
    assert lost(lost_to="Loom Ltd").competitors == ("Loom Ltd",)
    assert lost(lost_to=Opportunity.NO_DECISION).competitors == ()


@given(st.integers(0, 10**6), st.lists(st.integers(0, 100), min_size=1, max_size=6).filter(any))
def test_b10_what_is_credited_sums_to_the_whole(minor: int, weights: list[int]) -> None:
    shares = [Share(Actor("person", f"u-{n}"), weight) for n, weight in enumerate(weights)]
    amount = Money.from_minor(minor, "EUR")

    parts = credited(amount, shares)

    assert sum(part.minor for _, part in parts) == minor
    for (_, part), share in zip(parts, shares, strict=True):
        assert abs(part.minor - minor * share.weight / sum(weights)) < 1


def test_b10_a_sale_is_shared_by_weights_that_name_everybody_once() -> None:
    you = Actor("person", "u-18")

    shared = opened("0.05").share([Share(ME, 60), Share(you, 40)], at=NOON).entity

    assert credited(shared.amount, shared.shares) == ((ME, Money("0.03", "EUR")), (you, Money("0.02", "EUR")))
    for wrong in ([Share(ME, 1), Share(ME, 1)], [Share(ME, 0)], []):
        with pytest.raises(Invalid, match="shares must"):
            opened().share(wrong, at=NOON)


# --- holding, closing, reopening ------------------------------------------------------------------


def test_on_hold_it_says_why_and_until_when_and_forgets_both_when_it_goes_on() -> None:
    held = proposed().hold("new year's budget", review_at=NOON + 90 * DAY, at=NOON + DAY).entity

    assert (held.hold_reason, held.review_at) == ("new year's budget", NOON + 90 * DAY)
    resumed = held.resume(at=NOON + DAY).entity
    assert (resumed.hold_reason, resumed.review_at, resumed.stage) == (None, None, "propose")


def test_what_was_lost_on_hold_and_reopened_is_not_on_hold_any_more() -> None:
    held = proposed().hold("budget", review_at=NOON + 9 * DAY, at=NOON + DAY).entity

    again = reopened(held.lose("price", lost_to="Difference & Co", at=NOON + DAY).entity)

    assert (again.state, again.hold_reason, again.review_at) == (OpportunityState.OPEN, None, None)


def test_nothing_is_won_for_nothing() -> None:
    with pytest.raises(Refused, match="revise its amount first"):
        opened("0").win(at=NOON)


def test_winning_closes_it_and_asks_for_the_hand_over() -> None:
    change = proposed().win(at=NOON + 9 * DAY, by=ME)

    assert (change.entity.closed_at, change.events[0].effects) == (NOON + 9 * DAY, ("hand_over",))


def test_it_is_won_on_a_day_that_has_come_where_the_team_is() -> None:
    evening = datetime(2026, 3, 1, 23, 30, tzinfo=NOON.tzinfo)
    tomorrow = date(2026, 3, 2)

    with pytest.raises(Refused, match="lies in the future"):
        opened().win(closed_on=tomorrow, at=evening)
    in_berlin = opened().win(closed_on=tomorrow, at=evening, policy=WinPolicy(zone="Europe/Berlin")).entity
    yesterday = opened().win(closed_on=date(2026, 2, 28), at=evening).entity

    assert (in_berlin.closed_on, yesterday.closed_on) == (tomorrow, date(2026, 2, 28))
    assert opened().win(at=evening).entity.closed_on == date(2026, 3, 1)
    with pytest.raises(Invalid, match="must be a time zone"):
        WinPolicy(zone="Mars/Olympus")


def test_a_team_may_ask_for_an_accepted_quote_and_a_decision_maker() -> None:
    strict = WinPolicy(accepted_quote=True, decision_maker=True)
    ada = IDS.new(CustomerId)
    sponsored = opened().involve(ada, BuyingRole.EXECUTIVE_SPONSOR, at=NOON).entity
    decided = sponsored.involve(ada, BuyingRole.TECHNICAL_DECISION_MAKER, at=NOON).entity

    with pytest.raises(Refused, match="nobody told it AcceptedQuotes"):
        decided.win(at=NOON, policy=strict)
    with pytest.raises(Refused, match="no quote of it is accepted"):
        decided.win(at=NOON, policy=strict, quotes=AcceptedQuotes(0))
    with pytest.raises(Refused, match="involve a decision maker first"):
        sponsored.win(at=NOON, policy=strict, quotes=AcceptedQuotes(1))
    assert decided.win(at=NOON, policy=strict, quotes=AcceptedQuotes(1)).entity.probability == 1


def test_losing_says_why_and_to_whom_and_when_to_ask_again_and_winning_after_all_clears_it() -> None:
    gone = proposed().lose(
        "price", lost_to="Difference & Co", win_back_on=date(2027, 1, 1), at=NOON + DAY
    ).entity  # fmt: skip

    won = reopened(gone).win(at=NOON + 9 * DAY).entity

    assert (gone.lost_because, gone.lost_to, gone.closed_at) == ("price", "Difference & Co", NOON + DAY)
    assert gone.win_back_on == date(2027, 1, 1)
    assert (won.lost_because, won.lost_to, won.win_back_on) == (None, None, None)
    assert won.reopen_reason == "they called"


def test_reopening_takes_a_permission_and_what_was_won_must_not_be_invoiced() -> None:
    won = proposed().win(at=NOON + DAY).entity

    with pytest.raises(Refused, match="nobody told it Permission; nobody told it Invoiced"):
        reopened(won, permission=None, invoiced=None)
    with pytest.raises(Refused, match="takes a permission"):
        reopened(won, permission=Permission(False))
    with pytest.raises(Refused, match="credit the invoice first"):
        reopened(won, invoiced=Invoiced(True))
    assert reopened(won).closed_at is None
    assert reopened(lost(), invoiced=None).state is OpportunityState.OPEN


def test_it_is_not_merged_into_itself_nor_into_one_that_was_merged() -> None:
    opportunity, other = opened(), opened()
    gone = other.merge(opened(), at=NOON).entity

    with pytest.raises(Refused, match="it cannot be merged into itself"):
        opportunity.merge(opportunity, at=NOON)
    with pytest.raises(Refused, match="name the one that remained"):
        opportunity.merge(gone, at=NOON)
    assert opportunity.merge(other, at=NOON).entity.survivor == other.id
    assert gone.probability == 0


def test_a1_closed_may_reopen_and_final_may_not() -> None:
    assert set(opportunity_lifecycle.final) == {OpportunityState.VOID, OpportunityState.MERGED}
    assert OpportunityState.OPEN in opportunity_lifecycle.reachable(OpportunityState.LOST)

    void = opened().void("a test", at=NOON).entity

    assert not any(option.answer is Answer.ALLOWED for option in void.moves(at=NOON))


# --- what it is worth -----------------------------------------------------------------------------


def test_revising_keeps_what_is_not_given_and_takes_a_zero_for_an_amount() -> None:
    revised = opened().revise(amount=Money("0", "EUR"), at=NOON).entity

    assert revised.amount == Money("0", "EUR")
    assert revised.expected_on == date(2026, 6, 30)
    assert revised.revise(expected_on=date(2026, 7, 1), at=NOON).entity.amount == Money("0", "EUR")


def test_b8_an_opportunity_has_one_currency_from_first_to_last() -> None:
    with pytest.raises(Invalid, match="must be in EUR, the currency it was opened in"):
        opened().revise(amount=Money("100", "USD"), at=NOON)
    with pytest.raises(Invalid, match="must be EUR on both sides"):
        opened().amount + Money("100", "JPY")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [("333", "JPY", "166"), ("0.333", "KWD", "0.166"), ("3.33", "EUR", "1.66")],
)
def test_b8_what_is_expected_has_the_decimals_of_its_currency(
    amount: str, currency: str, expected: str
) -> None:
    held = Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money(amount, currency), at=NOON,
    ).entity  # fmt: skip

    assert held.override(0.5, at=NOON, by=ME).entity.expected_amount == Money(expected, currency)


def test_b8_an_open_sale_is_converted_at_todays_rate_and_a_closed_one_at_the_rate_of_its_day() -> None:
    spring = ExchangeRate("ecb-1", "EUR", "JPY", date(2026, 3, 2), Decimal("160.25"))
    autumn = ExchangeRate("ecb-2", "EUR", "JPY", date(2026, 9, 1), Decimal("150.01"))
    won = proposed().win(rate=spring, at=NOON + DAY).entity

    assert (proposed().converted(spring), proposed().converted(autumn)) == (
        Money("16025", "JPY"),
        Money("15001", "JPY"),
    )
    assert won.converted(autumn) == Money("16025", "JPY")
    assert won.closing_rate == spring
    assert reopened(won).converted(autumn) == Money("15001", "JPY")
    assert lost().closing_rate is None
    with pytest.raises(Invalid, match="was not kept when it was closed"):
        lost().converted(autumn)


def test_b8_a_rate_converts_its_own_currency_and_is_above_nothing() -> None:
    usd = ExchangeRate("x", "USD", "JPY", date(2026, 3, 2), Decimal(150))

    with pytest.raises(Invalid, match="must be in USD, which this rate converts"):
        proposed().win(rate=usd, at=NOON + DAY)
    for wrong in ("0", "-1", "NaN", "Infinity"):
        with pytest.raises(Invalid, match="must be above 0"):
            attrs.evolve(usd, rate=Decimal(wrong))


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Money("-0.01", "EUR")},
        {"amount": Money(2**63, "JPY")},
        {"amount": 5},
        {"expected_on": NOON},
        {"expected_on": "2026-06-30"},
        {"auto": 2},
        {"stage": ""},
        {"overridden": 0.5},
    ],
)
def test_what_storage_could_not_give_back_is_no_opportunity(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(opened(), **wrong)


def test_its_history_holds_each_stage_with_its_amount_and_chance(workspace: Workspace) -> None:
    new = Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money("100", "EUR"), at=NOON,
    )  # fmt: skip
    workspace.commit(new)
    id = new.entity.id
    workspace.apply(Opportunity, id, lambda o: o.advance("propose", pipeline=PIPELINE, at=NOON + DAY))
    workspace.apply(Opportunity, id, lambda o: o.revise(amount=Money("80", "EUR"), at=NOON + DAY))
    won = workspace.apply(Opportunity, id, lambda o: o.win(at=NOON + 2 * DAY))

    log = workspace.log(Opportunity, id)

    assert [(e.event.move, e.fields.get("stage"), e.fields.get("amount")) for e in log] == [
        ("open", "qualify", Money("100", "EUR")),
        ("advance", "propose", None),
        ("revise", None, Money("80", "EUR")),
        ("win", None, None),
    ]
    assert replay(Opportunity, log) == won
    assert workspace.find(Opportunity, OpportunityFields.state.is_(OpportunityState.WON)).rows == (won,)
