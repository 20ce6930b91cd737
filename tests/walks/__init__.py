"""Random walks over the real commands: every entity, every command, whatever its table says."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from relcore import Refused
from relcore.kernel.change import Change
from relcore.kernel.lifecycle import Answer
from tests.strategies import NOON
from tests.walks import customers, interactions, marketing, privacy, sales, service, work
from tests.walks.walk import Given, Walk

WALKS: dict[type[Any], Walk] = {
    **customers.WALKS,
    **interactions.WALKS,
    **sales.WALKS,
    **service.WALKS,
    **marketing.WALKS,
    **privacy.WALKS,
    **work.WALKS,
}


def arguments(entity: type[Any], move: str) -> st.SearchStrategy[Given]:
    return st.fixed_dictionaries(WALKS[entity].commands[move])


def asked(held: Any, given: Given, at: datetime) -> tuple[Any, ...]:
    """What the table answers when it is told what the command would tell it."""
    options: tuple[Any, ...] = held.moves(at=at, by=given.get("by"), facts=WALKS[type(held)].facts(given))
    return options


@st.composite
def chains(draw: st.DrawFn, entity: type[Any], most: int = 8) -> list[Change[Any]]:
    """Changes that follow each other, each decided on the entity that the one before left."""
    changes, at = [draw(WALKS[entity].begin)], NOON
    for _ in range(draw(st.integers(0, most))):
        at += draw(st.timedeltas(timedelta(0), timedelta(days=20)))
        held = changes[-1].entity
        # Among the moves of where it stands, so that a walk comes far; those of elsewhere are tried at its end.
        if not (here := sorted(entity.lifecycle.table[held.state])):
            break
        move = draw(st.sampled_from(here))
        given = draw(arguments(entity, move))
        if next(o for o in asked(held, given, at) if o.move == move).answer is Answer.ALLOWED:
            changes.append(getattr(held, move)(**given, at=at))
    return changes


def keeps_its_table(entity: type[Any], data: st.DataObject) -> None:
    """From wherever a walk led: what ``moves`` allows succeeds, all else is refused, and nothing changes by asking."""
    held = data.draw(chains(entity))[-1].entity
    at = NOON + data.draw(st.timedeltas(timedelta(0), timedelta(days=300)))
    before = copy.deepcopy(held)

    for move in WALKS[entity].commands:
        given = data.draw(arguments(entity, move))
        options = asked(held, given, at)
        option = next(o for o in options if o.move == move)
        if option.answer is Answer.ALLOWED:
            _is_done(held, move, given, at, option)
        else:
            _is_refused(held, move, given, at, option, options)
        assert held == before


def _is_done(held: Any, move: str, given: Given, at: datetime, option: Any) -> None:
    change = getattr(held, move)(**given, at=at)
    (event,) = change.events
    assert change.before is held
    assert change.entity.state == event.to == option.to
    assert (event.move, event.source, event.at) == (move, held.state, at)
    assert event.by == given.get("by", event.by)
    assert all(getattr(change.entity, field) not in (None, "", ()) for field in option.needs)
    assert change.entity.version == held.version


def _is_refused(
    held: Any, move: str, given: Given, at: datetime, option: Any, options: tuple[Any, ...]
) -> None:
    with pytest.raises(Refused) as refused:
        getattr(held, move)(**given, at=at)
    assert (refused.value.id, refused.value.state, refused.value.move) == (held.id, held.state, move)
    assert len(refused.value.reasons) == len(option.refusals) + len(option.untold)
    assert set(refused.value.allowed) == {o.move for o in options if o.answer is Answer.ALLOWED}


def is_walked_everywhere(entity: type[Any]) -> None:
    """The walks take every command there is."""
    assert set(WALKS[entity].commands) == {move.name for move in entity.lifecycle.moves if move.sources}


def jumps(entity: type[Any]) -> set[str]:
    """Every change of state that the table allows, as ``from -> to``: to be compared with the page of the trade."""
    return {f"{source} -> {to}" for source, to in entity.lifecycle.jumps()}
