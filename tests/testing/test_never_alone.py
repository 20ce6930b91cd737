"""What is up to the door no adapter can get wrong: so the door is opened, and the clause that guards it is seen to fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import pytest

from relcore.kernel import paging, repository
from relcore.kernel.actor import Actor
from relcore.kernel.change import Change, Moved
from relcore.kernel.paging import Page
from relcore.kernel.repository import Batch
from relcore.service.case import Case
from relcore.storage import in_memory, workspace
from relcore.testing import Candidate, check
from relcore.testing.clause import Broken, clause_of
from relcore.testing.saboteurs.levels import Lowest
from relcore.testing.saboteurs.never_alone import AT_THE_DOOR, NEVER_ALONE

Open = Callable[[pytest.MonkeyPatch], None]


def each_once(changes: Any, reads: Any, key: str, at: Any) -> Batch:
    changed = {change.entity.id: change for change in changes}
    read = {row.id: row for row in reads if row.id not in changed}
    return Batch(tuple(changed.values()), tuple(read.values()), key, at)


def a_full_page_has_another(*asked: Any) -> Page[Any]:
    *_, limit, rows = asked
    return Page(tuple(rows[:limit]), "more" if len(rows) >= limit else None)


def unseen(*_: Any) -> None:
    """Whatever comes is let through."""


def as_it_is(_: Any, order: Any) -> Any:
    return tuple(order)


def anybodys(*_: Any) -> str:
    return "anybody's"


def in_whatever_state(case: Case, owner: Actor, *, at: datetime) -> Change[Case]:
    moved = Moved(case.id, Case.lifecycle.stamp, "assign", case.state, case.state, at)
    return Change(case, attrs.evolve(case, owner=owner), (moved,))


DOORS: dict[str, Open] = {
    "A7": lambda door: door.setattr(workspace, "Batch", each_once),
    "E9": lambda door: door.setattr(workspace, "checked_scan", unseen),
    "G7": lambda door: door.setattr(paging, "_bound_to", anybodys),
    "G8": lambda door: door.setattr(workspace, "paged", a_full_page_has_another),
    "G10": lambda door: door.setattr(workspace, "checked_order", as_it_is),
    "T12": lambda door: door.setattr("attr._config._run_validators", False),
    "U2": lambda door: door.setattr(repository, "_check_unique", unseen),
    "V10": lambda door: door.setattr(Case, "assign", in_whatever_state),
    "X3": lambda door: door.setattr(workspace, "check_offered", unseen),
}


def test_every_clause_that_guards_the_door_is_tried() -> None:
    assert DOORS.keys() == {id for id, why in NEVER_ALONE.items() if why == AT_THE_DOOR}


@pytest.mark.parametrize("id", DOORS)
def test_a_clause_that_guards_the_door_fails_when_it_is_open(
    id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Lowest() if id == "X3" else in_memory()
    candidate = Candidate(lambda: store)
    check(clause_of(id), candidate)

    DOORS[id](monkeypatch)

    with pytest.raises(Broken):
        check(clause_of(id), candidate)
