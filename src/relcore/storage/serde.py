"""The shape of rows on the wire, known here and nowhere else.

A row is the declared words of its entity as columns (``relcore.kernel.words``) and the rest as one JSON object. Strict
both ways: text stays text, a number that is not whole is not an int, an unknown key is an error, and a row of a newer
schema is neither guessed at nor overwritten. ``tests/storage/golden`` holds every shape that was ever written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, get_args, get_origin

import attrs
from cattrs import Converter

from relcore.customers.contact_point import ContactPoint
from relcore.customers.customer import Customer
from relcore.customers.merge import Merge
from relcore.customers.relationship import Relationship
from relcore.interactions.interaction import Interaction
from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware, duration, duration_text
from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Corrupt, Invalid, NewerSchema
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.kernel.words import Columns, Field, Stored, words
from relcore.marketing.campaign import Campaign
from relcore.marketing.enrolment import Enrolment
from relcore.marketing.message import Message
from relcore.privacy.consent import Consent
from relcore.privacy.suppression import Suppression
from relcore.sales.lead import Lead
from relcore.sales.opportunity import Opportunity
from relcore.sales.order import Order
from relcore.sales.quote import Quote
from relcore.service.case import Case
from relcore.work.approval import Approval
from relcore.work.promise import Promise
from relcore.work.task import Task

_UNREADABLE = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a row of another shape may raise; ``Invalid`` is a ``ValueError``."""


@contextmanager
def reading(where: str) -> Generator[None]:
    """Whatever goes wrong with what is stored is ``Corrupt``, which names the place and not its content."""
    try:
        yield
    except _UNREADABLE as wrong:
        raise Corrupt(where, _without_values(wrong)) from None


@attrs.frozen
class Kind:
    """One kind of entity, as it is kept: its class and the number of its shape."""

    entity: type[Any]
    schema: int = 1

    @cached_property
    def name(self) -> str:
        """``customer``, the spoken part of its ids."""
        return str(self.entity.id_type.kind)

    @cached_property
    def fields(self) -> tuple[Field[Any, Any], ...]:
        """The words that are columns."""
        return tuple(words(self.entity).values())

    @cached_property
    def columns(self) -> Columns:
        """Names and types of those columns."""
        return tuple(column for field in self.fields for column in field.columns)

    @cached_property
    def hooks(self) -> Mapping[str, Callable[[Any], Any]]:
        """How each field is read from JSON."""
        attrs.resolve_types(self.entity)
        return {f.name: _hook(f.type) for f in attrs.fields(self.entity)}

    @cached_property
    def rest(self) -> frozenset[str]:
        """The fields that are no column: the keys of the JSON object."""
        return frozenset(self.hooks) - {"id", "version"} - {field.name for field in self.fields}

    def stored(self, row: Versioned) -> list[Stored]:
        """What the columns hold for this entity."""
        return [value for field in self.fields for value in field.store(getattr(row, field.name))]

    def body(self, row: Versioned) -> str:
        """All that is no column, as JSON."""
        return text({name: getattr(row, name) for name in self.rest})

    def row(self, id: str, version: int, schema: int, stored: Sequence[Any], body: str) -> Any:
        """The entity that a row holds; ``Corrupt`` names the row and not its content."""
        if schema > self.schema:
            raise NewerSchema(self.name, schema, self.schema)
        with reading(id):
            fields, start = dict[str, Any](), 0
            for field in self.fields:
                stop = start + len(field.columns)
                fields[field.name] = field.load(stored[start:stop])
                start = stop
            plain = json.loads(body)
            if plain.keys() != self.rest:
                raise Corrupt(id, f"its keys are {sorted(plain)}, not {sorted(self.rest)}")
            for name, value in plain.items():
                fields[name] = self.hooks[name](value)
            return self.entity(id=self.entity.id_type(id), version=version, **fields)

    def changes(self, plain: str) -> dict[str, Any]:
        """The fields that a version changed, from the log."""
        return {name: self.hooks[name](value) for name, value in json.loads(plain).items()}


KINDS: tuple[Kind, ...] = (
    Kind(Customer),
    Kind(ContactPoint),
    Kind(Relationship),
    Kind(Merge),
    Kind(Interaction),
    Kind(Lead),
    Kind(Opportunity),
    Kind(Quote),
    Kind(Order),
    Kind(Case),
    Kind(Campaign),
    Kind(Enrolment),
    Kind(Message),
    Kind(Consent),
    Kind(Task),
    Kind(Approval),
    Kind(Promise),
    Kind(Suppression),
)
"""Every kind that is kept. A new shape of one gets the next schema number, and reads all that came before."""

_BY_ENTITY = {kind.entity: kind for kind in KINDS}
_BY_NAME = {kind.name: kind for kind in KINDS}


def kind_of(entity: type[Any]) -> Kind:
    """The kind that keeps this class; ``Invalid`` for a class that none does."""
    if entity not in _BY_ENTITY:
        kept = ", ".join(sorted(known.__name__ for known in _BY_ENTITY))
        raise Invalid("entity", f"must be one of {kept}", entity.__name__)
    return _BY_ENTITY[entity]


def kind_of_id(id: str) -> Kind:
    """The kind whose ids begin like this one."""
    name = id.partition("_")[0]
    if name not in _BY_NAME:
        raise Corrupt(id, "this release knows no such kind; upgrade relcore")
    return _BY_NAME[name]


# --- plain values, strictly -----------------------------------------------------------------------


@cache
def converter() -> Converter:
    """Values to JSON and back. cattrs would take ``3.9`` for an int and ``None`` for a text; here that is an error."""
    known = Converter(
        forbid_extra_keys=True,
        detailed_validation=False,
        unstruct_collection_overrides={
            AbstractSet: sorted
        },  # a set is written in one order, or equal rows would differ
    )
    for kind in (str, int, bool):
        # By class: cattrs asks hooks of a predicate only after its own lax ones. Ids and states, which are texts too,
        # come nearer to their own hooks below.
        known.register_structure_hook(kind, _exactly(kind))
    known.register_structure_hook(datetime, lambda plain, _: aware("moment", datetime.fromisoformat(plain)))
    known.register_unstructure_hook(
        datetime, lambda moment: aware("moment", moment).astimezone(UTC).isoformat()
    )
    known.register_structure_hook(date, lambda plain, _: date.fromisoformat(plain))
    known.register_unstructure_hook(date, date.isoformat)
    known.register_structure_hook(timedelta, lambda plain, _: duration(_exactly(str)(plain, str)))
    known.register_unstructure_hook(timedelta, duration_text)
    known.register_structure_hook(Decimal, lambda plain, _: Decimal(_exactly(str)(plain, str)))
    known.register_unstructure_hook(Decimal, str)
    known.register_structure_hook(Money, lambda plain, _: Money(**plain))
    known.register_unstructure_hook(
        Money, lambda money: {"amount": str(money.amount), "currency": money.currency}
    )
    known.register_structure_hook(Actor, lambda plain, _: Actor.parse(plain))
    known.register_unstructure_hook(Actor, str)
    known.register_structure_hook_func(_is_iterable, _listed)
    for named in (Id, StrEnum):
        known.register_structure_hook(named, lambda plain, kind: kind(plain))
        known.register_unstructure_hook(named, str)
    return known


def _exactly(kind: type[Any]) -> Callable[[Any, Any], Any]:
    def check(plain: Any, _: Any) -> Any:
        if type(plain) is not kind:
            raise TypeError(f"a {kind.__name__} was stored as {type(plain).__name__}")
        return plain

    return check


def _is_iterable(kind: Any) -> bool:
    return bool(get_origin(kind) == Iterable)


def _listed(plain: Any, kind: Any) -> tuple[Any, ...]:
    """A command may take anything that can be walked over; as JSON that is a list."""
    (inner,) = get_args(kind)
    return tuple(converter().structure(value, inner) for value in _exactly(list)(plain, list))


def _hook(kind: Any) -> Callable[[Any], Any]:
    structure = converter().get_structure_hook(kind)
    return lambda plain: structure(plain, kind)


def text(fields: Mapping[str, Any]) -> str:
    """Fields as one JSON object, keys in order: equal fields are equal text."""
    plain = {name: converter().unstructure(value) for name, value in fields.items()}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _without_values(wrong: Exception) -> str:
    """What was wrong, without the value: it may be personal."""
    if isinstance(wrong, Invalid):
        return f"{wrong.field} {wrong.rule}"
    return f"{type(wrong).__name__} in a field of the wrong shape"
