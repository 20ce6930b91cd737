"""A quote line: so much of something, at so much each.

A unit price may have more digits than can be paid (0.0025 a message), a quantity may be a part of one (1.5 days). Their
product is computed exactly and rounded once, to what can be paid; the total of a quote is the sum of these, so that it is
what a reader of the quote gets who adds up its lines. Discounts on whole quotes, taxes and shipping are not computed here.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation
from typing import Any, Final

import attrs

from relcore.kernel.entity import text
from relcore.kernel.errors import Invalid
from relcore.kernel.money import Money

DIGITS: Final = 18
_EXACT: Final = Context(prec=4 * DIGITS)
"""Holds every product of two numbers of this many digits; the host's own context must not change what we compute."""


def exact(value: Decimal | str | int) -> Decimal:
    """The number without trailing zeros: equal numbers are written alike, and hash alike."""
    if isinstance(value, float | bool) or not isinstance(value, str | int | Decimal):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Invalid("number", "must be exact: text, int or Decimal", value, 'write "0.10"')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise Invalid("number", "must be a number", value) from None
    if not number.is_finite() or number.adjusted() >= DIGITS or number.as_tuple().exponent < -DIGITS:  # type: ignore[operator]
        raise Invalid("number", f"must have at most {DIGITS} digits before and after the point", str(number))
    return Decimal(f"{number.normalize(_EXACT):f}")


def _more_than_none(line: QuoteLine, field: attrs.Attribute[Any], value: Decimal) -> None:
    if value <= 0:
        raise Invalid("QuoteLine.quantity", "must be above 0", str(value))


def _no_less_than_nothing(line: QuoteLine, field: attrs.Attribute[Any], value: Decimal) -> None:
    if value < 0:
        raise Invalid(f"QuoteLine.{field.name}", "must be >= 0", str(value))


@attrs.frozen
class QuoteLine:
    """``item`` is the host's reference of a product. ``list_price`` is what it costs without a discount.

    >>> QuoteLine("messages", "1001", "0.0025").net("EUR")
    Money('2.50', 'EUR')
    """

    item: str = attrs.field(validator=text)
    quantity: Decimal = attrs.field(converter=exact, validator=_more_than_none)
    unit_price: Decimal = attrs.field(converter=exact, validator=_no_less_than_nothing)
    list_price: Decimal = attrs.field(
        converter=exact,
        validator=_no_less_than_nothing,
        default=attrs.Factory(lambda self: self.unit_price, takes_self=True),
    )

    def net(self, currency: str) -> Money:
        """What it costs, rounded once and to even."""
        return Money.rounded(_EXACT.multiply(self.quantity, self.unit_price), currency)

    def gross(self, currency: str) -> Money:
        """What it would cost without a discount."""
        return Money.rounded(_EXACT.multiply(self.quantity, self.list_price), currency)
