"""What can be done with an entity, as functions of it, a moment and a number that decides the rest.

The lifecycle refuses what it does not allow at the time. Texts are such as people have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from relcore.customers.customer import Customer, CustomerKind
from relcore.customers.role import PartyRole
from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.money import Money
from relcore.sales.opportunity import Opportunity
from relcore.sales.quote import Quote
from relcore.service.case import Case
from relcore.service.case_policy import CasePolicy, OpenChildren
from relcore.service.case_state import CaseKind, Priority
from relcore.testing.trial import ADA, BOB, PIPELINE, Trial

Begin: TypeAlias = Callable[[Any, Any, datetime, int], Change[Any]]
"""A new id, the id of what it belongs to (None: to nothing), when, and which."""
Move: TypeAlias = Callable[[Any, datetime, int], Change[Any]]

TEXTS = ("Ada", "ada", "A%_", "É \U0001f600", "100", "O'Hara\n\"\\", "a" * 300, "  .  ")
OWNERS = (ADA, BOB, Actor("team", "second line"), Actor("system", "night:run"))
AMOUNTS = (Money("0", "EUR"), Money("1200.00", "EUR"), Money("1200", "JPY"), Money("0.01", "USD"))
WEEK = timedelta(days=7)
ANY_TIME = CasePolicy(timedelta(0), timedelta(days=4000))


def text(which: int) -> str:
    return TEXTS[which % len(TEXTS)]


def owner(which: int) -> Actor:
    return OWNERS[which % len(OWNERS)]


def _create(id: CustomerId, _: None, at: datetime, which: int) -> Change[Customer]:
    kind, roles = list(CustomerKind)[which % 2], list(PartyRole)[:2] if which % 3 else []
    able = [role for role in roles if role is not PartyRole.EMPLOYEE]
    return Customer.create(id, name=text(which), at=at, by=owner(which), kind=kind, roles=able)


def _open_case(id: Any, customer: CustomerId, at: datetime, which: int) -> Change[Case]:
    kind, priority = list(CaseKind)[which % len(CaseKind)], list(Priority)[which % len(Priority)]
    return Case.open(id, customer=customer, subject=text(which), at=at, kind=kind, priority=priority)


def _open_opportunity(id: Any, customer: CustomerId, at: datetime, which: int) -> Change[Opportunity]:
    amount = AMOUNTS[which % len(AMOUNTS)]
    return Opportunity.open(
        id, customer=customer, name=text(which), pipeline=PIPELINE, amount=amount, at=at, by=owner(which)
    )


def _draft(id: Any, opportunity: OpportunityId, at: datetime, which: int) -> Change[Quote]:
    """Few numbers, so that they meet: only one quote may have each."""
    return Quote.draft(id, opportunity=opportunity, number=f"Q-{which % 3}", currency="EUR", at=at)


BEGINS: Mapping[type[Any], Begin] = {
    Customer: _create,
    Case: _open_case,
    Opportunity: _open_opportunity,
    Quote: _draft,
}
BELONGS_TO: Mapping[type[Any], type[Any]] = {Case: Customer, Opportunity: Customer, Quote: Opportunity}


def able_to_begin(trial: Trial) -> list[type[Any]]:
    """The kinds that the candidate keeps with what they belong to."""
    able = list[type[Any]]()
    for kind in BEGINS:
        if trial.keeps(kind) and (kind not in BELONGS_TO or BELONGS_TO[kind] in able):
            able.append(kind)
    return able


MOVES: Mapping[type[Any], Mapping[str, Move]] = {
    Customer: {
        "rename": lambda row, at, n: row.rename(text(n), at=at),
        "assign": lambda row, at, n: row.assign(owner(n), at=at),
        "take_on_role": lambda row, at, n: row.take_on_role(list(PartyRole)[n % len(PartyRole)], at=at),
        "end_role": lambda row, at, n: row.end_role(list(PartyRole)[n % len(PartyRole)], at=at),
        "erase": lambda row, at, _: row.erase(at=at),
    },
    Case: {
        "accept": lambda row, at, n: row.accept(owner(n), at=at),
        "assign": lambda row, at, n: row.assign(owner(n), at=at, by=owner(n + 1)),
        "prioritise": lambda row, at, n: row.prioritise(list(Priority)[n % len(Priority)], at=at),
        "respond": lambda row, at, _: row.respond(at=at),
        "hear": lambda row, at, _: row.hear(at=at),
        "wait_for_customer": lambda row, at, n: row.wait_for_customer(text(n), at=at),
        "put_on_hold": lambda row, at, n: row.put_on_hold(text(n), review_at=at + n * WEEK, at=at),
        "resume": lambda row, at, _: row.resume(at=at),
        "resolve": lambda row, at, n: row.resolve(
            text(n), cause=text(n + 1), at=at, children=OpenChildren(0)
        ),
        "close": lambda row, at, _: row.close(at=at, policy=ANY_TIME),
        "reopen": lambda row, at, _: row.reopen(at=at, policy=ANY_TIME),
        "cancel": lambda row, at, n: row.cancel(text(n), at=at),
        "mark_spam": lambda row, at, _: row.mark_spam(at=at),
    },
    Opportunity: {
        "advance": lambda row, at, n: row.advance(PIPELINE.labels[n % 3], pipeline=PIPELINE, at=at),
        "step_back": lambda row, at, n: row.step_back(
            PIPELINE.labels[n % 3], text(n), pipeline=PIPELINE, at=at
        ),
        "revise": lambda row, at, n: row.revise(
            amount=Money(n, row.amount.currency), expected_on=date(2026, 4, 1 + n % 28), at=at
        ),
        "assign": lambda row, at, n: row.assign(owner(n), at=at),
        "override": lambda row, at, n: row.override(n % 11 / 10, at=at, by=owner(n)),
        "plan": lambda row, at, n: row.plan(at + n * WEEK, at=at),
        "touch": lambda row, at, _: row.touch(at=at),
        "name_competitor": lambda row, at, n: row.name_competitor(text(n), at=at),
        "hold": lambda row, at, n: row.hold(text(n), review_at=at + WEEK, at=at),
        "resume": lambda row, at, _: row.resume(at=at),
        "win": lambda row, at, _: row.win(at=at),
        "lose": lambda row, at, n: row.lose(text(n), lost_to=text(n + 1), at=at),
        "void": lambda row, at, n: row.void(text(n), at=at),
    },
    Quote: {
        "revise": lambda row, at, n: row.revise(valid_until=at + n * WEEK, at=at),
    },
}
