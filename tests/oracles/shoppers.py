"""Worlds in which a model is true: every customer with a rate of his own, every purchase with its moment."""

from __future__ import annotations

import numpy as np

from relcore.analytics import Purchases


def shoppers(model, n, *, ahead, random, most=400):
    """What ``n`` customers of ages between 10 and 60 show, and how often each buys in the time ahead: all from the beginning."""
    rate = random.gamma(model.r, 1 / model.alpha, n)
    at = np.cumsum(random.exponential(size=(n, most)) / np.maximum(rate, 1e-12)[:, None], axis=1)
    bought = np.ones((n, most), dtype=bool)
    if hasattr(model, "s"):
        bought = at < (random.exponential(size=n) / random.gamma(model.s, 1 / model.beta, n))[:, None]
    elif hasattr(model, "a"):
        first = int(
            model.chances_to_leave(np.zeros(1))[0]
        )  # whether the first purchase is a chance to leave as well
        leaves = random.random((n, most)) < random.beta(model.a, model.b, n)[:, None]
        before = np.cumsum(leaves, axis=1) - leaves  # chances taken before this one
        bought = before == 0 if not first else np.cumsum(leaves, axis=1) == 0
    age = random.uniform(10, 60, n)
    assert (at[:, -1] > age + ahead).all()
    seen = bought & (at <= age[:, None])
    later = bought & (at > age[:, None]) & (at <= age[:, None] + ahead)
    recency = np.where(seen, at, 0.0).max(axis=1)
    history = Purchases.from_summary(
        frequency=seen.sum(axis=1), recency=recency, age=age, period=model.period
    )
    return history, later.sum(axis=1).astype(float)
