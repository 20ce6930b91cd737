"""What the kit tries with an entity is what its lifecycle has."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from relcore import Customer, Opportunity, Workspace
from relcore.ids import CustomerId, OpportunityId
from relcore.kernel.errors import Refused
from relcore.storage import in_memory
from relcore.testing import CountingIds
from relcore.testing.moves import BEGINS, BELONGS_TO, MOVES
from tests.strategies import NOON

OWNERS = {Customer: CustomerId, Opportunity: OpportunityId}


@pytest.mark.parametrize("entity", list(MOVES), ids=lambda entity: entity.__name__)
def test_every_move_is_one_of_the_table_and_is_allowed_at_some_time(entity: Any) -> None:
    """A misspelt one would never be tried, and nobody would know."""
    workspace, of = Workspace(in_memory(), tenant="acme", ids=CountingIds()), BELONGS_TO.get(entity)
    owner = None if of is None else workspace.new(OWNERS[of])
    chance, done = Random(7), set[str]()

    for walk in range(150):
        row = BEGINS[entity](workspace.new(entity.id_type), owner, NOON, walk).entity
        for step in range(1, 13):
            name = chance.choice(sorted(MOVES[entity].keys() & row.lifecycle.table[row.state].keys()) or [""])
            try:
                row = MOVES[entity][name](
                    row, NOON + step * timedelta(minutes=1), chance.randint(0, 11)
                ).entity
            except (Refused, KeyError):
                continue
            done.add(name)

    assert done == set(MOVES[entity])
