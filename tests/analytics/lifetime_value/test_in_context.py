"""A model that was given a context: it answers as others do, about its customers and nobody else."""

import attrs
import numpy as np
import pytest

from relcore.analytics import (
    CovariatePaths,
    GammaGamma,
    Ledger,
    ParetoNBD,
    ParetoNBDInContext,
    Purchases,
    Span,
    customer_value,
)
from relcore.kernel.errors import Invalid
from tests.analytics.lifetime_value.context_cases import shop


@pytest.fixture(scope="module")
def fitted():
    context, _ = shop(31, 300)
    return ParetoNBDInContext.fit(context, buying=["season", "price"], leaving=["price"]), context


def test_whatever_takes_a_model_takes_one_that_was_given_its_context(fitted):
    model, context = fitted
    told, spend = model.given(context), GammaGamma(p=6.25, q=3.74, v=15.44)
    paid = attrs.evolve(context.purchases, spend=context.purchases.frequency * 20.0)

    value = customer_value(told, spend, paid, horizon=Span(26, "week"), discount=0.1)

    count = model.discounted_purchases(context, horizon=26, discount=0.1)
    assert value == pytest.approx(count * spend.expected_spend(paid), rel=1e-12)
    assert (told.probability_alive(paid) == model.probability_alive(context)).all()


def test_it_is_asked_of_customers_in_any_order_and_of_no_others(fitted):
    model, context = fitted
    told, purchases = model.given(context), context.purchases
    some = np.arange(300) % 3 == 0
    back = Purchases.from_summary(
        frequency=purchases.frequency[some][::-1], recency=purchases.recency[some][::-1],
        age=purchases.age[some][::-1], ids=purchases.ids[some][::-1], period="week",
    )  # fmt: skip
    strangers = attrs.evolve(back, ids=back.ids + 300)

    for ask in (
        lambda m, known: m.probability_alive(known, ahead=3),
        lambda m, known: m.expected_purchases(known, horizon=9),
        lambda m, known: m.probability_of_exactly(known, 2, horizon=9),
        lambda m, known: m.next_purchase_within(known, 0.4),
    ):
        assert (ask(told, back) == ask(model, context)[some][::-1]).all()
        with pytest.raises(Invalid, match="customers in the context, got '100 of 100 customers who are not'"):
            ask(told, strangers)
    with pytest.raises(Invalid, match="purchases must be those in the context, got '100 customers'"):
        told.log_likelihood(back)
    older = attrs.evolve(back, age=back.age + 100)
    with pytest.raises(Invalid, match=r"must end within what is known.*got '100 who do not'.*held"):
        told.expected_purchases(older, horizon=1)


def test_a_context_in_another_unit_or_of_other_covariates_is_no_context_of_the_model(fitted):
    model, context = fitted
    days = attrs.evolve(context, purchases=attrs.evolve(context.purchases, period="day"))
    other = attrs.evolve(context, names=("season", "weather"))

    for ask in (model.given, model.probability_alive, model.log_likelihood):
        with pytest.raises(Invalid, match="period of the purchases must be the model's, week, got 'day'"):
            ask(days)
        with pytest.raises(Invalid, match="covariates must be among season, weather, got 'price'"):
            ask(other)
        with pytest.raises(Invalid, match=r"context must be PurchasesInContext, got 'Purchases'.*along"):
            ask(context.purchases)
    with pytest.raises(Invalid, match=r"context must be PurchasesInContext, got 'Purchases'"):
        ParetoNBDInContext.fit(context.purchases)
    with pytest.raises(
        Invalid, match=r"must be Purchases, got 'PurchasesInContext': ask model.given\(context\)"
    ):
        ParetoNBD.fit(context)
    with pytest.raises(Invalid, match=r"""must be a list of names, got 'season': write \["season"\]"""):
        ParetoNBDInContext.fit(context, buying="season")


def test_histories_that_began_on_another_day_have_another_context():
    day = np.arange("2024-01-01", "2025-01-01", dtype="datetime64[D]")
    calendar = CovariatePaths.from_frame(
        {"day": day, "a": day < np.datetime64("2024-03-01")}, at="day", every="day", of=["a"]
    )
    orders = {"who": [1, 1, 1, 2], "day": ["2024-01-10", "2024-02-01", "2024-05-01", "2024-02-10"]}
    ledger = Ledger.from_orders(orders, customer="who", at="day")
    later = Ledger.from_orders({"who": orders["who"][1:], "day": orders["day"][1:]}, customer="who", at="day")
    model = ParetoNBDInContext(0.7, 8, 0.9, 12, buying={"a": 0.8}, leaving={}, period="week")
    told = model.given(calendar.along(ledger, period="week", until="2024-06-30"))

    since = told.expected_purchases(ledger.purchases(period="week", until="2024-08-31"), horizon=4)

    straight = calendar.along(ledger, period="week", until="2024-08-31")
    assert since == pytest.approx(model.expected_purchases(straight, horizon=4), rel=1e-12)
    with pytest.raises(
        Invalid, match=r"must begin on the day on which their context begins, got '1 who do not'"
    ):
        told.expected_purchases(later.purchases(period="week", until="2024-06-30"), horizon=4)
