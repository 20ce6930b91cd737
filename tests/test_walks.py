"""What holds for every entity on any walk over its commands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.walks import WALKS, chains, keeps_its_table

every_entity = pytest.mark.parametrize("entity", list(WALKS))


@every_entity
@given(data=st.data())
def test_what_moves_allows_succeeds_and_what_it_does_not_is_refused(
    entity: type[Any], data: st.DataObject
) -> None:
    keeps_its_table(entity, data)


@every_entity
@given(data=st.data())
def test_chained_commands_are_one_change_from_the_first_to_the_last(
    entity: type[Any], data: st.DataObject
) -> None:
    changes = data.draw(chains(entity))

    whole = changes[0]
    for later in changes[1:]:
        whole = whole.then(lambda held, later=later: later)

    assert whole.before is None
    assert whole.entity == changes[-1].entity
    assert [event.to for event in whole.events] == [e.to for change in changes for e in change.events]


@every_entity
@given(data=st.data())
def test_commands_never_touch_the_version(entity: type[Any], data: st.DataObject) -> None:
    changes = data.draw(chains(entity))

    assert {change.entity.version for change in changes} == {0}
