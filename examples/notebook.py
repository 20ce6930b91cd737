# %% [markdown]
# # What is a customer worth?
#
# A notebook as a script: open it in VS Code, PyCharm or Jupytext and run its cells, or run all of it:
#
#     python examples/notebook.py [folder]        # plots go to the folder: build/notebook unless said otherwise
#
# The data are the orders of 2,357 customers of a music shop (CDNOW), in a Polars frame; a pandas or PyArrow one would
# do as well. Half of the log is known, the other half is the future that we check ourselves against.

# %%
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from relcore.analytics import (
    BetaGeoNBD,
    GammaGamma,
    KaplanMeier,
    Ledger,
    Purchases,
    RFMValues,
    Span,
    Tracking,
    customer_value,
)
from relcore.analytics.churn import until_second_order
from relcore.datasets import cdnow
from relcore.plots import recency_frequency_map, segment_map, survival, tracking

TODAY, END = "1997-09-30", "1998-06-30"
arguments = [] if "ipykernel" in sys.modules else sys.argv[1:]  # a kernel's own arguments are no folder
FOLDER = Path(*arguments[:1] or ["build/notebook"])
FOLDER.mkdir(parents=True, exist_ok=True)


def save(axes: Any, name: str) -> None:
    """In a notebook the axes would be shown; here they are kept."""
    axes.get_figure().savefig(FOLDER / f"{name}.svg")
    print(f"plot    {FOLDER / name}.svg")


# %% [markdown]
# ## The log
#
# One row per order. `Purchases` is what the models need of it: how often each customer came back, how lately, and for
# how long we have watched. `Ledger` keeps the days.

# %%
df: pl.DataFrame = cdnow().to_frame("polars")
print(df.head(3))

purchases = Purchases.from_orders(
    df, customer="customer", at="date", amount="amount", period="week", until=TODAY
)
ledger = Ledger.from_orders(df, customer="customer", at="date", amount="amount")
print(purchases)

# %% [markdown]
# ## How often will they come back, and for how much?
#
# BG/NBD (Fader, Hardie and Lee 2005) for how often, Gamma-Gamma for how much. A fitted model is a value: it prints as a
# table, and can be kept as JSON without the data.

# %%
model = BetaGeoNBD.fit(purchases)
print(model)

spend = GammaGamma.fit(purchases)
print(spend)

(FOLDER / "model.json").write_text(model.to_json(), encoding="utf-8")

# %%
save(
    recency_frequency_map(model.probability_alive, age=38, period="week", customers=purchases),
    "probability_alive",
)

# %% [markdown]
# ## What each customer is worth
#
# Three years, at ten per cent a year. Arrays come in the order of `purchases.ids`, and go back to a frame of the kind
# that came in.

# %%
alive = model.probability_alive(purchases)
value = customer_value(model, spend, purchases, horizon=Span(3, "year"), discount=0.10)
customers: pl.DataFrame = purchases.to_frame(like=df, alive=alive, value=value)
print(customers.sort("value", descending=True).head(5))
print(
    f"value   {value.sum():,.0f} USD in all; the best tenth holds {np.sort(value)[-236:].sum() / value.sum():.0%}"
)

# %% [markdown]
# ## How sure?
#
# Any quantity of a model has its interval. Here the orders of the next 39 weeks, by customer and of all. It says how
# well the data tell the model's parameters; what chance and a wrong model add is not in it.

# %%
each = model.interval(lambda m: m.expected_purchases(purchases, horizon=39), level=0.9)
whole = model.interval(lambda m: m.expected_purchases(purchases, horizon=39).sum(), level=0.9)
print(
    f"orders  {float(whole.estimate):,.0f} expected, 90 % from {float(whole.low):,.0f} to {float(whole.high):,.0f}"
)
assert np.all((each.low <= each.estimate) & (each.estimate <= each.high))

# %% [markdown]
# ## Was it right?
#
# The second half of the log answers: more orders than expected, outside of the interval. The plot shows when: from early
# November to the middle of December, and again from the middle of February to the end of March. The model knows no
# season and no campaign.

# %%
weeks = Tracking.of(model, ledger, cut=TODAY, until=END)
actual = ledger.orders_of(purchases.ids, after=TODAY, until=END)
print(f"orders  {actual.sum():,.0f} came")
save(tracking(weeks), "tracking")

# %% [markdown]
# ## Do they come back at all?
#
# The time from the first order to the second. Who had not come back when we stopped watching is *censored*, not lost:
# leaving them out, or counting them as gone, would both be wrong.

# %%
curve = KaplanMeier.from_spells(until_second_order(ledger, until=END), period="week")
once = float(curve.survival_at([52])[0])
print(f"repeat  {once:.1%} have not come back within a year of their first order")
save(survival(curve, title="Without a second order"), "second_order")

# %% [markdown]
# ## Who is who
#
# Recency, frequency and monetary value as scores from 1 to 5, and the usual names for their combinations.

# %%
segments = RFMValues.from_ledger(ledger, as_of=END).score().segments()
print(segments)
save(segment_map(segments), "segments")
