"""May we contact this customer now? The most restrictive record wins, whatever the order they come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Consent, Invalid
from relcore.channel import Channel
from relcore.ids import ConsentId, CustomerId
from relcore.privacy import (
    Basis,
    ConsentState,
    Proof,
    Suppression,
    SuppressionKind,
    Verdict,
    may_contact,
)
from tests.strategies import NOON, maybe

ADA, CHARLES = CustomerId.imported("shop", "ada"), CustomerId.imported("shop", "charles")
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
PROOF = Proof("notice-3", "9f2c", "double_opt_in")
REASONS = {
    "legal", "objection", "undeliverable", "withdrawn", "refused", "granted", "expired", "not_yet_granted",
    "not_answered", "no_consent",
}  # fmt: skip

days = st.integers(-3, 3).map(lambda n: NOON + n * DAY)
channels = st.sampled_from([Channel.EMAIL, Channel.PHONE])
consents = st.builds(
    Consent,
    st.uuids().map(ConsentId.of),
    st.sampled_from([ADA, ADA, ADA, CHARLES]),
    st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.PHONE]),
    st.sampled_from(["offers", "offers", "surveys"]),
    st.sampled_from(["acme", "acme", "umbrella"]),
    state=st.sampled_from([ConsentState.GRANTED, *ConsentState]),
    granted_at=maybe(days),
    valid_until=maybe(days),
)
suppressions = st.builds(
    Suppression,
    st.sampled_from([ADA, CHARLES]),
    st.sampled_from(SuppressionKind),
    days,
    maybe(channels),
    maybe(days),
)


def verdict(told: Any = (), blocked: Any = (), **other: Any) -> Verdict:
    asked = {"channel": Channel.EMAIL, "purpose": "offers", "controller": "acme", "at": NOON} | other
    return may_contact(ADA, consents=told, suppressions=blocked, **asked)


def granted(**other: Any) -> Consent:
    told = {"channel": Channel.EMAIL, "purpose": "offers", "controller": "acme", "valid_until": None} | other
    return Consent.note(
        ConsentId.imported("form", "1"), customer=ADA, basis=Basis.CONSENT, proof=PROOF, at=NOON - DAY, **told
    ).entity


# --- what holds for all records -------------------------------------------------------------------


@given(st.lists(consents, max_size=4), st.lists(suppressions, max_size=3), st.data())
def test_one_more_no_never_makes_a_yes(
    told: list[Consent], blocked: list[Suppression], data: st.DataObject
) -> None:
    before = verdict(told, blocked)
    withdrawal = attrs.evolve(data.draw(consents), state=ConsentState.WITHDRAWN)

    if not before.allowed:
        assert not verdict([*told, withdrawal], blocked).allowed
        assert not verdict(told, [*blocked, data.draw(suppressions)]).allowed


@given(st.lists(consents, min_size=1, max_size=4), st.lists(suppressions, max_size=3), st.data())
def test_withdrawing_any_of_them_never_makes_a_yes(
    told: list[Consent], blocked: list[Suppression], data: st.DataObject
) -> None:
    position = data.draw(st.integers(0, len(told) - 1))
    withdrawn = [*told]
    if told[position].state in (ConsentState.REQUESTED, ConsentState.GRANTED):
        withdrawn[position] = told[position].withdraw(at=NOON).entity

    assert verdict(withdrawn, blocked).allowed <= verdict(told, blocked).allowed


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(
    told: list[Consent], blocked: list[Suppression], chance: Any
) -> None:
    before = verdict(told, blocked)
    chance.shuffle(told)
    chance.shuffle(blocked)
    after = verdict(told, blocked)

    assert (after.allowed, after.reason) == (before.allowed, before.reason)


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4))
def test_a_verdict_names_the_record_that_decided_and_it_is_about_this_question(
    told: list[Consent], blocked: list[Suppression]
) -> None:
    found = verdict(told, blocked)

    assert found.reason in REASONS
    assert found.allowed is (found.reason == "granted")
    decided = found.decided_by
    if decided is None:
        assert found.reason == "no_consent"
        return
    assert decided in [*told, *blocked]
    assert decided.customer == ADA
    assert decided.channel in (None, Channel.EMAIL)


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4))
def test_as_a_slow_reader_of_the_rules_would_say(told: list[Consent], blocked: list[Suppression]) -> None:
    standing = [s for s in blocked if s.customer == ADA and s.channel in (None, Channel.EMAIL)]
    standing = [s for s in standing if s.since <= NOON and (s.until is None or s.until > NOON)]
    key = (ADA, Channel.EMAIL, "offers", "acme")
    mine = [c for c in told if (c.customer, c.channel, c.purpose, c.controller) == key]
    no = [c for c in mine if c.state in (ConsentState.WITHDRAWN, ConsentState.REFUSED)]
    yes = [
        c
        for c in mine
        if c.state is ConsentState.GRANTED
        and (c.granted_at is None or c.granted_at <= NOON)
        and (c.valid_until is None or c.valid_until > NOON)
    ]

    assert verdict(told, blocked).allowed is (bool(yes) and not no and not standing)


# --- one by one -----------------------------------------------------------------------------------


def test_no_record_is_no_permission() -> None:
    assert verdict() == Verdict(allowed=False, reason="no_consent")


def test_a_grant_is_a_yes_for_its_channel_purpose_and_controller_alone() -> None:
    assert verdict([granted()]) == Verdict(allowed=True, reason="granted", decided_by=granted())
    for other in ({"channel": Channel.PHONE}, {"purpose": "surveys"}, {"controller": "umbrella"}):
        assert verdict([granted()], **other).reason == "no_consent"


@pytest.mark.parametrize("kind", SuppressionKind)
def test_a_suppression_beats_every_grant_on_its_channel_and_in_its_time(kind: SuppressionKind) -> None:
    block = Suppression(ADA, kind, since=NOON, channel=Channel.EMAIL, until=NOON + DAY)

    assert verdict([granted()], [block]) == Verdict(allowed=False, reason=kind, decided_by=block)
    assert verdict([granted()], [block], at=NOON - TICK).allowed
    assert verdict([granted()], [block], at=NOON + DAY).allowed
    assert verdict([granted(channel=Channel.PHONE)], [block], channel=Channel.PHONE).allowed
    assert not verdict(
        [granted(channel=Channel.PHONE)], [attrs.evolve(block, channel=None)], channel=Channel.PHONE
    ).allowed


def test_of_several_blocks_the_strictest_is_named() -> None:
    blocks = [Suppression(ADA, kind, since=NOON) for kind in reversed(SuppressionKind)]

    assert [verdict([granted()], blocks[:n]).reason for n in (1, 2, 3)] == [
        "undeliverable", "objection", "legal",
    ]  # fmt: skip


def test_a_block_of_somebody_else_is_nothing_to_ada() -> None:
    assert verdict([granted()], [Suppression(CHARLES, SuppressionKind.LEGAL, since=NOON)]).allowed


def test_a_second_record_does_not_get_round_a_withdrawal() -> None:
    withdrawn = granted().withdraw(at=NOON).entity
    imported = attrs.evolve(granted(), id=ConsentId.imported("import", "2"))

    for told in ([withdrawn, imported], [imported, withdrawn]):
        assert verdict(told) == Verdict(allowed=False, reason="withdrawn", decided_by=withdrawn)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOON - DAY - TICK, "not_yet_granted"),
        (NOON - DAY, "granted"),
        (NOON + DAY - TICK, "granted"),
        (NOON + DAY, "expired"),
    ],
)
def test_it_is_judged_as_of_the_moment_asked_about(at: object, reason: str) -> None:
    assert verdict([granted(valid_until=NOON + DAY)], at=at).reason == reason


def test_what_was_asked_and_not_answered_is_no_permission() -> None:
    asked = Consent.request(
        ConsentId.imported("form", "1"), customer=ADA, channel=Channel.EMAIL, purpose="offers",
        controller="acme", answer_by=NOON + DAY, at=NOON,
    ).entity  # fmt: skip

    assert verdict([asked]).reason == "not_answered"
    assert verdict([asked, attrs.evolve(granted(), valid_until=NOON)]).reason == "expired"


@pytest.mark.parametrize(
    "wrong",
    [{"customer": "ada"}, {"kind": "whim"}, {"channel": "pigeon"}, {"since": NOON.replace(tzinfo=None)}],
)
def test_a_block_that_would_never_hold_cannot_be(wrong: dict[str, Any]) -> None:
    told: dict[str, Any] = {"customer": ADA, "kind": SuppressionKind.LEGAL, "since": NOON} | wrong

    with pytest.raises(Invalid):
        Suppression(**told)


def test_a_naive_moment_is_not_asked_about() -> None:
    with pytest.raises(Invalid, match="must be a datetime with a time zone"):
        verdict([granted()], at=NOON.replace(tzinfo=None))
