"""Addresses in their normal form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.channel import Channel
from relcore.customers import ContactKind, normal_form
from relcore.customers.contact_kind import comparable
from tests.strategies import texts

EMAIL, PHONE, POST, SOCIAL = ContactKind.EMAIL, ContactKind.PHONE, ContactKind.POST, ContactKind.SOCIAL


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        (EMAIL, " Ada@Example.ORG ", "Ada@example.org"),
        (EMAIL, "a+b@MÜLLER.example", "a+b@müller.example"),
        (EMAIL, '"a@b"@example.org', '"a@b"@example.org'),
        (PHONE, "+49 30 1234567", "+49301234567"),
        (PHONE, "0049 (0)30/1234-567", "+49301234567"),
        (PHONE, "+1 (415) 555-2671", "+14155552671"),
        (PHONE, "+\u0664\u0669 30 1234567", "+49301234567"),
        (PHONE, "+49\u201130\u20131234567", "+49301234567"),
        (POST, " 12  St James's\nSquare ", "12 St James's Square"),
        (SOCIAL, "@Ada", "ada"),
    ],
)
def test_an_address_is_written_in_one_way(kind: ContactKind, written: str, normal: str) -> None:
    assert normal_form(kind, written) == normal


@pytest.mark.parametrize(
    ("kind", "written"),
    [
        (EMAIL, "ada"), (EMAIL, "@example.org"), (EMAIL, "ada@"), (EMAIL, "a da@example.org"), (EMAIL, "ada@ex..org"),
        (EMAIL, "a" * 65 + "@example.org"), (PHONE, "030 1234567"), (PHONE, "+49 31 12"), (PHONE, "+1234567890123456"),
        (PHONE, "+49 30 CALLADA"), (PHONE, "+0 30 1234567"), (POST, " "), (POST, ""), (SOCIAL, "\ud800"),
        (POST, None), (EMAIL, 5),
    ],
)  # fmt: skip
def test_what_cannot_be_an_address_is_refused_without_being_shown(kind: ContactKind, written: str) -> None:
    with pytest.raises(Invalid) as refused:
        normal_form(kind, written)

    assert refused.value.field == "value"
    if isinstance(written, str) and written.strip() and written.isascii():
        assert written not in str(refused.value)


@given(st.sampled_from([POST, SOCIAL]), texts)
def test_a_normal_form_is_its_own_normal_form(kind: ContactKind, written: str) -> None:
    try:
        normal = normal_form(kind, written)
    except Invalid:
        return

    assert normal_form(kind, normal) == normal or normal.startswith("@")


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.sampled_from([" ", "-", ".", "/", " - "]))
def test_a_number_is_the_same_however_it_is_grouped(number: str, between: str) -> None:
    grouped = number[:3] + between + number[3:5] + between + number[5:]

    assert normal_form(PHONE, grouped) == normal_form(PHONE, "00" + grouped[1:]) == number


def test_cases_are_folded_only_to_compare() -> None:
    assert normal_form(EMAIL, "Ada@Example.org") == "Ada@example.org"
    assert comparable(EMAIL, "Ada@Example.org") == "ada@example.org"


def test_every_kind_opens_a_channel() -> None:
    assert all(kind.channels for kind in ContactKind)
    assert Channel.SMS in ContactKind.MOBILE.channels
    assert Channel.SMS not in ContactKind.PHONE.channels
