"""The sample as it was published."""

import subprocess
import sys
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest

from relcore.datasets import cdnow


def test_it_is_the_published_sample():
    orders = cdnow()
    assert repr(orders) == "OrderTable of 6,919 orders of 2,357 customers, 1997-01-01 to 1998-06-30, in USD"
    assert sum(orders.amount) == Decimal("244091.94")
    rows = list(zip(orders.customer, orders.date, orders.units, orders.amount, strict=True))
    assert len(rows) - len(set(rows)) == 21
    assert cdnow() is orders


def test_it_is_a_mapping_of_columns_that_every_frame_takes():
    orders = cdnow()
    assert list(orders) == ["customer", "date", "units", "amount"]
    assert len(orders) == 4
    assert pd.DataFrame(dict(orders)).shape == (6919, 4)
    assert pl.DataFrame(dict(orders)).schema["date"] == pl.Date
    with pytest.raises(KeyError, match="price"):
        orders["price"]


def test_frames_have_days_and_numbers():
    frame = cdnow().to_frame("polars")
    assert frame.schema == {"customer": pl.String, "date": pl.Date, "units": pl.Int64, "amount": pl.Float64}
    assert cdnow().to_frame("pandas")["date"].dt.year.min() == 1997
    assert cdnow().to_frame("pyarrow").num_rows == 6919


def test_reading_it_needs_neither_numpy_nor_a_dataframe_library():
    check = "import sys; from relcore.datasets import cdnow; cdnow(); print({'numpy', 'narwhals', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
