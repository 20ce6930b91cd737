"""Worlds in which covariates move the scales of customers: one of them after the other, every purchase with its moment."""

from __future__ import annotations

import numpy as np

from relcore.analytics import Covariates, Purchases


def world(fitted, n, *, random, age=(20.0, 60.0), most=300):
    """``n`` customers of half of whom web is 1, and whose tenure spreads around 40; what they show."""
    known = Covariates(
        np.arange(n),
        ["web", "tenure"],
        np.column_stack([random.integers(0, 2, n), random.normal(40, 10, n).round()]),
    )
    z = {name: known.values[:, column] for column, name in enumerate(known.names)}
    base = fitted.base
    k = getattr(base, "k", 1)
    alpha = base.alpha * np.exp(-sum(effect * z[name] for name, effect in fitted.buying.items()))
    moved = np.exp(-sum((effect * z[name] for name, effect in fitted.leaving.items()), np.zeros(n)))
    rate = random.gamma(base.r, size=n) / alpha
    gaps = random.gamma(k, size=(n, most)) / np.maximum(rate, 1e-9)[:, None]
    at = np.cumsum(gaps, axis=1)
    there = np.ones((n, most), dtype=bool)
    if hasattr(base, "s"):
        hazard = random.gamma(base.s, size=n) / (base.beta * moved)
        life = random.exponential(size=n) / hazard
        if hasattr(base, "b"):  # they age
            life = np.log1p(life) / base.b
        there = at < life[:, None]
    elif hasattr(base, "a"):
        leaves = random.random((n, most)) < random.beta(base.a, base.b * moved)[:, None]
        first = base.chances_to_leave(np.zeros(1))[0] == 1
        gone = np.cumsum(leaves, axis=1)
        there = gone == 0 if first else gone - leaves == 0
    until = random.uniform(*age, n)
    assert (at[:, -1] > until).all()
    seen = there & (at <= until[:, None])
    count = seen.sum(axis=1)
    log_gaps = np.where(seen, np.log(gaps), 0.0).sum(axis=1)
    history = Purchases.from_summary(
        frequency=count, recency=np.where(seen, at, 0.0).max(axis=1), age=until, log_gaps=log_gaps,
        period=base.period,
    )  # fmt: skip
    return history, known
