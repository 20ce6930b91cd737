"""Questions for Hypothesis: every field, every test it has, joined in every way."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from relcore import Case, Customer, Order
from relcore.kernel.query import All, AnyOf, Compare, Missing, Not, OneOf, Query, StartsWith, Tree
from relcore.kernel.words import Amount, Choice, Count, Field, Instant, Link, Text, Who, plain_value, words
from tests.strategies import LARGEST, actors, case_ids, customer_ids, moments, money, texts


def values_of(field: Field[Any, Any]) -> st.SearchStrategy[Any]:
    """Values that this field may be compared with, many of which entities have."""
    match field:
        case Choice():
            return st.sampled_from(field.of)
        case Link():
            return customer_ids if field.to.kind == "customer" else case_ids
        case Who():
            return actors
        case Text():
            return texts | st.sampled_from(["1", "10", "100", "100%", "A", "a", "%", "_"])
        case Count():
            return st.integers(0, 3) | st.just(LARGEST)
        case Instant():
            return moments
        case Amount():
            return money
    raise AssertionError(field)


def leaves(field: Field[Any, Any]) -> st.SearchStrategy[Tree]:
    values = values_of(field).map(field.check).map(plain_value)
    name = field.name
    kinds = [st.just(Missing(name))]
    comparisons = field.tests & {"is", "below", "at_most", "above", "at_least"}
    kinds.extend(st.builds(Compare, st.just(name), st.just(op), values) for op in sorted(comparisons))
    if "one_of" in field.tests:
        kinds.append(st.builds(OneOf, st.just(name), st.lists(values, max_size=3).map(tuple)))
    if "starts_with" in field.tests:
        kinds.append(st.builds(StartsWith, st.just(name), values | st.just("")))
    return st.one_of(kinds)


def trees(entity: type[Any]) -> st.SearchStrategy[Tree]:
    return st.recursive(
        st.one_of([leaves(field) for field in words(entity).values()]),
        lambda inner: (
            st.builds(Not, inner)
            | st.builds(All, st.lists(inner, max_size=3).map(tuple))
            | st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple))
        ),
        max_leaves=6,
    )


case_queries = trees(Case).map(Query[Case])
order_queries = trees(Order).map(Query[Order])
customer_queries = trees(Customer).map(Query[Customer])
