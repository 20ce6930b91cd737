"""The picture of a lifecycle: all that the table says is in it, and nothing lies on top of anything else."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.kernel.lifecycle import Category, Guard, Lifecycle, begin, move
from relcore.plots import lifecycle_svg
from relcore.plots.layered_layout import Link, Part, lay_out, spread
from relcore.sales import order_lifecycle
from tests.tables import every_table

SVG = "{http://www.w3.org/2000/svg}"
TABLES = every_table()
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
AnyTable = Lifecycle[Any, Any, Any]


def drawn(table: AnyTable) -> ET.Element:
    return ET.fromstring(lifecycle_svg(table))


def boxes(picture: ET.Element) -> list[tuple[float, float, float, float]]:
    """Left, top, right and bottom of each state and each label."""
    found = []
    for rect in picture.iter(f"{SVG}rect"):
        if rect.get("class") in {"box", "label"}:
            x, y, width, height = (float(rect.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def test_there_are_tables() -> None:
    assert len(TABLES) >= 9


@each_table
def test_every_state_and_every_move_is_in_the_picture(table: AnyTable) -> None:
    picture = drawn(table)

    states = [group.attrib["data-state"] for group in picture.iter(f"{SVG}g") if "data-state" in group.attrib]
    moves = {name for group in picture.iter(f"{SVG}g") for name in group.attrib.get("data-move", "").split()}
    assert sorted(states) == sorted(map(str, table.states))
    assert moves == {str(move.name) for move in table.moves}


@each_table
def test_every_single_change_of_state_has_its_arrow(table: AnyTable) -> None:
    """A head for every arrow, and arrows enough: as many as there are pairs of sources and ends, no less."""
    picture = drawn(table)

    ends = [group.attrib["data-to"] for group in picture.iter(f"{SVG}g") if "data-to" in group.attrib]
    heads = [path for path in picture.iter(f"{SVG}path") if path.get("class") == "head"]
    assert len(heads) == len(ends)
    assert set(ends) == {str(to) for _, to in table.jumps()} | set(map(str, table.starts))


@each_table
def test_nothing_overlaps(table: AnyTable) -> None:
    found = boxes(drawn(table))

    for (a, b, c, d), (e, f, g, h) in combinations(found, 2):
        assert c <= e or g <= a or d <= f or h <= b


@each_table
def test_everything_is_inside_of_the_picture(table: AnyTable) -> None:
    picture = drawn(table)
    left, top, width, height = map(float, picture.attrib["viewBox"].split())

    for a, b, c, d in boxes(picture):
        assert left <= a < c <= left + width
        assert top <= b < d <= top + height


@each_table
def test_final_states_have_a_double_border(table: AnyTable) -> None:
    double = {
        group.attrib["data-state"]
        for group in drawn(table).iter(f"{SVG}g")
        if "data-state" in group.attrib and group.find(f"{SVG}rect[@class='inner']") is not None
    }

    assert double == set(map(str, table.final))


@each_table
def test_the_same_table_gives_the_same_picture(table: AnyTable) -> None:
    assert lifecycle_svg(table) == lifecycle_svg(table)


def test_another_process_draws_the_same_picture() -> None:
    code = "from relcore.plots import lifecycle_svg as s; from relcore.sales import order_lifecycle as o; print(s(o))"
    other = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )

    assert other.stdout.rstrip("\n") == lifecycle_svg(order_lifecycle)


def test_drawing_needs_no_library() -> None:
    code = (
        "import sys; from relcore.plots import lifecycle_svg as s; from relcore.sales import order_lifecycle as o;"
        "s(o); print({'numpy', 'matplotlib', 'networkx'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "set()"


def test_a_picture_asks_for_nothing_and_runs_nothing() -> None:
    text = lifecycle_svg(order_lifecycle)

    assert "url(" not in text
    assert "href" not in text
    assert "<script" not in text
    assert [word for word in text.split('"') if word.startswith("http")] == ["http://www.w3.org/2000/svg"]


def test_a_move_that_several_states_share_is_one_arrow() -> None:
    picture = drawn(order_lifecycle)

    assert [g.attrib["data-move"] for g in picture.iter(f"{SVG}g") if "data-to" in g.attrib].count(
        "cancel"
    ) == 1


def test_names_cannot_break_out_of_the_picture() -> None:
    hostile = Guard("<b>&", "<script>", lambda entity, given: True)
    table: AnyTable = Lifecycle(
        '"><script>',
        version=1,
        states={"<a>": Category.OPEN, "b & c": Category.WON},
        final=["b & c"],
        moves=(begin("<x>", to="<a>"), move("y'\"", "<a>", to="b & c", when=[hostile])),
    )

    picture = drawn(table)

    assert not list(picture.iter(f"{SVG}script"))
    assert {g.attrib["data-state"] for g in picture.iter(f"{SVG}g") if "data-state" in g.attrib} == {
        "<a>",
        "b & c",
    }


@st.composite
def tables(draw: st.DrawFn) -> AnyTable:
    """Small tables of any shape: a way from the start through all states to the end, and whatever else."""
    count = draw(st.integers(2, 7))
    states = [f"state_{n}" for n in range(count)]
    moves = [begin("begin", to=states[0])]
    moves += [move(f"on_{n}", states[n], to=states[n + 1]) for n in range(count - 1)]
    sources = st.lists(st.sampled_from(states[:-1]), min_size=1, max_size=4, unique=True)
    for number in range(draw(st.integers(0, 8))):
        to = draw(st.none() | st.sampled_from(states))
        moves.append(move(f"more_{number}", *draw(sources), to=to))
    categories = draw(st.lists(st.sampled_from(list(Category)), min_size=count, max_size=count))
    return Lifecycle(
        "any",
        version=1,
        states=dict(zip(states, categories, strict=True)),
        final=states[-1:],
        moves=tuple(moves),
    )


@given(tables())
def test_any_table_can_be_drawn_without_overlap(table: AnyTable) -> None:
    picture = drawn(table)
    found = boxes(picture)

    assert len([g for g in picture.iter(f"{SVG}g") if "data-state" in g.attrib]) == len(table.states)
    for (a, b, c, d), (e, f, g, h) in combinations(found, 2):
        assert c <= e or g <= a or d <= f or h <= b


@given(
    st.lists(st.tuples(st.floats(-100, 100), st.floats(0.1, 20), st.floats(0.1, 9)), min_size=1, max_size=12)
)
def test_spread_keeps_order_and_distances(rows: list[tuple[float, float, float]]) -> None:
    wanted, apart, weights = zip(*rows, strict=True)

    places = spread(wanted, apart[1:], weights)

    assert all(b - a >= gap - 1e-9 for a, b, gap in zip(places, places[1:], apart[1:], strict=False))


def test_spread_leaves_what_is_far_enough_apart() -> None:
    assert spread([1.0, 9.0, 30.0], [4.0, 4.0]) == [1.0, 9.0, 30.0]
    assert spread([1.0, 9.0, 30.0], [4.0, 4.0], within=(2.0, 20.0)) == [2.0, 9.0, 20.0]


def test_lines_that_need_not_cross_do_not() -> None:
    parts = {name: Part(level, 10, 10) for name, level in [("a", 0), ("b", 0), ("c", 1), ("d", 1)]}
    rows, x = lay_out(parts, [Link("a", "d"), Link("b", "c")], apart=5)

    (a, b), (c, d) = sorted(rows[0]), sorted(rows[1])
    assert (x[a] < x[b]) == (x[d] < x[c])


def test_a_link_over_several_levels_is_refused() -> None:
    parts = {"a": Part(0, 10, 10), "b": Part(1, 10, 10), "c": Part(2, 10, 10)}

    with pytest.raises(ValueError, match="neighbouring levels, got a to c"):
        lay_out(parts, [Link("a", "c")], apart=5)


def test_many_rules_of_one_move_stand_below_each_other() -> None:
    rules = [
        Guard(f"says {what}", what, lambda entity, given: True) for what in ("audience", "purpose", "budget")
    ]
    moves = (begin("draft", to="draft"), move("submit", "draft", to="sent", when=rules))
    states = {"draft": Category.OPEN, "sent": Category.WON}
    table: AnyTable = Lifecycle("plan", version=1, states=states, final=["sent"], moves=moves)

    svg = lifecycle_svg(table)

    assert [
        rule for rule in ("if says audience", "and says purpose", "and says budget") if f">{rule}<" in svg
    ] == [
        "if says audience",
        "and says purpose",
        "and says budget",
    ]
