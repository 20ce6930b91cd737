"""Plain JSON to values, strictly: text is no number, 3.9 is no int, and a key too many is as wrong as one too few.

A reader builds a value without its ``__init__`` and asks only those of the field's checks that its own lines have not
proven already; checks of the whole (``__attrs_post_init__``) are always asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, Self, Union, get_args, get_origin

import attrs
from attrs.validators import deep_iterable, optional

from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware, duration, moment, moment_or_none
from relcore.kernel.custom import NONE, Custom, custom_value, custom_words
from relcore.kernel.entity import count, encodable, text, text_or_none
from relcore.kernel.errors import Illformed
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.kernel.words import settled_words
from relcore.storage.money_forms import LARGEST, decimal_of, money_of_json
from relcore.storage.source import Source, once

Reader = Callable[[Any], Any]

_LISTS: Mapping[Any, str] = {
    tuple: "tuple([{read}(one) for one in v])",
    Sequence: "tuple([{read}(one) for one in v])",
    Iterable: "tuple([{read}(one) for one in v])",
    list: "[{read}(one) for one in v]",
    frozenset: "frozenset([{read}(one) for one in v])",
    AbstractSet: "frozenset([{read}(one) for one in v])",
}
_OPTIONAL: type[Any] = type(optional(text))
_EACH: type[Any] = type(deep_iterable(text))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


@once
def reader(kind: Any, check: Any = None) -> Reader:
    """The function that reads a type, and refuses what ``check``, a validator that can be proven, would refuse."""
    if isinstance(kind, type) and attrs.has(kind) and kind not in (Money, Actor):
        return record(kind)
    source = Source("read", "v")
    read_into(source, kind, check)
    source.add("return v")
    return source.function()


@once
def record(kind: type[Any]) -> Reader:
    """The function that reads a frozen value from an object with each of its fields, and nothing else."""
    source = Source("read", "plain")
    names = frozenset(field.name for field in fields_of(kind))
    source.must(f"must be an object with the keys {', '.join(sorted(names))}")
    # Who keeps nothing in custom fields need not know of them.
    without = source.of(frozenset(field.name for field in fields_of(kind) if field.type is not Custom))
    source.refuse_if(
        f"type(plain) is not dict or plain.keys() != {source.of(names)} and plain.keys() != {without}"
    )
    with building(source, kind) as made:
        for field in fields_of(kind):
            source.about(field.name)
            source.add(
                "v = plain.get('custom', {})" if field.type is Custom else f"v = plain[{field.name!r}]"
            )
            made.read(field)
    source.add("return new")
    return source.function()


def field_reader(entity: type[Any], field: attrs.Attribute[Any]) -> Reader:
    """The function that reads one field of an entity."""
    return custom_reader(entity) if field.type is Custom else reader(field.type, field.validator)


@once
def custom_reader(entity: type[Any]) -> Reader:
    """The function that reads an entity's custom fields, each by its word."""
    settled_words(entity)  # what is read by these alone can have no others
    fields = custom_words(entity)
    source = Source("read", "plain")
    source.must(
        f"must be an object with keys among {', '.join(fields)}; declare the others again, as retired"
    )
    source.refuse_if(f"type(plain) is not dict or not plain.keys() <= {source.of(fields.keys())}")
    source.add("held = {}")
    for name, word in fields.items():
        source.about(name)
        with source.block(f"if plain.get({name!r}) is not None:"):  # what was erased is null
            source.add(f"held[{name!r}] = {source.of(custom_value)}({source.of(word)}, plain[{name!r}])")
    source.about("")
    source.add(f"return {source.of(Custom)}(held) if held else {source.of(NONE)}")
    return source.function()


@once
def told(kind: Any) -> Reader:
    """Like ``reader``, for what a person sends: fields with a default may be left out."""
    if isinstance(kind, type) and attrs.has(kind) and kind not in (Money, Actor):
        return _told_record(kind)
    source = Source("read", "v")
    read_into(source, kind, None, each=told)
    source.add("return v")
    return source.function()


def _told_record(kind: type[Any]) -> Reader:
    source = Source("read", "plain")
    names = {field.name: field.default is attrs.NOTHING for field in fields_of(kind)}
    needed = frozenset(name for name, is_needed in names.items() if is_needed)
    source.must(
        f"must be an object with keys among {', '.join(names)}, at least {', '.join(needed) or 'none'}"
    )
    source.refuse_if(
        f"type(plain) is not dict or not {source.of(needed)} <= plain.keys() <= {source.of(names.keys())}"
    )
    source.add("given = {}")
    for field in fields_of(kind):
        source.about(field.name)
        with source.block(f"if {field.name!r} in plain:"):
            source.add(f"v = plain[{field.name!r}]")
            if field.type is Custom:
                source.add(f"v = {source.of(custom_reader(kind))}(v)")
            else:
                read_into(source, field.type, None, each=told)
            source.add(f"given[{field.alias!r}] = v")
    source.about("")
    source.add(f"return {source.of(kind)}(**given)")
    return source.function()


# --- a value, field by field ----------------------------------------------------------------------


class building:  # noqa: N801  # reads as a word: with building(source, Case) as made
    """Lines that make ``new``, empty, before the block, and ask of it after the block what nobody has proven."""

    def __init__(self, source: Source, kind: type[Any]) -> None:
        self.source, self.kind = source, kind
        self.unproven: list[tuple[attrs.Attribute[Any], Any]] = []

    def __enter__(self) -> Self:
        self.source.add(f"new = {self.source.of(object.__new__)}({self.source.of(self.kind)})")
        return self

    def read(self, field: attrs.Attribute[Any]) -> None:
        """Lines that read ``v`` and write it into the field."""
        if field.type is Custom:
            self.source.add(f"v = {self.source.of(custom_reader(self.kind))}(v)")
            self.write(field)
            return
        self.write(field, unproven=read_field_into(self.source, field))

    def write(self, field: attrs.Attribute[Any], *, unproven: Iterable[Any] = ()) -> None:
        """Lines that write ``v`` into the field, of which these checks have not been proven."""
        convert = converter_of(field)
        if convert not in (None, moment, moment_or_none):
            # What was proven was proven of another value.
            unproven = beyond(None, field)
            self.source.add(f"v = {self.source.of(convert)}(v)")
        self.source.add(f"{self.source.of(getattr(self.kind, field.name).__set__)}(new, v)")
        self.unproven += [(field, check) for check in unproven]

    def __exit__(self, *_: object) -> None:
        source = self.source
        for field, check in self.unproven:
            source.about(field.name)
            source.add(f"{source.of(check)}(new, {source.of(field)}, new.{field.name})")
        source.about("")
        if hasattr(self.kind, "__attrs_post_init__"):
            source.add("new.__attrs_post_init__()")


@once
def fields_of(kind: type[Any]) -> tuple[attrs.Attribute[Any], ...]:
    """The fields with their types, which are text until somebody asks."""
    attrs.resolve_types(kind)
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    if made := [field.name for field in fields if not field.init]:
        raise Illformed(kind.__name__, [f"{name} is made and not given: it cannot be read" for name in made])
    return fields


def converter_of(field: attrs.Attribute[Any]) -> Any:
    """What a field makes of what it is given."""
    convert: Any = getattr(field, "converter")  # noqa: B009  # attrs types it, but not the converters of others
    return convert


# --- one value ------------------------------------------------------------------------------------


def read_field_into(source: Source, field: attrs.Attribute[Any]) -> list[Any]:
    """Lines that turn the plain value ``v`` into that of a field; the checks that they have not proven."""
    first, *others = parts(field.validator)
    return others if read_into(source, field.type, first) else [first, *others]


def read_into(source: Source, kind: Any, check: Any, *, each: Callable[..., Reader] = reader) -> bool:
    """Lines that turn the plain value ``v`` into one of the type; whether they have proven what ``check`` asks."""
    kind, check, may_be_none = without_none(kind, check)
    if may_be_none:
        with source.block("if v is not None:"):
            return read_into(source, kind, check, each=each)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in _LISTS:
        return _read_list(source, _LISTS[origin], inner[0], check, each)
    if origin is Literal:
        source.must(f"must be one of {', '.join(map(str, inner))}")
        source.refuse_if(f"type(v) is not str or v not in {source.of(frozenset(inner))}")
    elif kind in _PLAIN:
        return _PLAIN[kind](source, check)
    elif isinstance(kind, type) and issubclass(kind, Id):
        read_id(source, kind)
    elif isinstance(kind, type) and issubclass(kind, StrEnum):
        source.must(f"must be one of {', '.join(kind)}")
        source.add(f"v = {source.of({str(word): word for word in kind})}[v]")
    elif isinstance(kind, type) and attrs.has(kind):
        source.add(f"v = {source.of(each(kind))}(v)")
    else:
        raise Illformed(getattr(kind, "__name__", str(kind)), ["it has no form in JSON"])
    return asks_only_for(kind, check)


def without_none(kind: Any, check: Any) -> tuple[Any, Any, bool]:
    """``X`` of ``X | None``, with what is asked of it when it is there; and whether it may be nothing."""
    inner = get_args(kind)
    if get_origin(kind) not in (Union, UnionType) or NoneType not in inner or len(inner) != 2:
        return kind, check, False
    (sure,) = (one for one in inner if one is not NoneType)
    if isinstance(check, _OPTIONAL):
        held: Any = check  # its class is attrs' own affair, its field is not
        return sure, held.validator, True
    # Of any other check nobody knows what it says to nothing.
    return sure, check if check in (None, text_or_none) else _unknown, True


def _unknown(*_: object) -> None: ...


def parts(check: Any) -> Sequence[Any]:
    """The validators of a list of validators. Should attrs keep them elsewhere one day, they are asked as one."""
    several: Sequence[Any] = getattr(check, "_validators", (check,))
    return several


def beyond(kind: Any, field: attrs.Attribute[Any]) -> list[Any]:
    """The checks of a field that ask for more than the type."""
    return [check for check in parts(field.validator) if not asks_only_for(kind, check)]


def asks_only_for(kind: Any, check: Any) -> bool:
    """Whether the validator asks for the type and for nothing else, as ``relcore.kernel.entity.a`` does."""
    return check is None or getattr(check, "lets_through", _unknown) is kind


def _read_list(source: Source, made: str, inner: Any, check: Any, each: Callable[..., Reader]) -> bool:
    member, proven = None, check is None
    if isinstance(check, _EACH) and made == _LISTS[tuple]:
        held: Any = check  # its class is attrs' own affair, its fields are not
        member = _provable(inner, held.member_validator)
        whole = held.iterable_validator
        proven = member is not None and (asks_only_for(tuple, whole))
    source.must("must be a list")
    source.refuse_if("type(v) is not list")
    read = source.of(each(inner, member) if each is reader else each(inner))
    source.add("v = " + made.format(read=read))
    return proven


def _provable(kind: Any, check: Any) -> Any:
    """The check, if lines that read this type prove it."""
    return check if read_into(Source("read", "v"), kind, check) else None


def read_id(source: Source, kind: type[Id]) -> None:
    """Lines that read an id."""
    source.must(f"must be '{kind.kind}_' and 32 hex digits")
    source.refuse_if(f"{source.of(re.compile(f'{kind.kind}_[0-9a-f]{{32}}').fullmatch)}(v) is None")
    source.add(f"v = {source.of(str.__new__)}({source.of(kind)}, v)")


def _read_text(source: Source, check: Any) -> bool:
    source.must("must be text without NUL and lone surrogates")
    blank = ""
    if check in (text, text_or_none):
        source.must("must be text that is not empty, without NUL and lone surrogates")
        blank = "not v.strip() or " if check is text else "v and not v.strip() or "
    unstorable = f"'\\x00' in v or not (v.isascii() or {source.of(encodable)}(v))"
    source.refuse_if(f"type(v) is not str or {blank}{unstorable}")
    return check in (text, text_or_none) or asks_only_for(str, check)


def _read_int(source: Source, check: Any) -> bool:
    source.must("must be a whole number below 2**63")
    source.refuse_if(f"type(v) is not int or not {0 if check is count else -LARGEST} <= v <= {LARGEST}")
    return check in (None, count)


def _read_float(source: Source, check: Any) -> bool:
    source.must("must be a finite number")
    with source.block("if type(v) is int and -(2**53) <= v <= 2**53:"):
        source.add("v = float(v)")
    source.refuse_if(f"type(v) is not float or not {source.of(isfinite)}(v)")
    return check is None


def _read_bool(source: Source, check: Any) -> bool:
    source.must("must be true or false")
    source.refuse_if("v is not True and v is not False")
    return asks_only_for(bool, check)


def _read_moment(source: Source, check: Any) -> bool:
    source.must("must be a moment in ISO 8601 with its offset")
    source.refuse_if("type(v) is not str")
    source.add(f"v = {source.of(datetime.fromisoformat)}(v)")
    with source.block(f"if v.tzinfo is not {source.of(UTC)}:"):
        source.add(f"v = {source.of(aware)}('moment', v)")
    return check is None


def _read_by(read: Reader, kind: type[Any], rule: str) -> Callable[[Source, Any], bool]:
    def lines(source: Source, check: Any) -> bool:
        source.must(rule)
        source.refuse_if("type(v) is not str")
        source.add(f"v = {source.of(read)}(v)")
        return asks_only_for(kind, check)

    return lines


def _read_money(source: Source, check: Any) -> bool:
    source.must("must be {'amount': '1.00', 'currency': 'EUR'}")
    source.add(f"v = {source.of(money_of_json)}(v)")
    return asks_only_for(Money, check)


_PLAIN: Mapping[Any, Callable[[Source, Any], bool]] = {
    str: _read_text,
    int: _read_int,
    float: _read_float,
    bool: _read_bool,
    datetime: _read_moment,
    date: _read_by(date.fromisoformat, date, "must be a day in ISO 8601"),
    timedelta: _read_by(duration, timedelta, "must be a duration in ISO 8601"),
    Decimal: _read_by(decimal_of, Decimal, "must be a decimal number, as text"),
    Actor: _read_by(Actor.parse, Actor, "must be 'person:REF', 'team:REF', 'system:REF' or 'customer:REF'"),
    Money: _read_money,
}
