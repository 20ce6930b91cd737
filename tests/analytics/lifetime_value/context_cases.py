"""Histories in context that tests are about: made by hand, drawn by lot, and of a shop in which the model is true."""

from __future__ import annotations

import math

import numpy as np

from relcore.analytics import ParetoNBDInContext, Purchases, PurchasesInContext
from relcore.analytics._numerics.pieces import Pieces
from tests.oracles.shop_in_context import shop_in_context

ROWS = [(0, 0, 0), (0, 0, 1e3), (1, 1e-3, 40), (2, 30.43, 38.86), (200, 38, 40), (5, 7, 7), (12, 80, 93)]

TRUTH = ParetoNBDInContext(
    0.9,
    6.0,
    0.8,
    25.0,
    buying={"season": 0.8, "price": -0.3},
    leaving={"season": 0.0, "price": 0.4},
    period="week",
)


def histories(paths, rows, names=("a", "b"), **more):
    """Customers with paths of (begin, end, values), rows of (x, recency, age), and nothing held at purchases but 1 and 0 in turn."""
    x, recency, age = zip(*rows, strict=True)
    owner = np.repeat(np.arange(len(paths)), [len(path) for path in paths])
    flat = [piece for path in paths for piece in path]
    pieces = Pieces(
        owner, np.array([p[0] for p in flat], float), np.array([p[1] for p in flat], float),
        np.array([p[2] for p in flat], float).reshape(len(flat), len(names)),
    )  # fmt: skip
    purchases = Purchases.from_summary(frequency=x, recency=recency, age=age, period="week", **more)
    made = np.stack(
        [np.array(x, float) if n % 2 == 0 else np.zeros(len(x)) for n in range(len(names))], axis=1
    )
    return PurchasesInContext(purchases=purchases, names=names, pieces=pieces, at_purchases=made)


def drawn(random, rows, k=2, ahead=60.0):
    """A path of up to nine pieces for each of the rows."""
    for _, _, age in rows:
        cuts = np.unique(np.append(0.0, random.uniform(0, max(age, 1) * 1.3, random.integers(1, 9))))
        ends = [*cuts[1:].tolist(), float(age) * 1.3 + ahead + 1]
        yield [(b, e, random.normal(size=k).tolist()) for b, e in zip(cuts.tolist(), ends, strict=True)]


def hurting(seed, count):
    random = np.random.default_rng(seed)
    for n in range(count):
        values = np.exp(random.uniform(math.log(0.02), math.log(2000), 4)).tolist()
        values[2] = 1.0 if n % 4 == 0 else values[2]
        age = math.exp(random.uniform(math.log(0.5), math.log(300)))
        x = 0 if n % 3 == 0 else math.floor(math.exp(random.uniform(0, math.log(500))))
        row = (x, age * float(random.choice([1, 0.9, 0.3, 0.02])) if x else 0.0, age)
        effects = random.normal(0, 1.2, 3)
        (path,) = drawn(random, [row])
        yield values, effects.tolist(), row, path, float(random.uniform(1, 50))


def shop(seed, n):
    """Customers who come over half a year, two seasons of ten weeks, and a price that wanders for each on his own."""
    random = np.random.default_rng(seed)
    born = random.integers(0, 26, n)
    week = born[:, None] + np.arange(130)
    price = random.normal(size=(n, 22)).repeat(6, axis=1)[:, :130]
    value = np.stack([(week % 52 >= 40) & (week % 52 < 50), price], axis=2).astype(float)
    return shop_in_context(TRUTH, value, ages=90.0 - born, ahead=39, random=random)
