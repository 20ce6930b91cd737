"""One kind of entity, as it is kept: its words as columns (``relcore.kernel.words``), the rest as one JSON object.

Strict both ways: what would not be read back is refused before it is written, and of what is stored nothing comes out
that the entity's own checks would not have let in. A row of an older schema is brought up, step by step, before it is
read; one of a newer schema is neither guessed at nor overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import attrs

from relcore.kernel.entity import Versioned
from relcore.kernel.errors import Corrupt, Illformed, Invalid, NewerSchema, NoUpcaster
from relcore.kernel.words import Columns, Field, Stored, settled_words
from relcore.storage.columns import NOT_IN_BODY, row_writer, rows_reader, word_reader
from relcore.storage.json_text import parsed, written
from relcore.storage.readers import Reader, field_reader, fields_of, record
from relcore.storage.source import UNREADABLE, fault, invalid
from relcore.storage.writers import Writer, fields_writer, plain, writer

Upcaster = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""From the fields of one schema, in their JSON form by name, to those of the next.

It is given those that a row holds, or those that an entry of the log says were changed; a column that holds nothing is
not among them. Pure, and without a guess: what is not there did not change.
"""


@contextmanager
def reading(where: str) -> Generator[None]:
    """Whatever goes wrong with what is stored is ``Corrupt``, which names the place and not its content."""
    try:
        yield
    except UNREADABLE as wrong:
        raise Corrupt(where, _without_values(wrong)) from None


def _without_values(wrong: Exception) -> str:
    """What was wrong, without the value: it may be personal."""
    path, rule = fault(wrong)
    return f"{path} {rule}" if path else rule


def _brought_up(fields: Mapping[str, Any], steps: Sequence[Upcaster]) -> dict[str, Any]:
    for step in steps:
        fields = step(fields)
    return {**fields}


@attrs.frozen(eq=False)
class Kind:
    """One kind of entity, as it is kept: its class, the number of its shape, and a step up from each shape before."""

    entity: type[Any]
    schema: int = 1
    upcasters: tuple[Upcaster, ...] = ()

    def __attrs_post_init__(self) -> None:
        needed, given = self.schema - 1, len(self.upcasters)
        if given != needed:
            why = (
                f"schema {self.schema} needs {needed} upcasters, one from each schema before it, not {given}"
            )
            raise Illformed(f"the kind of a {self.entity.__name__}", [why])

    @cached_property
    def name(self) -> str:
        """``customer``, the spoken part of its ids."""
        return str(self.entity.id_type.kind)

    @cached_property
    def fields(self) -> tuple[Field[Any, Any], ...]:
        """The words that are columns."""
        return tuple(settled_words(self.entity).values())

    @cached_property
    def columns(self) -> Columns:
        """Names and types of those columns."""
        return tuple(column for field in self.fields for column in field.columns)

    @cached_property
    def hooks(self) -> Mapping[str, Reader]:
        """How each field is read from JSON."""
        return {field.name: field_reader(self.entity, field) for field in fields_of(self.entity)}

    @cached_property
    def rest(self) -> frozenset[str]:
        """The fields that are no column: the keys of the JSON object."""
        return (
            frozenset(field.name for field in fields_of(self.entity))
            - NOT_IN_BODY
            - {field.name for field in self.fields}
        )

    # --- writing

    def stored(self, row: Versioned) -> list[Stored]:
        """What the columns hold for this entity; ``Invalid`` for what would not be read back."""
        try:
            columns: list[Stored] = self._store(row)
        except UNREADABLE as wrong:
            raise invalid(self.entity.__name__, wrong) from None
        return columns

    def body(self, row: Versioned) -> str:
        """All that is no column, as JSON; ``Invalid`` for what would not be read back, or is too large."""
        try:
            plain: dict[str, Any] = self._dump(row)
        except UNREADABLE as wrong:
            raise invalid(self.entity.__name__, wrong) from None
        return written(plain, of=self.entity.__name__)

    def born(self, row: Versioned) -> str:
        """All that it holds, as the log tells it of a new entity; ``Invalid`` for what would not be read back."""
        try:
            plain: dict[str, Any] = self._dump_all(row)
        except UNREADABLE as wrong:
            raise invalid(self.entity.__name__, wrong) from None
        if not plain.get("custom", True):  # as it was told before there were any
            del plain["custom"]
        return written(plain, of=self.entity.__name__)

    # --- reading

    def rows(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The entities that rows of ``(id, version, schema, body, *columns)`` hold.

        ``Corrupt`` names the row that cannot be read, and not its content.
        """
        try:
            return self._load(rows)
        except UNREADABLE:
            # One of them is of an older schema, or is none: each by itself.
            return [
                self.row(id, version, schema, stored, body) for id, version, schema, body, *stored in rows
            ]

    def row(self, id: str, version: int, schema: int, stored: Sequence[Any], body: str) -> Any:
        """The entity that one row holds."""
        try:
            if type(schema) is int and schema == self.schema:
                return self._load([(id, version, schema, body, *stored)])[0]
            return self._raised(id, version, schema, stored, body)
        except UNREADABLE as wrong:
            raise Corrupt(self.named(id), _without_values(wrong)) from None

    def changes(self, plain: str, schema: int | None = None) -> dict[str, Any]:
        """The fields that a version changed, from the log; ``schema`` is that of the entry, this one if none is said.

        ``Invalid`` for what cannot be read; whoever reads the log knows where that was.
        """
        steps = self._steps_from(self.schema if schema is None else schema)
        changed: dict[str, Any] = {}
        try:
            fields = _brought_up(parsed(plain), steps)
            if not fields.keys() <= self._changeable.keys():
                raise Invalid(
                    self.name, f"must be changed in {', '.join(self._changeable)}, and nothing else"
                )
        except UNREADABLE as wrong:
            raise invalid(self.entity.__name__, wrong) from None
        for name, value in fields.items():
            try:
                changed[name] = self._changeable[name](value)
            except UNREADABLE as wrong:
                raise invalid(f"{self.entity.__name__}.{name}", wrong) from None
        return changed

    # --- older shapes

    def _raised(self, id: str, version: int, schema: int, stored: Sequence[Any], body: str) -> Any:
        """From a row of an older shape: its columns in the form that its log gives them."""
        steps = self._steps_from(schema)
        if len(stored) != len(self.columns):
            raise Invalid(self.entity.__name__, f"must have {len(self.columns)} columns")
        fields, start = dict[str, Any](), 0
        for word, read, write in self._words_in_json:
            stop = start + len(word.columns)
            held = stored[start:stop]
            if any(value is not None for value in held):
                place = fields.setdefault("custom", {}) if word.is_custom else fields
                place[word.short] = write(read(held))
            start = stop
        now = _brought_up({**fields, **parsed(body)}, steps)
        if not now.keys() <= self._changeable.keys():
            raise Invalid(
                self.entity.__name__, f"must have the fields {', '.join(self._changeable)}, and no others"
            )
        nothing = dict.fromkeys(field.name for field in self.fields if not field.is_custom)
        return record(self.entity)({**nothing, **now, "id": id, "version": version})

    def _steps_from(self, schema: int) -> Sequence[Upcaster]:
        if type(schema) is not int or schema < 1:
            raise NoUpcaster(self.name, schema, self.schema)
        if schema > self.schema:
            raise NewerSchema(self.name, schema, self.schema)
        return self.upcasters[schema - 1 :]

    def named(self, id: Any) -> str:
        """How an error names the row."""
        return id[:80] if isinstance(id, str) else f"{self.name}_"

    # --- what is made once

    @cached_property
    def _load(self) -> Callable[[Sequence[Sequence[Any]]], list[Any]]:
        return rows_reader(self.entity, self.fields, self.schema)

    @cached_property
    def _store(self) -> Callable[[Any], list[Stored]]:
        return row_writer(self.entity, self.fields)

    @cached_property
    def _dump(self) -> Writer:
        return fields_writer(self.entity, tuple(sorted(self.rest)))

    @cached_property
    def _dump_all(self) -> Writer:
        return fields_writer(self.entity, tuple(sorted(self._changeable)))

    @cached_property
    def _changeable(self) -> Mapping[str, Reader]:
        """The readers of what a version may change."""
        return {name: hook for name, hook in self.hooks.items() if name not in ("id", "version")}

    @cached_property
    def _words_in_json(self) -> Sequence[tuple[Field[Any, Any], Reader, Writer]]:
        """From the columns of each word to its value, and from there to the form that JSON has for it."""
        types = {field.name: field.type for field in fields_of(self.entity)}
        return [
            (word, word_reader(self.entity, word), writer(types[word.name]) if word.name in types else plain)
            for word in self.fields
        ]
