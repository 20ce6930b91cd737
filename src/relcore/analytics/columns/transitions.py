"""Who went from where to where, and when: one row per change of state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore import frames
from relcore.analytics.arrays import Counts, Ids, chosen, sealed
from relcore.analytics.columns import moments, reading, struct
from relcore.analytics.columns.codes import Codes, coded, codes, narrow, recoded, texts, united
from relcore.analytics.columns.pair_counts import pair_counts
from relcore.analytics.columns.spells import both, ids, whole
from relcore.kernel.errors import Fault, Invalid, InvalidRows


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Transitions:
    """One row per change of state. Checked when made, read-only ever after.

    subject : (n,) who: text or whole numbers.
    source, target : (n,) from where and to where: positions in ``states``.
    at : (n,) when, in microseconds since 1970-01-01 UTC.
    spell : (n,) for the how manyth time the subject is there (1, 2, ...): of a customer who churned and came back,
        what happens afterwards is of the second spell.

    No rows (n = 0) are fine everywhere.
    """

    subject: Ids = attrs.field(converter=ids)
    source: Codes = attrs.field(converter=codes)
    target: Codes = attrs.field(converter=codes)
    at: Counts = attrs.field(converter=whole)
    spell: Counts = attrs.field(converter=whole)
    states: tuple[str, ...] = attrs.field(converter=texts)
    zone: str | None = None

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        if self.zone is not None:
            moments.timezone(self.zone)
        struct.same_length(self)
        struct.keeps(self, _rules)

    @classmethod
    def from_arrays(
        cls,
        *,
        subject: Sequence[Any] | Ids,
        source: Sequence[str] | NDArray[Any],
        target: Sequence[str] | NDArray[Any],
        at: Sequence[Any] | NDArray[Any],
        spell: Sequence[int] | NDArray[Any] | None = None,
        states: Sequence[str] | None = None,
        zone: str | None = None,
    ) -> Self:
        """From arrays or lists, one value per change; the same as `from_frame`.

        >>> Transitions.from_arrays(
        ...     subject=[7, 7],
        ...     source=["new", "loyal"],
        ...     target=["loyal", "gone"],
        ...     at=["2026-01-05", "2026-03-01"],
        ... )
        Transitions of 1 subject between 3 states, 2 changes from 2026-01-05 to 2026-03-01
        """
        given: dict[str, Any] = {
            "subject": subject,
            "source": source,
            "target": target,
            "at": at,
            "spell": spell,
        }
        table: dict[str, Any] = {
            name: column if isinstance(column, np.ndarray) else list(column)
            for name, column in given.items()
            if column is not None
        }
        return cls.from_frame(table, **{name: name for name in table}, states=states, zone=zone)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        subject: str,
        source: str,
        target: str,
        at: str,
        spell: str | None = None,
        states: Sequence[str] | None = None,
        zone: str | None = None,
    ) -> Self:
        """From a table with one row per change: pandas, Polars (eager or lazy), PyArrow, DuckDB, or a mapping of columns.

        subject, source, target, at : the names of the columns. spell : its column, if there is one; else all are 1.
        states : the states there are, in the order wanted; without them those that occur, in alphabetical order.
        zone : where times say their offset, the zone whose days are meant.

        Raises ``InvalidRows`` naming column, row (from 0) and value.
        """
        wanted = [subject, source, target, at, *([] if spell is None else [spell])]
        table = frames.read(frame, wanted, zone=None if zone is None else "UTC")
        unique, code, faults = reading.customers(table[subject], subject)
        origin, from_names, wrong = coded(table[source], source, states)
        end, to_names, unfit = coded(table[target], target, states)
        when, missing, odd = moments.moments(table[at], at, zone)
        faults += wrong + unfit + odd
        if missing.any():
            row, remedy = int(np.argmax(missing)), "leave the row out or fill it in"
            faults.append(Fault(at, row, "a moment must be there", None, int(missing.sum()), remedy))
        if faults:
            raise InvalidRows(faults)
        names = from_names if states is not None else tuple(sorted({*from_names, *to_names}))
        return cls(
            subject=sealed(unique[code]),
            source=recoded(origin, from_names, names),
            target=recoded(end, to_names, names),
            at=when,
            spell=np.ones(code.size, dtype=np.int64) if spell is None else table[spell],
            states=names,
            zone=zone,
        )

    def counts(self) -> Counts:
        """(k, k) how often each change was made: row = from, column = to, both in the order of ``states``."""
        return pair_counts(self.source, self.target, len(self.states))

    def __add__(self, other: Transitions) -> Transitions:
        """The rows of both; the zone must agree, the names of states are united."""
        if self.zone != other.zone:
            raise Invalid("zone", "must be the same on both sides", (self.zone, other.zone))
        mine, theirs = struct.columns(self), struct.columns(other)
        subject = both(mine.pop("subject"), theirs.pop("subject"))
        names = united(self.states, other.states)
        for name in ("source", "target"):
            mine[name] = narrow(recoded(mine[name], self.states, names), len(names))
            theirs[name] = narrow(recoded(theirs[name], other.states, names), len(names))
        rows = {name: sealed(np.concatenate([mine[name], theirs[name]])) for name in mine}
        open_: Any = rows  # mypy takes each column for each of the fields
        return attrs.evolve(self, subject=subject, **open_, states=names)

    def where(self, mask: ArrayLike) -> Transitions:
        """The rows for which the (n,) mask holds."""
        return struct.rows(self, chosen(mask, len(self)))

    def __repr__(self) -> str:
        whom = (
            np.unique(self.subject).size
            if self.subject.dtype.kind != "O"
            else len(set(self.subject.tolist()))
        )
        changes = f"{len(self):,} change{'' if len(self) == 1 else 's'}"
        says = f"Transitions of {whom:,} subject{'' if whom == 1 else 's'} between {len(self.states)} states, {changes}"
        if not len(self):
            return says
        first, last = (moments.told(at, self.zone) for at in (self.at.min(), self.at.max()))
        return f"{says} from {first} to {last}" + (f" ({self.zone})" if self.zone else "")


def _rules(self: Transitions) -> list[struct.Rule]:
    k = len(self.states)
    return [
        ("source", f"must be a position in {k} states", (self.source >= 0) & (self.source < k)),
        ("target", f"must be a position in {k} states", (self.target >= 0) & (self.target < k)),
        ("spell", "must be >= 1", self.spell >= 1),
    ]
