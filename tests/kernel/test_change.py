"""A change is pure: the entity before, the entity after, and what happened between them."""

from __future__ import annotations

import attrs
import pytest

from relcore import Actor, Case, Invalid
from relcore.ids import CaseId, CustomerId
from relcore.kernel.change import Change, Moved
from relcore.kernel.errors import Illformed
from relcore.testing import CountingIds
from tests.strategies import NOON

ME = Actor("person", "u-1")


def opened() -> Change[Case]:
    ids = CountingIds()
    return Case.open(ids.new(CaseId), customer=ids.new(CustomerId), subject="Cannot log in", at=NOON, by=ME)


def test_a_state_that_changed_without_a_move_is_refused() -> None:
    case = opened().entity

    with pytest.raises(Illformed, match="went from 'new' to 'open' without a move"):
        Change(case, attrs.evolve(case, state=Case.lifecycle.table["new"]["accept"].to))


def test_a_move_that_leaves_another_state_is_refused() -> None:
    case = opened().entity
    move = Moved(case.id, "case@1", "resume", "on_hold", "open", NOON)

    with pytest.raises(Illformed, match="resume leaves 'on_hold', but it was 'new'"):
        Change(case, attrs.evolve(case, state=Case.lifecycle.table["new"]["accept"].to), (move,))


def test_a_chain_asked_of_another_entity_is_refused() -> None:
    other = opened().entity

    with pytest.raises(Illformed, match="not asked of the first one's entity"):
        opened().then(lambda case: other.accept(ME, at=NOON))


def test_the_fields_of_a_change_are_what_differs() -> None:
    change = opened().entity.accept(ME, at=NOON)

    assert change.fields == {"state": ("new", "open"), "owner": (None, ME)}


def test_the_fields_of_a_beginning_are_all_of_them() -> None:
    assert set(opened().fields) == {field.name for field in attrs.fields(Case)}


def test_what_happened_says_who_when_and_by_which_table() -> None:
    (event,) = opened().entity.accept(ME, at=NOON).events

    assert (event.machine, event.move, event.source, event.to) == ("case@1", "accept", "new", "open")
    assert (event.at, event.by) == (NOON, ME)


def test_only_an_actor_does_anything() -> None:
    with pytest.raises(Invalid, match="must be an Actor"):
        opened().entity.mark_spam(at=NOON, by="bob")  # type: ignore[arg-type]
