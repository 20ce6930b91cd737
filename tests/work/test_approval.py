"""An approval: four eyes, one vote each, level after level, and in time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Money, Refused, Workspace
from relcore.ids import ApprovalId
from relcore.kernel.change import Change
from relcore.storage import to_json
from relcore.testing import CountingIds
from relcore.work import (
    Approval,
    ApprovalFields,
    ApprovalState,
    Decision,
    Delegation,
    Delegations,
    Level,
    Vote,
)
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table

IDS = CountingIds()
DAY = timedelta(days=1)
SALES, LEAD, CFO, CEO, LAWYER, TEMP = (
    Actor("person", ref) for ref in ("sales", "lead", "cfo", "ceo", "lawyer", "temp")
)
YES, NO = Decision.YES, Decision.NO


def asked(*levels: Level, **told: Any) -> Approval:
    given = {"kind": "discount", "levels": levels or [Level([LEAD])], "at": NOON, "by": SALES}
    return Approval.request(IDS.new(ApprovalId), **given | told).entity


def after(approval: Approval, *votes: tuple[Actor, Decision]) -> Approval:
    for by, decision in votes:
        approval = approval.cast(Vote(decision, by, NOON)).entity
    return approval


def standing_in(approver: Actor, to: Actor) -> Delegations:
    return Delegations([Delegation(approver, to, NOON - DAY, NOON + DAY)])


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Approval)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Approval, data)


def test_the_table_is_that_of_the_trade() -> None:
    assert jumps(Approval) == {
        *(f"{state} -> {end}" for state in ("pending", "escalated") for end in ("approved", "rejected", "expired")),
        *(f"{state} -> cancelled" for state in ("pending", "expired", "escalated")),
        "expired -> escalated",
    }  # fmt: skip


# --- quorum and levels ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quorum", "votes", "state"),
    [
        (1, [YES], "approved"),
        (2, [YES], "pending"),
        (2, [YES, YES], "approved"),
        (2, [NO], "pending"),
        (2, [NO, YES], "pending"),
        (2, [NO, YES, YES], "approved"),
        (2, [YES, NO, NO], "rejected"),
        (2, [NO, NO], "rejected"),
        (3, [NO], "rejected"),
        (1, [NO, NO], "pending"),
        (1, [NO, NO, NO], "rejected"),
    ],
)
def test_so_many_of_those_who_are_asked_have_to_agree(quorum: int, votes: list[Decision], state: str) -> None:
    level = Level([LEAD, CFO, CEO], quorum)

    voted = after(asked(level), *zip((LEAD, CFO, CEO), votes, strict=False))

    assert voted.state == state
    assert [vote.decision for vote in voted.votes] == votes


def test_levels_are_asked_one_after_the_other() -> None:
    approval = asked(Level([LEAD]), Level([CFO, CEO], 2))

    assert approval.may_still_agree == (LEAD,)
    with pytest.raises(Refused, match="they are not asked now, and stand in for nobody who is"):
        approval.cast(Vote(YES, CFO, NOON))
    first = after(approval, (LEAD, YES))
    assert (first.state, first.level, first.missing) == (ApprovalState.PENDING, 1, 2)
    assert after(first, (CFO, YES), (CEO, YES)).state is ApprovalState.APPROVED
    assert after(first, (CFO, NO)).state is ApprovalState.REJECTED


def test_the_four_votes_say_beforehand_which_of_them_is_possible() -> None:
    one_of_two = asked(Level([LEAD, CFO]))

    possible = {o.move for o in one_of_two.moves(at=NOON, by=LEAD) if o.answer == "allowed"}

    assert possible == {"approve", "object", "cancel"}
    with pytest.raises(Refused, match="this one decides; approve it"):
        one_of_two.endorse(at=NOON, by=LEAD)
    with pytest.raises(Refused, match="enough may still agree without this one; object to it"):
        one_of_two.reject(at=NOON, by=LEAD)
    both = asked(Level([LEAD, CFO], 2))
    with pytest.raises(Refused, match="more have to agree than this one; endorse it"):
        both.approve(at=NOON, by=LEAD)
    with pytest.raises(Refused, match="without this one too few can agree; reject it"):
        both.object(at=NOON, by=LEAD)


def test_votes_are_kept_with_who_when_and_what_they_said() -> None:
    voted = asked(Level([LEAD, CFO], 2)).cast(Vote(YES, LEAD, NOON + DAY, "good customer")).entity

    assert voted.votes == (Vote(YES, LEAD, NOON + DAY, "good customer", level=0),)
    assert "good customer" not in repr(voted)


@given(st.sampled_from([Level([LEAD]), Level([LEAD, CFO]), Level([LEAD, CFO], 2)]), st.sampled_from(Decision))
def test_what_voters_said_is_shown_nowhere(level: Level, decision: Decision) -> None:
    vote = Vote(decision, LEAD, NOON, "Ada Byron, ada@example.org")

    change = asked(level).cast(vote)

    with pytest.raises(Refused) as refused:
        change.entity.cast(vote)
    shown = (
        repr(vote),
        repr(change),
        repr(change.entity.moves(at=NOON)),
        to_json(change.entity),
        refused.value,
    )
    assert "Byron" not in str(shown)


# --- four eyes ------------------------------------------------------------------------------------


def test_nobody_votes_on_what_they_asked_for() -> None:
    approval = asked(Level([SALES, LEAD]))

    for decision in Decision:
        with pytest.raises(Refused, match="nobody votes on what they asked for"):
            approval.cast(Vote(decision, SALES, NOON))
    assert approval.may_still_agree == (LEAD,)
    assert after(approval, (LEAD, NO)).state is ApprovalState.REJECTED


def test_nobody_votes_through_a_stand_in_on_what_they_asked_for() -> None:
    approval = asked(Level([SALES, LEAD]))

    with pytest.raises(Refused, match="stand in for nobody who is"):
        approval.cast(Vote(YES, TEMP, NOON), delegations=standing_in(SALES, TEMP))
    with pytest.raises(Refused, match="nobody votes on what they asked for"):
        approval.cast(Vote(YES, SALES, NOON), delegations=standing_in(LEAD, SALES))


def test_nobody_votes_twice() -> None:
    approval = after(asked(Level([LEAD, CFO], 2)), (LEAD, YES))

    with pytest.raises(Refused, match="they have voted already; one person has one vote"):
        approval.cast(Vote(YES, LEAD, NOON))
    with pytest.raises(Refused, match="they have voted already"):
        approval.cast(Vote(YES, LEAD, NOON), delegations=standing_in(CFO, LEAD))


def test_a_stand_in_uses_up_the_vote_of_whom_they_stand_in_for() -> None:
    approval = asked(Level([LEAD, CFO], 2))

    voted = approval.cast(Vote(YES, TEMP, NOON), delegations=standing_in(LEAD, TEMP)).entity

    assert (voted.votes[0].by, voted.votes[0].instead_of) == (TEMP, LEAD)
    with pytest.raises(Refused, match="they have voted already"):
        voted.cast(Vote(YES, LEAD, NOON))
    with pytest.raises(Refused, match="they have voted already"):
        voted.cast(Vote(YES, TEMP, NOON), delegations=standing_in(CFO, TEMP))
    assert after(voted, (CFO, YES)).state is ApprovalState.APPROVED


def test_a_stand_in_stands_in_for_as_long_as_was_said_and_not_for_a_stand_in() -> None:
    approval = asked()
    held = Delegations([Delegation(LEAD, TEMP, NOON, NOON + DAY)])
    chained = Delegations([*held.given, Delegation(TEMP, CFO, NOON, NOON + DAY)])

    assert approval.cast(Vote(YES, TEMP, NOON), delegations=held).entity.state is ApprovalState.APPROVED
    for vote, delegations in ((Vote(YES, TEMP, NOON + DAY), held), (Vote(YES, CFO, NOON), chained)):
        with pytest.raises(Refused, match="stand in for nobody who is"):
            approval.cast(vote, delegations=delegations)


def test_whoever_is_asked_themselves_stands_in_for_nobody() -> None:
    approval = asked(Level([LEAD]), Level([CFO]))

    with pytest.raises(Refused, match="stand in for nobody who is"):
        approval.cast(Vote(YES, CFO, NOON), delegations=standing_in(LEAD, CFO))


@given(chains(Approval, most=12))
def test_on_any_walk_nobody_votes_twice_or_on_their_own_and_what_is_approved_had_its_quorums(
    walk: list[Change[Approval]],
) -> None:
    approval = walk[-1].entity
    used = [vote.instead_of or vote.by for vote in approval.votes]

    assert len(set(used)) == len(used)
    assert len({vote.by for vote in approval.votes}) == len(approval.votes)
    assert approval.requested_by not in {*used, *(vote.by for vote in approval.votes)}
    for index, level in enumerate(approval.levels):
        agreed = sum(v.decision is YES and v.level == index for v in approval.votes)
        assert agreed <= level.quorum
        if approval.state is ApprovalState.APPROVED and index not in approval.lapsed:
            assert agreed == level.quorum
    if approval.state in (ApprovalState.PENDING, ApprovalState.ESCALATED):
        # It is never stuck: those who may still agree are enough.
        assert len(approval.may_still_agree) >= approval.missing > 0


# --- in time --------------------------------------------------------------------------------------


def test_a4_nobody_votes_when_the_time_is_over_whether_or_not_anybody_said_so() -> None:
    approval = asked(expires_at=NOON + DAY)

    assert not approval.is_over(NOON + DAY - timedelta(microseconds=1))
    assert approval.is_over(NOON + DAY)
    with pytest.raises(Refused, match="the time to decide is over; escalate it"):
        approval.cast(Vote(YES, LEAD, NOON + DAY))
    with pytest.raises(Refused, match="its time to decide is not over"):
        approval.expire(at=NOON)
    with pytest.raises(Refused, match="its time to decide is not over"):
        asked().expire(at=NOON + 999 * DAY)


def test_what_expired_is_escalated_to_others_and_the_levels_after_it_stay() -> None:
    approval = after(asked(Level([LEAD, CFO], 2), Level([CEO]), expires_at=NOON + DAY), (LEAD, YES))

    expired = approval.expire(at=NOON + DAY).entity
    escalated = expired.escalate(Level([LAWYER]), at=NOON + DAY, expires_at=NOON + 3 * DAY).entity

    assert (escalated.state, escalated.lapsed, escalated.level) == (ApprovalState.ESCALATED, (0,), 1)
    assert escalated.votes == approval.votes
    agreed = escalated.cast(Vote(YES, LAWYER, NOON + 2 * DAY)).entity
    assert (agreed.state, agreed.may_still_agree) == (ApprovalState.ESCALATED, (CEO,))
    assert agreed.cast(Vote(YES, CEO, NOON + 2 * DAY)).entity.state is ApprovalState.APPROVED
    assert escalated.expire(at=NOON + 3 * DAY).entity.state is ApprovalState.EXPIRED


@pytest.mark.parametrize("level", [Level([SALES]), Level([CEO]), Level([LEAD]), Level([LEAD, LAWYER], 2)])
def test_it_is_not_escalated_to_those_who_may_not_vote_or_are_asked_later(level: Level) -> None:
    asked_of = asked(Level([LEAD, CFO], 2), Level([CEO]), expires_at=NOON + DAY)
    expired = after(asked_of, (LEAD, YES)).expire(at=NOON + DAY).entity

    with pytest.raises(Refused, match="too few of those who would be asked may vote"):
        expired.escalate(level, at=NOON + DAY)


def test_those_who_are_asked_instead_get_time() -> None:
    expired = asked(expires_at=NOON + DAY).expire(at=NOON + DAY).entity

    with pytest.raises(Refused, match="those who are asked instead need time"):
        expired.escalate(Level([CEO]), at=NOON + DAY, expires_at=NOON + DAY)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    with pytest.raises(Refused, match="look at the clock"):
        asked().cast(Vote(YES, LEAD, NOON - DAY))


# --- what cannot be asked -------------------------------------------------------------------------


def test_a_question_that_could_never_be_approved_is_not_asked() -> None:
    with pytest.raises(Invalid, match="levels must have 2 who may vote: whoever asks may not"):
        asked(Level([SALES, LEAD], 2))
    with pytest.raises(Invalid, match="levels must ask each person once"):
        asked(Level([LEAD]), Level([LEAD, CFO]))
    with pytest.raises(Refused, match="it needs levels"):
        asked(levels=[])


@pytest.mark.parametrize(
    ("approvers", "quorum"), [([], 1), ([LEAD], 0), ([LEAD], 2), ([LEAD, LEAD], 1), ([LEAD], True), (["lead"], 1)]
)  # fmt: skip
def test_a_level_that_cannot_agree_is_none(approvers: Any, quorum: Any) -> None:
    with pytest.raises(Invalid):
        Level(approvers, quorum)


def test_a_delegation_is_to_somebody_else_and_for_some_time() -> None:
    with pytest.raises(Invalid, match="must be somebody else"):
        Delegation(LEAD, LEAD, NOON, NOON + DAY)
    with pytest.raises(Invalid, match="must be later than since"):
        Delegation(LEAD, TEMP, NOON, NOON)


def test_what_was_decided_is_decided() -> None:
    for decision in Decision:
        decided = after(asked(), (LEAD, decision))
        assert decided.decided_at == NOON
        with pytest.raises(Refused, match="Possible now: nothing"):
            decided.cancel("no need", at=NOON)


# --- kept -----------------------------------------------------------------------------------------


def test_open_questions_are_found_and_given_back_with_their_votes(workspace: Workspace) -> None:
    change = Approval.request(
        IDS.new(ApprovalId), kind="discount", levels=[Level([LEAD, CFO], 2)], amount=Money("5", "EUR"),
        at=NOON, by=SALES,
    ).then(lambda a: a.cast(Vote(YES, LEAD, NOON, "fine")))  # fmt: skip

    kept = workspace.commit(change).of(change)

    pending = ApprovalFields.state.is_(ApprovalState.PENDING) & ApprovalFields.amount.above(Money("4", "EUR"))
    assert workspace.find(Approval, pending).rows == (kept,)
