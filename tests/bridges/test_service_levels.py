"""The vectorised twin of service-level clocks shows for millions of cases what the policy shows for one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Case, Invalid
from relcore.bridges import Stories, clock_targets, service_clocks
from relcore.bridges.service_levels import CASES_AT_A_TIME, CLOCK_STATES, KINDS, NEVER, NOT_PROMISED
from relcore.ids import CaseId, CustomerId
from relcore.kernel.clock import from_microseconds, microseconds
from relcore.service import Calendar, ClockState, Goal, MarkKind, Priority, ServiceLevel, Target
from relcore.testing import CountingIds
from tests.stories import asked_at, goal_times, levels, stories

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
IDS = CountingIds()
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
OFFICE = Calendar.weekly("Europe/Berlin", {"mon-fri": "09:00-17:00"})


def columns(told):
    codes = {kind: code for code, kind in enumerate(KINDS)}
    return Stories(
        np.cumsum([0, *map(len, told)]),
        np.array([codes[mark.kind] for story in told for mark in story], dtype=np.int8),
        np.array([microseconds(mark.at) for story in told for mark in story], dtype=np.int64),
    )


def shown(found):
    """The rows as the clocks they stand for."""
    table = zip(
        *(
            column.tolist()
            for column in (
                found.case, found.state, found.elapsed, found.remaining, found.late_by, found.deadline, found.at_risk, found.completed,
            )
        ),
        strict=True,
    )  # fmt: skip
    return [
        (
            case, CLOCK_STATES[state], spent * TICK, left * TICK, late * TICK,
            None if due == NEVER else from_microseconds(due), risk, done,
        )
        for case, state, spent, left, late, due, risk, done in table
    ]  # fmt: skip


def one_by_one(level, goal, told, targets, as_of):
    return [
        (
            case, clock.state, clock.elapsed, clock.remaining, clock.late_by, clock.deadline, clock.at_risk,
            clock.stopped_at is not None,
        )
        for case, (story, target) in enumerate(zip(told, targets, strict=True))
        if target is not None
        for clock in level.read(goal, story, target, as_of=as_of)
    ]  # fmt: skip


@given(
    levels,
    st.sampled_from(Goal),
    st.lists(st.tuples(stories(), st.none() | goal_times), min_size=1, max_size=8),
    asked_at,
)
def test_it_shows_what_the_policy_shows_for_each_case(level, goal, cases, as_of):
    told, targets = zip(*cases, strict=True)
    column = np.array([NOT_PROMISED if target is None else target // TICK for target in targets])

    found = service_clocks(level, goal, columns(told), column, as_of=as_of)

    assert shown(found) == one_by_one(level, goal, told, targets, as_of)


def test_cases_at_hand_become_columns_with_their_targets() -> None:
    level = ServiceLevel(
        "gold",
        version=1,
        calendar=OFFICE,
        targets=[Target(resolution=2 * HOUR, priority=Priority.URGENT), Target(first_response=HOUR)],
    )
    urgent, usual = (
        Case.open(
            IDS.new(CaseId),
            customer=IDS.new(CustomerId),
            subject="Cannot log in",
            priority=priority,
            at=MONDAY,
        )
        .then(lambda case: case.accept(Actor("person", "u-1"), at=MONDAY + HOUR))
        .then(lambda case: case.respond(at=MONDAY + 3 * HOUR))
        .entity
        for priority in (Priority.URGENT, Priority.NORMAL)
    )

    target = clock_targets(level, Goal.RESOLUTION, [urgent, usual])
    found = service_clocks(
        level, Goal.RESOLUTION, Stories.of([urgent, usual]), target, as_of=MONDAY + 4 * HOUR
    )

    assert target.tolist() == [2 * HOUR // TICK, NOT_PROMISED]
    assert found.case.tolist() == [0]
    assert CLOCK_STATES[found.state[0]] is ClockState.MISSED
    assert found.late_by[0] * TICK == 2 * HOUR


def test_no_case_has_no_clock() -> None:
    nothing = np.empty(0, dtype=np.int64)
    level = ServiceLevel("gold", version=1, calendar=OFFICE, targets=[Target(first_response=HOUR)])
    none = Stories(np.zeros(1, dtype=np.int64), nothing.astype(np.int8), nothing)

    found = service_clocks(level, Goal.FIRST_RESPONSE, none, nothing, as_of=MONDAY)

    assert found.case.size == 0


def test_stories_that_are_none_are_refused() -> None:
    level = ServiceLevel("gold", version=1, calendar=OFFICE, targets=[Target(first_response=HOUR)])
    kind, at = np.zeros(2, dtype=np.int8), np.array([5, 3])

    with pytest.raises(Invalid, match="in the order of time"):
        Stories(np.array([0, 2]), kind, at)
    with pytest.raises(Invalid, match="rise from 0"):
        Stories(np.array([0, 1]), kind, at)
    with pytest.raises(Invalid, match="one kind and one moment"):
        Stories(np.array([0, 2]), kind[:1], at)
    with pytest.raises(Invalid, match="position in KINDS"):
        Stories(np.array([0, 1, 2]), kind + len(KINDS), at)
    two = Stories(np.array([0, 1, 2]), kind, at)
    for target in (np.array([1]), np.array([0, 1])):
        with pytest.raises(Invalid, match="target must"):
            service_clocks(level, Goal.FIRST_RESPONSE, two, target, as_of=MONDAY)


def drawn(n: int, seed: int = 7) -> Stories:
    """(n,) cases of four marks: opened, answered, waiting for the customer, resolved."""
    random = np.random.default_rng(seed)
    at = np.cumsum(random.integers(0, 3 * 86_400_000_000, (n, 4)), axis=1)
    at += microseconds(MONDAY) + random.integers(0, 300, (n, 1)) * 86_400_000_000
    story = [MarkKind.OPENED, MarkKind.RESPONDED, MarkKind.PENDING_CUSTOMER, MarkKind.RESOLVED]
    kind = np.tile(np.array([KINDS.index(mark) for mark in story], dtype=np.int8), n)
    return Stories(np.arange(0, 4 * n + 1, 4), kind, at.ravel())


def test_many_cases_are_read_a_share_at_a_time_and_come_back_as_one() -> None:
    level = ServiceLevel("gold", version=1, calendar=OFFICE, targets=[Target(resolution=HOUR)])
    cases = drawn(CASES_AT_A_TIME + 1000)
    as_of, target = MONDAY + timedelta(days=200), np.full(len(cases), 8 * HOUR // TICK)
    whole = service_clocks(level, Goal.RESOLUTION, cases, target, as_of=as_of)
    tail = slice(len(cases) - 1000, len(cases))
    marks = slice(cases.first[tail.start], cases.first[-1])
    rest = Stories(cases.first[tail.start :] - marks.start, cases.kind[marks], cases.at[marks])

    found = service_clocks(level, Goal.RESOLUTION, rest, target[tail], as_of=as_of)

    assert whole.case.tolist() == list(range(len(cases)))
    assert (found.elapsed == whole.elapsed[tail]).all()
    assert (found.deadline == whole.deadline[tail]).all()


def test_a_hundred_thousand_cases_take_less_than_a_second() -> None:
    level = ServiceLevel("gold", version=1, calendar=OFFICE, targets=[Target(resolution=HOUR)])
    cases = drawn(100_000)
    target = np.full(len(cases), 8 * HOUR // TICK)
    began = time.process_time()
    service_clocks(level, Goal.RESOLUTION, cases, target, as_of=MONDAY + timedelta(days=200))
    assert time.process_time() - began < 1
