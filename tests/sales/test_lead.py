"""A lead: worked, nurtured, qualified, converted once; given up for a reason, and perhaps tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Lead, Refused, Workspace
from relcore.ids import CustomerId, LeadId
from relcore.kernel.lifecycle import Answer, Category
from relcore.kernel.repository import replay
from relcore.sales import (
    Checklist,
    LeadFields,
    LeadPolicy,
    LeadState,
    Likeness,
    Match,
    MatchedBy,
    NurtureConsent,
    OptedOut,
    Reachable,
    Signal,
    lead_lifecycle,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
ME = Actor("person", "u-17")
DAY = timedelta(days=1)
OPEN = [LeadState.NEW, LeadState.WORKING, LeadState.NURTURING, LeadState.QUALIFIED, LeadState.RECYCLED]


def captured(**told: Any) -> Lead:
    said = {"name": "Ada Byron", "email": "ada@example.org"} | told
    return Lead.capture(
        IDS.new(LeadId), source="fair", likeness=Likeness.DISTINCT, at=NOON, by=ME, **said
    ).entity  # fmt: skip


def working() -> Lead:
    return captured().work(ME, at=NOON).entity


def nurtured() -> Lead:
    return working().nurture(NurtureConsent(True), at=NOON + DAY).entity


def qualified() -> Lead:
    return working().qualify(Checklist(), reachable=Reachable(True), at=NOON + DAY).entity


def given_up() -> Lead:
    return working().disqualify("no budget", at=NOON + DAY).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Lead)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Lead, data)


def test_the_states_jump_as_the_trade_says() -> None:
    ways_out = {
        f"{state} -> {end}" for state in OPEN for end in ("disqualified", "junk", "merged")
    }  # fmt: skip

    assert jumps(Lead) == ways_out | {
        "new -> working", "recycled -> working", "working -> nurturing", "nurturing -> working",
        "working -> qualified", "nurturing -> qualified", "qualified -> converted",
        "disqualified -> recycled", "disqualified -> merged", "junk -> merged",
    }  # fmt: skip
    assert lead_lifecycle.states[LeadState.DISQUALIFIED] is Category.LOST
    assert lead_lifecycle.states[LeadState.JUNK] is Category.VOID


# --- coming in ------------------------------------------------------------------------------------


def test_a_lead_comes_from_somewhere_and_was_looked_for_among_those_we_have() -> None:
    new = captured()

    assert (new.state, new.source, new.likeness, new.attempts) == ("new", "fair", "distinct", 1)
    with pytest.raises(Invalid, match="source must be text"):
        Lead.capture(IDS.new(LeadId), source="", likeness=Likeness.LINK, name="Ada", at=NOON)


def test_a_lead_that_could_not_be_called_or_reached_is_none() -> None:
    with pytest.raises(Invalid, match="must say a name, a company, an e-mail or a phone number"):
        captured(name=None, email="")


def test_correcting_keeps_what_is_not_given() -> None:
    corrected = captured().correct(phone="+44 20 7946 0000", at=NOON).entity

    assert (corrected.email, corrected.phone) == ("ada@example.org", "+44 20 7946 0000")


@pytest.mark.parametrize("score", [-1, 101, 50.0, True, "80"])
def test_a_score_is_a_whole_number_up_to_a_hundred(score: object) -> None:
    with pytest.raises(Invalid, match="score must be a whole number from 0 to 100"):
        captured().rate(score, at=NOON)  # type: ignore[arg-type]


# --- working and nurturing ------------------------------------------------------------------------


def test_whoever_takes_it_on_owns_it_and_the_clock_of_the_response_starts() -> None:
    change = captured().work(ME, at=NOON + DAY)

    assert (change.entity.owner, change.entity.since) == (ME, NOON + DAY)
    assert (change.events[0].by, change.events[0].effects) == (ME, ("start_response_clock",))


def test_nobody_is_nurtured_without_consent() -> None:
    with pytest.raises(Refused, match="nobody told it NurtureConsent"):
        working().nurture(at=NOON)
    with pytest.raises(Refused, match="they did not consent to being nurtured"):
        working().nurture(NurtureConsent(False), at=NOON)


def test_it_is_warm_when_the_score_is_high_enough_or_they_answered_since() -> None:
    later = NOON + 9 * DAY

    with pytest.raises(Refused, match="it is not warm yet"):
        nurtured().rate(49, at=NOON).entity.warm_up(at=later)
    for signal in (Signal(NOON), Signal(later + DAY)):  # before it was nurtured, and not yet
        with pytest.raises(Refused, match="it is not warm yet"):
            nurtured().warm_up(signal=signal, at=later)

    assert nurtured().rate(50, at=NOON).entity.warm_up(at=later).entity.state is LeadState.WORKING
    assert nurtured().warm_up(signal=Signal(NOON + 2 * DAY), at=later).entity.state is LeadState.WORKING
    assert (
        nurtured().rate(9, at=NOON).entity.warm_up(at=later, policy=LeadPolicy(warm_at=9)).entity.score == 9
    )


def test_it_is_qualified_when_the_checklist_is_met_and_they_can_be_reached() -> None:
    with pytest.raises(Refused, match="checklist is not met"):
        working().qualify(Checklist(("budget",)), reachable=Reachable(True), at=NOON)
    with pytest.raises(Refused, match="no contact point at which they can be reached"):
        nurtured().qualify(Checklist(), reachable=Reachable(False), at=NOON + DAY)
    with pytest.raises(Refused, match="nobody told it Checklist; nobody told it Reachable"):
        working().qualify(at=NOON)
    assert qualified().state is LeadState.QUALIFIED


# --- how it ends ----------------------------------------------------------------------------------


def test_b1_a_lead_is_not_converted_before_it_is_matched_and_never_twice() -> None:
    match = Match(MatchedBy.CREATE, CustomerId.imported("lead", "1"))

    with pytest.raises(Refused, match="nobody told it Match"):
        qualified().convert(at=NOON + DAY)
    converted = qualified().convert(match, at=NOON + DAY).entity

    assert (converted.customer, converted.matched_by) == (match.customer, "create")
    with pytest.raises(Refused, match="there is no convert from converted"):
        converted.convert(match, at=NOON + DAY)


def test_a1_converted_is_final_and_disqualified_is_only_closed() -> None:
    assert set(lead_lifecycle.final) == {LeadState.CONVERTED, LeadState.MERGED}
    assert LeadState.CONVERTED in lead_lifecycle.reachable(LeadState.DISQUALIFIED)
    assert lead_lifecycle.reachable(LeadState.CONVERTED) == {LeadState.CONVERTED}


@given(chains(Lead))
def test_a1_what_is_converted_stays_with_its_customer(walk: list[Any]) -> None:
    lead: Lead = walk[-1].entity
    if lead.state is not LeadState.CONVERTED:
        return

    assert lead.customer is not None
    allowed = [option.move for option in lead.moves(at=NOON + 999 * DAY) if option.answer is Answer.ALLOWED]
    assert allowed == ["forget"]


@pytest.mark.parametrize(
    ("move", "field"), [("disqualify", "disqualified_because"), ("mark_junk", "junk_because")]
)
def test_nothing_is_given_up_without_a_reason(move: str, field: str) -> None:
    with pytest.raises(Refused, match=f"it needs {field}"):
        getattr(working(), move)("", at=NOON)
    assert getattr(getattr(working(), move)("nonsense", at=NOON).entity, field) == "nonsense"


def test_it_is_tried_again_after_a_rest_or_when_they_stir_but_not_when_they_opted_out() -> None:
    rested = NOON + DAY + LeadPolicy().cool_off

    with pytest.raises(Refused, match="it rests"):
        given_up().recycle(OptedOut(False), at=rested - DAY)
    with pytest.raises(Refused, match="they opted out"):
        given_up().recycle(OptedOut(True), at=rested)
    with pytest.raises(Refused, match="nobody told it OptedOut"):
        given_up().recycle(at=rested)

    again = given_up().recycle(OptedOut(False), at=rested).entity
    sooner = given_up().recycle(OptedOut(False), signal=Signal(NOON + 2 * DAY), at=NOON + 3 * DAY).entity

    assert (again.state, again.attempts, again.disqualified_because) == (LeadState.RECYCLED, 2, None)
    assert sooner.work(ME, at=NOON + 3 * DAY).entity.state is LeadState.WORKING


def test_a_lead_is_not_merged_into_itself_nor_into_one_that_was_merged() -> None:
    lead, other = captured(), captured()
    gone = other.merge(captured(), at=NOON).entity

    with pytest.raises(Refused, match="it cannot be merged into itself"):
        lead.merge(lead, at=NOON)
    with pytest.raises(Refused, match="name the one that remained"):
        lead.merge(gone, at=NOON)
    with pytest.raises(Refused, match="there is no merge from merged"):
        gone.merge(lead, at=NOON)
    assert lead.merge(other, at=NOON).entity.survivor == other.id


def test_a_clock_that_goes_back_is_refused() -> None:
    with pytest.raises(Refused, match="the clock went back"):
        qualified().disqualify("no budget", at=NOON)


def test_what_is_personal_can_be_forgotten_wherever_it_stands_and_the_rest_stays() -> None:
    converted = qualified().convert(Match(MatchedBy.LINK, IDS.new(CustomerId)), at=NOON + DAY).entity

    change = converted.forget(at=NOON + DAY)

    forgotten = change.entity
    assert (forgotten.name, forgotten.company, forgotten.email, forgotten.phone) == (None,) * 4
    assert (forgotten.state, forgotten.customer) == (LeadState.CONVERTED, converted.customer)
    assert change.events[0].effects == ("purge_log",)


def test_a_lead_is_found_by_who_owns_it_and_its_log_gives_it_back(workspace: Workspace) -> None:
    new = Lead.capture(
        workspace.new(LeadId), source="fair", likeness=Likeness.DISTINCT, name="Ada", at=NOON
    )  # fmt: skip
    workspace.commit(new)
    taken = workspace.apply(Lead, new.entity.id, lambda lead: lead.work(ME, at=NOON))

    found = workspace.find(Lead, LeadFields.owner.is_(ME) & LeadFields.state.is_(LeadState.WORKING)).rows

    assert found == (taken,)
    assert replay(Lead, workspace.log(Lead, taken.id)) == taken


@pytest.mark.parametrize(
    "wrong",
    [{"likeness": "twin"}, {"source": "\x00"}, {"attempts": -1}, {"since": NOON.replace(tzinfo=None)}],
)
def test_what_storage_could_not_give_back_is_no_lead(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(captured(), **wrong)
