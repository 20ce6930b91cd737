"""A consent: withdrawn at once and by anybody, reopened by the customer alone, run out as of a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Consent, Invalid, Refused, Workspace
from relcore.channel import Channel
from relcore.ids import ConsentId, CustomerId
from relcore.kernel.lifecycle import Answer
from relcore.kernel.repository import replay
from relcore.privacy import (
    AskingPolicy,
    Basis,
    ConsentState,
    MaterialChange,
    Notice,
    Proof,
    consent_lifecycle,
    runs_out,
)
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table
from tests.walks.walk import people

IDS = CountingIds()
AGENT, ADA = Actor("person", "u-17"), Actor("customer", "ada")
OTHERS = [None, AGENT, Actor("system", "import"), Actor("team", "sales")]
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
NOTICE = Notice("3", "en", "once a month")
PROOF = Proof.of(NOTICE, method="double_opt_in")


def about() -> dict[str, Any]:
    return {
        "customer": IDS.new(CustomerId), "channel": Channel.EMAIL, "purpose": "offers", "controller": "acme",
    }  # fmt: skip


def requested(**more: Any) -> Consent:
    told = {"because": "signed up", "token": "secret", "answer_by": NOON + 7 * DAY, "at": NOON} | more
    return Consent.request(IDS.new(ConsentId), **about(), **told).entity


def noted(**more: Any) -> Consent:
    return Consent.note(IDS.new(ConsentId), **about(), **({"proof": PROOF, "at": NOON} | more)).entity


def relied(basis: Basis = Basis.IMPLIED_BY_PURCHASE, **more: Any) -> Consent:
    told = {"reference": "order 7", "since": NOON, "at": NOON} | more
    return Consent.rely(IDS.new(ConsentId), **about(), basis=basis, **told).entity


def answer(consent: Consent, move: str, at: datetime, by: Actor | None = None, *facts: object) -> Answer:
    return next(o for o in consent.moves(at=at, by=by, facts=facts) if o.move == move).answer


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Consent)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Consent, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert set(consent_lifecycle.starts) == {
        ConsentState.REQUESTED, ConsentState.GRANTED, ConsentState.REFUSED,
    }  # fmt: skip
    withdrawals = {f"{state} -> withdrawn" for state in ConsentState if state != "withdrawn"}
    asked_again = {f"{state} -> requested" for state in ("refused", "lapsed", "expired", "superseded")}
    assert jumps(Consent) == withdrawals | asked_again | {
        "requested -> granted", "requested -> refused", "requested -> lapsed", "granted -> expired",
        "expired -> granted", "granted -> superseded", "withdrawn -> requested",
    }  # fmt: skip


# --- withdrawing, and who may undo it -------------------------------------------------------------


@given(chains(Consent), st.none() | people)
def test_it_is_withdrawn_by_anybody_at_any_time_from_wherever_it_stands(
    walk: list[Any], by: Actor | None
) -> None:
    consent: Consent = walk[-1].entity

    change = consent.withdraw(at=NOON, by=by)

    assert not change.entity.holds(NOON + 9999 * DAY)
    assert (change.entity.withdrawn_at, change.entity.proof) == (
        consent.withdrawn_at or NOON,
        consent.proof,
    )
    assert change.events[0].effects == ("cancel_queued_messages",)


@given(chains(Consent, most=12))
def test_on_any_walk_only_the_customer_leads_out_of_a_withdrawal(walk: list[Any]) -> None:
    for change in walk:
        for event in change.events:
            if event.source == "withdrawn" and event.to != "withdrawn":
                assert event.by is not None
                assert event.by.kind == "customer"


@pytest.mark.parametrize("by", OTHERS)
def test_nobody_but_the_customer_reopens_a_withdrawal(by: Any) -> None:
    withdrawn = noted().withdraw(at=NOON).entity

    with pytest.raises(Refused, match="only the customer may reopen"):
        withdrawn.reopen(token="t", answer_by=NOON + DAY, at=NOON, by=by)
    assert answer(withdrawn, "reopen", NOON, by) is Answer.REFUSED
    with pytest.raises(Refused, match="there is no request_again from withdrawn"):
        withdrawn.request_again(because="x", token="t", answer_by=NOON + DAY, at=NOON + 999 * DAY, by=by)


def test_what_the_customer_reopens_is_asked_and_not_granted_and_the_log_keeps_the_old_proof(
    workspace: Workspace,
) -> None:
    change = Consent.note(IDS.new(ConsentId), **about(), proof=PROOF, at=NOON)
    workspace.commit(change)
    id = change.entity.id
    workspace.apply(Consent, id, lambda c: c.withdraw(at=NOON + DAY))

    again = workspace.apply(
        Consent, id, lambda c: c.reopen(token="t", answer_by=NOON + 9 * DAY, at=NOON + 2 * DAY, by=ADA)
    )

    assert (again.state, again.proof, again.basis, again.withdrawn_at) == (
        ConsentState.REQUESTED, None, None, None,
    )  # fmt: skip
    assert not again.holds(NOON + 3 * DAY)
    log = workspace.log(Consent, id)
    assert log[0].fields["proof"] == PROOF
    assert replay(Consent, log) == again


# --- asking -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "allowed"), [(7 * DAY - TICK, True), (7 * DAY, False)])
def test_a_request_is_answered_in_time_or_lapses(after: timedelta, *, allowed: bool) -> None:
    at = NOON + after

    if allowed:
        assert requested().grant(PROOF, token="secret", at=at).entity.holds(at)
        with pytest.raises(Refused, match="there is still time to answer"):
            requested().lapse(at=at)
    else:
        with pytest.raises(Refused, match="the time to answer the request is over"):
            requested().grant(PROOF, token="secret", at=at)
        assert requested().lapse(at=at).entity.state is ConsentState.LAPSED


def test_a_yes_comes_with_the_token_that_was_sent() -> None:
    with pytest.raises(Refused, match="the token is not the one that was sent"):
        requested().grant(PROOF, token="guessed", at=NOON)
    with pytest.raises(Refused, match="nobody told it ShownToken"):
        requested().grant(PROOF, at=NOON)

    granted = requested().grant(PROOF, token="secret", at=NOON).entity

    assert (granted.basis, granted.proof, granted.token_hash) == (Basis.CONSENT, PROOF, None)


def test_the_token_itself_is_kept_and_shown_nowhere() -> None:
    asked = requested(token="very-secret-token")

    assert "very-secret-token" not in repr(attrs.asdict(asked)) + repr(asked)
    assert str(asked.token_hash) not in repr(asked)


def test_asking_says_why_it_may_ask() -> None:
    with pytest.raises(Refused, match="it needs asked_because"):
        requested(because="")


def test_who_said_no_is_left_in_peace_unless_they_come_by_themselves() -> None:
    refused = requested().refuse(at=NOON).entity
    again: dict[str, Any] = {"because": "new catalogue", "token": "t", "answer_by": NOON + 999 * DAY}
    policy = AskingPolicy(cool_off=30 * DAY)

    with pytest.raises(Refused, match="leave them in peace"):
        refused.request_again(**again, policy=policy, at=NOON + 30 * DAY - TICK, by=AGENT)

    assert refused.request_again(**again, policy=policy, at=NOON + 30 * DAY, by=AGENT).entity.state == "requested"  # fmt: skip
    assert refused.request_again(**again, policy=policy, at=NOON, by=ADA).entity.refused_at is None


def test_what_ran_out_may_be_asked_for_at_once() -> None:
    expired = noted(valid_until=NOON + DAY).expire(at=NOON + DAY).entity

    again = expired.request_again(because="renewal", token="t", answer_by=NOON + 9 * DAY, at=NOON + DAY)

    assert again.entity.state is ConsentState.REQUESTED


def test_a_no_that_nobody_asked_for_is_noted() -> None:
    refused = Consent.note_refusal(IDS.new(ConsentId), **about(), at=NOON).entity

    assert (refused.state, refused.refused_at) == (ConsentState.REFUSED, NOON)


# --- granting, and running out --------------------------------------------------------------------


def test_a_grant_without_a_proof_is_refused() -> None:
    with pytest.raises(Refused, match="it needs proof"):
        requested().grant(None, token="secret", at=NOON)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="it needs proof"):
        noted(proof=None)


@pytest.mark.parametrize(
    ("basis", "since", "until"),
    [
        (Basis.IMPLIED_BY_PURCHASE, (2026, 1, 15), (2028, 1, 15)),
        (Basis.IMPLIED_BY_PURCHASE, (2024, 2, 29), (2026, 2, 28)),
        (Basis.IMPLIED_BY_INQUIRY, (2026, 1, 15), (2026, 7, 15)),
        (Basis.IMPLIED_BY_INQUIRY, (2025, 8, 31), (2026, 2, 28)),
        (Basis.IMPLIED_BY_INQUIRY, (2025, 12, 31), (2026, 6, 30)),
        (Basis.CONSENT, (2026, 1, 15), None),
        (Basis.CONTRACT, (2026, 1, 15), None),
        (Basis.LEGITIMATE_INTEREST, (2026, 1, 15), None),
    ],
)
def test_a_purchase_implies_two_years_an_inquiry_six_months_and_a_word_does_not_run_out(
    basis: Basis, since: tuple[int, int, int], until: tuple[int, int, int] | None
) -> None:
    found = runs_out(basis, datetime(*since, tzinfo=UTC))

    assert found == (None if until is None else datetime(*until, tzinfo=UTC))


def test_what_is_implied_counts_from_the_purchase_and_not_from_the_day_it_is_noted() -> None:
    implied = relied(since=NOON - 700 * DAY)

    assert implied.holds(NOON)
    assert not implied.holds(NOON + 31 * DAY)
    assert not relied(since=NOON - 800 * DAY).holds(NOON)


def test_the_next_purchase_counts_anew_and_an_old_one_shortens_nothing() -> None:
    implied = relied(since=NOON)
    later, earlier = NOON + 100 * DAY, NOON - 300 * DAY

    renewed = implied.renew("order 8", since=later, at=later).entity

    assert renewed.valid_until == runs_out(Basis.IMPLIED_BY_PURCHASE, later)
    assert implied.renew("order 3", since=earlier, at=NOON).entity.valid_until == implied.valid_until
    with pytest.raises(Refused, match="only what a purchase or an inquiry implied"):
        noted().renew("order 8", since=NOON, at=NOON)


def test_another_basis_than_consent_says_what_it_rests_on() -> None:
    with pytest.raises(Refused, match="it needs reference"):
        relied(Basis.LEGITIMATE_INTEREST, reference="")
    with pytest.raises(Invalid, match="basis must be another one than consent"):
        relied(Basis.CONSENT)
    with pytest.raises(Invalid, match="since must not lie after the moment it is noted"):
        relied(since=NOON + TICK)


@pytest.mark.parametrize(
    ("after", "holds"), [(-TICK, False), (timedelta(0), True), (DAY - TICK, True), (DAY, False)]
)
def test_it_holds_from_the_grant_until_before_it_runs_out_whether_or_not_somebody_writes_it_down(
    after: timedelta, *, holds: bool
) -> None:
    limited = noted(valid_until=NOON + DAY)

    assert limited.holds(NOON + after) is holds
    assert limited.state is ConsentState.GRANTED
    assert answer(limited, "expire", NOON + after) is (Answer.ALLOWED if after == DAY else Answer.REFUSED)


def test_an_express_consent_does_not_run_out() -> None:
    assert noted().holds(NOON + 10_000 * DAY)


def test_d11_a_material_change_supersedes_those_who_were_served_the_notice_before_and_no_others() -> None:
    change = MaterialChange(served=NOTICE, now=Notice("4", "en", "every day"))
    elsewhere = noted(proof=Proof.of(attrs.evolve(NOTICE, locale="fr"), method="form"))

    superseded = noted().supersede(change, at=NOON + DAY)

    assert (superseded.entity.state, superseded.entity.superseded_by) == (ConsentState.SUPERSEDED, "4")
    assert superseded.events[0].effects == ("ask_again",)
    assert not superseded.entity.holds(NOON + 2 * DAY)
    with pytest.raises(Refused, match="it was granted under another notice"):
        elsewhere.supersede(change, at=NOON + DAY)


@pytest.mark.parametrize("move", ["grant", "refuse", "expire"])
def test_a_clock_that_goes_backwards_is_refused(move: str) -> None:
    consent = noted(valid_until=NOON) if move == "expire" else requested()
    given_: dict[str, Any] = {"proof": PROOF, "token": "secret"} if move == "grant" else {}

    with pytest.raises(Refused, match="it cannot have happened before"):
        getattr(consent, move)(**given_, at=NOON - TICK)


@pytest.mark.parametrize(
    "wrong", [{"channel": "pigeon"}, {"purpose": ""}, {"controller": ""}, {"basis": "whim"}, {"proof": "yes"},
              {"valid_until": NOON.replace(tzinfo=None)}, {"state": "maybe"}, {"contact_point": "home"}],
)  # fmt: skip
def test_what_storage_could_not_give_back_is_no_consent(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(noted(), **wrong)
