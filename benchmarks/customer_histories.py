"""The customer lifecycle of a million customers with ten orders each, all at once and one by one.

No peer computes it, so the peer is our own rule for one customer, asked for as many as one has patience for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.harness import Outcome, Question, Side, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CUSTOMERS = 1_000_000
ONE_BY_ONE = 2_000
DAY = 86_400_000_000


def orders(seed: int = 20260101) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Customers, as codes, and moments: by customer and time for nobody but the one who made them."""
    import numpy as np

    rng = np.random.default_rng(seed)
    size = rng.poisson(9, CUSTOMERS) + 1
    customer = np.repeat(np.arange(CUSTOMERS), size)
    usual = rng.gamma(2, 20, CUSTOMERS)[customer]
    day = np.cumsum(rng.exponential(usual))
    first = np.append(0, np.cumsum(size)[:-1])
    at = ((day + (rng.integers(0, 700, CUSTOMERS) - day[first])[customer]) * DAY).astype(np.int64)
    order = rng.permutation(customer.size)
    return customer[order], at[order]


def fingerprint(rows: list[tuple[int, int, str, int]]) -> Outcome:
    """Of the first customers: how many stays, in which stages, and since when."""
    stages = sorted({stage for _, _, stage, _ in rows})
    found: dict[str, float | str] = {s: float(sum(stage == s for _, _, stage, _ in rows)) for s in stages}
    since = sum((1 + who % 7) * (start / DAY) for who, start, _, _ in rows)
    return {**found, "since": since, "spells": float(sum(spell for *_, spell in rows))}


def relcore() -> Task:
    from relcore.bridges import fold_orders
    from relcore.bridges.stay_columns import STAGES
    from relcore.customers import LifecyclePolicy
    from relcore.kernel.clock import from_microseconds

    customer, at = orders()
    policy, as_of = LifecyclePolicy(), from_microseconds(900 * DAY)

    def outcome(stays: Any) -> Outcome:
        few = stays.customer < ONE_BY_ONE
        columns = (stays.customer[few], stays.start[few], stays.stage[few], stays.spell[few])
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return fingerprint([(who, start, str(STAGES[stage]), spell) for who, start, stage, spell in rows])

    return Task(
        lambda _: fold_orders(customer, at, policy=policy, as_of=as_of), outcome, operations=CUSTOMERS
    )


def one_by_one() -> Task:
    from relcore.customers import LifecyclePolicy, Ordered, fold
    from relcore.ids import CustomerId
    from relcore.kernel.clock import from_microseconds, microseconds

    customer, at = orders()
    policy, as_of = LifecyclePolicy(), from_microseconds(900 * DAY)
    few = customer < ONE_BY_ONE
    facts: list[list[Ordered]] = [[] for _ in range(ONE_BY_ONE)]
    for who, when in zip(customer[few].tolist(), at[few].tolist(), strict=True):
        facts[who].append(Ordered(at=from_microseconds(when)))
    ids = [CustomerId.imported("shop", str(who)) for who in range(ONE_BY_ONE)]

    def outcome(histories: Any) -> Outcome:
        return fingerprint(
            [
                (who, microseconds(stay.start), str(stay.stage), stay.spell)
                for who, history in enumerate(histories)
                for stay in history.stays
            ]
        )

    return Task(
        lambda _: [
            fold(id, theirs, policy=policy, as_of=as_of) for id, theirs in zip(ids, facts, strict=True)
        ],
        outcome,
        operations=ONE_BY_ONE,
    )


QUESTIONS = (
    Question(
        "customer_histories.a_million",
        "the lifecycle of a customer with ten orders, among 1,000,000",
        "from unsorted columns of orders to stays; one by one: 2,000 customers, whose facts were made before",
        Side("relcore", relcore),
        (Side("one by one", one_by_one),),
        promised={"one by one": 10},
        tolerance=1e-9,
        rounds=1,
    ),
)
