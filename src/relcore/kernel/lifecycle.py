"""A lifecycle is a table: states, moves, guards. The table is the machine; this file only walks it.

A row is set off by one of three triggers (docs/lifecycles.md):

- a *command*, ``move("resolve", OPEN, to=RESOLVED, when=[...], needs=[...])``: a method of the entity of the same name;
- a *fact* told to it, ``on(Ordered, NEW, to=RETAINED)``;
- *time* passing, ``after(risk_gap, RETAINED, to=AT_RISK)``.

Entities are moved by commands. Facts and time move what is computed and never stored, such as the customer lifecycle.
A table is verified when it is defined, with the standard library only: it is defined whenever its slice is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

from relcore.kernel import lifecycle_checks
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change, Moved
from relcore.kernel.clock import aware
from relcore.kernel.errors import Illformed, Invalid, Refused
from relcore.kernel.ids import Id
from relcore.kernel.query import Predicate, Query, predicate

if TYPE_CHECKING:
    from networkx import MultiDiGraph

F = TypeVar("F")
S = TypeVar("S", bound=str)
S_co = TypeVar("S_co", bound=str, covariant=True)
M = TypeVar("M", bound=str)
E = TypeVar("E", bound="HasState[Any]")
E_contra = TypeVar("E_contra", bound="HasState[Any]", contravariant=True)


class HasState(Protocol[S_co]):
    """What a table can be walked with: something that says which thing it is and where it stands."""

    @property
    def id(self) -> Id: ...
    @property
    def state(self) -> S_co: ...


# --- words ----------------------------------------------------------------------------------------


class Category(StrEnum):
    """What a state means for clocks and rates, in every lifecycle of the house."""

    OPEN = "open"
    PAUSED = "paused"
    WON = "won"
    LOST = "lost"
    VOID = "void"


class Answer(StrEnum):
    """May the move be made now?"""

    ALLOWED = "allowed"
    REFUSED = "refused"
    UNTOLD = "untold"
    """It depends on a fact that nobody gave."""


class Untold(LookupError):
    """A guard asked for a fact that nobody gave; its argument is the type of the fact."""


@attrs.define(eq=False)
class Given:
    """The occasion of a move: when, by whom, and what else the guards were told. Like a step it is soon forgotten."""

    at: datetime
    by: Actor | None = None
    facts: tuple[object, ...] = ()

    def __getitem__(self, kind: type[F]) -> F:
        for fact in self.facts:
            if isinstance(fact, kind):
                return fact
        raise Untold(kind)

    def get(self, kind: type[F], default: F) -> F:
        """A fact that has a default: a policy, for instance."""
        for fact in self.facts:
            if isinstance(fact, kind):
                return fact
        return default


@attrs.frozen
class Guard(Generic[E_contra]):
    """A rule with a name, and what it asks for in the words of the person who is refused."""

    name: str
    reason: str
    holds: Callable[[E_contra, Given], bool] = attrs.field(repr=False)
    question: Callable[[], Query[Any]] | None = attrs.field(default=None, repr=False)
    """The same in the declared words of the entity, where it can be said so: such a guard can be checked by reading."""

    def __invert__(self) -> Guard[E_contra]:
        """The complement: of two rows guarded by ``rule`` and ``~rule`` exactly one can be taken."""
        inverse = self.name.removeprefix("not ") if self.name.startswith("not ") else f"not {self.name}"
        asked = self.question
        return Guard(
            inverse,
            f"not so: {self.reason}",
            lambda entity, given: not self.holds(entity, given),
            None if asked is None else lambda: ~asked(),
        )

    def excludes(self, other: Guard[Any]) -> bool:
        """Whether one is the other's complement; of guards that are queries ``Lifecycle.lint`` knows more."""
        return f"not {self.name}" == other.name or f"not {other.name}" == self.name


def guard(reason: str) -> Callable[[Callable[[E, Given], bool]], Guard[E]]:
    """Make a rule of a predicate: ``@guard("its child cases must be resolved first")``."""

    def named(holds: Callable[[E, Given], bool]) -> Guard[E]:
        return Guard(getattr(holds, "__name__", reason), reason, holds)

    return named


def asking(reason: str) -> Callable[[Callable[[], Query[Any]]], Guard[Any]]:
    """Make a rule of a query, which can be checked by reading it (``Lifecycle.lint``)::

        @asking("it must have an owner first")
        def owned() -> Query[Case]:
            return ~CaseFields.owner.missing()

    A function, because the words of an entity are declared below it and its table above.
    """

    def named(question: Callable[[], Query[Any]]) -> Guard[Any]:
        asked = cache(question)

        @cache
        def compiled() -> Predicate:
            return predicate(asked().tree)

        def holds(entity: Any, given: Given) -> bool:
            return compiled()(entity)

        return Guard(getattr(question, "__name__", reason), reason, holds, asked)

    return named


Due = Callable[[E_contra, Given], datetime | None]
"""When time sets off a row, if nothing happens before; None for not at all."""


@attrs.frozen
class Move(Generic[E_contra, S, M]):
    """One row of a table."""

    name: M
    sources: tuple[S, ...]
    to: S | None
    """None: it stays where it is."""
    when: tuple[Guard[E_contra], ...] = ()
    """Rules about the entity before the move."""
    needs: tuple[str, ...] = ()
    """Fields that the entity must carry after it."""
    effects: tuple[str, ...] = ()
    fact: type[Any] | None = None
    due: Due[E_contra] | None = None

    @property
    def is_command(self) -> bool:
        return self.fact is None and self.due is None

    def judge(self, entity: E_contra, given: Given) -> tuple[tuple[str, ...], tuple[type[Any], ...]]:
        """Why not, and what would have to be told: both empty when nothing is in the way."""
        if not self.when:
            return (), ()
        refusals: list[str] = []
        untold: list[type[Any]] = []
        for rule in self.when:
            try:
                if not rule.holds(entity, given):
                    refusals.append(rule.reason)
            except Untold as missing:
                untold.append(missing.args[0])
        return tuple(refusals), tuple(untold)


def begin(name: M, *, to: S, needs: Sequence[str] = (), effects: Sequence[str] = ()) -> Move[Any, S, M]:
    """The command by which the thing comes into being."""
    return Move(name, (), to, needs=tuple(needs), effects=tuple(effects))


def move(
    name: M,
    *sources: S,
    to: S | None = None,
    when: Sequence[Guard[E]] = (),
    needs: Sequence[str] = (),
    effects: Sequence[str] = (),
) -> Move[E, S, M]:
    """A row set off by a command. Without ``to`` it stays in the state it is in."""
    return Move(name, sources, to, tuple(when), tuple(needs), tuple(effects))


def on(fact: type[Any], *sources: S, to: S | None = None, when: Sequence[Guard[E]] = ()) -> Move[E, S, str]:
    """A row set off by being told a fact of this type."""
    return Move(fact.__name__, sources, to, tuple(when), fact=fact)


def after(due: Due[E], *sources: S, to: S, when: Sequence[Guard[E]] = ()) -> Move[E, S, str]:
    """A row set off by time: at the moment that ``due`` tells, unless something happens before."""
    return Move(getattr(due, "__name__", "time"), sources, to, tuple(when), due=due)


@attrs.frozen
class Option(Generic[S, M]):
    """One command, seen from where the entity stands. Enough to draw a button, a form, or a refusal."""

    move: M
    to: S
    answer: Answer
    refusals: tuple[str, ...]
    untold: tuple[type[Any], ...]
    """The types of the facts that would have to be told."""
    needs: tuple[str, ...]
    """The fields that the entity must carry after the move: what a form asks for."""


@attrs.define(eq=False)
class Step(Generic[E, S]):
    """A move that was admitted: the only way to a Change. It does not outlive its command, so nothing freezes it."""

    before: E
    to: S
    move: Move[E, S, Any]
    machine: str
    given: Given

    def change(self, after: E) -> Change[E]:
        """The entity as it is after the move, checked against the row."""
        row, given = self.move, self.given
        if missing := _missing(row, after):
            reasons = tuple(f"it needs {field}" for field in missing)
            raise Refused(after.id, self.before.state, row.name, reasons, (row.name,))
        moved = Moved(
            after.id, self.machine, row.name, self.before.state, self.to, given.at, given.by, row.effects
        )
        return Change(self.before, after, (moved,))


# --- the table ------------------------------------------------------------------------------------


@attrs.frozen
class Lifecycle(Generic[E, S, M]):
    """States with their categories, the final ones, and the moves between them.

    Raises ``Illformed`` with every fault at once: an unknown or unreachable state, a dead end that is not declared
    final, a final state with a way out, no way to an end, a command twice from one state, rows of one fact that may
    both hold, rounds that time alone would go for ever, and an earlier version whose states went nowhere.
    """

    name: str
    version: int = attrs.field(kw_only=True)
    states: Mapping[S, Category] = attrs.field(kw_only=True)
    final: tuple[S, ...] = attrs.field(kw_only=True, converter=tuple, default=())
    """Absorbing: no way out. A state that is merely *closed* may reopen."""
    moves: tuple[Move[E, S, M], ...] = attrs.field(kw_only=True)
    earlier: Mapping[int, Mapping[str, S]] = attrs.field(kw_only=True, factory=dict[int, Mapping[str, S]])
    """What became of the states of each earlier version: every one of them, and every version from 1 on."""
    table: Mapping[S, Mapping[str, Move[E, S, M]]] = attrs.field(init=False, repr=False, eq=False)
    """The commands of each state; an empty row for an end."""
    stamp: str = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        if faults := tuple(lifecycle_checks.faults(self)):
            raise Illformed(f"lifecycle {self.name}", faults)
        object.__setattr__(self, "states", MappingProxyType(dict(self.states)))
        rows = {s: {m.name: m for m in self.moves if m.is_command and s in m.sources} for s in self.states}
        object.__setattr__(self, "table", MappingProxyType(rows))
        object.__setattr__(self, "stamp", f"{self.name}@{self.version}")

    # walking

    def begin(self, entity: E, name: M, *, at: datetime, by: Actor | None = None) -> Change[E]:
        """The change out of nothing."""
        row = next((m for m in self.moves if m.name == name and m.is_command and not m.sources), None)
        if row is None or row.to is None or entity.state != row.to:
            raise Illformed(f"lifecycle {self.name}", [f"nothing begins {entity.state} by {name}"])
        if missing := _missing(row, entity):
            raise Refused(entity.id, "new", name, tuple(f"it needs {f}" for f in missing), (name,))
        moved = Moved(entity.id, self.stamp, name, "", row.to, aware("at", at), by, row.effects)
        return Change(None, entity, (moved,))

    def step(
        self, entity: E, name: M, *, at: datetime, by: Actor | None = None, facts: Iterable[object] = ()
    ) -> Step[E, S]:
        """Admit the move or raise ``Refused``; nothing has changed yet. In a command an untold fact refuses."""
        row = self.table[entity.state].get(name)
        given = Given(aware("at", at), by, tuple(facts))
        if row is None:
            raise self._refused(entity, name, (f"there is no {name} from {entity.state}",), given)
        refusals, untold = row.judge(entity, given)
        if refusals or untold:
            raise self._refused(entity, name, refusals + tuple(map(_nobody_told, untold)), given)
        return Step(entity, entity.state if row.to is None else row.to, row, self.stamp, given)

    def options(
        self, entity: E, *, at: datetime, by: Actor | None = None, facts: Iterable[object] = ()
    ) -> tuple[Option[S, M], ...]:
        """Every command of the table with its answer, without raising."""
        given = Given(aware("at", at), by, tuple(facts))
        return tuple(self._option(row, entity, given) for row in self.moves if row.is_command and row.sources)

    def _option(self, row: Move[E, S, M], entity: E, given: Given) -> Option[S, M]:
        to = entity.state if row.to is None else row.to
        if entity.state not in row.sources:
            why = (f"there is no {row.name} from {entity.state}",)
            return Option(row.name, to, Answer.REFUSED, why, (), row.needs)
        refusals, untold = row.judge(entity, given)
        answer = Answer.REFUSED if refusals else Answer.UNTOLD if untold else Answer.ALLOWED
        return Option(row.name, to, answer, refusals, untold, row.needs)

    def _refused(self, entity: E, name: M, reasons: tuple[str, ...], given: Given) -> Refused:
        here = self.table[entity.state].values()
        allowed = tuple(row.name for row in here if row.judge(entity, given) == ((), ()))
        return Refused(entity.id, entity.state, name, reasons, allowed)

    def told(self, entity: E, given: Given, fact: object) -> Move[E, S, M] | None:
        """The row that this fact sets off from where the entity stands; at most one can, by verification."""
        for row in self.moves:
            if (
                row.fact is type(fact)
                and entity.state in row.sources
                and row.judge(entity, given) == ((), ())
            ):
                return row
        return None

    def knows(self, state: S, fact: type[Any]) -> bool:
        """Whether the table has any row for this fact in this state: if not, being told it is a question of data."""
        return any(row.fact is fact and state in row.sources for row in self.moves)

    def due(self, entity: E, given: Given) -> tuple[datetime, Move[E, S, M]] | None:
        """The row that time will set off next, and when; of two at one moment the earlier in the table."""
        ahead: tuple[datetime, Move[E, S, M]] | None = None
        for row in self.moves:
            if row.due is None or entity.state not in row.sources or row.judge(entity, given) != ((), ()):
                continue
            moment = row.due(entity, given)
            if moment is not None and (ahead is None or moment < ahead[0]):
                ahead = moment, row
        return ahead

    # what the table says to other floors

    @property
    def starts(self) -> tuple[S, ...]:
        """The states in which it may come into being."""
        return tuple(dict.fromkeys(m.to for m in self.moves if not m.sources and m.to is not None))

    def is_void_for_good(self, state: S) -> bool:
        """Whether a record in this state neither counts any more nor ever will."""
        return state in self.final and self.states[state] is Category.VOID

    def jumps(self) -> frozenset[tuple[S, S]]:
        """Every single change of state that the table allows, by whatever trigger."""
        pairs = ((s, m.to) for m in self.moves for s in m.sources)
        return frozenset((s, to) for s, to in pairs if to is not None and to != s)

    def reachable(self, origin: S) -> frozenset[S]:
        """Every state that can follow, in any number of jumps, and the origin itself."""
        return lifecycle_checks.reach(self.jumps(), origin)

    def today(self, machine: str, state: str) -> S:
        """What a state of this table is now, as it was written by ``machine`` (``case@1``): this version or an earlier one.

        Raises ``Invalid`` for another lifecycle, a version that is still to come, and a state that the version never had.
        """
        name, _, number = machine.partition("@")
        known = {**self.earlier, self.version: {str(s): s for s in self.states}}
        if name != self.name or not number.isdecimal() or int(number) not in known:
            versions = ", ".join(f"{self.name}@{version}" for version in sorted(known))
            raise Invalid("machine", f"must be one of {versions}", machine, "a newer release may know it")
        states = known[int(number)]
        if state not in states:
            raise Invalid("state", f"must be one of {', '.join(states)} of {machine}", state)
        return states[state]

    def lint(self, entity: type[Any]) -> tuple[str, ...]:
        """What is wrong with guards that are queries: rows that can never be taken, rows of one trigger that may both
        be, and moments at which none of them can. Nothing when all is well.

        Asked for and not done when the table is defined, because the words of an entity are declared below its table.
        """
        return tuple(lifecycle_checks.lint(self, entity))

    # pictures

    def to_mermaid(self) -> str:
        """The table as the text of a Mermaid state diagram."""
        lines = ["stateDiagram-v2", *(f"    [*] --> {m.to}: {m.name}" for m in self.moves if not m.sources)]
        lines += [
            f"    {s} --> {s if m.to is None else m.to}: {m.name}" for m in self.moves for s in m.sources
        ]
        return "\n".join([*lines, *(f"    {s} --> [*]" for s in self.final)])

    def to_networkx(self) -> MultiDiGraph[S]:
        """The table as a graph: states with ``category`` and ``final``, edges keyed by move with ``guards``, ``needs``."""
        import networkx as nx

        graph: MultiDiGraph[S] = nx.MultiDiGraph(name=self.name, version=self.version)
        graph.add_nodes_from((s, {"category": c, "final": s in self.final}) for s, c in self.states.items())
        for m in self.moves:
            for s in m.sources:
                guards = tuple(rule.name for rule in m.when)
                graph.add_edge(s, s if m.to is None else m.to, m.name, guards=guards, needs=m.needs)
        return graph


def _missing(row: Move[Any, Any, Any], held: object) -> list[str]:
    """The fields it needs and does not carry. Zero is something, and so is False."""
    return [f for f in row.needs if not (value := getattr(held, f)) and value in (None, "", ())]


def _nobody_told(fact: type[Any]) -> str:
    return f"nobody told it {fact.__name__}"
