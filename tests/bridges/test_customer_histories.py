"""From what is kept to where everybody stood: the fold of each customer, as columns and one by one."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from relcore import Actor, Customer, Invalid, Money, Order, Workspace
from relcore.analytics import JumpChain, KaplanMeier, PeriodMatrix
from relcore.bridges import Histories, histories
from relcore.customers import (
    ContractCancelled,
    ContractStarted,
    Died,
    Interested,
    LifecyclePolicy,
    Ordered,
    Scored,
    Stage,
    StageOverridden,
    WonBack,
    customer_lifecycle,
    fold,
)
from relcore.ids import CustomerId, OrderId
from relcore.service.case import Case

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
POLICY = LifecyclePolicy()
ORDERS = {
    "ada": [0, 60, 120, 180, 310],  # loyal, at risk, loyal again
    "bea": [0, 300],  # churned and back
    "cai": [5],  # at risk, churned
    "dan": [200, 320],  # at risk at the very moment of the second order
}
WHO = {name: CustomerId.imported("shop", name) for name in [*ORDERS, "eve"]}


def day(days):
    return START + timedelta(days=days)


@pytest.fixture
def kept(workspace: Workspace) -> Workspace:
    changes = [Customer.create(WHO[name], name=name, at=START) for name in ORDERS]
    for name, days in ORDERS.items():
        for n, d in enumerate(days):
            order = Order.place(
                OrderId.imported("shop", f"{name}{n}"),
                customer=WHO[name],
                amount=Money("10.00", "EUR"),
                at=day(d),
            )
            changes.append(order.then(lambda o: o.pay(at=o.placed_at)))
    unpaid = Order.place(
        OrderId.imported("shop", "unpaid"), customer=WHO["cai"], amount=Money("1.00", "EUR"), at=day(30)
    )
    workspace.commit(*changes, unpaid)
    return workspace


BOB = Actor("person", "bob")


def override(stage, start, until):
    return StageOverridden(at=day(start), stage=stage, until=day(until), by=BOB, reason="met them")


FACTS = {
    WHO["ada"]: [override(Stage.ADVOCATE, 90, 110), override(Stage.CHURNED, 390, 410)],
    WHO["dan"]: [Died(at=day(210), recognised_at=day(312)), override(Stage.LOYAL, 205, 999)],
    WHO["bea"]: [WonBack(at=day(290)), Scored(at=day(330), probability_alive=0.2)],
    WHO["cai"]: [
        Interested(at=day(2)),
        Interested(at=day(40)),
        ContractStarted(at=day(41), contract="gym"),
        ContractCancelled(at=day(200), recognised_at=day(390), contract="gym"),
    ],
    WHO["eve"]: [Interested(at=day(7))],
}


def folded(facts, as_of):
    who = set(ORDERS) | {name for name, id in WHO.items() if id in facts}
    each = {
        WHO[name]: fold(
            WHO[name], [*(Ordered(at=day(d)) for d in ORDERS.get(name, [])), *facts.get(WHO[name], [])],
            policy=POLICY, as_of=as_of,
        )
        for name in who
    }  # fmt: skip
    return {id: history for id, history in each.items() if history.stays}


@pytest.mark.parametrize("facts", [{}, FACTS], ids=["orders only", "further facts"])
@pytest.mark.parametrize("as_of", [day(-1), day(6), day(100), day(315), day(400)])
def test_each_history_is_the_fold_of_that_customer(kept, facts, as_of):
    log, slow = histories(kept, policy=POLICY, as_of=as_of, facts=facts), folded(facts, as_of)
    assert dict(log) == slow
    assert list(log) == sorted(slow)
    assert log.stages() == Counter(history.stage for history in slow.values())
    assert Counter(log.ignored()) == Counter(i for history in slow.values() for i in history.ignored)


def test_what_a_colleague_says_is_heeded_where_it_is_asked_where_they_stand_and_in_no_column(kept):
    word = override(Stage.CHURNED, 310, 320)
    spoken, plain = (
        histories(kept, policy=POLICY, as_of=day(315), facts=facts) for facts in ({WHO["ada"]: [word]}, {})
    )

    assert (spoken[WHO["ada"]].stage, spoken[WHO["ada"]].override) == ("churned", word)
    assert spoken[WHO["ada"]].computed == plain[WHO["ada"]].stage == "loyal"
    moved = Counter(spoken.stages())
    moved.subtract(plain.stages())
    assert {stage: n for stage, n in moved.items() if n} == {Stage.CHURNED: 1, Stage.LOYAL: -1}
    assert (spoken.spells.state == plain.spells.state).all()


def test_it_reads_as_the_sentence_that_was_promised(kept):
    log = histories(kept, customer_lifecycle, POLICY, as_of="2026-12-31", zone="UTC")
    jumps = JumpChain.fit(log.transitions, lifecycle=customer_lifecycle)
    monthly = PeriodMatrix.fit(log.spells.by("month"), lifecycle=customer_lifecycle)
    time = dict(zip(monthly.states, monthly.expected_time_to("churned"), strict=True))
    assert isinstance(log, Histories)
    assert (jumps.unexpected, monthly.unexpected) == ((), ())
    assert time["churned"] == 0 < time["at_risk"] < time["new"]
    band = monthly.interval(lambda m: m.expected_time_to("churned"))
    assert band.low[2] < band.estimate[2] < band.high[2]


def spelled(log):
    spells = log.spells
    return {
        name: [
            (spells.states[spells.state[n]], bool(spells.observed[n]), spells.causes[spells.cause[n]])
            for n in range(len(spells))
            if spells.subject[n] == id
        ]
        for name, id in WHO.items()
    }


def test_spells_say_what_ended_them_and_are_censored_just_after_the_moment_asked_for(kept):
    log = histories(kept, as_of="2026-12-31")
    found = spelled(log)
    assert found["cai"] == [
        ("new", True, "long_silence"), ("at_risk", True, "too_long_silence"), ("churned", False, ""),
    ]  # fmt: skip
    assert log.as_of == datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    end = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert set(log.spells.stop[~log.spells.observed].tolist()) == {end}


def test_a_visit_of_no_time_at_all_is_no_spell_and_no_transition(kept):
    """Dan is at risk exactly when he orders again: from new to retained, with nothing between."""
    log = histories(kept, as_of="2026-12-31")
    assert spelled(log)["dan"] == [("new", True, "Ordered"), ("retained", False, "")]
    assert not (log.transitions.source == log.transitions.target).any()


def test_transitions_are_numbered_by_the_spell_they_belong_to(kept):
    moves = histories(kept, as_of="2026-12-31").transitions
    names = moves.states
    rows = [
        (names[s], names[t], spell)
        for who, s, t, spell in zip(
            moves.subject, moves.source, moves.target, moves.spell.tolist(), strict=True
        )
        if who == WHO["bea"]
    ]
    assert rows == [("new", "at_risk", 1), ("at_risk", "churned", 1), ("churned", "retained", 2)]
    assert len(moves) == int(histories(kept, as_of="2026-12-31").spells.observed.sum())


def test_a_curve_of_the_time_at_risk_is_one_line(kept):
    at_risk = histories(kept, as_of="2026-12-31").spells.of_state("at_risk")
    curve = KaplanMeier.from_spells(at_risk, period="day")
    assert curve.at_risk[0] == len(at_risk)


def test_a_day_ends_and_a_month_begins_in_the_zone(kept):
    log = histories(kept, as_of=date(2026, 6, 30), zone="Asia/Tokyo")
    assert log.as_of == datetime(2026, 6, 30, 15, tzinfo=UTC) - timedelta(microseconds=1)
    assert log.spells.zone == log.transitions.zone == "Asia/Tokyo"
    assert repr(log).startswith("Histories of 3 customers as of 2026-06-30T23:59:59.999999+09:00: ")


def test_nobody_is_fine(workspace):
    log = histories(workspace, as_of=START)
    assert (dict(log), log.stages(), len(log.spells), len(log.transitions), log.ignored()) == (
        {},
        {},
        0,
        0,
        (),
    )


def test_an_unknown_customer_is_a_key_error_that_does_not_show_the_id(kept):
    log = histories(kept, as_of=START)
    with pytest.raises(KeyError, match="nothing was known of this customer") as missing:
        log[WHO["eve"]]
    assert WHO["eve"] not in str(missing.value)
    assert WHO["eve"] not in log
    assert log.get(WHO["ada"]).stage is Stage.NEW


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"as_of": "soon"}, "as_of must be a calendar day"),
        ({"as_of": datetime(2026, 1, 1)}, "as_of must be a datetime with a time zone"),  # noqa: DTZ001
        ({"as_of": START, "zone": "Mars/Base"}, "zone must be a name"),
        (
            {"as_of": START, "lifecycle": Case.lifecycle},
            "lifecycle must be the one that facts move, got 'case'",
        ),
    ],
)
def test_it_is_refused_with_the_value(workspace, more, says):
    with pytest.raises(Invalid, match=says):
        histories(workspace, **more)
