"""Purchases in context: whole paths from the first purchase on, known so far and no farther."""

import math

import numpy as np
import pytest

from relcore.analytics import Purchases, PurchasesInContext
from relcore.analytics._numerics.pieces import Pieces
from relcore.kernel.errors import Invalid

PURCHASES = Purchases.from_summary(
    frequency=[2, 0, 1], recency=[5, 0, 1], age=[9, 8, 4], ids=["a", "b", "c"], period="week"
)


def pieces(owner=(0, 0, 1, 2, 2), begin=(0, 6, 0, 0, 3), end=(6, 12, 10, 3, 20), value=(1, 2, 3, 4, 5)):
    return Pieces(
        np.array(owner, dtype=np.int64),
        np.array(begin, float),
        np.array(end, float),
        np.array(value, float)[:, None],
    )


def context(**changes):
    given = {
        "purchases": PURCHASES,
        "names": ["price"],
        "pieces": pieces(),
        "at_purchases": np.array([[3.0], [0.0], [4.0]]),
    }
    return PurchasesInContext(**{**given, **changes})


def test_what_lies_ahead_begins_where_observation_ends():
    ahead = context().ahead(2)

    rows = zip(
        ahead.owner.tolist(),
        ahead.begin.tolist(),
        ahead.end.tolist(),
        ahead.value.ravel().tolist(),
        strict=True,
    )
    assert list(rows) == [(0, 9, 11, 2), (1, 8, 10, 3), (2, 4, 6, 5)]


def test_what_is_not_known_is_refused_unless_it_is_said_to_go_on():
    known = context()

    assert known.known.tolist() == [12, 10, 20]
    with pytest.raises(
        Invalid, match=r"horizon must lie in what is known of the covariates, 2 weeks, got 3.0: .*held\(\)"
    ):
        known.ahead(3)
    assert known.held().ahead(3).value.ravel().tolist() == [2, 3, 5]
    assert known.held().known.tolist() == [math.inf] * 3
    assert known.known.tolist() == [12, 10, 20]


def test_some_of_the_customers_keep_their_paths():
    some = context().where(PURCHASES.frequency > 0)

    assert (some.ids.tolist(), len(some)) == (["a", "c"], 2)
    assert some.pieces.owner.tolist() == [0, 0, 1, 1]
    assert some.pieces.value.ravel().tolist() == [1, 2, 4, 5]
    assert some.at_purchases.ravel().tolist() == [3, 4]


def test_it_shows_itself_as_its_purchases_with_the_names_of_the_covariates():
    lines = repr(context()).splitlines()

    assert lines[0] == "Purchases of 3 customers, in weeks, with price"
    assert lines[1:] == repr(PURCHASES).splitlines()[1:]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"names": ["price", "sale"]}, "at_purchases must have a row per customer and a column per name"),
        ({"at_purchases": np.zeros((2, 1))}, r"a column per name, \(3, 1\), got \(2, 1\)"),
        ({"at_purchases": np.array([[3.0], [np.nan], [4.0]])}, "must hold finite values"),
        ({"pieces": pieces(begin=(0, 7, 0, 0, 3))}, "must be a path without a hole from 0 on"),
        ({"pieces": pieces(begin=(1, 6, 0, 0, 3))}, "must be a path without a hole from 0 on"),
        ({"pieces": pieces(owner=(0, 0, 1, 1, 1))}, "must be a path without a hole from 0 on"),
        ({"pieces": pieces(owner=(1, 1, 0, 2, 2))}, "must be a path without a hole from 0 on"),
        ({"pieces": pieces(end=(6, 8.5, 10, 3, 20))}, "must reach to the end of observation, got 8.5"),
    ],
)
def test_what_is_no_path_is_refused(changes, says):
    with pytest.raises(Invalid, match=says):
        context(**changes)
