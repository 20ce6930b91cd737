"""A question means the same in every adapter: compared on rows and questions that nobody would think of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Case, Order, Workspace
from relcore.kernel.query import Query, predicate
from relcore.kernel.repository import Repository
from relcore.kernel.words import words
from relcore.storage import in_memory, sqlite
from relcore.testing import FixedClock
from tests.queries import case_queries, order_queries, trees
from tests.strategies import NOON, born, cases, customers, orders


@pytest.fixture(scope="module")
def adapters(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, Repository]:
    return in_memory(), sqlite(Path(tmp_path_factory.mktemp("parity")) / "crm.db")


tenants = (f"tenant-{n}" for n in range(10**9))


def filled(adapters: tuple[Repository, Repository], rows: list[Any]) -> list[Workspace]:
    tenant = next(tenants)
    workspaces = [Workspace(adapter, tenant=tenant, clock=FixedClock(NOON)) for adapter in adapters]
    for workspace in workspaces:
        workspace.commit(*map(born, rows), key="rows")
    return workspaces


@pytest.mark.parametrize(
    ("rows", "questions"),
    [(cases, case_queries), (orders, order_queries), (customers, None)],
    ids=["cases", "orders", "customers"],
)
@settings(max_examples=60)
@given(data=st.data())
def test_both_adapters_find_and_scan_the_same(
    adapters: tuple[Repository, Repository], rows: Any, questions: Any, data: st.DataObject
) -> None:
    held = data.draw(st.lists(rows, max_size=6, unique_by=lambda row: row.id))
    entity = type(held[0]) if held else Case
    asked = questions if questions is not None and held else trees(entity).map(Query[Any])
    query: Query[Any] = data.draw(asked)

    memory, sql = filled(adapters, held)

    expected = sorted(
        (attrs.evolve(r, version=1) for r in held if predicate(query.tree)(r)), key=lambda r: r.id
    )
    assert memory.find(entity, query).rows == sql.find(entity, query).rows == tuple(expected)
    fields = list(words(entity).values())
    scans = [
        [row for c in w.scan(entity, *fields, where=query, chunk=2) for row in zip(*c.values(), strict=True)]
        for w in (memory, sql)
    ]
    assert scans[0] == scans[1]
    assert len(scans[0]) == len(expected)


@pytest.mark.parametrize("entity", [Case, Order])
def test_a_chain_of_hundreds_is_asked_of_both(
    adapters: tuple[Repository, Repository], entity: type[Any]
) -> None:
    field = words(entity)["customer"]
    chain = field.missing()
    for _ in range(400):
        chain |= field.missing()

    for workspace in filled(adapters, []):
        assert workspace.find(entity, chain & ~chain).rows == ()
