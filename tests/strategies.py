"""Values of the domain for Hypothesis: whatever is valid, the awkward first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from relcore import Actor, Case, Customer, Money, Order
from relcore.customers import CustomerKind, CustomerState
from relcore.ids import CaseId, CustomerId, OrderId
from relcore.kernel.change import Change, Moved
from relcore.kernel.custom import NONE, Custom
from relcore.sales import OrderState
from relcore.service import CaseKind, CaseState
from tests.house_fields import Tier

LARGEST = 2**63 - 1

ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), timezone(timedelta(hours=14)))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
texts = st.one_of(
    st.sampled_from(["Ada", "ada", "100%", "100_", "1000", "É", "é", "'; --", "\U0001f600 smile"]),
    st.text(letters, min_size=1, max_size=20).filter(str.strip),
)
moments = st.one_of(
    st.just(NOON),
    st.just(datetime(1, 1, 1, tzinfo=UTC)),
    st.just(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    # An hour that is counted twice: in Python equal to no time of another zone.
    st.just(datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1)),
    st.datetimes(
        NOON.replace(year=1900, tzinfo=None),
        NOON.replace(year=2100, tzinfo=None),
        timezones=st.sampled_from(ZONES),
    ),
)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
money = st.builds(
    Money.from_minor, st.one_of(st.integers(-300, 300), st.integers(-LARGEST, LARGEST)), currencies
)
paid = st.builds(Money.from_minor, st.one_of(st.integers(0, 300), st.integers(0, LARGEST)), currencies)
references = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=8)
actors = st.builds(
    Actor,
    st.sampled_from(["person", "team", "system", "customer"]),
    st.sampled_from(["u-1", "u-2", "a:b"]) | references,
)

customer_ids = st.integers(1, 5).map(lambda n: CustomerId(f"customer_{n:032x}")) | st.uuids().map(
    CustomerId.of
)
order_ids = st.uuids().map(OrderId.of)
case_ids = st.uuids().map(CaseId.of)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def custom(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Custom]:
    """Some of these fields of the house, or none."""
    return st.just(NONE) | st.fixed_dictionaries({}, optional=fields).map(Custom)


customers = st.builds(
    Customer,
    id=customer_ids,
    name=maybe(texts),
    kind=st.sampled_from(CustomerKind),
    state=st.sampled_from(CustomerState),
    created_at=maybe(moments),
    owner=maybe(actors),
    survivor=maybe(customer_ids),
    custom=custom(
        tier=st.sampled_from(Tier), seats=st.integers(-3, 3) | st.just(LARGEST), nickname=texts, fax=texts
    ),
)
orders = st.builds(
    Order,
    id=order_ids,
    customer=customer_ids,
    amount=paid,
    placed_at=moments,
    state=st.sampled_from(OrderState),
    paid_at=maybe(moments),
    cancel_reason=maybe(texts),
)
cases = st.builds(
    Case,
    id=case_ids,
    customer=customer_ids,
    subject=texts,
    kind=st.sampled_from(CaseKind),
    state=st.sampled_from(CaseState),
    opened_at=maybe(moments),
    owner=maybe(actors),
    parent=maybe(case_ids),
    waiting_for=maybe(texts),
    review_at=maybe(moments),
    resolution=maybe(texts),
    cause=maybe(texts),
    resolved_at=maybe(moments),
    cancel_reason=maybe(texts),
    reopened=st.integers(0, 3) | st.just(LARGEST),
    custom=custom(asset=texts | st.just("")),
)
entities = customers | orders | cases


def born(entity: Any) -> Change[Any]:
    """The change that would have made this value: storage must keep whatever an entity can be."""
    table = type(entity).lifecycle
    event = Moved(entity.id, table.stamp, table.moves[0].name, "", entity.state, NOON)
    return Change(None, entity, (event,))
