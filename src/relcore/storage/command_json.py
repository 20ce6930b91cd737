"""A command's arguments from JSON: what a form, an API or an agent sends back for the schema it was shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from relcore.kernel.command_schema import command_parameters
from relcore.kernel.custom import Custom, custom_value, custom_word
from relcore.kernel.errors import Invalid
from relcore.storage.readers import told
from relcore.storage.source import UNREADABLE, invalid


def arguments_from_json(entity: type[Any], command: str, plain: Mapping[str, Any]) -> dict[str, Any]:
    """What to call a command with, from plain JSON values.

    Strict: text is not bent into a number, and nothing is left out. What is missing is left to the call itself, so that a
    host can add ``at`` and ``by`` of its own. A value is never repeated in an error: it may be personal.

    Raises ``Invalid`` for a command or an argument that there is not, and for a value of another type.

    >>> from relcore import Case
    >>> arguments_from_json(Case, "accept", {"owner": "person:u-17"})
    {'owner': Actor(kind='person', ref='u-17')}
    """
    kinds = command_parameters(entity, command)
    if not isinstance(plain, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(f"{entity.__name__}.{command}", "takes an object")
    if unknown := sorted(set(plain) - set(kinds)):
        raise Invalid(f"{entity.__name__}.{command}", f"takes {', '.join(kinds)}", ", ".join(unknown))
    return {
        name: _customs(entity, value)
        if kinds[name] is Custom
        else _read(f"{entity.__name__}.{command}: {name}", kinds[name], value)
        for name, value in plain.items()
    }


def _customs(entity: type[Any], plain: Any) -> dict[str, Any]:
    if not isinstance(plain, Mapping):
        raise Invalid(f"{entity.__name__}.customise: values", "must be an object")
    given = cast("Mapping[str, Any]", plain)
    return {
        name: None if value is None else custom_value(custom_word(entity, name), value)
        for name, value in given.items()
    }


def _read(where: str, kind: Any, value: Any) -> Any:
    try:
        return told(kind)(value)
    except UNREADABLE as wrong:
        raise invalid(where, wrong) from None
