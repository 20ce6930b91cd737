"""The candidate and the memory side by side: whatever is done to both is answered alike by both.

A state machine of Hypothesis: it makes up histories, and shortens the first one that the two answer differently.
"""

# The decorators of Hypothesis say nothing about what they decorate.
# pyright: reportUntypedFunctionDecorator=false, reportUnknownVariableType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, precondition, rule

from relcore.kernel.change import Change, removal
from relcore.kernel.errors import Refused, RelcoreError
from relcore.kernel.query import Query
from relcore.kernel.repository import Level, Receipt
from relcore.kernel.words import words
from relcore.storage.memory import in_memory
from relcore.storage.workspace import Workspace
from relcore.testing.clause import same
from relcore.testing.fixed_clock import FixedClock
from relcore.testing.life import drained, drained_when_seen, pages
from relcore.testing.moves import BEGINS, BELONGS_TO, MOVES, able_to_begin
from relcore.testing.questions import filled, orders, patterns
from relcore.testing.trial import NOON, Trial

Act: TypeAlias = Callable[[Workspace], Any]
numbers = st.integers(0, 11)
"""Which of the arguments that a move can have."""


@attrs.frozen
class Said:
    """A batch that was sent, whatever came of it."""

    changes: tuple[Change[Any], ...]
    reads: tuple[Any, ...]
    key: str | None


def promised_from(level: Level) -> Callable[[Any], Any]:
    """A rule for adapters that promise as much."""
    return precondition(lambda twins: twins.level >= level)


class Twins(RuleBasedStateMachine):
    """Histories of one tenant. What is drawn never depends on what the candidate answers."""

    rows: Any = Bundle("rows")
    """Every version of every entity, also those that are outdated or gone."""

    def __init__(self, trial: Trial) -> None:
        super().__init__()
        self.trial, self.level = trial, trial.capabilities.level
        self.kinds = able_to_begin(trial)
        self.clock, tenant = FixedClock(NOON), trial.candidate.tenant()
        self.reference = Workspace(in_memory(), tenant=tenant, clock=self.clock, ids=trial.candidate.ids)
        self.candidate = attrs.evolve(self.reference, repository=trial.repository)
        self.now = dict[str, Any]()
        """What there is, by id."""
        self.said = list[Said]()
        self.places: list[str | None] = [None, None]
        """To where the outbox was read, of the candidate and of the reference."""

    # --- writing ----------------------------------------------------------------------------------

    @initialize(target=rows, which=numbers)
    def populate(self, which: int) -> Any:
        """A few of each kind, or most questions would be asked of nobody."""
        for kind in self.kinds:
            for number in range(3):
                self._begun(kind, self.reference.new(kind.id_type), which + number)
        return multiple(*self.now.values())

    @rule(target=rows, kind=numbers, which=numbers)
    def begin(self, kind: int, which: int) -> Any:
        able = [kind for kind in self.kinds if self._owners(kind)]
        chosen = able[kind % len(able)]
        return self._begun(chosen, self.reference.new(chosen.id_type), which)

    @rule(target=rows, row=rows, which=numbers)
    def begin_again(self, row: Any, which: int) -> Any:
        """Under an id that is taken, or was."""
        kind: Any = row.__class__
        return self._begun(kind, row.id, which) if self._owners(kind) else multiple()

    @rule(target=rows, row=rows, move=numbers, which=numbers)
    def change(self, row: Any, move: int, which: int) -> Any:
        """Also of what is outdated, or gone."""
        return self._commit(self._moved([row], move, which), [])

    @rule(
        target=rows,
        several=st.lists(rows, min_size=2, max_size=4),
        reads=st.lists(rows, max_size=2),
        move=numbers,
        which=numbers,
    )
    def change_several(self, several: list[Any], reads: list[Any], move: int, which: int) -> Any:
        return self._commit(self._moved(several, move, which), reads)

    @promised_from(Level.LOGGED)
    @rule(target=rows, row=rows, reads=st.lists(rows, max_size=1))
    def remove(self, row: Any, reads: list[Any]) -> Any:
        return self._commit([removal(row, at=self._at())], reads)

    @promised_from(Level.LOGGED)
    @precondition(lambda twins: twins.said)
    @rule(which=st.integers(0, 100), other=st.integers(0, 100))
    def say_again(self, which: int, other: int) -> None:
        """The same under its key, or something else under it."""
        one, another = (self.said[number % len(self.said)] for number in (which, other))
        self._alike(lambda host: host.commit(*one.changes, reads=one.reads, key=one.key))
        self._alike(lambda host: host.commit(*another.changes, reads=another.reads, key=one.key))
        self._look_again()

    # --- reading ----------------------------------------------------------------------------------

    @rule(row=rows)
    def get(self, row: Any) -> None:
        kind: Any = row.__class__
        self._alike(lambda host: host.get(kind, row.id))

    @rule(data=st.data(), number=numbers, limit=st.integers(1, 4))
    def find(self, data: st.DataObject, number: int, limit: int) -> None:
        """Page by page to the end: rows and cursors."""
        kind: Any = self.kinds[number % len(self.kinds)]
        where = filled(data.draw(patterns(kind)), kind, self._all(kind))
        order = data.draw(orders(kind))

        for asked in (where, Query[Any]()):
            self._alike(partial(_pages, kind, where=asked, order=order, limit=limit))

    @promised_from(Level.LOGGED)
    @rule(row=rows)
    def log(self, row: Any) -> None:
        kind: Any = row.__class__
        self._alike(lambda host: list(host.log(kind, row.id)))

    @promised_from(Level.LOGGED)
    @precondition(lambda twins: twins.said)
    @rule(which=st.integers(0, 100))
    def receipt(self, which: int) -> None:
        key = self.said[which % len(self.said)].key or ""
        self._alike(lambda host: host.receipt(key))

    @promised_from(Level.LOGGED)
    @rule(limit=st.integers(1, 5))
    def drain(self, limit: int) -> None:
        """On from where it stood last time."""
        expected, self.places[1] = drained(self.reference, self.places[1], limit=limit)
        told, self.places[0] = drained_when_seen(
            self.candidate, self.places[0], limit=limit, lines=len(expected)
        )
        same("the outbox", told, expected)

    @promised_from(Level.COLUMNAR)
    @rule(data=st.data(), number=numbers, chunk=st.integers(1, 4))
    def scan(self, data: st.DataObject, number: int, chunk: int) -> None:
        kind: Any = self.kinds[number % len(self.kinds)]
        where, fields = filled(data.draw(patterns(kind)), kind, self._all(kind)), list(words(kind).values())
        self._alike(lambda host: _lines(host.scan(kind, *fields, where=where, chunk=chunk)))
        self._alike(lambda host: _lines(host.scan_log(kind, chunk=chunk)))

    @rule()
    def reopen(self) -> None:
        if (close := getattr(self.candidate.repository, "close", None)) is not None:
            close()
        self.candidate = attrs.evolve(self.candidate, repository=self.trial.reopened())

    # --- both -------------------------------------------------------------------------------------

    def _alike(self, act: Act) -> Any:
        """What both answer; ``Broken`` when they do not answer the same."""
        told, expected = (self._told(host, act) for host in (self.candidate, self.reference))
        same("what the two answer", told, expected)
        return expected

    def _told(self, host: Workspace, act: Act) -> Any:
        try:
            told = act(host)
        except RelcoreError as error:
            return type(error), error.args
        if isinstance(told, Receipt) and self.level < Level.LOGGED:
            return Receipt("", told.entities)
        return told

    def _commit(self, changes: Sequence[Change[Any]], reads: Sequence[Any]) -> Any:
        key = f"batch {len(self.said)}" if self.level >= Level.LOGGED else None
        self.said.append(Said(tuple(changes), tuple(reads), key))
        told = self._alike(lambda host: host.commit(*changes, reads=reads, key=key))
        self._look_again()
        stored: Any = told.entities if isinstance(told, Receipt) else ()
        return multiple(*stored)

    def _look_again(self) -> None:
        for kind in self.kinds:
            rows = self.reference.each(kind)
            self.now = {id: row for id, row in self.now.items() if not isinstance(row, kind)}
            self.now |= {row.id: row for row in rows}

    def _begun(self, kind: type[Any], id: Any, which: int) -> Any:
        owners = self._owners(kind)
        return self._commit([BEGINS[kind](id, owners[which % len(owners)], self._at(), which)], [])

    def _moved(self, rows: Sequence[Any], move: int, which: int) -> list[Change[Any]]:
        """Each by one or two moves that its lifecycle has in its state; what a guard refuses is left out."""
        changes, at = list[Change[Any]](), self._at()
        for place, row in enumerate(rows):
            change = _by(move + place, row, at, which)
            if change is not None and which % 2:
                change = _followed(change, _by(move, change.entity, at, which + 1))
            changes += [] if change is None else [change]
        return changes

    def _owners(self, kind: type[Any]) -> Sequence[Any]:
        """What a new one may belong to: something that is there, for a host may hold it to foreign keys."""
        of = BELONGS_TO.get(kind)
        return [None] if of is None else [row.id for row in self._all(of)]

    def _all(self, kind: type[Any]) -> list[Any]:
        return [row for row in self.now.values() if isinstance(row, kind)]

    def _at(self) -> Any:
        self.clock.forward(minutes=1)
        return self.clock.now()


def _by(move: int, row: Any, at: datetime, which: int) -> Change[Any] | None:
    able = sorted(MOVES[row.__class__].keys() & row.lifecycle.table[row.state].keys())
    try:
        return MOVES[row.__class__][able[move % len(able)]](row, at, which) if able else None
    except Refused:
        return None


def _followed(change: Change[Any], later: Change[Any] | None) -> Change[Any]:
    return change if later is None else change.then(lambda _: later)


def _pages(kind: type[Any], host: Workspace, **asked: Any) -> list[Any]:
    return list(pages(host, kind, **asked))


def _lines(chunks: Any) -> list[Any]:
    return [line for columns in chunks for line in zip(*columns.values(), strict=True)]
