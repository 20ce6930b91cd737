"""Who was in which state from when to when: what survival and transition models need of a history.

A spell is half-open: it holds its start and not its stop. One that was still going on when observation ended is not
``observed`` to its end: it is censored, and says so instead of pretending to have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relcore import frames
from relcore.analytics.arrays import Counts, Floats, Ids, chosen, floats, frozen, sealed, truths
from relcore.analytics.columns import moments, reading, struct
from relcore.analytics.columns.codes import Codes, coded, codes, narrow, recoded, texts, united
from relcore.analytics.columns.panel import Panel
from relcore.analytics.period import Period, days_per
from relcore.kernel.errors import Fault, Invalid, InvalidRows

ONE: tuple[str, ...] = ("",)
"""The names of a column in which nothing is told apart."""


def whole(values: ArrayLike) -> Counts:
    """A read-only int64 vector."""
    return frozen(np.asarray(values, dtype=np.int64))


def ids(values: Ids | Sequence[Any]) -> Ids:
    """A read-only vector of text (as objects) or whole numbers."""
    given = np.asarray(values)
    if given.dtype.kind in "iuO":
        return frozen(given)
    text = np.empty(given.size, dtype=np.object_)
    text[:] = given.tolist()
    return sealed(text)


@attrs.frozen(eq=False, repr=False, kw_only=True)
class Spells:
    """One row per spell. Checked when made, read-only ever after; a subject may have any number of them.

    subject : (n,) whose spell: text or whole numbers.
    state : (n,) where: positions in ``states``.
    start, stop : (n,) microseconds since 1970-01-01 UTC, start <= stop; the spell holds start and not stop.
    cause : (n,) what ended it: positions in ``causes``; of no matter where the end was not seen.
    observed : (n,) whether stop is the end of the spell; False where observation ended before it did.
    entry : (n,) from when on the subject was watched, in [start, stop]: later than start for one that was met
        half-way (left truncation), who could not have been seen to end before.
    weight : (n,) how many spells the row stands for, > 0.
    group : (n,) which population: positions in ``groups``.
    zone : in which months and days begin; None for UTC, or for calendar times that know no zone.

    No rows (n = 0) are fine everywhere but where a model has to learn from them.
    """

    subject: Ids = attrs.field(converter=ids)
    state: Codes = attrs.field(converter=codes)
    start: Counts = attrs.field(converter=whole)
    stop: Counts = attrs.field(converter=whole)
    cause: Codes = attrs.field(converter=codes)
    observed: NDArray[np.bool_] = attrs.field(converter=truths)
    entry: Counts = attrs.field(converter=whole)
    weight: Floats = attrs.field(converter=floats)
    group: Codes = attrs.field(converter=codes)
    states: tuple[str, ...] = attrs.field(converter=texts)
    causes: tuple[str, ...] = attrs.field(default=ONE, converter=texts)
    groups: tuple[str, ...] = attrs.field(default=ONE, converter=texts)
    zone: str | None = None

    __eq__ = struct.equal
    __hash__ = None  # type: ignore[assignment]  # arrays have none
    __len__ = struct.length

    def __attrs_post_init__(self) -> None:
        if self.zone is not None:
            moments.timezone(self.zone)
        struct.same_length(self)
        struct.keeps(self, Spells._rules)

    def _rules(self) -> list[struct.Rule]:
        inside = (self.entry >= self.start) & (self.entry <= self.stop)
        return [
            *(_known(name, getattr(self, name), len(names)) for name, names in self._names().items()),
            ("stop", "must not lie before start", self.stop >= self.start),
            ("entry", "must lie in [start, stop]", inside),
            ("weight", "must be finite and > 0", np.isfinite(self.weight) & (self.weight > 0)),
        ]

    def _names(self) -> dict[str, tuple[str, ...]]:
        return {"state": self.states, "cause": self.causes, "group": self.groups}

    # --- where they come from ---

    @classmethod
    def from_arrays(
        cls,
        *,
        subject: Sequence[Any] | Ids,
        state: Sequence[str] | NDArray[Any],
        start: Sequence[Any] | NDArray[Any],
        stop: Sequence[Any] | NDArray[Any],
        cause: Sequence[str] | NDArray[Any] | None = None,
        observed: ArrayLike | None = None,
        entry: Sequence[Any] | NDArray[Any] | None = None,
        weight: ArrayLike | None = None,
        group: Sequence[str] | NDArray[Any] | None = None,
        states: Sequence[str] | None = None,
        until: date | str | None = None,
        zone: str | None = None,
    ) -> Self:
        """From arrays or lists, one value per spell; the same as `from_frame`.

        >>> Spells.from_arrays(
        ...     subject=["a", "a", "b"],
        ...     state=["new", "loyal", "new"],
        ...     start=["2026-01-01", "2026-02-15", "2026-03-01"],
        ...     stop=["2026-02-15", None, None],
        ...     until="2026-03-31",
        ... )
        Spells of 2 subjects, 3 spells from 2026-01-01 to 2026-04-01
          state   spells  ended  mean days
          loyal        1      0       45.0
          new          2      1       38.0
        """
        given: dict[str, Any] = {
            "subject": subject,
            "state": state,
            "start": start,
            "stop": stop,
            "cause": cause,
        }
        given |= {"observed": observed, "entry": entry, "weight": weight, "group": group}
        table: dict[str, Any] = {
            name: column if isinstance(column, np.ndarray) else list(column)
            for name, column in given.items()
            if column is not None
        }
        return cls.from_frame(table, **{name: name for name in table}, states=states, until=until, zone=zone)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        subject: str,
        state: str,
        start: str,
        stop: str,
        cause: str | None = None,
        observed: str | None = None,
        entry: str | None = None,
        weight: str | None = None,
        group: str | None = None,
        states: Sequence[str] | None = None,
        until: date | str | None = None,
        zone: str | None = None,
    ) -> Self:
        """From a table with one row per spell: pandas, Polars (eager or lazy), PyArrow, DuckDB, or a mapping of columns.

        subject, state, start, stop : the names of the columns. A missing stop is a spell that goes on.
        cause, observed, entry, weight, group : further columns, if there are any. Without ``observed`` every spell
            with a stop was seen to end.
        states : the states there are, in the order wanted; without them those that occur, in alphabetical order.
        until : the last day of observation, inclusive. What starts later is left out, what stops later is censored
            then. It must be given when a stop is missing.
        zone : where times say their offset, the zone whose months and days are meant.

        Raises ``InvalidRows`` naming column, row (from 0) and value.
        """
        wanted = [subject, state, start, stop]
        wanted += [name for name in (cause, observed, entry, weight, group) if name is not None]
        table = frames.read(frame, wanted, zone=None if zone is None else "UTC")
        instants = None if zone is None else zone
        n = len(table[subject])
        unique, code, faults = reading.customers(table[subject], subject)
        where, names, wrong = coded(table[state], state, states)
        begin, no_start, unfit = moments.moments(table[start], start, instants)
        end, open_, odd = moments.moments(table[stop], stop, instants)
        faults += [*wrong, *unfit, *odd, *_missing(start, no_start)]
        seen = ~open_ if observed is None else ~open_ & np.asarray(table[observed], dtype=np.bool_)
        over = None if until is None else moments.end_of(until, zone)
        if over is not None:
            seen &= end <= over
            end = np.where(open_, over, np.minimum(end, over))
        elif open_.any():
            faults.append(_open_end(stop, open_))
        met = begin
        if entry is not None:
            met, no_entry, unfit = moments.moments(table[entry], entry, instants)
            met, faults = np.where(no_entry, begin, met), faults + unfit
        why, causes = np.zeros(n, dtype=np.int8), ONE
        if cause is not None:
            told = [value if value is not None and value == value else "" for value in _listed(table[cause])]
            why, causes, wrong = coded(told, cause, None)
            faults += wrong
        which, groups = np.zeros(n, dtype=np.int8), ONE
        if group is not None:
            which, groups, wrong = coded(table[group], group, None)
            faults += wrong
        heavy = np.ones(n)
        if weight is not None:
            heavy, wrong = reading.amounts(table[weight], weight)
            faults += wrong
        if faults:
            raise InvalidRows(faults)
        kept = np.ones(n, dtype=np.bool_) if over is None else (begin < over) & (met < over)
        return cls(
            subject=sealed(unique[code[kept]]), state=where[kept], start=begin[kept], stop=end[kept],
            cause=why[kept], observed=seen[kept], entry=met[kept], weight=heavy[kept], group=which[kept],
            states=names, causes=causes, groups=groups, zone=zone,
        )  # fmt: skip

    # --- what can be done with them ---

    def __add__(self, other: Spells) -> Spells:
        """The rows of both; the zone must agree, names of states, causes and groups are united."""
        if self.zone != other.zone:
            raise Invalid("zone", "must be the same on both sides", (self.zone, other.zone))
        mine, theirs = struct.columns(self), struct.columns(other)
        subject = both(mine.pop("subject"), theirs.pop("subject"))
        names = {name: united(held, other._names()[name]) for name, held in self._names().items()}
        for name, into in names.items():
            mine[name] = narrow(recoded(mine[name], self._names()[name], into), len(into))
            theirs[name] = narrow(recoded(theirs[name], other._names()[name], into), len(into))
        rows = {name: sealed(np.concatenate([mine[name], theirs[name]])) for name in mine}
        open_: Any = {"subject": subject, **rows, **{f"{name}s": into for name, into in names.items()}}
        return attrs.evolve(self, **open_)

    def where(self, mask: ArrayLike) -> Spells:
        """The rows for which the (n,) mask holds."""
        return struct.rows(self, chosen(mask, len(self)))

    def of_state(self, state: str) -> Spells:
        """The spells in one state: the times until it was left are what a survival curve is fitted to."""
        return self.where(self.state == _position(state, self.states, "state"))

    def of_group(self, group: str) -> Spells:
        """The spells of one population."""
        return self.where(self.group == _position(group, self.groups, "group"))

    def duration(self, period: Period) -> Floats:
        """(n,) from start to stop, in periods."""
        return sealed((self.stop - self.start) / moments.microseconds_per(period))

    def by(self, period: Period) -> Panel:
        """Where each subject stood at the end of each calendar period, as far as it was watched then.

        At the end means in the last moment before the next period begins, so that a month that was observed to its
        last day counts. Calendar months differ in length; what is counted in them is counted in months.

        Raises `Invalid` when a subject was in two states at one time.

        >>> spells = Spells.from_arrays(
        ...     subject=["a", "a"],
        ...     state=["new", "loyal"],
        ...     start=["2026-01-10", "2026-02-15"],
        ...     stop=["2026-02-15", None],
        ...     until="2026-03-31",
        ... )
        >>> panel = spells.by("month")
        >>> [panel.states[code] for code in panel.state]
        ['new', 'loyal', 'loyal']
        """
        if not len(self):
            days_per(period)
            none = np.empty(0, dtype=np.int64)
            return Panel(self.subject, none, self.state, self.weight, self.states, period, self.zone)
        first, ends = moments.steps(period, int(self.start.min()), int(self.stop.max()), self.zone)
        low = np.searchsorted(ends, np.maximum(self.start, self.entry), side="right")
        high = np.searchsorted(ends, self.stop, side="right")
        stood = np.maximum(high - low, 0)
        row = np.repeat(np.arange(len(self)), stood)
        step = np.arange(row.size) - np.repeat(np.cumsum(stood) - stood, stood) + low[row] + first
        return Panel.sorted(
            self.subject[row], step, self.state[row], self.weight[row], self.states, period, self.zone
        )

    def __repr__(self) -> str:
        whom = (
            np.unique(self.subject).size
            if self.subject.dtype.kind != "O"
            else len(set(self.subject.tolist()))
        )
        head = f"Spells of {whom:,} subject{'' if whom == 1 else 's'}, {len(self):,} spell{'' if len(self) == 1 else 's'}"
        if not len(self):
            return head
        head += (
            f" from {moments.told(self.start.min(), self.zone)} to {moments.told(self.stop.max(), self.zone)}"
        )
        head += f" ({self.zone})" if self.zone else ""
        wide = max(5, *map(len, self.states))
        size = np.bincount(self.state, self.weight, len(self.states))
        ended = np.bincount(self.state, self.weight * self.observed, len(self.states))
        days = np.bincount(self.state, self.weight * self.duration("day"), len(self.states))
        lines = [f"  {'state':<{wide}}{'spells':>9}{'ended':>7}{'mean days':>11}"]
        for n, name in enumerate(self.states):
            if size[n]:
                mean = days[n] / size[n]
                lines.append(f"  {name:<{wide}}{size[n]:>9,.0f}{ended[n]:>7,.0f}{mean:>11,.1f}")
        return "\n".join([head, *lines])


def both(mine: Ids, theirs: Ids) -> Ids:
    """The subjects of one table after those of another; text beside whole numbers is refused."""
    if not mine.size or not theirs.size:
        # An empty column says nothing about its kind.
        return theirs if theirs.size else mine
    if mine.dtype.kind != theirs.dtype.kind:
        kinds = (str(mine.dtype), str(theirs.dtype))
        raise Invalid(
            "subject", "must be of one kind on both sides", kinds, "give text or whole numbers on both"
        )
    return np.concatenate([mine, theirs])


def _known(column: str, values: Codes, names: int) -> struct.Rule:
    return column, f"must be a position in {names} {column}s", (values >= 0) & (values < names)


def _position(name: str, names: tuple[str, ...], what: str) -> int:
    if name not in names:
        raise Invalid(what, f"must be one of {', '.join(names)}", str(name))
    return names.index(name)


def _missing(column: str, missing: NDArray[np.bool_]) -> list[Fault]:
    if not missing.any():
        return []
    remedy = "leave the row out or fill it in"
    return [
        Fault(column, int(np.argmax(missing)), "a moment must be there", None, int(missing.sum()), remedy)
    ]


def _open_end(column: str, open_: NDArray[np.bool_]) -> Fault:
    remedy = 'say until when it was watched: until="2026-03-31"'
    rule = "a spell that goes on needs an end of observation"
    return Fault(column, int(np.argmax(open_)), rule, None, int(open_.sum()), remedy)


def _listed(raw: frames.Raw) -> list[Any]:
    return raw.tolist() if isinstance(raw, np.ndarray) else raw
