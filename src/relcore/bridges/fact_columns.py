"""Facts about customers, as columns: what `fold_facts` reads."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.bridges.stay_columns import Codes, Counts
from relcore.customers.lifecycle_facts import KINDS, AnyFact, ContractFact, Ordered
from relcore.kernel.clock import microseconds
from relcore.kernel.errors import Invalid

_CODE = {kind: code for code, kind in enumerate(KINDS)}


@attrs.frozen(eq=False, repr=False)
class FactColumns:
    """One row per fact, in any order: all (n,).

    customer : whose, a code >= 0. at : when it happened, in microseconds since 1970-01-01 UTC. kind : position in
    ``relcore.customers.lifecycle_facts.KINDS``. recognised : since when it is known, not before ``at``. measure : the
    number that facts of its kind carry (a probability, a health, a share, an answer; 1 for a contact that was
    permitted), 0 for the others. contract : which of the customer's, as codes in the order of their references; 0
    where there is none.

    Raises ``Invalid`` if the columns differ in length, for a kind that there is not, and if something was known before
    it happened.
    """

    customer: Counts
    at: Counts
    kind: Codes
    recognised: Counts
    measure: NDArray[np.float64]
    contract: Counts

    def __attrs_post_init__(self) -> None:
        sizes = tuple(column.shape for column in attrs.astuple(self, recurse=False))
        if len(set(sizes)) > 1 or len(sizes[0]) != 1:
            raise Invalid("columns", "must be of one length", sizes, "give one value per fact in each")
        if self.at.size and not 0 <= int(self.kind.min()) <= int(self.kind.max()) < len(KINDS):
            raise Invalid(
                "kind", f"must lie in 0..{len(KINDS) - 1}", (int(self.kind.min()), int(self.kind.max()))
            )
        if self.recognised is not self.at and bool((self.recognised < self.at).any()):
            raise Invalid("recognised", "must not lie before at", int((self.recognised < self.at).sum()))

    @classmethod
    def orders(cls, customer: Counts, at: Counts) -> FactColumns:
        """Nothing but orders, each known at once. What is the same in every row takes no memory."""
        return cls(
            customer,
            at,
            np.broadcast_to(np.int8(_CODE[Ordered]), at.shape),
            at,
            np.broadcast_to(np.float64(0), at.shape),
            np.broadcast_to(np.int64(0), at.shape),
        )

    @classmethod
    def of(cls, customer: Counts, facts: Sequence[AnyFact]) -> FactColumns:
        """``customer[i]`` is whom ``facts[i]`` is about."""
        n = len(facts)
        contracts = [fact.contract if isinstance(fact, ContractFact) else "" for fact in facts]
        code = {name: place for place, name in enumerate(sorted(set(contracts)))}
        return cls(
            customer,
            np.fromiter((microseconds(fact.at) for fact in facts), np.int64, n),
            np.fromiter((_CODE[type(fact)] for fact in facts), np.int8, n),
            np.fromiter((microseconds(fact.recognised_at) for fact in facts), np.int64, n),
            np.fromiter((fact.measure for fact in facts), np.float64, n),
            np.fromiter((code[name] for name in contracts), np.int64, n),
        )

    @classmethod
    def joined(cls, one: FactColumns, other: FactColumns) -> FactColumns:
        """The rows of the one and then those of the other, whose contracts are told apart by the same codes."""
        if not other.at.size:
            return one
        pairs = zip(attrs.astuple(one, recurse=False), attrs.astuple(other, recurse=False), strict=True)
        return cls(*(np.concatenate(pair) for pair in pairs))

    @property
    def only_orders(self) -> bool:
        return self.kind.strides == (0,) and self.recognised is self.at

    def rows(self, chosen: Counts) -> FactColumns:
        """Those rows, in that order."""
        if self.only_orders:
            return FactColumns.orders(self.customer[chosen], self.at[chosen])
        return FactColumns(*(column[chosen] for column in attrs.astuple(self, recurse=False)))

    def in_time(self) -> Counts:
        """(n,) the rows by customer and, within each, in the order in which facts count (`in_time` of the slice)."""
        key = self._nearly_in_time()
        order: Counts = np.argsort(key)
        same = key[order]
        same = same[1:] == same[:-1]
        # Few facts of a customer share their moment with another: only they are put in order by the rest.
        tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
        rows = order[tied]
        keys = (self.contract, -self.measure, self.recognised, self.kind, self.at, self.customer)
        order[tied] = rows[np.lexsort([rows, *(key[rows] for key in keys)])]
        return order

    def _nearly_in_time(self) -> Counts:
        """(n,) customer and moment in one whole number, for one sorts several times as fast as two columns do.

        As many low bits of the moment are left out as there is no room for: facts of one moment share their number, and
        those of neighbouring moments may.
        """
        if not self.at.size:
            return self.at
        since = self.at - self.at.min()
        spare = 63 - int(self.customer.max()).bit_length()
        key: Counts = (self.customer << spare) + (since >> max(0, int(since.max()).bit_length() - spare))
        return key
