"""The vectorised twin of the customer lifecycle gives for all at once what ``fold`` gives for each alone."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.bridges import FactColumns, StayColumns, fold_facts, fold_orders
from relcore.bridges.stay_columns import CAUSES, GOES_ON, STAGES
from relcore.bridges.table_rows import DUES, GUARDS
from relcore.customers import ContractLapsed, LifecyclePolicy, Ordered, Scored, customer_lifecycle, fold
from relcore.customers.lifecycle_facts import KINDS
from relcore.datasets import cdnow
from relcore.ids import CustomerId
from relcore.kernel.clock import from_microseconds, microseconds
from tests.customers.lives import facts_of_a_life, moments, policies

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


# Mostly whole days, so that orders fall on the very moment at which something is due, and on one day.
MOMENT = st.one_of(st.integers(0, 250).map(lambda n: n * 24), st.integers(0, 24 * 250)).map(
    lambda n: START + n * HOUR
)
ORDERS = st.lists(st.lists(MOMENT, max_size=14), min_size=1, max_size=6)


def flat(orders):
    customer = np.array([who for who, theirs in enumerate(orders) for _ in theirs], dtype=np.int64)
    return customer, np.array([microseconds(at) for theirs in orders for at in theirs], dtype=np.int64)


def together(customer, at, policy, as_of):
    """{customer: [(stage, start, stop, cause, spell)]}, moments as they are in histories."""
    return told(fold_orders(customer, at, policy=policy, as_of=as_of))


def told(table: StayColumns):
    found = defaultdict(list)
    columns = (
        table.customer, table.stage, table.start, table.stop, table.cause, table.spell, table.recognised,
    )  # fmt: skip
    for who, stage, start, stop, cause, spell, known in zip(*(c.tolist() for c in columns), strict=True):
        end = None if stop == GOES_ON else from_microseconds(stop)
        row = STAGES[stage], from_microseconds(start), end, CAUSES[cause], spell, from_microseconds(known)
        found[who].append(row)
    return dict(found)


def one_by_one(orders, policy, as_of):
    return each([[Ordered(at=at) for at in theirs] for theirs in orders], policy, as_of)[0]


def each(lives, policy, as_of):
    """The stays of each customer, and the facts of all that the table has no row for."""
    folded = [fold(ADA, facts, policy=policy, as_of=as_of) for facts in lives]
    stays = {
        who: [(s.stage, s.start, s.stop, s.cause, s.spell, s.recognised_at) for s in history.stays]
        for who, history in enumerate(folded)
        if history.stays
    }
    return stays, [(who, i.fact, i.stage) for who, history in enumerate(folded) for i in history.ignored]


@given(ORDERS, policies(), MOMENT, st.randoms(use_true_random=False))
def test_it_is_the_fold_of_each_customer_whatever_the_policy_and_the_order_of_rows(
    orders, policy, as_of, random
):
    customer, at = flat(orders)
    shuffled = list(range(customer.size))
    random.shuffle(shuffled)
    found = together(customer[shuffled], at[shuffled], policy, as_of)
    assert found == one_by_one(orders, policy, as_of)


@given(ORDERS, MOMENT)
def test_it_is_the_fold_of_each_customer_under_the_usual_policy(orders, as_of):
    assert together(*flat(orders), LifecyclePolicy(), as_of) == one_by_one(orders, LifecyclePolicy(), as_of)


@given(
    st.lists(facts_of_a_life(), max_size=5),
    policies() | st.just(LifecyclePolicy()),
    moments | st.just(START + 600 * 24 * HOUR),
    st.randoms(use_true_random=False),
)
def test_it_is_the_fold_of_each_customer_whatever_is_told_of_them(lives, policy, as_of, random):
    rows = [(who, fact) for who, facts in enumerate(lives) for fact in facts]
    random.shuffle(rows)
    columns = FactColumns.of(np.array([who for who, _ in rows], dtype=np.int64), [fact for _, fact in rows])

    folded = fold_facts(columns, policy=policy, as_of=as_of)

    stays, ignored = each(lives, policy, as_of)
    assert told(folded.stays) == stays
    found = zip(folded.ignored.tolist(), folded.ignored_in.tolist(), strict=True)
    assert [(*rows[row], STAGES[stage]) for row, stage in found] == ignored


def cdnow_orders():
    log, theirs = cdnow(), defaultdict(list)
    for who, day in zip(log.customer, log.date, strict=True):
        theirs[who].append(datetime(day.year, day.month, day.day, tzinfo=UTC))
    return list(theirs.values())


@pytest.mark.parametrize(
    "as_of", [datetime(1997, 9, 30, 23, 59, tzinfo=UTC), datetime(1998, 6, 30, tzinfo=UTC)]
)
def test_it_is_the_fold_of_each_of_2357_real_customers(as_of):
    orders = cdnow_orders()
    found = together(*flat(orders), LifecyclePolicy(), as_of)
    assert found == one_by_one(orders, LifecyclePolicy(), as_of)


@pytest.mark.parametrize("code", [0, 2**31, 2**61, 2**62])
def test_codes_of_customers_may_be_large_and_moments_near_to_each_other(code):
    """Customer and moment share one whole number where they are sorted: neither may run into the other."""
    ticks = np.array([7, 0, 0]) + microseconds(START)
    customer = np.array([code, code + 1, code])

    found = told(fold_orders(customer, ticks, policy=LifecyclePolicy(), as_of=START + HOUR))

    assert {who: [stay[1] for stay in stays] for who, stays in found.items()} == {
        who: [from_microseconds(int(ticks[customer == who].min()))] for who in (code, code + 1)
    }


def test_everything_that_the_table_asks_has_a_twin_and_nothing_else():
    rules = {rule.name.removeprefix("not ") for row in customer_lifecycle.moves for rule in row.when}
    assert set(GUARDS) == rules
    assert set(DUES) == {row.name for row in customer_lifecycle.moves if row.due}


def test_its_words_are_those_of_the_table():
    triggers = {row.name for row in customer_lifecycle.moves}
    assert set(CAUSES) == triggers
    assert list(STAGES) == list(customer_lifecycle.states)


def test_nobody_has_no_stay():
    nothing = np.empty(0, dtype=np.int64)
    assert together(nothing, nothing, LifecyclePolicy(), START) == {}
    late = np.array([microseconds(START + HOUR)])
    assert together(np.array([0]), late, LifecyclePolicy(), START) == {}


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(Invalid, match="one length"):
        fold_orders(np.arange(2), np.arange(3), policy=LifecyclePolicy(), as_of=START)


KIND = {kind: np.int8(n) for n, kind in enumerate(KINDS)}
ONE = {
    "customer": np.array([0]), "at": np.array([9]), "kind": np.array([KIND[Scored]]), "recognised": np.array([9]),
    "measure": np.array([0.5]), "contract": np.array([0]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"at": np.array([9, 9])}, "one length"),
        ({"kind": np.array([len(KINDS)], dtype=np.int8)}, "kind must lie in"),
        ({"kind": np.array([-1], dtype=np.int8)}, "kind must lie in"),
        ({"recognised": np.array([8])}, "must not lie before at"),
    ],
)
def test_columns_that_cannot_be_are_refused(changed, says):
    FactColumns(**ONE)
    with pytest.raises(Invalid, match=says):
        FactColumns(**{**ONE, **changed})


def test_every_contract_of_a_customer_is_counted_for_itself():
    lives = [
        [ContractLapsed(at=START + n * HOUR, contract=name) for n, name in enumerate("ba")],
        [Ordered(at=START), ContractLapsed(at=START + HOUR, contract="a")],
    ]
    whose = np.repeat(np.arange(2), 2)
    columns = FactColumns.of(whose, [fact for facts in lives for fact in facts])

    folded = fold_facts(columns, policy=LifecyclePolicy(), as_of=START + 5 * HOUR)

    assert told(folded.stays) == each(lives, LifecyclePolicy(), START + 5 * HOUR)[0]
    assert folded.ignored.tolist() == [0, 1]


def test_there_is_no_loop_over_rows():
    """A hundred times the customers, and no more steps: what grows is arrays."""
    steps = [steps_of(customers) for customers in (50, 5_000)]
    assert steps[1] < 2 * steps[0]


def steps_of(customers):
    random, count = np.random.default_rng(5), 0
    customer = np.repeat(np.arange(customers), 8)
    at = random.integers(0, 700, customer.size) * 86_400_000_000

    def counted(frame, event, argument):
        nonlocal count
        count += 1

    sys.setprofile(counted)
    try:
        fold_orders(customer, at, policy=LifecyclePolicy(), as_of=datetime(1972, 1, 1, tzinfo=UTC))
    finally:
        sys.setprofile(None)
    return count


def test_a_hundred_thousand_customers_take_a_second_or_so():
    random = np.random.default_rng(7)
    customer = random.integers(0, 100_000, 400_000)
    at = random.integers(0, 700, 400_000) * 86_400_000_000
    began = time.process_time()
    fold_orders(customer, at, policy=LifecyclePolicy(), as_of=datetime(1972, 1, 1, tzinfo=UTC))
    assert time.process_time() - began < 2
