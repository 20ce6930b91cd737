"""What a command takes, as JSON Schema (draft 2020-12): for a form, an API, or an agent that calls tools.

Everything is read off the signature and the row of the table, so that a schema cannot say something else than the code.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from relcore.kernel.actor import Actor, ActorKind
from relcore.kernel.custom import Custom, custom_words
from relcore.kernel.entity import personal_fields
from relcore.kernel.errors import Invalid
from relcore.kernel.ids import Id
from relcore.kernel.lifecycle import Move
from relcore.kernel.money import Money

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Decimal: {"type": "string", "pattern": r"^-?\d+(\.\d+)?([eE][+-]?\d+)?$"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    timedelta: {"type": "string", "format": "duration"},
    Actor: {"type": "string", "pattern": f"^({'|'.join(get_args(ActorKind))}):.+$"},
    Money: {
        "type": "object",
        "properties": {
            "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        },
        "required": ["amount", "currency"],
        "additionalProperties": False,
    },
}
_LISTS = (list, tuple, Sequence, Iterable, set, frozenset, AbstractSet)


def command_schemas(entity: type[Any]) -> dict[str, Schema]:
    """The schema of every command of an entity, by name, those that begin it first.

    ``customise`` is among them if the host has fields of its own in such entities.
    """
    names = [row.name for row in entity.lifecycle.moves]
    customise = ["customise"] if custom_words(entity) else []
    return {name: command_schema(entity, name) for name in [*names, *customise]}


def _signature(entity: type[Any], name: str) -> tuple[inspect.Signature, dict[str, Any]]:
    method = getattr(entity, name)
    return inspect.signature(method), get_type_hints(getattr(method, "__func__", method))


def command_parameters(entity: type[Any], name: str) -> dict[str, Any]:
    """What a command takes, by name, with its type; ``Invalid`` for a command that the entity does not have."""
    if name == "customise":
        return {"values": Custom, "at": datetime, "by": Actor | None}
    _row(entity, name)
    signature, hints = _signature(entity, name)
    return {parameter: hints[parameter] for parameter in signature.parameters if parameter != "self"}


def command_schema(entity: type[Any], name: str) -> Schema:
    """The JSON Schema of one command's arguments, as an object with a property for each.

    ``required`` are those without a default. What the row *needs* may not be empty. A property whose value is personal
    says so with ``x-personal``; a list of such values is never to be shown or logged.

    Raises ``Invalid`` for a command that the entity does not have.

    >>> from relcore import Case
    >>> schema = command_schema(Case, "put_on_hold")
    >>> schema["required"], schema["properties"]["review_at"]
    (['waiting_for', 'review_at', 'at'], {'type': 'string', 'format': 'date-time'})
    """
    if name == "customise":
        return _customising(entity)
    row = _row(entity, name)
    signature, hints = _signature(entity, name)
    definitions: dict[str, Schema] = {}
    properties, required = dict[str, Schema](), list[str]()
    personal = personal_fields(entity)
    for parameter in signature.parameters.values():
        if parameter.name == "self":
            continue
        schema = dict(_schema(hints[parameter.name], definitions))
        if parameter.name in row.needs and schema == _PLAIN[str]:
            schema["minLength"] = 1
        if parameter.name in personal:
            schema["x-personal"] = True
        properties[parameter.name] = schema
        if parameter.default is inspect.Parameter.empty:
            required.append(parameter.name)
    return {
        "$schema": DRAFT,
        "title": f"{entity.__name__}.{name}",
        "description": inspect.getdoc(getattr(entity, name)) or name,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        **({"$defs": definitions} if definitions else {}),
    }


def _customising(entity: type[Any]) -> Schema:
    """Each of the host's own fields may be given, or cleared with null."""
    fields = {name: field for name, field in custom_words(entity).items() if not field.retired}
    values = {
        name: {"anyOf": [_schema(field.holds, {}), _PLAIN[NoneType]]}
        | ({"x-personal": True} if field.personal else {})
        for name, field in fields.items()
    }
    properties = {
        "values": {"type": "object", "properties": values, "additionalProperties": False},
        "at": _PLAIN[datetime],
        "by": {"anyOf": [_PLAIN[Actor], _PLAIN[NoneType]]},
    }
    return {
        "$schema": DRAFT,
        "title": f"{entity.__name__}.customise",
        "description": inspect.getdoc(entity.customise),
        "type": "object",
        "properties": properties,
        "required": ["values", "at"],
        "additionalProperties": False,
    }


def _row(entity: type[Any], name: str) -> Move[Any, Any, Any]:
    rows: dict[str, Move[Any, Any, Any]] = {row.name: row for row in entity.lifecycle.moves}
    if name not in rows:
        raise Invalid("command", f"must be one of {', '.join(rows)}", name)
    return rows[name]


def _schema(kind: Any, definitions: dict[str, Schema]) -> Schema:
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if isinstance(kind, type) and issubclass(kind, Id):
        return {"type": "string", "pattern": f"^{kind.kind}_[0-9a-f]{{32}}$"}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return {"type": "string", "enum": [str(word) for word in kind]}
    if isinstance(kind, type) and attrs.has(kind):
        return _value(kind, definitions)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(one, definitions) for one in inner]}
    if origin in _LISTS:
        return {"type": "array", "items": _schema(inner[0], definitions)}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": _schema(inner[1], definitions)}
    return {"description": f"a {getattr(kind, '__name__', kind)} of the host"}


def _value(kind: type[Any], definitions: dict[str, Schema]) -> Schema:
    """A frozen value becomes an object of its fields, defined once and referred to."""
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # it may hold values of its own kind
        attrs.resolve_types(kind)
        definitions[kind.__name__] = {
            "type": "object",
            "properties": dict(_fields(kind, definitions)),
            "required": [f.name for f in attrs.fields(kind) if f.init and f.default is attrs.NOTHING],
            "additionalProperties": False,
        }
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _fields(kind: type[Any], definitions: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    for field in attrs.fields(kind):
        if field.init:
            yield field.name, _schema(field.type, definitions)
