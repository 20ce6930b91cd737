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


@given(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
)
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
