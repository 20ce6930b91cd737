"""Rows to ask questions about, and every question of one word to ask about them: fixed, so that each run tries the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import attrs

from relcore.channel import Channel
from relcore.customers.customer import Customer, CustomerKind, CustomerState
from relcore.ids import CustomerId
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change
from relcore.kernel.custom import custom_words
from relcore.kernel.errors import UnknownQuery
from relcore.kernel.money import Money
from relcore.kernel.query import Compare, Missing, OneOf, StartsWith, Tree
from relcore.kernel.words import (
    Amount,
    Choice,
    Count,
    Field,
    Instant,
    Key,
    Link,
    Text,
    Who,
    plain_value,
    sort_key,
    word,
    words,
)
from relcore.sales.opportunity import Opportunity
from relcore.sales.standing import OpportunityState
from relcore.service.case import Case
from relcore.service.case_state import CaseKind, CaseState, Priority
from relcore.storage.serde import KINDS
from relcore.testing.specimens import born, specimen
from relcore.testing.trial import ADA, BOB, NOON, Trial

Values: TypeAlias = dict[str, Sequence[Any]]
SIZE = 13
TEXTS = (None, "", "100", "100%", "1000", "100_", "A", "a", "B", "b", "_", "É", "é")
OWNERS = (None, ADA, BOB, Actor("team", "night"), Actor("person", "a:b"))
MOMENTS = (
    None,
    NOON,
    NOON + timedelta(microseconds=1),
    NOON - timedelta(microseconds=1),
    NOON.replace(year=1969),
    NOON.replace(year=2099),
)
AMOUNTS = tuple(
    Money.from_minor(minor, currency)
    for minor, currency in ((100, "EUR"), (100, "JPY"), (99, "EUR"), (101, "EUR"), (0, "USD"), (10_000, "USD"), (2**53 + 1, "EUR"))
)  # fmt: skip
COMPARISONS = frozenset(("is", "below", "at_most", "above", "at_least"))
OTHERS: dict[type[Any], Sequence[Any]] = {
    Text: ("1", "10", "%", "100a", "aa", "Z", "\U0001f600"),
    Count: (-1, 5),
}
"""Values that no row has."""


def grid(trial: Trial, entity: type[Any]) -> list[Any]:
    """Thirteen rows of one kind, committed, in the order of their ids; with values in the custom fields of the host."""
    rows = _ROWS[entity](trial) if entity in _ROWS else _alike(trial, entity)
    changes = [born(row) for row in _customised(trial, entity, rows)]
    trial.workspace.commit(*changes)
    return sorted((trial.now(change.entity) for change in changes), key=lambda row: row.id)


def _customised(trial: Trial, entity: type[Any], rows: Sequence[Any]) -> list[Any]:
    """The rows, with every value in turn in each custom field that is set, and that more than one may have."""
    once = {name for names in entity.uniques for name in names}
    fields = {name: f for name, f in custom_words(entity).items() if not f.retired and f.name not in once}
    values: Values = {name: tried(trial, field) for name, field in fields.items()}
    return [
        attrs.evolve(
            row,
            custom=row.custom.changed(
                {name: _nth(of, n, step) for step, (name, of) in enumerate(values.items())}
            ),
        )
        for n, row in enumerate(rows)
    ]


def tried(trial: Trial, field: Field[Any, Any]) -> Sequence[Any]:
    """Values that a custom field can hold, and nothing."""
    match field:
        case Choice():
            return (None, *field.of.__members__.values())
        case Link():
            return (None, *_two_customers(trial)) if field.to is CustomerId else (None,)
        case Who():
            return OWNERS
        case Text():
            return TEXTS
        case Count():
            return (None, 0, 1, -2, 2**31, 2**53 + 1)
        case Instant():
            return MOMENTS
        case Amount():
            return (None, *AMOUNTS)
        case _:
            return (None,)


def _alike(trial: Trial, entity: type[Any]) -> list[Any]:
    return [
        attrs.evolve(specimen(trial, entity), id=trial.workspace.new(entity.id_type)) for _ in range(SIZE)
    ]


def _spread(rows: Sequence[Change[Any]], values: Values) -> list[Any]:
    return [
        attrs.evolve(
            row.entity, **{name: _nth(of, n, step) for step, (name, of) in enumerate(values.items())}
        )
        for n, row in enumerate(rows)
    ]


def _nth(of: Sequence[Any], n: int, step: int) -> Any:
    """Every value in turn; each further round begins at another one, by as much as the field is told."""
    return of[(n + step * (n // len(of))) % len(of)]


def _cases(trial: Trial) -> list[Any]:
    ada, bob = _two_customers(trial)
    parents = [trial.kept(trial.case(of=ada)).id for _ in range(2)]
    rows: list[Change[Any]] = [trial.case(of=ada) for _ in range(SIZE)]
    values: Values = {
        "cause": TEXTS,
        "owner": OWNERS,
        "kind": tuple(CaseKind),
        "state": tuple(CaseState),
        "customer": (ada, bob, None),
        "resolution": TEXTS[::-1],
        "opened_at": MOMENTS,
        "resolved_at": MOMENTS[::-1],
        "review_at": MOMENTS[:3],
        "priority": tuple(Priority),
        "reopened": (0, 1, 2, 2**31, 2**53 + 1),
        "parent": (None, *parents),
        "survivor": (*parents, None, None),
        "channel": (None, *Channel),
    }
    return _spread(rows, values)


def _opportunities(trial: Trial) -> list[Any]:
    ada, bob = _two_customers(trial)
    rows: list[Change[Any]] = [
        trial.opportunity(AMOUNTS[n % len(AMOUNTS)], of=(ada, bob)[n % 2]) for n in range(SIZE)
    ]
    values: Values = {
        "lost_because": TEXTS,
        "stage": TEXTS[2:],
        "pipeline": TEXTS[2:5],
        "owner": OWNERS,
        "state": tuple(OpportunityState),
        "lost_to": TEXTS[::-1],
        "next_action_at": MOMENTS,
        "closed_at": MOMENTS[::-1],
        "opened_at": MOMENTS[1:],
        "touched_at": MOMENTS[:0:-1],
    }
    return _spread(rows, values)


def _customers(trial: Trial) -> list[Any]:
    ada, bob = _two_customers(trial)
    rows: list[Change[Any]] = [trial.customer(f"Ada {n}") for n in range(SIZE)]
    values: Values = {
        "created_at": MOMENTS,
        "owner": OWNERS,
        "kind": tuple(CustomerKind),
        "survivor": (None, ada, bob),
        "state": tuple(CustomerState),
    }
    return _spread(rows, values)


def _two_customers(trial: Trial) -> tuple[CustomerId, CustomerId]:
    return trial.kept_customer(), trial.kept_customer()


_ROWS = {Case: _cases, Opportunity: _opportunities, Customer: _customers}


def grids() -> tuple[type[Any], ...]:
    """The kinds that have a grid: three that have every type of word among them, and those with a host's own fields."""
    # Of a kind of which only one may have something, thirteen alike cannot be kept.
    own = [kind for kind in with_custom_fields() if not kind.uniques]
    return tuple(dict.fromkeys([*_ROWS, *own]))


def with_custom_fields() -> tuple[type[Any], ...]:
    """The kinds of which the host has declared fields of its own."""
    return tuple(kind.entity for kind in KINDS if custom_words(kind.entity))


# --- questions ------------------------------------------------------------------------------------


def leaves(entity: type[Any], rows: Sequence[Any]) -> list[Tree]:
    """Every question of one word about every field: of values that rows have, and of some that none has.

    Not of personal ones, of which a sealed repository answers few: those have clauses of their own.
    """
    asked = [name for name, field in words(entity).items() if not field.personal]
    return [leaf for name in ("id", *asked) for leaf in _about(word(entity, name), rows)]


def _about(field: Field[Any, Any], rows: Sequence[Any]) -> Iterator[Tree]:
    yield Missing(field.name)
    held = list(dict.fromkeys(plain_value(v) for row in rows if (v := field.held_by(row)) is not None))
    others = OTHERS.get(type(field), ())
    few = held if isinstance(field, Text) else held[:4]
    for value in (*few, *others):
        for op in sorted(field.tests & COMPARISONS):
            yield Compare(field.name, op, value)  # type: ignore[arg-type]
    for value in held[:3]:
        for op in sorted(_of_pages(field) - field.tests):
            yield Compare(field.name, op, value)  # type: ignore[arg-type]
    if "one_of" in field.tests:
        for values in ((), held[:1], [*held[-1:], *others[:1], *held[:2], *held[-1:]]):
            yield OneOf(field.name, tuple(values))
    if "starts_with" in field.tests:
        for prefix in ("", "1", "100", "100%", "100_", "%", "_", "a", "A", "é", "É"):
            yield StartsWith(field.name, prefix)


def _of_pages(field: Field[Any, Any]) -> frozenset[str]:
    """Where a page goes on is asked in comparisons that only pages need."""
    if field.name == "id":
        return frozenset(("above",))
    return frozenset(("above", "below")) if field.name in sortable(field.entity) else frozenset()


def sortable(entity: type[Any]) -> list[str]:
    """The fields that have an order."""
    return [
        name for name, field in words(entity).items() if not field.personal and _has_an_order(entity, name)
    ]


def _has_an_order(entity: type[Any], name: str) -> bool:
    try:
        sort_key(entity, Key(name))
    except UnknownQuery:
        return False
    return True
