"""Random lives: facts of all kinds about one customer, and policies to judge them by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from relcore import Actor
from relcore.customers import LifecyclePolicy, Ordered, Stage
from relcore.customers.lifecycle_facts import KINDS, AnyFact

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
LAST = 24 * 500
hours = st.integers(0, LAST) | st.integers(0, 48) | st.integers(0, 100).map(lambda days: days * 24)
moments = hours.map(lambda h: START + timedelta(hours=h))
delays = st.just(0) | st.integers(0, 24 * 90)
contracts = st.sampled_from(["", "a", "b"])
EXTRAS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "Scored": {"probability_alive": st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 0.9])},
    "HealthScored": {"health": st.sampled_from([0.0, 0.4, 0.5, 1.0])},
    "WalletShared": {"share": st.sampled_from([0.1, 0.5, 0.8])},
    "Recommended": {"nps": st.integers(7, 10)},
    "WonBack": {"permitted": st.booleans()},
    **{
        name: {"contract": contracts}
        for name in (
            "ContractStarted",
            "ContractRenewed",
            "NoticeGiven",
            "ContractCancelled",
            "ContractLapsed",
        )
    },
    "OverrideLifted": {"by": st.just(Actor("person", "u-1")), "reason": st.just("as before")},
    "StageOverridden": {
        "by": st.just(Actor("person", "u-1")),
        "reason": st.sampled_from(["met them", "called them"]),
        "stage": st.sampled_from([s for s in Stage if s not in (Stage.DECEASED, Stage.ERASED)]),
    },
}
ENDS = {"Declined", "Died", "ErasureRequested"}
EVERY = tuple(k for k in KINDS if k.__name__ not in ENDS)
"""Ends are told of few, or most lives would be short."""


@st.composite
def facts_of_a_life(draw: st.DrawFn, late: bool = True, most: int = 12) -> list[AnyFact]:
    kinds: list[type[AnyFact]] = draw(
        st.lists(st.just(Ordered) | st.sampled_from(EVERY) | st.sampled_from(EVERY), max_size=most)
        | st.lists(st.sampled_from(KINDS), max_size=most)
    )
    return [draw(one_fact(kind, late=late)) for kind in kinds]


@st.composite
def one_fact(draw: st.DrawFn, kind: type[AnyFact], late: bool = True) -> AnyFact:
    at = draw(moments)
    extra = {name: draw(values) for name, values in EXTRAS.get(kind.__name__, {}).items()}
    if kind.__name__ == "StageOverridden":
        extra["until"] = at + timedelta(hours=draw(st.integers(1, 24 * 90)))
    known = at + timedelta(hours=draw(delays)) if late else at
    return kind(at=at, recognised_at=known, **extra)


def lengths(low: int, high: int) -> st.SearchStrategy[timedelta]:
    return st.integers(low, high).map(lambda n: timedelta(hours=n))


@st.composite
def policies(draw: st.DrawFn) -> LifecyclePolicy:
    risk = draw(st.floats(0.01, 5))
    shortest = draw(lengths(1, 24 * 40))
    churn_below, risk_below = sorted(
        draw(st.tuples(st.sampled_from([0.1, 0.3, 0.5]), st.sampled_from([0.1, 0.5, 0.9])))
    )
    return LifecyclePolicy(
        default_gap=draw(lengths(1, 24 * 60)),
        own_gaps=draw(st.integers(1, 5)),
        risk_after_gaps=risk,
        churn_after_gaps=risk + draw(st.floats(0.01, 5)),
        shortest_risk=shortest,
        shortest_churn=shortest + draw(lengths(1, 24 * 40)),
        onboarding=draw(lengths(1, 24 * 100)),
        onboarded_from_health=draw(st.sampled_from([0.0, 0.5, 1.0])),
        loyal_from_orders=draw(st.integers(1, 5)),
        loyal_from_tenure=draw(lengths(0, 24 * 90)),
        loyal_from_share=draw(st.sampled_from([0.5, 0.8])),
        advocate_from_nps=draw(st.integers(7, 10)),
        advocacy_window=draw(lengths(1, 24 * 200)),
        risk_below=risk_below,
        churn_below=churn_below,
        winback_window=draw(lengths(1, 24 * 60)),
        zone=draw(st.sampled_from(["UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])),
    )
