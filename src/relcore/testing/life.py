"""A history of one tenant, made up step by step, with everything that is seen of it: names in the place of ids.

Two lives with the same chance take the same steps, as long as they see the same.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Self, TypeAlias

import attrs

from relcore.kernel.change import Change, removal
from relcore.kernel.errors import Refused, RelcoreError
from relcore.kernel.ids import Id
from relcore.kernel.paging import Page
from relcore.kernel.repository import Entry, Level, Receipt
from relcore.kernel.words import words
from relcore.storage.workspace import Workspace
from relcore.testing.moves import BEGINS, BELONGS_TO, MOVES, able_to_begin
from relcore.testing.trial import NOON, Trial

ENDLESS = 10_000
"""More pages than anything that is tried can have."""
PATIENCE = 50
"""How often somebody looks again for what is not to be seen yet."""


@attrs.define(eq=False)
class Life:
    """What one tenant did, and has."""

    workspace: Workspace
    kinds: Sequence[type[Any]]
    level: Level
    chance: Random
    acts: Sequence[Act]
    at: datetime = NOON
    rows: list[Any] = attrs.field(factory=list[Any])
    """Every version of every entity, also those that are outdated or gone."""
    now: dict[str, Any] = attrs.field(factory=dict[str, Any])
    sent: list[Sequence[Change[Any]]] = attrs.field(factory=list[Sequence[Change[Any]]])
    names: dict[str, str] = attrs.field(factory=dict[str, str])
    after: str | None = None
    lines: int = 0
    """How many lines of the log are there and were not drained yet."""

    @classmethod
    def begin(cls, trial: Trial, chance: Random, acts: Sequence[Act]) -> Self:
        kinds = able_to_begin(trial)
        return cls(trial.another_tenant(), kinds, trial.capabilities.level, chance, acts)

    def step(self) -> object:
        """Do something, and say what was seen."""
        self.at += timedelta(minutes=1)
        act = self.chance.choice(self.acts)
        try:
            seen = act(self)
        except RelcoreError as refused:
            seen = type(refused).__name__, str(refused)
        return act.__name__, self.plain(seen)

    # --- writing ----------------------------------------------------------------------------------

    def commit(self, changes: Sequence[Change[Any]], reads: Sequence[Any] = ()) -> Receipt:
        """Under the next key, where there are keys."""
        self.sent.append(changes)
        return self._said(len(self.sent) - 1, reads)

    def say_again(self) -> object:
        return self._said(self.chance.randrange(len(self.sent)), ()) if self.sent else None

    def _said(self, number: int, reads: Sequence[Any]) -> Receipt:
        changes = self.sent[number]
        for change in changes:
            id: str = change.entity.id
            self.names.setdefault(id, f"<{type(change.entity).__name__} {len(self.names)}>")
        key = f"batch {number}" if self.level >= Level.LOGGED else None
        known = key is not None and self.workspace.receipt(key) is not None
        receipt = self.workspace.commit(*changes, reads=reads, key=key)
        self.names.setdefault(receipt.key, f"<key {number}>")
        if not known:
            self.lines += sum(len(change.events) for change in changes)
            self.rows += receipt.entities
            self.now |= {row.id: row for row in receipt.entities}
            for id in receipt.removed:
                del self.now[id]
        return receipt

    def begun(self, kind: type[Any], id: Id) -> Change[Any]:
        of = BELONGS_TO.get(kind)
        owners = [id for id, row in self.now.items() if of is not None and isinstance(row, of)]
        return BEGINS[kind](id, self.chance.choice(owners) if owners else None, self.at, self._number())

    def create(self) -> object:
        able = [kind for kind in self.kinds if self._has_an_owner(kind)]
        kind = self.chance.choice(able)
        return self.commit([self.begun(kind, self.workspace.new(kind.id_type))])

    def change(self, row: Any) -> object:
        return self.commit([self._moved(row)])

    def change_one(self) -> object:
        return self.change(self.chance.choice(self.rows)) if self.rows else None

    def change_several(self) -> object:
        now = list(self.now.values())
        several = self.chance.sample(now, min(3, len(now)))
        return self.commit([self._moved(row) for row in several[:2]], several[2:])

    def remove(self) -> object:
        return self.commit([removal(self.chance.choice(self.rows), at=self.at)]) if self.rows else None

    # --- reading ----------------------------------------------------------------------------------

    def get(self, row: Any) -> object:
        kind: Any = row.__class__
        return self.workspace.get(kind, row.id)

    def get_one(self) -> object:
        return self.get(self.chance.choice(self.rows)) if self.rows else None

    def find(self) -> object:
        kind, limit = self.chance.choice(self.kinds), self.chance.randint(1, 4)
        return [page.rows for page in pages(self.workspace, kind, limit=limit)]

    def log(self) -> object:
        row = self.chance.choice(self.rows) if self.rows else None
        kind: Any = row.__class__
        return None if row is None else list(self.workspace.log(kind, row.id))

    def receipts(self) -> object:
        return [self.workspace.receipt(f"batch {number}") for number in range(len(self.sent) + 2)]

    def drain(self) -> object:
        told, self.after = drained_when_seen(self.workspace, self.after, limit=3, lines=self.lines)
        self.lines = 0
        return told

    def scan(self) -> object:
        kind, chunk = self.chance.choice(self.kinds), self.chance.randint(1, 4)
        rows = self.workspace.scan(kind, *words(kind).values(), chunk=chunk)
        lines = self.workspace.scan_log(kind, chunk=chunk)
        return [[list(zip(*columns.values(), strict=True)) for columns in chunks] for chunks in (rows, lines)]

    # --- what was seen, without what must differ ---------------------------------------------------

    def plain(self, value: Any) -> Any:
        """The value, with the names of its entities in the place of their ids."""
        if isinstance(value, str):
            return _ID.sub(lambda found: self.names.get(found[0], found[0]), value)
        kind: Any = value.__class__
        if attrs.has(kind):
            held = {field.name: self.plain(getattr(value, field.name)) for field in attrs.fields(kind)}
            return kind.__name__, held
        if isinstance(value, Mapping):
            return {self.plain(key): self.plain(held) for key, held in value.items()}  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, Sequence):
            return [self.plain(held) for held in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    # --- chance -----------------------------------------------------------------------------------

    def _number(self) -> int:
        return self.chance.randint(0, 11)

    def _has_an_owner(self, kind: type[Any]) -> bool:
        of = BELONGS_TO.get(kind)
        return of is None or any(isinstance(row, of) for row in self.now.values())

    def _moved(self, row: Any) -> Change[Any]:
        """By a move that its lifecycle allows."""
        table = MOVES[type(row)]
        able = sorted(table.keys() & row.lifecycle.table[row.state].keys())
        for name in self.chance.sample(able, len(able)):
            try:
                return table[name](row, self.at, self._number())
            except Refused:
                continue
        return Change(row, row)  # nothing happened in it, and a commit says so


def pages(workspace: Workspace, entity: type[Any], **asked: Any) -> Iterator[Page[Any]]:
    """One after the other, to the end."""
    after: str | None = None
    for _ in range(ENDLESS):
        page: Page[Any] = workspace.find(entity, after=after, **asked)
        yield page
        if (after := page.after) is None:
            return
    raise AssertionError(f"{ENDLESS} pages, and no end")


def drained(workspace: Workspace, after: str | None, *, limit: int) -> tuple[list[Entry], str | None]:
    """All that the outbox has behind a place, and the place where it ends."""
    told = list[Entry]()
    for _ in range(ENDLESS):
        delivery = workspace.drain(after=after, limit=limit)
        after = delivery.after
        if not delivery.entries:
            return told, after
        told += delivery.entries
    raise AssertionError(f"{ENDLESS} deliveries, and no end")


def drained_when_seen(
    workspace: Workspace, after: str | None, *, limit: int, lines: int
) -> tuple[list[Entry], str | None]:
    """The same, when there are so many lines: a database may hold some back for as long as anybody in it still writes."""
    told, after = drained(workspace, after, limit=limit)
    for _ in range(PATIENCE):
        if len(told) >= lines:
            break
        time.sleep(0.02)
        more, after = drained(workspace, after, limit=limit)
        told += more
    return told, after


_ID = re.compile(r"[a-z]+_[0-9a-f]{32}")
Act: TypeAlias = Callable[[Life], object]
ROWS: tuple[Act, ...] = (
    Life.create,
    Life.create,
    Life.change_one,
    Life.change_one,
    Life.change_several,
    Life.get_one,
    Life.find,
)
LOG: tuple[Act, ...] = (Life.remove, Life.say_again, Life.log, Life.receipts, Life.drain)
COLUMNS: tuple[Act, ...] = (Life.scan, Life.scan)
