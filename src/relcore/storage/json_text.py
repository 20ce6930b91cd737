"""JSON text, both ways, within limits: what is stored was small, flat and finite, and what comes in must be so too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from json import encoder
from typing import Any, NoReturn

from relcore.kernel.errors import Invalid

LARGEST_TEXT = 2**20
"""So many characters of JSON are kept for one version of one entity."""
DEEPEST = 32
"""Lists within lists: values of entities need five."""

# A string without an end runs to the end of the text: tried again from each of its quotes, it would take forever.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)


def encoded(plain: Any) -> str:
    """Values that are plain and finite as JSON, however large; ``ValueError`` for a number that JSON does not know."""
    return "".join(_encode(plain, 0))


def written(plain: Mapping[str, Any], of: str = "") -> str:
    """Plain values as the text of one object; ``Invalid`` names the field, ``of`` what, that is too much for it."""
    try:
        text = encoded(plain)
    except ValueError:
        raise Invalid(
            _path(of, _first_unwritable(plain)), "must be finite, as JSON knows no other numbers"
        ) from None
    if len(text) > LARGEST_TEXT:
        sizes = {name: len(encoded(value)) for name, value in plain.items()}
        largest = max(sizes, key=sizes.__getitem__)
        raise Invalid(
            _path(of, largest),
            f"must leave the whole below {LARGEST_TEXT:,} characters of JSON",
            sizes[largest],
            "keep large texts in a store of documents, and their reference here",
        )
    return text


def parsed(text: Any, keys: int = -1, *, largest: int = LARGEST_TEXT) -> Any:
    """What the text says; ``Invalid`` if it is no JSON, too long, too deep, or says one key twice.

    ``keys``: how many an object has that is as it should be. Where there are just as many colons, a key that is said twice
    would leave too few of them, which is quicker seen by whoever asks for each of them than here.
    """
    if type(text) is not str or len(text) > largest:
        raise Invalid("JSON", f"must be text of at most {largest:,} characters")
    if len(text) > DEEPEST and text.count("[") + text.count("{") > DEEPEST:
        _checked_depth(text)
    decode = _decode_lone if text.count(":") == keys else _decode
    try:
        plain, end = decode(text)
        if end != len(text) and not text[end:].isspace():
            raise Invalid("JSON", "must be one value")
    except (ValueError, RecursionError) as wrong:
        # The message of a decoder quotes what it read.
        rule = wrong.rule if isinstance(wrong, Invalid) else "must be well-formed"
        raise Invalid("JSON", rule) from None
    return plain


def _checked_depth(text: str) -> None:
    depth = 0
    for token in _TOKENS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
        if depth > DEEPEST:
            raise Invalid("JSON", f"must be nested at most {DEEPEST} deep")


def _path(of: str, field: str) -> str:
    return f"{of}.{field}" if of else field


def _first_unwritable(plain: Mapping[str, Any]) -> str:
    for name, value in plain.items():
        try:
            encoded(value)
        except ValueError:
            return name
    return "JSON"


def _no_such_number(name: str) -> NoReturn:
    raise Invalid("JSON", "must hold finite numbers only")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) != len(pairs):
        raise Invalid("JSON", "must say each key once")
    return plain


_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_such_number).raw_decode
_decode_lone = json.JSONDecoder(parse_constant=_no_such_number).raw_decode


def _encoding() -> Callable[[Any, int], Any]:
    """``json.dumps`` with options makes this encoder again for every text; it is the larger part of a small one."""
    made: Any = getattr(encoder, "c_make_encoder", None)
    if made is None:  # pragma: no cover  # an interpreter without the module in C
        return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).iterencode  # type: ignore[return-value]
    encode: Callable[[Any, int], Any] = made(
        None,
        _unknown,
        encoder.encode_basestring,
        None,
        ":",
        ",",
        False,  # noqa: FBT003  # keys come sorted
        False,  # noqa: FBT003  # no key is skipped
        False,  # noqa: FBT003  # nor is there a NaN
    )
    return encode


def _unknown(value: Any) -> NoReturn:
    raise Invalid(type(value).__name__, "has no form in JSON")


_encode = _encoding()
