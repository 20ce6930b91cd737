"""A promise: kept in time or broken, and never made better by waiting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid, Promise, Refused, Workspace
from relcore.ids import CustomerId, InteractionId, LeadId, PromiseId
from relcore.testing import CountingIds
from relcore.work import PromiseFields, PromiseState, renegotiated
from tests.strategies import NOON
from tests.walks import is_walked_everywhere, jumps, keeps_its_table
from tests.walks.walk import ADA, ME

IDS = CountingIds()
DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


def made(**told: Any) -> Promise:
    given = {"what": "a call back", "promiser": ME, "promisee": ADA, "due": NOON + DAY, "at": NOON}
    return Promise.make(IDS.new(PromiseId), **given | told).entity


def test_the_walks_take_every_command() -> None:
    is_walked_everywhere(Promise)


@given(st.data())
def test_what_moves_allows_succeeds_and_the_rest_is_refused(data: st.DataObject) -> None:
    keeps_its_table(Promise, data)


def test_the_table_is_that_of_the_trade() -> None:
    assert jumps(Promise) == {f"open -> {end}" for end in ("kept", "broken", "renegotiated", "released")}


def test_a4_overdue_is_asked_as_of_a_time() -> None:
    promise = made()

    assert [promise.overdue(NOON + d) for d in (-DAY, DAY, DAY + INSTANT)] == [False, False, True]
    broken = promise.breach("forgotten", at=NOON + 3 * DAY).entity
    assert broken.overdue(NOON + 2 * DAY)
    assert not broken.overdue(NOON + 3 * DAY)


def test_it_is_kept_by_what_was_done_in_time_whenever_that_is_said() -> None:
    kept = made().keep(at=NOON + 5 * DAY, done_at=NOON + DAY).entity

    assert (kept.state, kept.kept_at, kept.ended_at) == (PromiseState.KEPT, NOON + DAY, NOON + 5 * DAY)
    assert made().keep(at=NOON + DAY).entity.kept_at == NOON + DAY


def test_a_promise_that_is_kept_late_is_broken() -> None:
    with pytest.raises(Refused, match="a promise that is kept late is broken"):
        made().keep(at=NOON + DAY + INSTANT)
    assert made().breach("late", at=NOON + 2 * DAY).entity.state is PromiseState.BROKEN


@pytest.mark.parametrize("done_at", [NOON - DAY, NOON + DAY])
def test_nothing_keeps_it_that_was_done_before_it_was_made_or_is_still_to_come(done_at: Any) -> None:
    with pytest.raises(Refused, match="after it was made and is not still to come"):
        made().keep(at=NOON + DAY / 2, done_at=done_at)


def test_a_renegotiated_promise_points_to_its_successor_which_points_back_and_keeps_the_first_date() -> None:
    first = made(said_in=IDS.new(InteractionId))

    old, new = renegotiated(first, IDS.new(PromiseId), due=NOON + 3 * DAY, at=NOON)
    again, last = renegotiated(new.entity, IDS.new(PromiseId), due=NOON + 9 * DAY, at=NOON + 2 * DAY)

    assert old.entity.state is again.entity.state is PromiseState.RENEGOTIATED
    assert old.entity.successor == new.entity.id
    assert (new.entity.instead_of, new.entity.what) == (first.id, first.what)
    assert new.entity.said_in == first.said_in
    assert (last.entity.due, last.entity.first_due) == (NOON + 9 * DAY, NOON + DAY)


def test_when_its_time_is_over_it_can_neither_be_renegotiated_nor_released() -> None:
    promise = made()

    assert promise.release("no need", at=NOON + DAY).entity.state is PromiseState.RELEASED
    for late in (
        lambda: promise.release("no need", at=NOON + DAY + INSTANT),
        lambda: promise.renegotiate(IDS.new(PromiseId), at=NOON + DAY + INSTANT),
    ):
        with pytest.raises(Refused, match="its time is over: it was kept or it is broken"):
            late()


def test_it_cannot_take_its_own_place() -> None:
    promise = made()

    with pytest.raises(Refused, match="it cannot take its own place"):
        promise.renegotiate(promise.id, at=NOON)
    with pytest.raises(Invalid, match="must be another promise"):
        Promise.make(
            promise.id, what="x", promiser=ME, promisee=ADA, due=NOON, at=NOON, instead_of=promise.id
        )  # fmt: skip


@pytest.mark.parametrize(
    "wrong", [{"due": NOON - DAY}, {"what": ""}, {"promisee": ME}, {"promiser": "me"}, {"due": None}]
)
def test_what_it_cannot_be_is_no_promise(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        made(**wrong)


def test_a_clock_that_goes_backwards_is_refused() -> None:
    with pytest.raises(Refused, match="look at the clock"):
        made().breach("forgotten", at=NOON - DAY)


def test_what_was_promised_to_a_lead_is_promised_to_the_customer() -> None:
    ada, lead = IDS.new(CustomerId), IDS.new(LeadId)

    converted = made(lead=lead).reattribute(ada, at=NOON).entity

    assert (converted.customer, converted.lead) == (ada, lead)


def test_what_was_promised_is_not_shown() -> None:
    assert "call back" not in repr(made())


def test_what_a_colleague_promised_is_found_by_date(workspace: Workspace) -> None:
    changes = [
        Promise.make(IDS.new(PromiseId), what="x", promiser=ME, promisee=ADA, due=NOON + n * DAY, at=NOON)
        for n in range(3)
    ]
    workspace.commit(*changes)

    mine = PromiseFields.promiser.is_(ME) & PromiseFields.due.before(NOON + 2 * DAY)

    assert {row.id for row in workspace.find(Promise, mine).rows} == {c.entity.id for c in changes[:2]}
