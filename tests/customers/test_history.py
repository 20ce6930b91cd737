"""What a colleague says against the facts: for a time, with a name and a reason, and never into the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given

from relcore import Actor
from relcore.customers import (
    Died,
    ErasureRequested,
    LifecyclePolicy,
    Ordered,
    OverrideLifted,
    Stage,
    StageOverridden,
    fold,
)
from relcore.customers.lifecycle_facts import SPOKEN, AnyFact
from relcore.ids import CustomerId
from tests.customers.lives import facts_of_a_life, moments, policies

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
BOB = Actor("person", "bob")
POLICY = LifecyclePolicy()
BOUGHT = Ordered(at=START)  # at risk from day 120, churned from day 240


def day(days: float) -> datetime:
    return START + timedelta(days=days)


def override(stage: Stage, start: float, until: float, **more: Any) -> StageOverridden:
    return StageOverridden(at=day(start), stage=stage, until=day(until), by=BOB, reason="met them", **more)


def asked(at: datetime, *facts: AnyFact) -> str | None:
    return fold(ADA, [BOUGHT, *facts], policy=POLICY, as_of=at).stage


def test_while_an_override_holds_it_is_the_answer_and_then_the_facts_are_again() -> None:
    loyal = override(Stage.LOYAL, 130, 200)

    assert asked(day(130) - TICK, loyal) == "at_risk"
    assert asked(day(130), loyal) == "loyal"
    assert asked(day(200) - TICK, loyal) == "loyal"
    assert asked(day(200), loyal) == "at_risk"
    assert asked(day(240), loyal) == "churned"


def test_the_history_knows_nothing_of_an_override() -> None:
    loyal = override(Stage.LOYAL, 130, 200)

    spoken = fold(ADA, [BOUGHT, loyal], policy=POLICY, as_of=day(150))

    assert spoken.stays == fold(ADA, [BOUGHT], policy=POLICY, as_of=day(150)).stays
    assert (spoken.stage, spoken.computed, spoken.override) == ("loyal", "at_risk", loyal)
    assert spoken.override is not None
    assert (spoken.override.by, spoken.override.reason) == (BOB, "met them")
    assert spoken.ignored == ()


def test_an_order_meanwhile_is_counted_beneath_it() -> None:
    lost = override(Stage.CHURNED, 10, 100)

    assert asked(day(50), lost, Ordered(at=day(20))) == "churned"
    assert asked(day(100), lost, Ordered(at=day(20))) == "retained"


def test_the_last_word_counts_and_when_it_is_over_the_one_before() -> None:
    words = override(Stage.LOYAL, 10, 100), override(Stage.AT_RISK, 20, 50)

    assert [asked(day(d), *words) for d in (15, 20, 49, 50, 99, 100)] == [
        "loyal", "at_risk", "at_risk", "loyal", "loyal", "new",
    ]  # fmt: skip


def test_it_can_be_taken_back() -> None:
    words = override(Stage.LOYAL, 10, 100), OverrideLifted(at=day(30), by=BOB, reason="a mistake")

    assert [asked(day(d), *words) for d in (29, 30)] == ["loyal", "new"]
    assert asked(day(31), *words, override(Stage.ADVOCATE, 31, 40)) == "advocate"


def test_it_holds_since_it_is_known() -> None:
    late = override(Stage.LOYAL, 10, 100, recognised_at=day(40))

    assert [asked(day(d), late) for d in (39, 40)] == ["new", "loyal"]


def test_nobody_is_brought_back_to_life_by_hand() -> None:
    loyal = override(Stage.LOYAL, 10, 100)

    assert asked(day(20), loyal, Died(at=day(15))) == "deceased"
    assert asked(day(20), loyal, ErasureRequested(at=day(15))) == "erased"


def test_who_is_known_by_an_override_alone_is_aware_when_it_is_over() -> None:
    history = fold(ADA, [override(Stage.CONSIDERING, 0, 10)], policy=POLICY, as_of=day(5))

    assert (history.stage, history.computed) == ("considering", "aware")


@given(facts_of_a_life(), policies(), moments)
def test_overrides_change_the_answer_and_no_stay(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    # That something was said makes a customer known, and when: told here by facts that move nobody either way.
    told = [fact for fact in facts if not isinstance(fact, SPOKEN)]
    first = min((fact.at for fact in told if fact.recognised_at <= as_of and fact.at <= as_of), default=None)
    spoken = [fact for fact in facts if isinstance(fact, SPOKEN) and first and fact.at >= first]

    plain = fold(ADA, told, policy=policy, as_of=as_of)
    with_words = fold(ADA, [*told, *spoken], policy=policy, as_of=as_of)

    assert [(s.stage, s.start, s.stop, s.cause, s.spell) for s in with_words.stays] == [
        (s.stage, s.start, s.stop, s.cause, s.spell) for s in plain.stays
    ]
    assert with_words.ignored == plain.ignored
    assert with_words.computed == plain.stage
    assert with_words.override is None or with_words.override in spoken
