"""What can be wrong with a table, found by reading it: with the standard library, for a table is read at every start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, groupby
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from relcore.kernel.lifecycle import Guard, Lifecycle, Move
    from relcore.kernel.query import Query

S = TypeVar("S", bound=str)


def faults(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    """All that keeps the table from working."""
    yield from _unknown_states(table)
    yield from _ends(table)
    yield from _ambiguities(table)
    yield from _unreachable(table)
    yield from _rounds_of_time(table)
    yield from _lost_states(table)


def lint(table: Lifecycle[Any, Any, Any], entity: type[Any]) -> Iterator[str]:
    """All that is wrong with guards that are queries; guards that are predicates are left alone."""
    from relcore.kernel.query import Query
    from relcore.kernel.witness import shown, witness

    for row in table.moves:
        if witness(entity, _asked(row.when)) is None:
            yield f"{row.name} can never be made: its guards contradict each other"
    for (state, trigger), rows in _by_trigger(table):
        questions = [_asked(row.when) for row in rows]
        for (one, first), (other, second) in combinations(zip(rows, questions, strict=True), 2):
            both = witness(entity, first & second)
            if both is not None and not _exclusive(one, other):
                yield f"{one.name} and {other.name} may both be set off from {state} by {trigger}: {shown(both)}"
        if all(rule.question is not None for row in rows for rule in row.when):
            neither = witness(entity, Query[Any](), *questions)
            if neither is not None:
                yield f"nothing is set off from {state} by {trigger} for {shown(neither)}"


def _by_trigger(
    table: Lifecycle[Any, Any, Any],
) -> Iterator[tuple[tuple[str, str], list[Move[Any, Any, Any]]]]:
    """Rows that a fact sets off from one state, where there are several."""
    rows = [(str(s), row.name, row) for row in table.moves if row.fact is not None for s in row.sources]
    for key, same in groupby(sorted(rows, key=lambda r: r[:2]), key=lambda r: r[:2]):
        several = [row for _, _, row in same]
        if len(several) > 1:
            yield key, several


def _asked(rules: Iterable[Guard[Any]]) -> Query[Any]:
    from relcore.kernel.query import Query

    whole = Query[Any]()
    for rule in rules:
        if rule.question is not None:
            whole &= rule.question()
    return whole


def _exclusive(one: Move[Any, Any, Any], other: Move[Any, Any, Any]) -> bool:
    return any(g.excludes(h) for g in one.when for h in other.when)


def reach(jumps: frozenset[tuple[S, S]], origin: S) -> frozenset[S]:
    """Every state that can follow, and the origin itself."""
    seen, fresh = {origin}, [origin]
    while fresh:
        here = fresh.pop()
        onward = {to for source, to in jumps if source == here} - seen
        seen |= onward
        fresh += onward
    return frozenset(seen)


def _unknown_states(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    for m in table.moves:
        if unknown := [str(s) for s in (*m.sources, m.to) if s is not None and s not in table.states]:
            yield f"{m.name} names {', '.join(unknown)}, which has no category"
    if unknown := [str(s) for s in table.final if s not in table.states]:
        yield f"final names {', '.join(unknown)}, which has no category"
    if not table.starts:
        yield "nothing begins; give it a row begin(..., to=...)"


def _ends(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    for s in table.states:
        leaving = sorted({m.name for m in table.moves if s in m.sources and m.to not in (None, s)})
        if not leaving and s not in table.final:
            yield f"{s} is a dead end; give it a move or declare it final"
        if leaving and s in table.final:
            yield f"{s} is declared final but has {', '.join(leaving)}"


def _ambiguities(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    for one, other in combinations([m for m in table.moves if not m.sources], 2):
        if one.name == other.name:
            yield f"{one.name} begins twice"
    for s in table.states:
        for one, other in combinations([m for m in table.moves if s in m.sources], 2):
            if one.is_command and other.is_command and one.name == other.name:
                yield f"{one.name} leaves {s} twice"
            if one.fact is not None and one.fact is other.fact and not _may_be_told_apart(one, other):
                yield f"{one.name} may take two rows from {s}; guard one by a rule and the other by ~rule"


def _unreachable(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    if not table.starts:
        return
    jumps = table.jumps()
    seen = {s for start in table.starts for s in reach(jumps, start)}
    for s in table.states:
        if s not in seen:
            yield f"{s} cannot be reached"
        if table.final and not reach(jumps, s) & set(table.final):
            yield f"there is no way to an end from {s}"


def _rounds_of_time(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    timed = frozenset((s, m.to) for m in table.moves if m.due for s in m.sources if m.to is not None)
    for s in table.states:
        if any(s in reach(timed, to) for source, to in timed if source == s):
            yield f"time alone goes round for ever through {s}"


def _may_be_told_apart(one: Move[Any, Any, Any], other: Move[Any, Any, Any]) -> bool:
    """By complements now, or by ``lint`` once the words of the entity are declared."""
    both_ask = all(any(rule.question is not None for rule in row.when) for row in (one, other))
    return both_ask or _exclusive(one, other)


def _lost_states(table: Lifecycle[Any, Any, Any]) -> Iterator[str]:
    if table.version < 1:
        yield f"versions count from 1, not {table.version}"
    for version in range(1, table.version):
        if not table.earlier.get(version):
            yield f"nobody says what became of the states of version {version}"
    for version, states in table.earlier.items():
        if not 0 < version < table.version:
            yield f"version {version} is not earlier than {table.version}"
        if unknown := [f"{was} to {now}" for was, now in states.items() if now not in table.states]:
            yield f"version {version} leads {', '.join(unknown)}, which is no state"
