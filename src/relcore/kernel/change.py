"""What a command returns: the entity before, the entity after, and what happened in between. Pure: nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

import attrs
from attrs.validators import optional

from relcore.kernel.actor import Actor
from relcore.kernel.clock import aware
from relcore.kernel.custom import settable
from relcore.kernel.entity import a, evolve
from relcore.kernel.errors import Illformed, Refused
from relcore.kernel.ids import Id

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)


@attrs.frozen
class Moved:
    """A past-tense fact: the entity took this row of its table. It is the log entry and the outbox message."""

    id: Id
    machine: str
    """Name and version of the table, ``case@1``: a later table must say what became of the states of this one."""
    move: str
    source: str
    """The state it left; empty when it came into being."""
    to: str
    """The state it is in now; empty when it was removed."""
    at: datetime
    by: Actor | None = attrs.field(default=None, validator=optional(a(Actor)))
    effects: tuple[str, ...] = ()
    """What the host is now asked to do. Names only: relcore sends nothing."""


@attrs.frozen
class Change(Generic[E_co]):
    """A decision, not yet kept: hand it to ``workspace.commit``."""

    before: E_co | None
    entity: E_co
    events: tuple[Moved, ...] = ()

    def then(self, command: Callable[[E_co], Change[E]]) -> Change[E_co | E]:
        """Decide again on the result: ``Case.open(...).then(lambda case: case.accept(...))`` is one change."""
        later = command(self.entity)
        if later.before is not self.entity:
            raise Illformed(
                "a chain of changes", ["the second command was not asked of the first one's entity"]
            )
        return Change(self.before, later.entity, self.events + later.events)

    def __attrs_post_init__(self) -> None:
        """Nobody passes the table by: the events must lead from the state before to the state held now."""
        state: str = getattr(self.before, "state", "")
        for event in self.events:
            if event.source != state:
                fault = f"{event.move} leaves {str(event.source)!r}, but it was {str(state)!r}"
                raise Illformed(_name(self.entity), [fault])
            state = event.to
        if not self.removes and (held := getattr(self.entity, "state", "")) != state:
            fault = f"it went from {str(state)!r} to {str(held)!r} without a move"
            raise Illformed(_name(self.entity), [fault])

    @property
    def removes(self) -> bool:
        """Whether the entity is gone afterwards."""
        return bool(self.events) and self.events[-1].to == ""

    @property
    def changed(self) -> dict[str, Any]:
        """What differs, as it is after; of a new entity everything, and ``custom`` if there is anything in it. Its id
        and version are nobody's decision.
        """
        after: Any = self.entity
        names = _decided(after.__class__)
        if self.before is None:
            told = {name: getattr(after, name) for name in names}
            if not told.get("custom", True):
                del told["custom"]
            return told
        before = self.before
        pairs = ((name, getattr(before, name), getattr(after, name)) for name in names)
        return {name: now for name, old, now in pairs if now is not old and now != old}

    @property
    def fields(self) -> Mapping[str, tuple[Any, Any]]:
        """What differs, as ``field: (before, after)``."""
        names = [f.name for f in attrs.fields(type(self.entity))]  # type: ignore[arg-type]
        pairs = {n: (getattr(self.before, n, None), getattr(self.entity, n)) for n in names}
        if self.before is None:
            return pairs
        return {name: (old, new) for name, (old, new) in pairs.items() if old != new}


def removal(entity: E, *, at: datetime, by: Actor | None = None, effects: tuple[str, ...] = ()) -> Change[E]:
    """The decision that a record is to be no more: a test that got into the books, a row past its retention.

    This is no move of its lifecycle, whose every state has a row; a customer who wants to be forgotten is erased. What is
    removed is found no more, its id is not used again, and its log still tells it.
    """
    held: Any = entity
    gone = Moved(held.id, held.lifecycle.stamp, "remove", held.state, "", aware("at", at), by, effects)
    return Change(entity, entity, (gone,))


def customised(entity: E, values: Mapping[str, Any], *, at: datetime, by: Actor | None = None) -> Change[E]:
    """The decision behind ``entity.customise``."""
    held: Any = entity
    table, state = held.lifecycle, held.state
    if table.is_void_for_good(state):
        raise Refused(held.id, state, "customise", ("it is void for good",), ())
    after = evolve(held, custom=settable(held.__class__, held.custom, values))
    moved = Moved(held.id, table.stamp, "customise", state, state, aware("at", at), by)
    return Change(entity, after, (moved,))


@cache
def _decided(entity: Any) -> tuple[str, ...]:
    return tuple(f.name for f in attrs.fields(entity) if f.name not in ("id", "version"))


def _name(entity: object) -> str:
    return f"a change of {type(entity).__name__}"
