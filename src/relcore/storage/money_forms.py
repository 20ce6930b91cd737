"""Money and exact numbers, as columns and JSON hold them.

Most of what is read was written by us, in just the decimals of its currency: then it can be paid, and nothing is left to be
proven. Whatever is written otherwise goes through ``Money`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from typing import Any, cast

from relcore.kernel.currencies import MINOR_UNITS
from relcore.kernel.money import Money
from relcore.storage.source import Misfit

LARGEST = 2**63 - 1
"""The largest whole number that every database can hold."""

_DECIMAL = re.compile(r"-?[0-9]{1,60}(?:\.[0-9]{1,60})?(?:[eE][+-]?[0-9]{1,3})?").fullmatch


def decimal_of(plain: str) -> Decimal:
    """An exact number from its text, without the spaces, underscores and foreign digits that Python lets pass."""
    if _DECIMAL(plain) is None:
        raise Misfit
    return Decimal(plain)


def text_of(number: Decimal) -> str:
    """An exact number as its text, if ``decimal_of`` takes it."""
    plain = str(number)
    if _DECIMAL(plain) is None:
        raise Misfit
    return plain


def money_of_json(plain: Any) -> Money:
    """From an object with its amount, as text, and its currency."""
    if type(plain) is not dict or plain.keys() != {"amount", "currency"}:
        raise Misfit
    held: Mapping[str, Any] = cast("Mapping[str, Any]", plain)
    amount, currency = held["amount"], held["currency"]
    if type(amount) is not str or type(currency) is not str:
        raise Misfit
    if _AS_WRITTEN[MINOR_UNITS[currency]](amount) is None:
        return Money(decimal_of(amount), currency)
    return _payable(Decimal(amount), currency)


def money_of_minor(minor: int, currency: str) -> Money:
    """``Money.from_minor``, in a fifth of its time: of what a whole number of minor units says, all is proven."""
    if type(minor) is not int or type(currency) is not str or not -LARGEST <= minor <= LARGEST:
        raise Misfit
    return _payable(_TIMES(minor, _UNIT[currency]), currency)


def _payable(amount: Decimal, currency: str) -> Money:
    new = object.__new__(Money)
    _WRITE_AMOUNT(new, amount)
    _WRITE_CURRENCY(new, currency)
    return new


_TIMES = Context(prec=38).multiply
_UNIT = {currency: Decimal(1).scaleb(-units) for currency, units in MINOR_UNITS.items()}
_AS_WRITTEN = {
    units: re.compile(rf"-?[0-9]{{1,30}}{rf'[.][0-9]{{{units}}}' if units else ''}").fullmatch
    for units in set(MINOR_UNITS.values())
}
"""An amount with exactly the decimals of its currency is whole in its minor units, and nothing is left to be proven."""
_WRITE_AMOUNT, _WRITE_CURRENCY = vars(Money)["amount"].__set__, vars(Money)["currency"].__set__
