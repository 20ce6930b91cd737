"""The customer lifecycle: folded from facts as of a time, by its table and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.customers import (
    CustomerHistory,
    Interested,
    LifecyclePolicy,
    Ordered,
    Scored,
    Stage,
    WonBack,
    customer_lifecycle,
    fold,
)
from relcore.customers.lifecycle_facts import AnyFact
from relcore.ids import CustomerId
from tests.customers import slow_lifecycle

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POLICY = LifecyclePolicy()
"""At risk after 2 gaps of 60 days, churned after 4; loyal from 4 orders over 180 days."""


def day(days: float) -> datetime:
    return START + timedelta(days=days)


def orders(*days: float) -> list[AnyFact]:
    return [Ordered(at=day(d)) for d in days]


def score(days: float, alive: float) -> Scored:
    return Scored(at=day(days), probability_alive=alive)


def stages(facts: Sequence[AnyFact], as_of: datetime, policy: LifecyclePolicy = POLICY) -> list[str]:
    return [str(stay.stage) for stay in fold(ADA, facts, policy=policy, as_of=as_of).stays]


LOYAL = orders(0, 60, 120, 180)
LOST = orders(0)  # at risk from day 120, churned from day 240

ROWS: dict[str, tuple[list[AnyFact], float, list[str]]] = {
    "known, interested": ([Interested(at=day(0))], 0, ["considering"]),
    "interested twice": ([Interested(at=day(0)), Interested(at=day(5))], 9, ["considering"]),
    "first order of a stranger": (orders(0), 0, ["new"]),
    "first order of a prospect": ([Interested(at=day(0)), *orders(3)], 3, ["considering", "new"]),
    "second order": (orders(0, 10), 10, ["new", "retained"]),
    "second order on the same day": (orders(0, 0.1), 1, ["new"]),
    "many orders in little time": (orders(0, 10, 20, 30, 40), 40, ["new", "retained"]),
    "few orders over much time": (orders(0, 100, 200), 200, ["new", "retained"]),
    "loyal": (LOYAL, 180, ["new", "retained", "loyal"]),
    "loyal, again": ([*LOYAL, *orders(200)], 200, ["new", "retained", "loyal"]),
    "new, silent": (LOST, 120, ["new", "at_risk"]),
    "retained, silent": (orders(0, 60), 180, ["new", "retained", "at_risk"]),
    "loyal, silent": (LOYAL, 300, ["new", "retained", "loyal", "at_risk"]),
    "silent for too long": (LOST, 240, ["new", "at_risk", "churned"]),
    "at risk, orders": (orders(0, 150), 150, ["new", "at_risk", "retained"]),
    "at risk, orders and is loyal": ([*LOYAL, *orders(310)], 310, ["new", "retained", "loyal", "at_risk", "loyal"]),
    "churned, orders": (orders(0, 300), 300, ["new", "at_risk", "churned", "retained"]),
    "churned, won back": ([*LOST, WonBack(at=day(250))], 250, ["new", "at_risk", "churned", "reactivating"]),
    "won back twice": (
        [*LOST, WonBack(at=day(250)), WonBack(at=day(290))], 310, ["new", "at_risk", "churned", "reactivating", "churned"],
    ),
    "won back, orders": (
        [*LOST, WonBack(at=day(250)), *orders(260)], 260, ["new", "at_risk", "churned", "reactivating", "retained"],
    ),
    "won back in vain": (
        [*LOST, WonBack(at=day(250))], 310, ["new", "at_risk", "churned", "reactivating", "churned"],
    ),
    "a score to worry about": ([*LOST, score(10, 0.4)], 10, ["new", "at_risk"]),
    "a score of a retained customer": ([*orders(0, 9), score(10, 0.4)], 10, ["new", "retained", "at_risk"]),
    "a score of a loyal customer": ([*LOYAL, score(190, 0.4)], 190, ["new", "retained", "loyal", "at_risk"]),
    "a score that is good enough": ([*LOST, score(10, 0.5)], 10, ["new"]),
    "a score to give up on": ([*LOST, score(10, 0.4), score(11, 0.09)], 11, ["new", "at_risk", "churned"]),
    "a score at risk that says nothing new": ([*LOST, score(10, 0.4), score(11, 0.1)], 11, ["new", "at_risk"]),
}  # fmt: skip


@pytest.mark.parametrize(("facts", "as_of", "expected"), ROWS.values(), ids=ROWS)
def test_every_row_of_the_table(facts: list[AnyFact], as_of: float, expected: list[str]) -> None:
    assert stages(facts, day(as_of)) == expected


def test_the_rows_above_are_all_there_are() -> None:
    causes = set()
    for facts, as_of, _ in ROWS.values():
        stays = fold(ADA, facts, policy=POLICY, as_of=day(as_of)).stays
        causes |= {(a.stage, b.stage) for a, b in pairwise(stays)}

    # Nobody stays merely aware for longer than the fact that made them known: both rows out of it are seen as a start.
    seen = causes | {(Stage.AWARE, Stage.CONSIDERING), (Stage.AWARE, Stage.NEW)}
    assert seen == customer_lifecycle.jumps()


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "boundary", "before", "then"),
    [
        (LOST, 120, "new", "at_risk"),
        (LOST, 240, "at_risk", "churned"),
        (
            orders(0, 10, 20),
            20 + 30,
            "retained",
            "at_risk",
        ),  # 2 gaps of 10 days, but nobody is at risk before 30
        (orders(0, 10, 20), 20 + 90, "at_risk", "churned"),  # 4 gaps of 10 days, but nobody is gone before 90
        (orders(0, 20, 60), 60 + 60, "retained", "at_risk"),  # the median of 20 and 40 is 30
        (orders(0, 20, 60, 80), 80 + 40, "retained", "at_risk"),  # the median of 20, 20 and 40 is 20
        ([*LOST, WonBack(at=day(250))], 310, "reactivating", "churned"),
    ],
)
def test_silence_counts_to_the_microsecond(
    facts: list[AnyFact], boundary: float, before: str, then: str
) -> None:
    assert stages(facts, day(boundary) - TICK)[-1] == before
    assert stages(facts, day(boundary))[-1] == then


def test_who_comes_at_the_very_moment_was_gone_and_is_back() -> None:
    assert stages(orders(0, 240), day(240)) == ["new", "at_risk", "retained"]
    history = fold(ADA, orders(0, 240), policy=POLICY, as_of=day(240))

    assert [stay.spell for stay in history.stays] == [1, 1, 2]


def test_who_comes_a_moment_earlier_never_left() -> None:
    facts = [*LOST, Ordered(at=day(240) - TICK)]

    assert fold(ADA, facts, policy=POLICY, as_of=day(240)).stays[-1].spell == 1


def test_time_alone_moves_a_customer_all_the_way() -> None:
    history = fold(ADA, LOST, policy=POLICY, as_of=day(10_000))

    assert [(str(s.stage), s.start, s.stop, s.cause) for s in history.stays] == [
        ("new", day(0), day(120), "Ordered"),
        ("at_risk", day(120), day(240), "long_silence"),
        ("churned", day(240), None, "too_long_silence"),
    ]


def test_orders_of_one_day_are_one_in_the_zone_of_the_policy() -> None:
    late_and_early = orders(0.45, 0.55)  # 22:48 and 01:12 UTC: one day in New York

    assert stages(late_and_early, day(1)) == ["new", "retained"]
    assert stages(late_and_early, day(1), LifecyclePolicy(zone="America/New_York")) == ["new"]


# --- spells ---------------------------------------------------------------------------------------


def test_a_return_from_churned_begins_a_new_spell() -> None:
    history = fold(ADA, orders(0, 300, 1000), policy=POLICY, as_of=day(1000))

    assert [(str(s.stage), s.spell, s.returned) for s in history.stays] == [
        ("new", 1, False), ("at_risk", 1, False), ("churned", 1, False),
        ("retained", 2, True), ("at_risk", 2, True), ("churned", 2, True), ("retained", 3, True),
    ]  # fmt: skip


def test_loyalty_is_earned_anew_in_each_spell() -> None:
    again = orders(1000, 1060, 1120)

    assert stages([*LOYAL, *again], day(1120))[-1] == "retained"
    assert stages([*LOYAL, *again, *orders(1180)], day(1180))[-1] == "loyal"


def test_a_return_on_the_day_of_the_last_order_counts_for_the_new_spell() -> None:
    gone = [*orders(0), score(0.01, 0.4), score(0.02, 0.01)]
    back = orders(0.03, 60, 120, 180.03)

    assert stages([*gone, *back], day(180.03)) == ["new", "at_risk", "churned", "retained", "loyal"]


# --- what is known --------------------------------------------------------------------------------


def test_a_fact_that_was_not_recognised_yet_changes_nothing() -> None:
    late = Ordered(at=day(100), recognised_at=day(150))
    facts = [*LOST, late]

    assert stages(facts, day(149)) == ["new", "at_risk"]
    assert stages(facts, day(150)) == ["new", "retained"]


def test_stays_begin_when_it_happened_and_not_when_it_became_known() -> None:
    late = Ordered(at=day(100), recognised_at=day(150))

    assert fold(ADA, [*LOST, late], policy=POLICY, as_of=day(150)).stays[-1].start == day(100)


def test_of_nobody_nothing_is_known() -> None:
    history = fold(ADA, orders(5), policy=POLICY, as_of=day(4))

    assert history == CustomerHistory(ADA, day(4), (), ())
    assert history.stage is None


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ([score(0, 0.1)], "aware"),
        ([WonBack(at=day(0))], "aware"),
        ([*LOST, WonBack(at=day(1))], "new"),
        ([*LOST, Interested(at=day(1))], "new"),
        ([*LOST, score(250, 0.01)], "churned"),
    ],
)
def test_a_fact_without_a_row_changes_nothing_and_is_listed(facts: list[AnyFact], stage: str) -> None:
    history = fold(ADA, facts, policy=POLICY, as_of=day(300))

    assert [(ignored.fact, str(ignored.stage)) for ignored in history.ignored] == [(facts[-1], stage)]


def test_a_fact_whose_rule_does_not_hold_is_no_question_of_data() -> None:
    assert fold(ADA, [*LOST, score(1, 0.9)], policy=POLICY, as_of=day(2)).ignored == ()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ordered(at=START.replace(tzinfo=None)),
        lambda: Ordered(at=day(1), recognised_at=day(0)),
        lambda: Scored(at=day(0), probability_alive=1.1),
        lambda: Scored(at=day(0), probability_alive=float("nan")),
        lambda: fold(ADA, [], policy=POLICY, as_of=START.replace(tzinfo=None)),
        lambda: LifecyclePolicy(default_gap=timedelta(0)),
        lambda: LifecyclePolicy(own_gaps=0),
        lambda: LifecyclePolicy(risk_after_gaps=float("nan")),
        lambda: LifecyclePolicy(risk_after_gaps=5),
        lambda: LifecyclePolicy(churn_after_gaps=float("inf")),
        lambda: LifecyclePolicy(shortest_churn=timedelta(days=30)),
        lambda: LifecyclePolicy(churn_below=0.6),
        lambda: LifecyclePolicy(winback_window=timedelta(0)),
        lambda: LifecyclePolicy(zone="Middle/Earth"),
    ],
)
def test_what_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(Invalid):
        make()


# --- properties -----------------------------------------------------------------------------------

hours = st.integers(0, 24 * 500)
delays = st.just(0) | st.integers(0, 24 * 90)


@st.composite
def facts_of_a_life(draw: st.DrawFn, late: bool = True) -> list[AnyFact]:
    facts: list[AnyFact] = []
    for _ in range(draw(st.integers(0, 9))):
        at = START + timedelta(hours=draw(hours | st.integers(0, 48)))
        known = at + timedelta(hours=draw(delays)) if late else at
        kind = draw(st.sampled_from([Ordered, Ordered, Ordered, Interested, WonBack, Scored]))
        extra = (
            {"probability_alive": draw(st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.9]))}
            if kind is Scored
            else {}
        )
        facts.append(kind(at=at, recognised_at=known, **extra))
    return facts


moments = hours.map(lambda h: START + timedelta(hours=h))
policies = st.builds(
    LifecyclePolicy,
    default_gap=st.sampled_from([timedelta(days=60), timedelta(days=10)]),
    own_gaps=st.integers(1, 3),
    shortest_risk=st.sampled_from([timedelta(days=30), timedelta(hours=5)]),
    loyal_from_orders=st.integers(2, 4),
    loyal_from_tenure=st.sampled_from([timedelta(days=180), timedelta(days=20)]),
    zone=st.sampled_from(["UTC", "Pacific/Auckland"]),
)


@given(facts_of_a_life(), policies, moments)
def test_the_table_says_what_plain_ifs_say(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    assert [(str(s.stage), s.start, s.spell) for s in stays] == slow_lifecycle.history(facts, policy, as_of)


@given(facts_of_a_life(), policies, moments, st.randoms())
def test_facts_come_in_any_order(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime, chance: random.Random
) -> None:
    history = fold(ADA, facts, policy=policy, as_of=as_of)

    shuffled = [*facts]
    chance.shuffle(shuffled)
    assert fold(ADA, shuffled, policy=policy, as_of=as_of) == history


@given(facts_of_a_life(late=False), policies, moments, moments)
def test_what_was_known_at_once_is_never_seen_otherwise_later(
    facts: list[AnyFact], policy: LifecyclePolicy, one: datetime, other: datetime
) -> None:
    earlier, later = (fold(ADA, facts, policy=policy, as_of=at).stays for at in sorted((one, other)))

    assert later[: max(0, len(earlier) - 1)] == earlier[:-1]
    for then, now in zip(earlier, later, strict=False):
        assert (then.stage, then.start, then.spell, then.cause) == (
            now.stage,
            now.start,
            now.spell,
            now.cause,
        )


@given(facts_of_a_life(), policies, moments)
def test_stays_tile_the_time_and_only_the_last_goes_on(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    known = [f.at for f in facts if f.recognised_at <= as_of]
    assert [s.start for s in stays[:1]] == ([min(known)] if known else [])
    assert all(s.stop is not None and s.start < s.stop == t.start for s, t in pairwise(stays))
    assert [s.stop for s in stays[-1:]] == [None] * bool(known)
    assert all(s.start <= as_of for s in stays)


@given(facts_of_a_life(), policies, moments)
def test_jumps_are_those_of_the_table_unless_a_stay_took_no_time(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    for here, there in pairwise(stays):
        assert there.stage in customer_lifecycle.reachable(here.stage)
        assert there.spell in (here.spell, here.spell + 1)
