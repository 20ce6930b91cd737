"""Random walks over the real commands: every entity, every command, whatever its table says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Case, Customer, Order
from relcore.customers.customer import MergeInto
from relcore.kernel.change import Change
from relcore.service import CasePolicy, OpenChildren
from tests.strategies import NOON, actors, case_ids, customer_ids, moments, order_ids, paid, texts

waiting = {"waiting_for": texts, "review_at": moments}
policies = st.just(CasePolicy()) | st.just(CasePolicy(timedelta(0), timedelta(days=400)))

COMMANDS: dict[type[Any], dict[str, dict[str, st.SearchStrategy[Any]]]] = {
    Customer: {
        "rename": {"name": texts},
        "assign": {"owner": actors},
        "merge": {"survivor": customer_ids},
        "erase": {},
    },
    Order: {"pay": {}, "cancel": {"reason": texts}},
    Case: {
        "accept": {"owner": actors},
        "assign": {"owner": actors},
        "wait_for_customer": {"waiting_for": texts},
        "wait_for_third_party": waiting,
        "put_on_hold": waiting,
        "resume": {},
        "resolve": {
            "resolution": texts,
            "cause": texts,
            "children": st.sampled_from([None, OpenChildren(0), OpenChildren(0), OpenChildren(2)]),
        },
        "close": {"policy": policies},
        "reopen": {"policy": policies},
        "cancel": {"reason": texts},
        "mark_spam": {},
    },
}
"""The arguments of each command, beside ``at`` and ``by``."""

TO_COME = {"interaction", "opportunity", "campaign", "enrolment", "consent"}
"""Kinds whose walks, examples and golden rows are still to be written. It only ever gets shorter."""


def facts_in(arguments: dict[str, Any]) -> list[object]:
    """What a command tells its guards."""
    told = {k: MergeInto(v) if k == "survivor" else v for k, v in arguments.items()}
    return [told[name] for name in ("survivor", "children", "policy") if told.get(name) is not None]


def beginnings(entity: type[Any]) -> st.SearchStrategy[Change[Any]]:
    if entity is Customer:
        return st.builds(Customer.create, customer_ids, name=texts, at=st.just(NOON))
    if entity is Order:
        return st.builds(Order.place, order_ids, customer=customer_ids, amount=paid, at=st.just(NOON))
    return st.builds(Case.open, case_ids, customer=customer_ids, subject=texts, at=st.just(NOON))


def arguments(entity: type[Any], move: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(COMMANDS[entity][move])


@st.composite
def chains(draw: st.DrawFn, entity: type[Any], most: int = 8) -> list[Change[Any]]:
    """Changes that follow each other, each decided on the entity that the one before left."""
    changes, at = [draw(beginnings(entity))], NOON
    for _ in range(draw(st.integers(0, most))):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=20)))
        held = changes[-1].entity
        move = draw(st.sampled_from(sorted(COMMANDS[entity])))
        given = draw(arguments(entity, move))
        options = {o.move: o for o in held.moves(at=at, facts=facts_in(given))}
        if options[move].answer == "allowed":
            changes.append(getattr(held, move)(**given, at=at, by=draw(st.none() | actors)))
    return changes
