"""Which anomalies a recorded history shows: Adya's phenomena, found as cycles of who depended on whom.

The history is one of *list appends*: each transaction read some lists and appended values to some, every value once in
the whole history. A list tells in which order its values were written, so the dependencies need not be guessed. The
phenomena are those of A. Adya, "Weak Consistency" (MIT, 1999), the way to find them that of K. Kingsbury and P. Alvaro,
"Elle: Inferring Isolation Anomalies from Experimental Observations" (VLDB 14, 2020).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import pairwise

import attrs


@attrs.frozen
class Transaction:
    """What one transaction saw and did. Who appends to a list that it read has read it before."""

    name: str
    reads: Mapping[str, tuple[int, ...]] = attrs.field(factory=dict[str, tuple[int, ...]])
    appends: Mapping[str, tuple[int, ...]] = attrs.field(factory=dict[str, tuple[int, ...]])
    committed: bool = True


class Phenomenon(StrEnum):
    """What a history must not show."""

    LOST_UPDATE = "lost update"
    """Two wrote on the same version of a list, or what was committed is not there in the end."""
    G0 = "G0"
    """Dirty write: writes follow each other in a circle."""
    G1A = "G1a"
    """Aborted read: somebody saw what was never committed."""
    G1B = "G1b"
    """Intermediate read: somebody saw half of what one transaction wrote."""
    G1C = "G1c"
    """Circular information flow: each saw, or wrote over, what the other did."""
    G_SINGLE = "G-single"
    """Read skew: a circle in which one saw what was before the other."""
    G2 = "G2"
    """Write skew: a circle in which several saw what was before the others."""


@attrs.frozen
class Anomaly:
    """A phenomenon, and the transactions that show it, in the order of their circle."""

    phenomenon: Phenomenon
    among: tuple[str, ...]
    where: str = ""
    """The list, where it is one."""


def anomalies(history: Sequence[Transaction], final: Mapping[str, tuple[int, ...]]) -> list[Anomaly]:
    """Every anomaly, at most one circle for each two transactions; nothing when the history is serializable.

    ``final`` is what the lists held when all was over.

    >>> one = Transaction("one", {"x": ()}, {"x": (1,)})
    >>> two = Transaction("two", {"x": ()}, {"x": (2,)})
    >>> [str(found.phenomenon) for found in anomalies([one, two], {"x": (2,)})]
    ['lost update', 'lost update']
    """
    seen = [one for one in history if one.committed]
    told = [*seen, Transaction("the end", final)]
    return [
        *_lost(seen, final),
        *_dirty(history, told),
        *_circles(told, _versions(told)),
    ]


def _versions(told: Iterable[Transaction]) -> Mapping[str, tuple[int, ...]]:
    """The order in which each list was written: the longest that anybody saw."""
    longest = dict[str, tuple[int, ...]]()
    for one in told:
        for where, read in one.reads.items():
            longest[where] = max(read, longest.get(where, ()), key=len)
    return longest


# --- seen in a single list ------------------------------------------------------------------------


def _lost(seen: Iterable[Transaction], final: Mapping[str, tuple[int, ...]]) -> Iterator[Anomaly]:
    wrote_on = defaultdict[tuple[str, tuple[int, ...]], list[str]](list)
    for one in seen:
        for where, values in one.appends.items():
            if where in one.reads:
                wrote_on[where, one.reads[where]].append(one.name)
            if not set(values) <= set(final.get(where, ())):
                yield Anomaly(Phenomenon.LOST_UPDATE, (one.name,), where)
    for (where, _), names in wrote_on.items():
        if len(names) > 1:
            yield Anomaly(Phenomenon.LOST_UPDATE, tuple(names), where)


def _dirty(history: Iterable[Transaction], told: Iterable[Transaction]) -> Iterator[Anomaly]:
    by = _writers(history)
    for one in told:
        for where, read in one.reads.items():
            for value in read:
                if not by[where, value].committed:
                    yield Anomaly(Phenomenon.G1A, (one.name, by[where, value].name), where)
            if read and (last := by[where, read[-1]]) is not one and last.appends[where][-1] != read[-1]:
                yield Anomaly(Phenomenon.G1B, (one.name, last.name), where)


def _writers(history: Iterable[Transaction]) -> dict[tuple[str, int], Transaction]:
    return {(where, v): one for one in history for where, values in one.appends.items() for v in values}


# --- seen in circles ------------------------------------------------------------------------------

_Edges = defaultdict[str, set[str]]


def _circles(told: Sequence[Transaction], versions: Mapping[str, tuple[int, ...]]) -> Iterator[Anomaly]:
    overwrote, saw, saw_before = _dependencies(told, versions)
    known = _joined(overwrote, saw)
    everything = _joined(known, saw_before)
    for phenomenon, closing, through in (
        (Phenomenon.G0, overwrote, overwrote),
        (Phenomenon.G1C, saw, known),
        (Phenomenon.G_SINGLE, saw_before, known),
    ):
        yield from _closed(phenomenon, closing, through)
    for circle in _closed(Phenomenon.G2, saw_before, everything):
        if _way(circle.among[1], circle.among[0], known) is None:  # with one such step it is a G-single
            yield circle


def _dependencies(
    told: Iterable[Transaction], versions: Mapping[str, tuple[int, ...]]
) -> tuple[_Edges, _Edges, _Edges]:
    """Who wrote over whom, who saw what whom wrote, who saw what was before whom wrote: ww, wr and rw."""
    told = list(told)
    by = {where: one.name for where, one in _writers(told).items()}
    overwrote, saw, saw_before = _Edges(set), _Edges(set), _Edges(set)

    def add(edges: _Edges, source: str | None, target: str | None) -> None:
        if source is not None and target is not None and source != target:
            edges[source].add(target)

    for where, order in versions.items():
        for earlier, later in pairwise(order):
            add(overwrote, by.get((where, earlier)), by.get((where, later)))
    for one in told:
        for where, read in one.reads.items():
            if read:
                add(saw, by.get((where, read[-1])), one.name)
            if len(read) < len(versions[where]):
                add(saw_before, one.name, by.get((where, versions[where][len(read)])))
    return overwrote, saw, saw_before


def _joined(*edges: _Edges) -> _Edges:
    joined = _Edges(set)
    for some in edges:
        for source, targets in some.items():
            joined[source] |= targets
    return joined


def _closed(phenomenon: Phenomenon, closing: _Edges, through: _Edges) -> Iterator[Anomaly]:
    """A circle for each step of ``closing`` that has a way back along ``through``, each circle once."""
    known = set[frozenset[str]]()
    for source in sorted(closing):
        for target in sorted(closing[source]):
            way = _way(target, source, through)
            if way is not None and (members := frozenset(way)) not in known:
                known.add(members)
                yield Anomaly(phenomenon, (source, *way[:-1]))


def _way(source: str, target: str, edges: _Edges) -> list[str] | None:
    """The shortest way, both ends with it."""
    came_from, next_ones = {source: source}, deque((source,))
    while next_ones:
        here = next_ones.popleft()
        if here == target:
            way = [here]
            while way[-1] != source:
                way.append(came_from[way[-1]])
            return way[::-1]
        for there in sorted(edges.get(here, ())):
            if there not in came_from:
                came_from[there] = here
                next_ones.append(there)
    return None
