"""Models to JSON and back, to the last bit; cattrs is met here, and only when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from relcore.kernel.errors import Invalid
from relcore.kernel.frozen_mapping import FrozenMapping

if TYPE_CHECKING:
    from cattrs import Converter

M = TypeVar("M")

_SCHEMA = 1


def to_json(self: attrs.AttrsInstance) -> str:
    """The model as JSON: its name, the schema's number, parameters, units, and the evidence if there is any."""
    return json.dumps(tree(self), allow_nan=False)


def tree(self: attrs.AttrsInstance) -> dict[str, Any]:
    """What is written."""
    return {"model": type(self).__name__, "schema": _SCHEMA, **_converter().unstructure(self)}


def from_json(cls: type[M], text: str) -> M:
    """The model that `to_json` wrote; refuses another model, another schema, unknown keys and values of another type."""
    return structured(cls, content(cls.__name__, text))


def content(name: str, text: str) -> dict[str, Any]:
    """What the JSON of the model of this name holds."""
    try:
        tree = json.loads(text)
    except ValueError as error:
        raise Invalid("json", f"must be JSON ({error})", text[:40]) from None
    if not isinstance(tree, dict):
        raise Invalid("json", "must be an object", type(tree).__name__)
    held: dict[str, Any] = {str(key): value for key, value in tree.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if (model := held.pop("model", None)) != name:
        raise Invalid("model", f"must be {name}", model, "read it with the class that wrote it")
    if (schema := held.pop("schema", None)) != _SCHEMA:
        raise Invalid("schema", f"must be {_SCHEMA}", schema, "upgrade relcore")
    return held


def structured(cls: type[M], held: dict[str, Any]) -> M:
    """The value of this class with this content."""
    from cattrs import BaseValidationError, transform_error

    try:
        return _converter().structure(held, cls)
    except BaseValidationError as error:
        ours = next((leaf for leaf in _leaves(error) if isinstance(leaf, Invalid)), None)
        raise ours or Invalid("json", "; ".join(transform_error(error)), cls.__name__) from None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """The errors that a group of errors was made of."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    parts: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    for part in parts:
        yield from _leaves(part)


@cache
def _converter() -> Converter:
    from cattrs import Converter

    converter = Converter(forbid_extra_keys=True)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(int, _int)
    converter.register_structure_hook(bool, _bool)
    converter.register_structure_hook(str, _str)
    converter.register_structure_hook_func(_is_a_mapping, _mapping)
    converter.register_unstructure_hook_func(_is_a_mapping, dict)
    return converter


def _is_a_mapping(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, FrozenMapping)


def _mapping(value: Any, kind: type[FrozenMapping[float]]) -> FrozenMapping[float]:
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {value!r}")
    held: dict[Any, Any] = value  # pyright: ignore[reportUnknownVariableType]
    return kind({_str(name, str): _float(number, float) for name, number in held.items()})


def _float(value: Any, _: type) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"expected a number, got {value!r}")
    return float(value)


def _int(value: Any, _: type) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected a whole number, got {value!r}")
    return value


def _bool(value: Any, _: type) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected true or false, got {value!r}")
    return value


def _str(value: Any, _: type) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value
