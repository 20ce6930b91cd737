"""Facts and policies that cannot be are refused, and facts have one order."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Actor, Invalid
from relcore.customers import (
    HealthScored,
    LifecyclePolicy,
    Ordered,
    OverrideLifted,
    Recommended,
    Scored,
    Stage,
    StageOverridden,
    WalletShared,
    WonBack,
    fold,
)
from relcore.customers.lifecycle_facts import KINDS, AnyFact, ContractStarted, in_time
from relcore.ids import CustomerId
from tests.customers.lives import facts_of_a_life

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
BOB = Actor("person", "bob")
POLICY = LifecyclePolicy()


def day(days: float) -> datetime:
    return START + timedelta(days=days)


def override(**changed: Any) -> StageOverridden:
    usual = {"at": day(0), "stage": Stage.LOYAL, "until": day(30), "by": BOB, "reason": "met them"}
    return StageOverridden(**{**usual, **changed})


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ordered(at=START.replace(tzinfo=None)),
        lambda: Ordered(at=day(1), recognised_at=day(0)),
        lambda: Scored(at=day(0), probability_alive=1.1),
        lambda: Scored(at=day(0), probability_alive=float("nan")),
        lambda: HealthScored(at=day(0), health=-0.1),
        lambda: WalletShared(at=day(0), share=2),
        lambda: Recommended(at=day(0), nps=11),
        lambda: Recommended(at=day(0), nps=9.5),  # type: ignore[arg-type]
        lambda: Recommended(at=day(0), nps=True),
        lambda: override(until=day(0)),
        lambda: override(until=START.replace(tzinfo=None)),
        lambda: override(stage=Stage.DECEASED),
        lambda: override(stage=Stage.ERASED),
        lambda: override(stage="loyal"),
        lambda: override(by=None),
        lambda: override(reason=" "),
        lambda: OverrideLifted(at=day(0), by=BOB, reason=""),
        lambda: fold(ADA, [], policy=POLICY, as_of=START.replace(tzinfo=None)),
        lambda: LifecyclePolicy(default_gap=timedelta(0)),
        lambda: LifecyclePolicy(own_gaps=0),
        lambda: LifecyclePolicy(risk_after_gaps=float("nan")),
        lambda: LifecyclePolicy(risk_after_gaps=5),
        lambda: LifecyclePolicy(churn_after_gaps=float("inf")),
        lambda: LifecyclePolicy(shortest_churn=timedelta(days=30)),
        lambda: LifecyclePolicy(churn_below=0.6),
        lambda: LifecyclePolicy(onboarding=timedelta(0)),
        lambda: LifecyclePolicy(onboarded_from_health=1.5),
        lambda: LifecyclePolicy(loyal_from_tenure=timedelta(days=-1)),
        lambda: LifecyclePolicy(loyal_from_share=float("nan")),
        lambda: LifecyclePolicy(advocate_from_nps=11),
        lambda: LifecyclePolicy(advocacy_window=timedelta(0)),
        lambda: LifecyclePolicy(winback_window=timedelta(0)),
        lambda: LifecyclePolicy(zone="Middle/Earth"),
    ],
)
def test_what_cannot_be_is_refused(make: Any) -> None:
    with pytest.raises(Invalid):
        make()


@pytest.mark.parametrize(
    "make",
    [lambda: WonBack(at=day(0), permitted="yes"), lambda: ContractStarted(at=day(0), contract=7)],  # type: ignore[arg-type]
)
def test_what_is_of_another_type_is_refused(make: Any) -> None:
    with pytest.raises(Invalid):
        make()


def test_what_a_colleague_wrote_is_not_shown() -> None:
    assert "met them" not in repr(override())


def test_every_fact_has_its_place_among_those_of_one_moment() -> None:
    assert set(KINDS) == set(get_args(AnyFact))
    assert len(KINDS) == len(set(KINDS))


@given(facts_of_a_life(), st.randoms(use_true_random=False))
def test_facts_have_one_order(facts: list[AnyFact], chance: random.Random) -> None:
    shuffled = [*facts]
    chance.shuffle(shuffled)

    assert sorted(shuffled, key=in_time) == sorted(facts, key=in_time)
