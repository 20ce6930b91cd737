"""An entity as plain JSON, for whoever may see it: an API, a queue, a file; and back, for whoever keeps it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import attrs

from relcore.kernel.custom import without_personal
from relcore.kernel.entity import Versioned, personal_fields
from relcore.storage import serde
from relcore.storage.readers import fields_of, record
from relcore.storage.source import UNREADABLE, invalid
from relcore.storage.writers import fields_writer

E = TypeVar("E")


def to_json(entity: Versioned, *, personal: bool = False) -> dict[str, Any]:
    """The fields of an entity as values that ``json.dumps`` takes, in the order of the class.

    Ids, states and actors are text, moments and days are ISO 8601 (moments in UTC), money is its amount, as text, with
    its currency. Personal fields are there only with ``personal=True``. Otherwise their keys are absent: a placeholder
    would be text where text was, and a form that sends it back would save it as somebody's name.

    >>> from datetime import UTC, datetime
    >>> from relcore.ids import CaseId, CustomerId
    >>> from relcore.service import Case
    >>> ada, id = CustomerId.imported("shop", "ada"), CaseId.imported("mail", "17")
    >>> case = Case.open(
    ...     id, customer=ada, subject="Cannot log in", at=datetime(2026, 3, 2, 9, tzinfo=UTC)
    ... ).entity
    >>> plain = to_json(case)
    >>> plain["state"], plain["opened_at"], "subject" in plain
    ('new', '2026-03-02T09:00:00+00:00', False)
    >>> to_json(case, personal=True)["subject"]
    'Cannot log in'

    Raises ``Invalid`` for a value that is not an entity that is kept.
    """
    kind = serde.kind_of(type(entity)).entity
    names = tuple(field.name for field in fields_of(kind))
    if personal:
        return _written(entity, names)
    shown = tuple(name for name in names if name not in personal_fields(kind))
    plain = _written(entity, shown)
    told = {name: _without_personal(getattr(entity, name), plain[name]) for name in shown}
    return told | {"custom": {name: told["custom"][name] for name in without_personal(entity)}}


def from_json(entity: type[E], plain: Mapping[str, Any]) -> E:
    """The entity that ``to_json(entity, personal=True)`` has written, strictly.

    Every field must be there, and nothing else; what the entity itself would refuse is refused here. ``Invalid`` names the
    field by its path, such as ``Case.opened_at``, and never says the value: it may be personal.

    >>> from relcore import Customer
    >>> from relcore.ids import CustomerId
    >>> ada = Customer(CustomerId.imported("shop", "ada"), "Ada")
    >>> from_json(Customer, to_json(ada, personal=True)) == ada
    True
    >>> from_json(Customer, to_json(ada, personal=True) | {"created_at": "yesterday"})
    Traceback (most recent call last):
    relcore.kernel.errors.Invalid: Customer.created_at must be a moment in ISO 8601 with its offset, got <personal>

    Raises ``Invalid`` for a class that is not kept, too.
    """
    kind = serde.kind_of(entity).entity
    try:
        read: E = record(kind)(plain if type(plain) is dict else dict(plain))
    except UNREADABLE as wrong:
        raise invalid(kind.__name__, wrong) from None
    return read


def _written(entity: Any, names: tuple[str, ...]) -> dict[str, Any]:
    kind = entity.__class__
    try:
        plain: dict[str, Any] = fields_writer(kind, names)(entity)
    except UNREADABLE as wrong:
        raise invalid(kind.__name__, wrong) from None
    return plain


def _without_personal(value: Any, plain: Any) -> Any:
    """Also within the values that an entity holds, such as the comment of a vote."""
    kind, form = value.__class__, plain.__class__
    if kind is tuple:
        return [_without_personal(one, bare) for one, bare in zip(value, plain, strict=True)]
    if form is not dict or not attrs.has(kind):
        return plain
    shown = plain.keys() - set(personal_fields(kind))
    return {name: _without_personal(getattr(value, name), plain[name]) for name in plain if name in shown}
