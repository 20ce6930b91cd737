"""What a workspace does on every adapter, beside what the clauses of ``relcore.testing`` say of adapters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import (
    Actor,
    Case,
    Customer,
    Invalid,
    Workspace,
)
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.change import Change, removal
from relcore.kernel.errors import CommitUnknown, Illformed, Unsupported
from relcore.kernel.query import Query
from relcore.kernel.repository import (
    Batch,
    Capabilities,
    Level,
    Receipt,
    Repository,
    replay,
)
from relcore.service import CaseFields, CaseState, OpenChildren
from relcore.storage import in_memory
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON, born, entities
from tests.walks import WALKS, chains

ME, YOU = Actor("person", "u-1"), Actor("person", "u-2")


def customer(workspace: Workspace, name: str = "Ada Byron") -> Change[Customer]:
    return Customer.create(workspace.new(CustomerId), name=name, at=NOON, by=ME)


def case(workspace: Workspace, subject: str = "Cannot log in") -> Change[Case]:
    return Case.open(
        workspace.new(CaseId), customer=workspace.new(CustomerId), subject=subject, at=NOON, by=ME
    )


def kept(workspace: Workspace) -> Case:
    change = case(workspace)
    return workspace.commit(change).of(change)


# --- round trip -----------------------------------------------------------------------------------


def fresh(repository: Repository, tenants: list[int] = [0]) -> Workspace:  # noqa: B006  # counts the examples
    tenants[0] += 1
    return Workspace(repository, tenant=f"tenant-{tenants[0]}", clock=FixedClock(NOON))


@given(entity=entities)
def test_whatever_an_entity_can_be_is_kept_and_comes_back(repository: Repository, entity: Any) -> None:
    workspace = fresh(repository)

    receipt = workspace.commit(born(entity))

    stored = attrs.evolve(entity, version=1)
    assert workspace.get(type(entity), entity.id) == stored
    assert workspace.find(type(entity)).rows == (stored,)
    assert receipt.entities == (stored,)
    assert workspace.receipt(receipt.key) == receipt


@given(data=st.data())
def test_any_walk_is_kept_and_its_log_replays_to_the_row(repository: Repository, data: st.DataObject) -> None:
    workspace = fresh(repository)
    entity = data.draw(st.sampled_from(list(WALKS)))
    changes = data.draw(chains(entity))
    id = changes[0].entity.id

    held, receipts = None, []
    for change in changes:
        before = None if change.before is None else held
        after = attrs.evolve(change.entity, version=0 if held is None else held.version)
        receipts.append(workspace.commit(Change(before, after, change.events)))
        held = receipts[-1].entities[0]

    log = workspace.log(entity, id)
    assert replay(entity, log) == workspace.get(entity, id) == held
    assert [entry.event for entry in log] == [event for change in changes for event in change.events]
    assert [entry.version for entry in log] == [n for n, c in enumerate(changes, 1) for _ in c.events]
    # Every receipt still tells what its commit left, whatever came later.
    assert [workspace.receipt(receipt.key) for receipt in receipts] == receipts


def test_an_id_of_another_kind_is_refused(workspace: Workspace) -> None:
    with pytest.raises(Invalid, match="must be a CaseId"):
        workspace.get(Case, workspace.new(OrderId))  # type: ignore[arg-type]


# --- apply ----------------------------------------------------------------------------------------


def test_a_decision_is_about_what_it_was_handed(workspace: Workspace) -> None:
    held, other = kept(workspace), kept(workspace)

    with pytest.raises(Illformed, match="it must be about the Case it was handed"):
        workspace.apply(Case, held.id, lambda case: other.accept(ME, at=NOON))


@attrs.define
class Flaky:
    """A repository whose acknowledgements get lost: before or after it was written."""

    inner: Any
    plan: list[str]
    keys: list[str] = attrs.field(factory=list)
    level: Level = Level.LOGGED

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(self.level)

    def fetch(self, refs: Sequence[Any]) -> Sequence[Any]:
        return self.inner.fetch(refs)  # type: ignore[no-any-return]

    def find(self, tenant: str, entity: Any, where: Query[Any], *, order: Any, limit: int) -> Any:
        return self.inner.find(tenant, entity, where, order=order, limit=limit)

    def receipt(self, tenant: str, key: str) -> Receipt | None:
        return self.inner.receipt(tenant, key)  # type: ignore[no-any-return]

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        self.keys.append(batch.key)
        fate = self.plan.pop(0) if self.plan else "works"
        if fate == "lost before":
            raise CommitUnknown(batch.key)
        receipt = self.inner.commit(tenant, batch)
        if fate == "lost after":
            raise CommitUnknown(batch.key)
        return receipt  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "plan", [["lost before"], ["lost after"], ["lost before", "lost after", "lost after"]]
)
def test_apply_sends_a_batch_of_unknown_outcome_again_under_its_key(
    workspace: Workspace, plan: list[str]
) -> None:
    held, flaky = kept(workspace), Flaky(workspace.repository, [*plan])

    accepted = attrs.evolve(workspace, repository=flaky).apply(
        Case, held.id, lambda case: case.accept(ME, at=NOON)
    )

    assert accepted.version == 2
    assert len(flaky.keys) == len(plan) + 1
    assert len(set(flaky.keys)) == 1


def test_an_outcome_that_stays_unknown_is_told_with_its_key_and_can_be_asked_for_later(
    workspace: Workspace,
) -> None:
    held, flaky = kept(workspace), Flaky(workspace.repository, ["lost after"] * 9)

    with pytest.raises(CommitUnknown) as unknown:
        attrs.evolve(workspace, repository=flaky).apply(
            Case, held.id, lambda case: case.accept(ME, at=NOON), key="accept", attempts=3
        )

    assert (unknown.value.key, unknown.value.retry) == ("accept", "same_key")
    assert len(flaky.keys) == 3
    assert workspace.apply(Case, held.id, lambda case: case.mark_spam(at=NOON), key="accept").owner == ME


# --- pages and tenants ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "after", ["", "x", "e30=", "WzEsMiwzXQ==", "WyIxIiwiMiIsIjMiXQ==", "W1tbW1tb", "case_1", "\ud800", 5]
)
def test_a_cursor_of_nobody_is_refused(workspace: Workspace, after: Any) -> None:
    with pytest.raises(Invalid, match="after must be the cursor of an earlier page"):
        workspace.find(Case, after=after)


@pytest.mark.parametrize("tenant", ["", "a\nb", "a\x00b", "t" * 201, None, 5])
def test_a_tenant_is_printable_text(tenant: Any) -> None:
    with pytest.raises(Invalid, match="tenant must be printable text"):
        Workspace(in_memory(), tenant=tenant)


# --- what an adapter does not offer ---------------------------------------------------------------


class Bare:
    """An adapter of the lowest level over the reference: no keys, no scan, no log."""

    def __init__(self) -> None:
        self._inner = in_memory()
        self.capabilities = Capabilities(Level.VERSIONED)
        self.fetch, self.find, self.commit = self._inner.fetch, self._inner.find, self._inner.commit


def test_what_an_adapter_does_not_offer_is_refused_by_name() -> None:
    workspace = Workspace(Bare(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    held = kept(workspace)

    assert workspace.apply(Case, held.id, lambda case: case.accept(ME, at=NOON)).version == 2
    for ask in (
        lambda: workspace.log(Case, held.id),
        lambda: workspace.receipt("k"),
        lambda: workspace.scan(Case, CaseFields.state),
        lambda: workspace.scan_log(Case),
        lambda: workspace.drain(),
        lambda: workspace.shred(held.customer),
        lambda: workspace.commit(case(workspace), key="k"),
        lambda: workspace.commit(removal(held, at=NOON)),
        lambda: workspace.apply(Case, held.id, lambda c: c.respond(at=NOON), key="k"),
    ):
        with pytest.raises(Unsupported, match="Bare does not offer"):
            ask()
    assert workspace.get(Case, held.id).version == 2


def test_without_a_memory_of_keys_an_unknown_outcome_is_not_sent_again() -> None:
    bare = Workspace(Bare(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())
    held, flaky = kept(bare), Flaky(bare.repository, ["lost after"], level=Level.VERSIONED)

    with pytest.raises(CommitUnknown):
        attrs.evolve(bare, repository=flaky).apply(Case, held.id, lambda case: case.accept(ME, at=NOON))

    assert len(flaky.keys) == 1
    assert bare.get(Case, held.id).version == 2


def test_the_first_program_of_a_newcomer(workspace: Workspace) -> None:
    ada = customer(workspace)
    new = Case.open(workspace.new(CaseId), customer=ada.entity.id, subject="Cannot log in", at=NOON, by=ME)
    receipt = workspace.commit(ada, new)

    accepted = workspace.apply(Case, receipt.of(new).id, lambda held: held.accept(owner=ME, at=NOON))
    mine = workspace.find(Case, CaseFields.state.is_(CaseState.OPEN) & CaseFields.owner.is_(ME), limit=50)

    assert mine.rows == (accepted,)
    done = workspace.apply(
        Case,
        new.entity.id,
        lambda c: c.resolve("reset", cause="unknown", at=NOON, by=ME, children=OpenChildren(0)),
    )
    assert done.state is CaseState.RESOLVED


def test_a_page_is_walked_and_counted_like_its_rows(workspace: Workspace) -> None:
    workspace.commit(customer(workspace), customer(workspace, "Charles Babbage"))

    page = workspace.find(Customer)

    assert (len(page), tuple(page)) == (2, page.rows)
