"""An answer that settles a case and all that stands under it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Actor, Case, Invalid, Refused, Workspace
from relcore.ids import CaseId, CustomerId
from relcore.service import CaseFields, CaseState
from relcore.storage import in_memory
from relcore.testing import CountingIds, FixedClock
from relcore.workflows import resolve_with_children
from tests.strategies import NOON

IDS = CountingIds()
ME = Actor("person", "u-17")
HOUR = timedelta(hours=1)


def case(parent: CaseId | None = None) -> Case:
    return Case.open(
        IDS.new(CaseId), customer=IDS.new(CustomerId), subject="Cannot log in", parent=parent, at=NOON
    ).entity


def accepted(parent: CaseId | None = None) -> Case:
    return case(parent).accept(ME, at=NOON).entity


def test_an_outage_that_is_over_answers_all_that_it_caused_in_one_commit() -> None:
    workspace = Workspace(in_memory(), tenant="acme", clock=FixedClock("2026-03-01T09:00:00Z"))
    outage = Case.open(workspace.new(CaseId), customer=IDS.new(CustomerId), subject="Down", at=NOON).then(
        lambda case: case.accept(ME, at=NOON)
    )
    callers = [
        Case.open(
            workspace.new(CaseId),
            customer=IDS.new(CustomerId),
            subject="Help",
            parent=outage.entity.id,
            at=NOON,
        )
        for _ in range(3)
    ]
    workspace.commit(outage, *callers)

    parent = workspace.get(Case, outage.entity.id)
    below = workspace.find(Case, CaseFields.parent.is_(parent.id)).rows
    workspace.commit(
        *resolve_with_children(parent, below, "restarted", cause="disk_full", at=NOON + HOUR, by=ME)
    )

    answers = [workspace.get(Case, change.entity.id) for change in (outage, *callers)]
    assert {(c.state, c.resolution, c.cause, c.owner) for c in answers} == {
        (CaseState.RESOLVED, "restarted", "disk_full", ME)
    }


def test_the_lowest_come_first_and_what_is_done_stays_as_it_is() -> None:
    parent = accepted()
    child = accepted(parent.id)
    grandchild, gone = accepted(child.id), case(child.id).cancel("solved itself", at=NOON).entity

    changes = resolve_with_children(parent, [gone, child, grandchild], "r", cause="c", at=NOON, by=ME)

    assert [change.entity.id for change in changes] == [grandchild.id, child.id, parent.id]


def test_a_stranger_among_the_children_is_refused() -> None:
    parent = accepted()

    with pytest.raises(Invalid, match="must all stand under"):
        resolve_with_children(parent, [accepted(parent.id), accepted()], "r", cause="c", at=NOON)


def test_children_that_stand_in_a_circle_are_strangers() -> None:
    parent, one = accepted(), case()
    other = accepted(one.id)
    circle = [
        Case.open(one.id, customer=IDS.new(CustomerId), subject="s", parent=other.id, at=NOON).entity,
        other,
    ]

    with pytest.raises(Invalid, match="must all stand under"):
        resolve_with_children(parent, circle, "r", cause="c", at=NOON)


def test_if_one_cannot_be_resolved_none_is() -> None:
    parent = accepted()

    with pytest.raises(Refused, match="it needs cause"):
        resolve_with_children(parent, [accepted(parent.id)], "r", cause="", at=NOON)
