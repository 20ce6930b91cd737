"""What type checkers know of a workspace, an entity and a question: every line here is clean for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import assert_type

from relcore import Actor, Case, Customer, Money, Order, Workspace
from relcore.customers import CustomerHistory, LifecyclePolicy, Ordered, Stage, fold
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.change import Change, removal
from relcore.kernel.lifecycle import Answer, Option
from relcore.kernel.query import Query
from relcore.kernel.paging import Page
from relcore.kernel.repository import (
    Delivery,
    Drainable,
    Entry,
    Idempotent,
    Logged,
    Receipt,
    Repository,
    Scannable,
    Shredding,
)
from relcore.kernel.words import Key
from relcore.sales import OrderFields
from relcore.service import CaseFields, CaseState, OpenChildren
from relcore.service.case import CaseMove
from relcore.storage import MemoryRepository, Scan, SqlRepository, in_memory, key_file, sqlite
from relcore.testing import CountingIds, FixedClock


def commands(workspace: Workspace, id: CaseId, me: Actor, now: datetime) -> None:
    case = workspace.get(Case, id)
    assert_type(case, Case)
    change = case.resolve("done", cause="unknown", at=now, by=me, children=OpenChildren(0))
    assert_type(change, Change[Case])
    assert_type(change.then(lambda c: c.reopen(at=now, by=me)), Change[Case])
    opened = Case.open(workspace.new(CaseId), customer=workspace.new(CustomerId), subject="s", at=now)
    receipt = workspace.commit(change, opened, reads=[case], key="k")
    assert_type(receipt, Receipt)
    assert_type(receipt.of(change), Case)
    assert_type(workspace.apply(Case, id, lambda c: c.reopen(at=now, by=me)), Case)
    assert_type(workspace.log(Case, id), Sequence[Entry])
    assert_type(removal(case, at=now, by=me), Change[Case])
    assert_type(case.state, CaseState)
    for option in case.moves(at=now, facts=(OpenChildren(2),)):
        assert_type(option, Option[CaseState, CaseMove])
        assert_type(option.answer, Answer)


def beginnings(workspace: Workspace, now: datetime) -> None:
    ada = Customer.create(workspace.new(CustomerId), name="Ada Byron", at=now)
    assert_type(ada, Change[Customer])
    order = Order.place(workspace.new(OrderId), customer=ada.entity.id, amount=Money("29.33", "USD"), at=now)
    assert_type(order.entity.amount, Money)
    assert_type(order.entity.paid_at, datetime | None)
    workspace.commit(ada, order)


def questions(workspace: Workspace, me: Actor, now: datetime) -> None:
    mine = CaseFields.owner.is_(me) & CaseFields.state.one_of(CaseState.OPEN, CaseState.NEW)
    assert_type(mine, Query[Case])
    assert_type(workspace.find(Case, mine & ~CaseFields.resolved_at.before(now)), Page[Case])
    assert_type(workspace.each(Case, mine), Iterator[Case])
    newest = CaseFields.opened_at.descending()
    assert_type(newest, Key[Case])
    assert_type(workspace.find(Case, mine, order=[newest, CaseFields.reopened.ascending()]), Page[Case])
    assert_type(workspace.drain(limit=10), Delivery)
    assert_type(
        workspace.scan(
            Order, OrderFields.amount, OrderFields.placed_at, where=OrderFields.placed_at.since(now)
        ),
        Scan,
    )
    assert_type(
        OrderFields.amount.at_least(Money("5.00", "EUR")) | OrderFields.customer.missing(), Query[Order]
    )


def folded(id: CustomerId, now: datetime) -> None:
    history = fold(id, [Ordered(at=now)], policy=LifecyclePolicy(), as_of=now)
    assert_type(history, CustomerHistory)
    assert_type(history.stage, Stage | None)


memory: Repository = in_memory()
keeps: Idempotent = MemoryRepository()
scans: Scannable = MemoryRepository()
logs: Logged = MemoryRepository()
drains: Drainable = MemoryRepository()
sealed: Shredding = sqlite("crm.db", keys=key_file("crm.keys"))
sql: Repository = sqlite("crm.db")
sql_also: Callable[[SqlRepository], tuple[Idempotent, Scannable, Logged]] = lambda r: (r, r, r)
tested = Workspace(memory, tenant="test", clock=FixedClock("2026-03-01T09:00:00Z"), ids=CountingIds())
