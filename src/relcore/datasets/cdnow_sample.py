"""CDNOW: the orders of 2,357 customers of a music shop, the example of a generation of papers.

The 1/10 sample of the cohort of CDNOW customers whose first order fell in January to March 1997: 6,919 orders from
1997-01-01 to 1998-06-30, amounts in US dollars. Used in Fader, Hardie and Lee (2005), Marketing Science 24(2), 275-284.

Provenance: published by Peter Fader and Bruce Hardie for teaching and research (https://www.brucehardie.com/datasets/),
and redistributed by several open-source packages (lifetimes under MIT, btyd under Apache-2.0). 21 rows are identical to
another one: they are two orders, not a mistake. Customer ids are text ("00004").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from csv import DictReader
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

import attrs


@attrs.frozen(repr=False, eq=False)
class OrderTable(Mapping[str, "tuple[Any, ...]"]):
    """One order per row, in the order of the file; a mapping of columns, so that ``dict(table)`` makes a frame.

    customer, date, units, amount : tuples of one length; ids as text, calendar days, whole numbers, exact amounts.
    currency : of all amounts.
    """

    customer: tuple[str, ...]
    date: tuple[date, ...]
    units: tuple[int, ...]
    amount: tuple[Decimal, ...]
    currency: str

    def __getitem__(self, column: str) -> tuple[Any, ...]:
        columns = {
            "customer": self.customer,
            "date": self.date,
            "units": self.units,
            "amount": self.amount,
        }
        return columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(("customer", "date", "units", "amount"))

    def __len__(self) -> int:
        return 4

    def to_frame(self, library: str) -> Any:
        """A frame of "pandas", "polars" or "pyarrow": dates as that library's days, amounts as floats.

        >>> cdnow().to_frame("polars").shape
        (6919, 4)
        """
        import numpy as np

        from relcore import frames

        columns = {
            "customer": list(self.customer),
            "date": np.array(self.date, dtype="datetime64[D]"),
            "units": np.array(self.units),
            "amount": np.array(self.amount, dtype=np.float64),
        }
        return frames.make(columns, library)

    def __repr__(self) -> str:
        return (
            f"OrderTable of {len(self.customer):,} orders of {len(set(self.customer)):,} customers, "
            f"{min(self.date)} to {max(self.date)}, in {self.currency}"
        )


@cache
def cdnow() -> OrderTable:
    """The CDNOW sample, read once; no dataframe library and no numpy needed.

    >>> cdnow()
    OrderTable of 6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30, in USD
    >>> cdnow().customer[0], cdnow().date[0].isoformat(), cdnow().amount[0]
    ('00004', '1997-01-01', Decimal('29.33'))
    """
    text = files("relcore.datasets").joinpath("cdnow_sample.csv").read_text(encoding="utf-8")
    rows = list(DictReader(text.splitlines()))
    return OrderTable(
        customer=tuple(row["customer_id"] for row in rows),
        date=tuple(date.fromisoformat(row["date"]) for row in rows),
        units=tuple(int(row["units"]) for row in rows),
        amount=tuple(Decimal(row["amount"]) for row in rows),
        currency="USD",
    )
