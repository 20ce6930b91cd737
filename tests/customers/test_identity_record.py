"""What is compared."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import ContactPoint, Customer, Invalid
from relcore.customers import ContactKind, IdentityRecord
from relcore.customers.identity_record import comparable_name
from relcore.ids import ContactPointId, CustomerId
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()


def point(customer: CustomerId, kind: ContactKind, value: str) -> ContactPoint:
    return ContactPoint.add(
        IDS.new(ContactPointId), customer=customer, kind=kind, value=value, at=NOON
    ).entity


def test_a_record_is_made_of_a_customer_and_the_contact_points_that_are_theirs() -> None:
    ada = Customer.create(IDS.new(CustomerId), name="Byron, Ada", at=NOON).entity
    points = [
        point(ada.id, ContactKind.EMAIL, "Ada@Example.org"),
        point(ada.id, ContactKind.MOBILE, "0049 30 1234567"),
        point(ada.id, ContactKind.PHONE, "+49 30 1234567"),
        point(ada.id, ContactKind.POST, "12  St James's Square"),
        point(IDS.new(CustomerId), ContactKind.EMAIL, "eve@example.org"),
        point(ada.id, ContactKind.EMAIL, "gone@example.org").erase(at=NOON).entity,
    ]

    record = IdentityRecord.of(ada, points, controller="acme", born=date(1815, 12, 10))

    assert (record.name, record.emails, record.phones) == (
        "ada byron",
        ("ada@example.org",),
        ("+49301234567",),
    )
    assert record.addresses == ("12 st james's square",)


def test_nothing_of_it_is_shown() -> None:
    record = IdentityRecord(
        IDS.new(CustomerId), "acme", name="ada", emails=["ada@x"], phones=["+49"], addresses=["here"],
        born=date(1815, 12, 10),
    )  # fmt: skip

    assert not [told for told in ("'ada'", "ada@x", "+49", "here", "1815") if told in repr(record)]


@given(st.lists(st.sampled_from(["Ada", "BYRON", "é", "Müller", "ß", "O'Neill"]), max_size=4), st.randoms())
def test_order_case_and_punctuation_make_no_difference(words: list[str], random: object) -> None:
    written = " ".join(words)

    assert comparable_name(written) == comparable_name(",".join(reversed(words)).swapcase())
    assert comparable_name(comparable_name(written)) == comparable_name(written)


def test_a_day_of_birth_is_a_day() -> None:
    with pytest.raises(Invalid, match="must be a date"):
        IdentityRecord(IDS.new(CustomerId), "acme", born=NOON)
