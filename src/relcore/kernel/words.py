"""Words: one declared line per field of an entity that may be asked about.

    class CaseFields:
        state = Choice(Case, CaseState)
        owner = Who(Case)

    mine = CaseFields.owner.is_(me) & CaseFields.state.one_of(OPEN, NEW)       # Query[Case]

Each kind of field has only the tests that make sense for it, in words, so that nobody falls into ``==`` or ``and``. The
same line says how the field is kept in columns and written in JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware, from_microseconds, microseconds
from relcore.kernel.custom import PREFIX, CustomFields, value_of
from relcore.kernel.entity import encodable
from relcore.kernel.errors import HIDDEN, Illformed, Invalid, UnknownQuery
from relcore.kernel.ids import Id
from relcore.kernel.money import Money
from relcore.kernel.query import Compare, Missing, OneOf, Op, Query, StartsWith, Value

E = TypeVar("E")
V = TypeVar("V")
C = TypeVar("C", bound=StrEnum)
R = TypeVar("R", bound=Id)
Stored: TypeAlias = str | int | None
"""What a column holds: text, or a whole number."""
Columns: TypeAlias = tuple[tuple[str, type[str | int]], ...]
"""Names and types of columns."""

_LARGEST = 2**63 - 1


@attrs.define(slots=False, eq=False, init=False, repr=False)
class Field(Generic[E, V]):
    """What may be asked about one field of an entity; its name is the attribute it is bound to.

    A declared field is a column of its own in SQL (two for money), may be scanned, and with ``index=True`` is found
    quickly.
    """

    tests: ClassVar[frozenset[str]] = frozenset(("missing",))
    """The words that JSON may use for it: the same that code can."""
    plain: ClassVar[type[Any]] = str
    holds: type[Any]
    """What its values are."""
    name: str
    """Of a custom field ``custom.tier``."""
    entity: type[E]
    index: bool
    personal: bool
    """Whether it holds personal data."""
    retired: bool
    """Whether it is set no more, as only a custom field can be."""

    def __init__(self, entity: type[E], *, index: bool = False) -> None:
        self.entity, self.index, self.holds = entity, index, self.plain
        self.personal = self.retired = False

    def __set_name__(self, owner: type, name: str) -> None:
        if issubclass(owner, CustomFields):
            self.name = PREFIX + name
            return
        own = attrs.fields_dict(self.entity)  # type: ignore[arg-type]
        if name not in own:
            remedy = f"a field of your own is declared in a class of CustomFields: class {owner.__name__}(CustomFields)"
            raise Illformed(owner.__name__, [f"{self.entity.__name__} has no field {name}; {remedy}"])
        self.name, self.personal = name, own[name].metadata.get("relcore.personal", False)
        words(self.entity)[name] = self

    def declare(self, owner: str, *, personal: bool, retired: bool) -> None:
        """Make it known as a custom field. ``Illformed`` when it comes too late, or was known as something else."""
        if personal and not isinstance(self, Text):
            raise Illformed(owner, [f"{self!r} is personal, which only a Text can be"])
        self.personal, self.retired = personal, retired
        taken = {
            c.lower(): w for w in words(self.entity).values() if w.name != self.name for c, _ in w.columns
        }
        for column, _ in self.columns:
            if column.lower() in taken:
                fault = f"{self!r} would have the column {column} of {taken[column.lower()]!r}; give it another name"
                raise Illformed(owner, [fault])
        known = words(self.entity).get(self.name)
        if known is None and _settled(self.entity):
            why = "comes too late, the table of a {} is built; declare it before a repository is opened"
            raise Illformed(owner, [f"{self!r} {why.format(self.entity.__name__)}"])
        if known is not None and known.shape != self.shape:
            raise Illformed(
                owner, [f"{self!r} was declared before, as another type; give it a name of its own"]
            )
        words(self.entity)[self.name] = self

    def held_by(self, entity: E) -> V | None:
        """What an entity carries of it; None when that is nothing.

        >>> from relcore import Case
        >>> from relcore.ids import CaseId, CustomerId
        >>> case = Case(CaseId.imported("mail", "17"), CustomerId.imported("shop", "ada"), "Cannot log in")
        >>> class DeskFields(CustomFields):
        ...     asset = Text(Case)
        >>> from datetime import UTC, datetime
        >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
        >>> DeskFields.asset.held_by(case.customise({"asset": "laptop 4"}, at=now).entity)
        'laptop 4'
        """
        carried: V | None = value_of(self.name)(entity)
        return carried

    def __repr__(self) -> str:
        return f"{self.entity.__name__}.{self.name}"

    def missing(self) -> Query[E]:
        """It carries nothing."""
        return Query(Missing(self.name))

    def __eq__(self, other: object) -> bool:
        # Python would answer False, and a query that is False is no query: this trap is closed.
        raise TypeError(f"ask {self!r} in words: .is_(value) and the like, not ==")

    __hash__ = None  # type: ignore[assignment]

    # What each kind of field says about itself.

    @property
    def is_custom(self) -> bool:
        """Whether it is a host's own."""
        return self.name.startswith(PREFIX)

    @property
    def short(self) -> str:
        """The name that it was declared with."""
        return self.name.removeprefix(PREFIX)

    @property
    def column(self) -> str:
        """The name of its column, or what the names of its columns begin with."""
        return self.name.replace(".", "_")

    @property
    def columns(self) -> Columns:
        """Names and types of the columns that hold it."""
        return ((self.column, str),)

    @property
    def shape(self) -> tuple[object, ...]:
        """What may not change while rows are kept in its columns."""
        return type(self), self.columns, self.index, self.personal

    def check(self, value: V) -> V:
        """The value, if it can be asked for; ``UnknownQuery`` otherwise."""
        raise NotImplementedError

    def store(self, value: V | None) -> tuple[Stored, ...]:
        """What its columns hold for this value."""
        return (None if value is None else str(value),)

    def load(self, stored: Sequence[Any]) -> V | None:
        """The value its columns hold."""
        return None if stored[0] is None else self.parse(stored[0])

    def dump(self, value: V) -> Any:
        """As JSON."""
        return str(value)

    def parse(self, plain: Any) -> V:
        """From JSON; ``UnknownQuery`` when it is none of its values."""
        raise NotImplementedError

    def _unknown(self, rule: str, value: object) -> UnknownQuery:
        return UnknownQuery(repr(self), rule, HIDDEN if self.personal else value)


@attrs.frozen
class Key(Generic[E]):
    """A field to sort by. What carries nothing comes last, both ways; what is equal is in the order of its ids."""

    field: str
    descending: bool = False


class _Sortable(Field[E, V]):
    def ascending(self) -> Key[E]:
        """``find(..., order=CaseFields.opened_at.ascending())``: the lowest first."""
        return Key(self.name)

    def descending(self) -> Key[E]:
        """The highest first."""
        return Key(self.name, descending=True)


class Unique:
    """Fields that no two entities of a tenant may share while both are there::

        class QuoteFields:
            number = Text(Quote)
            revision = Count(Quote)
            once = Unique(number, revision)

    An entity that lacks one of them shares it with nobody.
    """

    def __init__(self, *fields: Field[Any, Any]) -> None:
        self.fields = fields

    def __set_name__(self, owner: type, name: str) -> None:
        if len({field.entity for field in self.fields}) != 1:
            raise Illformed(owner.__name__, [f"{name} must be of fields of one entity, at least one"])
        entity, names = self.fields[0].entity, tuple(field.name for field in self.fields)
        if names not in entity.uniques and _settled(entity):
            raise Illformed(
                owner.__name__, [f"{name} comes too late, the table of a {entity.__name__} is built"]
            )
        entity.uniques[names] = self.fields


class _Compared(Field[E, V]):
    tests = Field.tests | {"is"}

    def is_(self, value: V) -> Query[E]:
        return Query(Compare(self.name, "is", plain_value(self.check(value))))


class _Listed(_Compared[E, V]):
    tests = _Compared.tests | {"one_of"}

    def one_of(self, *values: V) -> Query[E]:
        return Query(OneOf(self.name, tuple(plain_value(self.check(value)) for value in values)))


class Choice(_Listed[E, C]):
    """One of the words of an enumeration, such as a state."""

    def __init__(self, entity: type[E], of: type[C], *, index: bool = False) -> None:
        super().__init__(entity, index=index)
        if not issubclass(of, StrEnum):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Illformed("a Choice", [f"{of.__name__} is no StrEnum, of whose words one could be chosen"])
        self.of = self.holds = of

    def check(self, value: C) -> C:
        return self.parse(value)

    def parse(self, plain: Any) -> C:
        try:
            return self.of(plain)
        except ValueError:
            raise self._unknown(f"is one of {', '.join(self.of)}", plain) from None


class Link(_Listed[E, R]):
    """The id of another entity."""

    def __init__(self, entity: type[E], to: type[R], *, index: bool = False) -> None:
        super().__init__(entity, index=index)
        if not issubclass(to, Id):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Illformed("a Link", [f"{to.__name__} is no type of ids; write CustomerId, not Customer"])
        self.to = self.holds = to

    def check(self, value: R) -> R:
        if not isinstance(value, self.to):
            raise self._unknown(f"is a {self.to.__name__}", value)
        return value

    def parse(self, plain: Any) -> R:
        try:
            return self.to(plain)
        except Invalid as wrong:
            raise self._unknown(wrong.rule, plain) from None


class Who(_Listed[E, Actor]):
    """An actor: an owner, an agent."""

    plain = Actor

    def check(self, value: Actor) -> Actor:
        if not isinstance(value, Actor):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise self._unknown("is an Actor", value)
        return value

    def parse(self, plain: Any) -> Actor:
        try:
            return Actor.parse(plain)
        except (Invalid, AttributeError):
            raise self._unknown(
                "is written 'person:REF', 'team:REF', 'system:REF' or 'customer:REF'", plain
            ) from None


class Text(_Listed[E, str], _Sortable[E, str]):
    """Text, compared by code points: no folding, the same in every database."""

    tests = _Listed.tests | {"starts_with"}

    def starts_with(self, prefix: str) -> Query[E]:
        return Query(StartsWith(self.name, self.check(prefix)))

    def check(self, value: str) -> str:
        return self.parse(value)

    def parse(self, plain: Any) -> str:
        if not isinstance(plain, str) or "\x00" in plain or not encodable(plain):
            raise self._unknown("is text without NUL and lone surrogates", plain)
        return plain


class _Ordered(_Compared[E, V]):
    def _ask(self, op: Op, value: V) -> Query[E]:
        return Query(Compare(self.name, op, plain_value(self.check(value))))


class Count(_Ordered[E, int], _Sortable[E, int]):
    """A whole number that fits 64 bits."""

    plain = int
    tests = _Compared.tests | {"at_least", "at_most"}

    @property
    def columns(self) -> Columns:
        return ((self.column, int),)

    def at_least(self, value: int) -> Query[E]:
        return self._ask("at_least", value)

    def at_most(self, value: int) -> Query[E]:
        return self._ask("at_most", value)

    def check(self, value: int) -> int:
        return self.parse(value)

    def store(self, value: int | None) -> tuple[Stored, ...]:
        return (None if value is None else self.parse(value),)

    def dump(self, value: int) -> Any:
        return value

    def parse(self, plain: Any) -> int:
        if type(plain) is not int or not -_LARGEST <= plain <= _LARGEST:
            raise self._unknown("is a whole number below 2**63", plain)
        return plain


class Instant(_Ordered[E, datetime], _Sortable[E, datetime]):
    """A moment. Columns hold it in microseconds since 1970-01-01 UTC: exact, ordered, ready for arrays."""

    plain = datetime
    tests = _Compared.tests | {"below", "at_least"}

    @property
    def columns(self) -> Columns:
        return ((self.column, int),)

    def before(self, moment: datetime) -> Query[E]:
        return self._ask("below", moment)

    def since(self, moment: datetime) -> Query[E]:
        """At the moment itself, or later."""
        return self._ask("at_least", moment)

    def check(self, value: datetime) -> datetime:
        return aware(repr(self), value)

    def store(self, value: datetime | None) -> tuple[Stored, ...]:
        return (None if value is None else microseconds(aware(repr(self), value)),)

    def load(self, stored: Sequence[Any]) -> datetime | None:
        return None if stored[0] is None else from_microseconds(stored[0])

    def dump(self, value: datetime) -> Any:
        return value.astimezone(UTC).isoformat()

    def parse(self, plain: Any) -> datetime:
        try:
            return aware(repr(self), datetime.fromisoformat(plain))
        except (TypeError, ValueError):
            raise self._unknown("is a moment in ISO 8601 with its offset", plain) from None


class Amount(_Ordered[E, Money]):
    """Money. A comparison holds only within its currency: 5 EUR is neither below nor at least 6 USD."""

    plain = Money
    tests = _Compared.tests | {"below", "at_most", "above", "at_least"}

    @property
    def columns(self) -> Columns:
        return ((f"{self.column}_minor", int), (f"{self.column}_currency", str))

    def at_least(self, value: Money) -> Query[E]:
        return self._ask("at_least", value)

    def above(self, value: Money) -> Query[E]:
        return self._ask("above", value)

    def at_most(self, value: Money) -> Query[E]:
        return self._ask("at_most", value)

    def below(self, value: Money) -> Query[E]:
        return self._ask("below", value)

    def check(self, value: Money) -> Money:
        if not isinstance(value, Money):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise self._unknown("is Money", value)
        if abs(value.minor) > _LARGEST:
            raise self._unknown("is below 2**63 minor units", value)
        return value

    def store(self, value: Money | None) -> tuple[Stored, ...]:
        if value is None:
            return (None, None)
        if abs(value.minor) > _LARGEST:
            raise Invalid(repr(self), "must be below 2**63 minor units")
        return (value.minor, value.currency)

    def load(self, stored: Sequence[Any]) -> Money | None:
        return None if stored[0] is None else Money.from_minor(stored[0], stored[1])

    def dump(self, value: Money) -> Any:
        return {"amount": str(value.amount), "currency": value.currency}

    def parse(self, plain: Any) -> Money:
        match plain:
            case {"amount": str(amount), "currency": str(currency), **rest} if not rest:
                try:
                    return self.check(Money(amount, currency))
                except UnknownQuery:
                    raise
                except Invalid as wrong:
                    raise self._unknown(wrong.rule, plain) from None
            case _:
                raise self._unknown("is written {'amount': '1.00', 'currency': 'EUR'}", plain)


def words(entity: type[Any]) -> dict[str, Field[Any, Any]]:
    """The declared fields of an entity, by name."""
    declared: dict[str, Field[Any, Any]] = entity.words
    return declared


def settled_words(entity: type[Any]) -> dict[str, Field[Any, Any]]:
    """The same for whoever builds a table of them: from now on there will be no others."""
    entity.settled = True
    return words(entity)


def _settled(entity: type[Any]) -> bool:
    return bool(entity.settled)


def word(entity: type[Any], field: str) -> Field[Any, Any]:
    """The declared field of that name; ``UnknownQuery`` when nothing may be asked about it."""
    declared = words(entity)
    if field == "id":
        return _identity(entity)
    if field not in declared:
        remedy = f"write {PREFIX}{field}" if PREFIX + field in declared else ""
        raise UnknownQuery(f"{entity.__name__} field", f"must be one of {', '.join(declared)}", field, remedy)
    return declared[field]


def _identity(entity: type[Any]) -> Field[Any, Any]:
    """The id, which every entity can be asked for and found by, without a line of its own."""
    field = Link[Any, Id](entity, entity.id_type)
    field.name = "id"
    return field


def sort_key(entity: type[Any], key: Key[Any]) -> Field[Any, Any]:
    """The field that a key sorts by; ``UnknownQuery`` when it has no order that all databases share."""
    field = word(entity, key.field)
    if not isinstance(field, _Sortable):
        able = [name for name, one in words(entity).items() if isinstance(one, _Sortable)]
        raise UnknownQuery(
            f"the order of a {entity.__name__}", f"must be by one of {', '.join(able)}", key.field
        )
    return field


def plain_value(value: Any) -> Value:
    """A state as its text and a moment in UTC, so that equal questions are equal trees."""
    if isinstance(value, StrEnum):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    plain: Value = value
    return plain
