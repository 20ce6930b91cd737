"""The vectorised twin of ``may_contact`` gives for all at once what the slice gives for each alone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Consent, Invalid, Suppression
from relcore.bridges import (
    ConsentColumns,
    ReleaseColumns,
    SuppressionColumns,
    VerdictColumns,
    may_contact_each,
)
from relcore.bridges.contact_verdicts import ALL, CHANNELS, NEVER, PERMISSIONS, REASONS, STATES
from relcore.channel import Channel, MessageClass
from relcore.ids import ConsentId, ContactPointId, CustomerId, SuppressionId
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.privacy import (
    Cap,
    ConsentState,
    ContactPolicy,
    Permission,
    Quiet,
    Reason,
    RegisterCopy,
    Released,
    SuppressionKind,
    SuppressionState,
    Verdict,
    crtc_hours,
    may_contact,
    tcpa_hours,
)
from tests.strategies import maybe

# A Saturday afternoon in Toronto: within a day it is quiet, the clocks are changed, it opens, and it is quiet again.
START = datetime(2026, 3, 7, 20, tzinfo=UTC)
PEOPLE = [CustomerId.imported("shop", str(n)) for n in range(4)]
OTHER = CustomerId.imported("shop", "of another list")
POINTS = [ContactPointId.imported("crm", str(n)) for n in range(2)]
CODES = {"offers": 0, "surveys": 1, "acme": 0, "umbrella": 1, POINTS[0]: 0, POINTS[1]: 1}
ZONES = [("America/Toronto",), ("America/Vancouver", "America/St_Johns"), ("Europe/Berlin",)]

# Few and whole hours, so that what begins or ends does so at the very moment that is asked about.
hours = st.integers(0, 30).map(lambda n: START + timedelta(hours=n))
moments = st.one_of(hours, hours, st.integers(0, 30 * 60).map(lambda n: START + timedelta(minutes=n)))
channels = st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.PHONE])
points = maybe(st.sampled_from(POINTS))
whose = st.sampled_from([*PEOPLE, OTHER])

consents = st.builds(
    Consent,
    st.uuids().map(ConsentId.of),
    whose,
    channels,
    st.sampled_from(["offers", "offers", "surveys"]),
    st.sampled_from(["acme", "acme", "umbrella"]),
    state=st.sampled_from([ConsentState.GRANTED] * 4 + [*ConsentState]),
    contact_point=points,
    granted_at=maybe(hours),
    valid_until=maybe(hours),
)


@st.composite
def suppressions(draw: st.DrawFn) -> Suppression:
    kind = draw(st.sampled_from(SuppressionKind))
    since = draw(hours)
    later = st.integers(1, 50).map(lambda n: since + timedelta(hours=n))
    return Suppression(
        SuppressionId.of(draw(st.uuids())),
        kind,
        since,
        draw(whose),
        draw(st.sampled_from([*[SuppressionState.STANDING] * 3, SuppressionState.LIFTED])),
        channel=draw(maybe(channels)),
        contact_point=draw(points),
        purpose=draw(st.sampled_from([None, "offers", "surveys"])),
        controller=draw(st.sampled_from([None, "acme", "umbrella"])),
        until=None if kind is SuppressionKind.DO_NOT_CONTACT else draw(maybe(later)),
    )


released = st.builds(Released, whose, channels, hours)
caps = st.builds(
    Cap,
    st.integers(1, 3),
    st.sampled_from([timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=7)]),
    maybe(channels),
)
windows = st.sampled_from(
    [(), crtc_hours, tcpa_hours, (Quiet(time(0), time(0)),), (Quiet(time(12), time(13, 30), channels=(Channel.PHONE,)),)]
)  # fmt: skip
policies = st.builds(
    ContactPolicy,
    version=st.just("test"),
    quiet=windows,
    caps=st.lists(caps, max_size=3).map(tuple),
    plausible=st.sampled_from([("UTC",), ("America/St_Johns", "America/Vancouver")]),
    registered=st.sampled_from([(), (), (Channel.PHONE,)]),
)


def decided_by(
    verdict: VerdictColumns, n: int, told: list[Consent], blocked: list[Suppression], policy: ContactPolicy
) -> Any:
    """The record behind the number."""
    row, reason = int(verdict.decided_by[n]), REASONS[verdict.reason[n]]
    if row < 0:
        return None
    if reason is Reason.CAP:
        return policy.caps[row]
    if reason in {str(kind) for kind in SuppressionKind}:
        return sorted((s for s in blocked if s.customer in PEOPLE), key=lambda s: s.id)[row]
    return sorted((c for c in told if c.customer in PEOPLE), key=lambda c: c.id)[row]


# Most are granted what is asked about, or the policy would never be asked.
granted = st.builds(
    lambda customer, ends: Consent(
        ConsentId.imported("form", customer), customer, Channel.EMAIL, "offers", "acme", ConsentState.GRANTED,
        valid_until=ends,
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from([None, None, START + timedelta(hours=1), START + timedelta(hours=10)]),
)  # fmt: skip
told_consents = st.builds(
    lambda yes, any_: [*yes, *any_],
    st.lists(granted, max_size=4, unique_by=lambda consent: consent.customer),
    st.lists(consents, max_size=3),
)


@settings(max_examples=600)
@given(
    told_consents,
    st.lists(suppressions(), max_size=2),
    st.lists(released, max_size=12),
    policies,
    moments,
    st.sampled_from([Channel.EMAIL] * 4 + [Channel.PHONE]),
    st.lists(st.integers(-1, len(ZONES) - 1), min_size=4, max_size=4),
    st.lists(points, min_size=4, max_size=4),
    st.sampled_from([MessageClass.MARKETING] * 4 + [MessageClass.TRANSACTIONAL]),
    maybe(st.sampled_from([RegisterCopy("national", START - timedelta(days=age)) for age in (1, 29, 40)])),
)
def test_each_verdict_is_what_the_slice_says_of_one(
    told: list[Consent],
    blocked: list[Suppression],
    sent: list[Released],
    policy: ContactPolicy,
    at: datetime,
    channel: Channel,
    zone: list[int],
    asked: list[ContactPointId | None],
    message_class: MessageClass,
    register: RegisterCopy | None,
) -> None:
    together = may_contact_each(
        len(PEOPLE),
        channel=channel,
        purpose=CODES["offers"],
        controller=CODES["acme"],
        at=at,
        consents=ConsentColumns.of(told, PEOPLE, CODES),
        suppressions=SuppressionColumns.of(blocked, PEOPLE, CODES),
        released=ReleaseColumns.of(sent, PEOPLE),
        contact_point=np.array([ALL if point is None else CODES[point] for point in asked]),
        message_class=message_class,
        policy=policy,
        zone=np.array(zone),
        zones=ZONES,
        register=register,
    )

    for n, customer in enumerate(PEOPLE):
        alone = may_contact(
            customer,
            channel=channel,
            purpose="offers",
            controller="acme",
            at=at,
            consents=told,
            suppressions=blocked,
            released=sent,
            contact_point=asked[n],
            message_class=message_class,
            policy=policy,
            zones=ZONES[zone[n]] if zone[n] >= 0 else (),
            register=register,
        )
        assert _verdict(together, n) == (alone.answer, alone.reason, alone.until)
        record = alone.decided_by if isinstance(alone.decided_by, Consent | Suppression | Cap) else None
        assert decided_by(together, n, told, blocked, policy) == record


POLICIES = [
    ContactPolicy(quiet=quiet, caps=caps, plausible=("America/Toronto",))
    for quiet in ((), crtc_hours, (Quiet(time(0), time(0)),))
    for caps in (
        (Cap(2, timedelta(hours=6)), Cap(3, timedelta(days=1), Channel.EMAIL)),
        (Cap(1, timedelta(hours=1)), Cap(1, timedelta(hours=1), Channel.EMAIL), Cap(4, timedelta(days=7))),
    )
]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("hour", [0, 3, 18, 26])
def test_of_a_crowd_with_a_past_each_waits_as_long_as_they_would_alone(
    policy: ContactPolicy, hour: int
) -> None:
    chance, at = Random(hour), START + timedelta(hours=hour)
    crowd = [CustomerId.imported("crowd", str(n)) for n in range(60)]
    told = [
        Consent(ConsentId.imported("form", who), who, Channel.EMAIL, "offers", "acme", ConsentState.GRANTED)
        for who in crowd
    ]
    sent = [
        Released(who, chance.choice([Channel.EMAIL, Channel.SMS]), at - timedelta(minutes=30 * back))
        for who in crowd
        for back in chance.choices(range(-2, 26), k=chance.randrange(7))
    ]

    together = may_contact_each(
        len(crowd), channel=Channel.EMAIL, purpose=0, controller=0, at=at,
        consents=ConsentColumns.of(told, crowd, CODES), released=ReleaseColumns.of(sent, crowd), policy=policy,
    )  # fmt: skip

    for n, customer in enumerate(crowd):
        alone = may_contact(
            customer, channel=Channel.EMAIL, purpose="offers", controller="acme", at=at, consents=told,
            released=sent, policy=policy,
        )  # fmt: skip
        assert _verdict(together, n) == (alone.answer, alone.reason, alone.until)
        if alone.reason is Reason.CAP:
            assert policy.caps[together.decided_by[n]] == alone.decided_by
    if policy.windows(Channel.EMAIL) != (Quiet(time(0), time(0)),):
        assert together.counted()[Reason.CAP] > 10


@pytest.mark.parametrize("side", [-1, 0, 1])
def test_a_cap_that_makes_room_just_when_it_closes_waits_for_the_morning(side: int) -> None:
    closes = datetime(2026, 3, 7, 23, tzinfo=UTC)  # 18:00 of a Saturday in Toronto
    tick, at = timedelta(microseconds=1), closes - timedelta(hours=1)
    went = closes + side * tick - timedelta(days=1)
    policy = ContactPolicy(
        quiet=crtc_hours, caps=(Cap(1, timedelta(days=1)),), plausible=("America/Toronto",)
    )
    sent = ReleaseColumns(np.array([0]), np.array([1], dtype=np.int8), np.array([microseconds(went)]))

    (until,) = asked(1, released=sent, policy=policy, at=at).until.tolist()

    morning = datetime(2026, 3, 8, 14, tzinfo=UTC)
    assert from_microseconds(until) == (closes - tick if side < 0 else morning)


def _verdict(table: VerdictColumns, n: int) -> tuple[Permission, Reason, datetime | None]:
    until = int(table.until[n])
    moment = None if until == NEVER else from_microseconds(until)
    return PERMISSIONS[table.answer[n]], REASONS[table.reason[n]], moment


def grants(n: int) -> ConsentColumns:
    who, none = np.arange(n), np.zeros(n, dtype=np.int64)
    channel = np.full(n, CHANNELS.index(Channel.EMAIL), dtype=np.int8)
    state = np.full(n, STATES.index(ConsentState.GRANTED), dtype=np.int8)
    return ConsentColumns(who, channel, none, none, np.full(n, ALL), state, none, np.full(n, NEVER))


def asked(n: int, **other: Any) -> VerdictColumns:
    told = {"consents": grants(n), "channel": Channel.EMAIL, "purpose": 0, "controller": 0, "at": START}
    return may_contact_each(n, **(told | other))


def test_nobody_is_asked_about() -> None:
    assert asked(0).counted() == {}


def test_who_has_no_record_has_given_no_permission() -> None:
    assert asked(3, consents=grants(2)).counted() == {Reason.NO_CONSENT: 1, Reason.GRANTED: 2}


def test_verdicts_are_counted_by_what_decided() -> None:
    sent = ReleaseColumns(np.array([1]), np.array([1], dtype=np.int8), np.array([microseconds(START)]))
    policy = ContactPolicy(caps=(Cap(1, timedelta(days=7)),))

    verdicts = asked(3, released=sent, policy=policy)

    assert verdicts.counted() == {Reason.CAP: 1, Reason.GRANTED: 2}
    assert verdicts.until.tolist() == [NEVER, microseconds(START + timedelta(days=7)), NEVER]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"zone": np.zeros(2, dtype=np.int64)}, "zone must have one value for each of 3 customers"),
        ({"contact_point": np.zeros(4, dtype=np.int64)}, "contact_point must have one value for each of 3"),
        ({"consents": grants(4)}, "customer must be a position among the 3 asked about"),
        ({"at": START.replace(tzinfo=None)}, "must be a datetime with a time zone"),
    ],
)
def test_columns_that_do_not_fit_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Invalid, match=said):
        asked(3, **wrong)


def test_a_verdict_of_one_is_a_value() -> None:
    granted = Consent(ConsentId.imported("form", "1"), PEOPLE[0], Channel.EMAIL, "offers", "acme", ConsentState.GRANTED)  # fmt: skip
    one = may_contact(
        PEOPLE[0], channel=Channel.EMAIL, purpose="offers", controller="acme", at=START, consents=[granted]
    )

    assert one == Verdict(Permission.ALLOW, Reason.GRANTED, granted)
