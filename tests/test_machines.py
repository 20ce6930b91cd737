"""Each entity under a machine that does to it whatever comes to mind, lawful or not, for as long as it is let."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from relcore import Invalid, Refused, Workspace
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from relcore.kernel.repository import replay
from relcore.storage import in_memory
from relcore.testing import CountingIds, FixedClock
from tests.strategies import NOON
from tests.walks import WALKS, arguments, asked


class Life(RuleBasedStateMachine):
    """One entity, kept in a workspace after every command that it admits."""

    entity: type[Any]
    held: Any
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        self.workspace = Workspace(in_memory(), tenant="acme", clock=FixedClock(NOON), ids=CountingIds())

    @initialize(data=st.data())
    def begins(self, data: st.DataObject) -> None:
        change = data.draw(WALKS[self.entity].begin)
        self.held, self.at = self.workspace.commit(change).of(change), NOON

    @rule(after=st.timedeltas(timedelta(0), timedelta(days=40)))
    def time_passes(self, after: timedelta) -> None:
        self.at += after

    @rule(data=st.data())
    def a_command_is_given(self, data: st.DataObject) -> None:
        move = data.draw(st.sampled_from(sorted(WALKS[self.entity].commands)))
        self._give(move, data)

    @rule(data=st.data())
    def a_lawful_command_is_given(self, data: st.DataObject) -> None:
        here = sorted(self.entity.lifecycle.table[self.held.state])
        if here:
            self._give(data.draw(st.sampled_from(here)), data)

    def _give(self, move: str, data: st.DataObject) -> None:
        given = data.draw(arguments(self.entity, move))
        option = next(o for o in asked(self.held, given, self.at) if o.move == move)
        before = copy.deepcopy(self.held)
        change = self._decided(move, given, allowed=option.answer is Answer.ALLOWED)
        assert self.held == before
        if change is not None:
            self.held = self.workspace.commit(change).of(change)

    def _decided(self, move: str, given: dict[str, Any], *, allowed: bool) -> Change[Any] | None:
        command = partial(getattr(self.held, move), **given, at=self.at)
        if not allowed:
            with pytest.raises((Refused, Invalid)):
                command()
            return None
        try:
            change: Change[Any] = command()
        except Invalid:
            return None  # lawful, but not with these arguments
        return change

    @invariant()
    def it_stands_where_its_table_says(self) -> None:
        assert self.held.state in self.entity.lifecycle.states

    @invariant()
    def its_log_replays_to_it(self) -> None:
        assert replay(self.entity, self.workspace.log(self.entity, self.held.id)) == self.held

    @invariant()
    def what_is_always_true_of_it_is_true(self) -> None:
        for always in WALKS[self.entity].always:
            assert always(self.held), always.__name__


@pytest.mark.parametrize("entity", list(WALKS))
def test_whatever_is_done_to_it_it_stays_sound(entity: type[Any]) -> None:
    machine = type(entity.__name__, (Life,), {"entity": entity})

    run_state_machine_as_test(machine, settings=settings(max_examples=15, stateful_step_count=30))


@pytest.mark.verify
@pytest.mark.parametrize("entity", list(WALKS))
def test_thousands_of_commands_leave_it_sound(entity: type[Any]) -> None:
    machine = type(entity.__name__, (Life,), {"entity": entity})

    run_state_machine_as_test(machine, settings=settings(max_examples=150, stateful_step_count=60))
