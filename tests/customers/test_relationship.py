"""Relationships: who may stand where, one at a time, and never above oneself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Customer, Invalid, Refused, Relationship
from relcore.customers import CustomerKind, PartyRole, RelationshipState, RelationshipType
from relcore.customers.relationship import RULES
from relcore.ids import CustomerId, RelationshipId
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
DAY = timedelta(days=1)
Type = RelationshipType


def party(kind: CustomerKind = CustomerKind.PERSON, *roles: PartyRole) -> Customer:
    return Customer.create(IDS.new(CustomerId), name="Ada", kind=kind, roles=roles, at=NOON).entity


def firm(*roles: PartyRole) -> Customer:
    return party(CustomerKind.ORGANISATION, *roles)


def related(
    type: RelationshipType,
    source: Customer,
    target: Customer,
    others: Sequence[Relationship] = (),
    since: datetime = NOON,
) -> Relationship:
    id = IDS.new(RelationshipId)
    return Relationship.establish(
        id, type=type, source=source, target=target, others=others, since=since, at=NOON
    ).entity


@pytest.mark.parametrize("type", RelationshipType)
def test_the_type_says_who_may_stand_at_its_ends(type: RelationshipType) -> None:
    rules = RULES[type]
    roles = () if rules.target_role is None else (rules.target_role,)

    for source in CustomerKind:
        for target in CustomerKind:
            ends = party(source), party(target, *roles)
            if source in rules.source and target in rules.target:
                assert related(type, *ends).state is RelationshipState.STANDING
            else:
                with pytest.raises(Invalid, match="must be a"):
                    related(type, *ends)


@pytest.mark.parametrize(("type", "role"), [(Type.PARTNERSHIP, "partner"), (Type.SUPPLY, "vendor")])
def test_the_type_says_which_role_its_target_must_have_by_then(type: RelationshipType, role: str) -> None:
    target = firm().take_on_role(PartyRole(role), since=NOON + DAY, at=NOON).entity

    with pytest.raises(Invalid, match=f"must have the role {role} by then"):
        related(type, firm(), target)
    assert related(type, firm(), target, since=NOON + DAY).target == target.id


def test_one_person_works_at_many_companies_and_once_at_each() -> None:
    ada, one, other = party(), firm(), firm()
    first = related(Type.EMPLOYMENT, ada, one)

    second = related(Type.EMPLOYMENT, ada, other, [first])

    assert (first.source, second.source) == (ada.id, ada.id)
    with pytest.raises(Invalid, match="the two are that to each other already"):
        related(Type.EMPLOYMENT, ada, one, [first, second])


def test_who_left_may_come_back() -> None:
    ada, one = party(), firm()
    left = related(Type.EMPLOYMENT, ada, one).end("quit", until=NOON + DAY, at=NOON).entity

    with pytest.raises(Invalid, match="already"):
        related(Type.EMPLOYMENT, ada, one, [left])
    again = related(Type.EMPLOYMENT, ada, one, [left], since=NOON + DAY)

    assert [again.holds(NOON + n * DAY) for n in (0, 1)] == [False, True]
    assert [left.holds(NOON + n * DAY) for n in (0, 1)] == [True, False]


def test_a_person_belongs_to_one_household_at_a_time() -> None:
    ada, mother, husband = party(), party(), party()
    home = related(Type.HOUSEHOLD, ada, mother)

    with pytest.raises(Invalid, match="may have one at a time"):
        related(Type.HOUSEHOLD, ada, husband, [home])
    moved = home.end("married", until=NOON + DAY, at=NOON).entity
    assert related(Type.HOUSEHOLD, ada, husband, [moved], since=NOON + DAY).target == husband.id


@pytest.mark.parametrize("type", [t for t in Type if RULES[t].hierarchy])
def test_nobody_comes_to_stand_above_themselves(type: RelationshipType) -> None:
    one, two, three = (party(RULES[type].source[-1]) for _ in range(3))
    chain = [related(type, one, two), related(type, two, three)]

    with pytest.raises(Invalid, match="must not stand below its own"):
        related(type, three, one, chain)


def test_what_was_a_ring_only_in_different_years_is_none() -> None:
    one, two = firm(), firm()
    once = related(Type.PARENT_COMPANY, one, two).end("sold", until=NOON + DAY, at=NOON).entity

    with pytest.raises(Invalid, match="must not stand below"):
        related(Type.PARENT_COMPANY, two, one, [once], since=NOON + DAY / 2)
    assert related(Type.PARENT_COMPANY, two, one, [once], since=NOON + DAY).target == one.id


def test_a_ring_that_would_close_only_later_is_refused_now() -> None:
    one, two, three = firm(), firm(), firm()
    ahead = [
        related(Type.PARENT_COMPANY, one, two, since=NOON + 10 * DAY),
        related(Type.PARENT_COMPANY, two, three, since=NOON + 20 * DAY),
    ]

    with pytest.raises(Invalid, match="must not stand below"):
        related(Type.PARENT_COMPANY, three, one, ahead)


def test_nobody_is_related_to_themselves() -> None:
    ada = party()

    with pytest.raises(Invalid, match="must be another party"):
        related(Type.FAMILY, ada, ada)


def test_a_merged_customer_is_related_under_the_name_of_its_survivor() -> None:
    ada, other = party(), party()
    merged = other.merge(ada.id, at=NOON).entity

    with pytest.raises(Invalid, match=f"relate {ada.id} instead"):
        related(Type.FAMILY, merged, party())


def test_it_cannot_end_before_it_began_but_be_declared_void() -> None:
    ahead = related(Type.EMPLOYMENT, party(), firm(), since=NOON + DAY)

    with pytest.raises(Refused, match="it cannot end before it began"):
        ahead.end("never came", at=NOON)
    void = ahead.void("never came", at=NOON).entity

    assert not void.holds(NOON + 2 * DAY)
    assert related(Type.EMPLOYMENT, party(), firm(), [void]).state is RelationshipState.STANDING


spans = st.tuples(
    st.integers(0, 4), st.integers(0, 4), st.integers(0, 9), st.none() | st.integers(1, 5)
).filter(lambda t: t[0] != t[1])


@given(st.lists(spans, max_size=12))
def test_whatever_is_told_no_hierarchy_has_a_ring_at_any_moment(told: list[tuple[Any, ...]]) -> None:
    firms = [firm() for _ in range(5)]
    held: list[Relationship] = []

    for source, target, since, length in told:
        try:
            new = related(Type.PARENT_COMPANY, firms[source], firms[target], held, since=NOON + since * DAY)
        except Invalid:
            continue
        ends = NOON + (since + length) * DAY if length else None
        held.append(new if ends is None else new.end("sold", until=ends, at=NOON).entity)

    for n in range(30):
        at = NOON + n * DAY / 2
        assert nx.is_directed_acyclic_graph(nx.DiGraph([(r.source, r.target) for r in held if r.holds(at)]))


@given(st.lists(spans.map(lambda t: (t[0], t[1], t[2], None)), max_size=8), spans)
def test_only_what_would_close_a_ring_is_refused(told: list[tuple[Any, ...]], last: tuple[Any, ...]) -> None:
    """What never ends holds together at the end of time: there the oracle looks."""
    firms = [firm() for _ in range(5)]
    graph = nx.DiGraph()
    held: list[Relationship] = []

    for source, target, since, _ in [*told, last]:
        ends = firms[source].id, firms[target].id
        closes = ends[0] in graph and ends[1] in graph and nx.has_path(graph, ends[1], ends[0])
        try:
            held.append(
                related(Type.PARENT_COMPANY, firms[source], firms[target], held, since=NOON + since * DAY)
            )
        except Invalid:
            assert closes or graph.has_edge(*ends)
        else:
            assert not closes
            graph.add_edge(*ends)
