"""The shape of rows on the wire, known here and nowhere else.

A row is the declared words of its entity as columns (``relcore.kernel.words``) and the rest as one JSON object. Strict
both ways: text stays text, a number that is not whole is not an int, an unknown key is an error, and a row of a newer
schema is neither guessed at nor overwritten. ``tests/storage/golden`` holds every shape that was ever written.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from relcore.customers.contact_point import ContactPoint
from relcore.customers.customer import Customer
from relcore.customers.merge import Merge
from relcore.customers.relationship import Relationship
from relcore.interactions.interaction import Interaction
from relcore.kernel.errors import Corrupt, Invalid
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
from relcore.storage.json_text import written
from relcore.storage.kind import Kind, reading
from relcore.storage.readers import told
from relcore.storage.source import UNREADABLE, invalid
from relcore.storage.writers import plain
from relcore.work.approval import Approval
from relcore.work.promise import Promise
from relcore.work.task import Task

__all__ = ["KINDS", "Corrupt", "Kind", "converter", "kind_of", "kind_of_id", "reading", "text"]

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
        raise Corrupt(id[:80], "this release knows no such kind; upgrade relcore")
    return _BY_NAME[name]


def text(fields: Mapping[str, Any]) -> str:
    """Fields as one JSON object, keys in order: equal fields are equal text."""
    told: dict[str, Any] = {}
    for name in sorted(fields):
        try:
            told[name] = plain(fields[name])
        except UNREADABLE as wrong:
            raise invalid(name, wrong) from None
    return written(told)


class Converter:
    """Values of any type to JSON and back, strictly."""

    def structure(self, plain: Any, kind: Any) -> Any:
        """The value of the type that the plain value says; ``Invalid`` if it says none."""
        try:
            return told(kind)(plain)
        except UNREADABLE as wrong:
            raise invalid("value", wrong) from None

    def unstructure(self, value: Any) -> Any:
        """The plain form of the value; ``Invalid`` for one that would not be read back."""
        try:
            return plain(value)
        except UNREADABLE as wrong:
            raise invalid("value", wrong) from None


@cache
def converter() -> Converter:
    """Values to JSON and back, by their types."""
    return Converter()
