"""What the kernel asks of an entity: an id of its own kind, a version, a state, and the table its moves come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar, get_args

import attrs

from relcore.kernel.custom import Custom
from relcore.kernel.errors import HIDDEN, Invalid
from relcore.kernel.ids import Id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attrs import evolve as evolve

    from relcore.kernel.actor import Actor
    from relcore.kernel.change import Change
    from relcore.kernel.lifecycle import Option

I = TypeVar("I", bound=Id)
S = TypeVar("S", bound=str)
M = TypeVar("M", bound=str)
E = TypeVar("E")
I_contra = TypeVar("I_contra", bound=Id, contravariant=True)
E_co = TypeVar("E_co", covariant=True)

PERSONAL: dict[str, Any] = {"relcore.personal": True}
"""``metadata=PERSONAL`` on a field: its value is shown only where it is asked for by name."""


def hidden(value: object) -> str:
    """``repr=hidden`` on a personal field."""
    return "None" if value is None else HIDDEN


def a(kind: type[Any]) -> Callable[[Any, attrs.Attribute[Any], Any], None]:
    """``validator=a(CustomerId)``: the field holds one of these, also where nobody checks types."""

    def check(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
        if not isinstance(value, kind):
            shown = HIDDEN if field.metadata.get("relcore.personal") else value
            raise Invalid(
                f"{type(entity).__name__}.{field.name}", f"must be {_article(kind)} {kind.__name__}", shown
            )

    # Whoever has proven it otherwise, as storage has, reads here what need not be asked again.
    vars(check)["lets_through"] = kind
    return check


def _article(kind: type[Any]) -> str:
    return "an" if kind.__name__[0] in "AEIOU" else "a"


def a_probability(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """``validator=a_probability``: the field holds a number in [0, 1]."""
    if not (isinstance(value, float | int) and 0 <= value <= 1):
        raise Invalid(f"{type(entity).__name__}.{field.name}", "must lie in [0, 1]", value)


def text(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """``validator=text``: not empty, and storable in every database (no NUL, no lone surrogates)."""
    if isinstance(value, str) and value.strip() and "\x00" not in value and encodable(value):
        return
    personal = field.metadata.get("relcore.personal")
    raise Invalid(
        f"{type(entity).__name__}.{field.name}",
        "must be text that is not empty, without NUL and lone surrogates",
        HIDDEN if personal else value,
    )


def text_or_none(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """``validator=text_or_none``: storable in every database; empty is left to what the lifecycle needs."""
    if value is not None and value != "":
        text(entity, field, value)


def a_day(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """``validator=a_day``: the field holds a calendar day. A moment, which Python counts among the days, it is not."""
    if type(value) is not date:
        raise Invalid(f"{type(entity).__name__}.{field.name}", "must be a date without a time", value)


def count(entity: Any, field: attrs.Attribute[Any], value: Any) -> None:
    """``validator=count``: a whole number, not negative, that every database can hold."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise Invalid(
            f"{type(entity).__name__}.{field.name}", "must be a whole number from 0 to 2**63 - 1", value
        )


def encodable(value: str) -> bool:
    """Whether UTF-8 can hold it: a lone surrogate, left by a careless decoder, it cannot."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@attrs.frozen
class Ref(Generic[E_co]):
    """One entity of one tenant."""

    tenant: str
    id: Id
    entity: type[E_co] = attrs.field(eq=False, repr=False)


class Entity(Generic[I, S, M]):
    """Base without fields: ``class Case(Entity[CaseId, CaseState, CaseMove])`` says which id, states and moves are its
    own. Entities are final.
    """

    __slots__ = ()
    lifecycle: ClassVar[Any]
    id_type: ClassVar[type[Id]]
    words: ClassVar[dict[str, Any]]
    """What may be asked about it, by field: filled where the words are declared (``relcore.kernel.words``)."""
    uniques: ClassVar[dict[tuple[str, ...], tuple[Any, ...]]]
    """Names and words of the fields that, together, only one may have: filled by ``Unique``."""
    settled: ClassVar[bool]
    """Whether a table was built of its words, so that none can be added."""
    custom: Custom
    """What it carries of its host's own fields: each entity has this field."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.words, cls.uniques, cls.settled = {}, {}, False
        for base in getattr(cls, "__orig_bases__", ()):
            if args := get_args(base):
                cls.id_type = args[0]

    @classmethod
    def ref(cls, id: I, *, tenant: str) -> Ref[Self]:
        """Where this entity is kept. An id of another kind is refused: types may have been left unchecked."""
        if not isinstance(id, cls.id_type):
            raise Invalid(
                "id", f"must be a {cls.id_type.__name__}, as a {cls.__name__} is kept under one", id
            )
        return Ref(tenant, id, cls)

    def moves(
        self, *, at: datetime, by: Actor | None = None, facts: Iterable[object] = ()
    ) -> tuple[Option[S, M], ...]:
        """Each command with its answer: allowed, refused and why, or untold and what would have to be told.

        Nothing is raised, so that a screen, an API or an agent can be drawn from it. Some moves are for some people
        only: those look at ``by``.
        """
        options: tuple[Option[S, M], ...] = self.lifecycle.options(self, at=at, by=by, facts=facts)
        return options

    def customise(self, values: Mapping[str, Any], *, at: datetime, by: Actor | None = None) -> Change[Self]:
        """Set some of the host's own fields (``relcore.kernel.custom``), and clear those that are given as None.

        No move of the lifecycle, whose table is relcore's: it is possible in every state but those in which a record is
        void for good, as one that was erased is. The log tells it as ``customise``.

        Raises ``Invalid`` for a field that nobody declared, one that is retired, and a value of another type.
        """
        from relcore.kernel.change import customised  # which needs what this module has

        return customised(self, values, at=at, by=by)


if not TYPE_CHECKING:
    # Checkers see attrs.evolve, whose keywords they know. This one checks and converts only what is changed: a value
    # that is held has been checked, and most of a command's time would go into checking it again.
    def evolve(held, /, **changes):
        """The value with these fields changed."""
        kind = type(held)
        copy, fields = _slots(kind)
        new = object.__new__(kind)
        copy(held, new)
        for name, value in changes.items():
            if name not in fields:
                raise TypeError(f"{kind.__name__} has no field {name!r}")
            field, write, convert, check = fields[name]
            given = value if convert is None else convert(value)
            write(new, given)
            if check is not None:
                check(new, field, given)
        if (whole := getattr(kind, "__attrs_post_init__", None)) is not None:
            whole(new)
        return new


def at_version(held: E, version: int) -> E:
    """The same entity, as a commit counts it. What it holds was checked when it was made."""
    kind: Any = type(held)
    copy, fields = _slots(kind)
    new: E = object.__new__(kind)
    copy(held, new)
    fields["version"][1](new, version)
    return new


@cache
def _slots(kind: type[Any]) -> tuple[Callable[[Any, Any], None], dict[str, tuple[Any, ...]]]:
    """How all fields are copied from one to another, and how each is converted, written and checked, by its name."""
    fields = attrs.fields(kind)
    writes = {f"write_{field.name}": vars(kind)[field.name].__set__ for field in fields}
    # Written out line by line, as attrs writes __init__: a loop over the fields would be a quarter of a whole command.
    lines = [f"    write_{field.name}(new, held.{field.name})" for field in fields]
    scope: dict[str, Any] = dict(writes)
    exec("\n".join(["def copy(held, new):", *lines]), scope)  # noqa: S102  # names of fields, and nothing else
    each = {f.name: (f, writes[f"write_{f.name}"], f.converter, f.validator) for f in fields}
    return scope["copy"], each


class Kept(Protocol[I_contra, E_co]):
    """An entity class, seen by a workspace: it turns its own id, and no other, into a reference."""

    def ref(self, id: I_contra, /, *, tenant: str) -> Ref[E_co]: ...


class Versioned(Protocol):
    """An entity, seen by storage."""

    @property
    def id(self) -> Id: ...
    @property
    def version(self) -> int: ...


def personal_fields(entity: type[Any]) -> tuple[str, ...]:
    """The names of the fields that hold personal data."""
    return tuple(f.name for f in attrs.fields(entity) if f.metadata.get("relcore.personal"))
