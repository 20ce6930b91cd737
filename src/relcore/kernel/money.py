"""Money: a decimal amount that can be paid, with its ISO 4217 currency. Never a float, never a sum across currencies.

An amount is whole in the currency's minor units: 12.34 EUR, 1234 JPY, 1.234 KWD. What has more digits (a unit price, an
exchange rate, a tax before rounding) is a Decimal until somebody says how it is rounded: ``Money.rounded``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import cache
from math import lcm
from typing import Final, Self

import attrs

from relcore.kernel.currencies import MINOR_UNITS
from relcore.kernel.errors import Invalid

# 38 digits hold any sum of any currency; the default context of 28 is the host's to change, and must not change ours.
_EXACT: Final = Context(prec=38)


def minor_units(currency: str) -> int:
    """How many decimals an amount of this currency has.

    >>> minor_units("JPY"), minor_units("EUR"), minor_units("KWD")
    (0, 2, 3)

    Raises ``Invalid`` for a code that ISO 4217 does not list as money.
    """
    try:
        return MINOR_UNITS[currency]
    except (KeyError, TypeError):
        raise Invalid("currency", "must be an ISO 4217 code", currency, "write 'EUR', 'USD', 'JPY'") from None


def _decimal(value: object) -> Decimal:
    if isinstance(value, float | bool):
        raise Invalid("amount", "must be exact: text, int or Decimal", value, 'write Money("0.10", "EUR")')
    if not isinstance(value, str | int | Decimal):
        raise Invalid("amount", "must be text, int or Decimal", value)
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Invalid("amount", "must be a number", value) from None


def _finite(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise Invalid("amount", "must be finite", str(amount))
    return amount


@attrs.frozen(order=False)
class Money:
    """An amount that can be paid.

    >>> Money("29.33", "USD") + Money("0.67", "USD")
    Money('30.00', 'USD')
    >>> Money("100.00", "EUR").allocate([1, 1, 1])
    (Money('33.34', 'EUR'), Money('33.33', 'EUR'), Money('33.33', 'EUR'))

    ``amount`` is given as text, int or Decimal. A float, a NaN, more digits than the currency has, and an unknown
    currency raise ``Invalid``. Comparison and sums across currencies raise ``Invalid`` too.
    """

    amount: Decimal = attrs.field(converter=_decimal)
    currency: str

    def __attrs_post_init__(self) -> None:
        quantum = _quantum(self.currency)
        try:
            whole = _finite(self.amount).quantize(quantum, context=_EXACT)
        except InvalidOperation:
            raise Invalid("amount", "must be below 10**34", self.amount) from None
        if whole != self.amount:
            raise Invalid(
                "amount",
                f"must be whole in the minor units of {self.currency} ({minor_units(self.currency)} decimals)",
                str(self.amount),
                "say how to round with Money.rounded(amount, currency)",
            )
        object.__setattr__(self, "amount", whole)

    @classmethod
    def rounded(cls, amount: Decimal | str, currency: str, *, rounding: str = ROUND_HALF_EVEN) -> Self:
        """The nearest amount that can be paid.

        >>> Money.rounded("1.005", "EUR"), Money.rounded("2.5", "JPY", rounding="ROUND_HALF_UP")
        (Money('1.00', 'EUR'), Money('3', 'JPY'))
        """
        exact, quantum = _finite(_decimal(amount)), _quantum(currency)
        try:
            return cls(exact.quantize(quantum, rounding=rounding, context=_EXACT), currency)
        except InvalidOperation:
            raise Invalid("amount", "must be below 10**34", amount) from None

    @classmethod
    def from_minor(cls, minor: int, currency: str) -> Self:
        """So many cents, yen or fils.

        >>> Money.from_minor(2933, "USD")
        Money('29.33', 'USD')
        """
        return cls(Decimal(minor).scaleb(-minor_units(currency), context=_EXACT), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(Decimal(0), currency)

    @property
    def minor(self) -> int:
        """The amount in minor units, an exact int: what databases and columns hold."""
        # It has just the decimals of its currency: without the point, its digits are the minor units.
        return int(str(self.amount).replace(".", ""))

    def allocate(self, weights: Sequence[int | Decimal]) -> tuple[Self, ...]:
        """Split so that the parts sum to the whole exactly: the largest remainder gets the next minor unit.

        ``weights``: one per part, finite, >= 0, not all zero. Ties go to the earlier part. Negative money splits as
        its mirror image.
        """
        shares = [_decimal(weight) for weight in weights]
        if any(not s.is_finite() or s < 0 for s in shares) or not any(shares):
            raise Invalid("weights", "must be finite, >= 0 and not all zero", tuple(weights))
        sign, whole = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        # Exact rational arithmetic: weights become integers, so no remainder is lost to rounding.
        ratios = [share.as_integer_ratio() for share in shares]
        scale = lcm(*(denominator for _, denominator in ratios))
        units = [numerator * (scale // denominator) for numerator, denominator in ratios]
        total = sum(units)
        parts = [whole * u // total for u in units]
        by_remainder = sorted(range(len(units)), key=lambda i: (-(whole * units[i] % total), i))
        for i in by_remainder[: whole - sum(parts)]:
            parts[i] += 1
        return tuple(self.from_minor(sign * part, self.currency) for part in parts)

    def __add__(self, other: Money) -> Self:
        return type(self)(_EXACT.add(self.amount, self._alike(other)), self.currency)

    def __sub__(self, other: Money) -> Self:
        return type(self)(_EXACT.subtract(self.amount, self._alike(other)), self.currency)

    def __neg__(self) -> Self:
        return type(self)(_EXACT.minus(self.amount), self.currency)

    def __mul__(self, times: int) -> Self:
        """So many of it. A fraction needs a rounding: ``Money.rounded(money.amount * rate, money.currency)``."""
        if type(times) is not int:
            raise Invalid(
                "times", "must be an int", times, "round a fraction with Money.rounded(amount, currency)"
            )
        return type(self)(_EXACT.multiply(self.amount, Decimal(times)), self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._alike(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._alike(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._alike(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._alike(other)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __repr__(self) -> str:
        return f"Money('{self.amount:f}', '{self.currency}')"

    def _alike(self, other: Money) -> Decimal:
        if not isinstance(other, Money):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Invalid(
                "money", "must be Money on both sides", other, "to sum up, use relcore.kernel.money.total"
            )
        if self.currency != other.currency:
            raise Invalid(
                "currency",
                f"must be {self.currency} on both sides",
                other.currency,
                "convert one first, at a dated rate",
            )
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum, also of nothing.

    >>> total([], "EUR")
    Money('0.00', 'EUR')
    """
    return sum(amounts, Money.zero(currency))


@cache
def _quantum(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_units(currency), context=_EXACT)
