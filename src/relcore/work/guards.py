"""The rules that all that is to be done shares: time goes forward, and what is moved goes somewhere else."""

from __future__ import annotations

from typing import Any, Protocol

import attrs

from relcore.ids import CustomerId
from relcore.kernel.entity import a
from relcore.kernel.ids import Id
from relcore.kernel.lifecycle import Given, guard


class _Work(Protocol):
    @property
    def id(self) -> Id: ...
    @property
    def state(self) -> Any: ...
    @property
    def changed_at(self) -> Any: ...  # a moment; pyright takes a field with a converter for a descriptor


class _OfCustomer(_Work, Protocol):
    @property
    def customer(self) -> CustomerId | None: ...


@attrs.frozen
class BelongsTo:
    """The customer it is about after all, told to the guard of a reattribution."""

    customer: CustomerId = attrs.field(validator=a(CustomerId))


@guard("that is before the last thing that happened to it; look at the clock")
def in_order(work: _Work, given: Given) -> bool:
    return bool(given.at >= work.changed_at)


@guard("it is about this customer already")
def to_another(work: _OfCustomer, given: Given) -> bool:
    return given[BelongsTo].customer != work.customer
