"""The adapter that the page writes is no sketch: it is asked what the adapters of relcore are asked."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relcore import Actor, Customer, UniqueConflict, VersionConflict, Workspace
from relcore.customers import CustomerFields
from relcore.ids import CustomerId
from relcore.kernel.query import AnyOf, Compare, Not, Query, predicate
from relcore.storage import in_memory
from relcore.testing import FixedClock
from tests.queries import trees
from tests.strategies import NOON, born, customers

PAGE = Path(__file__).parents[2] / "docs" / "write_an_adapter.md"
tenants = (f"tenant-{n}" for n in range(10**9))


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the blocks of the page define, over a file of their own."""
    namespace: dict[str, Any] = {"__name__": "write_an_adapter"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        for block in blocks():
            exec(block, namespace)  # our own page
        yield namespace


# Nothing here is to outlive a power cut: without waiting for the disk a minute and a half become seconds.
HASTY = """
import sqlite3

def hasty(*path, connect=sqlite3.connect, **more):
    db = connect(*path, **more)
    db.execute("PRAGMA synchronous = OFF")
    return db

sqlite3.connect = hasty
"""


def test_the_kit_says_of_the_page_what_the_page_says_that_it_says(tmp_path: Path) -> None:
    """In a process of its own, by the very command: other tests have declared fields that a host may have."""
    site = tmp_path / "mysite"
    site.mkdir()
    (site / "__init__.py").write_text(HASTY, "utf-8")
    (site / "crm.py").write_text("\n".join(blocks()), "utf-8")
    command = [sys.executable, "-m", "relcore.testing", "mysite.crm:candidate"]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    told = re.sub(
        r"kit of relcore \S+\)", "kit of relcore 0.1.0)", done.stdout[done.stdout.index("level VERSIONED") :]
    )
    assert done.returncode == 0, told
    for page in (PAGE, PAGE.with_name("guarantees.md")):
        assert f"$ python -m relcore.testing mysite.crm:candidate\n{told}```" in page.read_text("utf-8"), told


def fresh(said: dict[str, Any]) -> Workspace:
    return Workspace(
        said["HostRepository"](), tenant=next(tenants), clock=FixedClock(NOON), ids=said["HostIds"]()
    )


@settings(max_examples=25)
@given(data=st.data())
def test_a_question_means_what_it_means_in_memory(said: dict[str, Any], data: st.DataObject) -> None:
    workspace = fresh(said)
    drawn = data.draw(st.lists(customers, min_size=1, max_size=5))
    rows = [attrs.evolve(row, id=workspace.new(CustomerId)) for row in drawn]
    kept = workspace.commit(*map(born, rows)).entities
    ids = st.sampled_from([row.id for row in kept]).map(lambda own: Compare("id", "is", own))
    leaves = trees(Customer) | ids
    tree = data.draw(leaves | st.builds(lambda *two: AnyOf(two), leaves, leaves.map(Not)))

    found = workspace.find(Customer, Query(tree)).rows

    assert list(found) == [row for row in kept if predicate(tree)(row)]
    assert [workspace.get(Customer, row.id) for row in kept] == list(kept)


@settings(max_examples=20)
@given(data=st.data())
def test_pages_are_those_of_the_reference(said: dict[str, Any], data: st.DataObject) -> None:
    workspace = fresh(said)
    memory = attrs.evolve(workspace, repository=in_memory())
    rows = data.draw(st.lists(customers, min_size=1, max_size=6))
    batch = [born(attrs.evolve(row, id=workspace.new(CustomerId))) for row in rows]
    order = data.draw(
        st.sampled_from([CustomerFields.created_at.ascending(), CustomerFields.created_at.descending()])
    )
    for home in (workspace, memory):
        home.commit(*batch)

    told, after, more = list[Any](), None, True
    while more:
        page = workspace.find(Customer, order=order, after=after, limit=2)
        told, after, more = [*told, *page.rows], page.after, page.after is not None

    assert tuple(told) == memory.find(Customer, order=order).rows


def test_who_was_slower_is_told_both_versions_and_nothing_is_written(said: dict[str, Any]) -> None:
    workspace = fresh(said)
    ada, bob = [
        Customer.create(workspace.new(CustomerId), name=name, at=NOON).entity for name in ("Ada", "Bob")
    ]
    held = workspace.commit(born(ada), born(bob)).entities
    renamed = workspace.apply(Customer, ada.id, lambda c: c.rename("Ada Byron", at=NOON))

    with pytest.raises(VersionConflict) as conflict:
        workspace.commit(held[1].rename("Bob B.", at=NOON), held[0].rename("Ada King", at=NOON))
    with pytest.raises(VersionConflict):
        workspace.commit(held[1].rename("Bob B.", at=NOON), reads=[held[0]])
    with pytest.raises(VersionConflict):
        workspace.commit(born(ada))

    assert (conflict.value.id, conflict.value.expected, conflict.value.actual) == (ada.id, 1, 2)
    assert workspace.find(Customer).rows == (renamed, held[1])


def test_another_tenant_sees_nothing_and_changes_nothing(said: dict[str, Any]) -> None:
    workspace, elsewhere = fresh(said), fresh(said)
    new = Customer.create(workspace.new(CustomerId), name="Ada", at=NOON, owner=Actor("person", "u-1"))
    held = workspace.commit(new).of(new)

    with pytest.raises(VersionConflict):
        elsewhere.commit(held.rename("Bob", at=NOON))
    with pytest.raises(UniqueConflict):
        elsewhere.commit(new)

    assert elsewhere.find(Customer).rows == ()
    assert workspace.get(Customer, held.id) == held


def test_a_database_that_is_held_is_busy(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, new = fresh(said), Customer.create(CustomerId.holding(10**9), name="Ada", at=NOON)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *path, **more: connect(*path, **more | {"timeout": 0}))
    holder = connect("host.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(said["Busy"]):
        workspace.commit(new)

    holder.execute("ROLLBACK")
    holder.close()
    assert workspace.commit(new).of(new).version == 1
