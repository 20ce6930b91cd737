"""Guards that are queries are read before anybody relies on them; tables have versions, and none of them is forgotten."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.ids import CaseId
from relcore.kernel.entity import Entity
from relcore.kernel.errors import Illformed
from relcore.kernel.lifecycle import Answer, Category, Guard, Lifecycle, Move, asking, begin, move, on
from relcore.kernel.query import Query
from relcore.kernel.words import Choice, Count
from relcore.testing import CountingIds
from tests.strategies import NOON
from tests.walks import WALKS

ID = CountingIds().new(CaseId)


class TapState(StrEnum):
    SHUT = "shut"
    OPEN = "open"
    BROKEN = "broken"


SHUT, OPEN, BROKEN = TapState.SHUT, TapState.OPEN, TapState.BROKEN


@asking("it must turn easily")
def easy() -> Query[Tap]:
    return TapFields.rust.at_most(3)


@asking("it must be rusty")
def rusty() -> Query[Tap]:
    return TapFields.rust.at_least(3)


@asking("it must be rusted through")
def rusted() -> Query[Tap]:
    return TapFields.rust.at_least(4)


@asking("it must be as good as new")
def new() -> Query[Tap]:
    return TapFields.rust.at_most(-1)


@attrs.frozen
class Frost:
    pass


def taps(*moves: Move[Any, Any, Any], version: int = 1, **more: Any) -> Lifecycle[Any, TapState, str]:
    rows = (begin("make", to=SHUT), move("turn", SHUT, to=OPEN), move("snap", SHUT, OPEN, to=BROKEN), *moves)
    states = {SHUT: Category.OPEN, OPEN: Category.OPEN, BROKEN: Category.VOID}
    return Lifecycle("tap", version=version, states=states, final=(BROKEN,), moves=rows, **more)


@attrs.frozen
class Tap(Entity[CaseId, TapState, str]):
    lifecycle: ClassVar = taps(move("oil", SHUT, when=[easy]))

    id: CaseId = ID
    state: TapState = SHUT
    rust: int = 0


class TapFields:
    state = Choice(Tap, TapState)
    rust = Count(Tap)


@given(st.integers(0, 6))
def test_a_guard_that_is_a_query_answers_as_the_query_does(rust: int) -> None:
    oil = Tap(rust=rust).moves(at=NOON)[-1]

    assert (oil.answer is Answer.ALLOWED) is (rust <= 3)
    assert oil.refusals == (() if rust <= 3 else ("it must turn easily",))


def test_the_complement_of_a_query_is_a_query() -> None:
    table = taps(on(Frost, SHUT, to=BROKEN, when=[rusty]), on(Frost, SHUT, to=OPEN, when=[~rusty]))

    assert table.lint(Tap) == ()


def test_a_row_whose_guards_contradict_each_other_is_told() -> None:
    table = taps(move("sing", SHUT, when=[new, rusted]))

    assert table.lint(Tap) == ("sing can never be made: its guards contradict each other",)


def test_rows_of_one_fact_that_overlap_are_told_with_an_example() -> None:
    table = taps(on(Frost, SHUT, to=BROKEN, when=[rusty]), on(Frost, SHUT, to=OPEN, when=[easy]))

    assert table.lint(Tap) == ("Frost and Frost may both be set off from shut by Frost: rust=3",)


def test_rows_of_one_fact_that_leave_a_gap_are_told_with_an_example() -> None:
    table = taps(on(Frost, SHUT, to=BROKEN, when=[rusted]), on(Frost, SHUT, to=OPEN, when=[new]))

    (gap,) = table.lint(Tap)

    assert gap.startswith("nothing is set off from shut by Frost for rust=")


def test_rows_of_one_fact_that_share_it_out_are_left_alone() -> None:
    table = taps(on(Frost, SHUT, to=BROKEN, when=[rusted]), on(Frost, SHUT, to=OPEN, when=[easy]))

    assert table.lint(Tap) == ()


def test_the_tables_of_the_house_are_clean() -> None:
    assert {entity.__name__: entity.lifecycle.lint(entity) for entity in WALKS} == {
        entity.__name__: () for entity in WALKS
    }


# --- versions -------------------------------------------------------------------------------------

EARLIER: dict[int, dict[str, TapState]] = {
    1: {"closed": SHUT, "running": OPEN, "dripping": OPEN, "broken": BROKEN},
    2: {"shut": SHUT, "running": OPEN, "broken": BROKEN},
}


def test_a_state_of_an_earlier_version_is_told_as_it_is_called_today() -> None:
    table = taps(version=3, earlier=EARLIER)

    assert [table.today("tap@1", s) for s in EARLIER[1]] == [SHUT, OPEN, OPEN, BROKEN]
    assert table.today("tap@3", "shut") is SHUT


@pytest.mark.parametrize(
    ("machine", "state"),
    [("tap@4", "shut"), ("tap@0", "shut"), ("pump@1", "shut"), ("tap", "shut"), ("tap@x", "shut"), ("tap@1", "shut")],
)  # fmt: skip
def test_a_state_that_no_version_had_is_refused(machine: str, state: str) -> None:
    with pytest.raises(Invalid, match="must be one of"):
        taps(version=3, earlier=EARLIER).today(machine, state)


@pytest.mark.parametrize(
    ("version", "earlier", "fault"),
    [
        (2, {}, "nobody says what became of the states of version 1"),
        (3, {2: EARLIER[2]}, "nobody says what became of the states of version 1"),
        (2, {1: {}}, "nobody says what became of the states of version 1"),
        (2, {1: {"closed": "gone"}}, "version 1 leads closed to gone, which is no state"),
        (1, {1: EARLIER[1]}, "version 1 is not earlier than 1"),
        (0, {}, "versions count from 1, not 0"),
    ],
)
def test_an_earlier_version_whose_states_went_nowhere_is_illformed(
    version: int, earlier: Any, fault: str
) -> None:
    with pytest.raises(Illformed) as refused:
        taps(version=version, earlier=earlier)

    assert fault in refused.value.faults


def test_a2_every_table_is_read_when_it_is_defined() -> None:
    with pytest.raises(Illformed, match="open is a dead end"):
        Lifecycle[Any, TapState, str](
            "tap",
            version=1,
            states={SHUT: Category.OPEN, OPEN: Category.OPEN, BROKEN: Category.VOID},
            final=(BROKEN,),
            moves=(begin("make", to=SHUT), move("turn", SHUT, to=OPEN), move("snap", SHUT, to=BROKEN)),
        )


def test_a1_final_and_closed_are_two_ideas() -> None:
    closed = {
        entity.__name__: {
            str(s) for s, c in entity.lifecycle.states.items() if c in (Category.WON, Category.LOST)
        }
        - set(entity.lifecycle.final)
        for entity in WALKS
    }

    assert "closed" in closed["Case"]
    assert "lost" in closed["Opportunity"]
    for entity in WALKS:
        table = entity.lifecycle
        assert all(table.reachable(s) == {s} for s in table.final)


def test_a_complement_of_a_predicate_has_no_question() -> None:
    plain: Guard[Tap] = Guard("p", "r", lambda tap, given: True)

    assert (~plain).question is None
