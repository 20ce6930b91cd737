"""An exchange rate: what one unit of a currency was in another one, on a day, by a source that can be named.

An open sale is worth what today's rate says. A closed one is worth what it was on the day it closed: systems that convert
with today's rate rewrite last year's results every morning. So the rate is kept with what was converted by it.
"""

from __future__ import annotations

from datetime import date
from decimal import Context, Decimal
from typing import Any, Final

import attrs

from relcore.kernel.entity import a, a_day, text
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money, minor_units

_EXACT: Final = Context(prec=76)


def _a_currency(rate: ExchangeRate, field: attrs.Attribute[Any], currency: str) -> None:
    minor_units(currency)


def _above_nothing(rate: ExchangeRate, field: attrs.Attribute[Any], value: Decimal) -> None:
    if not value.is_finite() or value <= 0 or len(value.as_tuple().digits) > 28:
        raise Invalid("ExchangeRate.rate", "must be above 0, with at most 28 digits", str(value))


@attrs.frozen
class ExchangeRate:
    """``id`` is the host's reference of the rate, in whatever table of rates it keeps.

    >>> usd = ExchangeRate("ecb-1", "EUR", "USD", date(2026, 3, 2), Decimal("1.0825"))
    >>> usd.convert(Money("100.00", "EUR"))
    Money('108.25', 'USD')
    """

    id: str = attrs.field(validator=text)
    source: str = attrs.field(validator=_a_currency)
    target: str = attrs.field(validator=_a_currency)
    on: date = attrs.field(validator=a_day)
    rate: Decimal = attrs.field(validator=[a(Decimal), _above_nothing])

    def convert(self, amount: Money) -> Money:
        """The amount in the other currency, rounded once to what can be paid there."""
        if amount.currency != self.source:
            raise Invalid("amount", f"must be in {self.source}, which this rate converts", amount)
        return Money.rounded(_EXACT.multiply(amount.amount, self.rate), self.target)
