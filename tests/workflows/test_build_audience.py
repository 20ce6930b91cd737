"""An audience: every candidate in exactly one place, the same each time it is built."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Campaign, Consent, Enrolment, Invalid, Suppression, Workspace
from relcore.channel import Channel
from relcore.ids import CampaignId, ConsentId, CustomerId, SuppressionId
from relcore.kernel.change import Change
from relcore.marketing import ChannelMessage, EnrolmentState, Objective
from relcore.privacy import (
    Cap,
    ConsentState,
    ContactPolicy,
    Proof,
    Released,
    SuppressionKind,
    may_contact,
    tcpa_hours,
)
from relcore.workflows import PrivacyDesk, audience
from tests.strategies import NOON, maybe

ME = Actor("system", "marketing")
PROOF = Proof("notice-3", "9f2c", "double_opt_in")
DAY = timedelta(days=1)
PEOPLE = [CustomerId.imported("shop", str(n)) for n in range(8)]

consents = st.builds(
    Consent,
    st.uuids().map(ConsentId.of),
    st.sampled_from(PEOPLE),
    st.sampled_from([Channel.EMAIL, Channel.EMAIL, Channel.PHONE]),
    st.just("offers"),
    st.just("acme"),
    state=st.sampled_from([ConsentState.GRANTED, ConsentState.GRANTED, *ConsentState]),
    valid_until=maybe(st.sampled_from([NOON, NOON + DAY])),
)


def block(customer: CustomerId, kind: SuppressionKind) -> Suppression:
    return Suppression(SuppressionId.imported(customer, kind), kind, NOON, customer)


suppressions = st.builds(block, st.sampled_from(PEOPLE), st.sampled_from(SuppressionKind))


def campaign(key: str = "spring", **other: Any) -> Campaign:
    id = CampaignId.imported("plan", key)
    told: dict[str, Any] = {
        "messages": (ChannelMessage(Channel.EMAIL, "voucher"),),
        "purpose": "offers",
    } | other
    begun = Campaign.draft(id, name="Come back", objective=Objective.WIN_BACK, at=NOON, by=ME)
    return begun.then(lambda c: c.revise(**told, at=NOON)).entity


def grant(customer: CustomerId, channel: Channel = Channel.EMAIL) -> Consent:
    return Consent.note(
        ConsentId.imported(channel, customer), customer=customer, channel=channel, purpose="offers",
        controller="acme", proof=PROOF, at=NOON,
    ).entity  # fmt: skip


def built(
    people: list[CustomerId], told: Any, blocked: Any = (), *, key: str = "spring", hold_out: float = 0.0
) -> tuple[Change[Enrolment], ...]:
    privacy = PrivacyDesk(controller="acme", consents=told, suppressions=blocked)
    return audience(campaign(key, hold_out=hold_out), people, privacy=privacy, at=NOON, by=ME)


def by_state(changes: tuple[Change[Enrolment], ...]) -> dict[EnrolmentState, set[CustomerId]]:
    return {
        state: {c.entity.customer for c in changes if c.entity.state is state} for state in EnrolmentState
    }


@given(st.lists(consents, max_size=12), st.lists(suppressions, max_size=3), st.floats(0, 1, exclude_max=True))
def test_every_candidate_ends_in_exactly_one_place_and_privacy_says_who_is_left_out(
    told: list[Consent], blocked: list[Suppression], hold_out: float
) -> None:
    changes = built(PEOPLE, told, blocked, hold_out=hold_out)

    assert [c.entity.customer for c in changes] == PEOPLE
    places = by_state(changes)
    named = [EnrolmentState.SUPPRESSED, EnrolmentState.CONTROL, EnrolmentState.ENROLLED]
    assert sum(len(places[place]) for place in named) == len(PEOPLE)
    for change in changes:
        verdict = may_contact(
            change.entity.customer, channel=Channel.EMAIL, purpose="offers", controller="acme", at=NOON,
            consents=told, suppressions=blocked,
        )  # fmt: skip
        left_out = change.entity.state is EnrolmentState.SUPPRESSED
        assert left_out is not verdict.allowed
        assert change.entity.left_out_because == (verdict.reason if left_out else None)


@given(st.lists(consents, max_size=12), st.randoms(use_true_random=False))
def test_the_same_audience_built_twice_is_the_same_in_whatever_order(
    told: list[Consent], chance: Any
) -> None:
    once = built(PEOPLE, told, hold_out=0.3)
    people = [*PEOPLE]
    chance.shuffle(people)
    chance.shuffle(told)

    assert built(PEOPLE, told, hold_out=0.3) == once
    assert {c.entity for c in built(people, told, hold_out=0.3)} == {c.entity for c in once}


def test_one_who_is_named_twice_is_one() -> None:
    assert len(built([PEOPLE[0], PEOPLE[1], PEOPLE[0]], [grant(PEOPLE[0])])) == 2


def test_nobody_is_held_out_unless_it_was_asked_for() -> None:
    assert not by_state(built(PEOPLE, map(grant, PEOPLE)))[EnrolmentState.CONTROL]


@pytest.fixture(scope="module")
def many() -> tuple[list[CustomerId], list[Consent]]:
    people = [CustomerId.imported("crowd", str(n)) for n in range(10_000)]
    return people, [grant(person) for person in people]


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_share_held_out_is_what_was_asked_for(
    many: tuple[list[CustomerId], list[Consent]], share: float
) -> None:
    people, told = many

    held_out = by_state(built(people, told, hold_out=share))[EnrolmentState.CONTROL]

    # Four standard errors of a share among ten thousand that are drawn one by one.
    assert abs(len(held_out) / len(people) - share) < 4 * (share * (1 - share) / len(people)) ** 0.5


def test_who_is_held_out_of_a_few_is_among_those_of_more(
    many: tuple[list[CustomerId], list[Consent]],
) -> None:
    people, told = many[0][:1000], many[1][:1000]
    few, more = (
        by_state(built(people, told, hold_out=share))[EnrolmentState.CONTROL] for share in (0.1, 0.3)
    )

    assert few < more


def test_another_campaign_holds_out_others(many: tuple[list[CustomerId], list[Consent]]) -> None:
    people, told = many
    spring, autumn = (
        by_state(built(people, told, key=key, hold_out=0.2))[EnrolmentState.CONTROL]
        for key in ("spring", "autumn")
    )

    # Independent draws: a fifth of a fifth meets by chance, within four standard errors.
    assert abs(len(spring & autumn) / len(people) - 0.04) < 4 * (0.04 * 0.96 / len(people)) ** 0.5


def test_each_enrolment_is_one_change_that_is_kept_with_its_reason(workspace: Workspace) -> None:
    told = [grant(PEOPLE[0]), grant(PEOPLE[1]).withdraw(at=NOON).entity]
    changes = built(PEOPLE[:3], told, [block(PEOPLE[2], SuppressionKind.OBJECTION)])

    receipt = workspace.commit(*changes, key="audience/spring")

    assert workspace.commit(*changes, key="audience/spring") == receipt
    kept = {row.customer: row for row in workspace.each(Enrolment)}
    assert [kept[p].state for p in PEOPLE[:3]] == ["enrolled", "suppressed", "suppressed"]
    assert [kept[p].left_out_because for p in PEOPLE[:3]] == [None, "withdrawn", "objection"]
    moves = [entry.event.move for entry in workspace.log(Enrolment, kept[PEOPLE[0]].id)]
    assert moves == ["propose", "enrol"]
    assert Counter(event.by for change in changes for event in change.events) == {ME: 6}


@pytest.mark.parametrize("missing", [{"channels": ()}, {"purpose": None}])
def test_a_campaign_that_does_not_say_how_or_what_for_has_no_audience(missing: dict[str, Any]) -> None:
    unfinished = attrs.evolve(campaign(), **missing)

    with pytest.raises(Invalid, match="must say its channels and its purpose"):
        audience(unfinished, PEOPLE, privacy=PrivacyDesk(controller="acme"), at=NOON)


def test_the_first_channel_that_is_open_to_a_customer_is_theirs() -> None:
    both = tuple(ChannelMessage(channel, "voucher") for channel in (Channel.EMAIL, Channel.SMS))
    told = [grant(PEOPLE[0]), grant(PEOPLE[0], Channel.SMS), grant(PEOPLE[1], Channel.SMS)]
    told.append(grant(PEOPLE[2]).withdraw(at=NOON).entity)
    privacy = PrivacyDesk(controller="acme", consents=told)

    changes = audience(campaign(messages=both), PEOPLE[:3], privacy=privacy, at=NOON)

    assert [c.entity.channel for c in changes] == [Channel.EMAIL, Channel.SMS, None]
    assert changes[2].entity.left_out_because == "withdrawn"


def test_a_channel_that_must_wait_is_open_all_the_same() -> None:
    both = tuple(ChannelMessage(channel, "voucher") for channel in (Channel.EMAIL, Channel.SMS))
    privacy = PrivacyDesk(
        controller="acme",
        consents=[grant(PEOPLE[0]), grant(PEOPLE[0], Channel.SMS)],
        released=[Released(PEOPLE[0], Channel.EMAIL, NOON)],
        policy=ContactPolicy(caps=(Cap(1, DAY, Channel.EMAIL),)),
    )

    (change,) = audience(campaign(messages=both), PEOPLE[:1], privacy=privacy, at=NOON)

    assert change.entity.channel is Channel.EMAIL


def test_d6_who_must_merely_wait_is_in_for_it_is_asked_again_when_a_message_leaves() -> None:
    policy = ContactPolicy(quiet=tcpa_hours, caps=(Cap(1, DAY),), plausible=("Asia/Tokyo",))
    capped = [Released(PEOPLE[1], Channel.EMAIL, NOON)]
    privacy = PrivacyDesk(
        controller="acme",
        consents=[grant(p) for p in PEOPLE[:3]],
        released=capped,
        policy=policy,
        zones={PEOPLE[2]: ("UTC",)},
    )

    changes = audience(campaign(), PEOPLE[:3], privacy=privacy, at=NOON)

    assert [c.entity.state for c in changes] == ["enrolled"] * 3
    said = [privacy.verdict(p, channel=Channel.EMAIL, purpose="offers", at=NOON).reason for p in PEOPLE[:3]]
    assert said == ["quiet_hours", "cap", "granted"]
