"""Which pairs are worth comparing."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.customers import IdentityRecord, candidates
from relcore.customers.blocking import by_email, by_name, by_phone, by_word_and_birth, soundex
from relcore.ids import CustomerId
from tests.strategies import customer_ids

KEYS = (by_email, by_phone, by_name, by_word_and_birth)


def record(n: int, controller: str = "acme", **known: object) -> IdentityRecord:
    return IdentityRecord(CustomerId(f"customer_{n:032x}"), controller, **known)  # type: ignore[arg-type]


# The examples of the National Archives' page on the Soundex indexing system, and two of the usual ones for h and w.
@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("washington", "W252"), ("lee", "L000"), ("gutierrez", "G362"), ("pfister", "P236"), ("jackson", "J250"),
        ("tymczak", "T522"), ("ashcraft", "A261"), ("vandeusen", "V532"), ("robert", "R163"), ("rupert", "R163"),
        ("rubin", "R150"), ("", "0000"), ("\u00e9", "\u00c9000"),
    ],
)  # fmt: skip
def test_words_are_filed_by_their_sound(word: str, code: str) -> None:
    assert soundex(word) == code


def test_c4_records_that_share_nothing_are_never_compared() -> None:
    crowd = [record(n, emails=[f"{n // 2}@example.org"]) for n in range(10_000)]

    pairs = candidates(crowd, KEYS)

    assert len(pairs) == 5_000  # of 49,995,000
    assert all(one.emails == other.emails for one, other in pairs)


def test_c4_controllers_never_meet() -> None:
    alike = [record(n, controller, name="ada byron", emails=["a@b"]) for n, controller in enumerate("xyx")]

    ((one, other),) = candidates(alike, KEYS)

    assert one.controller == other.controller == "x"


def test_a_pair_that_shares_several_keys_is_one_pair() -> None:
    twins = [record(n, name="ada byron", emails=["a@b", "c@d"], phones=["+1"]) for n in range(2)]

    assert len(candidates(twins, KEYS)) == 1


def test_a_record_that_is_told_twice_is_not_compared_with_itself() -> None:
    assert len(candidates([record(1, emails=["a@b"])] * 2, KEYS)) == 0


def test_what_too_many_share_tells_nobody_apart() -> None:
    office = [record(n, phones=["+49301234567"]) for n in range(30)]

    few = candidates(office, KEYS, largest=29)

    assert (len(few), few.passed_over) == (0, 1)
    assert len(candidates(office, KEYS, largest=30)) == 435
    with pytest.raises(Invalid, match="must be at least 2"):
        candidates(office, KEYS, largest=1)


addresses = st.lists(st.sampled_from(["a@b", "c@d", "e@f"]), max_size=2)
crowds = st.lists(
    st.builds(
        IdentityRecord,
        customer_ids,
        st.sampled_from(["x", "y"]),
        emails=addresses,
        name=st.sampled_from(["", "ada", "eve"]),
    ),
    max_size=8,
    unique_by=lambda r: (r.controller, r.id),
)


@given(crowds)
def test_they_are_exactly_the_pairs_of_one_controller_that_share_a_key(crowd: list[IdentityRecord]) -> None:
    def share(one: IdentityRecord, other: IdentityRecord) -> bool:
        keys = (by_email, by_name)
        return one.controller == other.controller and any(set(k(one)) & set(k(other)) for k in keys)

    expected = {
        frozenset(((a.controller, a.id), (b.controller, b.id)))
        for a, b in combinations(crowd, 2)
        if share(a, b)
    }
    found = [
        frozenset(((a.controller, a.id), (b.controller, b.id)))
        for a, b in candidates(crowd, (by_email, by_name))
    ]

    assert set(found) == expected
    assert len(found) == len(expected)
