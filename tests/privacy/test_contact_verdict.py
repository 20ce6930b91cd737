"""May we contact this customer now? The most restrictive record wins, whatever the order they come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Consent, Invalid, Suppression
from relcore.channel import Channel, MessageClass
from relcore.ids import ConsentId, ContactPointId, CustomerId, SuppressionId
from relcore.privacy import (
    Basis,
    Cap,
    ConsentState,
    ContactPolicy,
    Permission,
    Proof,
    Reason,
    RegisterCopy,
    Released,
    SuppressionKind,
    Verdict,
    may_contact,
    most_restrictive,
    tcpa_hours,
)
from relcore.privacy.contact_verdict import standing_of
from tests.strategies import NOON, maybe

ADA, CHARLES = CustomerId.imported("shop", "ada"), CustomerId.imported("shop", "charles")
HOME, WORK = ContactPointId.imported("crm", "home"), ContactPointId.imported("crm", "work")
DAY, TICK = timedelta(days=1), timedelta(microseconds=1)
PROOF = Proof("notice-3", "9f2c", "double_opt_in")
ALLOW, DENY, DEFER = Permission.ALLOW, Permission.DENY, Permission.DEFER

days = st.integers(-3, 3).map(lambda n: NOON + n * DAY)
channels = st.sampled_from([Channel.EMAIL, Channel.PHONE])
points = maybe(st.sampled_from([HOME, WORK]))
consents = st.builds(
    Consent,
    st.uuids().map(ConsentId.of),
    st.sampled_from([ADA, ADA, ADA, CHARLES]),
    st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.PHONE]),
    st.sampled_from(["offers", "offers", "surveys"]),
    st.sampled_from(["acme", "acme", "umbrella"]),
    state=st.sampled_from([ConsentState.GRANTED, *ConsentState]),
    contact_point=points,
    granted_at=maybe(days),
    valid_until=maybe(days),
)
kinds = st.sampled_from([kind for kind in SuppressionKind if kind is not SuppressionKind.DO_NOT_CONTACT])
suppressions = st.builds(
    lambda key, kind, customer, since, channel, length, point: block(
        kind, key, customer=customer, since=since, channel=channel, contact_point=point,
        until=None if length is None else since + length * DAY,
    ),
    st.integers(0, 99), kinds, st.sampled_from([ADA, CHARLES]), days, maybe(channels), maybe(st.integers(1, 4)), points,
)  # fmt: skip


def block(kind: SuppressionKind, key: object = 1, *, since: datetime = NOON, **other: Any) -> Suppression:
    id = SuppressionId.imported("crm", f"{kind}/{key}")
    return Suppression(id, kind, since, **({"customer": ADA} | other))


def verdict(told: Any = (), blocked: Any = (), **other: Any) -> Verdict:
    asked = {"channel": Channel.EMAIL, "purpose": "offers", "controller": "acme", "at": NOON} | other
    return may_contact(ADA, consents=told, suppressions=blocked, **asked)


def granted(key: str = "1", **other: Any) -> Consent:
    told = {"channel": Channel.EMAIL, "purpose": "offers", "controller": "acme", "valid_until": None} | other
    return Consent.note(
        ConsentId.imported("form", key), customer=ADA, proof=PROOF, at=NOON - DAY, **told
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
    withdrawn[position] = told[position].withdraw(at=NOON).entity

    assert verdict(withdrawn, blocked).allowed <= verdict(told, blocked).allowed


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_the_records_does_not_matter(
    told: list[Consent], blocked: list[Suppression], chance: Any
) -> None:
    before = verdict(told, blocked)
    chance.shuffle(told)
    chance.shuffle(blocked)

    assert verdict(told, blocked) == before


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4))
def test_a_verdict_names_the_record_that_decided_and_it_is_about_this_question(
    told: list[Consent], blocked: list[Suppression]
) -> None:
    found = verdict(told, blocked)

    assert found.allowed is (found.reason is Reason.GRANTED)
    decided = found.decided_by
    if decided is None:
        assert found.reason is Reason.NO_CONSENT
        return
    assert isinstance(decided, Consent | Suppression)
    assert decided in [*told, *blocked]
    assert decided.customer == ADA
    assert decided.channel in (None, Channel.EMAIL)


@given(st.lists(consents, max_size=5), st.lists(suppressions, max_size=4), points)
def test_as_a_slow_reader_of_the_rules_would_say(
    told: list[Consent], blocked: list[Suppression], point: ContactPointId | None
) -> None:
    standing = [s for s in blocked if s.customer == ADA and s.channel in (None, Channel.EMAIL)]
    standing = [s for s in standing if s.since <= NOON and (s.until is None or s.until > NOON)]
    if point:
        standing = [s for s in standing if s.contact_point in (None, point)]
    key = (ADA, Channel.EMAIL, "offers", "acme")
    mine = [c for c in told if (c.customer, c.channel, c.purpose, c.controller) == key]
    no = [
        c
        for c in mine
        if c.state in (ConsentState.WITHDRAWN, ConsentState.REFUSED)
        and (point is None or c.contact_point in (None, point))
    ]
    yes = [
        c
        for c in mine
        if c.state is ConsentState.GRANTED
        and c.contact_point in (None, point)
        and (c.granted_at is None or c.granted_at <= NOON)
        and (c.valid_until is None or c.valid_until > NOON)
    ]

    assert verdict(told, blocked, contact_point=point).allowed is (bool(yes) and not no and not standing)


# --- one by one -----------------------------------------------------------------------------------


def test_no_record_is_no_permission() -> None:
    assert verdict() == Verdict(DENY, Reason.NO_CONSENT)


def test_a_grant_is_a_yes_for_its_channel_purpose_and_controller_alone() -> None:
    assert verdict([granted()]) == Verdict(ALLOW, Reason.GRANTED, granted())
    for other in ({"channel": Channel.PHONE}, {"purpose": "surveys"}, {"controller": "umbrella"}):
        assert verdict([granted()], **other).reason is Reason.NO_CONSENT


@pytest.mark.parametrize("kind", SuppressionKind)
def test_a_suppression_beats_every_grant_on_its_channel_and_in_its_time(kind: SuppressionKind) -> None:
    later = NOON + 2000 * DAY
    stop = block(kind, channel=Channel.EMAIL, until=later)

    assert verdict([granted()], [stop]) == Verdict(DENY, Reason(kind), stop)
    assert verdict([granted()], [stop], at=NOON - TICK).allowed
    assert verdict([granted()], [stop], at=later).allowed
    assert verdict([granted(channel=Channel.PHONE)], [stop], channel=Channel.PHONE).allowed
    everywhere = attrs.evolve(stop, channel=None)
    assert not verdict([granted(channel=Channel.PHONE)], [everywhere], channel=Channel.PHONE).allowed


def test_of_everything_that_stands_in_the_way_the_strictest_is_named() -> None:
    blocks = [block(kind) for kind in reversed(SuppressionKind)]

    said = [verdict([granted()], blocks[:n]).reason for n in range(1, 6)]
    without = [verdict([], blocks[:n]).reason for n in range(1, 6)]

    assert said == ["undeliverable", "list_opt_out", "do_not_contact", "objection", "legal"]
    # The consent stands between what the customer forbade for good and what is wrong with this list, or this address.
    assert without == ["no_consent", "no_consent", "do_not_contact", "objection", "legal"]


def test_a_list_that_was_left_is_that_list_and_no_other() -> None:
    left = block(SuppressionKind.LIST_OPT_OUT, purpose="offers")

    assert verdict([granted()], [left]).reason is Reason.LIST_OPT_OUT
    assert verdict([granted(purpose="surveys")], [left], purpose="surveys").allowed


def test_a_block_of_somebody_else_is_nothing_to_ada() -> None:
    assert verdict([granted()], [block(SuppressionKind.LEGAL, customer=CHARLES)]).allowed


def test_a_consent_to_one_address_is_none_to_another() -> None:
    home = granted(contact_point=HOME)

    assert verdict([home], contact_point=HOME).allowed
    assert verdict([home], contact_point=WORK).reason is Reason.NO_CONSENT
    assert verdict([home]).reason is Reason.NO_CONSENT
    assert verdict([granted()], contact_point=WORK).allowed


def test_where_no_address_is_named_a_no_to_any_of_them_counts() -> None:
    no_at_work = granted("2", contact_point=WORK).withdraw(at=NOON).entity

    assert verdict([granted(), no_at_work]).reason is Reason.WITHDRAWN
    assert verdict([granted(), no_at_work], contact_point=HOME).allowed
    assert not verdict([granted()], [block(SuppressionKind.UNDELIVERABLE, contact_point=WORK)]).allowed


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
        ConsentId.imported("form", "9"), customer=ADA, channel=Channel.EMAIL, purpose="offers",
        controller="acme", because="signed up", token="t", answer_by=NOON + DAY, at=NOON,
    ).entity  # fmt: skip

    assert verdict([asked]).reason is Reason.NOT_ANSWERED
    assert verdict([asked, attrs.evolve(granted(), valid_until=NOON)]).reason is Reason.EXPIRED


def test_a_naive_moment_is_not_asked_about() -> None:
    with pytest.raises(Invalid, match="must be a datetime with a time zone"):
        verdict([granted()], at=NOON.replace(tzinfo=None))


# --- C3: the more restrictive holds -----------------------------------------------------------------


def test_c3_a_second_record_does_not_get_round_a_withdrawal() -> None:
    withdrawn = granted().withdraw(at=NOON).entity
    imported = granted("2")

    for told in ([withdrawn, imported], [imported, withdrawn]):
        assert verdict(told) == Verdict(DENY, Reason.WITHDRAWN, withdrawn)
        assert most_restrictive(told, at=NOON) == withdrawn


def test_c3_what_a_merge_carries_over_is_as_restrictive_as_it_was() -> None:
    theirs = attrs.evolve(granted("theirs"), customer=CHARLES).withdraw(at=NOON).entity
    stop = block(SuppressionKind.DO_NOT_CONTACT, customer=CHARLES)

    carried = theirs.carry(ADA, at=NOON + DAY).entity

    assert verdict([granted()]).allowed
    assert verdict([granted(), carried]).reason is Reason.WITHDRAWN
    assert verdict([granted()], [stop.carry(ADA, at=NOON).entity]).reason is Reason.DO_NOT_CONTACT


@given(st.lists(consents, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_c3_the_more_restrictive_of_many_is_found_in_any_order_and_pair_by_pair(
    told: list[Consent], chance: Any
) -> None:
    decides = most_restrictive(told, at=NOON)
    chance.shuffle(told)

    one_by_one = told[0]
    for consent in told[1:]:
        found = most_restrictive([one_by_one, consent], at=NOON)
        assert found is not None
        one_by_one = found

    assert decides == most_restrictive(told, at=NOON) == one_by_one
    if any(standing_of(c, NOON) in (Reason.WITHDRAWN, Reason.REFUSED) for c in told):
        assert decides is not None
        assert standing_of(decides, NOON) in (Reason.WITHDRAWN, Reason.REFUSED)


def test_c3_of_nothing_nothing_is_the_most_restrictive() -> None:
    assert most_restrictive([], at=NOON) is None


# --- D9: transactional is not marketing ---------------------------------------------------------------


def test_d9_a_transactional_message_needs_no_consent_and_waits_for_no_hour() -> None:
    policy = ContactPolicy(quiet=tcpa_hours, caps=(Cap(1, DAY),))
    sent = [Released(ADA, Channel.EMAIL, NOON)]
    asked: dict[str, Any] = {"policy": policy, "zones": ("Asia/Tokyo",), "released": sent}

    assert verdict(message_class=MessageClass.TRANSACTIONAL, **asked) == Verdict(ALLOW, Reason.TRANSACTIONAL)
    assert verdict([granted()], **asked).answer is DEFER


@pytest.mark.parametrize(
    ("kind", "allowed"),
    [
        (SuppressionKind.LEGAL, False),
        (SuppressionKind.UNDELIVERABLE, False),
        (SuppressionKind.OBJECTION, True),
        (SuppressionKind.DO_NOT_CONTACT, True),
        (SuppressionKind.LIST_OPT_OUT, True),
    ],
)
def test_d9_law_and_a_dead_address_stop_a_transactional_message_and_a_no_to_marketing_does_not(
    kind: SuppressionKind, *, allowed: bool
) -> None:
    found = verdict([granted()], [block(kind)], message_class=MessageClass.TRANSACTIONAL)

    assert found.allowed is allowed


def test_d9_a_no_to_marketing_stops_marketing_whatever_the_message_calls_itself_first() -> None:
    assert not verdict([granted()], [block(SuppressionKind.OBJECTION)]).allowed


# --- D8: the public register --------------------------------------------------------------------------


@pytest.mark.parametrize(("age", "allowed"), [(0, True), (31, True), (32, False)])
def test_d8_a_copy_of_the_register_is_at_most_31_days_old(age: int, *, allowed: bool) -> None:
    policy = ContactPolicy(registered=(Channel.PHONE,))
    copy = RegisterCopy("national do-not-call list", NOON - age * DAY)
    phone = granted(channel=Channel.PHONE)

    found = verdict([phone], channel=Channel.PHONE, policy=policy, register=copy)

    assert found.allowed is allowed
    if not allowed:
        assert (found.reason, found.decided_by) == (Reason.REGISTER_NOT_CONSULTED, copy)


def test_d8_no_copy_and_one_of_the_future_are_no_copy() -> None:
    policy = ContactPolicy(registered=(Channel.PHONE,))
    phone = granted(channel=Channel.PHONE)

    for copy in (None, RegisterCopy("national do-not-call list", NOON + TICK)):
        assert not verdict([phone], channel=Channel.PHONE, policy=policy, register=copy).allowed
    assert verdict([granted()], policy=policy).allowed


# --- a yes that has to wait ---------------------------------------------------------------------------


def test_what_has_to_wait_is_told_until_when() -> None:
    evening = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    policy = ContactPolicy(version="us-1", quiet=tcpa_hours)

    found = verdict([granted()], policy=policy, zones=("UTC",), at=evening)

    assert found == Verdict(DEFER, Reason.QUIET_HOURS, policy, evening + timedelta(hours=10))
    assert verdict([granted()], policy=policy, zones=("UTC",), at=found.until).allowed


def test_a_cap_that_ends_at_night_is_waited_for_until_the_morning() -> None:
    cap = Cap(1, timedelta(hours=10))
    policy = ContactPolicy(quiet=tcpa_hours, caps=(cap,))
    noon = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

    found = verdict(
        [granted()], policy=policy, zones=("UTC",), at=noon, released=[Released(ADA, Channel.EMAIL, noon)]
    )

    assert found == Verdict(DEFER, Reason.CAP, cap, datetime(2026, 3, 4, 8, 0, tzinfo=UTC))


def test_what_went_out_to_somebody_else_counts_for_nothing() -> None:
    policy = ContactPolicy(caps=(Cap(1, DAY),))

    assert verdict([granted()], policy=policy, released=[Released(CHARLES, Channel.EMAIL, NOON)]).allowed
    assert not verdict([granted()], policy=policy, released=[Released(ADA, Channel.EMAIL, NOON)]).allowed


def test_where_it_is_always_quiet_somewhere_the_zone_has_to_be_found_out() -> None:
    policy = ContactPolicy(quiet=tcpa_hours)

    assert verdict([granted()], policy=policy) == Verdict(DENY, Reason.ALWAYS_QUIET, policy)
    assert verdict([granted()], policy=policy, zones=("UTC",)).allowed


def test_a_no_is_no_matter_of_hours() -> None:
    policy = ContactPolicy(quiet=tcpa_hours)

    assert verdict([], policy=policy, zones=("Asia/Tokyo",)).reason is Reason.NO_CONSENT


def test_a_consent_that_rests_on_a_purchase_counts_like_any_other() -> None:
    relied = Consent.rely(
        ConsentId.imported("order", "7"), customer=ADA, channel=Channel.EMAIL, purpose="offers",
        controller="acme", basis=Basis.IMPLIED_BY_PURCHASE, reference="order 7", since=NOON - 300 * DAY, at=NOON,
    ).entity  # fmt: skip

    assert verdict([relied]).allowed
    assert verdict([relied], at=NOON + 500 * DAY).reason is Reason.EXPIRED
