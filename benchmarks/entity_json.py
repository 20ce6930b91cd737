"""Entities to plain JSON values and back: relcore in Python, pydantic 2 with its compiled core.

The peer has models of the same fields and as strict: ids by their pattern, enumerations, aware moments, exact decimals, no
key too many. relcore also holds its rules of the whole (an amount is whole in its minor units and not negative).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from benchmarks.harness import Outcome, Question, Side, Task

Name = Literal["order", "case"]
Way = Literal["structure", "unstructure"]

MANY = 500
START = datetime(2026, 1, 1, tzinfo=UTC)


def outcome(plain: list[Any]) -> Outcome:
    """All of them as JSON, whichever way UTC is written."""
    texts = [json.dumps(one, sort_keys=True).replace('Z"', '+00:00"') for one in plain]
    return {"first": texts[0], "last": texts[-1], "characters": sum(map(len, texts))}


# --- ours -----------------------------------------------------------------------------------------


def entities(name: Name) -> list[Any]:
    """As many of a kind, each with its own ids and moments."""
    from relcore import Actor, Case, Money, Order
    from relcore.ids import CaseId, CustomerId, OrderId

    def order(number: int, at: datetime) -> Any:
        customer = CustomerId.imported("shop", str(number % 50))
        amount = Money.from_minor(100 + number, "EUR")
        placed = Order.place(OrderId.imported("shop", str(number)), customer=customer, amount=amount, at=at)
        return placed.then(lambda order: order.pay(at=at + timedelta(hours=1))).entity

    def case(number: int, at: datetime) -> Any:
        customer = CustomerId.imported("shop", str(number % 50))
        opened = Case.open(
            CaseId.imported("mail", str(number)), customer=customer, subject="Cannot log in", at=at
        )
        agent, later = Actor("person", "u-17"), at + timedelta(hours=1)
        return (
            opened.then(lambda case: case.accept(agent, at=at))
            .then(lambda case: case.respond(at=later))
            .then(lambda case: case.wait_for_customer("a log file", at=later))
            .entity
        )

    made = {"order": order, "case": case}[name]
    return [made(number, START + timedelta(minutes=number)) for number in range(MANY)]


def relcore(name: Name, way: Way) -> Task:
    from relcore.storage import from_json, to_json

    held = entities(name)
    kind = type(held[0])
    plain = [to_json(one, personal=True) for one in held]

    def structure(_: None) -> list[Any]:
        return [from_json(kind, one) for one in plain]

    def unstructure(_: None) -> list[Any]:
        return [to_json(one, personal=True) for one in held]

    if way == "structure":
        return Task(
            structure,
            lambda read: outcome([to_json(one, personal=True) for one in read]),
            operations=MANY,
        )
    return Task(unstructure, outcome, operations=MANY)


# --- theirs ---------------------------------------------------------------------------------------


def models() -> dict[Name, Any]:
    """The same fields as pydantic says them."""
    from decimal import Decimal

    from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

    from relcore import Case
    from relcore.channel import Channel
    from relcore.sales import OrderState
    from relcore.service import CaseKind, CaseState, MarkKind, Priority

    def id_of(kind: str) -> Any:
        return Annotated[str, Field(pattern=f"^{kind}_[0-9a-f]{{32}}$")]

    class Frozen(BaseModel):
        model_config = ConfigDict(frozen=True, extra="forbid")

    Actor = Annotated[str, Field(pattern="^(person|team|system|customer):.+$")]
    Text = Annotated[str, Field(min_length=1)]
    Money = create_model("Money", __base__=Frozen, amount=(Decimal, ...), currency=(str, ...))
    Mark = create_model("Mark", __base__=Frozen, kind=(MarkKind, ...), at=(AwareDatetime, ...))
    order = {
        "id": id_of("order"),
        "customer": id_of("customer"),
        "amount": Money,
        "placed_at": AwareDatetime,
        "state": OrderState,
        "paid_at": AwareDatetime | None,
        "cancel_reason": Text | None,
        "version": int,
        "custom": dict[str, Any],
    }
    case = {
        "id": id_of("case"),
        "customer": id_of("customer") | None,
        "subject": Text,
        "kind": CaseKind,
        "state": CaseState,
        "opened_at": AwareDatetime | None,
        "owner": Actor | None,
        "parent": id_of("case") | None,
        "waiting_for": Text | None,
        "review_at": AwareDatetime | None,
        "resolution": Text | None,
        "cause": Text | None,
        "resolved_at": AwareDatetime | None,
        "cancel_reason": Text | None,
        "reopened": Annotated[int, Field(ge=0)],
        "handle": Text | None,
        "priority": Priority,
        "channel": Channel | None,
        "survivor": id_of("case") | None,
        "history": tuple[Mark, ...],
        "version": int,
        "custom": dict[str, Any],
    }
    assert case.keys() == {field.name for field in Case.__attrs_attrs__}
    fields: dict[Name, Any] = {"order": order, "case": case}
    return {
        name: create_model(name, __base__=Frozen, **{field: (kind, ...) for field, kind in of.items()})
        for name, of in fields.items()
    }


def pydantic(name: Name, way: Way) -> Task:
    from relcore.storage import to_json

    model = models()[name]
    plain = [to_json(one, personal=True) for one in entities(name)]
    held = [model.model_validate(one) for one in plain]

    def structure(_: None) -> list[Any]:
        return [model.model_validate(one) for one in plain]

    def unstructure(_: None) -> list[Any]:
        return [one.model_dump(mode="json") for one in held]

    if way == "structure":
        return Task(
            structure,
            lambda read: outcome([one.model_dump(mode="json") for one in read]),
            operations=MANY,
        )
    return Task(unstructure, outcome, operations=MANY)


# --- the questions --------------------------------------------------------------------------------


def question(name: Name, way: Way, title: str) -> Question:
    def side(of: Callable[[Name, Way], Task]) -> Callable[[], Task]:
        return lambda: of(name, way)

    return Question(
        f"entity_json.{way}_{name}",
        title,
        "plain dicts on the one hand, frozen values with every check on the other; no text is parsed or written",
        Side("relcore", side(relcore)),
        (Side("pydantic 2", side(pydantic)),),
        promised={"pydantic 2": 0.5},
    )


QUESTIONS = (
    question("order", "structure", "an order from plain JSON values"),
    question("order", "unstructure", "an order to plain JSON values"),
    question("case", "structure", "a case of 22 fields from plain JSON values"),
    question("case", "unstructure", "a case of 22 fields to plain JSON values"),
)
