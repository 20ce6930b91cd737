"""Ids: typed, their own text, made in order or derived from what another system calls the thing."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.ids import TimeOrderedIds
from relcore.testing import CountingIds, FixedClock


@given(st.uuids())
def test_an_id_is_its_own_text_and_gives_back_its_uuid(uuid: UUID) -> None:
    id = CaseId.of(uuid)

    assert id == f"case_{uuid.hex}"
    assert CaseId(str(id)) == id
    assert id.uuid == uuid


@pytest.mark.parametrize(
    "text", ["", "case_", "case_12", "customer_" + "0" * 32, "case_" + "G" * 32, "case_" + "A" * 32, "0" * 32]
)
def test_a_text_of_another_shape_or_kind_is_no_id(text: str) -> None:
    with pytest.raises(Invalid, match="must be 'case_' and 32 hex digits"):
        CaseId(text)


@pytest.mark.parametrize("value", [None, 5, b"case_", []])
def test_what_is_not_text_is_no_id(value: object) -> None:
    with pytest.raises(Invalid):
        CaseId(value)  # type: ignore[arg-type]


def test_an_id_of_one_kind_is_never_taken_for_another() -> None:
    with pytest.raises(Invalid):
        CaseId(OrderId("order_" + "0" * 32))


def test_an_id_survives_pickle_and_copy_with_its_type() -> None:
    id = CountingIds().new(CaseId)

    for again in (pickle.loads(pickle.dumps(id)), copy.copy(id), copy.deepcopy(id)):
        assert again == id
        assert type(again) is CaseId


letters = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])


@given(st.text(letters), st.text(letters))
def test_importing_twice_gives_the_same_id_and_each_kind_its_own(source: str, key: str) -> None:
    id = CustomerId.imported(source, key)

    assert id == CustomerId.imported(source, key)
    assert id.uuid.version == 8
    assert id.uuid.variant == "specified in RFC 4122"
    assert OrderId.imported(source, key).uuid != id.uuid


def test_source_and_key_cannot_be_shifted_into_each_other() -> None:
    assert CustomerId.imported("ab", "c") != CustomerId.imported("a", "bc")

    with pytest.raises(Invalid, match="NUL"):
        CustomerId.imported("a\x00b", "c")


integers = st.integers(0, 2**62 - 1) | st.sampled_from([0, 1, 42, 2**31, 2**32 - 1, 2**53 + 1, 2**62 - 1])


@given(integers)
def test_an_id_holds_the_integer_of_a_host_and_gives_it_back(integer: int) -> None:
    id = CustomerId.holding(integer)

    assert id.integer == integer
    assert CustomerId(str(id)).integer == integer
    assert (id.uuid.version, id.uuid.variant) == (8, "specified in RFC 4122")
    # RFC 9562, 5.8: what is left of a UUID of version 8 is the maker's own; here it is zero up to the last field.
    assert id.uuid.fields[:3] == (0, 0, 0x8000)


@given(integers, integers)
def test_ids_that_hold_integers_are_sorted_as_these_are(one: int, other: int) -> None:
    assert (CaseId.holding(one) < CaseId.holding(other)) is (one < other)
    assert (CaseId.holding(one) == CaseId.holding(other)) is (one == other)


@pytest.mark.parametrize("integer", [-1, 2**62, 1.0, True, "42", None])
def test_what_is_no_integer_or_too_large_is_not_held(integer: object) -> None:
    with pytest.raises(Invalid, match=r"CaseId can hold a whole number from 0 to 2\*\*62 - 1"):
        CaseId.holding(integer)  # type: ignore[arg-type]


@given(st.uuids(version=4) | st.uuids(version=1) | st.text(letters, max_size=5))
def test_an_id_that_was_made_otherwise_holds_no_integer(origin: object) -> None:
    id = CaseId.imported("mail", origin) if isinstance(origin, str) else CaseId.of(origin)  # type: ignore[arg-type]

    with pytest.raises(Invalid, match=r"CaseId must hold an integer, as from CaseId.holding\(42\)"):
        _ = id.integer


@pytest.mark.parametrize("bit", [62, 63, 64, 75, 76, 77, 78, 79, 80, 127])
def test_one_bit_beside_the_integer_makes_it_another_id(bit: int) -> None:
    id = CaseId.of(UUID(int=CaseId.holding(42).uuid.int ^ 1 << bit))

    with pytest.raises(Invalid, match="must hold an integer"):
        _ = id.integer


def test_new_ids_by_time_hold_no_integer() -> None:
    with pytest.raises(Invalid, match="must hold an integer"):
        _ = TimeOrderedIds(FixedClock("2026-03-01T09:00:00Z")).new(CaseId).integer


@given(st.lists(st.integers(-5_000, 5_000), min_size=2, max_size=50))
def test_new_ids_are_unique_and_ordered_even_when_the_clock_moves_back(steps: list[int]) -> None:
    clock = FixedClock("2026-03-01T09:00:00Z")
    ids = TimeOrderedIds(clock)

    made = []
    for milliseconds in steps:
        clock.forward(seconds=milliseconds / 1000)
        made.append(ids.new(CaseId))

    assert made == sorted(set(made))
    assert {id.uuid.version for id in made} == {7}


def test_ids_keep_their_order_when_asked_for_faster_than_the_clock_moves() -> None:
    ids = TimeOrderedIds(FixedClock("2026-03-01T09:00:00Z"))

    made = [ids.new(CaseId) for _ in range(10_000)]

    assert made == sorted(set(made))


def test_a_time_ordered_id_holds_the_milliseconds_of_rfc_9562() -> None:
    # The example of RFC 9562, appendix A.6: 2022-02-22T19:22:22Z in milliseconds is 017F22E279B0 in hexadecimal.
    ids = TimeOrderedIds(FixedClock(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)))

    assert ids.new(CaseId).startswith("case_017f22e279b07")
