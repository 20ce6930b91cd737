"""Customers told apart: a model whose scales are columns, one value for each row of the purchases.

What a model says of (n,) customers it says elementwise, so that numpy does not mind whether a parameter is one number or (n,) of
them. Only one thing has to know: customers with the same history are not the same any more, and may not share an answer.

Such a model is made on the way to an answer and never handed out: its columns fit the rows of one set of purchases.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import attrs
import numpy as np

from relcore.analytics._numerics.distinct import Distinct, distinct, distinct_if_few
from relcore.analytics.arrays import Counts, Floats, ones, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.purchases import Purchases
from relcore.analytics.period import Period, days_per

M = TypeVar("M")


def told_apart(model: M, scales: Mapping[str, Floats | float]) -> M:
    """The model with these parameters in the place of its own; alpha is (n,), the others are or are one number."""
    apart = copy.copy(model)
    for name, scale in scales.items():
        object.__setattr__(apart, name, scale)
    return apart


def of_rows(model: M, rows: Counts) -> M:
    """The model of some of these customers, if they are told apart; else it is the model of all."""
    kind: Any = type(model)
    fields: tuple[attrs.Attribute[Any], ...] = attrs.fields(kind)
    held = {field.name: getattr(model, field.name) for field in fields}
    columns: dict[str, Any] = {name: held[name][rows] for name in held if np.ndim(held[name])}
    return told_apart(model, columns) if columns else model


@attrs.frozen(eq=False)
class Alike:
    """A model is asked about each history once, and its answer holds for all customers who show it.

    rows : (m,) the histories, known by the first row that shows them. Each customer is asked about for himself, m = n,
        where the model tells customers apart, or where finding those who are alike would take longer than asking.
    """

    rows: Purchases
    _found: Distinct | None

    @classmethod
    def to(cls, model: object, purchases: Purchases) -> Alike:
        """Those of these customers who are alike to this model."""
        per = days_per(purchases.period)
        keys = [(purchases.frequency, 1.0), (purchases.recency, per), (purchases.age, per)]
        found = None if _tells_apart(model) else distinct_if_few(keys)
        if found is None:
            return cls(purchases, None)
        shown = {name: getattr(purchases, name)[found.first] for name in ("frequency", "recency", "age")}
        known_by = {"ids": found.first, "weight": ones(found.first.size)}
        return cls(struct.derived(purchases.histories(), shown | known_by), found)

    def each(self, answers: Floats) -> Floats:
        """(n,) the answers for the customers, from those for the histories (m,)."""
        return sealed(answers if self._found is None else self._found.each(answers))


def sharing(model: object, keys: Sequence[tuple[Floats, float]]) -> Distinct:
    """The `distinct` rows of these columns, if customers are alike to the model but for them; else each row is itself."""
    return Distinct.none_alike(keys[0][0].size) if _tells_apart(model) else distinct(keys)


def _tells_apart(model: object) -> bool:
    return np.ndim(getattr(model, "alpha", 0.0)) > 0


@runtime_checkable
class Telling(Protocol):
    """A model that knows customers by their ids, as those `given` their covariates; ``told_of`` has the rest."""

    @property
    def period(self) -> Period: ...

    def draws(self, n: int, *, random: np.random.Generator) -> Iterator[Telling]:
        """``n`` of them with parameters that the data might as well have come from."""
        ...

    def told_of(self, purchases: Purchases) -> Any:
        """The model of these customers, told apart row by row."""
        ...

    def model_of(self, customer: Any) -> Any:
        """The model that this customer alone has."""
        ...
