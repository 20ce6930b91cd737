"""The orders of a business as columns: who ordered on which day, for how much. Read once, summarised as often as wanted.

A `Ledger` is what is left of a log when the orders of one customer on one day have become one purchase. `Purchases`
are its summary as of a day; counting what came after that day is the hold-out check.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relcore import frames
from relcore.analytics.arrays import Counts, Floats, Ids, blocks, ones, rows_of, sealed
from relcore.analytics.columns import reading, spells
from relcore.analytics.columns.entries import Entries, merged, netted
from relcore.analytics.columns.holdout import Holdout
from relcore.analytics.columns.policies import Grain, Refunds
from relcore.analytics.columns.purchases import Purchases, distinct_ids
from relcore.analytics.period import Period, calendar_day, day_number, days_per
from relcore.kernel.errors import Fault, Invalid, InvalidRows


@attrs.frozen(eq=False, repr=False)
class Ledger:
    """Orders merged by customer and day; ``ids`` are the distinct customers in order."""

    ids: Ids
    _orders: Entries
    _refunds: Entries
    _ticks: float  # how many make one unit of the amounts: 100 when all of them were whole cents
    currency: str | None = None

    @classmethod
    def from_orders(
        cls,
        orders: Any,
        *,
        customer: str,
        at: str,
        amount: str | None = None,
        refunds: Refunds = Refunds.REFUSE,
        grain: Grain = "day",
        currency: str | None = None,
        zone: str | None = None,
    ) -> Self:
        """Read a table with one row per order.

        orders : a pandas, Polars (eager or lazy), PyArrow or DuckDB frame, or a mapping of columns. Not one row is taken for a
            duplicate: two rows alike are two orders, which become one purchase only because they share a day.
        customer : the column of ids: text, or whole numbers.
        at : the column of dates, times or ISO 8601 texts. Naive times are calendar days; times with a zone need ``zone=``.
        amount : the column of amounts, of what is paid or of what is left of it; without it there is no spend.
        refunds : what a negative amount means.
        grain : within what the orders of one customer are one purchase.
        currency : the ISO 4217 code of all amounts; a log in several currencies is several logs.

        Raises ``InvalidRows`` naming column, row (from 0) and value for a missing id, a date that cannot be read, an
        amount that is missing, not finite, or negative under ``Refunds.REFUSE``.
        """
        names = [name for name in (customer, at, amount) if name is not None]
        table = frames.read(orders, names, zone=zone)
        day, faults = reading.days(table[at], at, None if _is_local(table[at]) else zone)
        return cls._checked(
            table[customer], customer, day, faults, None if amount is None else table[amount], amount or "amount",
            refunds=refunds, grain=grain, currency=currency,
        )  # fmt: skip

    @classmethod
    def from_log(
        cls,
        *,
        customer: Sequence[str] | Ids,
        day: ArrayLike,
        amount: ArrayLike | None = None,
        refunds: Refunds = Refunds.REFUSE,
        grain: Grain = "day",
        currency: str | None = None,
    ) -> Self:
        """The same from arrays, one value per order.

        customer : (n,) text or whole numbers.
        day : (n,) whole days since 1970-01-01.
        amount : (n,) numbers, or None.

        >>> Ledger.from_log(customer=["a", "b", "a"], day=[10000, 10001, 10007])
        Ledger of 2 customers with 3 order days from 1997-05-19 to 1997-05-26
        """
        given = np.asarray(day)
        if given.size and given.dtype.kind not in "iu":
            raise Invalid(
                "day", "must be whole days since 1970-01-01", str(given.dtype), "dates go to from_orders"
            )
        raw = None if amount is None else np.asarray(amount)
        who = customer if isinstance(customer, np.ndarray) else list(customer)
        return cls._checked(
            who, "customer", given.astype(np.int64, copy=False), [], raw, "amount",
            refunds=refunds, grain=grain, currency=currency,
        )  # fmt: skip

    @classmethod
    def from_matrix(
        cls, taken: ArrayLike, *, on: Sequence[date | str], ids: Ids | Sequence[Any] | None = None
    ) -> Self:
        """From who bought on which occasion: a row per customer, a column per occasion. Amounts it has none.

        taken : (n, k) True or 1 where the customer bought, False or 0 where not; the first 1 of a row is the first purchase,
            and who has none is no customer yet.
        on : (k,) the days of the occasions, increasing: any day of the year will do where occasions are years.
        ids : (n,) text or whole numbers, distinct; the numbers 0 to n - 1 unless given.

        Raises ``InvalidRows`` naming the row of a value that is neither 0 nor 1.

        >>> Ledger.from_matrix([[1, 0, 1], [0, 1, 0]], on=["1995-12-31", "1996-12-31", "1997-12-31"])
        Ledger of 2 customers with 3 order days from 1995-12-31 to 1997-12-31
        """
        row, day, rows = reading.occasions(taken, on)
        whom = np.arange(rows) if ids is None else spells.ids(ids)
        if whom.size != rows:
            raise Invalid("ids", f"must be one for each of the {rows} rows", whom.size)
        distinct_ids(whom)
        return cls.from_log(customer=whom[row], day=day)

    @classmethod
    def _checked(
        cls,
        customer: frames.Raw,
        customer_name: str,
        day: Counts,
        faults: list[Fault],
        amount: frames.Raw | None,
        amount_name: str,
        *,
        refunds: Refunds,
        grain: Grain,
        currency: str | None,
    ) -> Self:
        """The one door: every log comes through here."""
        policy = _refunds(refunds)
        _currency(currency, has_amounts=amount is not None)
        sizes = {"customer": len(customer), "day": len(day)} | (
            {} if amount is None else {"amount": len(amount)}
        )
        if len(set(sizes.values())) > 1:
            raise Invalid("columns", "must be of one length", sizes, "give one value per order in each")
        ids, code, unfit = reading.customers(customer, customer_name)
        value: Floats | None = None
        if amount is not None:
            value, wrong = reading.amounts(amount, amount_name)
            unfit = unfit + wrong
            if policy is Refunds.REFUSE:
                unfit = unfit + _negative(value, amount_name)
        if faults + unfit:
            raise InvalidRows(faults + unfit)
        return cls._merged(ids, code, _grained(day, grain), value, policy, currency)

    @classmethod
    def _merged(
        cls, ids: Ids, code: Counts, day: Counts, value: Floats | None, policy: Refunds, currency: str | None
    ) -> Self:
        none = Entries(code[:0], day[:0], None if value is None else value[:0])
        if value is None:
            return cls(ids, merged(code, day, None), none, 1.0, currency)
        ticks, value = _in_ticks(value)
        if policy is Refunds.REFUSE or not (negative := value < 0).any():
            return cls(ids, merged(code, day, value), none, ticks, currency)
        positive = ~negative
        orders = merged(code[positive], day[positive], value[positive])
        if policy is Refunds.NET:
            return cls(ids, orders, merged(code[negative], day[negative], value[negative]), ticks, currency)
        return cls(ids, orders, none, ticks, currency)

    def __repr__(self) -> str:
        says = f"Ledger of {self.ids.size:,} customers with {self._orders.day.size:,} order days"
        if not self._orders.day.size:
            return says
        first, last = calendar_day(self._orders.day.min()), calendar_day(self._orders.day.max())
        return f"{says} from {first} to {last}"

    def purchases(self, *, period: Period, until: date | str) -> Purchases:
        """What was known at the end of ``until``: one row per customer who had ordered by then, in the order of ids.

        Later orders and later refunds are left out, and so are customers whose first order lies after ``until``.
        """
        end = day_number(until)
        known = netted(self._orders.until(end), self._refunds.until(end))
        first = _first_of_each(known.customer)
        last = np.append(first[1:], known.customer.size) - 1 if first.size else first
        frequency = (last - first).astype(np.float64)
        per = days_per(period)
        spend, log_amounts = self._repeat_spend(known.amount, first, frequency)
        return Purchases(
            ids=sealed(self.ids[known.customer[first]]),
            frequency=sealed(frequency),
            recency=sealed((known.day[last] - known.day[first]) / per),
            age=sealed((end - known.day[first]) / per),
            spend=spend,
            weight=ones(first.size),
            period=period,
            until=calendar_day(end),
            currency=self.currency,
            log_gaps=_log_gaps(known.day, first, frequency, per),
            log_amounts=log_amounts,
        )

    def _repeat_spend(
        self, amount: Floats | None, first: Counts, frequency: Floats
    ) -> tuple[Floats | None, Floats | None]:
        """(n,) sums of the amounts after the first, and of their logs; an amount of 0 has the log minus infinity."""
        if amount is None:
            return None, None
        sums, logs = np.zeros(first.size), np.zeros(first.size)
        for customers, orders in _blocks(first, amount.size):
            later, starts = amount[orders].copy(), first[customers] - orders.start
            later[starts] = 0.0
            sums[customers] = np.add.reduceat(later, starts)
            later[starts] = 1.0
            with np.errstate(divide="ignore"):
                logs[customers] = np.add.reduceat(np.log(later, out=later), starts)
        return sealed(sums / self._ticks), sealed(logs - frequency * np.log(self._ticks))

    def orders_of(self, ids: Ids | Sequence[Any], *, after: date | str, until: date | str) -> Floats:
        """(n,) on how many days each of these customers ordered after ``after`` and not after ``until``.

        For customers of a calibration that ended on ``after`` these are their repeat purchases in the hold-out. A
        customer whom the ledger does not know has none.
        """
        start, end = day_number(after, "after"), day_number(until)
        known = netted(self._orders.until(end), self._refunds.until(end))
        late = known.customer[known.day > start]
        count = np.bincount(late, minlength=self.ids.size).astype(np.float64)
        return sealed(np.append(count, 0.0)[rows_of(np.asarray(ids), self.ids)])

    def split(self, *, period: Period, cut: date | str, until: date | str) -> tuple[Purchases, Holdout]:
        """The purchases known at the end of ``cut``, and what the same customers did from then to the end of ``until``.

        Both in the same order. Customers whose first order lies after the cut are in neither.

        >>> log = Ledger.from_log(customer=["a", "b", "a"], day=[0, 1, 20])
        >>> calibration, holdout = log.split(period="week", cut="1970-01-15", until="1970-01-29")
        >>> calibration.ids.tolist(), calibration.frequency.tolist(), holdout.purchases.tolist()
        (['a', 'b'], [0.0, 0.0], [1.0, 0.0])
        """
        if day_number(until) <= day_number(cut, "cut"):
            raise Invalid("until", f"must lie after the cut, {cut}", until)
        calibration = self.purchases(period=period, until=cut)
        holdout = Holdout(
            ids=calibration.ids,
            purchases=self.orders_of(calibration.ids, after=cut, until=until),
            after=calendar_day(day_number(cut, "cut")),
            until=calendar_day(day_number(until)),
            period=period,
        )
        return calibration, holdout

    def order_days(self, *, until: date | str) -> Entries:
        """The customer (as a position in ``ids``), the day and the amount of each order day known at the end of ``until``.

        All (m,), in the order of customers and days; amounts are net of the refunds known by then, None without amounts.
        """
        end = day_number(until)
        known = netted(self._orders.until(end), self._refunds.until(end))
        amount = None if known.amount is None else known.amount / self._ticks
        return Entries(known.customer, known.day, amount)

    def repeat_days(
        self, *, first_by: date | str, until: date | str, since: date | str | None = None
    ) -> tuple[Ids, Counts, Counts]:
        """Of those who had ordered by ``first_by``, and not before ``since``: who they are, their first days, and the days of all
        later orders until ``until``.
        """
        start, end = day_number(first_by, "first_by"), day_number(until)
        known = netted(self._orders.until(end), self._refunds.until(end))
        first = _first_of_each(known.customer)
        size = np.diff(first, append=known.customer.size)
        born = known.day[first]
        cohort = born <= start
        if since is not None:
            cohort &= born >= day_number(since, "since")
        belongs = np.repeat(cohort, size)
        belongs[first] = False
        return self.ids[known.customer[first][cohort]], born[cohort], known.day[belongs]


_BLOCK = 1 << 14  # customers at a time: what stays in the cache


def _log_gaps(day: Counts, first: Counts, frequency: Floats, per: float) -> Floats:
    """(n,) sums of the logs of the gaps, in periods of ``per`` days. Gaps are whole days, of which few are distinct."""
    sums = np.zeros(first.size)
    if day.size <= first.size:
        return sealed(sums)
    log = np.log(np.arange(1, int(day.max() - day.min()) + 1))
    for customers, orders in _blocks(first, day.size):
        here = day[orders]
        gap = np.empty(here.size, dtype=np.int64)
        np.subtract(here[1:], here[:-1], out=gap[1:])
        gap -= 1
        starts = first[customers] - orders.start
        gap[starts] = 0  # no gap before the first purchase: ln 1
        sums[customers] = np.add.reduceat(log.take(gap, mode="clip"), starts)
    sums -= frequency * np.log(per)
    return sealed(sums)


def _blocks(first: Counts, size: int) -> Iterator[tuple[slice, slice]]:
    """The customers of each block, and the orders of theirs, of which there are ``size`` in all."""
    for start in range(0, first.size, _BLOCK):
        stop = start + _BLOCK
        yield slice(start, stop), slice(int(first[start]), int(first[stop]) if stop < first.size else size)


def _first_of_each(customer: Counts) -> Counts:
    fresh = np.ones(customer.size, dtype=np.bool_)
    fresh[1:] = customer[1:] != customer[:-1]
    return np.flatnonzero(fresh)


def _is_local(raw: frames.Raw) -> bool:
    """Whether the boundary has already brought the times to the asked zone."""
    return isinstance(raw, np.ndarray) and raw.dtype.kind == "M"


def _refunds(policy: Refunds) -> Refunds:
    try:
        return Refunds(policy)
    except ValueError:
        raise Invalid("refunds", "must be Refunds.REFUSE, NET or DROP", policy) from None


def _currency(code: str | None, *, has_amounts: bool) -> None:
    if code is None:
        return
    from relcore.kernel.money import minor_units

    minor_units(code)
    if not has_amounts:
        raise Invalid("currency", "must come with amounts", code, "give amount= too, or leave currency= out")


def _negative(value: Floats, column: str) -> list[Fault]:
    bad = value < 0
    if not bad.any():
        return []
    row = int(np.argmax(bad))
    remedy = "say what a refund means: refunds=Refunds.NET or Refunds.DROP"
    return [Fault(column, row, "an order is not negative", float(value[row]), int(bad.sum()), remedy)]


def _grained(day: Counts, grain: Grain) -> Counts:
    match grain:
        case "day":
            return day
        case "week":
            return day - (day + 3) % 7  # 1970-01-01 was a Thursday
        case "month":
            months = day.astype("datetime64[D]").astype("datetime64[M]")
            return months.astype("datetime64[D]").astype(np.int64)
        case _:
            raise Invalid("grain", "must be day, week or month", grain)


def _in_ticks(value: Floats) -> tuple[float, Floats]:
    """Whole minor units when every amount is some (then sums are exact), else the amounts themselves."""
    for ticks in (1.0, 100.0, 1000.0):
        few = value[:1000]
        if not np.array_equal(np.rint(few * ticks) / ticks, few):
            continue
        whole = np.empty(value.size)
        for rows in blocks(value.size):
            np.rint(value[rows] * ticks, out=whole[rows])
            if not np.array_equal(whole[rows] / ticks, value[rows]):
                break
        else:
            return ticks, whole
    return 1.0, value
