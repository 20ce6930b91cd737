"""Where the parts of a layered picture stand, so that lines are short, straight and cross seldom.

The method is Sugiyama's (Sugiyama, Tagawa and Toda 1981), in its last two steps: the parts of each level are put in an
order with few crossings, by turns of barycentres and of swaps that help; then each level is moved towards its neighbours
as far as order and distances allow, which is an isotonic regression per level and is solved exactly. What spans several
levels has to be given a part on each of them. Nothing here is drawn at random: the same input gives the same picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from math import inf, sqrt

import attrs

_SWEEPS = 12
_STARTS = 24
_TRIALS = 8
_PULLS = 90


@attrs.frozen
class Part:
    """Something that takes up room on one level, counted from the top."""

    level: int
    width: float
    height: float


@attrs.frozen
class Link:
    """A line between parts of neighbouring levels; the heavier, the straighter."""

    upper: str
    lower: str
    weight: float = 1.0


Rows = list[list[str]]
"""The parts of each level, from left to right."""


def lay_out(
    parts: Mapping[str, Part], links: Sequence[Link], *, apart: float
) -> tuple[Rows, dict[str, float]]:
    """The order on each level, and where the middle of each part stands, from 0 to the right.

    apart : the least distance between two parts of a level.
    """
    neighbours = _neighbours(parts, links)
    found: dict[tuple[tuple[str, ...], ...], int] = {}
    for rows in _starts(parts):
        ordered = _ordered(rows, neighbours)
        found.setdefault(tuple(map(tuple, ordered)), sum(_crossings(ordered, neighbours)))
    promising = sorted(found, key=lambda rows: found[rows])[:_TRIALS]
    placed = [(rows, _placed(rows, parts, neighbours, apart)) for rows in promising]
    best, middles = min(
        placed, key=lambda p: _length(p[1], links) + 60 * found[p[0]] + 0.3 * _width(p[1], parts)
    )
    left = min(middles[key] - part.width / 2 for key, part in parts.items())
    return [list(row) for row in best], {key: middle - left for key, middle in middles.items()}


def spread(
    wanted: Sequence[float],
    apart: Sequence[float],
    weights: Sequence[float] | None = None,
    *,
    within: tuple[float, float] = (-inf, inf),
) -> list[float]:
    """The places nearest to those wanted (least squares) in the given order, at the given distances or more.

    apart : one fewer than ``wanted``. within : the first and the last place there is; it has to be wide enough.

    >>> spread([0.0, 1.0, 9.0], [4.0, 4.0])
    [-1.5, 2.5, 9.0]
    """
    shifts = list(accumulate(apart, initial=0.0))
    pools: list[tuple[float, float, int]] = []
    for want, shift, weight in zip(wanted, shifts, weights or [1.0] * len(wanted), strict=False):
        pool = (want - shift, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            value, other, count = pools.pop()
            total = other + pool[1]
            pool = ((value * other + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    low, high = within[0], within[1] - shifts[-1]
    level = [min(max(value, low), high) for value, _, count in pools for _ in range(count)]
    return [value + shift for value, shift in zip(level, shifts, strict=False)]


# --- order ----------------------------------------------------------------------------------------

_Neighbours = dict[str, tuple[list[tuple[str, float]], list[tuple[str, float]]]]
"""Of each part those above and those below, with the weight of the link."""


def _neighbours(parts: Mapping[str, Part], links: Sequence[Link]) -> _Neighbours:
    found: _Neighbours = {key: ([], []) for key in parts}
    for link in links:
        if parts[link.lower].level != parts[link.upper].level + 1:
            raise ValueError(f"a link joins neighbouring levels, got {link.upper} to {link.lower}")
        found[link.upper][1].append((link.lower, link.weight))
        found[link.lower][0].append((link.upper, link.weight))
    return found


def _starts(parts: Mapping[str, Part]) -> Iterator[Rows]:
    """First orders to improve on: as given, turned round, and stirred by a fixed rule."""
    levels = range(max(part.level for part in parts.values()) + 1)
    rows = [[key for key, part in parts.items() if part.level == level] for level in levels]
    yield rows
    yield [row[::-1] for row in rows]
    state = 1
    for _ in range(_STARTS):
        stirred: Rows = []
        for row in rows:
            drawn: list[tuple[int, str]] = []
            for key in row:
                state = state * 1103515245 + 12345 & 0x7FFFFFFF
                drawn.append((state >> 8, key))
            stirred.append([key for _, key in sorted(drawn)])
        yield stirred


def _ordered(rows: Rows, neighbours: _Neighbours) -> Rows:
    rows = [list(row) for row in rows]
    best, fewest = [list(row) for row in rows], sum(_crossings(rows, neighbours))
    for sweep in range(_SWEEPS):
        downwards = sweep % 2 == 0
        side = 0 if downwards else 1
        for row in rows if downwards else rows[::-1]:
            _by_barycentre(row, rows, neighbours, side)
        _swap_where_it_helps(rows, neighbours)
        if (crossings := sum(_crossings(rows, neighbours))) < fewest:
            best, fewest = [list(row) for row in rows], crossings
        if not fewest:
            break
    return best


def _by_barycentre(row: list[str], rows: Rows, neighbours: _Neighbours, side: int) -> None:
    place = {key: index for other in rows for index, key in enumerate(other)}

    def middle(key: str) -> float:
        near = neighbours[key][side]
        return sum(place[other] for other, _ in near) / len(near) if near else place[key]

    row.sort(key=middle)


def _swap_where_it_helps(rows: Rows, neighbours: _Neighbours) -> None:
    helped = True
    while helped:
        helped = False
        place = {key: index for row in rows for index, key in enumerate(row)}
        for row in rows:
            for index in range(len(row) - 1):
                left, right = row[index], row[index + 1]
                if _between(left, right, neighbours, place) > _between(right, left, neighbours, place):
                    row[index], row[index + 1] = right, left
                    place[left], place[right] = index + 1, index
                    helped = True


def _between(left: str, right: str, neighbours: _Neighbours, place: Mapping[str, int]) -> int:
    """How many lines of two parts cross, if they stand in this order."""
    return sum(
        place[one] > place[other]
        for side in (0, 1)
        for one, _ in neighbours[left][side]
        for other, _ in neighbours[right][side]
    )


def _crossings(rows: Rows, neighbours: _Neighbours) -> Iterator[int]:
    for upper, lower in pairwise(rows):
        place = {key: index for index, key in enumerate(lower)}
        for index, left in enumerate(upper):
            for right in upper[index + 1 :]:
                yield sum(
                    place[one] > place[other]
                    for one, _ in neighbours[left][1]
                    for other, _ in neighbours[right][1]
                )


# --- places ---------------------------------------------------------------------------------------


def _placed(
    rows: Sequence[Sequence[str]], parts: Mapping[str, Part], neighbours: _Neighbours, apart: float
) -> dict[str, float]:
    """Every level in turn goes where its neighbours pull it, again and again until it rests."""
    distances = [[(parts[a].width + parts[b].width) / 2 + apart for a, b in pairwise(row)] for row in rows]
    middles: dict[str, float] = {}
    for row, steps in zip(rows, distances, strict=True):
        places = list(accumulate(steps, initial=0.0))
        middles.update({key: place - places[-1] / 2 for key, place in zip(row, places, strict=True)})
    levels = list(zip(rows, distances, strict=True))
    for pull in range(_PULLS):
        # First for the least squares, which find the shape; then ever more for the least sum, which makes lines straight.
        blunt = None if pull < _PULLS // 3 else 16 * 0.85 ** (pull - _PULLS // 3)
        for row, steps in levels if pull % 2 else levels[::-1]:
            pulls = [_pull(key, neighbours, middles, blunt) for key in row]
            settled = spread([want for want, _ in pulls], steps, [weight for _, weight in pulls])
            middles.update(zip(row, settled, strict=True))
    return middles


def _pull(
    key: str, neighbours: _Neighbours, middles: Mapping[str, float], blunt: float | None
) -> tuple[float, float]:
    """Where the neighbours want a part to stand, and how much. With ``blunt`` a line that is nearly straight pulls more."""
    total = wanted = 0.0
    for near in neighbours[key]:
        for other, weight in near:
            force = weight if blunt is None else weight / max(abs(middles[other] - middles[key]), blunt)
            total += force
            wanted += force * middles[other]
    return (wanted / total, total) if total else (middles[key], 1e-3)


def _length(middles: Mapping[str, float], links: Sequence[Link]) -> float:
    return sum(sqrt(link.weight) * abs(middles[link.upper] - middles[link.lower]) for link in links)


def _width(middles: Mapping[str, float], parts: Mapping[str, Part]) -> float:
    right = max(middles[key] + part.width / 2 for key, part in parts.items())
    return right - min(middles[key] - part.width / 2 for key, part in parts.items())
