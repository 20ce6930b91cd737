"""A world in which Pareto/NBD in context is true: every customer with rates of his own, every purchase at its moment."""

from __future__ import annotations

import numpy as np

from relcore.analytics import Purchases, PurchasesInContext
from relcore.analytics._numerics.pieces import Pieces


def shop_in_context(model, value, *, ages, ahead, random):
    """What customers show and how often each buys in the time ahead, of whole weeks.

    value : (n, weeks, k) what holds in each week since the first purchase; k as in the model, buying and leaving alike.
    ages : (n,) whole weeks of observation.
    """
    n, weeks, _ = value.shape
    week = np.arange(weeks + 1.0)
    fast = np.exp(value @ model.buying.array())
    gone = np.exp(value @ model.leaving.array())
    clock, wear = (
        np.concatenate([np.zeros((n, 1)), np.cumsum(rate, axis=1)], axis=1) for rate in (fast, gone)
    )
    buys = random.gamma(model.r, 1 / model.alpha, n)
    worn = random.exponential(size=n) / random.gamma(model.s, 1 / model.beta, n)
    x, recency, later = np.zeros(n), np.zeros(n), np.zeros(n)
    bought = np.zeros((n, value.shape[2]))
    for i in range(n):
        stays = np.interp(worn[i], wear[i], week)
        end = np.interp(min(stays, ages[i] + ahead), week, clock[i])
        at = np.interp(np.sort(random.uniform(0, end, random.poisson(buys[i] * end))), clock[i], week)
        seen = at[at <= ages[i]]
        x[i], later[i] = seen.size, at.size - seen.size
        recency[i] = seen[-1] if seen.size else 0.0
        bought[i] = value[i, seen.astype(int)].sum(axis=0)
    pieces = Pieces(
        np.repeat(np.arange(n), weeks),
        np.tile(week[:-1], n),
        np.tile(week[1:], n),
        value.reshape(n * weeks, -1),
    )
    history = Purchases.from_summary(frequency=x, recency=recency, age=ages, period=model.period)
    context = PurchasesInContext(
        purchases=history, names=model.buying.names, pieces=pieces, at_purchases=bought
    )
    return context, later
