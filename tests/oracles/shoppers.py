"""Worlds in which a model is true: every customer with a rate of his own, every purchase with its moment."""

from __future__ import annotations

import numpy as np

from relcore.analytics import Occasions, Purchases, Renewals


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


def regular(model, n, end, *, random, most=400):
    """What ``n`` customers of one age show who buy at every k-th tick, with the times between their purchases."""
    rate, chance = random.gamma(model.r, 1 / model.alpha, n), random.beta(model.a, model.b, n)
    first = int(model.chances_to_leave(np.zeros(1))[0])
    life = random.geometric(chance) - first  # repeat purchases until the one after which he leaves
    x, recency, clock, logs = np.zeros((4, n))
    for m in range(1, most):
        gap = random.gamma(model.k, 1, n) / rate
        clock = clock + gap
        bought = (clock <= end) & (m <= life)
        if not bought.any():
            break
        x, recency = np.where(bought, m, x), np.where(bought, clock, recency)
        logs = logs + np.where(bought, np.log(gap), 0.0)
    return Purchases.from_summary(
        frequency=x, recency=recency, age=np.full(n, end), log_gaps=logs, period=model.period
    )


def aging(model, n, end, *, random):
    """What ``n`` customers of one age show whose hazards of leaving grow, and which of them are there still."""
    rate = random.gamma(model.r, 1 / model.alpha, n)
    life = np.log1p(random.exponential(1, n) / random.gamma(model.s, 1 / model.beta, n)) / model.b
    until = np.minimum(life, end)
    x = random.poisson(rate * until).astype(float)
    # The last of x uniform moments.
    recency = np.where(x > 0, until * random.uniform(size=n) ** (1 / np.maximum(x, 1)), 0.0)
    rows = Purchases.from_summary(frequency=x, recency=recency, age=np.full(n, end), period=model.period)
    return rows, life > end


def donors(model, age, *, random):
    """What customers show who have had so many occasions (n,), one by one, and which of them are there still."""
    n = age.size
    buys, leaves = random.beta(model.alpha, model.beta, n), random.beta(model.gamma, model.delta, n)
    life = random.geometric(leaves) - 1  # occasions before the one he left at
    x, recency = np.zeros(n), np.zeros(n)
    for k in range(1, int(age.max()) + 1):
        bought = (k <= np.minimum(life, age)) & (random.uniform(size=n) < buys)
        x, recency = x + bought, np.where(bought, k, recency)
    return Occasions.from_summary(frequency=x, recency=recency, age=age, period=model.period), life >= age


def contracts(model, sizes, ages, *, random):
    """Cohorts of these sizes that have come up for so many renewals."""
    rows = {}
    for name, (size, age) in enumerate(zip(sizes, ages, strict=True)):
        # There after t with (1 - theta)^(t^c): t^c runs on an exponential clock.
        clock = random.exponential(size=size) / -np.log1p(-random.beta(model.alpha, model.beta, size))
        life = clock ** (1 / getattr(model, "c", 1.0))
        rows[name] = [(life > t).sum() for t in range(age + 1)]
    return Renewals.from_survivors(rows, period=model.period)


def amounts(model, frequency, *, random):
    """(n,) the sum that each customer spends on so many purchases, at a scale of his own."""
    scale = random.gamma(model.q, 1 / model.v, frequency.size)
    return np.where(frequency > 0, random.gamma(np.maximum(model.p * frequency, 1e-9)) / scale, 0.0)
