"""The vectorised twin of the customer lifecycle gives for all at once what ``fold`` gives for each alone."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relcore import Invalid
from relcore.bridges import fold_orders
from relcore.bridges.stay_columns import CAUSES, GOES_ON, STAGES
from relcore.customers import LifecyclePolicy, Ordered, customer_lifecycle, fold
from relcore.datasets import cdnow
from relcore.ids import CustomerId
from relcore.kernel.clock import from_microseconds, microseconds

ADA = CustomerId.imported("shop", "ada")
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def hours(low: int, high: int) -> st.SearchStrategy[timedelta]:
    return st.integers(low, high).map(lambda n: n * HOUR)


@st.composite
def policies(draw: st.DrawFn) -> LifecyclePolicy:
    risk = draw(st.floats(0.01, 5))
    shortest = draw(hours(1, 24 * 40))
    return LifecyclePolicy(
        default_gap=draw(hours(1, 24 * 60)),
        own_gaps=draw(st.integers(1, 5)),
        risk_after_gaps=risk,
        churn_after_gaps=risk + draw(st.floats(0.01, 5)),
        shortest_risk=shortest,
        shortest_churn=shortest + draw(hours(1, 24 * 40)),
        loyal_from_orders=draw(st.integers(1, 5)),
        loyal_from_tenure=draw(hours(0, 24 * 90)),
        zone=draw(st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu"])),
    )


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
    table = fold_orders(customer, at, policy=policy, as_of=as_of)
    found = defaultdict(list)
    columns = (table.customer, table.stage, table.start, table.stop, table.cause, table.spell)
    for who, stage, start, stop, cause, spell in zip(*(c.tolist() for c in columns), strict=True):
        end = None if stop == GOES_ON else from_microseconds(stop)
        found[who].append((STAGES[stage], from_microseconds(start), end, CAUSES[cause], spell))
    return dict(found)


def one_by_one(orders, policy, as_of):
    found = {}
    for who, theirs in enumerate(orders):
        history = fold(ADA, [Ordered(at=at) for at in theirs], policy=policy, as_of=as_of)
        if history.stays:
            found[who] = [(s.stage, s.start, s.stop, s.cause, s.spell) for s in history.stays]
    return found


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


def test_a_hundred_thousand_customers_take_a_second_or_so():
    random = np.random.default_rng(7)
    customer = random.integers(0, 100_000, 400_000)
    at = random.integers(0, 700, 400_000) * 86_400_000_000
    began = time.process_time()
    fold_orders(customer, at, policy=LifecyclePolicy(), as_of=datetime(1972, 1, 1, tzinfo=UTC))
    assert time.process_time() - began < 2
