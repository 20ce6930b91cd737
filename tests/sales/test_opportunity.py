"""An opportunity: stages of the host on states of ours, an amount, a day, and two chances kept apart."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Money, Opportunity, Refused, Workspace
from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.lifecycle import Answer, Category
from relcore.kernel.repository import replay
from relcore.sales import OpportunityFields, OpportunityState, Pipeline, Target, opportunity_lifecycle
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME = Actor("person", "u-17")
DAY = timedelta(days=1)
PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})


def opened(amount: str = "100.00") -> Opportunity:
    return Opportunity.open(
        IDS.new(OpportunityId), customer=IDS.new(CustomerId), name="An engine", pipeline=PIPELINE,
        amount=Money(amount, "EUR"), at=NOON, by=ME, expected_on=date(2026, 6, 30),
    ).entity  # fmt: skip


def proposed() -> Opportunity:
    return opened().advance("propose", pipeline=PIPELINE, at=NOON + DAY).entity


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


def test_a_lost_opportunity_that_somebody_was_sure_of_is_worth_nothing_and_starts_anew_when_reopened() -> (
    None
):
    lost = proposed().override(0.9, at=NOON, by=ME).entity.lose("no decision", at=NOON + DAY).entity

    assert lost.probability == 0
    assert not lost.expected_amount
    assert lost.stage == "propose"
    assert lost.reopen("they called", at=NOON + 2 * DAY).entity.probability == 0.5


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
        proposed().advance("qualify", pipeline=PIPELINE, at=NOON)
    with pytest.raises(Refused, match="to go on, use advance"):
        proposed().step_back("negotiate", "budget cut", pipeline=PIPELINE, at=NOON)
    with pytest.raises(Refused, match="it needs setback_reason"):
        proposed().step_back("qualify", "", pipeline=PIPELINE, at=NOON)

    back = proposed().step_back("qualify", "budget cut", pipeline=PIPELINE, at=NOON).entity

    assert (back.stage, back.setback_reason, back.probability) == ("qualify", "budget cut", 0.1)
    assert back.advance("propose", pipeline=PIPELINE, at=NOON).entity.setback_reason is None


@pytest.mark.parametrize("move", ["advance", "step_back"])
def test_a_move_to_where_it_stands_is_none(move: str) -> None:
    more = {"reason": "none"} if move == "step_back" else {}

    with pytest.raises(Refused):
        getattr(proposed(), move)("propose", pipeline=PIPELINE, at=NOON, **more)


def test_a_stage_or_a_pipeline_that_is_not_its_own_cannot_be() -> None:
    with pytest.raises(Invalid, match="must be one of qualify, propose, negotiate"):
        opened().advance("sign", pipeline=PIPELINE, at=NOON)
    with pytest.raises(Invalid, match="the one it was opened in"):
        opened().advance("propose", pipeline=attrs.evolve(PIPELINE, name="renewals"), at=NOON)


def test_moves_says_untold_until_it_is_told_the_stage() -> None:
    def answer(*facts: object) -> Answer:
        return next(o for o in proposed().moves(at=NOON, facts=facts) if o.move == "advance").answer

    assert answer() is Answer.UNTOLD
    assert answer(Target("negotiate", PIPELINE)) is Answer.ALLOWED
    assert answer(Target("qualify", PIPELINE)) is Answer.REFUSED


def test_a_team_that_renames_a_stage_leaves_no_opportunity_stuck() -> None:
    renamed = Pipeline.of("new business", {"qualify": 0.1, "offer": 0.4, "negotiate": 0.8})

    assert proposed().advance("offer", pipeline=renamed, at=NOON).entity.probability == 0.4
    assert proposed().advance("qualify", pipeline=renamed, at=NOON).entity.stage == "qualify"


# --- holding, closing, reopening ------------------------------------------------------------------


def test_on_hold_it_says_why_and_until_when_and_forgets_both_when_it_goes_on() -> None:
    held = proposed().hold("new year's budget", review_at=NOON + 90 * DAY, at=NOON).entity

    assert (held.hold_reason, held.review_at) == ("new year's budget", NOON + 90 * DAY)
    resumed = held.resume(at=NOON + DAY).entity
    assert (resumed.hold_reason, resumed.review_at, resumed.stage) == (None, None, "propose")


def test_what_was_lost_on_hold_and_reopened_is_not_on_hold_any_more() -> None:
    lost = proposed().hold("budget", review_at=NOON + DAY, at=NOON).entity.lose("price", at=NOON).entity

    again = lost.reopen("they called", at=NOON).entity

    assert (again.state, again.hold_reason, again.review_at) == (OpportunityState.OPEN, None, None)


def test_nothing_is_won_for_nothing() -> None:
    with pytest.raises(Refused, match="revise its amount first"):
        opened("0").win(at=NOON)


def test_winning_closes_it_and_asks_for_the_hand_over() -> None:
    change = proposed().win(at=NOON + 9 * DAY, by=ME)

    assert (change.entity.closed_at, change.events[0].effects) == (NOON + 9 * DAY, ("hand_over",))


def test_losing_says_why_and_maybe_to_whom_and_winning_after_all_clears_it() -> None:
    with pytest.raises(Refused, match="it needs lost_because"):
        proposed().lose("", at=NOON)

    lost = proposed().lose("price", lost_to="Difference & Co", at=NOON).entity
    won = lost.reopen("they called", at=NOON).entity.win(at=NOON).entity

    assert (lost.lost_because, lost.lost_to, lost.closed_at) == ("price", "Difference & Co", NOON)
    assert (won.lost_because, won.lost_to, won.reopen_reason) == (None, None, "they called")


def test_it_is_not_merged_into_itself() -> None:
    opportunity = opened()

    with pytest.raises(Refused, match="it cannot be merged into itself"):
        opportunity.merge(opportunity.id, at=NOON)
    assert opportunity.merge(IDS.new(OpportunityId), at=NOON).entity.probability == 0


# --- what it is worth -----------------------------------------------------------------------------


def test_revising_keeps_what_is_not_given_and_takes_a_zero_for_an_amount() -> None:
    revised = opened().revise(amount=Money("0", "EUR"), at=NOON).entity

    assert revised.amount == Money("0", "EUR")
    assert revised.expected_on == date(2026, 6, 30)
    assert revised.revise(expected_on=date(2026, 7, 1), at=NOON).entity.amount == Money("0", "EUR")


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
