"""Where each subject stood at the end of each calendar period: what a matrix from month to month is counted from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore import frames
from relcore.analytics.arrays import Counts, Floats, Ids, sealed
from relcore.analytics.columns import moments, reading, struct
from relcore.analytics.columns.codes import Codes, coded
from relcore.analytics.period import Period
from relcore.kernel.errors import Fault, Invalid, InvalidRows


@attrs.frozen(eq=False, repr=False)
class Panel:
    """One row per subject and period in which it was watched; made by `Spells.by` and by `from_frame`.

    subject : (m,) text or whole numbers; the rows of a subject come together.
    step : (m,) the calendar period, numbered from the one that holds 1970-01-01; increasing within a subject. A
        period in which nobody looked is missing, and no pair is made over the hole.
    state : (m,) where the subject stood at the end of the period: positions in ``states``.
    weight : (m,) how many subjects the row stands for, > 0.
    """

    subject: Ids
    step: Counts
    state: Codes
    weight: Floats
    states: tuple[str, ...]
    period: Period
    zone: str | None = None

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    @classmethod
    def sorted(
        cls,
        subject: Ids,
        step: Counts,
        state: Codes,
        weight: Floats,
        states: tuple[str, ...],
        period: Period,
        zone: str | None = None,
    ) -> Self:
        """From rows in any order. Raises `Invalid` when a subject stands in two states in one period."""
        rows = (subject, step, state, weight)
        if not _in_order(subject, step):
            _, code, _ = reading.customers(subject, "subject")
            order = np.lexsort((step, code))
            rows = (subject[order], step[order], state[order], weight[order])
        subject, step, state, weight = rows
        twice = np.flatnonzero((subject[1:] == subject[:-1]) & (step[1:] == step[:-1]))
        if twice.size:
            row = int(twice[0])
            pair = (states[int(state[row])], states[int(state[row + 1])])
            when = moments.label(period, int(step[row]))
            remedy = "end one spell where the next begins"
            raise Invalid("state", f"must be one at a time, for each subject ({when})", pair, remedy)
        subject, step, state, weight = (sealed(np.array(column)) for column in rows)
        return cls(subject, step, state, weight, states, period, zone)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        subject: str,
        at: str,
        state: str,
        period: Period,
        states: Sequence[str] | None = None,
        zone: str | None = None,
    ) -> Self:
        """From a table of snapshots, one row per subject and period: any frame, or a mapping of columns.

        at : the column of dates or times in the period meant; for a month any day of it.
        states : the states there are, in the order wanted; without them those that occur, in alphabetical order.

        >>> rain = {
        ...     "who": ["a", "a", "a"],
        ...     "day": ["2026-01-01", "2026-01-02", "2026-01-04"],
        ...     "is": ["dry", "wet", "dry"],
        ... }
        >>> Panel.from_frame(rain, subject="who", at="day", state="is", period="day")
        Panel of 1 subject at the end of 3 days from 2026-01-01 to 2026-01-04: 1 pair
        """
        table = frames.read(frame, [subject, at, state], zone=None if zone is None else "UTC")
        unique, code, faults = reading.customers(table[subject], subject)
        when, missing, unfit = moments.moments(table[at], at, zone)
        where, names, wrong = coded(table[state], state, states)
        faults += unfit + wrong
        if missing.any():
            remedy = "leave the row out or fill it in"
            row = int(np.argmax(missing))
            faults.append(Fault(at, row, "a moment must be there", None, int(missing.sum()), remedy))
        if faults:
            raise InvalidRows(faults)
        step = moments.numbers(period, when, zone)
        return cls.sorted(unique[code], step, where, np.ones(code.size), names, period, zone)

    def pairs(self) -> tuple[Codes, Codes, Floats]:
        """From where, to where and how many: each subject in two periods that follow each other. All (p,)."""
        follows = (self.subject[1:] == self.subject[:-1]) & (self.step[1:] == self.step[:-1] + 1)
        return self.state[:-1][follows], self.state[1:][follows], self.weight[:-1][follows]

    def __repr__(self) -> str:
        fresh = int((self.subject[1:] != self.subject[:-1]).sum()) + bool(len(self))
        whom = f"Panel of {fresh:,} subject{'' if fresh == 1 else 's'}"
        if not len(self):
            return f"{whom}, by {self.period}"
        first, last = (moments.label(self.period, int(step)) for step in (self.step.min(), self.step.max()))
        pairs = int(self.pairs()[0].size)
        periods = np.unique(self.step).size
        unit = f"{self.period}{'' if periods == 1 else 's'}"
        return f"{whom} at the end of {periods:,} {unit} from {first} to {last}: {pairs:,} pair{'' if pairs == 1 else 's'}"


def _in_order(subject: Ids, step: NDArray[np.int64]) -> bool:
    """Whether rows of a subject come together and in order of time, as columns from a log do."""
    turn = subject[1:] != subject[:-1]
    if not np.all(turn | (step[1:] >= step[:-1])):
        return False
    heads = np.append(subject[:1], subject[1:][turn])
    return len(set(heads.tolist())) == heads.size
