"""Values to plain JSON. What would not be read back is refused here, with the field's name and not its value.

The keys of a value are written in alphabetical order, whatever the order of the class: equal values are equal text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from math import isfinite
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware, duration_text, moment, moment_or_none
from relcore.kernel.custom import Custom
from relcore.kernel.entity import encodable, text, text_or_none
from relcore.kernel.errors import Illformed, Invalid
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.storage.money_forms import LARGEST, text_of
from relcore.storage.readers import asks_only_for, converter_of, fields_of, without_none
from relcore.storage.source import Misfit, Source, once

Writer = Callable[[Any], Any]

_LISTS = (tuple, list, Sequence, Iterable)
_SETS = (frozenset, set, AbstractSet)


@once
def writer(kind: Any) -> Writer:
    """The function that writes a value of this type."""
    if isinstance(kind, type) and attrs.has(kind) and kind not in (Money, Actor):
        return record_writer(kind)
    source = Source("write", "v")
    write_into(source, kind)
    source.add("return v")
    return source.function()


@once
def record_writer(kind: type[Any]) -> Writer:
    """The function that writes a frozen value as an object of all its fields."""
    return fields_writer(kind, tuple(sorted(field.name for field in fields_of(kind))))


@once
def fields_writer(kind: type[Any], names: tuple[str, ...]) -> Writer:
    """The function that writes these fields of a value as an object, in this order."""
    source = Source("write", "held")
    source.must(f"must be a {kind.__name__}")
    source.refuse_if(f"type(held) is not {source.of(kind)}")
    fields = {field.name: field for field in fields_of(kind)}
    for name in names:
        source.about(name)
        source.add(f"v = held.{name}")
        write_into(source, fields[name].type, fields[name].validator, converter_of(fields[name]))
        source.add(f"_of_{name} = v")
    source.add(f"return {{{', '.join(f'{name!r}: _of_{name}' for name in names)}}}")
    return source.function()


def write_into(source: Source, kind: Any, check: Any = None, convert: Any = None) -> None:
    """Lines that turn the value ``v`` of the type into its plain form, when this is what has checked and converted it."""
    kind, check, may_be_none = without_none(kind, check)
    origin, inner = get_origin(kind), get_args(kind)
    if may_be_none:
        with source.block("if v is not None:"):
            write_into(source, kind, check, convert)
    elif origin in _LISTS:
        source.must("must be a tuple or a list")
        source.refuse_if("not isinstance(v, (tuple, list))")
        source.add(f"v = [{source.of(writer(inner[0]))}(one) for one in v]")
    elif origin in _SETS:
        source.must("must be a set")
        source.refuse_if(f"not isinstance(v, {source.of(AbstractSet)})")
        source.add(f"v = sorted([{source.of(writer(inner[0]))}(one) for one in v])")
    elif origin is Literal:
        source.must(f"must be one of {', '.join(map(str, inner))}")
        source.refuse_if(f"v not in {source.of(frozenset(inner))}")
    elif kind in _PLAIN:
        _PLAIN[kind](source, check, convert)
    elif isinstance(kind, type) and issubclass(kind, Id | StrEnum):
        if check is None or not asks_only_for(kind, check):
            source.must(f"must be a {kind.__name__}")
            source.refuse_if(f"not isinstance(v, {source.of(kind)})")
        source.add("v = str(v)")
    elif isinstance(kind, type) and attrs.has(kind):
        source.add(f"v = {source.of(record_writer(kind))}(v)")
    else:
        raise Illformed(getattr(kind, "__name__", str(kind)), ["it has no form in JSON"])


# --- plain types ----------------------------------------------------------------------------------

_Lines = Callable[[Source, Any, Any], None]


def _write_text(source: Source, check: Any, convert: Any) -> None:
    source.must("must be text without NUL and lone surrogates")
    if check in (text, text_or_none):
        source.add("if type(v) is not str: v = str(v)")
    else:
        source.add(f"v = {source.of(_text)}(v)")


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value or not encodable(value):
        raise Misfit
    return str(value)


def _write_int(source: Source, check: Any, convert: Any) -> None:
    source.must("must be a whole number below 2**63")
    source.refuse_if(f"type(v) is not int or not {-LARGEST} <= v <= {LARGEST}")


def _write_float(source: Source, check: Any, convert: Any) -> None:
    source.must("must be a finite number")
    with source.block("if type(v) is int and -(2**53) <= v <= 2**53:"):
        source.add("pass")
    with source.block(f"elif type(v) is not float or not {source.of(isfinite)}(v):"):
        source.add("raise Misfit")


def _write_bool(source: Source, check: Any, convert: Any) -> None:
    source.must("must be True or False")
    source.refuse_if("v is not True and v is not False")


def moment_in_utc(source: Source, convert: Any) -> None:
    """Lines that make sure that ``v`` is one."""
    source.must("must be a datetime with a time zone")
    if convert not in (moment, moment_or_none):
        source.add(f"v = {source.of(aware)}('moment', v)")


def _write_moment(source: Source, check: Any, convert: Any) -> None:
    moment_in_utc(source, convert)
    source.add(f"v = {source.of(moment_text)}(v)")


def moment_text(at: datetime) -> str:
    """A moment in UTC in ISO 8601, as ``isoformat`` writes it, in a third of its time."""
    if at.microsecond:
        return at.isoformat()
    hours, minutes, seconds = _HOURS[at.hour], _MINUTES[at.minute], _SECONDS[at.second]
    return f"{_YEARS[at.year]}{_MONTHS[at.month]}{_DAYS[at.day]}{hours}{minutes}{seconds}"


_YEARS = [f"{year:04}-" for year in range(10_000)]
_MONTHS = [f"{month:02}-" for month in range(13)]
_DAYS = [f"{day:02}T" for day in range(32)]
_HOURS = [f"{hour:02}:" for hour in range(24)]
_MINUTES = [f"{minute:02}:" for minute in range(60)]
_SECONDS = [f"{second:02}+00:00" for second in range(60)]


def _write_by(write: Callable[[Any], str], kind: type[Any]) -> _Lines:
    def lines(source: Source, check: Any, convert: Any) -> None:
        source.must(f"must be a {kind.__name__}")
        source.refuse_if(f"type(v) is not {source.of(kind)}")
        source.add(f"v = {source.of(write)}(v)")

    return lines


def _write_custom(source: Source, check: Any, convert: Any) -> None:
    source.must("must be a Custom")
    source.refuse_if(f"type(v) is not {source.of(Custom)}")
    source.add(f"v = {source.of(_plain_mapping)}(v) if v else {{}}")


def _write_money(source: Source, check: Any, convert: Any) -> None:
    source.must("must be Money")
    source.refuse_if(f"type(v) is not {source.of(Money)}")
    source.add("v = {'amount': str(v.amount), 'currency': v.currency}")


_PLAIN: Mapping[Any, _Lines] = {
    str: _write_text,
    int: _write_int,
    float: _write_float,
    bool: _write_bool,
    datetime: _write_moment,
    date: _write_by(date.isoformat, date),
    timedelta: _write_by(duration_text, timedelta),
    Decimal: _write_by(text_of, Decimal),
    Actor: _write_by(str, Actor),
    Money: _write_money,
    Custom: _write_custom,
}


# --- a value of any type --------------------------------------------------------------------------


class _Writers(dict[type[Any], Writer]):
    """The writers of values, by their class; made when the first is met."""

    def __missing__(self, kind: type[Any]) -> Writer:
        self[kind] = made = _writer_of(kind)
        return made


_WRITERS = _Writers()


def plain(value: Any) -> Any:
    """A value in its plain form, by what it is; ``Invalid`` for what has none."""
    return _WRITERS[type(value)](value)


def _writer_of(kind: type[Any]) -> Writer:
    if kind is NoneType:
        return lambda nothing: nothing
    if issubclass(kind, tuple | list):
        return lambda values: [plain(value) for value in values]
    if issubclass(kind, AbstractSet):
        return lambda values: sorted(plain(value) for value in values)
    if issubclass(kind, Mapping):
        return _plain_mapping
    if issubclass(kind, str) and not issubclass(kind, Id | StrEnum):
        return writer(str)
    try:
        return writer(kind)
    except Illformed as none:
        raise Invalid(kind.__name__, "has no form in JSON") from none


def _plain_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_text(name): plain(values[name]) for name in sorted(values)}
