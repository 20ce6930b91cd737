"""May we contact each of these now? The answers of `relcore.privacy.may_contact`, for millions at once.

`may_contact` is the rule, one customer at a time; this is its twin on columns, and a property test holds the two together:
same answer, same reason, same record that decided, same moment to wait for. One question (channel, purpose, controller,
moment) is asked about everybody. Quiet hours are looked up once per set of zones, by the slice's own function; caps are
one sort.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relcore.channel import Channel, MessageClass
from relcore.ids import CustomerId
from relcore.kernel.clock import aware, from_microseconds, microseconds
from relcore.kernel.errors import Invalid
from relcore.privacy.consent import Consent, ConsentState
from relcore.privacy.contact_policy import ContactPolicy, Released
from relcore.privacy.contact_verdict import (
    AFTER_CONSENT,
    EVEN_TRANSACTIONAL,
    SAYS_NO,
    STANDINGS,
    STRICTEST,
    Permission,
    Reason,
)
from relcore.privacy.quiet_hours import next_open, next_quiet
from relcore.privacy.suppression import RegisterCopy, Suppression, SuppressionKind, SuppressionState

Counts = NDArray[np.int64]
Codes = NDArray[np.int8]
Bools = NDArray[np.bool_]

PERMISSIONS, REASONS = tuple(Permission), tuple(Reason)
"""What a code in a column of answers, and of reasons, stands for."""
STATES, KINDS, CHANNELS = tuple(ConsentState), tuple(SuppressionKind), tuple(Channel)
"""What a code in a column of states, kinds and channels stands for."""
ALL = -1
"""In a column of channels, purposes, controllers, addresses: it holds for all of them."""
NEVER = np.iinfo(np.int64).max
"""In a column of moments: there is none, and it does not end."""
ALWAYS = np.iinfo(np.int64).min
"""In a column of moments: it has been so for ever."""
_TICK = timedelta(microseconds=1)


@attrs.frozen(eq=False, repr=False)
class ConsentColumns:
    """One row per consent, by id: all (m,).

    customer : position among those asked about. channel : in `CHANNELS`. purpose, controller, contact_point : codes of
    the host, the last one `ALL` for the whole channel. state : in `STATES`. granted_at : microseconds since 1970-01-01
    UTC, or `ALWAYS`. valid_until : the same, or `NEVER`.
    """

    customer: Counts
    channel: Codes
    purpose: Counts
    controller: Counts
    contact_point: Counts
    state: Codes
    granted_at: Counts
    valid_until: Counts

    @classmethod
    def of(cls, consents: Iterable[Consent], customers: Sequence[CustomerId], codes: Mapping[str, int]) -> ConsentColumns:  # fmt: skip
        """From entities; those of others than ``customers`` are left out. ``codes``: of purposes, controllers, addresses."""
        place = {customer: n for n, customer in enumerate(customers)}
        rows = sorted((c for c in consents if c.customer in place), key=lambda c: c.id)
        return cls(
            _ints(place[c.customer] for c in rows),
            _codes(CHANNELS.index(c.channel) for c in rows),
            _ints(_code(codes, c.purpose) for c in rows),
            _ints(_code(codes, c.controller) for c in rows),
            _ints(_code(codes, c.contact_point) for c in rows),
            _codes(STATES.index(c.state) for c in rows),
            _ints(_moment(c.granted_at, ALWAYS) for c in rows),
            _ints(_moment(c.valid_until, NEVER) for c in rows),
        )


@attrs.frozen(eq=False, repr=False)
class SuppressionColumns:
    """One row per suppression, by id: all (m,).

    customer : position among those asked about. kind : in `KINDS`. standing : whether it was not lifted. channel : in
    `CHANNELS`, or `ALL`. purpose, controller, contact_point : codes of the host, or `ALL`. since : microseconds since
    1970-01-01 UTC. until : the same, or `NEVER`.
    """

    customer: Counts
    kind: Codes
    standing: Bools
    channel: Codes
    purpose: Counts
    controller: Counts
    contact_point: Counts
    since: Counts
    until: Counts

    @classmethod
    def of(cls, suppressions: Iterable[Suppression], customers: Sequence[CustomerId], codes: Mapping[str, int]) -> SuppressionColumns:  # fmt: skip
        """From entities; those of others than ``customers`` are left out. ``codes``: of purposes, controllers, addresses."""
        place = {customer: n for n, customer in enumerate(customers)}
        known = [(place[s.customer], s) for s in suppressions if s.customer and s.customer in place]
        rows = sorted(known, key=lambda row: row[1].id)
        return cls(
            _ints(where for where, _ in rows),
            _codes(KINDS.index(s.kind) for _, s in rows),
            np.array([s.state is SuppressionState.STANDING for _, s in rows], dtype=np.bool_),
            _codes(ALL if s.channel is None else CHANNELS.index(s.channel) for _, s in rows),
            _ints(_code(codes, s.purpose) for _, s in rows),
            _ints(_code(codes, s.controller) for _, s in rows),
            _ints(_code(codes, s.contact_point) for _, s in rows),
            _ints(microseconds(s.since) for _, s in rows),
            _ints(_moment(s.until, NEVER) for _, s in rows),
        )


@attrs.frozen(eq=False, repr=False)
class ReleaseColumns:
    """One row per marketing message that went out: all (m,).

    customer : position among those asked about. channel : in `CHANNELS`. at : microseconds since 1970-01-01 UTC.
    """

    customer: Counts
    channel: Codes
    at: Counts

    @classmethod
    def of(cls, released: Iterable[Released], customers: Sequence[CustomerId]) -> ReleaseColumns:
        """From facts; those about others than ``customers`` are left out."""
        place = {customer: n for n, customer in enumerate(customers)}
        rows = [r for r in released if r.customer in place]
        return cls(
            _ints(place[r.customer] for r in rows),
            _codes(CHANNELS.index(r.channel) for r in rows),
            _ints(microseconds(r.at) for r in rows),
        )


@attrs.frozen(eq=False, repr=False)
class VerdictColumns:
    """One row per customer asked about: all (n,).

    answer : in `PERMISSIONS`. reason : in `REASONS`. decided_by : the row of the consent or suppression, or the position
    of the cap in the policy; -1 where no record decided. until : when a deferred one may go out, in microseconds since
    1970-01-01 UTC; `NEVER` for the others.
    """

    answer: Codes
    reason: Codes
    decided_by: Counts
    until: Counts

    def counted(self) -> dict[Reason, int]:
        """How many for each reason: what a campaign wants to know before it starts."""
        counts = np.bincount(self.reason, minlength=len(REASONS)).tolist()
        return {reason: count for reason, count in zip(REASONS, counts, strict=True) if count}


def may_contact_each(
    n: int,
    *,
    channel: Channel,
    purpose: int,
    controller: int,
    at: datetime,
    consents: ConsentColumns,
    suppressions: SuppressionColumns | None = None,
    released: ReleaseColumns | None = None,
    contact_point: Counts | None = None,
    message_class: MessageClass = MessageClass.MARKETING,
    policy: ContactPolicy = ContactPolicy(),
    zone: Counts | None = None,
    zones: Sequence[tuple[str, ...]] = (),
    register: RegisterCopy | None = None,
) -> VerdictColumns:
    """For each of ``n`` customers what `may_contact` answers for one.

    purpose, controller : the codes that the columns use. contact_point : (n,) the address that is meant of each, `ALL`
    for none in particular. zone : (n,) where each may be, as a position in ``zones``; -1 where nothing is known.

    Raises ``Invalid`` for columns of other lengths than ``n`` and for customers that are not among the ``n``.
    """
    now = microseconds(aware("at", at))
    point = np.full(n, ALL) if contact_point is None else _of_length(n, contact_point, "contact_point")
    decision = _Decision.begin(n)
    marketing = message_class is MessageClass.MARKETING
    if suppressions is not None and suppressions.customer.size:
        kinds = KINDS if marketing else EVEN_TRANSACTIONAL
        rows = _standing(suppressions, n, CHANNELS.index(channel), purpose, controller, point, now)
        decision.block(suppressions, rows, kinds)
    if not marketing:
        return decision.finished(Reason.TRANSACTIONAL)
    decision.ask(consents, _concerning(consents, n, CHANNELS.index(channel), purpose, controller, point), now)
    if channel in policy.registered and not (register and register.is_fresh(at, policy.register_within)):
        decision.close(Reason.REGISTER_NOT_CONSULTED)
    _defer(decision, policy, channel, released, _of_length(n, zone, "zone"), zones, now)
    return decision.finished(Reason.GRANTED)


# --- the decision, from the strictest reason down ---------------------------------------------------

_GRANTED = REASONS.index(Reason.GRANTED)


@attrs.define(eq=False)
class _Decision:
    """What is decided so far: (n,) each."""

    reason: Codes
    decided_by: Counts
    until: Counts
    after_consent: Codes
    """Suppressions that are looked at only after the consent: the reason, or -1."""
    after_consent_by: Counts

    @classmethod
    def begin(cls, n: int) -> _Decision:
        none = np.full(n, -1, dtype=np.int64)
        return cls(np.full(n, -1, dtype=np.int8), none, np.full(n, NEVER), np.full(n, -1, dtype=np.int8), none.copy())  # fmt: skip

    def block(self, table: SuppressionColumns, rows: Counts, kinds: Sequence[SuppressionKind]) -> None:
        """The strictest suppression of each, of equals the first row."""
        at_once = [k for k in kinds if k in STRICTEST or kinds is EVEN_TRANSACTIONAL]
        self._strictest(table, rows, at_once, self.reason, self.decided_by)
        if kinds is not EVEN_TRANSACTIONAL:
            self._strictest(table, rows, AFTER_CONSENT, self.after_consent, self.after_consent_by)

    def _strictest(
        self,
        table: SuppressionColumns,
        rows: Counts,
        kinds: Sequence[SuppressionKind],
        reason: Codes,
        decided_by: Counts,
    ) -> None:
        rank = np.full(len(KINDS), -1)
        rank[[KINDS.index(kind) for kind in kinds]] = range(len(kinds))
        rows = rows[rank[table.kind[rows]] >= 0]
        who, first = _first_of_each(table.customer[rows], rank[table.kind[rows]], rows, reason.size)
        reasons = np.array([REASONS.index(Reason(kind)) for kind in KINDS], dtype=np.int8)
        reason[who], decided_by[who] = reasons[table.kind[first]], first

    def ask(self, table: ConsentColumns, rows: Counts, now: int) -> None:
        """The consent that decides for each who is not blocked; then the blocks that come after it."""
        standing = _standings(table, rows, now)
        who, first = _first_of_each(table.customer[rows], standing, rows, self.reason.size)
        best = np.full(self.reason.size, REASONS.index(Reason.NO_CONSENT), dtype=np.int8)
        by = np.full(self.reason.size, -1, dtype=np.int64)
        codes = np.array([REASONS.index(reason) for reason in STANDINGS], dtype=np.int8)
        best[who], by[who] = codes[_standings(table, first, now)], first
        granted = best == _GRANTED
        late = granted & (self.after_consent >= 0)
        best[late], by[late] = self.after_consent[late], self.after_consent_by[late]
        undecided = self.reason < 0
        self.reason[undecided], self.decided_by[undecided] = best[undecided], by[undecided]

    @property
    def open(self) -> Bools:
        """Who may be contacted, so far."""
        granted: Bools = self.reason == _GRANTED
        return granted

    def close(self, reason: Reason) -> None:
        here = self.open
        self.reason[here], self.decided_by[here] = REASONS.index(reason), -1

    def finished(self, otherwise: Reason) -> VerdictColumns:
        self.reason[self.reason < 0] = REASONS.index(otherwise)
        return VerdictColumns(_ANSWERS[self.reason], self.reason, self.decided_by, self.until)


def _answer_to(reason: Reason) -> Permission:
    if reason in (Reason.GRANTED, Reason.TRANSACTIONAL):
        return Permission.ALLOW
    return Permission.DEFER if reason in (Reason.CAP, Reason.QUIET_HOURS) else Permission.DENY


_ANSWERS = np.array([PERMISSIONS.index(_answer_to(reason)) for reason in REASONS], dtype=np.int8)


def _standings(table: ConsentColumns, rows: Counts, now: int) -> Codes:
    """(k,) where each of these consents stands, in `STANDINGS`: `standing_of`, line by line."""
    of_state = np.array([STANDINGS.index(_as_reason(state)) for state in STATES], dtype=np.int8)
    standing = of_state[table.state[rows]]
    granted = table.state[rows] == STATES.index(ConsentState.GRANTED)
    expired = granted & (table.valid_until[rows] <= now)
    early = granted & ~expired & (now < table.granted_at[rows])
    standing[expired] = STANDINGS.index(Reason.EXPIRED)
    standing[early] = STANDINGS.index(Reason.NOT_YET_GRANTED)
    return standing


def _as_reason(state: ConsentState) -> Reason:
    return Reason.NOT_ANSWERED if state is ConsentState.REQUESTED else Reason(state)


def _first_of_each(customer: Counts, rank: Any, row: Counts, n: int) -> tuple[Counts, Counts]:
    """Customers who have any, and of each the row of the lowest rank, of equals the first row."""
    if not row.size:
        return row, row
    most = int(row.max()) + 1
    best = np.full(n, NEVER)
    np.minimum.at(best, customer, rank.astype(np.int64) * most + row)
    who = np.flatnonzero(best != NEVER)
    return who, best[who] % most


# --- which rows are about this question -------------------------------------------------------------


def _concerning(
    table: ConsentColumns, n: int, channel: int, purpose: int, controller: int, point: Counts
) -> Counts:
    _among(n, table.customer)
    about = (table.channel == channel) & (table.purpose == purpose) & (table.controller == controller)
    rows = np.flatnonzero(about)
    asked, told = point[table.customer[rows]], table.contact_point[rows]
    no = np.isin(table.state[rows], [STATES.index(state) for state in SAYS_NO])
    concerning: Counts = rows[(told == ALL) | (told == asked) | ((asked == ALL) & no)]
    return concerning


def _standing(
    table: SuppressionColumns, n: int, channel: int, purpose: int, controller: int, point: Counts, now: int
) -> Counts:
    _among(n, table.customer)
    about = table.standing & (table.since <= now) & (now < table.until)
    for column, value in (
        (table.channel, channel),
        (table.purpose, purpose),
        (table.controller, controller),
    ):
        about &= (column == ALL) | (column == value)
    rows = np.flatnonzero(about)
    asked, told = point[table.customer[rows]], table.contact_point[rows]
    standing: Counts = rows[(told == ALL) | (told == asked) | (asked == ALL)]
    return standing


# --- the policy ---------------------------------------------------------------------------------------


def _defer(
    decision: _Decision,
    policy: ContactPolicy,
    channel: Channel,
    released: ReleaseColumns | None,
    zone: Counts,
    zones: Sequence[tuple[str, ...]],
    now: int,
) -> None:
    """Who has to wait: first for the caps, then for the end of the quiet hours at that moment."""
    free_at, cap = _capped(policy, channel, released, decision.reason.size, now)
    open_at = free_at.copy()
    if windows := policy.windows(channel):
        here = np.flatnonzero(decision.open)
        codes: list[int] = np.unique(zone[here]).tolist()
        for code in codes:
            places = policy.plausible if code < 0 or not zones[code] else zones[code]
            who = here[zone[here] == code]
            until = int(free_at[who].max())
            starts, stops = _open_spans(windows, places, now, until)
            open_at[who] = _next_open(starts, stops, free_at[who])
    still = decision.open
    always = still & (open_at == NEVER)
    capped, quiet = still & ~always & (cap >= 0), still & ~always & (cap < 0) & (open_at > now)
    for who, reason in ((always, Reason.ALWAYS_QUIET), (capped, Reason.CAP), (quiet, Reason.QUIET_HOURS)):
        decision.reason[who] = REASONS.index(reason)
    decision.decided_by[always | quiet], decision.decided_by[capped] = -1, cap[capped]
    decision.until[capped | quiet] = open_at[capped | quiet]


def _capped(
    policy: ContactPolicy, channel: Channel, released: ReleaseColumns | None, n: int, now: int
) -> tuple[Counts, Counts]:
    """(n,) when one more may go out, and (n,) the cap that says so, or -1."""
    free_at, by = np.full(n, now), np.full(n, -1, dtype=np.int64)
    if released is None or not released.customer.size:
        return free_at, by
    _among(n, released.customer)
    order = np.lexsort((released.at, released.customer))
    customer, at, on = released.customer[order], released.at[order], released.channel[order]
    for number, cap in enumerate(policy.caps):
        if cap.channel not in (None, channel):
            continue
        length = cap.within // _TICK
        inside = (now - length < at) & (at <= now)
        if cap.channel is not None:
            inside &= on == CHANNELS.index(cap.channel)
        times, count = at[inside], np.bincount(customer[inside], minlength=n)
        last = np.cumsum(count)  # (n,) one past the last release of each
        who = np.flatnonzero(count >= cap.most)
        free = times[last[who] - cap.most] + length
        later = free > free_at[who]
        free_at[who[later]], by[who[later]] = free[later], number
    return free_at, by


def _open_spans(windows: Any, places: Sequence[str], now: int, until: int) -> tuple[Counts, Counts]:
    """(k,) and (k,) when it begins and ceases to be open, until the last moment that anybody asks about is answered."""
    starts, stops = list[int](), list[int]()
    at = from_microseconds(now)
    while not stops or stops[-1] <= until:
        opens = next_open(windows, places, at)
        if opens is None:
            break
        closes = next_quiet(windows, places, opens)
        starts.append(microseconds(opens))
        stops.append(NEVER if closes is None else microseconds(closes))
        if closes is None:
            break
        at = closes
    return np.array(starts, dtype=np.int64), np.array(stops, dtype=np.int64)


def _next_open(starts: Counts, stops: Counts, at: Counts) -> Counts:
    """(k,) the first open moment from each on, or `NEVER`."""
    span = np.searchsorted(stops, at, side="right")
    ahead = np.append(starts, NEVER)[span]
    moments: Counts = np.maximum(ahead, at)
    return moments


# --- doors --------------------------------------------------------------------------------------------


def _of_length(n: int, column: Counts | None, name: str) -> Counts:
    if column is None:
        return np.full(n, -1, dtype=np.int64)
    if column.shape != (n,):
        raise Invalid(name, f"must have one value for each of {n} customers", column.shape)
    return column


def _among(n: int, customer: Counts) -> None:
    if customer.size and not (customer.min() >= 0 and customer.max() < n):
        raise Invalid("customer", f"must be a position among the {n} asked about", int(customer.max()))


def _ints(values: Iterable[int]) -> Counts:
    return np.fromiter(values, dtype=np.int64)


def _codes(values: Iterable[int]) -> Codes:
    return np.fromiter(values, dtype=np.int8)


def _code(codes: Mapping[str, int], value: str | None) -> int:
    return ALL if value is None else codes[value]


def _moment(at: datetime | None, otherwise: int) -> int:
    return otherwise if at is None else microseconds(at)
