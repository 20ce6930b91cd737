"""What holds for every entity on any walk over its commands."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Case, Customer, Order, Refused
from relcore.kernel.lifecycle import Answer
from tests.strategies import NOON
from tests.walks import COMMANDS, arguments, chains, facts_in

every_entity = pytest.mark.parametrize("entity", [Customer, Order, Case])


@every_entity
@given(data=st.data())
def test_what_moves_allows_succeeds_and_what_it_does_not_is_refused(
    entity: type[Any], data: st.DataObject
) -> None:
    held = data.draw(chains(entity))[-1].entity
    at = NOON + data.draw(st.timedeltas(timedelta(0), timedelta(days=200)))
    before = copy.deepcopy(held)

    for move in COMMANDS[entity]:
        given = data.draw(arguments(entity, move))
        options = held.moves(at=at, facts=facts_in(given))
        option = next(o for o in options if o.move == move)
        allowed = {o.move for o in options if o.answer is Answer.ALLOWED}

        if option.answer is Answer.ALLOWED:
            change = getattr(held, move)(**given, at=at)
            assert change.before is held
            assert change.entity.state == option.to
            assert all(getattr(change.entity, field) not in (None, "") for field in option.needs)
        else:
            with pytest.raises(Refused) as refused:
                getattr(held, move)(**given, at=at)
            assert (refused.value.id, refused.value.state, refused.value.move) == (held.id, held.state, move)
            assert len(refused.value.reasons) == len(option.refusals) + len(option.untold)
            assert set(refused.value.allowed) == allowed
        assert held == before


@every_entity
@given(data=st.data())
def test_chained_commands_are_one_change_from_the_first_to_the_last(
    entity: type[Any], data: st.DataObject
) -> None:
    changes = data.draw(chains(entity))

    whole = changes[0]
    for later in changes[1:]:
        whole = whole.then(lambda held, later=later: later)

    assert whole.before is None
    assert whole.entity == changes[-1].entity
    assert [event.to for event in whole.events] == [change.entity.state for change in changes]


@every_entity
@given(data=st.data())
def test_commands_never_touch_the_version(entity: type[Any], data: st.DataObject) -> None:
    changes = data.draw(chains(entity))

    assert {change.entity.version for change in changes} == {0}


@every_entity
@given(data=st.data())
def test_the_same_commands_give_the_same_entity_again(entity: type[Any], data: st.DataObject) -> None:
    change = data.draw(chains(entity, most=3))[-1]

    if change.before is not None:
        at, move = change.events[0].at, change.events[0].move
        given = data.draw(arguments(entity, move))
        told = facts_in(given)
        if any(o.move == move and o.answer is Answer.ALLOWED for o in change.before.moves(at=at, facts=told)):
            once, again = (getattr(change.before, move)(**given, at=at) for _ in range(2))
            assert once == again
