"""An entity as plain JSON, for whoever may see it: an API, a queue, a file."""

from __future__ import annotations

import json
from typing import Any

import attrs

from relcore.kernel.entity import Versioned, personal_fields
from relcore.storage import serde


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
    left_out = () if personal else personal_fields(kind)
    fields = {f.name: getattr(entity, f.name) for f in attrs.fields(kind) if f.name not in left_out}
    plain = json.loads(serde.text(fields))
    if personal:
        return {name: plain[name] for name in fields}
    return {name: _without_personal(value, plain[name]) for name, value in fields.items()}


def _without_personal(value: Any, plain: Any) -> Any:
    """Also within the values that an entity holds, such as the comment of a vote."""
    kind, form = value.__class__, plain.__class__
    if kind is tuple:
        return [_without_personal(one, bare) for one, bare in zip(value, plain, strict=True)]
    if form is not dict or not attrs.has(kind):
        return plain
    shown = plain.keys() - set(personal_fields(kind))
    return {name: _without_personal(getattr(value, name), plain[name]) for name in plain if name in shown}
