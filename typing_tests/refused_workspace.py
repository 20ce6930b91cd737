"""Lines that both type checkers refuse, and no other: mistakes that never reach a test."""

from __future__ import annotations

from datetime import datetime

from relcore import Actor, Case, Customer, Order, Workspace
from relcore.customers import CustomerFields
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.repository import Repository
from relcore.sales import OrderFields, order_lifecycle
from relcore.service import CaseFields, CaseState
from relcore.storage import in_memory


def commands(workspace: Workspace, id: CaseId, who: CustomerId, me: Actor, now: datetime) -> None:
    case = workspace.get(Case, id)
    workspace.get(Case, who)  # refuse: an id of another kind
    workspace.get(Case, str(id))  # refuse: a text is no id
    workspace.apply(Case, id, lambda c: c.reslove(at=now))  # refuse: no such command
    workspace.commit(case)  # refuse: not a change
    case.accept(me)  # refuse: no moment given
    case.accept("bob", at=now)  # refuse: a text is no actor
    case.moves()  # refuse: no moment given
    case.state = CaseState.OPEN  # refuse: frozen
    case.resolve("done", at=now)  # refuse: no cause given
    Case(id, id, "s")  # refuse: a case id where a customer's belongs
    Order.place(OrderId("order_"), customer=who, amount=29.33, at=now)  # refuse: a float is no money
    order = workspace.get(Order, OrderId("order_"))
    order_lifecycle.step(order, "reslove", at=now)  # refuse: no such move


def questions(workspace: Workspace, me: Actor, who: CustomerId, now: datetime) -> None:
    mine = CaseFields.owner.is_(me)
    workspace.find(Customer, mine)  # refuse: a question about another entity
    workspace.find(Case, mine & CustomerFields.owner.is_(me))  # refuse: two entities in one question
    CaseFields.owner.is_(who)  # refuse: an id is no actor
    CaseFields.state.is_("opne")  # refuse: no such state
    CaseFields.state.starts_with("o")  # refuse: no such test
    CaseFields.stat.is_(CaseState.OPEN)  # refuse: no such field
    CaseFields.subject.is_("s")  # refuse: nothing is asked about personal fields
    CaseFields.resolved_at.before("yesterday")  # refuse: a text is no moment
    OrderFields.amount.at_least(5)  # refuse: a number is no money
    workspace.scan(Case, OrderFields.amount)  # refuse: a field of another entity
    workspace.find(Case, order=OrderFields.placed_at.ascending())  # refuse: the order of another entity
    CaseFields.state.descending()  # refuse: a state has no order
    CaseId(OrderId("order_")).kindd  # refuse: no such name


port: Repository = object()  # refuse: it offers nothing
Workspace(in_memory())  # refuse: for which tenant
Workspace(in_memory(), "acme")  # refuse: a tenant is named
