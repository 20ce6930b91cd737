"""The graph of relationships, as of a moment."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from relcore import Customer
from relcore.customers import CustomerKind, Redirects, Relationship, RelationshipGraph, RelationshipType
from relcore.ids import CustomerId, RelationshipId
from relcore.testing import CountingIds
from tests.strategies import NOON

IDS = CountingIds()
DAY = timedelta(days=1)
Type = RelationshipType
PEOPLE = ada, byron, charles, dora = [
    Customer.create(IDS.new(CustomerId), name=n, at=NOON).entity for n in ("Ada", "Byron", "Charles", "Dora")
]
FIRMS = holding, mill, shop, rival = [
    Customer.create(IDS.new(CustomerId), name=n, kind=CustomerKind.ORGANISATION, at=NOON).entity
    for n in ("Holding", "Mill", "Shop", "Rival")
]


def related(type: RelationshipType, source: Customer, target: Customer, days: int = 0) -> Relationship:
    id = IDS.new(RelationshipId)
    return Relationship.establish(
        id, type=type, source=source, target=target, others=(), since=NOON + days * DAY, at=NOON
    ).entity


EVERYTHING = [
    related(Type.PARENT_COMPANY, mill, holding),
    related(Type.PARENT_COMPANY, shop, mill, days=2),
    related(Type.EMPLOYMENT, ada, mill),
    related(Type.EMPLOYMENT, ada, rival),
    related(Type.EMPLOYMENT, byron, mill),
    related(Type.HOUSEHOLD, ada, byron),
    related(Type.HOUSEHOLD, charles, byron),
    related(Type.REFERRAL, byron, ada),
    related(Type.REFERRAL, charles, byron),
]


def graph(days: float = 3, redirects: Redirects = Redirects()) -> RelationshipGraph:
    return RelationshipGraph.of(EVERYTHING, as_of=NOON + days * DAY, redirects=redirects)


def test_who_stands_above_and_below() -> None:
    assert graph().ancestors(shop.id, Type.PARENT_COMPANY) == {mill.id, holding.id}
    assert graph().descendants(holding.id, Type.PARENT_COMPANY) == {mill.id, shop.id}
    assert graph(days=1).ancestors(shop.id, Type.PARENT_COMPANY) == frozenset()


def test_a_group_of_companies_is_the_same_from_each_of_them() -> None:
    group = {holding.id, mill.id, shop.id}

    assert [graph().company_group(f.id) for f in FIRMS] == [group, group, group, {rival.id}]


def test_households_are_those_that_hang_together() -> None:
    home = {ada.id, byron.id, charles.id}

    assert graph().households() == (frozenset(home),)
    assert graph().household(charles.id) == home
    assert graph().household(dora.id) == {dora.id}


def test_who_works_where() -> None:
    assert graph().workplaces(ada.id) == {mill.id, rival.id}
    assert graph().workforce(mill.id) == {ada.id, byron.id}
    assert graph().workplaces(dora.id) == frozenset()


def test_a_referral_is_followed_to_its_beginning() -> None:
    assert graph().referral_chain(charles.id) == (ada.id, byron.id, charles.id)
    assert graph().referral_chain(dora.id) == (dora.id,)
    assert graph().descendants(ada.id, Type.REFERRAL) == {byron.id, charles.id}


def test_a_referral_ring_in_foreign_data_ends() -> None:
    ring = [related(Type.REFERRAL, ada, byron), related(Type.REFERRAL, byron, ada)]

    assert RelationshipGraph.of(ring, as_of=NOON).referral_chain(ada.id) == (byron.id, ada.id)


def test_c2_relationships_of_a_merged_customer_are_read_as_those_of_the_survivor() -> None:
    redirects = Redirects({byron.id: ada.id})

    merged = graph(redirects=redirects)

    assert merged.workforce(mill.id) == {ada.id}
    assert merged.household(charles.id) == {ada.id, charles.id}
    assert merged.referral_chain(charles.id) == (ada.id, charles.id)
    assert all(edge.source != edge.target for edge in merged.edges)


def test_the_graph_can_be_had_whole() -> None:
    whole, jobs = graph().to_networkx(), graph().to_networkx(Type.EMPLOYMENT)

    assert whole.number_of_edges() == len(EVERYTHING)
    assert set(jobs) == {ada.id, byron.id, mill.id, rival.id}
    assert {kind for *_, kind in whole.edges(data="type")} == {r.type for r in EVERYTHING}


@pytest.mark.parametrize(("question", "loads"), [("workplaces(ada)", False), ("household(ada)", True)])
def test_networkx_is_loaded_only_when_it_is_needed(question: str, loads: bool) -> None:
    code = f"""
import sys
from datetime import UTC, datetime
from relcore.customers import RelationshipGraph
from relcore.ids import CustomerId
ada = CustomerId.imported("shop", "ada")
RelationshipGraph.of([], as_of=datetime(2026, 3, 1, tzinfo=UTC)).{question}
sys.exit("networkx" in sys.modules)
"""

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == loads
