"""The table is the machine: what is wrong with one is said when it is defined, and what it allows is what happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import attrs
import pytest

from relcore import Actor, Invalid, Refused
from relcore.ids import CaseId
from relcore.kernel.errors import Illformed
from relcore.kernel.lifecycle import Answer, Category, Given, Lifecycle, Move, after, begin, guard, move, on
from relcore.testing import CountingIds
from tests.strategies import NOON

ID = CountingIds().new(CaseId)


class Light(StrEnum):
    RED = "red"
    GREEN = "green"
    OFF = "off"


RED, GREEN, OFF = Light.RED, Light.GREEN, Light.OFF


@attrs.frozen
class Lamp:
    state: Light = RED
    lit_by: str | None = None
    watts: int = 40
    id: CaseId = ID


@attrs.frozen
class Current:
    volts: int


@attrs.frozen
class Storm:
    pass


@guard("it must have power")
def powered(lamp: Lamp, given: Given) -> bool:
    return given[Current].volts > 0


@guard("it must be bright enough")
def bright(lamp: Lamp, given: Given) -> bool:
    return lamp.watts >= 40


def an_hour_on(lamp: Lamp, given: Given) -> datetime | None:
    return NOON + timedelta(hours=1)


def two_hours_on(lamp: Lamp, given: Given) -> datetime | None:
    return NOON + timedelta(hours=2)


def lights(
    *moves: Move[Any, Any, Any], final: tuple[Light, ...] = (OFF,), states: Any = Light
) -> Lifecycle[Lamp, Light, str]:
    categories = {state: Category.VOID if state in final else Category.OPEN for state in states}
    return Lifecycle("light", version=1, states=categories, final=final, moves=moves)


SOUND = (
    begin("make", to=RED, needs=["watts"]),
    move("go", RED, to=GREEN),
    move("break_", RED, GREEN, to=OFF),
)

FAULTS = {
    "no beginning": (
        [move("go", RED, to=GREEN), move("break_", RED, GREEN, to=OFF)],
        "nothing begins; give it a row begin(..., to=...)",
    ),
    "an unknown source": ([*SOUND, move("fly", "sky", to=RED)], "fly names sky, which has no category"),
    "an unknown target": ([*SOUND, move("fly", RED, to="sky")], "fly names sky, which has no category"),
    "a dead end": (
        [begin("make", to=RED), move("go", RED, to=GREEN), move("break_", RED, to=OFF)],
        "green is a dead end; give it a move or declare it final; there is no way to an end from green",
    ),
    "a loop as the only way on": (
        [begin("make", to=RED), move("go", RED, to=GREEN), move("stay", GREEN), move("break_", RED, to=OFF)],
        "green is a dead end; give it a move or declare it final; there is no way to an end from green",
    ),
    "an end with a way out": ([*SOUND, move("mend", OFF, to=RED)], "off is declared final but has mend"),
    "a state out of reach": (
        [begin("make", to=RED), move("break_", RED, GREEN, to=OFF)],
        "green cannot be reached",
    ),
    "no way to an end": (
        [
            begin("make", to=RED),
            begin("mourn", to=OFF),
            move("go", RED, to=GREEN),
            move("stop", GREEN, to=RED),
        ],
        "there is no way to an end from red; there is no way to an end from green",
    ),
    "a command twice": ([*SOUND, move("go", RED, to=OFF)], "go leaves red twice"),
    "a beginning twice": ([*SOUND, begin("make", to=GREEN)], "make begins twice"),
    "a fact with two rows": (
        [*SOUND, on(Storm, RED, to=GREEN, when=[powered]), on(Storm, RED, to=OFF, when=[bright])],
        "Storm may take two rows from red; guard one by a rule and the other by ~rule",
    ),
    "time in circles": (
        [*SOUND, after(an_hour_on, RED, to=GREEN), after(an_hour_on, GREEN, to=RED)],
        "time alone goes round for ever through red; time alone goes round for ever through green",
    ),
    "time on the spot": (
        [*SOUND, after(an_hour_on, RED, to=RED)],
        "time alone goes round for ever through red",
    ),
}


def test_a_sound_table_is_accepted() -> None:
    assert lights(*SOUND).stamp == "light@1"


@pytest.mark.parametrize(("moves", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_table_that_cannot_work_says_why_when_it_is_defined(moves: list[Any], sentence: str) -> None:
    with pytest.raises(Illformed) as refused:
        lights(*moves)

    assert str(refused.value) == f"lifecycle light cannot work: {sentence}"


def test_a_final_state_without_category_is_a_fault() -> None:
    with pytest.raises(Illformed, match="final names off, which has no category"):
        lights(
            begin("make", to=RED), move("go", RED, to=GREEN), move("stop", GREEN, to=RED), states=[RED, GREEN]
        )


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Illformed) as refused:
        lights(
            begin("make", to=RED), move("go", RED, to=OFF), move("go", RED, to=OFF), move("mend", OFF, to=RED)
        )

    assert refused.value.faults == (
        "green is a dead end; give it a move or declare it final",
        "off is declared final but has mend",
        "go leaves red twice",
        "green cannot be reached",
        "there is no way to an end from green",
    )


def test_two_rows_of_one_fact_may_share_a_state_under_a_rule_and_its_complement() -> None:
    table = lights(*SOUND, on(Storm, RED, to=GREEN, when=[bright]), on(Storm, RED, to=OFF, when=[~bright]))

    told = [table.told(lamp, Given(NOON), Storm()) for lamp in (Lamp(watts=60), Lamp(watts=5))]

    assert [row.to for row in told if row] == [GREEN, OFF]


def test_a_complement_holds_exactly_when_the_rule_does_not_and_twice_is_the_rule() -> None:
    for lamp in (Lamp(watts=60), Lamp(watts=5)):
        assert (~bright).holds(lamp, Given(NOON)) is not bright.holds(lamp, Given(NOON))
        assert (~~bright).holds(lamp, Given(NOON)) is bright.holds(lamp, Given(NOON))
    assert (~~bright).name == bright.name
    assert (~bright).excludes(~~bright)
    assert not bright.excludes(bright)


def test_a_closed_state_may_reopen_and_a_final_one_has_no_way_out() -> None:
    from relcore.sales import OrderState, order_lifecycle
    from relcore.service import CaseState, case_lifecycle

    assert CaseState.OPEN in case_lifecycle.reachable(CaseState.CLOSED)
    assert CaseState.CLOSED not in case_lifecycle.final
    assert order_lifecycle.reachable(OrderState.CANCELLED) == {OrderState.CANCELLED}


# --- commands -------------------------------------------------------------------------------------


GUARDED = lights(
    begin("make", to=RED, needs=["watts"]),
    move("go", RED, to=GREEN, when=[powered, bright], needs=["lit_by"], effects=["ring"]),
    move("dim", RED, GREEN),
    move("break_", RED, GREEN, to=OFF),
)


def test_an_option_is_allowed_refused_or_untold() -> None:
    def answers(lamp: Lamp, *facts: object) -> dict[str, Answer]:
        return {o.move: o.answer for o in GUARDED.options(lamp, at=NOON, facts=facts)}

    assert answers(Lamp(), Current(230))["go"] is Answer.ALLOWED
    assert answers(Lamp(), Current(0))["go"] is Answer.REFUSED
    assert answers(Lamp())["go"] is Answer.UNTOLD
    assert answers(Lamp(watts=5))["go"] is Answer.REFUSED
    assert answers(Lamp(state=OFF)) == dict.fromkeys(["go", "dim", "break_"], Answer.REFUSED)


def test_an_option_says_what_is_in_the_way_and_what_a_form_would_ask() -> None:
    (option, *_) = GUARDED.options(Lamp(watts=5), at=NOON)

    assert option.refusals == ("it must be bright enough",)
    assert option.untold == (Current,)
    assert (option.to, option.needs) == (GREEN, ("lit_by",))


def test_in_a_command_an_untold_fact_refuses() -> None:
    with pytest.raises(Refused) as refused:
        GUARDED.step(Lamp(), "go", at=NOON)

    assert refused.value.reasons == ("nobody told it Current",)
    assert refused.value.allowed == ("dim", "break_")


def test_a_refusal_names_every_reason_and_what_would_be_allowed() -> None:
    with pytest.raises(Refused) as refused:
        GUARDED.step(Lamp(watts=5), "go", at=NOON, facts=[Current(0)])

    assert refused.value.reasons == ("it must have power", "it must be bright enough")
    assert (refused.value.id, refused.value.state, refused.value.move) == (ID, "red", "go")


@pytest.mark.parametrize("name", ["go", "fly"])
def test_a_command_that_the_state_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(Refused, match=f"there is no {name} from off. Possible now: nothing."):
        GUARDED.step(Lamp(state=OFF), name, at=NOON)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_move_without_what_it_needs_is_refused(nothing: str | None) -> None:
    step = GUARDED.step(Lamp(), "go", at=NOON, facts=[Current(230)])

    with pytest.raises(Refused, match="it needs lit_by"):
        step.change(attrs.evolve(step.before, state=step.to, lit_by=nothing))


def test_a_step_taken_elsewhere_than_the_row_says_is_refused() -> None:
    step = GUARDED.step(Lamp(), "go", at=NOON, facts=[Current(230)])

    with pytest.raises(Illformed, match="went from 'green' to 'off' without a move"):
        step.change(attrs.evolve(step.before, state=OFF, lit_by="me"))


def test_a_move_asks_the_host_for_its_effects() -> None:
    step = GUARDED.step(Lamp(), "go", at=NOON, by=Actor("person", "u-1"), facts=[Current(230)])

    change = step.change(attrs.evolve(step.before, state=step.to, lit_by="me"))

    assert change.events[0].effects == ("ring",)
    assert change.entity == Lamp(GREEN, "me")


def test_a_row_without_target_stays_where_it_is() -> None:
    step = GUARDED.step(Lamp(), "dim", at=NOON)

    change = step.change(attrs.evolve(step.before, watts=20))

    assert (change.events[0].source, change.events[0].to) == ("red", "red")


def test_nothing_begins_but_by_a_row_that_begins_it() -> None:
    assert GUARDED.begin(Lamp(), "make", at=NOON).before is None

    for lamp, name in [(Lamp(state=GREEN), "make"), (Lamp(), "go"), (Lamp(), "fly")]:
        with pytest.raises(Illformed, match="nothing begins"):
            GUARDED.begin(lamp, name, at=NOON)


def test_a_moment_without_zone_moves_nothing() -> None:
    with pytest.raises(Invalid, match="at must be a datetime with a time zone"):
        GUARDED.step(Lamp(), "dim", at=NOON.replace(tzinfo=None))


# --- facts and time -------------------------------------------------------------------------------


TIMED = lights(
    *SOUND,
    on(Storm, RED, to=OFF, when=[powered]),
    after(two_hours_on, RED, to=OFF),
    after(an_hour_on, RED, to=GREEN),
    after(an_hour_on, RED, to=OFF),
)


def test_a_fact_takes_its_row_when_the_rules_hold_and_no_row_otherwise() -> None:
    storm = Storm()

    assert TIMED.told(Lamp(), Given(NOON, facts=(Current(230),)), storm) is not None
    assert TIMED.told(Lamp(), Given(NOON, facts=(Current(0),)), storm) is None
    assert TIMED.told(Lamp(), Given(NOON), storm) is None
    assert TIMED.told(Lamp(state=GREEN), Given(NOON, facts=(Current(230),)), storm) is None


def test_a_table_knows_which_facts_it_has_rows_for() -> None:
    assert TIMED.knows(RED, Storm)
    assert not TIMED.knows(GREEN, Storm)
    assert not TIMED.knows(RED, Current)


def test_of_what_is_due_the_first_comes_and_of_two_at_once_the_earlier_in_the_table() -> None:
    due = TIMED.due(Lamp(), Given(NOON))

    assert due is not None
    assert (due[0], due[1].name, due[1].to) == (NOON + timedelta(hours=1), "an_hour_on", GREEN)
    assert TIMED.due(Lamp(state=GREEN), Given(NOON)) is None


def test_facts_and_time_are_no_commands() -> None:
    assert {o.move for o in TIMED.options(Lamp(), at=NOON)} == {"go", "break_"}
    with pytest.raises(Refused):
        TIMED.step(Lamp(), "Storm", at=NOON)


def test_the_table_tells_its_single_jumps_and_what_is_reachable_by_them() -> None:
    assert TIMED.jumps() == {(RED, GREEN), (RED, OFF), (GREEN, OFF)}
    assert TIMED.reachable(RED) == {RED, GREEN, OFF}
    assert TIMED.reachable(GREEN) == {GREEN, OFF}
    assert TIMED.starts == (RED,)
