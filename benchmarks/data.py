"""What both sides are given: as numpy arrays or a pandas frame, made before the clock starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray


class Summary(NamedTuple):
    """One value per customer: repeat purchases, weeks from the first to the last, weeks observed, mean repeat spend."""

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    mean_spend: NDArray[np.float64]


def cdnow_summary() -> Summary:
    """The 2,357 customers of the CDNOW sample, in weeks until 1997-09-30."""
    from relcore.analytics import Purchases
    from relcore.datasets import cdnow

    rows = Purchases.from_orders(
        cdnow(), customer="customer", at="date", amount="amount", period="week", until="1997-09-30"
    )
    assert rows.spend is not None
    mean = rows.spend / np.maximum(rows.frequency, 1)
    return Summary(rows.frequency.copy(), rows.recency.copy(), rows.age.copy(), mean)


def simulated_summary(customers: int, seed: int = 20050501) -> Summary:
    """Customers who behave as BG/NBD says, with the parameters of CDNOW; purchases fall on whole days."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.2426, 1 / 4.4136, customers) / 7
    dropout = rng.beta(0.7929, 2.4259, customers)
    age = rng.integers(27 * 7, 39 * 7, customers, endpoint=True)
    frequency, last = np.zeros(customers), np.zeros(customers)
    alive, time = np.arange(customers), np.zeros(customers)
    while alive.size:
        time[alive] += rng.exponential(size=alive.size) / np.maximum(rate[alive], 1e-12)
        alive = alive[time[alive] < age[alive] + 1]
        day = np.floor(time[alive])
        frequency[alive] += day > last[alive]
        last[alive] = day
        alive = alive[rng.random(alive.size) >= dropout[alive]]
    return Summary(frequency, last / 7, age / 7, np.zeros(customers))


def simulated_spenders(customers: int, seed: int = 20130201) -> Summary:
    """The same, who spend as Gamma-Gamma says, with its parameters of CDNOW, in whole cents."""
    rows = simulated_summary(customers)
    rng = np.random.default_rng(seed)
    x = np.maximum(rows.frequency, 1)
    spend = rng.gamma(6.25 * x) / rng.gamma(3.74, 1 / 15.44, customers)
    return rows._replace(mean_spend=np.where(rows.frequency > 0, np.round(spend, 2) / x, 0.0))


def simulated_orders(orders: int, seed: int = 19970101) -> pd.DataFrame:
    """A log over two years, eight orders a customer on average, most of them by few; amounts in whole cents."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    weight = rng.gamma(0.5, size=orders // 8)
    return pd.DataFrame(
        {
            "customer": rng.choice(weight.size, size=orders, p=weight / weight.sum()),
            "date": (np.datetime64("2024-01-01") + rng.integers(0, 730, orders)).astype("datetime64[ns]"),
            "amount": np.round(1 + rng.gamma(2, 20, orders), 2),
        }
    )
