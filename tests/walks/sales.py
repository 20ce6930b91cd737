"""Orders and opportunities, walked."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from relcore import Money, Opportunity, Order
from relcore.ids import CustomerId, OpportunityId, OrderId
from relcore.sales import OpportunityState, Override, Pipeline, Target
from relcore.sales.opportunity import MergeInto
from tests.strategies import NOON, actors, customer_ids, maybe, moments, order_ids, paid, texts
from tests.walks.walk import ME, Given, Walk

PIPELINE = Pipeline.of("new business", {"qualify": 0.1, "propose": 0.5, "negotiate": 0.8})
prices = st.integers(0, 300).map(lambda minor: Money.from_minor(minor, "EUR"))
stages = {"stage": st.sampled_from(PIPELINE.labels), "pipeline": st.just(PIPELINE)}
survivors = st.integers(1, 3).map(lambda n: OpportunityId(f"opportunity_{n:032x}"))


def _opportunity_facts(given: Given) -> list[object]:
    if "survivor" in given:
        return [MergeInto(given["survivor"])]
    return [Target(given["stage"], given["pipeline"])] if "stage" in given else []


WALKS: dict[type[Any], Walk] = {
    Order: Walk(
        Order(
            OrderId.imported("shop", "1"),
            CustomerId.imported("shop", "ada"),
            Money("29.33", "USD"),
            NOON,
            paid_at=NOON.replace(microsecond=1),
            cancel_reason="no",
            version=1,
        ),
        st.builds(Order.place, order_ids, customer=customer_ids, amount=paid, at=st.just(NOON)),
        {"pay": {}, "cancel": {"reason": texts}},
    ),
    Opportunity: Walk(
        Opportunity(
            OpportunityId.imported("crm", "1"),
            CustomerId.imported("shop", "ada"),
            "An engine",
            "new business",
            "propose",
            Money("1200", "EUR"),
            0.5,
            NOON,
            NOON,
            expected_on=date(2026, 6, 30),
            owner=ME,
            state=OpportunityState.MERGED,
            overridden=Override(0.25, ME, NOON),
            setback_reason="no budget",
            hold_reason="holidays",
            review_at=NOON,
            closed_at=NOON,
            lost_because="price",
            lost_to="Difference Ltd",
            void_reason="a test",
            reopen_reason="new budget",
            survivor=OpportunityId.imported("crm", "2"),
            version=9,
        ),
        st.builds(
            Opportunity.open,
            survivors,
            customer=customer_ids,
            name=texts,
            pipeline=st.just(PIPELINE),
            amount=prices,
            at=st.just(NOON),
            expected_on=maybe(st.dates()),
            owner=maybe(actors),
        ),
        {
            "advance": stages,
            "step_back": stages | {"reason": texts},
            "revise": {"amount": maybe(prices), "expected_on": maybe(st.dates(date(2026, 1, 1)))},
            "override": {"probability": st.floats(0, 1), "by": actors},
            "follow_stage": {},
            "hold": {"reason": texts, "review_at": moments},
            "resume": {},
            "win": {},
            "lose": {"because": texts, "lost_to": maybe(texts)},
            "void": {"reason": texts},
            "reopen": {"reason": texts},
            "merge": {"survivor": survivors},
        },
        _opportunity_facts,
    ),
}
