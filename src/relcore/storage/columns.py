"""The columns of a row: which word of an entity stands where, and in which form.

Text, links, choices and actors stand as text, moments as microseconds since 1970-01-01 UTC, money as its minor units beside
its currency. One function reads a whole row, one writes it; both are made once for each kind of entity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs

from relcore.kernel.custom import NONE, Custom
from relcore.kernel.words import Amount, Choice, Count, Field, Instant, Link, Text, Who
from relcore.storage.json_text import LARGEST_TEXT, parsed
from relcore.storage.money_forms import LARGEST, money_of_minor
from relcore.storage.readers import (
    asks_only_for,
    beyond,
    building,
    converter_of,
    fields_of,
    parts,
    read_field_into,
    read_id,
    without_none,
)
from relcore.storage.source import Source
from relcore.storage.writers import moment_in_utc, write_into

Words = Sequence[Field[Any, Any]]

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
NOT_IN_BODY = frozenset(("id", "version", "custom"))
"""The fields that have columns without being words: a custom field has one each."""
_AS_IN_JSON = (Choice, Link, Who, Text, Count)


def rows_reader(
    entity: type[Any], words: Words, schema: int
) -> Callable[[Iterable[Sequence[Any]]], list[Any]]:
    """``read(rows)``: the entities that rows of ``(id, version, schema, body, *columns)`` are.

    All of a page in one call: what a row costs is the reading of its values, and nothing is called but what reads them.
    """
    source = Source("read", "rows")
    by_name = {word.name: word for word in words}
    customs = [word for word in words if word.is_custom]
    columns = [f"c_{name}" for word in words for name, _ in word.columns]
    rest = frozenset(field.name for field in fields_of(entity)) - by_name.keys() - NOT_IN_BODY
    source.add("entities = []")
    source.must(f"must have {len(columns)} columns")
    with source.block(f"for {', '.join(('id', 'version', 'schema', 'body', *columns))} in rows:"):
        source.must(f"must be of schema {schema}")
        source.refuse_if(f"type(schema) is not int or schema != {schema}")
        source.must(f"must have the keys {', '.join(sorted(rest))} beside its columns")
        source.add(f"plain = {source.of(parsed)}(body, {len(rest)})")
        source.refuse_if(f"type(plain) is not dict or plain.keys() != {source.of(rest)}")
        with building(source, entity) as made:
            for field in fields_of(entity):
                source.about(field.name)
                if field.name == "id":
                    source.add("v = id")
                    with source.block(f"if type(v) is not {source.of(entity.id_type)}:"):
                        read_id(source, entity.id_type)
                    made.write(field, unproven=beyond(entity.id_type, field))
                elif field.name == "version":
                    source.must("must be a whole number from 0")
                    source.refuse_if(f"type(version) is not int or not 0 <= version <= {LARGEST}")
                    source.add("v = version")
                    made.write(field, unproven=beyond(int, field))
                elif field.name == "custom":
                    _read_customs(source, customs)
                    made.write(field)
                elif field.name in by_name:
                    made.write(field, unproven=_read_columns(source, by_name[field.name], field))
                else:
                    source.add(f"v = plain[{field.name!r}]")
                    made.read(field)
        source.add("entities.append(new)")
    source.add("return entities")
    return source.function()


def word_reader(entity: type[Any], word: Field[Any, Any]) -> Callable[[Sequence[Any]], Any]:
    """``read(columns)``: the value that the columns of one word hold."""
    source = Source("read", "stored")
    source.about(word.name)
    source.add(f"({_targets(word)}) = stored")
    if word.is_custom:
        _read_custom(source, word)
    else:
        _read_columns(source, word, attrs.fields_dict(entity)[word.name])
    source.add("return v")
    return source.function()


def row_writer(entity: type[Any], words: Words) -> Callable[[Any], list[Any]]:
    """``write(entity)``: what its columns hold."""
    source = Source("write", "held")
    source.must(f"must be a {entity.__name__}")
    source.refuse_if(f"type(held) is not {source.of(entity)}")
    fields = {field.name: field for field in fields_of(entity)}
    for word in words:
        source.about(word.name)
        if word.is_custom:
            source.must("must be what its declaration says")
            source.add(f"{_targets(word)}= {source.of(word.store)}({source.of(word.held_by)}(held))")
            _check_length(source, word, f"c_{word.column}")
            continue
        source.add(f"v = held.{word.name}")
        _write_columns(source, word, fields[word.name])
    columns = [f"c_{name}" for word in words for name, _ in word.columns]
    source.add(f"return [{', '.join(columns)}]")
    return source.function()


def _read_customs(source: Source, words: Words) -> None:
    """Lines that read ``v``, all of a row's custom fields, from their columns."""
    if not words:
        source.add(f"v = {source.of(NONE)}")
        return
    source.add("customs = {}")
    for word in words:
        source.about(word.name)
        source.must("must be what its declaration says")
        columns = [f"c_{name}" for name, _ in word.columns]
        with source.block(f"if {' or '.join(f'{name} is not None' for name in columns)}:"):
            _read_custom(source, word)
            source.add(f"customs[{word.short!r}] = v")
    source.about("custom")
    source.add(f"v = {source.of(Custom)}(customs) if customs else {source.of(NONE)}")


def _read_custom(source: Source, word: Field[Any, Any]) -> None:
    """Lines that read ``v`` from columns that hold something."""
    targets = _targets(word)
    if type(word) is Amount:
        minor, currency = (f"c_{name}" for name, _ in word.columns)
        source.must("must be whole minor units below 2**63, and their currency")
        source.add(f"v = {source.of(money_of_minor)}({minor}, {currency})")
        return
    if type(word) is Instant:
        source.must("must be whole microseconds within the years 1 to 9999")
        source.refuse_if(f"type(c_{word.column}) is not int")
    source.add(f"v = {source.of(word.load)}(({targets}))")


def _targets(word: Field[Any, Any]) -> str:
    return "".join(f"c_{name}, " for name, _ in word.columns)


def _read_columns(source: Source, word: Field[Any, Any], field: attrs.Attribute[Any]) -> list[Any]:
    """Lines that read ``v`` from its columns; the checks of the field that they have not proven."""
    names = [f"c_{name}" for name, _ in word.columns]
    first, *others = parts(field.validator)
    kind, check, may_be_none = without_none(field.type, first)
    if type(word) is Amount:
        minor, currency = names
        source.must("must be whole minor units below 2**63, and their currency")
        source.add("v = None")
        with _unless_none(source, f"{minor} is not None or {currency} is not None", may_be_none):
            source.add(f"v = {source.of(money_of_minor)}({minor}, {currency})")
        return others if asks_only_for(kind, check) else [first, *others]
    if type(word) is Instant:
        source.must("must be whole microseconds within the years 1 to 9999")
        source.add(f"v = {names[0]}")
        with _unless_none(source, "v is not None", may_be_none):
            source.refuse_if("type(v) is not int")
            source.add(f"v = {source.of(_EPOCH)} + {source.of(_MICROSECOND)} * v")
        return others if asks_only_for(kind, check) else [first, *others]
    if type(word) in _AS_IN_JSON:
        source.add(f"v = {names[0]}")
        return read_field_into(source, field)
    source.add(f"v = {source.of(word.load)}(({_targets(word)}))")
    return beyond(None, field)


def _unless_none(source: Source, there: str, may_be_none: bool) -> AbstractContextManager[None]:  # noqa: FBT001
    return source.block(f"if {there}:") if may_be_none else nullcontext()


def _write_columns(source: Source, word: Field[Any, Any], field: attrs.Attribute[Any]) -> None:
    names = [f"c_{name}" for name, _ in word.columns]
    targets = " = ".join(names)
    if type(word) is Amount:
        minor, currency = names
        source.must("must be Money below 2**63 minor units")
        source.add(f"{targets} = None")
        with source.block("if v is not None:"):
            # Its amount has just the decimals of its currency: without the point, these are the minor units.
            source.add(f"{minor}, {currency} = int(str(v.amount).replace('.', '')), v.currency")
            source.refuse_if(f"not {-LARGEST} <= {minor} <= {LARGEST}")
    elif type(word) is Instant:
        source.add(f"{targets} = None")
        with source.block("if v is not None:"):
            moment_in_utc(source, converter_of(field))
            source.add(f"v -= {source.of(_EPOCH)}")
            source.add(f"{targets} = v.days * 86400000000 + v.seconds * 1000000 + v.microseconds")
    elif type(word) in _AS_IN_JSON:
        write_into(source, field.type, field.validator, converter_of(field))
        _check_length(source, word, "v")
        source.add(f"{targets} = v")
    else:
        source.add(f"{_targets(word)}= {source.of(word.store)}(v)")


def _check_length(source: Source, word: Field[Any, Any], text: str) -> None:
    if type(word) in (Text, Who):
        source.must(f"must be at most {LARGEST_TEXT:,} characters")
        source.refuse_if(f"{text} is not None and len({text}) > {LARGEST_TEXT}")
