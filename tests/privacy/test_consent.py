"""A consent: withdrawn at once and by anybody, reopened by the customer alone, run out as of a time."""

from __future__ import annotations

from datetime import timedelta
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
from relcore.privacy import Basis, ConsentState, Proof, consent_lifecycle
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import chains, is_walked_everywhere, jumps, keeps_its_table
from tests.walks.walk import people

IDS = CountingIds()
AGENT, ADA = Actor("person", "u-17"), Actor("customer", "ada")
OTHERS = [None, AGENT, Actor("system", "import"), Actor("team", "sales")]
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
PROOF = Proof("notice-3", "9f2c", "double_opt_in")


def about() -> dict[str, Any]:
    return {
        "customer": IDS.new(CustomerId), "channel": Channel.EMAIL, "purpose": "offers", "controller": "acme",
    }  # fmt: skip


def requested() -> Consent:
    return Consent.request(IDS.new(ConsentId), **about(), answer_by=NOON + 7 * DAY, at=NOON).entity


def noted(**more: Any) -> Consent:
    told = {"basis": Basis.CONSENT, "proof": PROOF, "at": NOON} | more
    return Consent.note(IDS.new(ConsentId), **about(), **told).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Consent)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Consent, data)


def test_the_states_jump_as_the_trade_says() -> None:
    assert set(consent_lifecycle.starts) == {ConsentState.REQUESTED, ConsentState.GRANTED}
    assert jumps(Consent) == {
        "requested -> granted", "requested -> refused", "requested -> withdrawn", "granted -> withdrawn",
        "withdrawn -> requested", "refused -> requested",
    }  # fmt: skip


# --- withdrawing, and who may undo it -------------------------------------------------------------


@given(chains(Consent), st.none() | people)
def test_what_is_asked_or_granted_is_withdrawn_by_anybody_at_any_time(
    walk: list[Any], by: Actor | None
) -> None:
    consent: Consent = walk[-1].entity

    if consent.state in (ConsentState.REQUESTED, ConsentState.GRANTED):
        change = consent.withdraw(at=NOON, by=by)
        assert not change.entity.holds(NOON)
        assert (change.entity.withdrawn_at, change.entity.proof) == (NOON, consent.proof)
        assert change.events[0].effects == ("cancel_queued_messages",)


@given(chains(Consent, most=12))
def test_on_any_walk_only_the_customer_leads_out_of_a_no(walk: list[Any]) -> None:
    for change in walk:
        for event in change.events:
            if event.source in ("withdrawn", "refused"):
                assert event.by is not None
                assert event.by.kind == "customer"


@pytest.mark.parametrize("by", OTHERS)
@pytest.mark.parametrize("no", ["withdraw", "refuse"])
def test_nobody_but_the_customer_reopens_a_no(no: str, by: Actor | None) -> None:
    consent = getattr(requested(), no)(at=NOON).entity

    with pytest.raises(Refused, match="only the customer may reopen"):
        consent.request_again(answer_by=NOON + DAY, at=NOON, by=by)
    (option,) = (o for o in consent.moves(at=NOON, by=by) if o.move == "request_again")
    assert option.answer is Answer.REFUSED


def test_what_the_customer_reopens_is_asked_and_not_granted_and_the_log_keeps_the_old_proof(
    workspace: Workspace,
) -> None:
    change = Consent.note(IDS.new(ConsentId), **about(), basis=Basis.CONSENT, proof=PROOF, at=NOON)
    workspace.commit(change)
    id = change.entity.id
    workspace.apply(Consent, id, lambda c: c.withdraw(at=NOON + DAY))

    again = workspace.apply(
        Consent, id, lambda c: c.request_again(answer_by=NOON + 9 * DAY, at=NOON + 2 * DAY, by=ADA)
    )

    assert (again.state, again.proof, again.basis, again.withdrawn_at) == (
        ConsentState.REQUESTED, None, None, None,
    )  # fmt: skip
    assert not again.holds(NOON + 3 * DAY)
    log = workspace.log(Consent, id)
    assert log[0].fields["proof"] == PROOF
    assert replay(Consent, log) == again


# --- granting, and running out --------------------------------------------------------------------


@pytest.mark.parametrize(("after", "answer"), [(7 * DAY - TICK, Answer.ALLOWED), (7 * DAY, Answer.REFUSED)])
def test_a_request_is_answered_in_time(after: timedelta, answer: Answer) -> None:
    (option,) = (o for o in requested().moves(at=NOON + after) if o.move == "grant")

    assert option.answer is answer


def test_a_grant_without_a_proof_is_refused() -> None:
    with pytest.raises(Refused, match="it needs proof"):
        requested().grant(None, at=NOON)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="it needs proof"):
        noted(proof=None)


@pytest.mark.parametrize("missing", ["notice", "text_hash", "method"])
def test_a_proof_is_whole(missing: str) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(PROOF, **{missing: ""})


@pytest.mark.parametrize(
    ("after", "holds"), [(-TICK, False), (timedelta(0), True), (DAY - TICK, True), (DAY, False)]
)
def test_it_holds_from_the_grant_until_before_it_runs_out(after: timedelta, holds: bool) -> None:
    implied = noted(basis=Basis.IMPLIED, valid_until=NOON + DAY)

    assert implied.holds(NOON + after) is holds
    assert implied.state is ConsentState.GRANTED


def test_an_express_consent_does_not_run_out() -> None:
    assert noted().holds(NOON + 10_000 * DAY)


@pytest.mark.parametrize(
    "wrong", [{"channel": "pigeon"}, {"purpose": ""}, {"controller": ""}, {"basis": "whim"}, {"proof": "yes"},
              {"valid_until": NOON.replace(tzinfo=None)}, {"state": "maybe"}],
)  # fmt: skip
def test_what_storage_could_not_give_back_is_no_consent(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        attrs.evolve(noted(), **wrong)
