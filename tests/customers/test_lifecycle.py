"""The customer lifecycle: folded from facts as of a time, by its table and nothing else."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore.customers import (
    ContractCancelled,
    ContractLapsed,
    ContractRenewed,
    ContractStarted,
    CustomerHistory,
    Declined,
    Died,
    ErasureRequested,
    HealthScored,
    Interested,
    LifecyclePolicy,
    NoticeGiven,
    Ordered,
    PaymentOverdue,
    Recommended,
    Recovered,
    ReferralConverted,
    Scored,
    Stage,
    UsageDropped,
    WalletShared,
    WonBack,
    customer_lifecycle,
    fold,
)
from relcore.customers.lifecycle_facts import AnyFact
from relcore.ids import CustomerId
from relcore.kernel.lifecycle import Category
from tests.customers import slow_lifecycle
from tests.customers.lives import facts_of_a_life, moments, policies

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
POLICY = LifecyclePolicy()
"""At risk after 2 gaps of 60 days, churned after 4; loyal from 4 orders over 180 days; onboarded in 90, advocate for 365."""


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
MEMBER: list[AnyFact] = [ContractStarted(at=day(0))]  # never at risk by silence

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
    "enough orders, and then tenure": (orders(0, 50, 100, 150), 180, ["new", "retained", "loyal"]),
    "onboarded in good health": ([*LOST, HealthScored(at=day(20), health=0.5)], 90, ["new", "retained"]),
    "healthy after the window": ([*LOST, HealthScored(at=day(95), health=0.5)], 95, ["new", "retained"]),
    "onboarded in poor health": ([*LOST, HealthScored(at=day(20), health=0.49)], 90, ["new"]),
    "healthy no longer": (
        [*LOST, HealthScored(at=day(20), health=0.9), HealthScored(at=day(80), health=0.1)], 90, ["new"],
    ),
    "most of the wallet": ([*orders(0, 9), WalletShared(at=day(20), share=0.5)], 20, ["new", "retained", "loyal"]),
    "little of the wallet": ([*orders(0, 9), WalletShared(at=day(20), share=0.4)], 20, ["new", "retained"]),
    "a referral of a retained customer": (
        [*orders(0, 9), ReferralConverted(at=day(20))], 20, ["new", "retained", "advocate"],
    ),
    "a referral of a loyal customer": (
        [*LOYAL, ReferralConverted(at=day(190))], 190, ["new", "retained", "loyal", "advocate"],
    ),
    "recommends in public": (
        [*orders(0, 9), Recommended(at=day(20), nps=9)], 20, ["new", "retained", "advocate"],
    ),
    "speaks in public, and would not recommend": (
        [*orders(0, 9), Recommended(at=day(20), nps=8)], 20, ["new", "retained"],
    ),
    "an advocate who fell silent about us": (
        [*MEMBER, ContractRenewed(at=day(9)), ReferralConverted(at=day(20))], 385,
        ["new", "retained", "advocate", "loyal"],
    ),
    "an advocate who speaks again": (
        [*MEMBER, ContractRenewed(at=day(9)), ReferralConverted(at=day(20)), Recommended(at=day(200), nps=10)], 564,
        ["new", "retained", "advocate"],
    ),
    "an advocate who buys no more": (
        [*orders(0, 9), ReferralConverted(at=day(20))], 129, ["new", "retained", "advocate", "at_risk"],
    ),
    "a contract is a first order": (MEMBER, 1000, ["new"]),
    "a first renewal": ([*MEMBER, ContractRenewed(at=day(365))], 1000, ["new", "retained"]),
    "a notice": ([*MEMBER, NoticeGiven(at=day(50))], 1000, ["new", "at_risk"]),
    "usage drops": ([*MEMBER, UsageDropped(at=day(50))], 1000, ["new", "at_risk"]),
    "they do not pay": ([*MEMBER, PaymentOverdue(at=day(50))], 1000, ["new", "at_risk"]),
    "they paid after all": (
        [*MEMBER, PaymentOverdue(at=day(50)), Recovered(at=day(60))], 1000, ["new", "at_risk", "retained"],
    ),
    "a loyal customer withdraws the notice": (
        [*LOYAL, NoticeGiven(at=day(190)), Recovered(at=day(200))], 200,
        ["new", "retained", "loyal", "at_risk", "loyal"],
    ),
    "a notice, and the end": (
        [*MEMBER, NoticeGiven(at=day(50)), ContractCancelled(at=day(80))], 80, ["new", "at_risk", "churned"],
    ),
    "an end without notice": ([*MEMBER, ContractLapsed(at=day(80))], 80, ["new", "churned"]),
    "an end of a retained one": ([*orders(0), *MEMBER, *orders(9), ContractLapsed(at=day(80))], 80, ["new", "retained", "churned"]),
    "an end of a loyal one": (
        [*MEMBER, *LOYAL, ContractCancelled(at=day(190))], 190, ["new", "retained", "loyal", "churned"],
    ),
    "an end of an advocate": (
        [*MEMBER, *orders(9), ReferralConverted(at=day(20)), ContractCancelled(at=day(30))], 30,
        ["new", "retained", "advocate", "churned"],
    ),
    "a contract after the end": (
        [*MEMBER, ContractLapsed(at=day(80)), ContractStarted(at=day(90))], 90, ["new", "churned", "retained"],
    ),
    "a contact that was not permitted": (
        [*LOST, WonBack(at=day(250), permitted=False)], 250, ["new", "at_risk", "churned"],
    ),
    "a prospect turned away": ([Interested(at=day(0)), Declined(at=day(1))], 1, ["considering", "declined"]),
}  # fmt: skip

REACHING = {
    Stage.AWARE: [score(0, 0.9)],
    Stage.CONSIDERING: [Interested(at=day(0))],
    Stage.NEW: LOST,
    Stage.RETAINED: orders(0, 9),
    Stage.LOYAL: LOYAL,
    Stage.ADVOCATE: [*LOYAL, ReferralConverted(at=day(190))],
    Stage.AT_RISK: [*LOST, score(10, 0.4)],
    Stage.CHURNED: [*LOST, score(10, 0.4), score(11, 0.0)],
    Stage.REACTIVATING: [*LOST, score(10, 0.4), score(11, 0.0), WonBack(at=day(12))],
    Stage.DECLINED: [Declined(at=day(0))],
    Stage.DECEASED: [Died(at=day(0))],
    Stage.ERASED: [ErasureRequested(at=day(0))],
}
"""Some way to each stage, by day 195 at the latest and for a day at least."""


@pytest.mark.parametrize(("facts", "as_of", "expected"), ROWS.values(), ids=ROWS)
def test_every_row_of_the_table(facts: list[AnyFact], as_of: float, expected: list[str]) -> None:
    assert stages(facts, day(as_of)) == expected


@pytest.mark.parametrize("stage", Stage)
def test_each_stage_is_reached(stage: Stage) -> None:
    until = max(fact.at for fact in REACHING[stage])

    assert fold(ADA, REACHING[stage], policy=POLICY, as_of=until).stage is stage


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in (Stage.DECEASED, Stage.ERASED)])
def test_a_notice_of_death_ends_it_wherever_they_stood(stage: Stage) -> None:
    died = max(fact.at for fact in REACHING[stage]) + timedelta(hours=1)
    facts = [*REACHING[stage], Died(at=died), Ordered(at=died + timedelta(days=1))]

    history = fold(ADA, facts, policy=POLICY, as_of=day(9999))

    assert (history.stage, history.stays[-1].start, history.stays[-2].stage) == ("deceased", died, stage)
    assert [ignored.fact for ignored in history.ignored if isinstance(ignored.fact, Ordered)] == facts[-1:]


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.ERASED])
def test_a_request_of_the_subject_erases_from_wherever_they_stood(stage: Stage) -> None:
    asked = max(fact.at for fact in REACHING[stage]) + timedelta(hours=1)
    facts = [*REACHING[stage], ErasureRequested(at=asked), Died(at=asked + timedelta(days=1))]

    history = fold(ADA, facts, policy=POLICY, as_of=day(9999))

    assert (history.stage, history.stays[-1].start, history.stays[-2].stage) == ("erased", asked, stage)
    assert history.ignored[-1].fact == facts[-1]


def test_the_rows_above_are_all_there_are() -> None:
    seen = set()
    for facts, as_of, _ in ROWS.values():
        stays = fold(ADA, facts, policy=POLICY, as_of=day(as_of)).stays
        seen |= {(a.stage, b.stage) for a, b in pairwise(stays)}

    # Nobody stays merely aware for longer than the fact that made them known: the rows out of it are seen as a start.
    seen |= {(Stage.AWARE, Stage.CONSIDERING), (Stage.AWARE, Stage.NEW), (Stage.AWARE, Stage.DECLINED)}
    ends = {(a, b) for a, b in customer_lifecycle.jumps() if b in (Stage.DECEASED, Stage.ERASED)}
    assert seen == customer_lifecycle.jumps() - ends


def test_a1_declined_and_deceased_are_closed_and_only_erased_is_final() -> None:
    out = {stage: customer_lifecycle.reachable(stage) - {stage} for stage in Stage}

    assert customer_lifecycle.final == (Stage.ERASED,)
    assert out[Stage.ERASED] == set()
    assert out[Stage.DECEASED] == {Stage.ERASED}
    assert out[Stage.DECLINED] == {Stage.DECEASED, Stage.ERASED}
    assert customer_lifecycle.states[Stage.DECEASED] is Category.VOID  # no rate counts the dead as lost


def test_who_is_healthy_only_after_the_window_is_retained_from_then_and_not_before() -> None:
    facts = [*LOST, HealthScored(at=day(95), health=0.5)]

    assert fold(ADA, facts, policy=POLICY, as_of=day(100)).stays[-1].start == day(95)


def test_a_public_word_of_who_would_not_recommend_us_prolongs_nothing() -> None:
    advocate = [*MEMBER, ContractRenewed(at=day(9)), ReferralConverted(at=day(20))]
    facts = [*advocate, Recommended(at=day(200), nps=8)]

    assert stages(facts, day(384))[-1] == "advocate"
    assert stages(facts, day(385))[-1] == "loyal"


# --- contracts ------------------------------------------------------------------------------------


def test_g1_with_a_contract_churn_is_an_event_and_without_one_an_inference() -> None:
    assert stages(MEMBER, day(5000)) == ["new"]
    assert stages(LOST, day(5000)) == ["new", "at_risk", "churned"]
    assert stages([*MEMBER, ContractLapsed(at=day(400))], day(399))[-1] == "new"
    assert stages([*MEMBER, ContractLapsed(at=day(400))], day(400))[-1] == "churned"


def test_no_score_gives_up_who_has_a_contract() -> None:
    facts = [*MEMBER, score(10, 0.4), score(11, 0.0)]

    assert stages(facts, day(5000)) == ["new", "at_risk"]


def test_who_has_another_contract_is_not_gone() -> None:
    two = [ContractStarted(at=day(0), contract="phone"), ContractStarted(at=day(1), contract="internet")]
    one_ends = [*two, ContractCancelled(at=day(50), contract="phone")]

    assert stages(one_ends, day(5000)) == ["new", "retained"]
    assert stages([*one_ends, ContractLapsed(at=day(60), contract="internet")], day(60))[-1] == "churned"


def test_silence_begins_to_count_again_with_the_end_of_a_contract_that_was_no_end() -> None:
    facts = [*MEMBER, ContractLapsed(at=day(80)), *orders(90)]

    assert stages(facts, day(90)) == ["new", "churned", "retained"]
    assert stages(facts, day(90 + 120))[-1] == "at_risk"


def test_a_late_notice_dates_the_end_back_to_when_it_was() -> None:
    facts = [*MEMBER, ContractLapsed(at=day(100), recognised_at=day(150))]

    assert stages(facts, day(149)) == ["new"]
    gone = fold(ADA, facts, policy=POLICY, as_of=day(150)).stays[-1]
    assert (gone.stage, gone.start, gone.recognised_at) == ("churned", day(100), day(150))


def test_recovering_is_a_sign_of_life_and_no_order() -> None:
    facts = [*LOST, PaymentOverdue(at=day(50)), Recovered(at=day(100))]

    assert stages(facts, day(100)) == ["new", "at_risk", "retained"]
    assert stages(facts, day(219))[-1] == "retained"
    assert stages(facts, day(220))[-1] == "at_risk"


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


def test_a_stay_is_recognised_when_all_before_it_was() -> None:
    """The second order makes nobody retained until the first is known, too."""
    facts = [Ordered(at=day(0), recognised_at=day(50)), *orders(10)]

    retained = fold(ADA, facts, policy=POLICY, as_of=day(60)).stays[-1]

    assert (retained.stage, retained.start, retained.recognised_at) == ("retained", day(10), day(50))
    assert stages(facts, day(49)) == ["new"]


def test_of_nobody_nothing_is_known() -> None:
    history = fold(ADA, orders(5), policy=POLICY, as_of=day(4))

    assert history == CustomerHistory(ADA, day(4), (), ())
    assert history.computed is None
    assert history.stage is None


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        ([score(0, 0.1)], "aware"),
        ([WonBack(at=day(0))], "aware"),
        ([*LOST, WonBack(at=day(1))], "new"),
        ([*LOST, Interested(at=day(1))], "new"),
        ([*LOST, score(250, 0.01)], "churned"),
        ([*LOST, ReferralConverted(at=day(1))], "new"),
        ([*LOST, Declined(at=day(1))], "new"),
        ([Interested(at=day(0)), NoticeGiven(at=day(1))], "considering"),
        ([Declined(at=day(0)), *orders(1)], "declined"),
    ],
)
def test_a_fact_without_a_row_changes_nothing_and_is_listed(facts: list[AnyFact], stage: str) -> None:
    history = fold(ADA, facts, policy=POLICY, as_of=day(300))

    assert [(ignored.fact, str(ignored.stage)) for ignored in history.ignored] == [(facts[-1], stage)]


def test_a_fact_whose_rule_does_not_hold_is_no_question_of_data() -> None:
    assert fold(ADA, [*LOST, score(1, 0.9)], policy=POLICY, as_of=day(2)).ignored == ()


# --- properties -----------------------------------------------------------------------------------

anybody = policies() | st.just(POLICY)


@given(facts_of_a_life(), anybody, moments)
def test_the_table_says_what_plain_ifs_say(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    assert [(str(s.stage), s.start, s.spell) for s in stays] == slow_lifecycle.history(facts, policy, as_of)


@given(facts_of_a_life(), anybody, moments, st.randoms())
def test_facts_come_in_any_order(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime, chance: random.Random
) -> None:
    history = fold(ADA, facts, policy=policy, as_of=as_of)

    shuffled = [*facts]
    chance.shuffle(shuffled)
    assert fold(ADA, shuffled, policy=policy, as_of=as_of) == history


@given(facts_of_a_life(late=False), anybody, moments, moments)
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


@given(facts_of_a_life(), anybody, moments)
def test_stays_tile_the_time_and_only_the_last_goes_on(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    known = [f.at for f in facts if f.recognised_at <= as_of]
    assert [s.start for s in stays[:1]] == ([min(known)] if known else [])
    assert all(s.stop is not None and s.start < s.stop == t.start for s, t in pairwise(stays))
    assert [s.stop for s in stays[-1:]] == [None] * bool(known)
    assert all(s.start <= as_of for s in stays)


@given(facts_of_a_life(), anybody, moments)
def test_jumps_are_those_of_the_table_unless_a_stay_took_no_time(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    stays = fold(ADA, facts, policy=policy, as_of=as_of).stays

    for here, there in pairwise(stays):
        assert there.stage in customer_lifecycle.reachable(here.stage)
        assert there.spell in (here.spell, here.spell + 1)


@given(facts_of_a_life(), anybody, moments)
def test_who_asks_as_of_when_a_stay_was_recognised_is_told_of_it(
    facts: list[AnyFact], policy: LifecyclePolicy, as_of: datetime
) -> None:
    for stay in fold(ADA, facts, policy=policy, as_of=as_of).stays:
        assert stay.start <= stay.recognised_at <= as_of
        then = fold(ADA, facts, policy=policy, as_of=stay.recognised_at).stays
        assert (stay.stage, stay.start, stay.spell) in [(s.stage, s.start, s.spell) for s in then]
