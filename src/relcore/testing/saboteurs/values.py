"""Wrong about values: what comes back is less than what was kept, or was never kept at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import attrs

from relcore.kernel.actor import Actor
from relcore.kernel.entity import Ref
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money
from relcore.kernel.paging import Order
from relcore.kernel.query import Query
from relcore.kernel.repository import Batch, Receipt
from relcore.sales.lead import Lead
from relcore.storage.memory import MemoryRepository
from relcore.testing.saboteurs.altered import altered
from relcore.testing.saboteurs.levels import Lowest

E = TypeVar("E")
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
FIRST, LAST = datetime(1678, 1, 1, tzinfo=UTC), datetime(2262, 1, 1, tzinfo=UTC)
"""What 64 bits of nanoseconds hold."""


def _evolved(row: Any, bent: Any) -> Any:
    """The row with each of its values, but for what it is known by, made into something less."""
    held = {f.name: getattr(row, f.name) for f in attrs.fields(row.__class__)}
    less = {name: bent(value) for name, value in held.items() if name not in ("id", "version", "state")}
    return attrs.evolve(row, **{name: value for name, value in less.items() if value is not held[name]})


class _Bends(MemoryRepository):
    """Keeps values as something less than they are."""

    def bent(self, value: Any) -> Any:
        raise NotImplementedError

    def commit(self, tenant: str, batch: Batch) -> Receipt:
        rows = tuple(_evolved(row, self.bent) for row in batch.rows)
        return super().commit(tenant, altered(batch, rows=rows))


class _Misreads(MemoryRepository):
    """Keeps values as they are, and reads them as something else."""

    def read(self, row: Any) -> Any:
        raise NotImplementedError

    def fetch(self, refs: Sequence[Ref[E]]) -> Sequence[E | None]:
        return [None if row is None else self.read(row) for row in super().fetch(refs)]

    def find(
        self, tenant: str, entity: type[E], where: Query[E], *, order: Order[E], limit: int
    ) -> Sequence[E]:
        return [self.read(row) for row in super().find(tenant, entity, where, order=order, limit=limit)]


# --- kinds ----------------------------------------------------------------------------------------


class ShiftsDays(_Misreads):
    """A day is kept as its midnight in UTC and read by a clock west of it: it comes back as the day before."""

    def read(self, row: Any) -> Any:
        return _evolved(row, _the_day_before)


def _the_day_before(value: Any) -> Any:
    return value - DAY if type(value) is date else value


class TakesNoneForNought(_Misreads):
    """A number that nobody gave comes back as 0: a lead without a score has the worst one."""

    def read(self, row: Any) -> Any:
        return attrs.evolve(row, score=row.score or 0) if isinstance(row, Lead) else row


# --- text, moments, numbers -----------------------------------------------------------------------


class CutsText(_Bends):
    """Text of more than 255 characters is cut off, as by a VARCHAR."""

    longest = 255

    def bent(self, value: Any) -> Any:
        return value[: self.longest] if type(value) is str and len(value) > self.longest else value


class CutsLongText(CutsText):
    """Text of more than 64 KiB is cut off, as by the TEXT of MySQL where it is not strict."""

    longest = 2**16 - 1


class DropsTheMark(_Bends):
    """Text that begins with a byte order mark loses it, as it was read with utf-8-sig."""

    def bent(self, value: Any) -> Any:
        return value.removeprefix("\ufeff") if type(value) is str and value.startswith("\ufeff") else value


class KeepsMilliseconds(_Bends):
    """Moments lose their microseconds."""

    def bent(self, value: Any) -> Any:
        micro = getattr(value, "microsecond", 0)
        return value.replace(microsecond=micro // 1000 * 1000) if micro % 1000 else value


class KeepsMoneyAsFloat(_Bends):
    """An amount goes through binary floating point."""

    def bent(self, value: Any) -> Any:
        if not isinstance(value, Money):
            return value
        minor = int(float(value.minor))
        return value if minor == value.minor else Money.from_minor(min(minor, 2**63 - 1), value.currency)


class TakesNothingForEmpty(_Bends):
    """Empty text and no text are the same, as in Oracle."""

    def bent(self, value: Any) -> Any:
        return None if value == "" else value


class KeepsLocalTime(_Bends):
    """Moments are kept as a clock in Berlin shows them, which shows one hour of October twice."""

    def bent(self, value: Any) -> Any:
        if not isinstance(value, datetime) or not FIRST < value < LAST:
            return value
        again = value.astimezone(BERLIN).replace(fold=0).astimezone(UTC)
        return value if again == value else again


class KeepsNanoseconds(_Bends, Lowest):
    """Moments are counted in nanoseconds with 64 bits: what is earlier than 1678 or later than 2261 becomes these."""

    def bent(self, value: Any) -> Any:
        return min(max(value, FIRST), LAST) if isinstance(value, datetime) else value


class RefusesFarYears(_Bends):
    """Moments that its database does not know, before 1678 and after 2261, are refused by an adapter that keeps a log."""

    def bent(self, value: Any) -> Any:
        if isinstance(value, datetime) and not FIRST <= value <= LAST:
            raise Invalid("moment", "must be between 1678 and 2261", value)
        return value


class KeepsFifteenDigits(_Bends):
    """A fraction is kept with fifteen digits, and comes back as the one beside it."""

    def bent(self, value: Any) -> Any:
        return float(f"{value:.15g}") if isinstance(value, float) else value


class CutsActorsAtTheColon(_Bends):
    """An actor is kept as text and split at each colon: what stands behind the second one is lost."""

    def bent(self, value: Any) -> Any:
        if not isinstance(value, Actor) or ":" not in value.ref:
            return value
        return Actor(value.kind, value.ref.partition(":")[0])
