"""A suppression: lifted by the customer alone, surviving erasure as a hash, and asked whenever a list comes in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid, Refused, Suppression, Workspace
from relcore.channel import Channel
from relcore.ids import ContactPointId, CustomerId, SuppressionId
from relcore.kernel.change import Change
from relcore.privacy import SuppressionFields, SuppressionKind, SuppressionState, salted_hash, screen
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import jumps

IDS = CountingIds()
ADA = CustomerId.imported("shop", "ada")
HERSELF, AGENT = Actor("customer", "ada"), Actor("person", "u-17")
SALT, DAY = b"sixteen bytes or more", timedelta(days=1)
OBJECTION = SuppressionKind.OBJECTION


def imposed(kind: SuppressionKind = OBJECTION, **other: Any) -> Change[Suppression]:
    told: dict[str, Any] = {"customer": ADA, "reason": "asked by letter", "at": NOON} | other
    return Suppression.impose(IDS.new(SuppressionId), kind=kind, **told)


def test_it_stands_until_it_is_lifted() -> None:
    assert jumps(Suppression) == {"standing -> lifted"}


@pytest.mark.parametrize("kind", SuppressionKind)
def test_what_the_customer_asked_for_the_customer_alone_lifts(kind: SuppressionKind) -> None:
    theirs = kind in (OBJECTION, SuppressionKind.DO_NOT_CONTACT, SuppressionKind.LIST_OPT_OUT)
    standing = imposed(kind).entity

    assert standing.lift("she wishes so", at=NOON, by=HERSELF).entity.state is SuppressionState.LIFTED
    if theirs:
        for by in (AGENT, Actor("system", "import"), None):
            with pytest.raises(Refused, match="only the customer may lift what they asked for"):
                standing.lift("we would like to", at=NOON, by=by)
    else:
        assert not standing.lift("it works again", at=NOON, by=AGENT).entity.holds(NOON)


def test_it_holds_at_once_and_cancels_what_is_about_to_leave() -> None:
    change = imposed()

    assert change.entity.holds(NOON)
    assert not change.entity.holds(NOON - timedelta(microseconds=1))
    assert change.events[0].effects == ("cancel_queued_messages",)


def test_it_has_a_reason_and_is_about_somebody() -> None:
    with pytest.raises(Refused, match="it needs reason"):
        imposed(reason="")
    with pytest.raises(Invalid, match="customer must be told where there is no address_hash"):
        imposed(customer=None)
    with pytest.raises(Invalid, match="until must lie after since"):
        imposed(until=NOON)


def test_a_lift_before_it_began_is_refused() -> None:
    with pytest.raises(Refused, match="it cannot have ended before it began"):
        imposed().entity.lift("x", at=NOON - DAY, by=HERSELF)


# --- D8: it survives ----------------------------------------------------------------------------------


def test_d8_it_survives_erasure_as_a_hash_and_the_import_that_brings_them_back_is_told(
    workspace: Workspace,
) -> None:
    change = imposed(contact_point=IDS.new(ContactPointId))
    workspace.commit(change)
    kept = salted_hash(Channel.EMAIL, "Ada@Example.org", salt=SALT)

    forgotten = workspace.apply(Suppression, change.entity.id, lambda s: s.forget(kept, at=NOON + DAY))

    assert (forgotten.customer, forgotten.contact_point, forgotten.address_hash) == (None, None, kept)
    assert forgotten.holds(NOON + 1000 * DAY)
    (row,) = workspace.find(Suppression, SuppressionFields.address_hash.is_(kept)).rows
    incoming = [(Channel.EMAIL, "charles@example.org"), (Channel.EMAIL, " ada@example.org ")]
    assert screen(incoming, [row], salt=SALT, at=NOON + DAY) == (None, row)


def test_d8_a_hash_belongs_to_nobody_and_is_not_given_back() -> None:
    forgotten = imposed().entity.forget("9f2c", at=NOON).entity

    with pytest.raises(Refused, match="its customer was erased"):
        forgotten.carry(ADA, at=NOON)


def test_d8_an_import_is_told_the_strictest_that_stands_on_its_channel() -> None:
    kept = salted_hash(Channel.PHONE, "+49 30 1234", salt=SALT)
    told = {"address_hash": kept, "customer": None}
    objection = imposed(**told).entity
    left = imposed(SuppressionKind.LIST_OPT_OUT, **told).entity
    no_sms = imposed(SuppressionKind.LEGAL, channel=Channel.SMS, **told).entity
    lifted = imposed(SuppressionKind.LEGAL, **told).entity.lift("x", at=NOON, by=HERSELF).entity

    found = screen(
        [(Channel.PHONE, "+49-301234"), (Channel.SMS, "+49301234"), (Channel.PHONE, "+49301235")],
        [left, objection, no_sms, lifted],
        salt=SALT,
        at=NOON,
    )

    assert found == (objection, no_sms, None)


@given(st.text(min_size=1).filter(str.strip), st.binary(min_size=16, max_size=40))
def test_d8_a_hash_says_nothing_without_the_salt_and_the_same_with_it(address: str, salt: bytes) -> None:
    once = salted_hash(Channel.EMAIL, address, salt=salt)

    assert once == salted_hash(Channel.EMAIL, f" {address} ", salt=salt)
    assert once != salted_hash(Channel.EMAIL, address, salt=salt + b"\x01")
    assert len(once) == 64


def test_d8_another_address_has_another_hash() -> None:
    addresses = ["ada@example.org", "ada@example.com", "ad.a@example.org", "ada+x@example.org"]

    assert len({salted_hash(Channel.EMAIL, address, salt=SALT) for address in addresses}) == 4


def test_d8_a_short_salt_and_an_empty_address_are_refused_without_showing_it() -> None:
    with pytest.raises(Invalid, match="salt must have 16 bytes or more") as refused:
        salted_hash(Channel.EMAIL, "ada@example.org", salt=b"short")
    assert "ada" not in str(refused.value)
    for nothing in ("", "  "):
        with pytest.raises(Invalid, match="address must not be empty"):
            salted_hash(Channel.EMAIL, nothing, salt=SALT)
    with pytest.raises(Invalid, match="address must not be empty"):
        salted_hash(Channel.PHONE, "unknown", salt=SALT)


def test_d8_our_own_list_is_kept_for_three_years_and_fourteen_days_at_the_least() -> None:
    with pytest.raises(Invalid, match="three years and fourteen days"):
        imposed(SuppressionKind.DO_NOT_CONTACT, until=NOON.replace(year=2029))

    kept = imposed(SuppressionKind.DO_NOT_CONTACT, until=NOON.replace(year=2029) + 15 * DAY).entity

    assert kept.holds(NOON.replace(year=2029) + 13 * DAY)
    assert imposed(SuppressionKind.DO_NOT_CONTACT).entity.holds(NOON.replace(year=2099))
    assert imposed(SuppressionKind.UNDELIVERABLE, until=NOON + DAY).entity.kept_until is None
