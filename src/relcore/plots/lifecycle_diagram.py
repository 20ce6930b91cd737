"""A lifecycle as a picture: SVG text, drawn from the table with the standard library, ready to stand in any page.

States are boxes in the colour of their category, final ones with a double border. A move is an arrow that carries its
name; several states from which the same move leads to the same place share one arrow, as do moves between the same
states. A move that stays is written inside of its box, under a line. Time runs downwards; what leads back runs upwards,
dashed, on a lane of its own. Colours are Okabe and Ito's (2008), told apart with every kind of colour vision.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, TypeAlias

import attrs

from relcore.kernel.lifecycle import Category, Lifecycle, Move
from relcore.plots.layered_layout import Link, Part, Rows, lay_out, spread

AnyLifecycle: TypeAlias = Lifecycle[Any, Any, Any]
AnyMove: TypeAlias = Move[Any, Any, Any]

_APART = 20.0
_MARGIN = 14.0
_LANE = 4.0
_PORTS = 13.0
_NAME, _LABEL, _SMALL = 13.5, 12.0, 10.5
_LINE = 1.32
_WIDEST = 150.0  # a line of small words; what is longer becomes two
_FONTS = 'system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'

_LIGHT = {
    "ink": "#1d2733", "quiet": "#56636f", "line": "#7b8894", "label": "#eff2f5",
    "open": "#e2f0fa", "open-edge": "#0072b2", "paused": "#fdf1d3", "paused-edge": "#a86f00",
    "won": "#ddf3ea", "won-edge": "#00795a", "lost": "#fce5d8", "lost-edge": "#c04f00",
    "void": "#eceef0", "void-edge": "#69737d",
}  # fmt: skip
_DARK = {
    "ink": "#e8edf2", "quiet": "#a9b4bf", "line": "#8793a0", "label": "#2a3037",
    "open": "#0f3049", "open-edge": "#56b4e9", "paused": "#40310a", "paused-edge": "#e6ae3a",
    "won": "#0b3a2d", "won-edge": "#2fc598", "lost": "#48220d", "lost-edge": "#f18c50",
    "void": "#30353b", "void-edge": "#97a1ac",
}  # fmt: skip


def lifecycle_svg(lifecycle: AnyLifecycle) -> str:
    """The table as the text of an SVG picture. It asks for no font, no script and no file, and has no ids to clash.

    In a dark page it is dark: by the reader's system, or by ``data-theme`` on the body, as Sphinx themes set it.

    >>> from relcore.sales import order_lifecycle
    >>> picture = lifecycle_svg(order_lifecycle)
    >>> picture.startswith("<svg ") and 'data-state="placed"' in picture
    True
    """
    return _Drawing.of(lifecycle).svg()


# --- words ----------------------------------------------------------------------------------------


def _words(name: str) -> str:
    """``wait_for_customer`` and ``WonBack`` as people say them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name)).replace("_", " ").lower()


def _width_of(text: str, size: float) -> float:
    """Generous: as wide as in the widest of the usual fonts."""
    return size * sum(0.34 if c in "ijlft.,·' I()" else 0.92 if c in "mwMW" else 0.615 for c in text)


@attrs.frozen
class _Text:
    """One line of text in a box or a label."""

    text: str
    size: float
    look: str = ""

    @property
    def width(self) -> float:
        return _width_of(self.text, self.size) * (1.1 if "name" in self.look else 1)


def _label(moves: Sequence[AnyMove]) -> tuple[_Text, ...]:
    parts: dict[tuple[_Text, ...], None] = {}  # each of them once
    for move in moves:
        parts[(_Text(_words(move.name), _LABEL, "time" if move.due else ""),)] = None
        rules = [f"{'and' if n else 'if'} {_words(guard.name)}" for n, guard in enumerate(move.when)]
        parts[tuple(_Text(line, _SMALL, "quiet") for line in _filled(rules, " "))] = None
    return tuple(line for part in parts for line in part)


def _filled(parts: Iterable[str], joint: str) -> list[str]:
    """The parts in lines, as many in each as fit."""
    lines: list[str] = []
    for part in parts:
        if lines and _width_of(f"{lines[-1]}{joint}{part}", _SMALL) <= _WIDEST:
            lines[-1] += f"{joint}{part}"
        else:
            lines.append(part)
    return lines


def _size(lines: Sequence[_Text], *, across: float, down: float) -> tuple[float, float]:
    return max(line.width for line in lines) + across, sum(line.size * _LINE for line in lines) + down


# --- what is drawn --------------------------------------------------------------------------------


@attrs.frozen
class _Arrow:
    """Moves that lead from the same states to the same state: a label, and lanes on each level it passes."""

    moves: tuple[AnyMove, ...]
    sources: tuple[str, ...]
    to: str
    back: bool
    label_level: int
    lanes: tuple[int, ...]
    """The levels it passes, its label's among them, from the top."""
    number: int

    def key(self, level: int) -> str:
        return f"arrow {self.number} at {level}"


def _ranks(lifecycle: AnyLifecycle) -> dict[str, int]:
    """How far down each state stands: one below the lowest it is entered from, not counting ways back."""
    onwards = {
        s: list(dict.fromkeys(m.to for m in lifecycle.moves if s in m.sources and m.to not in (None, s)))
        for s in lifecycle.states
    }
    finished: list[str] = []
    entered: set[str] = set()
    back: set[tuple[str, str]] = set()
    on_path: set[str] = set()

    def walk(state: str) -> None:
        entered.add(state)
        on_path.add(state)
        for to in onwards[state]:
            if to in on_path:
                back.add((state, to))
            elif to not in entered:
                walk(to)
        on_path.discard(state)
        finished.append(state)

    for start in lifecycle.starts:
        if start not in entered:
            walk(start)
    ranks = dict.fromkeys(lifecycle.states, 0)
    for state in reversed(finished):
        for to in onwards[state]:
            if (state, to) not in back:
                ranks[to] = max(ranks[to], ranks[state] + 1)
    return ranks


def _arrows(lifecycle: AnyLifecycle, level: Mapping[str, int]) -> Iterator[_Arrow]:
    bundles: dict[tuple[tuple[str, ...], str, bool], list[AnyMove]] = {}
    for move in lifecycle.moves:
        if move.to is None:
            continue
        leaving = [s for s in move.sources if s != move.to]
        onward = tuple(s for s in leaving if level[s] < level[move.to])
        upward = tuple(s for s in leaving if level[s] > level[move.to])
        if onward or not move.sources:
            bundles.setdefault((onward, move.to, False), []).append(move)
        if upward:
            bundles.setdefault((upward, move.to, True), []).append(move)
    for number, ((sources, to, back), moves) in enumerate(bundles.items()):
        at = [level[s] for s in sources] or [level[to] - 2]
        label = min(at) - 1 if back else max(at) + 1
        lanes = range(level[to] + 1, max(at)) if back else range(min(at) + 1, level[to])
        yield _Arrow(tuple(moves), sources, to, back, label, tuple(lanes), number)


@attrs.frozen
class _Drawing:
    """The picture before it is text: what stands where."""

    lifecycle: AnyLifecycle
    arrows: tuple[_Arrow, ...]
    parts: Mapping[str, Part]
    rows: Rows
    x: Mapping[str, float]
    tops: Sequence[float]
    bottoms: Sequence[float]
    ports: Mapping[tuple[str, str], float]
    """Where on a box's edge the line to a part meets it."""
    width: float

    @classmethod
    def of(cls, lifecycle: AnyLifecycle) -> _Drawing:
        level = {state: 2 * rank + 2 for state, rank in _ranks(lifecycle).items()}
        arrows = tuple(_arrows(lifecycle, level))
        parts: dict[str, Part] = {}
        for state in lifecycle.states:
            above = sum(a.to == state if not a.back else state in a.sources for a in arrows)
            below = sum(a.to == state if a.back else state in a.sources for a in arrows)
            width, height = _box_size(lifecycle, state)
            width = max(width, 26 + _PORTS * (max(above, below) - 1))
            parts[f"state {state}"] = Part(level[state], width, height)
        links: list[Link] = []
        for arrow in arrows:
            parts.update(_arrow_parts(arrow))
            links += _arrow_links(arrow, level)
        rows, x = lay_out(parts, links, apart=_APART)
        ports = _ports(parts, links, x)
        tops, bottoms = _levels(rows, parts, links, x)
        width = max(x[key] + part.width / 2 for key, part in parts.items())
        return cls(lifecycle, arrows, parts, rows, x, tops, bottoms, ports, width)

    # text

    def svg(self) -> str:
        looks = _looks(self.lifecycle, returning=any(arrow.back for arrow in self.arrows))
        legend, legend_width, legend_height = _legend(looks, self.bottoms[-1] + 26, self.width)
        shift = max(0.0, (legend_width - self.width) / 2)
        width = max(self.width, legend_width) + 2 * _MARGIN
        height = self.bottoms[-1] + 26 + legend_height + 2 * _MARGIN
        body = [
            *(piece for arrow in self.arrows for piece in self._lines(arrow)),
            *(piece for arrow in self.arrows for piece in self._arrow_label(arrow)),
            *(piece for state in self.lifecycle.states for piece in self._box(state)),
        ]
        return "\n".join(
            [
                self._opening(width, height),
                f"<title>Lifecycle: {escape(_words(self.lifecycle.name))}</title>",
                f"<style>{_style()}</style>",
                f'<g transform="translate({_n(shift)} 0)">',
                *body,
                "</g>",
                *legend,
                "</svg>",
            ]
        )

    def _opening(self, width: float, height: float) -> str:
        box = " ".join(map(_n, (-_MARGIN, -_MARGIN, width, height)))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="relcore-lifecycle" role="img" viewBox="{box}" '
            f'width="{_n(width)}" height="{_n(height)}" aria-label="{escape(_spoken(self.lifecycle))}">'
        )

    def _lines(self, arrow: _Arrow) -> Iterator[str]:
        """The lines of an arrow: from each source into its lane, along the lanes, and to the head."""
        level = {s: self.parts[f"state {s}"].level for s in (*arrow.sources, arrow.to)}
        look = "line back" if arrow.back else "line"
        chain = [arrow.key(lane) for lane in arrow.lanes]
        for upper, lower in pairwise(chain):
            yield self._line(upper, lower, look)
        for source in arrow.sources:
            lane = arrow.key(level[source] + (-1 if arrow.back else 1))
            state = f"state {source}"
            yield self._line(*((lane, state) if arrow.back else (state, lane)), look)
        if not arrow.sources:
            yield self._line(f"start {arrow.number}", chain[0], look)
            dot = f"start {arrow.number}"
            middle = self._middle(self.parts[dot].level)
            yield f'<circle class="start" cx="{_n(self.x[dot])}" cy="{_n(middle)}" r="5.5"/>'
        state, lane = f"state {arrow.to}", chain[0] if arrow.back else chain[-1]
        yield self._line(*((state, lane) if arrow.back else (lane, state)), look, head=arrow.back)
        x = self.ports[state, lane]
        y = self._edge(state, upper=not arrow.back)
        away = 8.5 if arrow.back else -8.5
        yield f'<path class="head" d="M{_n(x)} {_n(y)}l-4.4 {_n(away)}h8.8z"/>'

    def _line(self, upper: str, lower: str, look: str, *, head: bool | None = None) -> str:
        """Down through the rest of a band, in a curve to the next band, and to the part in it."""
        a, b = self.parts[upper].level, self.parts[lower].level
        x1, x2 = self.ports.get((upper, lower), self.x[upper]), self.ports.get((lower, upper), self.x[lower])
        y1, y2 = self._edge(upper, upper=self.parts[upper].height == 0), self._edge(lower, upper=True)
        if head is True:
            y1 += 7
        elif head is False:
            y2 -= 7
        top, bottom = max(y1, self.bottoms[a]), min(y2, self.tops[b])
        middle = (top + bottom) / 2
        curve = f"C{_n(x1)} {_n(middle)} {_n(x2)} {_n(middle)} {_n(x2)} {_n(bottom)}"
        if abs(x1 - x2) < 0.05:
            return f'<path class="{look}" d="M{_n(x1)} {_n(y1)}V{_n(y2)}"/>'
        return f'<path class="{look}" d="M{_n(x1)} {_n(y1)}V{_n(top)}{curve}V{_n(y2)}"/>'

    def _edge(self, key: str, *, upper: bool) -> float:
        """Where a line meets a part: the edge of a box, or the end of a lane."""
        part = self.parts[key]
        if part.height == 0:
            return self.tops[part.level] if upper else self.bottoms[part.level]
        return self._middle(part.level) + (-part.height if upper else part.height) / 2

    def _middle(self, level: int) -> float:
        return (self.tops[level] + self.bottoms[level]) / 2

    def _arrow_label(self, arrow: _Arrow) -> Iterator[str]:
        key = arrow.key(arrow.label_level)
        part, lines = self.parts[key], _label(arrow.moves)
        x, y = self.x[key], self._middle(part.level)
        told = " ".join(str(move.name) for move in arrow.moves)
        yield f'<g data-move="{escape(told)}" data-to="{escape(arrow.to)}">'
        yield f"<title>{escape(_told(arrow))}</title>"
        yield _rect(x, y, part.width, part.height, "label", round_by=min(part.height / 2, 10))
        yield from _written(lines, x, y - sum(line.size * _LINE for line in lines) / 2)
        yield "</g>"

    def _box(self, state: str) -> Iterator[str]:
        key = f"state {state}"
        part, category = self.parts[key], self.lifecycle.states[state]
        x, y = self.x[key], self._middle(part.level)
        final = state in self.lifecycle.final
        name, staying = _box_lines(self.lifecycle, state)
        yield f'<g class="state {category}" data-state="{escape(state)}">'
        yield f"<title>{escape(_words(state))}: {category}{', final' if final else ''}</title>"
        yield _rect(x, y, part.width, part.height, "box", round_by=9)
        if final:
            yield _rect(x, y, part.width - 7, part.height - 7, "inner", round_by=6)
        top = y - _content_height(name, staying) / 2
        yield from _written([name], x, top)
        if staying:
            rule = top + name.size * _LINE + 4
            yield f'<path class="rule" d="M{_n(x - part.width / 2)} {_n(rule)}h{_n(part.width)}"/>'
            names = " ".join(str(move.name) for move in _staying(self.lifecycle, state))
            yield f'<g data-move="{escape(names)}">'
            yield from _written(staying, x, rule + 4)
            yield "</g>"
        yield "</g>"


# --- parts and links ------------------------------------------------------------------------------


def _staying(lifecycle: AnyLifecycle, state: str) -> list[AnyMove]:
    return [m for m in lifecycle.moves if state in m.sources and m.to in (None, state)]


def _box_lines(lifecycle: AnyLifecycle, state: str) -> tuple[_Text, list[_Text]]:
    """The name of a state, and the moves that stay in it, as many on a line as fit."""
    lines = _filled(dict.fromkeys(_words(move.name) for move in _staying(lifecycle, state)), " · ")
    return _Text(_words(state), _NAME, "name"), [_Text(line, _SMALL, "staying") for line in lines]


def _content_height(name: _Text, staying: Sequence[_Text]) -> float:
    return name.size * _LINE + (8 + sum(line.size * _LINE for line in staying) if staying else 0)


def _box_size(lifecycle: AnyLifecycle, state: str) -> tuple[float, float]:
    name, staying = _box_lines(lifecycle, state)
    width = max(line.width for line in (name, *staying)) + 26
    return max(width, 92.0), _content_height(name, staying) + 20


def _arrow_parts(arrow: _Arrow) -> Iterator[tuple[str, Part]]:
    if not arrow.sources:
        yield f"start {arrow.number}", Part(arrow.lanes[0] - 1, 11, 11)
    for lane in arrow.lanes:
        size = _size(_label(arrow.moves), across=18, down=7) if lane == arrow.label_level else (_LANE, 0.0)
        yield arrow.key(lane), Part(lane, *size)


def _arrow_links(arrow: _Arrow, level: Mapping[str, int]) -> Iterator[Link]:
    chain = [arrow.key(lane) for lane in arrow.lanes]
    for upper, lower in pairwise(chain):
        yield Link(upper, lower, 8)
    joining = 3.0 if len(arrow.sources) == 1 and not arrow.back else 1.0
    for source in arrow.sources:
        state, lane = f"state {source}", arrow.key(level[source] + (-1 if arrow.back else 1))
        yield Link(lane, state, joining) if arrow.back else Link(state, lane, joining)
    if not arrow.sources:
        yield Link(f"start {arrow.number}", chain[0], 4)
    to = f"state {arrow.to}"
    yield Link(to, chain[0], 1.5) if arrow.back else Link(chain[-1], to, 3)


def _ports(
    parts: Mapping[str, Part], links: Sequence[Link], x: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """Lines meet a box as near to where they come from as there is room, never two at one point."""
    sides: dict[tuple[str, bool], list[str]] = {}
    for link in links:
        if link.upper.startswith("state "):
            sides.setdefault((link.upper, False), []).append(link.lower)
        if link.lower.startswith("state "):
            sides.setdefault((link.lower, True), []).append(link.upper)
    ports: dict[tuple[str, str], float] = {}
    for (state, _), others in sides.items():
        others.sort(key=lambda other: x[other])
        room = parts[state].width / 2 - 13
        apart = min(_PORTS, 2 * room / max(len(others) - 1, 1))
        wanted, within = [x[other] for other in others], (x[state] - room, x[state] + room)
        places = spread(wanted, [apart] * (len(others) - 1), within=within)
        ports.update({(state, other): at for other, at in zip(others, places, strict=True)})
    return ports


def _levels(
    rows: Rows, parts: Mapping[str, Part], links: Sequence[Link], x: Mapping[str, float]
) -> tuple[list[float], list[float]]:
    """Top and bottom of each level; the further lines have to go sideways, the more room they get for it."""
    tops, bottoms, y = list[float](), list[float](), 0.0
    for number, row in enumerate(rows):
        tall = max((parts[key].height for key in row), default=0.0)
        tops.append(y)
        bottoms.append(y + tall)
        far = max(
            (abs(x[k.upper] - x[k.lower]) for k in links if parts[k.upper].level == number), default=0.0
        )
        y += tall + min(22 + 0.09 * far, 52)
    return tops, bottoms


# --- SVG ------------------------------------------------------------------------------------------


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0") if abs(number) >= 0.05 else "0"


def _rect(x: float, y: float, width: float, height: float, look: str, *, round_by: float) -> str:
    return (
        f'<rect class="{look}" x="{_n(x - width / 2)}" y="{_n(y - height / 2)}" '
        f'width="{_n(width)}" height="{_n(height)}" rx="{_n(round_by)}"/>'
    )


def _written(lines: Iterable[_Text], x: float, top: float) -> Iterator[str]:
    for line in lines:
        baseline = top + line.size * (_LINE / 2 + 0.35)
        look = f' class="{line.look}"' if line.look else ""
        yield (
            f'<text{look} x="{_n(x)}" y="{_n(baseline)}" font-size="{_n(line.size)}">{escape(line.text)}</text>'
        )
        top += line.size * _LINE


def _told(arrow: _Arrow) -> str:
    start = " or ".join(map(_words, arrow.sources)) or "nothing"
    moves = (move.name + "".join(f"; if not, {rule.reason}" for rule in move.when) for move in arrow.moves)
    return "\n".join([f"{start} → {_words(arrow.to)}", *moves])


def _spoken(lifecycle: AnyLifecycle) -> str:
    states = ", ".join(_words(state) for state in lifecycle.states)
    return f"Diagram of the lifecycle {_words(lifecycle.name)} with the states {states}"


def _looks(lifecycle: AnyLifecycle, *, returning: bool) -> Iterator[tuple[str, str]]:
    """What has to be explained: only what is in the picture."""
    used = set(lifecycle.states.values())
    yield from ((category, str(category)) for category in Category if category in used)
    if lifecycle.final:
        yield "final", "final: no way out"
    if any(_staying(lifecycle, state) for state in lifecycle.states):
        yield "stays", "under the line: moves that stay"
    if returning:
        yield "dashed", "dashed: leads back"
    if any(move.due for move in lifecycle.moves):
        yield "slanted", "slanted: set off by time"


def _legend(looks: Iterable[tuple[str, str]], y: float, width: float) -> tuple[list[str], float, float]:
    """Its pieces, how wide it is and how high; never wider than the picture, if that has a decent width."""
    width = max(width, 420.0)
    pieces, x, widest, top = list[str](), 0.0, 0.0, y
    for look, text in looks:
        icon = 0.0 if look == "slanted" else 24.0
        wide = icon + _width_of(text, 11) + 16
        if x and x + wide > width:
            x, y = 0.0, y + 20
        pieces += _icon(look, x, y)
        style = "legend time" if look == "slanted" else "legend"
        pieces.append(f'<text class="{style}" x="{_n(x + icon)}" y="{_n(y + 10)}">{escape(text)}</text>')
        x += wide
        widest = max(widest, x - 16)
    return pieces, widest, y - top + 12


def _icon(look: str, x: float, y: float) -> Iterator[str]:
    if look == "dashed":
        yield f'<path class="line back" d="M{_n(x)} {_n(y + 6)}h18"/>'
    elif look != "slanted":
        category = "void" if look in {"final", "stays"} else look
        yield f'<rect class="swatch {category}" x="{_n(x)}" y="{_n(y)}" width="18" height="12" rx="3"/>'
    if look == "final":
        yield f'<rect class="inner void" x="{_n(x + 2.5)}" y="{_n(y + 2.5)}" width="13" height="7" rx="1.5"/>'
    if look == "stays":
        yield f'<path class="rule void" d="M{_n(x)} {_n(y + 6)}h18"/>'


def _style() -> str:
    at = ".relcore-lifecycle"

    def colours(where: str, values: Mapping[str, str]) -> str:
        return f"{where}{{{';'.join(f'--lc-{name}:{value}' for name, value in values.items())}}}"

    rules = [
        colours(at, _LIGHT),
        f"@media (prefers-color-scheme:dark){{{colours(at, _DARK)}}}",
        colours(f"body[data-theme=light] {at}", _LIGHT),
        colours(f"body[data-theme=dark] {at}", _DARK),
        f"{at}{{max-width:100%;height:auto;font-family:{_FONTS}}}",
        f"{at} text{{fill:var(--lc-ink);text-anchor:middle}}",
        f"{at} text.name{{font-weight:600}}",
        f"{at} text.quiet,{at} text.staying,{at} text.legend{{fill:var(--lc-quiet)}}",
        f"{at} text.time{{font-style:italic}}",
        f"{at} text.legend{{text-anchor:start;font-size:11px}}",
        f"{at} .line{{fill:none;stroke:var(--lc-line);stroke-width:1.4}}",
        f"{at} .back{{stroke-dasharray:4.5 3}}",
        f"{at} .head,{at} .start{{fill:var(--lc-line)}}",
        f"{at} .label{{fill:var(--lc-label)}}",
        f"{at} .box,{at} .swatch{{stroke-width:1.6}}",
        f"{at} .inner,{at} .rule{{fill:none;stroke-width:1}}",
    ]
    for category in Category:
        edge = f"stroke:var(--lc-{category}-edge)"
        rules.append(f"{at} .{category} .box,{at} .swatch.{category}{{fill:var(--lc-{category});{edge}}}")
        rules.append(
            f"{at} .{category} .inner,{at} .{category} .rule,{at} .inner.{category},{at} .rule.{category}"
            f"{{{edge}}}"
        )
    return "".join(rules)
