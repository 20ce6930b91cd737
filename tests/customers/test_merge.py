"""The statement that two records are one customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relcore import Invalid, Refused
from relcore.customers import Merge, MergeState
from relcore.ids import CustomerId, MergeId
from tests.strategies import NOON

ADA, AUGUSTA = CustomerId.imported("shop", "ada"), CustomerId.imported("shop", "augusta")
ID = MergeId.imported("shop", "1")


def made() -> Merge:
    return Merge.make(ID, loser=ADA, survivor=AUGUSTA, policy="newest", former_name="Augusta", at=NOON).entity


def test_c1_a_record_is_not_merged_with_itself() -> None:
    with pytest.raises(Invalid, match="must be another customer than the loser"):
        Merge.make(ID, loser=ADA, survivor=ADA, policy="newest", at=NOON)


def test_it_is_undone_once_with_a_reason_and_not_before_it_was_made() -> None:
    undone = made().undo("her mother", at=NOON).entity

    assert (undone.state, undone.undo_reason, undone.undone_at) == (MergeState.UNDONE, "her mother", NOON)
    with pytest.raises(Refused, match="there is no undo from undone"):
        undone.undo("again", at=NOON)
    with pytest.raises(Refused, match="it needs undo_reason"):
        made().undo("", at=NOON)
    with pytest.raises(Refused, match="that is before it was made"):
        made().undo("her mother", at=NOON - timedelta(microseconds=1))


def test_erasing_takes_what_it_keeps_of_a_person_and_the_way_back() -> None:
    erased = made().erase(at=NOON).entity

    assert (erased.former_name, erased.former_roles) == (None, ())
    assert not erased.lifecycle.table[erased.state]
