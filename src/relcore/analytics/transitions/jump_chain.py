"""Where they go next, whenever they go: the share of each change of state among all that leave a state.

How long they stay before is another question (a survival curve answers it); a matrix from month to month mixes both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore.analytics.arrays import Floats, sealed
from relcore.analytics.columns import struct
from relcore.analytics.columns.codes import texts
from relcore.analytics.columns.transitions import Transitions
from relcore.analytics.interval import Interval
from relcore.analytics.transitions.shares import shares, table, wilson
from relcore.analytics.transitions.state_table import (
    StateTable,
    Unexpected,
    in_order_of,
    jump_mask,
    parted,
    square,
    states_of,
)
from relcore.kernel.errors import Invalid


@attrs.frozen(eq=False, repr=False)
class JumpChain:
    """Counted jumps between states, and what the table says can be: all (k, k), row = from, column = to.

    states : k names. counts : how often each jump was seen, >= 0 and 0 outside of the mask.
    allowed : which jumps can be. unexpected : the jumps that were seen although they cannot be; not in ``counts``.
    """

    states: tuple[str, ...] = attrs.field(converter=texts)
    counts: Floats
    allowed: NDArray[np.bool_]
    unexpected: tuple[Unexpected, ...] = ()

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @classmethod
    def fit(cls, transitions: Transitions, *, lifecycle: StateTable) -> Self:
        """Count the changes that the lifecycle has a row for, in the order of its states; list the others.

        Raises `Invalid` for a state that the lifecycle does not know.
        """
        states = states_of(lifecycle)
        counts, allowed = in_order_of(states, transitions.counts(), transitions.states), jump_mask(lifecycle)
        inside, unexpected = parted(states, counts, allowed)
        return cls(states, sealed(inside), sealed(allowed), unexpected)

    @classmethod
    def from_counts(
        cls, states: Sequence[str], counts: ArrayLike, *, allowed: ArrayLike | None = None
    ) -> Self:
        """From published counts, (k, k); unless told otherwise every jump to another state is allowed.

        >>> JumpChain.from_counts(["home", "cart", "paid"], [[0, 30, 0], [18, 0, 12], [0, 0, 0]])
        JumpChain of 60 jumps between 3 states
                 home    cart    paid        n
        home        . 100.0 %   0.0 %       30
        cart   60.0 %       .  40.0 %       30
        paid        ?       ?       .        0
        """
        where = ~np.eye(len(states), dtype=np.bool_) if allowed is None else allowed
        return cls(
            states,
            square(counts, states, "counts", np.float64),
            square(where, states, "allowed", np.bool_),
        )

    def __attrs_post_init__(self) -> None:
        check(self.states, self.counts, self.allowed)

    @property
    def n(self) -> Floats:
        """(k,) how often each state was left: what the shares of its row rest on."""
        return sealed(self.counts.sum(axis=1))

    @property
    def probabilities(self) -> Floats:
        """(k, k) the share of each jump among those that leave the state; rows add up to 1.

        0 where the table has no way, and in the whole row of a state that nobody was seen to leave (``n`` is 0: an
        end, or too little data; nothing is made up for it). Where the table has one way only, it is 1, seen or not.
        """
        return shares(self.counts, self.allowed)

    def probability_interval(self, *, level: float = 0.95) -> Interval:
        """(k, k) how sure each share is: Wilson's score interval, [0, 0] where the table has no way."""
        return wilson(self.counts, self.allowed, level)

    def __repr__(self) -> str:
        head = f"JumpChain of {self.counts.sum():,.0f} jumps between {len(self.states)} states"
        return "\n".join([head, table(self.states, self.counts, self.allowed), *told(self.unexpected)])


def check(states: tuple[str, ...], counts: Floats, allowed: NDArray[np.bool_]) -> None:
    """Refuse what is no matrix of counts under a mask."""
    if len(set(states)) < len(states):
        raise Invalid("states", "must be distinct", states)
    square(counts, states, "counts", np.float64)
    square(allowed, states, "allowed", np.bool_)
    if not np.all((counts >= 0) & np.isfinite(counts)):
        raise Invalid(
            "counts", "must be finite and >= 0", float(counts[~((counts >= 0) & np.isfinite(counts))][0])
        )
    if np.any(counts[~allowed] > 0):
        raise Invalid(
            "counts",
            "must be 0 outside of the mask",
            float(counts[~allowed].max()),
            "fit() lists them instead",
        )


def told(unexpected: tuple[Unexpected, ...]) -> list[str]:
    """The last line of a matrix's picture, if there is something to say."""
    if not unexpected:
        return []
    first: Any = unexpected[0]
    seen = sum(jump.count for jump in unexpected)
    return [f"left out: {seen:,.0f} that the table has no way for, such as {first.source} -> {first.target}"]
