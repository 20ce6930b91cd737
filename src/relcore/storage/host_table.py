"""A table that was there before relcore: which of its columns holds which field of an entity.

For an adapter over a host's own tables (docs/write_an_adapter.md). A field with a column is written as the host writes it,
and its own code goes on using it. A field without one is kept in a JSON column, under its own name, unless it holds nothing.
A column of the host's for which relcore has no field is a custom field (``relcore.kernel.custom``): ``"custom.asset"``.
Values cross in the plain form of ``to_json``; a column says how the host writes that, and no two values may be written alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar, get_args

import attrs

from relcore.kernel.custom import PREFIX, custom_words
from relcore.kernel.errors import Corrupt, Illformed, Invalid
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.kernel.words import word, words
from relcore.storage.entity_json import from_json, to_json

E = TypeVar("E")
Row = Mapping[str, Any]


def _as_it_is(value: Any) -> Any:
    return value


@attrs.frozen
class HostColumn:
    """A column for one field: ``to_host`` and ``from_host`` undo each other. Nothing is NULL."""

    name: str
    to_host: Callable[[Any], Any] = _as_it_is
    from_host: Callable[[Any], Any] = _as_it_is
    codes: Mapping[str, Any] = attrs.field(factory=dict[str, Any])
    """What stands for each word of an enumeration, if the field is one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that it takes up."""
        return (self.name,)

    def write(self, plain: Any) -> dict[str, Any]:
        """What the columns hold for a value in the form of ``to_json``."""
        return {self.name: None if plain is None else self.to_host(plain)}

    def read(self, row: Row) -> Any:
        """The value that they hold, in that form."""
        return None if row[self.name] is None else self.from_host(row[self.name])


@attrs.frozen
class _Price(HostColumn):
    currency: str = attrs.field(kw_only=True)

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.currency)

    def write(self, plain: Any) -> dict[str, Any]:
        if plain is None:
            return {self.name: None, self.currency: None}
        money = Money(**plain)
        return {self.name: money.minor, self.currency: money.currency}

    def read(self, row: Row) -> Any:
        if row[self.name] is None:
            return None
        money = Money.from_minor(row[self.name], row[self.currency])
        return {"amount": str(money.amount), "currency": money.currency}


def column(name: str) -> HostColumn:
    """Text and numbers as they are."""
    return HostColumn(name)


def moment(name: str) -> HostColumn:
    """An aware ``datetime``."""
    return HostColumn(name, datetime.fromisoformat, lambda at: at.astimezone(UTC).isoformat())


def day(name: str) -> HostColumn:
    """A ``date``."""
    return HostColumn(name, date.fromisoformat, date.isoformat)


def code(name: str, **codes: Any) -> HostColumn:
    """The host's own codes, one for each of our words: ``code("status", new="N", open="W")``.

    Every word needs one, and no two the same, or what was written could not be read again.
    """
    words = {held: plain for plain, held in codes.items()}
    return HostColumn(name, codes.__getitem__, words.__getitem__, codes)


def key(name: str, kind: type[Id]) -> HostColumn:
    """An integer that points to another row, whose id holds it."""
    return HostColumn(name, lambda text: kind(text).integer, lambda held: str(kind.holding(held)))


def person(name: str) -> HostColumn:
    """The host's bare reference for a person, ``u-17``; who is none keeps the word in front, ``team:night``."""

    def bare(actor: str) -> str:
        kind, _, reference = actor.partition(":")
        return reference if kind == "person" and ":" not in reference else actor

    return HostColumn(name, bare, lambda held: held if ":" in held else f"person:{held}")


def price(name: str, *, currency: str) -> HostColumn:
    """Minor units in one column, their currency in another."""
    return _Price(name, currency=currency)


def _nothing(plain: dict[str, Any]) -> dict[str, Any]:
    return {}


@attrs.frozen
class HostTable(Generic[E]):
    """The table whose rows are entities of one class.

    >>> from relcore import Customer
    >>> from relcore.ids import CustomerId
    >>> clients = HostTable(
    ...     Customer,
    ...     {"name": column("full_name"), "state": code("standing", active="A", merged="D", erased="F")},
    ... )
    >>> clients.write(Customer(CustomerId.holding(42), "Ada Byron", version=3))
    {'version': 3, 'full_name': 'Ada Byron', 'standing': 'A', 'relcore': {'kind': 'person', 'roles': []}}

    ``untouched`` is handed the fields that have columns, and says what ``rest`` would hold of a row that only the host's
    own code has written so far. ``Illformed`` tells every field and code that cannot work.
    """

    entity: type[E]
    columns: Mapping[str, HostColumn]
    untouched: Callable[[dict[str, Any]], dict[str, Any]] = _nothing
    rest: str = "relcore"
    """The JSON column for the fields that have none."""
    version: str = "version"

    def __attrs_post_init__(self) -> None:
        known, of = self._fields, self.entity.__name__
        taken = list(self.names)
        own = words(self.entity).keys() | known.keys() - {"custom"}
        faults = [f"a {of} has no field {name}" for name in self.columns if name not in own]
        faults += [f"{name} has a place of its own" for name in ("id", "version") if name in self.columns]
        faults += [f"{name} would hold two fields" for name in sorted(set(taken)) if taken.count(name) > 1]
        custom = {word.name: word.holds for word in custom_words(self.entity).values()}
        for name, held in self.columns.items():
            faults += [f"{name}: {fault}" for fault in _faults_of(held, custom.get(name, known.get(name)))]
        if faults:
            raise Illformed(f"the table of {of}", faults)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that ``read`` wants to see."""
        return (self.version, self.rest, *(name for held in self.columns.values() for name in held.names))

    def write(self, entity: E) -> dict[str, Any]:
        """What the columns hold for this entity, all but its key and its tenant."""
        if type(entity) is not self.entity:
            raise Invalid("entity", f"must be a {self.entity.__name__}", type(entity).__name__)
        plain = to_json(entity, personal=True)  # type: ignore[arg-type]
        plain |= {PREFIX + name: value for name, value in plain.pop("custom").items()}
        del plain["id"]
        row: dict[str, Any] = {self.version: plain.pop("version")}
        for name, held in self.columns.items():
            row |= held.write(plain.pop(name, None))
        return row | {self.rest: {name: value for name, value in plain.items() if value is not None}}

    def read(self, key: int, row: Row) -> E:
        """The entity that a row holds. ``Corrupt`` names the row and the field, never what stands there."""
        id = str(self._kind.id_type.holding(key))
        plain: dict[str, Any] = dict.fromkeys(self._fields)
        try:
            plain |= {name: held.read(row) for name, held in self.columns.items()}
            plain |= row[self.rest] or self.untouched(plain)
            customs = {name: plain.pop(name) for name in [*plain] if name.startswith(PREFIX)}
            custom = {name.removeprefix(PREFIX): v for name, v in customs.items() if v is not None}
            told = plain | {"id": id, "version": row[self.version], "custom": custom}
            return from_json(self.entity, told)
        except Invalid as wrong:
            raise Corrupt(id, f"{wrong.field} {wrong.rule}") from None
        except (AttributeError, LookupError, TypeError, ValueError) as wrong:
            raise Corrupt(id, f"{type(wrong).__name__} in a column") from None

    def asked(self, field: str, value: Any) -> Any:
        """What the column, or the JSON, holds for a value of a question. ``Invalid`` for an id that holds no integer."""
        plain = word(self.entity, field).dump(value)
        if field == "id":
            id: Id = self._kind.id_type(plain)
            return id.integer
        return self.columns[field].to_host(plain) if field in self.columns else plain

    def key(self, id: Id) -> int | None:
        """The key of its row; None for an id that no row can have, which is to say: it is not there."""
        try:
            return id.integer
        except Invalid:
            return None

    @property
    def _fields(self) -> Mapping[str, Any]:
        kind: Any = attrs.resolve_types(self._kind)
        return {field.name: field.type for field in attrs.fields(kind)}

    @property
    def _kind(self) -> Any:
        return self.entity


def _faults_of(held: HostColumn, kind: Any) -> list[str]:
    """What is wrong with the codes of a column."""
    listed = next(
        (one for one in (kind, *get_args(kind)) if isinstance(one, type) and issubclass(one, StrEnum)), ()
    )
    words = {str(one) for one in listed} if held.codes else set[str]()
    faults = [f"no code for {one}" for one in sorted(words - held.codes.keys())]
    faults += [f"a code for {one}, which is none of its words" for one in sorted(held.codes.keys() - words)]
    codes = list(held.codes.values())
    return faults + [
        f"{code!r} stands for two words" for code in dict.fromkeys(codes) if codes.count(code) > 1
    ]
