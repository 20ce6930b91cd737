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
from relcore.marketing import CampaignFields, CampaignState, Objective
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)


def drafted() -> Change[Campaign]:
    return Campaign.draft(
        IDS.new(CampaignId), name="Come back", objective=Objective.WIN_BACK, at=NOON, by=ME
    ).then(
        lambda c: c.revise(
            audience="at risk",
            message="we miss you",
            channel=Channel.EMAIL,
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
        .then(lambda c: c.start(at=NOON + DAY))
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
    completed = measuring().complete("Tuesdays work", at=NOON + 38 * DAY).entity

    assert (completed.state, completed.lessons) == (CampaignState.COMPLETED, "Tuesdays work")


@pytest.mark.parametrize("missing", ["audience", "message", "channel", "purpose", "budget"])
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
    options = {o.move: o.answer for o in scheduled().entity.moves(at=at)}  # type: ignore[arg-type]

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
def test_it_is_completed_when_no_order_can_be_credited_any_more(after: timedelta, answer: Answer) -> None:
    options = {o.move: o.answer for o in measuring().moves(at=NOON + 8 * DAY + after)}

    assert options["complete"] is answer


def test_what_ends_it_asks_for_its_enrolments_to_end() -> None:
    assert scheduled().entity.cancel("no", at=NOON).events[0].effects == ("exit_enrolments",)
    assert (
        scheduled().entity.start(at=NOON + DAY).entity.measure(at=NOON + 2 * DAY).events[0].effects
        == ("exit_enrolments",)
    )  # fmt: skip


def test_revising_keeps_what_is_not_given_and_takes_a_zero_for_a_budget() -> None:
    revised = drafted().entity.revise(budget=Money("0", "EUR"), at=NOON).entity

    assert (revised.budget, revised.audience) == (Money("0", "EUR"), "at risk")


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"objective": "fame"}, {"channel": "pigeon"}, {"budget": 5}, {"attribution_days": -1},
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
