"""Custom fields: what a host keeps of an entity beside the fields that the entity has for everybody.

    class ShopFields(CustomFields, personal=["nickname"]):
        tier = Choice(Customer, Tier, index=True)
        seats = Count(Customer)
        nickname = Text(Customer)

    workspace.apply(Customer, ada, lambda customer: customer.customise({"tier": Tier.GOLD, "seats": 5}, at=now))
    gold = workspace.find(Customer, ShopFields.tier.is_(Tier.GOLD) & ShopFields.seats.at_least(3))

They are declared once, in the words that an entity's own fields are declared in (``relcore.kernel.words``), and are from then
on asked, sorted, kept in columns, scanned and written in JSON as those are; the name of such a field is ``custom.tier``, so
that no later field of relcore's can collide with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from operator import attrgetter
from typing import Any

from relcore.kernel.errors import HIDDEN, Illformed, Invalid
from relcore.kernel.frozen_mapping import FrozenMapping

PREFIX = "custom."


class CustomFields:
    """Base of a class whose words are a host's own fields of relcore's entities.

    ``personal`` names those that hold personal data: no error and no ``repr`` of an entity shows them, JSON has them only
    where it is asked for, and a sealed repository seals them. ``retired`` names those that are set no more: what was kept of them can
    still be read, asked for and cleared. A name is never used again for another type, as its column would hold both.

    Declare them where the program begins. Once the table of an entity was asked for, by the first repository in SQL that is
    opened or by whoever reads its metadata, a further one is ``Illformed``, as it would be missing there. So is a name that
    was declared as something else before.
    """

    def __init_subclass__(cls, *, personal: Iterable[str] = (), retired: Iterable[str] = ()) -> None:
        super().__init_subclass__()
        fields = {name: one for name, one in vars(cls).items() if hasattr(one, "declare")}
        faults = [f"{name} is not among its fields" for name in {*personal, *retired} - fields.keys()]
        faults += [
            f"{name} is another name of {one!r}" for name, one in fields.items() if one.name != PREFIX + name
        ]
        if faults:
            raise Illformed(cls.__name__, sorted(faults))
        for name, field in fields.items():
            field.declare(cls.__name__, personal=name in personal, retired=name in retired)


class Custom(FrozenMapping[Any]):
    """What an entity carries of its host's own fields: ``customer.custom["tier"]``. What was not set is not there.

    A frozen mapping. ``repr`` shows the names only, as a value may be personal; ``ShopFields.tier.held_by(customer)`` reads one
    with its type, and is None where it was not set.
    """

    __slots__ = ()

    def __init__(self, held: Mapping[str, Any] | Iterable[tuple[str, Any]] = ()) -> None:
        named = dict(held)
        if odd := [name for name in named if not isinstance(name, str)]:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Invalid("custom", "must have the names of custom fields as its keys", odd[0])
        super().__init__(dict(sorted(named.items())))

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"

    def changed(self, values: Mapping[str, Any]) -> Custom:
        """With these in place of what was there; None clears one."""
        held = {**self, **values}
        return Custom((name, value) for name, value in held.items() if value is not None) if held else NONE


NONE = Custom()
"""What most entities carry, once for all of them."""


def declared(entity: Any, field: Any, custom: Any) -> None:
    """``validator=declared``: each of them is a custom field of this class, and holds what such a field can."""
    del field
    if custom is NONE:
        return
    kind: type[Any] = entity.__class__
    if not isinstance(custom, Custom):
        remedy = "set them with customise, or give a Custom"
        raise Invalid(f"{kind.__name__}.custom", "must be a Custom", type(custom).__name__, remedy)
    for name, value in custom.items():
        word = custom_word(kind, name)
        fitting = _fitting(word, value)
        if _kind_of(fitting) is not _kind_of(value) or fitting != value:
            raise Invalid(repr(word), "must be as it is kept", HIDDEN, "set it with customise")


def _kind_of(value: Any) -> type[Any]:
    """Words of two enumerations of one name are alike: in a notebook a class is made anew with each run of its cell."""
    return StrEnum if isinstance(value, StrEnum) else value.__class__


# As with ``a``: storage, which reads each by its word, need not have it proven again.
vars(declared)["lets_through"] = Custom


def settable(entity: type[Any], held: Custom, values: Mapping[str, Any]) -> Custom:
    """What is held, with these values as their words keep them in its place."""
    if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid(
            f"{entity.__name__}.custom",
            "must be set by name",
            type(values).__name__,
            'write {"tier": "gold"}',
        )
    fitting = dict[str, Any]()
    for name, value in values.items():
        word = custom_word(entity, name)
        if value is not None and word.retired:
            raise Invalid(repr(word), "is retired: it is read, and set no more", HIDDEN, "clear it with None")
        fitting[name] = None if value is None else _fitting(word, value)
    return held.changed(fitting)


def custom_value(word: Any, plain: Any) -> Any:
    """A value of a custom field from JSON; ``Invalid`` when it is none of its values."""
    return _as_a_value(word, word.parse, plain)


def _fitting(word: Any, value: Any) -> Any:
    return _as_a_value(word, word.check, value)


def _as_a_value(word: Any, made: Callable[[Any], Any], value: Any) -> Any:
    try:
        return made(value)
    except Invalid as wrong:
        shown = HIDDEN if word.personal else wrong.value
        raise Invalid(repr(word), _rule(wrong), shown, wrong.remedy) from None
    except (AttributeError, TypeError, ValueError):
        shown = HIDDEN if word.personal else value
        raise Invalid(repr(word), f"must be a {word.holds.__name__}", shown) from None


def _rule(wrong: Invalid) -> str:
    """Words say of themselves what they are, as they are asked about; here it is a value that must be so."""
    return f"must be {wrong.rule.removeprefix('is ')}" if wrong.rule.startswith("is ") else wrong.rule


def custom_word(entity: type[Any], name: Any) -> Any:
    """The word of that custom field; ``Invalid`` when nobody declared it."""
    words: Mapping[str, Any] = entity.words
    word = words.get(f"{PREFIX}{name}")
    if word is None:
        known = ", ".join(custom_words(entity))
        rule = f"must be among {known}" if known else "has no fields"
        short = str(name).removeprefix(PREFIX)
        remedy = f"write {short!r}" if PREFIX + short in words else "declare it in a class of CustomFields"
        raise Invalid(f"{entity.__name__}.custom", rule, name, remedy)
    return word


def without_personal(entity: Any) -> Custom:
    """What it carries of its custom fields that hold nothing personal."""
    custom: Custom = entity.custom
    words = custom_words(entity.__class__)
    return custom.changed({name: None for name in custom if words[name].personal})


def custom_words(entity: type[Any]) -> dict[str, Any]:
    """The custom fields of an entity: their words, by the names that they were declared with."""
    words: Mapping[str, Any] = entity.words
    return {word.short: word for word in words.values() if word.is_custom}


def value_of(field: str) -> Callable[[Any], Any]:
    """How an entity is asked for what it carries of a field, its own or a custom one; None when that is nothing."""
    if not field.startswith(PREFIX):
        return attrgetter(field)
    name = field.removeprefix(PREFIX)
    return lambda entity: entity.custom.get(name)
