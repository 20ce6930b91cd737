"""Where merged records send whoever asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Customer
from relcore.customers import Redirects
from relcore.ids import CustomerId
from relcore.kernel.errors import Illformed
from tests.strategies import NOON

A, B, C, D = (CustomerId(f"customer_{n:032x}") for n in range(4))


def test_c1_a_chain_of_merges_leads_to_the_last() -> None:
    redirects = Redirects({A: B, B: C})

    assert [redirects.resolve(x) for x in (A, B, C, D)] == [C, C, C, D]
    assert redirects.family(B) == redirects.family(C) == (C, A, B)
    assert redirects.family(D) == (D,)


def test_c1_a_ring_of_redirects_is_refused_and_not_followed_for_ever() -> None:
    with pytest.raises(Illformed, match="is sent on to itself"):
        Redirects({A: B, B: A}).resolve(A)


def test_redirects_are_those_of_merged_records_also_when_these_are_erased() -> None:
    ada = Customer.create(A, name="Ada", at=NOON).entity
    merged = Customer.create(B, name="Ada", at=NOON).entity.merge(A, at=NOON).entity

    assert Redirects.of([ada, merged]) == Redirects({B: A})
    assert Redirects.of([ada, merged.erase(at=NOON).entity]) == Redirects({B: A})


@given(
    st.dictionaries(st.integers(1, 12), st.integers(0, 11)).map(
        lambda d: {k: v for k, v in d.items() if v < k}
    )
)
def test_families_share_nobody_and_leave_nobody_out(to: dict[int, int]) -> None:
    ids = [CustomerId(f"customer_{n:032x}") for n in range(13)]
    redirects = Redirects({ids[k]: ids[v] for k, v in to.items()})

    families = {frozenset(redirects.family(id)) for id in ids}

    assert sorted(id for family in families for id in family) == ids
    assert all(redirects.resolve(id) == redirects.family(id)[0] for id in ids)
