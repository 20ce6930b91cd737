"""How many customers came back how often, beside what a model says of customers who were watched as long.

The first look at a fit: Fader, Hardie and Lee (2005), Marketing Science 24(2), figure 2. It shows whether the shape is right,
above all the share of those who never came back; a good one promises nothing about the future.
"""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeVar

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore.analytics._numerics.distinct import distinct
from relcore.analytics.arrays import Floats, floats, sealed, summed
from relcore.analytics.columns.occasions import Occasions
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.lifetime_value import occasion_predictions, predictions
from relcore.analytics.lifetime_value.apart import Telling
from relcore.analytics.period import Period, Span, days_per
from relcore.analytics.sheet import Grid, Sheet, as_html, as_text
from relcore.kernel.errors import Invalid

H_contra = TypeVar("H_contra", contravariant=True)
H = TypeVar("H", Purchases, Occasions)


class CountingForecast(Protocol[H_contra]):
    """A model that says how likely each number of purchases is."""

    @property
    def period(self) -> Period: ...

    def probability_of_exactly(
        self, purchases: H_contra, /, count: ArrayLike, *, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of just so many purchases within the horizon."""
        ...

    def probability_of_purchases(
        self, purchases: H_contra, /, *, at_least: ArrayLike = 1, horizon: float | Span
    ) -> Floats:
        """(n,) the chance of at least so many purchases within the horizon."""
        ...


@attrs.frozen(eq=False, repr=False)
class FrequencyHistogram:
    """Customers by their number of repeat purchases.

    count : (k,) repeat purchases, 0 to k - 1; the last stands for itself and all above.
    actual, expected : (k,) customers; both add up to all of them.

    >>> from relcore.analytics import BetaGeoNBD
    >>> model = BetaGeoNBD(r=0.243, alpha=4.414, a=0.793, b=2.426, period="week")
    >>> rows = Purchases.from_summary(frequency=[0, 0, 4], recency=[0, 0, 9], age=[39, 39, 39], period="week")
    >>> FrequencyHistogram.of(model, rows, most=2)
    repeat purchases    actual    expected
    0                        2         1.7
    1                        0         0.6
    2 or more                1         0.7
    """

    count: Floats = attrs.field(converter=floats)
    actual: Floats = attrs.field(converter=floats)
    expected: Floats = attrs.field(converter=floats)

    @classmethod
    def of(cls, model: CountingForecast[H], purchases: H, *, most: int = 7) -> Self:
        """Count the histories, and ask the model about newcomers who are watched for as long as each of them was.

        purchases : `Purchases` that the model was fitted to, or others, or `Occasions` of BG/BB; weights count.
        most : the last count, >= 1, which stands for all above as well.

        The model is asked once for each distinct age, of which there are as many as first days; one that knows its customers is
        asked of each of them.
        """
        _speaks_of(model, purchases)
        if most < 1:
            raise Invalid("most", "must be 1 or more", most)
        count = np.arange(most + 1.0)
        group = np.minimum(purchases.frequency, most).astype(np.int64)
        ages = distinct([(purchases.age, days_per(purchases.period))])
        watched = summed(ages.index, purchases.weight, ages.first.size)
        expected = np.zeros(most + 1)
        for n, age in enumerate(purchases.age[ages.first].tolist()):
            if isinstance(model, Telling) and isinstance(purchases, Purchases):
                expected += _of_each(model, purchases.where(ages.index == n), most, age)
            else:
                expected += watched[n] * _of_anybody(model, type(purchases), most, age)
        return cls(sealed(count), sealed(summed(group, purchases.weight, most + 1)), sealed(expected))

    @property
    def labels(self) -> tuple[str, ...]:
        """(k,) the counts in words; the last says that it holds more."""
        *below, last = (f"{count:.0f}" for count in self.count)
        return (*below, f"{last} or more")

    def to_frame(self, *, like: Any) -> Any:
        """A frame of the kind of ``like`` with the three columns; ``like={}`` gives a dict of arrays."""
        from relcore import frames

        columns = {"count": self.count, "actual": self.actual, "expected": self.expected}
        return frames.like(like, columns)

    def sheet(self) -> Sheet:
        """What it shows of itself."""
        rows = zip(self.labels, self.actual, self.expected, strict=True)
        cells = [(label, f"{actual:,.0f}", f"{expected:,.1f}") for label, actual, expected in rows]
        head = ("repeat purchases", "actual", "expected")
        return Sheet((Grid(("<16", ">10", ">12"), tuple(cells), head),))

    __repr__ = as_text
    _repr_html_ = as_html


def _speaks_of(model: Any, histories: Purchases | Occasions) -> None:
    """Refuse what the model does not speak of."""
    if isinstance(histories, Occasions):
        occasion_predictions.speaks_of(model, histories)
    else:
        predictions.speaks_of(model, histories)


def _of_anybody(model: CountingForecast[H], kind: type[H], most: int, age: float) -> Floats:
    """(most + 1,) the chances of each count, of a newcomer."""
    nothing = np.zeros(most)
    newcomers = kind.from_summary(frequency=nothing, recency=nothing, age=nothing, period=model.period)
    exactly = model.probability_of_exactly(newcomers, np.arange(float(most)), horizon=age)
    return np.append(exactly, model.probability_of_purchases(newcomers, at_least=most, horizon=age)[0])


def _of_each(model: CountingForecast[Any], customers: Purchases, most: int, age: float) -> Floats:
    """(most + 1,) customers expected of these, each of whom had chances of his own when he was new."""
    nothing, ids = np.zeros(len(customers)), customers.ids
    newcomers = Purchases.from_summary(
        frequency=nothing, recency=nothing, age=nothing, ids=ids, period=model.period
    )
    told = [model.probability_of_exactly(newcomers, count, horizon=age) for count in range(most)]
    told.append(model.probability_of_purchases(newcomers, at_least=most, horizon=age))
    return np.stack(told) @ customers.weight
